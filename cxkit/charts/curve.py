"""The survival chart: step curves with bands, and the number at risk beneath."""

from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import tidy
from cxkit.charts.figure import Figure, figure
from cxkit.charts.numerals import digits
from cxkit.charts.pen import Pen, scale, tick_room, value_axis, x_ticks
from cxkit.charts.style import MUTED, SERIES
from cxkit.charts.text import clean, fit, text_width

MOST_CURVES = 6
MOST_STEPS = 48  # of one curve: at 720 px more cannot be told apart


def curve(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    time: str = "time",
    value: str = "value",
    low: str = "ci_low",
    high: str = "ci_high",
    by: str | None = None,
    at_risk: str = "at_risk",
    at_risk_title: str = "still at risk",
    unit: str = "share",
    time_title: str = "",
    value_title: str = "",
    steps: bool = True,
) -> Figure:
    """Survival or other step curves with bands, and the number still at risk beneath.

    Parameters
    ----------
    frame
        One row a time (and a group, with `by`): `time` as a number, `value` (0–1 for a survival share), bounds, and `at_risk` where known.
    at_risk_title
        What the numbers beneath count, in a word or two.
    time_title
        What the time counts, such as "days since the first order".
    value_title
        What the values count, above their axis; a share of those in the caption needs none.
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
    frame = tidy.admit(frame, "curve", time, value, *([by] if by else []))
    frame = _thinned(frame, time, by)
    groups = _groups(frame, by, value)
    x, y, lo, hi, n = (tidy.numbers(frame, c) for c in (time, value, low, high, at_risk))
    counted = [g for g in groups if np.isfinite(n[groups[g]]).any()]
    told = {(*x[groups[g]], *n[groups[g]]) for g in counted}
    shared = len(counted) > 1 and len(told) == 1  # curves of one crowd, such as the reasons why it shrinks
    counted = counted[:1] if shared else counted
    named = any(counted) and not shared
    top = 28 if value_title else 10

    def strip(wide: bool) -> float:
        return (24 + (16 if wide or not named else 32) * len(counted)) if counted else 0.0

    def draw(pen: Pen) -> None:
        is_high = unit == "share" and not np.nanmax(np.where(np.isfinite(hi), hi, y)) < 0.5
        ticks, limits = (
            ([0, 0.25, 0.5, 0.75, 1.0], (0.0, 1.0)) if is_high else scale([y, lo, hi], unit, zero=unit == "share")
        )
        names = [g for g in groups if g]
        left = tick_room(ticks, unit, None)
        if named and pen.wide:  # names beside the numbers at risk; on a phone they stand above them
            left = max(
                left,
                max(text_width(fit(g, 130)) for g in counted) + 12 + text_width(_risk(x, n, np.inf, most=True)) / 2,
            )
        right = pen.label_room(names) + 8 if names else 16
        ax = pen.axes(left, right, top, 26 + strip(pen.wide) + (18 if time_title else 0))
        value_axis(ax, "y", ticks, limits, unit, None)
        if value_title:
            pen.text(4, 10, clean(value_title))
        end = float(np.nanmax(np.where(np.isfinite(y), x, np.nan))) or 1.0
        start = min(float(np.nanmin(x)), 0.0)
        ax.set_xlim(start, end if end > start else start + 1)
        x_at, _ = scale([x, [start]], "count" if np.allclose(x[np.isfinite(x)] % 1, 0) else "", n=8 if pen.wide else 5)
        x_at = [t for t in x_at if start <= t <= end]
        x_ticks(ax, x_at, [digits(f"{t:g}") for t in x_at])
        ends = []
        for i, (group, mine) in enumerate(groups.items()):
            known = mine[np.isfinite(x[mine]) & np.isfinite(y[mine])]
            known = known[np.argsort(x[known], kind="stable")]
            if not len(known):
                continue
            _curve(ax, x[known], y[known], np.clip(lo[known], *limits), np.clip(hi[known], *limits), SERIES[i], steps)
            ends.append((float(y[known[-1]]), group, SERIES[i]))
        pen.end_labels(ax, ends, right - 8)
        _, _, _, bottom = pen.box(ax)
        if time_title:
            pen.text((pen.box(ax)[0] + pen.box(ax)[1]) / 2, bottom + 36, clean(time_title), align="center")
        if counted:
            at = bottom + 36 + (18 if time_title else 0)
            pen.text(4, at, clean(at_risk_title))
            for group in counted:
                at += 16
                colour = MUTED if shared else SERIES[list(groups).index(group)]
                if named and group:
                    pen.text(4, at, fit(group, 130 if pen.wide else pen.width - 8), colour)
                at += 0 if pen.wide or not named else 16
                _numbers_at_risk(pen, ax, x_at, x[groups[group]], n[groups[group]], at, colour)

    numbers = tidy.keep(frame, by, time, value, low, high, at_risk)
    drawable = bool((np.isfinite(x) & np.isfinite(y)).any())
    return figure(
        "curve",
        numbers,
        draw if drawable else None,
        caption=caption,
        alt=alt,
        unit=unit,
        x_title=time_title,
        reason="no row has a time and a value",
        height=lambda wide: (280 if wide else 250) + top + strip(wide) + (18 if time_title else 0),
    )


def _thinned(frame: pd.DataFrame, time: str, by: str | None) -> pd.DataFrame:
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


def _curve(ax: Any, x: np.ndarray, y: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, steps: bool) -> None:
    import seaborn as sns

    step = "post" if steps else None
    banded = np.isfinite(low) & np.isfinite(high)
    if banded.any():
        ax.fill_between(x, low, high, where=banded, step=step, color=colour, alpha=0.14, linewidth=0, zorder=2)
    sns.lineplot(
        x=x,
        y=y,
        ax=ax,
        color=colour,
        drawstyle="steps-post" if steps else "default",
        estimator=None,
        legend=False,
        zorder=3,
    )
    ax.set(xlabel="", ylabel="")
    if len(x) == 1:
        ax.plot(x, y, marker="o", markersize=6, color=colour, markeredgecolor=colour)


def _numbers_at_risk(
    pen: Pen, ax: Any, times: list[float], x: np.ndarray, n: np.ndarray, at: float, colour: str
) -> None:
    edge = 0.0
    for t in times:
        text, px = _risk(x, n, t), pen.at(ax, x=t)[0]
        half = text_width(text) / 2
        if px - half > edge and px + half < pen.width:
            pen.text(px, at, text, colour, align="center")
            edge = px + half + 6


def _risk(x: np.ndarray, n: np.ndarray, at: float, *, most: bool = False) -> str:
    """How many are at risk at a time within the curve: the last number known at or before it; or the greatest of all."""
    if most:
        return digits(f"{np.nanmax(n):,.0f}")
    known = np.flatnonzero(np.isfinite(n) & np.isfinite(x) & (x <= at + 1e-9))
    if at > np.nanmax(np.where(np.isfinite(n), x, np.nan)) + 1e-9:
        return ""  # beyond the curve nobody knows
    return digits(f"{n[known[np.argmax(x[known])]]:,.0f}") if len(known) else ""


def _groups(frame: pd.DataFrame, by: str | None, value: str) -> dict[str, np.ndarray]:
    if not by:
        return {"": np.arange(len(frame))}
    names = np.array(tidy.labels(frame, by), dtype=object)
    known = np.isfinite(tidy.numbers(frame, value))
    most = sorted(dict.fromkeys(names), key=lambda g: -int(known[names == g].sum()))[:MOST_CURVES]
    return {g: np.flatnonzero(names == g) for g in dict.fromkeys(names) if g in most}
