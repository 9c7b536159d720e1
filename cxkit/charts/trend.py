"""The line chart over days, weeks or months: with interval band, the base period dashed, and events marked."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import dates, frames
from cxkit.charts.axes import Pen
from cxkit.charts.events import dated
from cxkit.charts.figure import Figure, figure
from cxkit.charts.lines import Line, draw_lines
from cxkit.charts.style import MUTED, SERIES
from cxkit.charts.text import clean
from cxkit.segment import Segment

MOST_LINES = 6


def trend(
    frame: pd.DataFrame,
    base: pd.DataFrame | float | None = None,
    *,
    caption: str,
    alt: str = "",
    x: str | None = None,
    by: str | None = None,
    unit: str | None = None,
    currency: str | None = None,
    name: str | None = None,
    base_name: str | None = None,
    events: Mapping[Any, str] | None = None,
) -> Figure:
    """A value over time with its interval band.

    Parameters
    ----------
    frame
        One row a day, week or month (and a line, with `by`): a date, `value`, and `ci_low`, `ci_high` where known.
    base
        The period compared with: a frame of the same columns, laid over by its number of days since the start, or one number,
        drawn as a level. Dashed.
    x
        Column of dates; by default the first of date, day, week, month, period_start, or a segment `day=…`.
    by
        Column that names the lines; the six with the most rows of data are drawn.
    unit
        share (0–1), count, seconds, days, money, ratio, score or rate; by default the frame's `unit`.
    name, base_name
        What the lines are called at their right end; by default their month.
    events
        {date: what happened}, marked by a vertical line.

    Returns
    -------
    Figure
        A block with both drawings and the numbers. The axis starts at zero unless the values lie far from it; its lowest tick says where.

    Raises
    ------
    ArgumentError
        Missing column or caption.

    Examples
    --------
    >>> days = pd.date_range("2026-10-01", periods=3)
    >>> frame = pd.DataFrame({"day": days, "value": [0.05, 0.06, 0.055], "ci_low": [0.04, 0.05, 0.05], "ci_high": [0.06, 0.07, 0.06]})
    >>> trend(frame, 0.051, unit="share", caption="Clicks rose.", alt="Daily click rate, near 5 percent.").chart
    'trend'
    """
    frame = frames.admit(frame, "trend", "value", *([by] if by else []))
    x = frames.date_column(frame, "trend", x)
    unit, currency = frames.unit_of(frame, unit), frames.currency_of(frame, currency)
    lines, numbers = _lines(frame, x, by, name), _numbers(frame, x, by)
    level = (float(base), base_name or "before") if isinstance(base, (int, float)) else None
    if level:
        numbers["base"] = level[0]
    elif isinstance(base, pd.DataFrame) and len(base) and lines:
        base = frames.admit(base, "trend", "value")
        before = _base_line(base, frames.date_column(base, "trend", x if x in base else None), lines[0].x, base_name)
        under = dict(zip(before.x.tolist(), before.y.tolist(), strict=True))
        numbers["base"] = [under.get(day, np.nan) for day in frames.days(frame, x).tolist()]
        lines.insert(0, before)
    marks = dated(events)

    def draw(pen: Pen) -> None:
        draw_lines(pen, lines, unit=unit, currency=currency, level=level, marks=marks)

    return figure(
        "trend",
        numbers,
        draw if any(np.isfinite(one.y).any() for one in lines) else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason="no value can be shown",
        height=lambda wide: 290 if wide else 270,
    )


def _numbers(frame: pd.DataFrame, x: str, by: str | None) -> pd.DataFrame:
    """The numbers behind, with plain dates where they were values of a segment."""
    numbers = frames.keep(frame, x, by, *frames.ESTIMATE, "numerator", "denominator", "n_units").copy()
    if x == "segment" and by != x:
        word = Segment.parse(str(frame[x].iloc[0])).by if len(frame) else "day"
        numbers[x] = [Segment.parse(text).level for text in numbers[x].astype(str)]
        numbers = numbers.rename(columns={x: word})
    return numbers


def _lines(frame: pd.DataFrame, x: str, by: str | None, name: str | None) -> list[Line]:
    days = frames.days(frame, x)
    groups = np.array(frames.labels(frame, by) if by else [""] * len(frame), dtype=object)
    y, low, high = (frames.numbers(frame, column) for column in frames.ESTIMATE)
    order = sorted(dict.fromkeys(groups), key=lambda g: -int(np.isfinite(y[groups == g]).sum()))[:MOST_LINES]
    out: list[Line] = []
    for g in sorted(order, key=list(dict.fromkeys(groups)).index):
        mine = np.flatnonzero(groups == g)
        mine = mine[frames.in_order(days[mine])]
        label = str(g) if by else name if name is not None else dates.span_name(days[mine])
        out.append(Line(clean(label), days[mine], y[mine], low[mine], high[mine], SERIES[len(out) % len(SERIES)]))
    return out


def _base_line(base: pd.DataFrame, x: str, over: np.ndarray, name: str | None) -> Line:
    """The base laid over the current period by its number of days since its own start; what is longer is left away."""
    days, y = frames.days(base, x), frames.numbers(base, "value")
    order = np.argsort(days, kind="stable")
    days, y = days[order], y[order]
    start = np.nanmin(days) if np.isfinite(days).any() else 0.0
    moved = days - start + (np.nanmin(over) if np.isfinite(over).any() else 0.0)
    inside = moved <= (np.nanmax(over) if np.isfinite(over).any() else -np.inf)
    nothing = np.full(int(inside.sum()), np.nan)
    label = name if name is not None else dates.span_name(days) or "before"
    return Line(clean(label), moved[inside], y[inside], nothing, nothing, MUTED, dashed=True)
