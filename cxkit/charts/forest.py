"""Effects against the line of none."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, Scale, dots, scale
from cxkit.charts.figure import Figure, figure
from cxkit.charts.numerals import digits
from cxkit.charts.rows import Rows, estimates, left_out
from cxkit.charts.style import MUTED, SERIES
from cxkit.charts.text import POINTS, clean, column, text_width
from cxkit.charts.vocabulary import COLUMNS, WORDS, Columns, Words

MOST_ROWS = 40
_DIFFERENCE = ("difference", "difference_low", "difference_high")
_NICE = [m * 10.0**e for e in range(-6, 7) for m in (1, 2, 5)]  # ticks of a log axis
_FINER, _FINEST = [0.25, 0.75, 1.5], [0.9, 1.1]  # more of them, where the ends are within 8 and 2 times of each other


def forest(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
    log: bool = False,
) -> Figure:
    """Differences or ratios with intervals against the line of no effect: 0, or 1 on a log axis.

    Parameters
    ----------
    frame
        One row an effect with its bounds.
    columns
        `value` is the effect and the bounds of its interval, by default `difference`, `difference_low`, `difference_high`; `by` names the rows.
    words
        `sides` say what lies left and right of the line.
    log
        Log axis: for hazard, odds and rate ratios. Values must be above zero; others are left out.

    Notes
    -----
    An interval that runs far past the others is cut at the axis' end with an arrow; its bounds stand at the right and in the numbers.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["yearly plan"], "hr": [0.6], "low": [0.5], "high": [0.8]})
    >>> forest(frame, columns=Columns(value=("hr", "low", "high")), log=True, caption="Yearly plans last.", alt="Hazard ratio 0.6.").chart
    'forest'
    """
    by, effect = columns.names(frame), columns.bounded(_DIFFERENCE)
    frame = frames.admit(frame, "forest", by, effect[0])
    words = (replace(words, unit="ratio") if log else words).of(frame, caption, alt)
    null = 1.0 if log else 0.0
    shown = frame.head(MOST_ROWS)
    v, lo, hi = (frames.numbers(shown, c) for c in effect)
    if log:
        v, lo, hi = (np.where(a > 0, a, np.nan) for a in (v, lo, hi))
    rest = left_out(len(frame) - len(shown))
    rows = Rows(frames.labels(shown, by), rest=rest, below=46 if any(words.sides) else 28, beside=14)

    def draw(pen: Pen) -> None:
        if log:
            low, high = np.exp(np.add(_reach(np.log(v), np.log(lo), np.log(hi), 0.0), (-0.05, 0.05)))
            across = _log_scale(float(low), float(high), most=7 if pen.wide else 4)
        else:
            across = scale([_reach(v, lo, hi, null)], words, n=6 if pen.wide else 4, signed=True)
        low, high = across.limits
        ax, ys = rows.axes(pen, across, _texts(v, lo, hi, words, log=log, wide=pen.wide))
        rows.upright(pen, ax, [null], MUTED)
        estimates(ax, ys, np.where((v >= low) & (v <= high), v, np.nan), np.clip(lo, low, high), np.clip(hi, low, high))
        for edge, beyond, marker in ((low, lo < low, "<"), (high, hi > high, ">")):
            style = {"marker": marker, "markersize": 6, "markeredgecolor": "none", "zorder": 2}
            dots(ax, np.full(beyond.sum(), edge), ys[beyond], SERIES[0], **style)
        _directions(pen, ax, null, *words.sides)

    numbers = frames.keep(frame, by, *effect, "p_value", "p_adjusted", "verdict", "n_units")
    return figure("forest", numbers, draw if np.isfinite(v).any() else None, words, rows.height)


def _texts(v: np.ndarray, low: np.ndarray, high: np.ndarray, words: Words, *, log: bool, wide: bool) -> list[str]:
    """Each effect, in the wide drawing with its bounds."""
    known_to = _half_width(low, high)
    said = column([*v, *low, *high], words.unit, words.currency, signed=not log, known_to=known_to)
    rows = zip(*(said[k : k + len(v)] for k in (0, len(v), 2 * len(v))), strict=True)
    return [
        f"{p}  ({a.removesuffix(POINTS)} to {b.removesuffix(POINTS)})" if wide and a != "–" != b else p
        for p, a, b in rows
    ]


def _half_width(low: np.ndarray, high: np.ndarray) -> float:
    """How well the effects that stand under one another are known: the middle half width of their intervals."""
    widths = (high - low)[np.isfinite(high - low)] / 2
    return float(np.median(widths)) if len(widths) else 0.0


def _reach(v: np.ndarray, low: np.ndarray, high: np.ndarray, null: float) -> tuple[float, float]:
    """From where to where the axis must go: every point, and intervals up to three times as far from the null as the points go."""
    far = 3 * max(float(np.nanmax(np.abs(v - null))), float(np.nanmedian(np.r_[high - v, v - low, 1e-9])), 1e-9)
    ends = np.clip(np.r_[v, low, high], null - far, null + far)
    return min(float(np.nanmin(ends)), null), max(float(np.nanmax(ends)), null)


def _log_scale(low: float, high: float, most: int) -> Scale:
    nice = _NICE + (_FINER if high / low < 8 else []) + (_FINEST if high / low < 2 else [])
    ticks = sorted(t for t in nice if low <= t <= high)
    while len(ticks) > most:
        kept = ticks.index(1.0) % 2 if 1.0 in ticks else 0
        ticks = ticks[kept::2]
    return Scale(ticks, (low, high), [digits(f"{t:g}") for t in ticks], is_log=True)


def _directions(pen: Pen, ax: Any, null: float, less: str, more: str) -> None:
    left, right, _, bottom = pen.box(ax)
    at = pen.at(ax, x=null)[0]
    end = at - 8
    if less:
        text = f"← {clean(less)}"
        end = max(end, left + min(text_width(text), right - left))
        pen.text(end, bottom + 36, text, align="right")
    if more:
        text = f"{clean(more)} →"
        pen.text(min(end + 16, pen.width - 4 - text_width(text)), bottom + 36, text)
