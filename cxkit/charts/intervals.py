"""Segments compared, one row each: dots with their intervals, or bars from zero."""

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, dots, rings, scale, value_axis
from cxkit.charts.figure import Figure, figure
from cxkit.charts.rows import TOP, Rows, first_rows, key, rest, whiskers, why, widen
from cxkit.charts.style import INK, MUTED, SERIES
from cxkit.charts.text import column, text_width


def intervals(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    label: str = "segment",
    base_name: str = "before",
    name: str = "now",
    unit: str | None = None,
    currency: str | None = None,
    sort: bool = True,
) -> Figure:
    """One row a segment: a dot with its interval, the base as an open ring.

    Parameters
    ----------
    frame
        One row a segment with `value`, `ci_low`, `ci_high` and, for the ring, `base_value`: the frames of `measure` and `compare`.
    sort
        Greatest first; else the frame's order. Of more than twenty rows only the number is told, for rates of several segments cannot be added.

    Raises
    ------
    ArgumentError
        Missing column or caption.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["device=phone", "device=desktop"], "value": [0.4, 0.6], "ci_low": [0.3, 0.5], "ci_high": [0.5, 0.7]})
    >>> intervals(frame, unit="share", caption="Desktop is ahead.", alt="Desktop 60, phone 40 percent.").chart
    'intervals'
    """
    frame = frames.admit(frame, "intervals", label, "value")
    unit, currency = frames.unit_of(frame, unit), frames.currency_of(frame, currency)
    shown, more = first_rows(frame, TOP, sort=sort)
    v, lo, hi, before = (frames.numbers(shown, c) for c in (*frames.ESTIMATE, "base_value"))
    rows = Rows(
        frames.labels(shown, label), top=30 if np.isfinite(before).any() else 8, bottom=28 + (18 if more else 0)
    )

    def draw(pen: Pen) -> None:
        texts = column(v, unit, currency)
        right = max(map(text_width, texts)) + 12
        ax, ys = rows.axes(pen, right)
        ticks, limits = scale([v, lo, hi, before], unit, n=6 if pen.wide else 4)
        value_axis(ax, "x", ticks, widen(limits), unit, currency)
        rows.upright(pen, ax, ticks)
        whiskers(ax, ys, lo, hi, SERIES[0])
        rings(ax, before, ys)
        dots(ax, v, ys, SERIES[0])
        rows.values(pen, ax, ys, texts)
        if np.isfinite(before).any():
            key(pen, pen.box(ax)[0], [(name, SERIES[0], True), (base_name, MUTED, False)])
        rest(pen, more)

    numbers = frames.keep(
        frame, label, *frames.ESTIMATE, "base_value", "numerator", "denominator", "n_units", "n_posts"
    )
    return figure(
        "intervals",
        numbers,
        draw if np.isfinite(v).any() else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason=why(frame),
        height=rows.height,
    )


def bars(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    label: str = "segment",
    base_name: str = "before",
    name: str = "now",
    unit: str | None = None,
    currency: str | None = None,
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
        Missing column or caption.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["e-mail", "search"], "value": [120, 80]})
    >>> bars(frame, unit="count", caption="E-mail brings most.", alt="E-mail 120, search 80 sessions.").chart
    'bars'
    """
    frame = frames.admit(frame, "bars", label, "value")
    unit, currency = frames.unit_of(frame, unit), frames.currency_of(frame, currency)
    frame = frame.reset_index(drop=True)
    shown, more = first_rows(frame, top)
    v, before = frames.numbers(shown, "value"), frames.numbers(shown, "base_value")
    names = frames.labels(shown, label)
    together = add_rest and more > 0
    if together:
        others = frame.drop(index=shown.index)
        names.append(f"{more} more together")
        v = np.append(v, np.nansum(frames.numbers(others, "value")))
        before = np.append(
            before, np.nansum(frames.numbers(others, "base_value")) if np.isfinite(before).any() else np.nan
        )
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
        rows.values(pen, ax, ys, texts)
        if tall.any():
            left = pen.box(ax)[0]
            pen.text(left, 12, f"■ {name}", SERIES[0])
            pen.text(left + text_width(f"■ {name}") + 18, 12, f"❙ {base_name}", INK)
        rest(pen, more)

    numbers = frames.keep(frame, label, "value", "base_value", "numerator", "denominator", "n_units")
    return figure(
        "bars",
        numbers,
        draw if np.isfinite(v).any() else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason=why(frame),
        height=rows.height,
    )
