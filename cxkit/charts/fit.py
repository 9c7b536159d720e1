"""How well a model fits: predicted beside observed over time (tracking), and by group (calibration)."""

from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, dots, scale
from cxkit.charts.figure import Figure, figure
from cxkit.charts.importance import place_names
from cxkit.charts.lines import Line, draw_lines
from cxkit.charts.style import DASHED, INK, MUTED, PAPER, SERIES
from cxkit.charts.vocabulary import COLUMNS, WORDS, Columns, Words

_BOUNDS = ("predicted_low", "predicted_high")


def tracking(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
    cut: Any,
) -> Figure:
    """What happened against what a model said, over time, with the end of its data marked.

    Parameters
    ----------
    frame
        One row a day or week: a date, `actual`, `predicted` and, where known, `predicted_low` and `predicted_high`. Cumulative or not, as given.
    columns
        `time` holds the dates, `value` what happened, by default `actual`, `predicted` what the model said.
    cut
        Last date that the model has seen: what lies right of it is hold-out.

    Examples
    --------
    >>> frame = pd.DataFrame({"week": pd.date_range("2026-01-05", periods=3, freq="W"), "actual": [5, 9, 14], "predicted": [4.8, 9.5, 13.0]})
    >>> tracking(frame, cut="2026-01-18", caption="The model keeps up.", alt="Both lines rise to 14.").chart
    'tracking'
    """
    actual = columns.bounded(("actual", "", ""))[0]
    frame = frames.admit(frame, "tracking", actual, columns.predicted)
    frame, time = frames.dated(frame, "tracking", columns.time)
    words = words.of(frame, caption, alt, "count")
    days = frames.days(frame, time)
    order = frames.in_order(days)
    nothing = np.full(len(order), np.nan)
    a, p, lo, hi = (frames.numbers(frame, c)[order] for c in (actual, columns.predicted, *_BOUNDS))
    lines = [
        Line("actual", INK, days[order], a, nothing, nothing),
        Line("predicted", SERIES[0], days[order], p, lo, hi),
    ]
    at = float((pd.Timestamp(cut).normalize() - pd.Timestamp(0)).days)

    def draw(pen: Pen) -> None:
        draw_lines(pen, lines, words, marks=[(at, "hold-out from here")], zero=True)

    numbers = frames.keep(frame, time, actual, columns.predicted, *_BOUNDS)
    return figure("tracking", numbers, draw if any(one.known.any() for one in lines) else None, words, (290, 270))


def calibration(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
) -> Figure:
    """What was predicted against what came, group by group; on the diagonal both agree.

    Parameters
    ----------
    frame
        One row a group (a decile of risk, a number of past orders): mean `predicted`, and mean `actual` with its bounds where known.
    columns
        `value` is what came and its bounds, by default `actual`, `ci_low`, `ci_high`; `by` names the groups at their points, where there is room.

    Examples
    --------
    >>> frame = pd.DataFrame({"predicted": [0.1, 0.3], "actual": [0.12, 0.28]})
    >>> calibration(frame, caption="Risks are what they say.", alt="Both points lie at the diagonal.").chart
    'calibration'
    """
    by, actual = columns.by, columns.bounded(("actual", "ci_low", "ci_high"))
    frame = frames.admit(frame, "calibration", columns.predicted, actual[0], by)
    words = words.of(frame, caption, alt, "share")
    p, a, lo, hi = (frames.numbers(frame, c) for c in (columns.predicted, *actual))
    known = np.isfinite(p) & np.isfinite(a)
    names = [name for name, k in zip(frames.labels(frame, by), known, strict=True) if k] if by else []
    p, a, lo, hi = p[known], a[known], lo[known], hi[known]

    def draw(pen: Pen) -> None:
        lows = np.maximum(lo, min(0.0, float(np.min(np.r_[p, a]))))  # an interval below zero does not stretch the axis
        both = scale([p, a, lows, hi], words, n=6 if pen.wide else 4)
        low, high = both.limits
        both = both.widened(0.02 if low < 0 else 0, 0.02)
        left, side = both.room, pen.height - 32 - 46
        ax = pen.axes(left, max(pen.width - left - (side * (1.5 if pen.wide else 1.1)), 92), 32, 46)
        both.upright(ax)
        both.across(ax)
        ax.plot([low, high], [low, high], color=MUTED, linewidth=1.2, linestyle=DASHED, zorder=2)
        ax.vlines(p, np.clip(lo, low, high), hi, color=SERIES[0], linewidth=3, alpha=0.45, zorder=2)
        dots(ax, p, a, SERIES[0], markeredgecolor=PAPER)
        if by:
            diagonal = [pen.at(ax, t, t) for t in np.linspace(low, high, 60)]
            place_names(pen, ax, p, a, names, avoid=diagonal)
        pen.titles(ax, "predicted", "came")
        pen.end_labels(ax, [(high, "as predicted", MUTED)], 90)

    numbers = frames.keep(frame, by, columns.predicted, *actual, "n", "n_units")
    return figure("calibration", numbers, draw if known.any() else "no row has both numbers", words, (340, 340))
