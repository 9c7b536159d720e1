"""CSV files beside a report: the same bytes in every run, and nothing in them that a spreadsheet would run."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cxkit.markup import BIDI

_ACTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows under the columns named, in that order; what a row lacks stays empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell(row.get(column)) for column in columns] for row in rows)


def cell(value: Any) -> str:
    """One cell: text that a spreadsheet would take for a formula gets a quote in front.

    Examples
    --------
    >>> cell("=HYPERLINK(1)"), cell(-0.5), cell(None), cell(1e-7)
    ("'=HYPERLINK(1)", '-0.5', '', '1e-07')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if value != value else f"{value:.10g}"
    text = str(value).translate(BIDI)
    return "'" + text if isinstance(value, str) and text.startswith(_ACTS) else text
