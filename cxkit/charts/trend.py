"""The line chart over days, weeks or months: with interval band, the base period dashed, and events marked."""

from dataclasses import replace

import numpy as np
import pandas as pd

from cxkit.charts import dates, frames
from cxkit.charts.axes import Pen
from cxkit.charts.events import dated
from cxkit.charts.figure import Figure, figure
from cxkit.charts.lines import Line, draw_lines, lines_of
from cxkit.charts.style import MUTED
from cxkit.charts.text import clean
from cxkit.charts.vocabulary import COLUMNS, WORDS, Columns, Words


def trend(
    frame: pd.DataFrame,
    base: pd.DataFrame | float | None = None,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
) -> Figure:
    """A value over time with its interval band.

    Parameters
    ----------
    frame
        One row a day, week or month (and a line, with `by`): a date, `value`, and `ci_low`, `ci_high` where known.
    base
        The period compared with: a frame of the same columns, laid over by its number of days since the start, or one number,
        drawn as a level. Dashed.
    columns
        `time` holds the dates; with `by` there is a line a value of that column, of the six with the most rows of data.
    words
        `name` and `base_name` are what the lines are called at their right end; `events` are marked by vertical lines.

    Returns
    -------
    Figure
        A block with both drawings and the numbers. The axis starts at zero unless the values lie far from it; its lowest tick says where.

    Raises
    ------
    ArgumentError
        Missing column or caption.

    Examples
    --------
    >>> days = pd.date_range("2026-10-01", periods=3)
    >>> frame = pd.DataFrame({"day": days, "value": [0.05, 0.06, 0.055], "ci_low": [0.04, 0.05, 0.05], "ci_high": [0.06, 0.07, 0.06]})
    >>> trend(frame, 0.051, words=Words(unit="share"), caption="Clicks rose.", alt="Daily click rate, near 5 percent.").chart
    'trend'
    """
    by, estimate = columns.by, columns.bounded()
    frame, time = frames.dated(frames.admit(frame, "trend", estimate[0], by), "trend", columns.time)
    words = words.of(frame, caption, alt)
    lines = lines_of(frame, frames.days(frame, time), by, *estimate)
    if not by:
        lines = [replace(one, name=clean(words.name or dates.span_name(one.x))) for one in lines]
    numbers = frames.keep(frame, time, by, *estimate, "numerator", "denominator", "n_units").copy()
    level = (float(base), words.base_name or "before") if isinstance(base, (int, float)) else None
    if level:
        numbers["base"] = level[0]
    elif isinstance(base, pd.DataFrame) and len(base) and lines:
        base = frames.admit(base, "trend", estimate[0])
        base, day = frames.dated(base, "trend", columns.time if columns.time in base else "")
        before = _base_line(frames.days(base, day), frames.numbers(base, estimate[0]), lines[0].x, words.base_name)
        under = dict(zip(before.x.tolist(), before.y.tolist(), strict=True))
        numbers["base"] = [under.get(day, np.nan) for day in frames.days(frame, time).tolist()]
        lines.insert(0, before)
    marks = dated(words.events)

    def draw(pen: Pen) -> None:
        draw_lines(pen, lines, words, level=level, marks=marks)

    return figure(
        "trend", numbers, draw if any(one.known.any() for one in lines) else "no value can be shown", words, (290, 270)
    )


def _base_line(days: np.ndarray, y: np.ndarray, over: np.ndarray, name: str) -> Line:
    """The base laid over the current period by its number of days since its own start; what is longer is left away."""
    order = frames.in_order(days)
    days, y = days[order], y[order]
    moved = days - days[:1] + (over[0] if len(over) else 0.0)
    inside = moved <= over.max(initial=-np.inf)
    nothing = np.full(int(inside.sum()), np.nan)
    label = name or dates.span_name(days) or "before"
    return Line(clean(label), MUTED, moved[inside], y[inside], nothing, nothing, is_dashed=True)
