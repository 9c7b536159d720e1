"""The funnel chart: how many get through each stage of a chain."""

import numpy as np
import pandas as pd

from cxkit.charts import tidy
from cxkit.charts.figure import Figure, figure
from cxkit.charts.numerals import digits
from cxkit.charts.pen import Pen, reference_line
from cxkit.charts.style import INK, SERIES
from cxkit.charts.text import fit, number, text_width, wrap


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
    frame = tidy.admit(frame, "funnel", stage, value, nested=True)
    names, n, before = tidy.labels(frame, stage), tidy.numbers(frame, value), tidy.numbers(frame, base)
    drawable = len(n) > 0 and np.isfinite(n).any() and np.nanmax(n) > 0
    hidden = tidy.hidden_label(frame, value)
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
        if pen.wide:
            reference_line(ax, 0.0, vertical=True)
        middle, half = (0.0, 0.22) if pen.wide else (0.12, 0.14)
        for i, name in enumerate(names):
            share = f"{number(of_first[i], 'share')} of {names[0]}" if i else ""
            count = (
                (hidden[i] or "not known")
                if not np.isfinite(n[i])
                else number(n[i], unit)
                if n[i] >= 1e7
                else digits(f"{n[i]:,.0f}")
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
        unit=unit,
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
