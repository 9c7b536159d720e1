"""A series taken apart: observed, trend, season and what remains."""

from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import dates, frames
from cxkit.charts.axes import Pen, reference_line, rings, scale, x_ticks
from cxkit.charts.figure import Figure, figure
from cxkit.charts.style import INK, SERIES, WAIT
from cxkit.charts.vocabulary import COLUMNS, WORDS, Columns, Words

_PANELS = {"observed": 104.0, "trend": 72.0, "season": 60.0, "residual": 72.0}  # px, from top to bottom
_ABOUT_ZERO = ("season", "residual")
_GAP, _TOP, _BOTTOM = 36.0, 26.0, 26.0


def decomposition(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
) -> Figure:
    """A series taken apart: observed, trend, weekly or yearly season and what remains, one panel under the other, anomalies ringed.

    Parameters
    ----------
    frame
        One row a day or week: a date, `observed`, `trend`, `season`, `residual`, and `is_anomaly` where it was judged.
    columns
        `time` holds the dates.

    Examples
    --------
    >>> frame = pd.DataFrame({"day": pd.date_range("2026-10-01", periods=3), "observed": [9, 12, 10], "trend": [10, 10, 10], "season": [-1, 1, 0], "residual": [0, 1, 0]})
    >>> decomposition(frame, words=Words(unit="count"), caption="Saturdays are strong.", alt="Level near 10.").chart
    'decomposition'
    """
    frame = frames.admit(frame, "decomposition", *_PANELS)
    frame, time = frames.dated(frame, "decomposition", columns.time)
    words = words.of(frame, caption, alt)
    days = frames.days(frame, time)
    order = frames.in_order(days)
    days = days[order]
    values = {part: frames.numbers(frame, part)[order] for part in _PANELS}
    judged = frame["is_anomaly"] if "is_anomaly" in frame else pd.Series(False, index=frame.index)
    odd = judged.fillna(False).astype(bool).to_numpy()[order]
    ringed = f"; ringed: {odd.sum()} {'anomaly' if odd.sum() == 1 else 'anomalies'}" if odd.any() else ""

    def draw(pen: Pen) -> None:
        axes = {part: scale([values[part]], words, n=3) for part in _PANELS}
        room = max(axis.room for axis in axes.values())
        above = _TOP
        for part, height in _PANELS.items():
            ax = pen.axes(room, 12, above, pen.height - above - height)
            axes[part].upright(ax)
            ax.set_xlim(days[0], days[-1] if days[-1] > days[0] else days[0] + 1)
            _draw_part(ax, part, days, values[part])
            if part in ("observed", "residual") and odd.any():
                at = days[odd], values[part][odd]
                rings(
                    ax, *at, markersize=9, markerfacecolor="none", markeredgecolor=WAIT, markeredgewidth=1.8, zorder=4
                )
            ax.set_xticks([])
            pen.text(4, above - 15, f"{part}{ringed}" if part == "observed" else part, INK)
            above += height + _GAP
        left, right, _, _ = pen.box(ax)
        x_ticks(ax, *dates.ticks(days, right - left))

    total = _TOP + sum(_PANELS.values()) + _GAP * 3 + _BOTTOM
    numbers = frames.keep(frame, time, *_PANELS, "is_anomaly")
    return figure(
        "decomposition", numbers, draw if np.isfinite(values["observed"]).any() else None, words, (total, total)
    )


def _draw_part(ax: Any, part: str, days: np.ndarray, values: np.ndarray) -> None:
    if part in _ABOUT_ZERO:
        reference_line(ax, 0.0, vertical=False)
    if part == "residual":
        ax.vlines(days, 0, np.nan_to_num(values), color=SERIES[0], linewidth=1.2, zorder=2)
    else:
        ax.plot(days, values, color=SERIES[0], linewidth=1.6, zorder=2)
