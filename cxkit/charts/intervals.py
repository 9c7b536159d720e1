"""Segments compared, one row each: dots with their intervals, or bars from zero."""

import numpy as np
import pandas as pd

from cxkit.charts import axes, frames
from cxkit.charts.axes import Pen, rings, scale
from cxkit.charts.figure import Figure, figure
from cxkit.charts.rows import Rows, estimates, first_rows, left_out
from cxkit.charts.style import MUTED, SERIES
from cxkit.charts.text import column
from cxkit.charts.vocabulary import COLUMNS, WORDS, Columns, Words

_BEHIND = ("base_value", "numerator", "denominator", "n_units")


def intervals(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
    sort: bool = True,
) -> Figure:
    """One row a segment: a dot with its interval, the base as an open ring.

    Parameters
    ----------
    frame
        One row a segment with `value`, `ci_low`, `ci_high` and, for the ring, `base_value`: the frames of `measure` and `compare`.
    columns
        `by` names the rows.
    sort
        Greatest first; else the frame's order. Of more than twenty rows only the number is told, for rates of several segments cannot be added.

    Raises
    ------
    ArgumentError
        Missing column or caption.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["phone", "desktop"], "value": [0.4, 0.6], "ci_low": [0.3, 0.5], "ci_high": [0.5, 0.7]})
    >>> intervals(frame, words=Words(unit="share"), caption="Desktop is ahead.", alt="Desktop 60, phone 40 percent.").chart
    'intervals'
    """
    by, estimate = columns.names(frame), columns.bounded()
    frame = frames.admit(frame, "intervals", by, estimate[0])
    words = words.of(frame, caption, alt)
    shown, more = first_rows(frame, estimate[0] if sort else "")
    v, lo, hi, before = (frames.numbers(shown, c) for c in (*estimate, "base_value"))
    key = words.key("●", "○") if np.isfinite(before).any() else []
    rows = Rows(frames.labels(shown, by), key, left_out(more))

    def draw(pen: Pen) -> None:
        across = scale([v, lo, hi, before], words, n=6 if pen.wide else 4).widened(0.015)
        ax, ys = rows.axes(pen, across, column(v, words.unit, words.currency))
        rings(ax, before, ys)
        estimates(ax, ys, v, lo, hi)

    numbers = frames.keep(frame, by, *estimate, *_BEHIND, "n_posts")
    return figure("intervals", numbers, draw if np.isfinite(v).any() else None, words, rows.height)


def bars(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
    add_rest: bool = False,
) -> Figure:
    """One horizontal bar a segment, from zero; the base as an upright mark.

    Parameters
    ----------
    frame
        One row a segment with `value` and, for the mark, `base_value`.
    columns
        `by` names the rows.
    add_rest
        Draw what comes after the first twenty rows as one bar, their sum: for counts and money, never for rates.

    Raises
    ------
    ArgumentError
        Missing column or caption.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["e-mail", "search"], "value": [120, 80]})
    >>> bars(frame, words=Words(unit="count"), caption="E-mail brings most.", alt="E-mail 120, search 80 sessions.").chart
    'bars'
    """
    by, value = columns.names(frame), columns.bounded()[0]
    frame = frames.admit(frame, "bars", by, value).reset_index(drop=True)
    words = words.of(frame, caption, alt)
    shown, more = first_rows(frame, value)
    names, v, before = frames.labels(shown, by), frames.numbers(shown, value), frames.numbers(shown, "base_value")
    has_base = bool(np.isfinite(before).any())
    colours = [SERIES[0]] * len(v)
    if add_rest and more:
        others = frame.drop(index=shown.index)
        names.append(f"{more} more together")
        colours.append(MUTED)
        v = np.append(v, np.nansum(frames.numbers(others, value)))
        before = np.append(before, np.nansum(frames.numbers(others, "base_value")) if has_base else np.nan)
        more = 0
    rows = Rows(names, words.key("■", "❙") if has_base else [], left_out(more))

    def draw(pen: Pen) -> None:
        across = scale([v, before], words, n=6 if pen.wide else 4, zero=True)
        ax, ys = rows.axes(pen, across, column(v, words.unit, words.currency))
        rows.upright(pen, ax, [0.0], MUTED)
        axes.bars(ax, ys, v, before, (0.17, 0.24) if rows.stacked(pen.wide) else (0.3, 0.38), colours)

    numbers = frames.keep(frame, by, value, *_BEHIND)
    return figure("bars", numbers, draw if np.isfinite(v).any() else None, words, rows.height)
