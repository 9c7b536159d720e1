"""Charts with one row a segment: intervals, bars, forest, ranking, funnel."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import tidy
from cxkit.charts.figure import Figure, figure
from cxkit.charts.pen import Pen, no_spine, reference_line, row_labels, scale, value_axis, x_ticks
from cxkit.charts.style import INK, LINE, MUTED, PAPER, SERIES
from cxkit.charts.text import clean, column, fit, number, text_width, wrap

TOP = 20
_ROW, _STACKED = 28.0, 42.0  # px a row; on a phone a long name stands on a line of its own above


class Rows:
    """Rows of one chart: names, and how they stand in the wide and the narrow drawing."""

    def __init__(self, names: Sequence[str], *, top: float = 8, bottom: float = 28) -> None:
        self.names, self.top, self.bottom = list(names), top, bottom

    def stacked(self, wide: bool) -> bool:
        return not wide and max((text_width(n[:300]) for n in self.names), default=0) > 90

    def height(self, wide: bool) -> float:
        return self.top + self.bottom + len(self.names) * (_STACKED if self.stacked(wide) else _ROW) + 6

    def axes(self, pen: Pen, right: float) -> tuple[Any, np.ndarray]:
        """Axes with names at the left or above, and the y of each row."""
        n, stacked = len(self.names), self.stacked(pen.wide)
        room = min(max(text_width(t[:300]) for t in self.names) + 2, pen.width * 0.3)
        ax = pen.axes(8 if stacked else room + 10, right, self.top, self.bottom, grid="")
        ax.set_ylim(n - 0.5, -0.5)
        ax.set_yticks([])
        ys = np.arange(n, dtype=float)
        if stacked:
            for name, y in zip(self.names, ys, strict=True):
                pen.text(8, pen.at(ax, y=y - 0.22)[1], fit(name, pen.width - 16), INK)
            ys = ys + 0.22
        else:
            row_labels(pen, ax, self.names, ys, room)
        no_spine(ax)
        return ax, ys

    def upright(self, pen: Pen, ax: Any, at: Sequence[float], colour: str = LINE, *, dashed: bool = False) -> None:
        """Upright lines: through all rows, or on a phone beside the names only."""
        if not self.stacked(pen.wide):
            spans = [(-0.5, len(self.names) - 0.5)]
        else:
            spans = [(i + 0.02, i + 0.44) for i in range(len(self.names))]
        for low, high in spans:
            ax.vlines(at, low, high, color=colour, linewidth=1.0, linestyle=(0, (4, 3)) if dashed else "-", zorder=1)


def intervals(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    label: str = "segment",
    value: str = "value",
    low: str = "ci_low",
    high: str = "ci_high",
    base: str = "base_value",
    base_name: str = "before",
    name: str = "now",
    unit: str | None = None,
    currency: str | None = None,
    sort: bool = True,
    top: int = TOP,
) -> Figure:
    """One row a segment: a dot with its interval, the base as an open ring.

    Parameters
    ----------
    frame
        One row a segment with `value`, `ci_low`, `ci_high` and, for the ring, `base_value`: the frames of `measure` and `compare`.
    sort
        Greatest first; else the frame's order.
    top
        Rows drawn; of the rest only the number is told, for rates of several segments cannot be added.

    Raises
    ------
    ArgumentError
        Missing column, caption or alt.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["device=phone", "device=desktop"], "value": [0.4, 0.6], "ci_low": [0.3, 0.5], "ci_high": [0.5, 0.7]})
    >>> intervals(frame, unit="share", caption="Desktop is ahead.", alt="Desktop 60, phone 40 percent.").chart
    'intervals'
    """
    tidy.need(frame, "intervals", label, value)
    unit, currency = tidy.unit_of(frame, unit), tidy.currency_of(frame, currency)
    shown, more = _top(frame, value, sort, top)
    v, lo, hi, before = (tidy.numbers(shown, c) for c in (value, low, high, base))
    rows = Rows(tidy.labels(shown, label), top=30 if np.isfinite(before).any() else 8, bottom=28 + (18 if more else 0))

    def draw(pen: Pen) -> None:
        texts = column(v, unit, currency)
        right = max(map(text_width, texts)) + 12
        ax, ys = rows.axes(pen, right)
        ticks, limits = scale([v, lo, hi, before], unit, n=6 if pen.wide else 4)
        value_axis(ax, "x", ticks, _widen(limits), unit, currency)
        rows.upright(pen, ax, ticks)
        _whiskers(ax, ys, lo, hi, SERIES[0])
        ax.plot(
            before,
            ys,
            linestyle="none",
            marker="o",
            markersize=8,
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
        for text, y in zip(texts, ys, strict=True):
            pen.text(pen.width - 4, pen.at(ax, y=y)[1], text, INK, align="right")
        if np.isfinite(before).any():
            _key(pen, pen.box(ax)[0], [(name, SERIES[0], True), (base_name, MUTED, False)])
        _rest(pen, more)

    numbers = tidy.keep(frame, label, value, low, high, base, "numerator", "denominator", "n_units", "verdict")
    return figure(
        "intervals",
        numbers,
        draw if np.isfinite(v).any() else None,
        caption=caption,
        alt=alt,
        reason=_why(frame),
        height=rows.height,
    )


def bars(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    label: str = "segment",
    value: str = "value",
    base: str = "base_value",
    base_name: str = "before",
    name: str = "now",
    unit: str | None = None,
    currency: str | None = None,
    sort: bool = True,
    top: int = TOP,
    add_rest: bool = False,
) -> Figure:
    """One horizontal bar a segment, from zero; the base as an upright mark.

    Parameters
    ----------
    add_rest
        Draw what comes after the first `top` rows as one bar, their sum: for counts and money, never for rates.

    Raises
    ------
    ArgumentError
        Missing column, caption or alt.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["e-mail", "search"], "value": [120, 80]})
    >>> bars(frame, unit="count", caption="E-mail brings most.", alt="E-mail 120, search 80 sessions.").chart
    'bars'
    """
    tidy.need(frame, "bars", label, value)
    unit, currency = tidy.unit_of(frame, unit), tidy.currency_of(frame, currency)
    frame = frame.reset_index(drop=True)
    shown, more = _top(frame, value, sort, top)
    v, before = tidy.numbers(shown, value), tidy.numbers(shown, base)
    names = tidy.labels(shown, label)
    together = add_rest and more > 0
    if together:
        rest = frame.drop(index=shown.index)
        names.append(f"{more} more together")
        v = np.append(v, np.nansum(tidy.numbers(rest, value)))
        before = np.append(before, np.nansum(tidy.numbers(rest, base)) if np.isfinite(before).any() else np.nan)
        more = 0
    rows = Rows(names, top=30 if np.isfinite(before).any() else 8, bottom=28 + (18 if more else 0))

    def draw(pen: Pen) -> None:
        texts = column(v, unit, currency)
        ax, ys = rows.axes(pen, max(map(text_width, texts)) + 12)
        ticks, limits = scale([v, before], unit, zero=True, n=6 if pen.wide else 4)
        value_axis(ax, "x", ticks, limits, unit, currency)
        rows.upright(pen, ax, ticks)
        rows.upright(pen, ax, [0.0], MUTED)
        finite = np.isfinite(v)
        colours = [MUTED if together and i == len(v) - 1 else SERIES[0] for i in range(len(v))]
        ax.barh(
            ys[finite],
            v[finite],
            height=0.34 if rows.stacked(pen.wide) else 0.6,
            color=np.array(colours)[finite],
            zorder=2,
        )
        tall = np.isfinite(before)
        half = 0.24 if rows.stacked(pen.wide) else 0.38
        ax.vlines(before[tall], ys[tall] - half, ys[tall] + half, color=INK, linewidth=2, zorder=3)
        for text, y in zip(texts, ys, strict=True):
            pen.text(pen.width - 4, pen.at(ax, y=y)[1], text, INK, align="right")
        if tall.any():
            left = pen.box(ax)[0]
            pen.text(left, 12, f"■ {name}", SERIES[0])
            pen.text(left + text_width(f"■ {name}") + 18, 12, f"❙ {base_name}", INK)
        _rest(pen, more)

    numbers = tidy.keep(frame, label, value, base, "numerator", "denominator", "n_units", "verdict")
    return figure(
        "bars",
        numbers,
        draw if np.isfinite(v).any() else None,
        caption=caption,
        alt=alt,
        reason=_why(frame),
        height=rows.height,
    )


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
    tidy.need(frame, "forest", label, value)
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
        said = column([*v, *lo, *hi], unit, currency, signed=signed)
        points, lows, highs = said[: len(v)], said[len(v) : 2 * len(v)], said[2 * len(v) :]
        texts = [
            f"{p}  ({a} to {b})" if pen.wide and a != "–" != b else p
            for p, a, b in zip(points, lows, highs, strict=True)
        ]
        ax, ys = rows.axes(pen, max(map(text_width, texts)) + 14)
        ticks, limits = _forest_axis(ax, pen, v, lo, hi, null, log, unit, currency, signed)
        rows.upright(pen, ax, ticks)
        rows.upright(pen, ax, [null], MUTED)
        _whiskers(ax, ys, np.clip(lo, *limits), np.clip(hi, *limits), SERIES[0])
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
        for text, y in zip(texts, ys, strict=True):
            pen.text(pen.width - 4, pen.at(ax, y=y)[1], text, INK, align="right")
        _directions(pen, ax, null, less, more)
        _rest(pen, hidden)

    numbers = tidy.keep(frame, label, value, low, high, "p_value", "p_adjusted", "verdict", "n_units")
    return figure(
        "forest",
        numbers,
        draw if np.isfinite(v).any() else None,
        caption=caption,
        alt=alt,
        reason=_why(frame),
        height=rows.height,
    )


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
    x_ticks(ax, ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    return ticks, (float(low), float(high))


def _directions(pen: Pen, ax: Any, null: float, less: str, more: str) -> None:
    left, right, _, bottom = pen.box(ax)
    at = pen.at(ax, x=null)[0]
    if less:
        text = f"← {clean(less)}"
        pen.text(max(at - 8, left + min(text_width(text), right - left)), bottom + 36, text, align="right")
    if more:
        text = f"{clean(more)} →"
        pen.text(min(at + 8, pen.width - 4 - text_width(text)), bottom + 36, text)


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
    tidy.need(frame, "ranking", label, value, pooled)
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
        value_axis(ax, "x", ticks, _widen(limits), unit, currency)
        rows.upright(pen, ax, ticks)
        if mean is not None:
            rows.upright(pen, ax, [mean], MUTED, dashed=True)
        both = np.isfinite(raw) & np.isfinite(v)
        ax.hlines(ys[both], raw[both], v[both], color=LINE, linewidth=1.4, zorder=1)
        _whiskers(ax, ys, lo, hi, SERIES[0])
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
        for text, y in zip(texts, ys, strict=True):
            pen.text(pen.width - 4, pen.at(ax, y=y)[1], text, INK, align="right")
        _key(pen, pen.box(ax)[0], [("after pooling", SERIES[0], True), ("raw", MUTED, False)])
        _rest(pen, hidden, "between these")

    numbers = tidy.keep(whole, label, value, pooled, low, high, "n_units", "denominator", "verdict")
    return figure(
        "ranking",
        numbers,
        draw if np.isfinite(v).any() else None,
        caption=caption,
        alt=alt,
        reason=_why(frame),
        height=rows.height,
    )


def funnel(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    stage: str = "stage",
    value: str = "n",
    base: str = "base_n",
    base_name: str = "before",
    unit: str = "count",
) -> Figure:
    """A chain of stages, each with its number, its share of the first and of the stage before.

    Parameters
    ----------
    frame
        One row a stage, in order, with a count; `base_n` adds the base period's share of its own first stage as an upright mark.

    Examples
    --------
    >>> frame = pd.DataFrame({"stage": ["sent", "delivered", "clicked"], "n": [1000, 980, 50]})
    >>> funnel(frame, caption="One in twenty clicks.", alt="1,000 sent, 980 delivered, 50 clicked.").chart
    'funnel'
    """
    tidy.need(frame, "funnel", stage, value)
    names, n, before = tidy.labels(frame, stage), tidy.numbers(frame, value), tidy.numbers(frame, base)
    drawable = len(n) > 0 and np.isfinite(n).any() and np.nanmax(n) > 0
    of_first, of_previous = _shares(n)
    base_of_first, _ = _shares(before)
    has_base = bool(np.isfinite(base_of_first).any())
    step, top = 50.0, 28.0 if has_base else 8.0

    def draw(pen: Pen) -> None:
        room = min(max(text_width(t[:300]) for t in names) + 2, pen.width * 0.27)
        left, right = (room + 10, 150) if pen.wide else (8, 8)
        ax = pen.axes(left, right, top, 4, grid="")
        ax.set_xlim(0, max(float(np.nanmax(of_first)), float(np.nanmax(np.r_[base_of_first, 0.0])), 1e-9))
        ax.set_ylim(len(n) - 0.5, -0.5)
        ax.set_axis_off()
        reference_line(ax, 0.0, vertical=True)
        middle, half = (0.0, 0.22) if pen.wide else (0.12, 0.14)
        for i, name in enumerate(names):
            share = f"{number(of_first[i], 'share')} of {names[0]}" if i else ""
            count = (
                number(n[i], unit)
                if n[i] >= 20_000 and not pen.wide
                else f"{n[i]:,.0f}"
                if np.isfinite(n[i])
                else "not known"
            )
            if np.isfinite(of_first[i]):
                ax.barh(i + middle, of_first[i], height=2 * half, color=SERIES[0], zorder=2)
            if np.isfinite(base_of_first[i]):
                ax.vlines(
                    base_of_first[i], i + middle - half * 1.3, i + middle + half * 1.3, color=INK, linewidth=2, zorder=3
                )
            y = pen.at(ax, y=i)[1]
            if pen.wide:
                pen.text(left - 8, y, wrap(name, room), INK, align="right")
                pen.text(pen.width - right + 10, y - (8 if share else 0), count, INK, bold=True)
                if share:
                    pen.text(pen.width - right + 10, y + 8, fit(share, right - 14))
            else:
                says = f"{count}  ·  {number(of_first[i], 'share')}" if i else count
                pen.text(8, y - 11, fit(name, pen.width - text_width(says) - 26), INK)
                pen.text(pen.width - 8, y - 11, says, INK, align="right")
            if i and np.isfinite(of_previous[i]):
                pen.text(
                    left + 6,
                    pen.at(ax, y=i - 0.5)[1] + (0 if pen.wide else -1),
                    f"↓ {number(of_previous[i], 'share')} of the stage above",
                )
        if has_base:
            pen.text(left, 12, f"❙ {base_name}, share of its own first stage", INK)

    numbers = tidy.keep(frame, stage, value, base).assign(share_of_first=of_first, share_of_previous=of_previous)
    return figure(
        "funnel",
        numbers,
        draw if drawable else None,
        caption=caption,
        alt=alt,
        reason="no stage has anybody" if len(frame) else "no rows",
        height=lambda wide: top + 4 + len(n) * (step if wide else 62.0),
    )


def _shares(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(n):
        return n, n
    with np.errstate(divide="ignore", invalid="ignore"):
        first = n / n[0] if n[0] > 0 else np.full(len(n), np.nan)
        previous = np.r_[np.nan, n[1:] / np.where(n[:-1] > 0, n[:-1], np.nan)]
    return first, previous


def _top(frame: pd.DataFrame, value: str, sort: bool, top: int) -> tuple[pd.DataFrame, int]:
    if sort and len(frame):
        frame = frame.iloc[np.argsort(-np.nan_to_num(tidy.numbers(frame, value), nan=-np.inf), kind="stable")]
    return frame.head(top), max(len(frame) - top, 0)


def _widen(limits: tuple[float, float]) -> tuple[float, float]:
    """A little room, so that a dot at the end of the axis is whole."""
    spare = (limits[1] - limits[0]) * 0.015
    return limits[0] - spare, limits[1] + spare


def _whiskers(ax: Any, ys: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> None:
    known = np.isfinite(low) & np.isfinite(high)
    ax.hlines(ys[known], low[known], high[known], color=colour, linewidth=3, alpha=0.45, zorder=2)


def _key(pen: Pen, left: float, entries: Sequence[tuple[str, str, bool]]) -> None:
    """What filled dots and open rings are, above the axes in their colours."""
    x = left
    for text, colour, filled in entries:
        text = f"{'●' if filled else '○'} {clean(text)}"
        pen.text(x, 12, text, colour)
        x += text_width(text) + 18


def _rest(pen: Pen, more: int, where: str = "in the numbers below") -> None:
    if more:
        pen.text(8, pen.height - 9, f"and {more} more {where}")


def _why(frame: pd.DataFrame) -> str:
    return "no row has a value" if len(frame) else "no rows"
