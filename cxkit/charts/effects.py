"""Forest plots: effects with their intervals beside the line of no effect, and groups ranked after pooling."""

from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import tidy
from cxkit.charts.figure import Figure, figure
from cxkit.charts.numerals import digits
from cxkit.charts.pen import Pen, scale, value_axis, x_ticks
from cxkit.charts.rows import TOP, Rows, key, rest, whiskers, why, widen
from cxkit.charts.style import LINE, MUTED, PAPER, SERIES
from cxkit.charts.text import POINTS, clean, column, text_width


def forest(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    label: str = "segment",
    value: str = "difference",
    low: str = "difference_low",
    high: str = "difference_high",
    null: float | None = None,
    log: bool = False,
    unit: str | None = None,
    currency: str | None = None,
    less: str = "",
    more: str = "",
    top: int = 40,
) -> Figure:
    """Differences or ratios with intervals against the line of no effect.

    Parameters
    ----------
    null
        Where no effect lies: by default 1 on a log axis, else 0.
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
    >>> forest(frame, value="hr", low="low", high="high", log=True, caption="Yearly plans last.", alt="Hazard ratio 0.6.").chart
    'forest'
    """
    frame = tidy.admit(frame, "forest", label, value)
    unit, currency = ("ratio" if log else tidy.unit_of(frame, unit)), tidy.currency_of(frame, currency)
    null = (1.0 if log else 0.0) if null is None else null
    shown = frame.head(top)
    v, lo, hi = (tidy.numbers(shown, c) for c in (value, low, high))
    if log:
        v, lo, hi = (np.where(a > 0, a, np.nan) for a in (v, lo, hi))
    rows = Rows(tidy.labels(shown, label), bottom=46 if less or more else 28)
    hidden = len(frame) - len(shown)
    if hidden:
        rows.bottom += 18

    def draw(pen: Pen) -> None:
        signed = not log and null == 0.0
        said = column([*v, *lo, *hi], unit, currency, signed=signed, known_to=_half_width(lo, hi))
        points, lows, highs = said[: len(v)], said[len(v) : 2 * len(v)], said[2 * len(v) :]
        texts = [
            f"{p}  ({a.removesuffix(POINTS)} to {b.removesuffix(POINTS)})" if pen.wide and a != "–" != b else p
            for p, a, b in zip(points, lows, highs, strict=True)
        ]
        ax, ys = rows.axes(pen, max(map(text_width, texts)) + 14)
        ticks, limits = _forest_axis(ax, pen, v, lo, hi, null, log, unit, currency, signed)
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
        ax.plot(
            v[inside],
            ys[inside],
            linestyle="none",
            marker="o",
            markersize=8,
            markerfacecolor=SERIES[0],
            markeredgecolor=SERIES[0],
            zorder=4,
        )
        rows.values(pen, ax, ys, texts)
        _directions(pen, ax, null, less, more)
        rest(pen, hidden)

    numbers = tidy.keep(frame, label, value, low, high, "p_value", "p_adjusted", "verdict", "n_units")
    return figure(
        "forest",
        numbers,
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


def _forest_axis(
    ax: Any,
    pen: Pen,
    v: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    null: float,
    log: bool,
    unit: str,
    currency: str | None,
    signed: bool,
) -> tuple[list[float], tuple[float, float]]:
    """Room for every point and for intervals up to three times as far from the null as the points go."""
    f = np.log if log else np.asarray
    far = 3 * max(
        float(np.nanmax(np.abs(f(v) - f(null)))), float(np.nanmedian(np.r_[f(hi) - f(v), f(v) - f(lo), 1e-9])), 1e-9
    )
    ends = np.clip(np.r_[f(v), f(lo), f(hi)], f(null) - far, f(null) + far)
    if not log:
        ticks, limits = scale([ends, [null]], unit, n=6 if pen.wide else 4)
        value_axis(ax, "x", ticks, limits, unit, currency, signed=signed)
        return ticks, limits
    low, high = np.exp(min(np.nanmin(ends), 0.0) - 0.05), np.exp(max(np.nanmax(ends), 0.0) + 0.05)
    nice = [m * 10.0**e for e in range(-6, 7) for m in (1, 2, 5)] + [0.25, 0.75, 1.5, 0.9, 1.1]
    ticks = sorted(
        t
        for t in set(nice)
        if low <= t <= high
        and (t not in (0.9, 1.1) or high / low < 2)
        and (t not in (0.25, 0.75, 1.5) or high / low < 8)
    )
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    most = 7 if pen.wide else 4
    while len(ticks) > most:
        ticks = (
            [t for i, t in enumerate(ticks) if t == null or i % 2 == ticks.index(null) % 2]
            if null in ticks
            else ticks[::2]
        )
    x_ticks(ax, ticks, [digits(f"{t:g}") for t in ticks])
    ax.minorticks_off()
    return ticks, (float(low), float(high))


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


def ranking(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    label: str = "segment",
    value: str = "value",
    pooled: str = "pooled",
    low: str = "pooled_low",
    high: str = "pooled_high",
    mean: float | None = None,
    unit: str | None = None,
    currency: str | None = None,
    top: int = TOP,
) -> Figure:
    """Groups ranked by their pooled estimate; the raw one, from which luck has not been taken out, as an open ring.

    Parameters
    ----------
    pooled, low, high
        Estimate drawn towards the mean by partial pooling, and its interval.
    mean
        The value all groups are drawn towards; a dashed line.

    Notes
    -----
    Where there are more than `top` groups the best and the worst half of that number are drawn.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["a", "b"], "value": [0.09, 0.05], "pooled": [0.06, 0.05], "pooled_low": [0.04, 0.04], "pooled_high": [0.08, 0.06]})
    >>> ranking(frame, unit="share", caption="None stands out.", alt="Both near 5 percent.").chart
    'ranking'
    """
    frame = tidy.admit(frame, "ranking", label, value, pooled)
    unit, currency = tidy.unit_of(frame, unit), tidy.currency_of(frame, currency)
    whole = frame.iloc[np.argsort(-np.nan_to_num(tidy.numbers(frame, pooled), nan=-np.inf), kind="stable")]
    shown = whole if len(whole) <= top else pd.concat([whole.head(top // 2), whole.tail(top - top // 2)])
    hidden = len(whole) - len(shown)
    raw, v, lo, hi = (tidy.numbers(shown, c) for c in (value, pooled, low, high))
    rows = Rows(tidy.labels(shown, label), top=30, bottom=28 + (18 if hidden else 0))

    def draw(pen: Pen) -> None:
        texts = column(v, unit, currency)
        ax, ys = rows.axes(pen, max(map(text_width, texts)) + 12)
        ticks, limits = scale([v, lo, hi, raw, [np.nan if mean is None else mean]], unit, n=6 if pen.wide else 4)
        value_axis(ax, "x", ticks, widen(limits), unit, currency)
        rows.upright(pen, ax, ticks)
        if mean is not None:
            rows.upright(pen, ax, [mean], MUTED, dashed=True)
        both = np.isfinite(raw) & np.isfinite(v)
        ax.hlines(ys[both], raw[both], v[both], color=LINE, linewidth=1.4, zorder=1)
        whiskers(ax, ys, lo, hi, SERIES[0])
        ax.plot(
            raw,
            ys,
            linestyle="none",
            marker="o",
            markersize=7,
            markerfacecolor=PAPER,
            markeredgecolor=MUTED,
            markeredgewidth=1.4,
            zorder=3,
        )
        ax.plot(
            v,
            ys,
            linestyle="none",
            marker="o",
            markersize=8,
            markerfacecolor=SERIES[0],
            markeredgecolor=SERIES[0],
            zorder=4,
        )
        rows.values(pen, ax, ys, texts)
        key(pen, pen.box(ax)[0], [("after pooling", SERIES[0], True), ("raw", MUTED, False)])
        rest(pen, hidden, "between these")

    numbers = tidy.keep(whole, label, value, pooled, low, high, "n_units", "denominator")
    return figure(
        "ranking",
        numbers,
        draw if np.isfinite(v).any() else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason=why(frame),
        height=rows.height,
    )
