"""How well a model fits: predicted beside observed over time (tracking), and by group (calibration)."""

from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, dots, scale, tick_room, value_axis
from cxkit.charts.figure import Figure, figure
from cxkit.charts.importance import place_names
from cxkit.charts.lines import Line, draw_lines
from cxkit.charts.style import INK, MUTED, PAPER, SERIES

_BOUNDS = ("predicted_low", "predicted_high")


def tracking(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    cut: Any,
    x: str | None = None,
    actual: str = "actual",
    predicted: str = "predicted",
    unit: str = "count",
) -> Figure:
    """What happened against what a model said, over time, with the end of its data marked.

    Parameters
    ----------
    frame
        One row a day or week: a date, `actual`, `predicted` and, where known, `predicted_low` and `predicted_high`. Cumulative or not, as given.
    cut
        Last date that the model has seen: what lies right of it is hold-out.

    Examples
    --------
    >>> frame = pd.DataFrame({"week": pd.date_range("2026-01-05", periods=3, freq="W"), "actual": [5, 9, 14], "predicted": [4.8, 9.5, 13.0]})
    >>> tracking(frame, cut="2026-01-18", caption="The model keeps up.", alt="Both lines rise to 14.").chart
    'tracking'
    """
    frame = frames.admit(frame, "tracking", actual, predicted)
    x = frames.date_column(frame, "tracking", x)
    days = frames.days(frame, x)
    order = frames.in_order(days)
    nothing = np.full(len(order), np.nan)
    a, p, lo, hi = (frames.numbers(frame, c)[order] for c in (actual, predicted, *_BOUNDS))
    lines = [
        Line("actual", days[order], a, nothing, nothing, INK),
        Line("predicted", days[order], p, lo, hi, SERIES[0]),
    ]
    at = float((pd.Timestamp(cut).normalize() - pd.Timestamp(0)).days)

    def draw(pen: Pen) -> None:
        currency = frames.currency_of(frame, None)
        draw_lines(pen, lines, unit=unit, currency=currency, marks=[(at, "hold-out from here")], zero=True)

    numbers = frames.keep(frame, x, actual, predicted, *_BOUNDS)
    drawable = bool(np.isfinite(np.r_[a, p]).any())
    return figure(
        "tracking",
        numbers,
        draw if drawable else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason="no row has a value",
        height=lambda wide: 290 if wide else 270,
    )


def calibration(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    predicted: str = "predicted",
    actual: tuple[str, str, str] = ("actual", "ci_low", "ci_high"),
    label: str | None = None,
    unit: str = "share",
) -> Figure:
    """What was predicted against what came, group by group; on the diagonal both agree.

    Parameters
    ----------
    frame
        One row a group (a decile of risk, a number of past orders): mean `predicted`, and mean `actual` with its bounds where known.
    label
        Column with the groups' names, written at the points where there is room.

    Examples
    --------
    >>> frame = pd.DataFrame({"predicted": [0.1, 0.3], "actual": [0.12, 0.28]})
    >>> calibration(frame, caption="Risks are what they say.", alt="Both points lie at the diagonal.").chart
    'calibration'
    """
    frame = frames.admit(frame, "calibration", predicted, actual[0], *([label] if label else []))
    p, a, lo, hi = (frames.numbers(frame, c) for c in (predicted, *actual))
    currency = frames.currency_of(frame, None)
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
        dots(ax, p[known], a[known], SERIES[0], edge=PAPER)
        if label:
            names = frames.labels(frame, label)
            diagonal = [pen.at(ax, t, t) for t in np.linspace(*limits, 60)]
            place_names(pen, ax, p[known], a[known], [names[i] for i in np.flatnonzero(known)], avoid=diagonal)
        box = pen.box(ax)
        pen.text(4, 12, "came", INK)
        pen.text((box[0] + box[1]) / 2, box[3] + 36, "predicted", INK, align="center")
        pen.end_labels(ax, [(limits[1], "as predicted", MUTED)], 90)

    numbers = frames.keep(frame, label, predicted, *actual, "n", "n_units")
    return figure(
        "calibration",
        numbers,
        draw if known.any() else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason="no row has both numbers",
        height=lambda wide: 340,
    )
