"""Effects against the line of none."""

from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, dots, scale, value_axis, x_ticks
from cxkit.charts.figure import Figure, figure
from cxkit.charts.numerals import digits
from cxkit.charts.rows import Rows, rest, whiskers, why
from cxkit.charts.style import MUTED, SERIES
from cxkit.charts.text import POINTS, clean, column, text_width

MOST_ROWS = 40
_DIFFERENCE = ("difference", "difference_low", "difference_high")
_NICE = [m * 10.0**e for e in range(-6, 7) for m in (1, 2, 5)]  # ticks of a log axis
_FINER, _FINEST = [0.25, 0.75, 1.5], [0.9, 1.1]  # more of them, where the ends are within 8 and 2 times of each other


def forest(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    label: str = "segment",
    value: tuple[str, str, str] = _DIFFERENCE,
    log: bool = False,
    unit: str | None = None,
    currency: str | None = None,
    less: str = "",
    more: str = "",
) -> Figure:
    """Differences or ratios with intervals against the line of no effect: 0, or 1 on a log axis.

    Parameters
    ----------
    value
        Columns of the effect and the bounds of its interval.
    log
        Log axis: for hazard, odds and rate ratios. Values must be above zero; others are left out.
    less, more
        What lies left and right of the line, such as "stays longer", "leaves sooner".

    Notes
    -----
    An interval that runs far past the others is cut at the axis' end with an arrow; its bounds stand at the right and in the numbers.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["yearly plan"], "hr": [0.6], "low": [0.5], "high": [0.8]})
    >>> forest(frame, value=("hr", "low", "high"), log=True, caption="Yearly plans last.", alt="Hazard ratio 0.6.").chart
    'forest'
    """
    frame = frames.admit(frame, "forest", label, value[0])
    unit, currency = ("ratio" if log else frames.unit_of(frame, unit)), frames.currency_of(frame, currency)
    null = 1.0 if log else 0.0
    shown = frame.head(MOST_ROWS)
    hidden = len(frame) - len(shown)
    v, lo, hi = (frames.numbers(shown, c) for c in value)
    if log:
        v, lo, hi = (np.where(a > 0, a, np.nan) for a in (v, lo, hi))
    rows = Rows(frames.labels(shown, label), bottom=(46 if less or more else 28) + (18 if hidden else 0))

    def draw(pen: Pen) -> None:
        said = column([*v, *lo, *hi], unit, currency, signed=not log, known_to=_half_width(lo, hi))
        points, lows, highs = said[: len(v)], said[len(v) : 2 * len(v)], said[2 * len(v) :]
        texts = [
            f"{p}  ({a.removesuffix(POINTS)} to {b.removesuffix(POINTS)})" if pen.wide and a != "–" != b else p
            for p, a, b in zip(points, lows, highs, strict=True)
        ]
        ax, ys = rows.axes(pen, max(map(text_width, texts)) + 14)
        if log:
            low, high = np.exp(np.add(_reach(np.log(v), np.log(lo), np.log(hi), 0.0), (-0.05, 0.05)))
            ticks, limits = _log_axis(ax, pen, float(low), float(high))
        else:
            ticks, limits = scale([_reach(v, lo, hi, null)], unit, n=6 if pen.wide else 4)
            value_axis(ax, "x", ticks, limits, unit, currency, signed=True)
        rows.upright(pen, ax, ticks)
        rows.upright(pen, ax, [null], MUTED)
        whiskers(ax, ys, np.clip(lo, *limits), np.clip(hi, *limits), SERIES[0])
        for edge, beyond, marker in ((limits[0], lo < limits[0], "<"), (limits[1], hi > limits[1], ">")):
            ax.plot(
                np.full(beyond.sum(), edge),
                ys[beyond],
                linestyle="none",
                marker=marker,
                markersize=6,
                color=SERIES[0],
                markeredgecolor="none",
            )
        inside = (v >= limits[0]) & (v <= limits[1])
        dots(ax, v[inside], ys[inside], SERIES[0])
        rows.values(pen, ax, ys, texts)
        _directions(pen, ax, null, less, more)
        rest(pen, hidden)

    return figure(
        "forest",
        frames.keep(frame, label, *value, "p_value", "p_adjusted", "verdict", "n_units"),
        draw if np.isfinite(v).any() else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason=why(frame),
        height=rows.height,
    )


def _half_width(low: np.ndarray, high: np.ndarray) -> float:
    """How well the effects that stand under one another are known: the middle half width of their intervals."""
    widths = (high - low)[np.isfinite(high - low)] / 2
    return float(np.median(widths)) if len(widths) else 0.0


def _reach(v: np.ndarray, low: np.ndarray, high: np.ndarray, null: float) -> tuple[float, float]:
    """From where to where the axis must go: every point, and intervals up to three times as far from the null as the points go."""
    far = 3 * max(float(np.nanmax(np.abs(v - null))), float(np.nanmedian(np.r_[high - v, v - low, 1e-9])), 1e-9)
    ends = np.clip(np.r_[v, low, high], null - far, null + far)
    return min(float(np.nanmin(ends)), null), max(float(np.nanmax(ends)), null)


def _log_axis(ax: Any, pen: Pen, low: float, high: float) -> tuple[list[float], tuple[float, float]]:
    nice = _NICE + (_FINER if high / low < 8 else []) + (_FINEST if high / low < 2 else [])
    ticks = sorted(t for t in nice if low <= t <= high)
    while len(ticks) > (7 if pen.wide else 4):
        kept = ticks.index(1.0) % 2 if 1.0 in ticks else 0
        ticks = ticks[kept::2]
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    x_ticks(ax, ticks, [digits(f"{t:g}") for t in ticks])
    ax.minorticks_off()
    return ticks, (low, high)


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
