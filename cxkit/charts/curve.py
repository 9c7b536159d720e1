"""The survival chart: step curves with bands, and the number at risk beneath."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, Scale, band, marked, scale
from cxkit.charts.figure import Figure, figure
from cxkit.charts.lines import Line, lines_of
from cxkit.charts.numerals import digits
from cxkit.charts.style import MUTED
from cxkit.charts.text import clean, fit, text_width
from cxkit.charts.vocabulary import COLUMNS, WORDS, Columns, Words

MOST_STEPS = 48  # of one curve: at 720 px more cannot be told apart
_NAME = 130  # px that a name beside the numbers at risk may take


def curve(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
    steps: bool = True,
) -> Figure:
    """Survival or other step curves with bands, and the number still at risk beneath.

    Parameters
    ----------
    frame
        One row a time (and a group, with `by`).
    columns
        `time` as a number, by default `time`; `value` (0–1 for a survival share) with its bounds where known; a curve a value of `by`;
        `at_risk` for the numbers beneath, where known.
    words
        `x` is what the time counts, such as "days since the first order"; `y` what the values count, which a share of those in the caption
        need not say; `at_risk` what the numbers beneath count.
    steps
        Whether the value holds until the next row (Kaplan–Meier) or is joined by lines (a fitted curve).

    Notes
    -----
    A share's axis runs from 0 to 100 %, or less far where no curve comes to a half. At most six groups are drawn, those with the most rows. A curve with more steps than can be
    seen is drawn, and kept in the numbers behind, at 48 times evenly apart, each with the step that holds there.

    Examples
    --------
    >>> frame = pd.DataFrame({"time": [0, 30, 60], "value": [1.0, 0.8, 0.7], "at_risk": [100, 80, 60]})
    >>> curve(frame, caption="A third leaves in two months.", alt="Survival falls from 100 to 70 percent.").chart
    'curve'
    """
    by, time, value = columns.by, columns.time or "time", columns.bounded()
    frame = frames.admit(frame, "curve", time, value[0], by)
    words = words.of(frame, caption, alt, "share")
    frame = _thinned(frame, time, by)
    lines = lines_of(frame, frames.numbers(frame, time), by, *value, columns.at_risk)
    curves = [one for one in lines if one.known.any()]
    beneath = _AtRisk(lines, words.at_risk)
    above, below = (28 if words.y else 10), (18 if words.x else 0)

    def draw(pen: Pen) -> None:
        upright = _upright(curves, words)
        names = [one.name for one in lines if one.name]
        right = pen.label_room(names) + 8 if names else 16
        ax = pen.axes(max(upright.room, beneath.name_room(pen)), right, above, 26 + beneath.height(pen.wide) + below)
        upright.upright(ax)
        pen.text(4, 10, clean(words.y))
        times = _time_axis(pen, ax, curves)
        for one in curves:
            _draw_curve(ax, one, upright.limits, steps)
        pen.end_labels(ax, [(float(one.y[one.known][-1]), one.name, one.colour) for one in curves], right - 8)
        start, end, _, bottom = pen.box(ax)
        pen.text((start + end) / 2, bottom + 36, clean(words.x), align="center")
        beneath.draw(pen, ax, times, bottom + 36 + below)

    numbers = frames.keep(frame, by, time, *value, columns.at_risk)
    return figure(
        "curve",
        numbers,
        draw if curves else "no row has a time and a value",
        words,
        lambda wide: (280 if wide else 250) + above + beneath.height(wide) + below,
    )


def _thinned(frame: pd.DataFrame, time: str, by: str) -> pd.DataFrame:
    """Rows that can be told apart on paper: of a long curve the steps that hold at evenly spaced times, and its ends."""
    parts = []
    for _, part in frame.groupby(by, sort=False, dropna=False) if by else [("", frame)]:
        ordered = part.sort_values(time, kind="stable")
        if len(ordered) > MOST_STEPS:
            at = ordered[time].to_numpy(float)
            grid = np.linspace(at[0], at[-1], MOST_STEPS)
            ordered = ordered.iloc[np.unique(np.searchsorted(at, grid, side="right") - 1)]
        parts.append(ordered)
    return pd.concat(parts) if parts else frame


def _upright(curves: Sequence[Line], words: Words) -> Scale:
    highest = np.concatenate([np.where(np.isfinite(one.high), one.high, one.y) for one in curves])
    if words.unit == "share" and not np.nanmax(highest) < 0.5:
        return marked([0, 0.25, 0.5, 0.75, 1.0], (0.0, 1.0), words)
    return scale([edge for one in curves for edge in (one.y, one.low, one.high)], words, zero=words.unit == "share")


def _time_axis(pen: Pen, ax: Any, curves: Sequence[Line]) -> list[float]:
    """Limits and ticks of the time; where the ticks are."""
    x = np.concatenate([one.x for one in curves])
    start, end = min(float(x.min()), 0.0), max(float(one.x[one.known].max()) for one in curves) or 1.0
    whole = np.allclose(x % 1, 0)
    ticks = scale([x, [start]], Words(unit="count" if whole else ""), n=8 if pen.wide else 5).ticks
    ticks = [t for t in ticks if start <= t <= end]
    Scale(ticks, (start, end if end > start else start + 1), [digits(f"{t:g}") for t in ticks]).across(ax)
    return ticks


def _draw_curve(ax: Any, one: Line, limits: tuple[float, float], steps: bool) -> None:
    x, y = one.x[one.known], one.y[one.known]
    low, high = (np.clip(edge[one.known], *limits) for edge in (one.low, one.high))
    band(ax, x, low, high, one.colour, alpha=0.14, step="post" if steps else None)
    ax.plot(x, y, color=one.colour, drawstyle="steps-post" if steps else "default", zorder=3)
    if len(x) == 1:
        ax.plot(x, y, marker="o", markersize=6, color=one.colour, markeredgecolor=one.colour)


class _AtRisk:
    """The numbers at risk: a line a curve, or one where all curves are of one crowd, such as the reasons why it shrinks."""

    def __init__(self, curves: Sequence[Line], title: str) -> None:
        self.title = title
        self.curves = [one for one in curves if np.isfinite(one.at_risk).any()]
        self.is_shared = len({(*one.x, *one.at_risk) for one in self.curves}) == 1 < len(self.curves)
        if self.is_shared:
            self.curves = self.curves[:1]
        self.is_named = not self.is_shared and any(one.name for one in self.curves)

    def height(self, wide: bool) -> float:
        return (24 + self._line(wide) * len(self.curves)) if self.curves else 0.0

    def _line(self, wide: bool) -> float:
        """Px a curve; on a phone names stand above their numbers."""
        return 16 if wide or not self.is_named else 32

    def name_room(self, pen: Pen) -> float:
        """Px at the left for names beside the numbers."""
        if not (self.is_named and pen.wide):
            return 0.0
        most = max(np.nanmax(one.at_risk) for one in self.curves)
        return max(text_width(fit(one.name, _NAME)) for one in self.curves) + 12 + text_width(_whole(most)) / 2

    def draw(self, pen: Pen, ax: Any, times: Sequence[float], at: float) -> None:
        if self.curves:
            pen.text(4, at, clean(self.title))
        for one in self.curves:
            at += self._line(pen.wide)
            colour = MUTED if self.is_shared else one.colour
            if self.is_named:
                above = 0 if pen.wide else 16
                pen.text(4, at - above, fit(one.name, _NAME if pen.wide else pen.width - 8), colour)
            _write_numbers(pen, ax, times, one, at, colour)


def _write_numbers(pen: Pen, ax: Any, times: Sequence[float], one: Line, at: float, colour: str) -> None:
    edge = 0.0
    for time in times:
        text, px = _risk(one, time), pen.at(ax, x=time)[0]
        half = text_width(text) / 2
        if px - half > edge and px + half < pen.width:
            pen.text(px, at, text, colour, align="center")
            edge = px + half + 6


def _risk(one: Line, at: float) -> str:
    """How many are at risk at a time within the curve: the last number known at or before it. Beyond the curve nobody knows."""
    known = np.isfinite(one.at_risk)
    before = np.flatnonzero(known & (one.x <= at + 1e-9))
    if not len(before) or at > one.x[known].max() + 1e-9:
        return ""
    return _whole(one.at_risk[before[np.argmax(one.x[before])]])


def _whole(number: float) -> str:
    return digits(f"{number:,.0f}")
