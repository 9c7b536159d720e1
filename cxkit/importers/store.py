"""The data folder: contract tables as CSV, joined with what is already there, so that importing twice adds nothing."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cxkit.contract import Table, tables
from cxkit.errors import ArgumentError, DataError
from cxkit.importers.account import Result
from cxkit.importers.read import dicts

LOG_FOLDER = "_import"  # data sets pass over names that begin with _


@dataclass
class Change:
    """What an import does to one table of the folder, in rows of that table."""

    table: str
    before: int
    added: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def after(self) -> int:
        """Rows of the table once the import is written."""
        return self.before + self.added


def read_table(folder: Path, table: Table) -> pd.DataFrame:
    """Read what the folder already has of a table; an empty frame when it has nothing.

    Raises
    ------
    DataError
        The table is there in a form that an import does not extend (Parquet, several files), or lacks its key.
    """
    path = folder / f"{table.name}.csv"
    others = [
        name for name in (f"{table.name}.parquet", f"{table.name}.csv.gz", table.name) if (folder / name).exists()
    ]
    if others:
        raise DataError(
            f"{folder.name} has {others[0]}; an import extends {table.name}.csv only. Import into a new folder."
        )
    if not path.exists():
        return pd.DataFrame(columns=list(table.key), dtype=object)
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError, csv.Error) as error:
        raise DataError(
            f"{path.name} in {folder.name} cannot be read ({str(error).splitlines()[0][:100]}). Mend it or import into a new folder."
        ) from error
    if missing := [name for name in table.key if name not in frame and table.columns[name].required]:
        raise DataError(
            f"{path.name} in {folder.name} has no column {', '.join(missing)}. Mend it or import into a new folder."
        )
    return frame


def join(table: Table, have: pd.DataFrame, new: pd.DataFrame, columns: Iterable[str]) -> tuple[pd.DataFrame, list[str]]:
    """Lay new rows over those with the same key.

    Parameters
    ----------
    table : Table
    have, new : DataFrame of str
        What is there and what comes; no key stands twice in `new`.
    columns : iterable of str
        What this import fills: it goes before what was there, empty cells too. Other columns keep what they had.

    Returns
    -------
    DataFrame, list of str
        The rows in the order they came, columns in the contract's order; and for each new row what happened to it:
        "added", "changed" or "unchanged".
    """
    columns = list(columns)
    names = _in_order(table, [*have.columns, *columns])
    rows: dict[tuple[str, ...], dict[str, str]] = {_key(table, row): row for row in dicts(have)}
    if len(rows) < len(have):
        raise DataError(
            f"{table.name}.csv has {len(have) - len(rows)} rows whose {', '.join(table.key)} is there twice. Run `cxkit check` on the folder first."
        )
    happened = []
    for row in dicts(new[columns]):
        key = _key(table, row)
        old = rows.get(key)
        if old is None:
            happened.append("added")
            rows[key] = row
        elif all(_same(old.get(name, ""), row[name]) for name in columns):
            happened.append("unchanged")
        else:
            happened.append("changed")
            rows[key] = {**old, **row}
    frame = pd.DataFrame(
        [{name: row.get(name, "") for name in names} for row in rows.values()], columns=names, dtype=object
    )
    return frame.fillna(""), happened


def _key(table: Table, row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row.get(name, "") or "" for name in table.key)


def _same(old: str, new: str) -> bool:
    return (old or "") == (new or "")


def _in_order(table: Table, names: Iterable[str]) -> list[str]:
    present = set(names)
    return [name for name in table.columns if name in present] + sorted(
        name for name in present if name not in table.columns
    )


def join_all(folder: Path, results: list[Result]) -> tuple[dict[str, pd.DataFrame], list[Change]]:
    """Join the results of one import with the folder; nothing is written."""
    frames: dict[str, pd.DataFrame] = {}
    changes = []
    for name in dict.fromkeys(result.table.name for result in results):
        table = tables()[name]
        before = read_table(folder, table)
        frame = before
        fate: dict[tuple[str, ...], str] = {}
        for result in results:
            if result.table.name != name or result.frame.empty:
                continue
            frame, happened = join(table, frame, result.frame, result.columns)
            for row, what in zip(dicts(result.frame), happened, strict=True):
                key = _key(table, row)
                fate[key] = (
                    "added" if fate.get(key) == "added" else "changed" if "changed" in (fate.get(key), what) else what
                )
        frames[name] = frame
        kinds = list(fate.values())
        changes.append(
            Change(name, len(before), kinds.count("added"), kinds.count("changed"), kinds.count("unchanged"))
        )
        if len(frame) != changes[-1].after:
            raise AssertionError(f"{name} has {len(frame)} rows after joining, expected {changes[-1].after}")
    return frames, changes


def write(folder: Path, frames: Mapping[str, pd.DataFrame], settings: str, log: str, rejects: pd.DataFrame) -> None:
    """Write tables, settings, log and rejects; every file is whole or not there.

    Raises
    ------
    ArgumentError
        The folder cannot be written.
    """
    try:
        (folder / LOG_FOLDER).mkdir(parents=True, exist_ok=True)
        texts = {folder / f"{name}.csv": _csv(frame) for name, frame in frames.items() if not frame.empty}
        texts |= {
            folder / "dataset.yml": settings,
            folder / LOG_FOLDER / "log.json": log,
            folder / LOG_FOLDER / "rejects.csv": _csv(rejects),
        }
        for path, text in texts.items():
            path.with_name(f".{path.name}.part").write_text(text, "utf-8", newline="")
        for path in texts:
            path.with_name(f".{path.name}.part").replace(path)
    except OSError as error:
        raise ArgumentError(f"cannot write to {folder}: {error.strerror}.") from error


def _csv(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False, lineterminator="\n")


def extend_log(folder: Path, run: dict[str, Any]) -> str:
    """Text of the import log with this run; the same files imported again replace their entry."""
    path = folder / LOG_FOLDER / "log.json"
    try:
        runs = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # there is none, or it is spoilt
        runs = []
    this = (run["vendor"], run["files"])
    known = [other for other in runs if isinstance(other, dict)] if isinstance(runs, list) else []
    others = [other for other in known if (other.get("vendor"), other.get("files")) != this]
    return json.dumps([*others, run], indent=1, ensure_ascii=False) + "\n"


REJECT_COLUMNS = ("table", "file", "line", "column", "value", "reason")
FILE_KEY = "file_key"  # of the file's whole path, without telling it: files of one name in two folders are two


def extend_rejects(folder: Path, results: list[Result], known_by: Mapping[str, str]) -> pd.DataFrame:
    """The rejected rows of this import beside those of other files; `known_by` gives each file's key by its name."""
    path = folder / LOG_FOLDER / "rejects.csv"
    new = pd.DataFrame(
        [reject for result in results for reject in result.rejects], columns=list(REJECT_COLUMNS), dtype=object
    )
    new[FILE_KEY] = new["file"].map(known_by).astype(object)
    try:
        old = pd.read_csv(path, dtype=str, keep_default_na=False)[[*REJECT_COLUMNS, FILE_KEY]]
    except (ValueError, KeyError, OSError):
        return new
    return pd.concat([old[~old[FILE_KEY].isin(known_by.values())], new], ignore_index=True)


def account_entry(result: Result) -> dict[str, Any]:
    """An account as the log keeps it, with the headings that were not used."""
    account = result.account
    counters = {name: dict(getattr(account, name)) for name in ("left_out", "reshaped", "merged", "rejected")}
    return {
        "file": account.file,
        "table": account.table,
        "rows_read": account.rows_read,
        **counters,
        "rows_out": account.rows_out,
        "dropped": result.dropped,
        "not_mapped": result.unmapped,
    }
