"""The numbers behind a chart: rounded, and as text, JSON and an HTML table."""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from markupsafe import Markup

from cxkit.charts.text import clean
from cxkit.markup import element, joined

DIGITS = 6  # significant; whole numbers are kept whole
_SHOWN = 12  # rows that the text form prints before it abridges


def rounded(frame: pd.DataFrame, digits: int = DIGITS) -> pd.DataFrame:
    """The frame with numbers at so many significant digits, times as dates or minutes, and everything else as text."""
    return pd.DataFrame(
        {clean(name): [_round(v, digits) for v in frame[name]] for name in frame.columns},
        columns=[clean(c) for c in frame.columns],
    )


def _round(value: Any, digits: int = DIGITS) -> Any:
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, str):
        return clean(value)
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return math.nan
    if pd.api.types.is_bool(value):
        return bool(value)
    if pd.api.types.is_integer(value):
        return int(value)
    if hasattr(value, "isoformat"):
        stamp = pd.Timestamp(value)
        return stamp.strftime("%Y-%m-%d" if stamp == stamp.normalize() else "%Y-%m-%d %H:%M")
    try:
        return float(f"{float(value):.{digits}g}")
    except (TypeError, ValueError):
        return clean(value)


def plain(value: Any) -> Any:
    """A value as JSON may hold it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else "inf" if value > 0 else "-inf"
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return value.item() if hasattr(value, "item") else clean(value)


def html_table(numbers: pd.DataFrame) -> Markup:
    """A table in a box that can be scrolled by keyboard where it is wider than the page."""
    head = joined(element("th", clean(name), scope="col") for name in numbers.columns)
    lines = (joined(element("td", _shown(value)) for value in row) for row in numbers.itertuples(index=False))
    body = element("tbody", *(element("tr", line) for line in lines))
    whole = element("table", element("thead", element("tr", head)), body)
    return element("div", whole, class_="cx-scroll", tabindex="0", role="group", aria_label="Numbers")


def text_lines(numbers: pd.DataFrame) -> list[str]:
    """The rows side by side; of more than a dozen the first, the last and a summary of each column."""
    frame = numbers.map(_shown)
    if len(frame) <= _SHOWN:
        return [_grid(frame)] if len(frame) else []
    abridged = _grid(pd.concat([frame.head(4), frame.tail(3)]), skip_after=4)
    return [abridged, "; ".join([f"{len(frame)} rows", *_summary(numbers)])]


def _summary(numbers: pd.DataFrame) -> Iterator[str]:
    """Least, greatest and sum of each column of numbers: a change anywhere moves one of them."""
    for name, column in numbers.select_dtypes("number").items():
        if column.notna().any():
            total = _shown(_round(column.sum()))
            yield f"{name} {_shown(column.min())} … {_shown(column.max())}, sum {total}"


def _shown(value: Any) -> str:
    value = plain(value)
    if value is None:
        return "–"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.{DIGITS}g}" if abs(value) < 1e6 else f"{value:.0f}"


def _grid(frame: pd.DataFrame, skip_after: int = 0) -> str:
    """Columns side by side, no index: the same text whatever pandas' display options are."""
    names = [str(c) for c in frame.columns]
    rows = [[str(v)[:40] for v in row] for row in frame.itertuples(index=False)]
    widths = [max(len(name), *(len(row[i]) for row in rows)) for i, name in enumerate(names)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in [names, *rows]]
    if skip_after:
        lines.insert(1 + skip_after, "…")
    return "\n".join(lines)
