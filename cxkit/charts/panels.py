"""Several small charts in one figure: decomposition, small multiples."""

import numpy as np
import pandas as pd

from cxkit.charts import dates, tidy
from cxkit.charts.figure import NARROW, WIDE, Figure, figure
from cxkit.charts.pen import Pen, reference_line, scale, tick_room, value_axis, x_ticks
from cxkit.charts.style import INK, MUTED, SERIES, WAIT
from cxkit.charts.text import number, wrap


def decomposition(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    x: str | None = None,
    unit: str | None = None,
    currency: str | None = None,
    anomaly: str = "is_anomaly",
) -> Figure:
    """A series taken apart: observed, trend, weekly or yearly season and what remains, one panel under the other, anomalies ringed.

    Parameters
    ----------
    frame
        One row a day or week: a date, `observed`, `trend`, `season`, `residual`, and `is_anomaly` where it was judged.

    Examples
    --------
    >>> frame = pd.DataFrame({"day": pd.date_range("2026-10-01", periods=3), "observed": [9, 12, 10], "trend": [10, 10, 10], "season": [-1, 1, 0], "residual": [0, 1, 0]})
    >>> decomposition(frame, unit="count", caption="Saturdays are strong.", alt="Level near 10.").chart
    'decomposition'
    """
    parts = ("observed", "trend", "season", "residual")
    frame = tidy.admit(frame, "decomposition", *parts)
    x = tidy.date_column(frame, "decomposition", x)
    unit, currency = tidy.unit_of(frame, unit), tidy.currency_of(frame, currency)
    days = tidy.days(frame, x)
    order = np.argsort(days, kind="stable")
    order = order[np.isfinite(days[order])]
    days = days[order]
    values = {p: tidy.numbers(frame, p)[order] for p in parts}
    odd = (
        frame[anomaly].fillna(False).astype(bool).to_numpy()[order]
        if anomaly in frame.columns
        else np.zeros(len(order), bool)
    )
    heights, gap, top, bottom = (104.0, 72.0, 60.0, 72.0), 36.0, 26.0, 26.0

    def draw(pen: Pen) -> None:
        first, last = float(days.min()), float(days.max())
        panels = {p: scale([values[p]], unit, n=3) for p in parts}
        left = max(
            tick_room(ticks, unit, currency, signed=p in ("season", "residual")) for p, (ticks, _) in panels.items()
        )
        above = top
        for p, h in zip(parts, heights, strict=True):
            ax = pen.axes(left, 12, above, pen.height - above - h)
            ticks, limits = panels[p]
            value_axis(ax, "y", ticks, limits, unit, currency)
            ax.set_xlim(first, last if last > first else first + 1)
            if p in ("season", "residual"):
                reference_line(ax, 0.0, vertical=False)
            if p == "residual":
                ax.vlines(days, 0, np.nan_to_num(values[p]), color=SERIES[0], linewidth=1.2, zorder=2)
            else:
                ax.plot(days, values[p], color=SERIES[0], linewidth=1.6, zorder=2)
            if p in ("observed", "residual") and odd.any():
                ax.plot(
                    days[odd],
                    values[p][odd],
                    linestyle="none",
                    marker="o",
                    markersize=9,
                    markerfacecolor="none",
                    markeredgecolor=WAIT,
                    markeredgewidth=1.8,
                    zorder=4,
                )
            ax.set_xticks([])
            if p == parts[-1]:
                box = pen.box(ax)
                x_ticks(ax, *dates.ticks(days, box[1] - box[0]))
            says = (
                p
                if p != "observed" or not odd.any()
                else f"{p}; ringed: {int(odd.sum())} {'anomaly' if odd.sum() == 1 else 'anomalies'}"
            )
            pen.text(4, above - 15, says, INK)
            above += h + gap

    total = top + sum(heights) + gap * 3 + bottom
    drawable = len(order) > 0 and bool(np.isfinite(values["observed"]).any())
    numbers = tidy.keep(frame, x, *parts, anomaly)
    return figure(
        "decomposition",
        numbers,
        draw if drawable else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason="no row has a value",
        height=lambda wide: total,
    )


def small_multiples(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    by: str = "title",
    x: str | None = None,
    value: str = "value",
    unit: str = "unit",
    low: str = "ci_low",
    high: str = "ci_high",
    currency: str | None = None,
    top: int = 32,
) -> Figure:
    """One little trend a metric, each on its own axis, with its last value: the metrics of an index over periods.

    Parameters
    ----------
    frame
        One row a metric and period: the rows of `metrics.csv` without segments.
    unit
        Column with the unit of each metric.

    Examples
    --------
    >>> frame = pd.DataFrame({"title": ["Bounce rate"] * 2, "period_start": ["2026-09-01", "2026-10-01"], "value": [0.4, 0.42], "unit": "share"})
    >>> small_multiples(frame, caption="Little moved.", alt="Bounce rate 40, then 42 percent.").chart
    'small_multiples'
    """
    frame = tidy.admit(frame, "small_multiples", by, value)
    x = tidy.date_column(frame, "small_multiples", x)
    currency = tidy.currency_of(frame, currency)
    days, y, lo, hi = tidy.days(frame, x), *(tidy.numbers(frame, c) for c in (value, low, high))
    names = np.array(tidy.labels(frame, by), dtype=object)
    known = np.isfinite(days) & np.isfinite(y)
    every = [g for g in dict.fromkeys(names) if known[names == g].any()]
    groups, more = every[:top], max(len(every) - top, 0)
    units = {
        g: str(frame[unit].to_numpy()[np.flatnonzero(names == g)[0]]) if unit in frame.columns else "" for g in groups
    }
    panel = 108.0
    room = {wide: (width - 8) / (4 if wide else 2) - 12 for wide, width in ((True, WIDE), (False, NARROW))}

    def extra(wide: bool) -> float:
        """A second line for titles where one of them needs it."""
        return 15.0 if any("\n" in wrap(g, room[wide]) for g in groups) else 0.0

    def across(wide: bool) -> int:
        return 4 if wide else 2

    first, last = (float(days[known].min()), float(days[known].max())) if groups else (0.0, 0.0)
    says = " to ".join(dict.fromkeys(f"{dates.day(d):%b %Y}" for d in (first, last))) + ", each on its own scale"
    says += f"; {more} more in the numbers" if more else ""

    def foot(wide: bool) -> float:
        """A second line for what stands beneath, where it needs one."""
        return 15.0 if "\n" in wrap(says, (WIDE if wide else NARROW) - 8) else 0.0

    def draw(pen: Pen) -> None:
        n, more_room = across(pen.wide), extra(pen.wide)
        tall = panel + more_room
        width = (pen.width - 8) / n
        for k, g in enumerate(groups):
            left, above = 4 + (k % n) * width, (k // n) * tall + 4
            mine = np.flatnonzero((names == g) & known)
            mine = mine[np.argsort(days[mine], kind="stable")]
            pen.text(left, above + 9 + more_room / 2, wrap(g, width - 12), MUTED)
            pen.text(
                left, above + 27 + more_room, number(float(y[mine[-1]]), units[g], currency), INK, size=15, bold=True
            )
            ax = pen.axes(
                left, pen.width - left - width + 18, above + 40 + more_room, pen.height - above - tall + 18, grid=""
            )
            every_value = np.concatenate([y[mine], lo[mine], hi[mine]])
            low_end, high_end = np.nanmin(every_value), np.nanmax(every_value)
            pad = 0.12 * (high_end - low_end) or abs(high_end) * 0.1 or 1.0
            ax.set_ylim(low_end - pad, high_end + pad)
            spare = max(last - first, 1.0) * 0.03
            ax.set_xlim(first - spare, last + spare)
            ax.set_axis_off()
            banded = np.isfinite(lo[mine]) & np.isfinite(hi[mine])
            if banded.any() and len(mine) > 1:
                ax.fill_between(days[mine], lo[mine], hi[mine], where=banded, color=SERIES[0], alpha=0.16, linewidth=0)
            ax.plot(days[mine], y[mine], color=SERIES[0], linewidth=1.8)
            ax.plot(
                days[mine[-1:]],
                y[mine[-1:]],
                marker="o",
                markersize=6,
                markerfacecolor=SERIES[0],
                markeredgecolor=SERIES[0],
            )
        pen.text(4, pen.height - 8 - foot(pen.wide) / 2, wrap(says, pen.width - 8))

    def height(wide: bool) -> float:
        return 4 + (panel + extra(wide)) * -(-len(groups) // across(wide)) + 18 + foot(wide)

    numbers = tidy.keep(frame, by, x, value, low, high, unit)
    return figure(
        "small_multiples",
        numbers,
        draw if groups else None,
        caption=caption,
        alt=alt,
        reason="no row has a value",
        height=height,
    )
