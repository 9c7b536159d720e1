"""Curves that are read from left to right but not by date: survival, tracking of a forecast, concentration, calibration."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import tidy
from cxkit.charts.figure import Figure, figure
from cxkit.charts.pen import Pen, reference_line, scale, tick_room, value_axis, x_ticks
from cxkit.charts.style import INK, LINE, MUTED, PAPER, SERIES, WAIT
from cxkit.charts.text import clean, fit, text_width
from cxkit.charts.trend import Line, draw_lines

MOST_CURVES = 6


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
    unit: str = "share",
    time_title: str = "",
    steps: bool = True,
) -> Figure:
    """Survival or other step curves with bands, and the number still at risk beneath.

    Parameters
    ----------
    frame
        One row a time (and a group, with `by`): `time` as a number, `value` (0–1 for a survival share), bounds, and `at_risk` where known.
    time_title
        What the time counts, such as "days since the first order".
    steps
        Whether the value holds until the next row (Kaplan–Meier) or is joined by lines (a fitted curve).

    Notes
    -----
    A share's axis runs from 0 to 100 %. At most six groups are drawn, those with the most rows.

    Examples
    --------
    >>> frame = pd.DataFrame({"time": [0, 30, 60], "value": [1.0, 0.8, 0.7], "at_risk": [100, 80, 60]})
    >>> curve(frame, caption="A third leaves in two months.", alt="Survival falls from 100 to 70 percent.").chart
    'curve'
    """
    tidy.need(frame, "curve", time, value, *([by] if by else []))
    groups = _groups(frame, by, value)
    x, y, lo, hi, n = (tidy.numbers(frame, c) for c in (time, value, low, high, at_risk))
    counted = [g for g in groups if np.isfinite(n[groups[g]]).any()]
    named = any(counted)

    def strip(wide: bool) -> float:
        return (18 + (16 if wide or not named else 32) * len(counted)) if counted else 0.0

    def draw(pen: Pen) -> None:
        ticks, limits = ([0, 0.25, 0.5, 0.75, 1.0], (0.0, 1.0)) if unit == "share" else scale([y, lo, hi], unit)
        names = [g for g in groups if g]
        left = tick_room(ticks, unit, None)
        if named and pen.wide:  # names beside the numbers at risk; on a phone they stand above them
            left = max(
                left,
                max(text_width(fit(g, 130)) for g in counted) + 12 + text_width(_risk(x, n, np.inf, most=True)) / 2,
            )
        right = pen.label_room(names) + 8 if names else 16
        ax = pen.axes(left, right, 10, 26 + strip(pen.wide) + (18 if time_title else 0))
        value_axis(ax, "y", ticks, limits, unit, None)
        end = float(np.nanmax(np.where(np.isfinite(y), x, np.nan))) or 1.0
        start = min(float(np.nanmin(x)), 0.0)
        ax.set_xlim(start, end if end > start else start + 1)
        x_at, x_limits = scale(
            [x, [start]], "count" if np.allclose(x[np.isfinite(x)] % 1, 0) else "", n=8 if pen.wide else 5
        )
        x_at = [t for t in x_at if start <= t <= end]
        x_ticks(ax, x_at, [f"{t:g}" for t in x_at])
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
            pen.text(4, at, "still at risk")
            for group in counted:
                at += 16
                colour = SERIES[list(groups).index(group)]
                if group:
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
        reason="no row has a time and a value",
        height=lambda wide: (290 if wide else 260) + strip(wide) + (18 if time_title else 0),
    )


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
    """How many are at risk at a time: the last number known at or before it; or the greatest of all."""
    if most:
        return f"{np.nanmax(n):,.0f}"
    known = np.flatnonzero(np.isfinite(n) & np.isfinite(x) & (x <= at + 1e-9))
    return f"{n[known[np.argmax(x[known])]]:,.0f}" if len(known) else ""


def _groups(frame: pd.DataFrame, by: str | None, value: str) -> dict[str, np.ndarray]:
    if not by:
        return {"": np.arange(len(frame))}
    names = np.array(tidy.labels(frame, by), dtype=object)
    known = np.isfinite(tidy.numbers(frame, value))
    most = sorted(dict.fromkeys(names), key=lambda g: -int(known[names == g].sum()))[:MOST_CURVES]
    return {g: np.flatnonzero(names == g) for g in dict.fromkeys(names) if g in most}


def tracking(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    cut: Any,
    x: str | None = None,
    actual: str = "actual",
    predicted: str = "predicted",
    low: str = "predicted_low",
    high: str = "predicted_high",
    unit: str = "count",
    currency: str | None = None,
) -> Figure:
    """What happened against what a model said, over time, with the end of its data marked.

    Parameters
    ----------
    frame
        One row a day or week: a date, `actual`, `predicted` and, where known, bounds of the prediction. Cumulative or not, as given.
    cut
        Last date that the model has seen: what lies right of it is hold-out.

    Examples
    --------
    >>> frame = pd.DataFrame({"week": pd.date_range("2026-01-05", periods=3, freq="W"), "actual": [5, 9, 14], "predicted": [4.8, 9.5, 13.0]})
    >>> tracking(frame, cut="2026-01-18", caption="The model keeps up.", alt="Both lines rise to 14.").chart
    'tracking'
    """
    tidy.need(frame, "tracking", actual, predicted)
    x = tidy.date_column(frame, "tracking", x)
    days = tidy.days(frame, x)
    order = np.argsort(days, kind="stable")
    order = order[np.isfinite(days[order])]
    nothing = np.full(len(order), np.nan)
    a, p, lo, hi = (tidy.numbers(frame, c)[order] for c in (actual, predicted, low, high))
    lines = [
        Line("actual", days[order], a, nothing, nothing, INK),
        Line("predicted", days[order], p, lo, hi, SERIES[0]),
    ]
    at = float((pd.Timestamp(cut).normalize() - pd.Timestamp(0)).days)

    def draw(pen: Pen) -> None:
        draw_lines(
            pen,
            lines,
            unit=unit,
            currency=tidy.currency_of(frame, currency),
            marks=[(at, "hold-out from here")],
            zero=True,
        )

    numbers = tidy.keep(frame, x, actual, predicted, low, high)
    drawable = bool(np.isfinite(np.r_[a, p]).any())
    return figure(
        "tracking",
        numbers,
        draw if drawable else None,
        caption=caption,
        alt=alt,
        reason="no row has a value",
        height=lambda wide: 290 if wide else 270,
    )


def concentration(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    customers: str = "share_of_customers",
    value: str = "share_of_value",
    marks: tuple[float, ...] = (0.1, 0.2, 0.5),
    what: str = "customers",
    of: str = "value",
) -> Figure:
    """Which share of the value the best customers bring: cumulative shares, the best first.

    Parameters
    ----------
    frame
        Rows of cumulative shares (0–1), both rising; (0, 0) and (1, 1) are added. With equal customers the curve is the diagonal.
    marks
        Shares of customers whose share of the value is written at the curve.

    Examples
    --------
    >>> frame = pd.DataFrame({"share_of_customers": [0.2, 0.5], "share_of_value": [0.6, 0.9]})
    >>> concentration(frame, caption="A fifth brings three fifths.", alt="The best 20 percent bring 60 percent.").chart
    'concentration'
    """
    tidy.need(frame, "concentration", customers, value)
    x, y = tidy.numbers(frame, customers), tidy.numbers(frame, value)
    known = np.isfinite(x) & np.isfinite(y)
    points = sorted({(0.0, 0.0), (1.0, 1.0), *zip(x[known].tolist(), y[known].tolist(), strict=True)})
    px, py = np.array(points).T

    def draw(pen: Pen) -> None:
        ticks = [0, 0.25, 0.5, 0.75, 1.0]
        ax = pen.axes(tick_room(ticks, "share", None), 26, 32, 46)
        value_axis(ax, "y", ticks, (0.0, max(1.0, py.max())), "share", None)
        value_axis(ax, "x", ticks, (0.0, 1.0), "share", None)
        ax.plot([0, 1], [0, 1], color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), zorder=2)
        ax.fill_between(px, px, py, color=SERIES[0], alpha=0.14, linewidth=0, zorder=1)
        ax.plot(px, py, color=SERIES[0], zorder=3)
        above = np.inf
        for m in sorted(marks):
            share = float(np.interp(m, px, py))
            at, level = pen.at(ax, m, share)
            ax.plot([m], [share], marker="o", markersize=8, markerfacecolor=SERIES[0], markeredgecolor=PAPER, zorder=4)
            above = min(level + 15, above - 16)
            pen.text(at + 8, above, f"{'best ' if pen.wide else ''}{m * 100:g}\u00a0%: {share * 100:.0f}\u00a0%", INK)
        left, right, _, bottom = pen.box(ax)
        pen.text(4, 12, fit(f"share of {clean(of)}", pen.width - 8), INK)
        pen.text(
            (left + right) / 2, bottom + 36, fit(f"{clean(what)}, the best first", pen.width - 8), INK, align="center"
        )

    numbers = tidy.keep(frame, customers, value)
    return figure(
        "concentration",
        numbers,
        draw if known.any() else None,
        caption=caption,
        alt=alt,
        reason="no row has a value",
        height=lambda wide: 330 if wide else 310,
    )


def calibration(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    predicted: str = "predicted",
    actual: str = "actual",
    low: str = "ci_low",
    high: str = "ci_high",
    label: str | None = None,
    unit: str = "share",
    currency: str | None = None,
) -> Figure:
    """What was predicted against what came, group by group; on the diagonal both agree.

    Parameters
    ----------
    frame
        One row a group (a decile of risk, a number of past orders): mean `predicted`, mean `actual`, and bounds of the actual where known.
    label
        Column with the groups' names, written at the points where there is room.

    Examples
    --------
    >>> frame = pd.DataFrame({"predicted": [0.1, 0.3], "actual": [0.12, 0.28]})
    >>> calibration(frame, caption="Risks are what they say.", alt="Both points lie at the diagonal.").chart
    'calibration'
    """
    tidy.need(frame, "calibration", predicted, actual, *([label] if label else []))
    p, a, lo, hi = (tidy.numbers(frame, c) for c in (predicted, actual, low, high))
    known = np.isfinite(p) & np.isfinite(a)

    def draw(pen: Pen) -> None:
        lows = np.maximum(
            lo[known], min(0.0, float(np.min(np.r_[p[known], a[known]])))
        )  # an interval below zero does not stretch the axis there
        ticks, limits = scale([p[known], a[known], lows, hi[known]], unit, n=6 if pen.wide else 4)
        spare = (limits[1] - limits[0]) * 0.02
        wider = (limits[0] - (spare if limits[0] < 0 else 0), limits[1] + spare)
        left, side = tick_room(ticks, unit, currency), pen.height - 32 - 46
        ax = pen.axes(left, max(pen.width - left - (side * (1.5 if pen.wide else 1.1)), 92), 32, 46)
        value_axis(ax, "y", ticks, wider, unit, currency)
        value_axis(ax, "x", ticks, wider, unit, currency)
        ax.plot(limits, limits, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), zorder=2)
        banded = known & np.isfinite(lo) & np.isfinite(hi)
        ax.vlines(
            p[banded], np.clip(lo[banded], *limits), hi[banded], color=SERIES[0], linewidth=3, alpha=0.45, zorder=2
        )
        ax.plot(
            p[known],
            a[known],
            linestyle="none",
            marker="o",
            markersize=8,
            markerfacecolor=SERIES[0],
            markeredgecolor=PAPER,
            zorder=4,
        )
        if label:
            names = tidy.labels(frame, label)
            diagonal = [pen.at(ax, t, t) for t in np.linspace(*limits, 60)]
            place_names(pen, ax, p[known], a[known], [names[i] for i in np.flatnonzero(known)], avoid=diagonal)
        box = pen.box(ax)
        pen.text(4, 12, "came", INK)
        pen.text((box[0] + box[1]) / 2, box[3] + 36, "predicted", INK, align="center")
        pen.end_labels(ax, [(limits[1], "as predicted", MUTED)], 90)

    numbers = tidy.keep(frame, label, predicted, actual, low, high, "n", "n_units")
    return figure(
        "calibration",
        numbers,
        draw if known.any() else None,
        caption=caption,
        alt=alt,
        reason="no row has both numbers",
        height=lambda wide: 340,
    )


def place_names(
    pen: Pen, ax: Any, x: np.ndarray, y: np.ndarray, names: list[str], avoid: Sequence[tuple[float, float]] = ()
) -> int:
    """Write names beside points where no other name or point is; return how many found no place."""
    left, right, top, bottom = pen.box(ax)
    points = [pen.at(ax, float(a), float(b)) for a, b in zip(x, y, strict=True)]
    taken = [(px - r, py - r, px + r, py + r) for r, group in ((5, points), (1, avoid)) for px, py in group]
    lost = 0
    for (px, py), name in zip(points, names, strict=True):
        text = fit(name, 150 if pen.wide else 110)
        w = text_width(text)
        for dx, dy in (
            (9, 0),
            (-9 - w, 0),
            (-w / 2, -14),
            (-w / 2, 14),
            (7, -12),
            (7, 12),
            (-7 - w, -12),
            (-7 - w, 12),
            (-w / 2, -26),
            (-w / 2, 26),
        ):
            box = (px + dx, py + dy - 7, px + dx + w, py + dy + 7)
            inside = box[0] >= left + 2 and box[2] <= pen.width - 2 and box[1] >= top - 10 and box[3] <= bottom
            if inside and not any(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken):
                pen.text(px + dx, py + dy, text, INK)
                taken.append(box)
                break
        else:
            lost += 1
    return lost


def importance(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    label: str = "segment",
    x: str = "importance",
    y: str = "performance",
    x_title: str = "importance",
    y_title: str = "performance",
    x_unit: str = "score",
    y_unit: str = "score",
) -> Figure:
    """Importance against performance: what matters and goes badly stands at the lower right. Quarters meet at the means.

    Parameters
    ----------
    frame
        One row an item with its name and two numbers.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["price", "help"], "importance": [0.6, 0.3], "performance": [3.1, 4.4]})
    >>> importance(frame, caption="Work on price.", alt="Price matters most and is rated 3.1.").chart
    'importance'
    """
    tidy.need(frame, "importance", label, x, y)
    xs, ys = tidy.numbers(frame, x), tidy.numbers(frame, y)
    known = np.isfinite(xs) & np.isfinite(ys)
    names = [n for n, k in zip(tidy.labels(frame, label), known, strict=True) if k]

    def draw(pen: Pen) -> None:
        import seaborn as sns

        a, b = xs[known], ys[known]
        y_at, y_limits = scale([b], y_unit)
        x_at, x_limits = scale([a], x_unit, n=7 if pen.wide else 4)
        ax = pen.axes(tick_room(y_at, y_unit, None), 20, 32, 46, grid="")
        value_axis(ax, "y", y_at, _room(y_limits), y_unit, None)
        value_axis(ax, "x", x_at, _room(x_limits), x_unit, None)
        reference_line(ax, float(b.mean()), vertical=False, colour=LINE)
        reference_line(ax, float(a.mean()), vertical=True, colour=LINE)
        worst = (a >= a.mean()) & (b < b.mean())
        for chosen, colour in ((~worst, SERIES[0]), (worst, WAIT)):
            if chosen.any():
                sns.scatterplot(
                    x=a[chosen], y=b[chosen], ax=ax, color=colour, edgecolor=PAPER, s=64, legend=False, zorder=4
                )
        ax.set(xlabel="", ylabel="")
        left, right, top, bottom = pen.box(ax)
        lost = place_names(pen, ax, a, b, names)
        pen.text(4, 12, clean(y_title), INK)
        pen.text((left + right) / 2, bottom + 36, clean(x_title), INK, align="center")
        if worst.any():
            text = "matters, goes badly"
            pen.text(right, bottom - 9, text, WAIT, align="right")
        if lost:
            pen.text(right, 12, f"{lost} without room for a name", align="right")

    numbers = tidy.keep(frame, label, x, y, "n", "n_units")
    return figure(
        "importance",
        numbers,
        draw if known.any() else None,
        caption=caption,
        alt=alt,
        reason="no row has both numbers",
        height=lambda wide: 360 if wide else 340,
    )


def _room(limits: tuple[float, float]) -> tuple[float, float]:
    spare = (limits[1] - limits[0]) * 0.04
    return limits[0] - spare, limits[1] + spare
