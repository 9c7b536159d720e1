"""Events above a chart of time: a vertical line each, and texts that do not meet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxkit.charts import dates
from cxkit.charts.axes import Pen, reference_line
from cxkit.charts.style import WAIT
from cxkit.charts.text import clean, fit, text_width

_LINE = 16  # px from a line of texts to the next


@dataclass(frozen=True)
class Event:
    """`at` in days since 1970; the text begins at `x` px, `width` px wide, on a line above the axes, the lowest 0."""

    at: float
    text: str
    x: float
    width: float
    line: int


def dated(events: Mapping[Any, str] | None) -> list[tuple[float, str]]:
    """(days since 1970, text), the earliest first."""
    return sorted((dates.number(pd.Timestamp(when).date()), clean(text)) for when, text in (events or {}).items())


def place(
    pen: Pen, marks: Sequence[tuple[float, str]], span: tuple[float, float], left: float, right: float
) -> list[Event]:
    """Where the texts of events within a span of days stand; `left` and `right` are the margins of the axes in px."""
    first, last = span
    placed: list[Event] = []
    ends: list[float] = []  # of each line
    for at, text in marks:
        if not first <= at <= last:
            continue
        width = min(text_width(text[:300]), pen.width * 0.6)
        x = left + (at - first) / (last - first) * (pen.width - left - right)
        x = min(x, pen.width - 4 - width)
        line = next((i for i, end in enumerate(ends) if x > end + 10), len(ends))
        ends[line : line + 1] = [x + width]
        placed.append(Event(at, text, x, width, line))
    return placed


def height(placed: Sequence[Event]) -> float:
    """Px that the texts need above the axes."""
    return _LINE * (max((one.line for one in placed), default=-1) + 1)


def draw(pen: Pen, ax: Any, placed: Sequence[Event]) -> None:
    _, _, top, _ = pen.box(ax)
    for one in placed:
        reference_line(ax, one.at, vertical=True, colour=WAIT)
        pen.text(one.x, top - 9 - _LINE * one.line, fit(one.text, one.width + 1), WAIT)
