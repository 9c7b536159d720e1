"""Lines of a frame, and lines over days, weeks or months with bands and events: what `trend` and `tracking` draw."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import dates, events, frames
from cxkit.charts.axes import Pen, Scale, band, dots, reference_line, scale, x_ticks
from cxkit.charts.style import DASHED, MUTED, PAPER, SERIES, WASH
from cxkit.charts.vocabulary import Words

MOST = 6


@dataclass(frozen=True)
class Line:
    """The rows of one group by time, with whatever else is told of them."""

    name: str
    colour: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_risk: np.ndarray = field(default_factory=lambda: np.array([]))
    is_dashed: bool = False

    @property
    def known(self) -> np.ndarray:
        return np.isfinite(self.y)


def lines_of(frame: pd.DataFrame, x: np.ndarray, by: str, *columns: str, most: int = MOST) -> list[Line]:
    """The groups of a column with the most known values, in the frame's order; all rows as one without a column."""
    values = [frames.numbers(frame, name) for name in columns]
    names = np.array(frames.labels(frame, by) if by else [""] * len(frame), dtype=object)
    every = list(dict.fromkeys(names))
    shown = sorted(every, key=lambda name: -int(np.isfinite(values[0][names == name]).sum()))[:most]
    out: list[Line] = []
    for name in (one for one in every if one in shown):
        mine = np.flatnonzero(names == name)
        mine = mine[frames.in_order(x[mine])]
        out.append(Line(name, SERIES[len(out) % len(SERIES)], x[mine], *(column[mine] for column in values)))
    return out


def draw_lines(
    pen: Pen,
    lines: Sequence[Line],
    words: Words,
    *,
    level: tuple[float, str] | None = None,
    marks: Sequence[tuple[float, str]] = (),
    zero: bool = False,
) -> None:
    """Draw lines with their bands, a level with its name, and marks of days."""
    xs = np.concatenate([one.x[one.known] for one in lines])
    first, last = float(xs.min()), float(xs.max())
    if last == first:
        first, last = first - 1, last + 1
    ends = [(_last(one), one.name, one.colour) for one in lines]
    if level:
        ends.append((*level, MUTED))
    upright = _upright(lines, level, words, zero)
    left, right = upright.room, pen.label_room([name for _, name, _ in ends]) + 8
    placed = events.place(pen, marks, (first, last), left, right)
    ax = pen.axes(left, right, top=10 + events.height(placed), bottom=26)
    upright.upright(ax)
    ax.set_xlim(first, last)
    start, end, _, _ = pen.box(ax)
    x_ticks(ax, *dates.ticks(np.unique(xs), end - start))
    if last - first <= 70 and _daily(xs):
        for a, b in dates.weekends(first, last):
            ax.axvspan(a, b, color=WASH, zorder=0)
    for one in lines:
        _draw_line(ax, one, upright.limits)
    if level:
        reference_line(ax, level[0], vertical=False, dashed=True)
    events.draw(pen, ax, placed)
    pen.end_labels(ax, ends, right - 8)


def _upright(lines: Sequence[Line], level: tuple[float, str] | None, words: Words, zero: bool) -> Scale:
    """Room for every value and for all but the widest bands: one day with three visitors must not flatten the rest."""
    values = [*(one.y for one in lines), [level[0] if level else np.nan]]
    bands = [_quantile(one.low, 0.04) for one in lines] + [_quantile(one.high, 0.96) for one in lines]
    return scale([*values, *bands], words, zero=zero)


def _quantile(values: np.ndarray, at: float) -> list[float]:
    finite = values[np.isfinite(values)]
    return [float(np.quantile(finite, at))] if len(finite) else []


def _draw_line(ax: Any, one: Line, limits: tuple[float, float]) -> None:
    x, y, low, high = _with_gaps(one)
    low, high = (np.where(np.isfinite(y), np.clip(edge, *limits), np.nan) for edge in (low, high))
    band(ax, x, low, high, one.colour)
    style: dict[str, Any] = {"linewidth": 1.4, "linestyle": DASHED} if one.is_dashed else {}
    ax.plot(x, y, color=one.colour, zorder=3, **style)
    alone = np.isfinite(y) & ~np.isfinite(np.r_[np.nan, y[:-1]]) & ~np.isfinite(np.r_[y[1:], np.nan])
    if alone.any():  # a day between gaps has no line: a dot, and a whisker for its band
        ax.vlines(x[alone], low[alone], high[alone], color=one.colour, alpha=0.45, linewidth=3)
        size = 30**0.5
        dots(ax, x[alone], y[alone], one.colour, markersize=size, markeredgecolor=PAPER, markeredgewidth=0.08 * size)


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
    return float(one.y[one.known][-1]) if one.known.any() else np.nan


def _daily(xs: np.ndarray) -> bool:
    step = np.diff(np.unique(xs))
    return bool(len(step)) and float(np.median(step)) <= 1.0
