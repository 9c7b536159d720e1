"""Remove persons from the files of a data set, and say how many rows that took."""

import csv
import gzip
import os
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import pandas as pd

from cxkit.contract import tables
from cxkit.dataset.check.csv_files import header
from cxkit.dataset.consent import CUSTOMER_COLUMNS, OTHER_COLUMNS
from cxkit.dataset.find.files import find_files
from cxkit.dataset.find.found import locate
from cxkit.engine.duckdb import Engine, literal, parquet_scan, quoted
from cxkit.errors import ArgumentError

#: Columns in which another person's row names the customer: the cell is emptied, the row stays.
MENTIONS = ("referred_by_customer_id", "new_customer_id")
COLUMNS = ["table", "file", "rows_removed", "cells_emptied"]
#: More than this share of the customers, or these rows for each id that was named, is likelier a mistake than a wish.
MOST_CUSTOMERS, MOST_ROWS = 0.01, 1_000
_PART = ".forgetting"


@dataclass(frozen=True)
class Removal:
    """What goes when persons are forgotten; nothing is written yet.

    Attributes
    ----------
    files : list of (table, Path)
    ids : mapping of column to the ids that are theirs
    counts : DataFrame, one row a file
        `table, file, rows_removed, cells_emptied` (in rows of others that name the person, as who referred them).
    """

    files: list[tuple[str, Path]]
    ids: Mapping[str, set[str]]
    counts: pd.DataFrame


def plan(data: str | Path, customers: Sequence[str], force: bool = False) -> Removal:
    """Find the rows of persons in every file of a data set: by customer_id, and by every id that `identities` maps to them.

    Parameters
    ----------
    data : path
        The folder, as for `open_data`.
    customers : sequence of str
        Their customer_id.
    force : bool
        Whether more than 1 % of the customers (one is always allowed), or 1,000 rows for each id named, may go.

    Raises
    ------
    ArgumentError
        An id is blank, no file names it, or more would go than a slip of the hand should take.
    DataError
        The folder or a file cannot be read.
    """
    if blank := [name for name in customers if is_blank(name)]:
        raise ArgumentError(
            f"{blank[0]!r} is no customer_id: every row without a customer would go. Nothing was changed. "
            "Give the customer_id as it stands in the tables."
        )
    named, folder, engine = set(customers), locate(Path(data)), Engine()
    found = find_files(folder)
    files = [(table, file) for table, paths in found.items() for file in paths]
    ids = {name: named for name in (*CUSTOMER_COLUMNS, *MENTIONS)}
    others = {
        value
        for file in found.get("identities", ())
        for value in _values(engine, file, "customer_id", "id_value", named)
        if not is_blank(value)
    }
    ids |= {name: others for name in OTHER_COLUMNS}
    seen = {
        value
        for table, file in files
        for name in _named(table, ids)
        for value in _values(engine, file, name, name, ids[name])
    }
    if strangers := sorted(named - seen):
        raise ArgumentError(
            f"no row of {folder.name} names {', '.join(f'`{name}`' for name in strangers)}. Nothing was changed. "
            "Give the customer_id as it stands in the tables."
        )
    rows = [(table, file.name, *_without(engine, file, _theirs(table, ids), None)) for table, file in files]
    counts = pd.DataFrame(rows, columns=COLUMNS)
    if not force:
        everybody = {
            value
            for table, file in files
            if table == "customers" or "customers" not in found
            for name in set(_named(table, ids)) & set(CUSTOMER_COLUMNS)
            for value in _values(engine, file, name, name)
            if not is_blank(value)
        }
        _refuse_too_many(len(named), len(everybody), counts.rows_removed.sum())
    return Removal(files, ids, counts)


def forget(removal: Removal) -> None:
    """Rewrite the files in which somebody was found, each by way of one beside it; the others are left as they are."""
    engine = Engine()
    changed = (removal.counts.rows_removed + removal.counts.cells_emptied) > 0
    for (table, file), is_changed in zip(removal.files, changed, strict=True):
        if is_changed:
            part = file.with_name(file.name + _PART)
            try:
                _without(engine, file, _theirs(table, removal.ids), part)
                part.replace(file)
            finally:
                part.unlink(missing_ok=True)


def is_blank(name: str) -> bool:
    """Whether an id shows nothing: no sign at all, or spaces, controls and zero-width signs alone."""
    return all(unicodedata.category(sign)[0] in "ZC" for sign in name)


def _refuse_too_many(named: int, everybody: int, rows: int) -> None:
    if named > max(1, MOST_CUSTOMERS * everybody):
        what = f"{named:,} of {everybody:,} customers are named, and more than {MOST_CUSTOMERS:.0%} is refused"
    elif rows > MOST_ROWS * named:
        what = f"{rows:,} rows would go, and more than {MOST_ROWS:,} for each id is refused"
    else:
        return
    raise ArgumentError(f"{what}. Nothing was changed. Look at the ids again; if they are right, add --force.")


def _theirs(table: str, ids: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return {name: ids[name] for name in _named(table, ids)}


def _named(table: str, ids: Mapping[str, set[str]]) -> list[str]:
    return [name for name in tables()[table].columns if name in ids]


def _without(engine: Engine, file: Path, ids: dict[str, set[str]], part: Path | None) -> tuple[int, int]:
    """Write a file without the people in it to `part`, if that is given; return rows removed and cells emptied."""
    return (_parquet_without if _is_parquet(file) else _csv_without)(engine, file, ids, part)


def _parquet_without(engine: Engine, file: Path, ids: dict[str, set[str]], part: Path | None) -> tuple[int, int]:
    columns = [name for name in engine.columns(parquet_scan([file])) if name != "_file"]
    tests = {name: f"coalesce({_text(name)} in ({_listed(ids[name])}), false)" for name in columns if ids.get(name)}
    leave = " or ".join(test for name, test in tests.items() if name not in MENTIONS) or "false"
    mention = " or ".join(test for name, test in tests.items() if name in MENTIONS) or "false"
    scan = parquet_scan([file])
    removed, emptied = engine.row(
        f"select count(*) filter (where {leave}), count(*) filter (where ({mention}) and not ({leave})) from {scan}"
    )
    if part:
        cells = [
            f"case when not {tests[c]} then {quoted(c)} end as {quoted(c)}"
            if c in MENTIONS and c in tests
            else quoted(c)
            for c in columns
        ]
        engine.write_parquet(f"select {', '.join(cells)} from {scan} where not ({leave})", part)
    return removed, emptied


def _csv_without(engine: Engine, file: Path, ids: dict[str, set[str]], part: Path | None) -> tuple[int, int]:
    names = header(file)
    places = {place: ids[name] for place, name in enumerate(names) if ids.get(name)}
    mentions = [place for place in places if names[place] in MENTIONS]
    removed = emptied = 0
    opened = _opener(file)
    with (
        opened(file, "rt", encoding="utf-8", newline="") as source,
        opened(part or os.devnull, "wt", encoding="utf-8", newline="") as target,
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


def _values(engine: Engine, file: Path, where: str, wanted: str, among: set[str] | None = None) -> set[str]:
    """Values of a column, or those in rows where another (or the same) is one of some."""
    if among is not None and not among:
        return set()
    if _is_parquet(file):
        if not {where, wanted} <= set(engine.columns(parquet_scan([file]))):
            return set()
        only = "true" if among is None else f"{_text(where)} in ({_listed(among)})"
        found = engine.query(f"select distinct {_text(wanted)} as v from {parquet_scan([file])} where {only}")
        return set(found["v"].dropna())
    names = header(file)
    if where not in names or wanted not in names:
        return set()
    at, to = names.index(where), names.index(wanted)
    with _opener(file)(file, "rt", encoding="utf-8-sig", newline="") as source:
        rows = csv.reader(source)
        next(rows)
        return {row[to] for row in rows if len(row) > max(at, to) and (among is None or row[at] in among)}


def _is_parquet(file: Path) -> bool:
    return file.name.lower().endswith(".parquet")


def _opener(file: Path) -> Callable[..., IO[str]]:
    return cast("Callable[..., IO[str]]", gzip.open if file.name.lower().endswith(".gz") else open)


def _text(name: str) -> str:
    return f"{quoted(name)}::varchar"


def _listed(values: set[str]) -> str:
    return ", ".join(literal(value) for value in sorted(values))
