"""Say where in a file a row stands, and show a value without giving a person away."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from cxkit.dataset.check.csv_files import line_at, line_numbers
from cxkit.dataset.check.raw import Raw
from cxkit.engine.duckdb import Engine, quoted

REJECTS = {
    "file_no": "int64",
    "row": "int64",
    "line": "int64",
    "column": "object",
    "value": "object",
    "reason": "object",
}


def no_rejects() -> pd.DataFrame:
    """Rejected rows where there are none: `row` counts from 0 and is -1 for a line that could not be read as one."""
    return pd.DataFrame(columns=list(REJECTS)).astype(REJECTS)


def left_out(rows: pd.DataFrame, broken: pd.DataFrame) -> pd.DataFrame:
    """Rejected rows that have their lines, after the lines that cannot be read."""
    unread = broken.assign(row=-1, column="", value="", reason="line cannot be read")
    filled = [part[list(REJECTS)] for part in (unread, rows) if len(part)]
    return pd.concat(filled, ignore_index=True).astype(REJECTS) if filled else no_rejects()


def read_broken_lines(raw: Raw, prefix: str, engine: Engine) -> pd.DataFrame:
    """Lines of CSV that the engine could not read in the scan that was given this prefix: file_no, line, kind."""
    found = []
    for number, part in enumerate(raw.parts):
        if part.kind == "csv":
            name = f"{prefix}{number}"
            found.append(
                engine.query(
                    f"select file_path, line_byte_position as at, min(error_type) as kind "
                    f"from {quoted(name)} join {quoted(name + '_scan')} using (scan_id, file_id) group by all"
                )
            )
            engine.drop(name)
            engine.drop(name + "_scan")
    broken = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["file_path", "at", "kind"])
    paths = [str(file) for file in raw.files]
    broken["file_no"] = [paths.index(path) for path in broken["file_path"]]
    broken["line"] = [
        line_at(raw.files[number], max(int(at) - 1, 0))
        for number, at in zip(broken["file_no"], broken["at"], strict=True)
    ]
    return broken.sort_values(["file_no", "line"], ignore_index=True)


def places(raw: Raw, located: pd.DataFrame) -> list[str]:
    """Name the places of rows that have their lines."""
    return [place(raw, number, line) for number, line in zip(located["file_no"], located["line"], strict=True)]


def place(raw: Raw, file_no: int, line: int) -> str:
    """Name a place, such as "orders.csv, line 212"."""
    if not raw.files:
        return f"row {line:,}"
    return f"{raw.files[file_no].name}, {'row' if raw.is_parquet(file_no) else 'line'} {line:,}"


def shown(value: str) -> str:
    """Quote a value for a message: short, on one line, and nothing that could be a person's address, number or words.

    Examples
    --------
    >>> shown("payed"), shown("ann@example.com"), shown("+31 6 1234 5678")
    ("'payed'", '(not shown)', '(not shown)')
    """
    dated = re.match(r"\d{4}-\d{2}-\d{2}", value)
    digits = sum(sign.isdigit() for sign in value)
    if "@" in value or (digits >= 9 and not dated) or value.count(" ") > 3:
        return "(not shown)"
    text = repr(value) if value.isprintable() else ascii(value)
    return text if len(text) <= 42 else text[:40] + "…'"


def with_lines(raw: Raw, broken: pd.DataFrame, frames: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Add `line` to rows that are given by `file_no` and `row`; a file is read once for all of them."""
    wanted = pd.concat([frame[["file_no", "row"]] for frame in frames if len(frame)] or [no_rejects()])
    found = {
        number: _lines(raw, number, wanted.loc[wanted["file_no"] == number, "row"], broken)
        for number in wanted["file_no"].unique()
    }
    return [
        frame.assign(line=[found[number][row] for number, row in zip(frame["file_no"], frame["row"], strict=True)])
        for frame in frames
    ]


def _lines(raw: Raw, file_no: int, rows: Iterable[Any], broken: pd.DataFrame) -> dict[int, int]:
    """Return the line in the file for rows of a CSV file, else the number of the row counted from 1."""
    wanted = [int(row) for row in rows]
    if not raw.files or raw.is_parquet(file_no):
        return {row: row + 1 for row in wanted}
    found = line_numbers(
        raw.files[file_no], [row + 1 for row in wanted], broken.loc[broken["file_no"] == file_no, "line"]
    )
    return {row: found.get(row + 1, row + 2) for row in wanted}
