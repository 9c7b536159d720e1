"""The line chart over days, weeks or months: with interval band, the base period dashed, and events marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import dates, tidy
from cxkit.charts.figure import Figure, figure
from cxkit.charts.pen import Pen, reference_line, scale, tick_room, value_axis, x_ticks
from cxkit.charts.style import MUTED, PAPER, SERIES, WAIT, WASH
from cxkit.charts.text import clean, fit, text_width
from cxkit.segment import Segment

MOST_LINES = 6


@dataclass
class Line:
    name: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    colour: str
    dashed: bool = False


def trend(
    frame: pd.DataFrame,
    base: pd.DataFrame | float | None = None,
    *,
    caption: str,
    alt: str,
    x: str | None = None,
    value: str = "value",
    low: str = "ci_low",
    high: str = "ci_high",
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
        Missing column, caption or alt.

    Examples
    --------
    >>> days = pd.date_range("2026-10-01", periods=3)
    >>> frame = pd.DataFrame({"day": days, "value": [0.05, 0.06, 0.055], "ci_low": [0.04, 0.05, 0.05], "ci_high": [0.06, 0.07, 0.06]})
    >>> trend(frame, 0.051, unit="share", caption="Clicks rose.", alt="Daily click rate, near 5 percent.").chart
    'trend'
    """
    frame = tidy.admit(frame, "trend", value, *([by] if by else []))
    x = tidy.date_column(frame, "trend", x)
    unit, currency = tidy.unit_of(frame, unit), tidy.currency_of(frame, currency)
    lines = _lines(frame, x, value, low, high, by, name)
    level = float(base) if isinstance(base, (int, float)) else None
    if isinstance(base, pd.DataFrame) and len(base) and lines:
        base = tidy.admit(base, "trend", value)
        lines.insert(
            0,
            _base_line(
                base, tidy.date_column(base, "trend", x if x in base.columns else None), value, lines[0].x, base_name
            ),
        )
    numbers = _numbers(frame, x, by, value, low, high)
    if lines and lines[0].dashed:
        under = dict(zip(lines[0].x.tolist(), lines[0].y.tolist(), strict=True))
        numbers["base"] = [under.get(day, np.nan) for day in tidy.days(frame, x).tolist()]
    elif level is not None:
        numbers["base"] = level
    marks = _events(events)
    drawn = any(np.isfinite(one.y).any() for one in lines)

    def draw(pen: Pen) -> None:
        draw_lines(pen, lines, unit=unit, currency=currency, level=level, level_name=base_name or "before", marks=marks)

    return figure(
        "trend",
        numbers,
        draw if drawn else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason="no value can be shown",
        height=lambda wide: 290 if wide else 270,
    )


def draw_lines(
    pen: Pen,
    lines: list[Line],
    *,
    unit: str,
    currency: str | None = None,
    level: float | None = None,
    level_name: str = "",
    marks: list[tuple[float, str]] = (),  # type: ignore[assignment]
    zero: bool = False,
) -> None:
    """The common drawing of time series; also used by tracking."""
    xs = np.concatenate([one.x[np.isfinite(one.y)] for one in lines])
    first, last = float(xs.min()), float(xs.max())
    if last == first:
        first, last = first - 1, last + 1
    marks = [(at, text) for at, text in marks if first <= at <= last]
    ticks, limits = _limits(lines, level, unit, 5, zero)
    names = [one.name for one in lines] + ([level_name] if level is not None else [])
    left, right = tick_room(ticks, unit, currency), pen.label_room(names) + 8
    rows = _event_rows(pen, marks, first, last, left, right)
    ax = pen.axes(left, right if any(names) else 10, top=10 + 16 * (max(rows, default=-1) + 1), bottom=26)
    value_axis(ax, "y", ticks, limits, unit, currency)
    ax.set_xlim(first, last)
    box = pen.box(ax)
    at, texts = dates.ticks(np.unique(xs), box[1] - box[0])
    x_ticks(ax, at, texts)
    if last - first <= 70 and _daily(xs):
        for a, b in dates.weekends(first, last):
            ax.axvspan(a, b, color=WASH, zorder=0)
    for one in lines:
        _draw_line(ax, one, limits)
    if level is not None:
        reference_line(ax, level, vertical=False, dashed=True)
    _draw_events(pen, ax, marks, rows)
    ends = [(*_end(one), one.name, one.colour) for one in lines]
    labels = [(y, text, colour) for _, y, text, colour in ends]
    if level is not None:
        labels.append((level, level_name, MUTED))
    pen.end_labels(ax, labels, right - 8)


def _numbers(frame: pd.DataFrame, x: str, by: str | None, *names: str) -> pd.DataFrame:
    """The numbers behind, with plain dates where they were values of a segment."""
    numbers = tidy.keep(frame, x, by, *names, "numerator", "denominator", "n_units").copy()
    if x == "segment" and by != x:
        word = Segment.parse(str(frame[x].iloc[0])).by if len(frame) else "day"
        numbers[x] = [Segment.parse(text).level for text in numbers[x].astype(str)]
        numbers = numbers.rename(columns={x: word})
    return numbers


def _limits(
    lines: list[Line], level: float | None, unit: str, n: int, zero: bool
) -> tuple[list[float], tuple[float, float]]:
    """Room for every value and for all but the widest bands: one day with three visitors must not flatten the rest."""
    values = np.concatenate([one.y for one in lines] + [[np.nan if level is None else level]])
    bands = [
        q for edge, at in (("low", 0.04), ("high", 0.96)) for one in lines for q in _quantile(getattr(one, edge), at)
    ]
    return scale([values, bands], unit, n=n, zero=zero)


def _quantile(values: np.ndarray, at: float) -> list[float]:
    finite = values[np.isfinite(values)]
    return [float(np.quantile(finite, at))] if len(finite) else []


def _draw_line(ax: Any, one: Line, limits: tuple[float, float]) -> None:
    import seaborn as sns

    x, y, low, high = _with_gaps(one)
    banded = np.isfinite(low) & np.isfinite(high) & np.isfinite(y)
    if banded.any():
        ax.fill_between(
            x,
            np.clip(low, *limits),
            np.clip(high, *limits),
            where=banded,
            color=one.colour,
            alpha=0.16,
            linewidth=0,
            zorder=2,
            interpolate=False,
        )
    alone = np.isfinite(y) & ~np.isfinite(np.r_[np.nan, y[:-1]]) & ~np.isfinite(np.r_[y[1:], np.nan])
    style = {"linewidth": 1.4, "linestyle": (0, (4, 3))} if one.dashed else {"linewidth": 2.0}
    ax.plot(x, y, color=one.colour, zorder=3, **style)
    if alone.any():  # a day between gaps has no line: a dot, and a whisker for its band
        ax.vlines(
            x[alone & banded],
            *(np.clip(edge[alone & banded], *limits) for edge in (low, high)),
            color=one.colour,
            alpha=0.45,
            linewidth=3,
        )
        sns.scatterplot(x=x[alone], y=y[alone], ax=ax, color=one.colour, edgecolor=PAPER, s=30, legend=False, zorder=4)


def _with_gaps(one: Line) -> tuple[np.ndarray, ...]:
    """A missing day breaks the line instead of being bridged."""
    step = np.diff(one.x)
    if not len(step):
        return one.x, one.y, one.low, one.high
    usual = float(np.median(step))
    on_weekends = any(dates.day(d).weekday() >= 5 for d in one.x)
    holes = np.flatnonzero(step > (1.5 * usual if on_weekends else max(1.5 * usual, 3.5))) + 1
    pads = [np.insert(a, holes, np.nan) for a in (one.y, one.low, one.high)]
    return np.insert(one.x, holes, one.x[holes - 1] + usual), *pads


def _end(one: Line) -> tuple[float, float]:
    finite = np.flatnonzero(np.isfinite(one.y))
    return (float(one.x[finite[-1]]), float(one.y[finite[-1]])) if len(finite) else (np.nan, np.nan)


def _daily(xs: np.ndarray) -> bool:
    step = np.diff(np.unique(xs))
    return bool(len(step)) and float(np.median(step)) <= 1.0


def _lines(
    frame: pd.DataFrame, x: str, value: str, low: str, high: str, by: str | None, name: str | None
) -> list[Line]:
    days = tidy.days(frame, x)
    groups = np.array(tidy.labels(frame, by) if by else [""] * len(frame), dtype=object)
    y = tidy.numbers(frame, value)
    order = sorted(dict.fromkeys(groups), key=lambda g: -int(np.isfinite(y[groups == g]).sum()))[:MOST_LINES]
    out: list[Line] = []
    for g in sorted(order, key=list(dict.fromkeys(groups)).index):
        mine = np.flatnonzero((groups == g) & np.isfinite(days))
        mine = mine[np.argsort(days[mine], kind="stable")]
        label = str(g) if by else name if name is not None else dates.span_name(days[mine])
        below, above = (tidy.numbers(frame, column)[mine] for column in (low, high))
        out.append(Line(clean(label), days[mine], y[mine], below, above, SERIES[len(out) % len(SERIES)]))
    return out


def _base_line(base: pd.DataFrame, x: str, value: str, over: np.ndarray, name: str | None) -> Line:
    """The base laid over the current period by its number of days since its own start; what is longer is left away."""
    days, y = tidy.days(base, x), tidy.numbers(base, value)
    order = np.argsort(days, kind="stable")
    days, y = days[order], y[order]
    start = np.nanmin(days) if np.isfinite(days).any() else 0.0
    moved = days - start + (np.nanmin(over) if np.isfinite(over).any() else 0.0)
    inside = moved <= (np.nanmax(over) if np.isfinite(over).any() else -np.inf)
    nothing = np.full(int(inside.sum()), np.nan)
    label = name if name is not None else dates.span_name(days) or "before"
    return Line(clean(label), moved[inside], y[inside], nothing, nothing, MUTED, dashed=True)


def _events(events: Mapping[Any, str] | None) -> list[tuple[float, str]]:
    return sorted((dates.number(pd.Timestamp(when).date()), clean(text)) for when, text in (events or {}).items())


def _event_rows(
    pen: Pen, marks: list[tuple[float, str]], first: float, last: float, left: float, right: float
) -> list[int]:
    """Which line above the axes each event's text stands on, so that texts do not meet."""
    taken: list[float] = []
    rows = []
    for at, text in marks:
        start, width = _event_place(pen, at, text, first, last, left, right)
        row = next((i for i, end in enumerate(taken) if start > end + 10), len(taken))
        if row == len(taken):
            taken.append(0.0)
        taken[row] = start + width
        rows.append(row)
    return rows


def _event_place(
    pen: Pen, at: float, text: str, first: float, last: float, left: float, right: float
) -> tuple[float, float]:
    x = left + (at - first) / (last - first) * (pen.width - left - right)
    width = min(text_width(text[:300]), pen.width * 0.6)
    return min(x, pen.width - 4 - width), width


def _draw_events(pen: Pen, ax: Any, marks: list[tuple[float, str]], rows: list[int]) -> None:
    left, right, top, _ = pen.box(ax)
    first, last = ax.get_xlim()
    for (at, text), row in zip(marks, rows, strict=True):
        reference_line(ax, at, vertical=True, colour=WAIT)
        start, width = _event_place(pen, at, text, first, last, left, pen.width - right)
        pen.text(start, top - 9 - 16 * row, fit(text, width + 1), WAIT)
