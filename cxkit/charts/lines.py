"""Lines over days, weeks or months, with bands and events: what `trend` and `tracking` draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cxkit.charts import dates, events
from cxkit.charts.axes import Pen, reference_line, scale, tick_room, value_axis, x_ticks
from cxkit.charts.style import MUTED, PAPER, WASH


@dataclass
class Line:
    name: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    colour: str
    dashed: bool = False


def draw_lines(
    pen: Pen,
    lines: Sequence[Line],
    *,
    unit: str,
    currency: str | None = None,
    level: tuple[float, str] | None = None,
    marks: Sequence[tuple[float, str]] = (),
    zero: bool = False,
) -> None:
    """Draw lines with their bands, a level with its name, and marks of days."""
    xs = np.concatenate([one.x[np.isfinite(one.y)] for one in lines])
    first, last = float(xs.min()), float(xs.max())
    if last == first:
        first, last = first - 1, last + 1
    ends = [(_last(one), one.name, one.colour) for one in lines]
    if level:
        ends.append((*level, MUTED))
    ticks, limits = _limits(lines, level, unit, zero)
    left, right = tick_room(ticks, unit, currency), pen.label_room([name for _, name, _ in ends]) + 8
    placed = events.place(pen, marks, (first, last), left, right)
    ax = pen.axes(left, right, top=10 + events.height(placed), bottom=26)
    value_axis(ax, "y", ticks, limits, unit, currency)
    ax.set_xlim(first, last)
    start, end, _, _ = pen.box(ax)
    x_ticks(ax, *dates.ticks(np.unique(xs), end - start))
    if last - first <= 70 and _daily(xs):
        for a, b in dates.weekends(first, last):
            ax.axvspan(a, b, color=WASH, zorder=0)
    for one in lines:
        _draw_line(ax, one, limits)
    if level:
        reference_line(ax, level[0], vertical=False, dashed=True)
    events.draw(pen, ax, placed)
    pen.end_labels(ax, ends, right - 8)


def _limits(
    lines: Sequence[Line], level: tuple[float, str] | None, unit: str, zero: bool
) -> tuple[list[float], tuple[float, float]]:
    """Room for every value and for all but the widest bands: one day with three visitors must not flatten the rest."""
    values = [*(one.y for one in lines), [level[0] if level else np.nan]]
    bands = [_quantile(one.low, 0.04) for one in lines] + [_quantile(one.high, 0.96) for one in lines]
    return scale([*values, *bands], unit, zero=zero)


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


def _last(one: Line) -> float:
    finite = one.y[np.isfinite(one.y)]
    return float(finite[-1]) if len(finite) else np.nan


def _daily(xs: np.ndarray) -> bool:
    step = np.diff(np.unique(xs))
    return bool(len(step)) and float(np.median(step)) <= 1.0
