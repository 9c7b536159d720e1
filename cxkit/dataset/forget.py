"""`cxkit forget`: remove persons from the files of a data set, and say how many rows that took."""

import argparse
import csv
import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, cast

import pandas as pd

from cxkit.contract import tables
from cxkit.dataset.consent import CUSTOMER_COLUMNS, OTHER_COLUMNS
from cxkit.dataset.files import find_files, header
from cxkit.dataset.source import locate
from cxkit.engine.duckdb import Engine, literal, parquet_scan, quoted
from cxkit.errors import ArgumentError

#: Columns in which another person's row names the customer: the cell is emptied, the row stays.
MENTIONS = ("referred_by_customer_id", "new_customer_id")
COLUMNS = ["table", "file", "rows_removed", "cells_emptied"]
_PART = ".forgetting"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("customer", nargs="+", metavar="CUSTOMER", help="customer_id of a person to remove")
    parser.add_argument(
        "--data", required=True, metavar="DIR", help="the folder with the tables; its files are rewritten"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Remove, and print the counts."""
    counts = forget(args.data, args.customer)
    for _, file, removed, mentions in counts.to_numpy().tolist():
        if removed or mentions:
            emptied = f", {mentions:,} mentions emptied" if mentions else ""
            print(f"{file}: {removed:,} rows removed{emptied}")
    print(
        f"{counts.rows_removed.sum():,} rows removed in all. Reports made before still hold sums over them; run them again."
    )
    return 0


def forget(data: str | Path, customers: Sequence[str]) -> pd.DataFrame:
    """Remove persons from every file of a data set: by customer_id, and by every id that `identities` maps to them.

    Parameters
    ----------
    data : path
        The folder, as for `open_data`.
    customers : sequence of str
        Their customer_id.

    Returns
    -------
    DataFrame, one row a file
        `table, file, rows_removed, cells_emptied` (in rows of others that name the person, as who referred them). Files in which nobody is
        found are left as they are.

    Raises
    ------
    ArgumentError
        No file names one of the customers; then nothing is changed.
    DataError
        The folder or a file cannot be read.
    """
    folder = locate(Path(data))
    found, engine = find_files(folder), Engine()
    files = [(table, file) for table, paths in found.items() for file in paths]
    ids = {name: set(customers) for name in (*CUSTOMER_COLUMNS, *MENTIONS)}
    others = {
        value
        for file in found.get("identities", ())
        for value in _values(engine, file, "customer_id", "id_value", ids["customer_id"])
    }
    ids |= {name: others for name in OTHER_COLUMNS}
    seen = {
        value
        for table, file in files
        for name in _named(table, ids)
        for value in _values(engine, file, name, name, ids[name])
    }
    if strangers := sorted(set(customers) - seen):
        raise ArgumentError(
            f"no row of {folder.name} names {', '.join(f'`{name}`' for name in strangers)}. Nothing was changed. "
            "Give the customer_id as it stands in the tables."
        )
    rows = [
        (table, file.name, *_rewrite(engine, file, {name: ids[name] for name in _named(table, ids)}))
        for table, file in files
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _named(table: str, ids: dict[str, set[str]]) -> list[str]:
    return [name for name in tables()[table].columns if name in ids]


def _rewrite(engine: Engine, file: Path, ids: dict[str, set[str]]) -> tuple[int, int]:
    """Rewrite a file without the people in it, by way of one beside it; return rows removed and cells emptied."""
    part = file.with_name(file.name + _PART)
    try:
        change = _rewrite_parquet if _is_parquet(file) else _rewrite_csv
        removed, emptied = change(engine, file, part, ids)
        if removed or emptied:
            part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return removed, emptied


def _rewrite_parquet(engine: Engine, file: Path, part: Path, ids: dict[str, set[str]]) -> tuple[int, int]:
    columns = [name for name in engine.columns(parquet_scan([file])) if name != "_file"]
    tests = {name: f"coalesce({_text(name)} in ({_listed(ids[name])}), false)" for name in columns if ids.get(name)}
    leave = " or ".join(test for name, test in tests.items() if name not in MENTIONS) or "false"
    mention = " or ".join(test for name, test in tests.items() if name in MENTIONS) or "false"
    scan = parquet_scan([file])
    removed, emptied = engine.row(
        f"select count(*) filter (where {leave}), count(*) filter (where ({mention}) and not ({leave})) from {scan}"
    )
    if removed or emptied:
        cells = [
            f"case when not {tests[c]} then {quoted(c)} end as {quoted(c)}"
            if c in MENTIONS and c in tests
            else quoted(c)
            for c in columns
        ]
        engine.write_parquet(f"select {', '.join(cells)} from {scan} where not ({leave})", part)
    return removed, emptied


def _rewrite_csv(engine: Engine, file: Path, part: Path, ids: dict[str, set[str]]) -> tuple[int, int]:
    names = header(file)
    places = {place: ids[name] for place, name in enumerate(names) if ids.get(name)}
    mentions = [place for place in places if names[place] in MENTIONS]
    removed = emptied = 0
    opened = _opener(file)
    with (
        opened(file, "rt", encoding="utf-8", newline="") as source,
        opened(part, "wt", encoding="utf-8", newline="") as target,
    ):
        writer = csv.writer(target, lineterminator="\n")
        for row in csv.reader(source):
            named = [place for place, values in places.items() if place < len(row) and row[place] in values]
            if any(place not in mentions for place in named):
                removed += 1
                continue
            for place in named:
                row[place] = ""
            emptied += bool(named)
            writer.writerow(row)
    return removed, emptied


def _values(engine: Engine, file: Path, where: str, wanted: str, among: set[str]) -> set[str]:
    """Values of a column in rows where another (or the same) is one of some."""
    if not among:
        return set()
    if _is_parquet(file):
        if not {where, wanted} <= set(engine.columns(parquet_scan([file]))):
            return set()
        rows = engine.query(
            f"select distinct {_text(wanted)} as v from {parquet_scan([file])} where {_text(where)} in ({_listed(among)})"
        )
        return set(rows["v"].dropna())
    names = header(file)
    if where not in names or wanted not in names:
        return set()
    at, to = names.index(where), names.index(wanted)
    with _opener(file)(file, "rt", encoding="utf-8-sig", newline="") as source:
        return {row[to] for row in csv.reader(source) if len(row) > max(at, to) and row[at] in among}


def _is_parquet(file: Path) -> bool:
    return file.name.lower().endswith(".parquet")


def _opener(file: Path) -> Callable[..., IO[str]]:
    return cast("Callable[..., IO[str]]", gzip.open if file.name.lower().endswith(".gz") else open)


def _text(name: str) -> str:
    return f"{quoted(name)}::varchar"


def _listed(values: set[str]) -> str:
    return ", ".join(literal(value) for value in sorted(values))
