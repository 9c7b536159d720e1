"""The funnel chart: how many get through each stage of a chain."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, bars, reference_line
from cxkit.charts.figure import Figure, figure
from cxkit.charts.numerals import digits
from cxkit.charts.style import INK
from cxkit.charts.text import clean, fit, number, text_width, wrap
from cxkit.charts.vocabulary import WORDS, Words

_STAGE = {True: 50.0, False: 62.0}  # px a stage, wide and narrow


@dataclass(frozen=True)
class _Stage:
    """One stage: how much it holds in words, its shares of the first and of the stage above."""

    name: str
    count: str
    of_first: float
    of_previous: float


def funnel(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    words: Words = WORDS,
) -> Figure:
    """A chain of stages, each with its number, its share of the first and of the stage before.

    Parameters
    ----------
    frame
        One row a `stage`, in order, with a count `n`; `base_n` adds the base period's share of its own first stage as an upright mark.
    words
        `base_name` is what the base period is called.

    Examples
    --------
    >>> frame = pd.DataFrame({"stage": ["sent", "delivered", "clicked"], "n": [1000, 980, 50]})
    >>> funnel(frame, caption="One in twenty clicks.", alt="1,000 sent, 980 delivered, 50 clicked.").chart
    'funnel'
    """
    frame = frames.admit(frame, "funnel", "stage", "n", nested=True)
    n = frames.numbers(frame, "n")
    of_first, of_previous = _shares(n)
    base, _ = _shares(frames.numbers(frame, "base_n"))
    counts = [_count(*pair) for pair in zip(n, frames.hidden_label(frame, "n"), strict=True)]
    stages = [_Stage(*one) for one in zip(frames.labels(frame, "stage"), counts, of_first, of_previous, strict=True)]
    base_says = f"❙ {clean(words.base_name or 'before')}, share of its own first stage"
    key = [(base_says, INK)] if np.isfinite(base).any() else []
    top = 28.0 if key else 8.0

    def draw(pen: Pen) -> None:
        room = min(max(text_width(one.name[:300]) for one in stages) + 2, pen.width * 0.27)
        left, right = (room + 10, 150) if pen.wide else (8, 8)
        ax = pen.axes(left, right, top, 4, grid="")
        ax.set_xlim(0, max(float(np.nanmax(of_first)), float(np.nanmax(np.r_[base, 0.0])), 1e-9))
        ax.set_ylim(len(stages) - 0.5, -0.5)
        ax.set_axis_off()
        if pen.wide:
            reference_line(ax, 0.0, vertical=True)
        middle, half = (0.0, 0.22) if pen.wide else (0.12, 0.14)
        bars(ax, np.arange(len(stages)) + middle, of_first, base, (half, half * 1.3))
        for i, one in enumerate(stages):
            y = pen.at(ax, y=i)[1]
            share = number(one.of_first, "share") if i else ""
            if pen.wide:
                _words_beside(pen, one, share and f"{share} of {stages[0].name}", y, left, right)
            else:
                _words_above(pen, one, share, y)
            if i and np.isfinite(one.of_previous):
                between = pen.at(ax, y=i - 0.5)[1] - (0 if pen.wide else 1)
                pen.text(left + 6, between, f"↓ {number(one.of_previous, 'share')} of the stage above")
        pen.key(left, key)

    numbers = frames.keep(frame, "stage", "n", "base_n").assign(share_of_first=of_first, share_of_previous=of_previous)
    return figure(
        "funnel",
        numbers,
        draw if (n > 0).any() else "no stage has anybody" if len(frame) else None,
        replace(words, unit="count").of(frame, caption, alt),
        lambda wide: top + 4 + len(stages) * _STAGE[wide],
    )


def _count(n: float, hidden: str) -> str:
    if not np.isfinite(n):
        return hidden or "not known"
    return number(n, "count") if n >= 1e7 else digits(f"{n:,.0f}")


def _words_beside(pen: Pen, one: _Stage, share: str, y: float, left: float, right: float) -> None:
    """The name at the left of its bar, number and share at the right."""
    pen.text(left - 8, y, wrap(one.name, left - 10), INK, align="right")
    pen.text(pen.width - right + 10, y - (8 if share else 0), one.count, INK, bold=True)
    pen.text(pen.width - right + 10, y + 8, fit(share, right - 14))


def _words_above(pen: Pen, one: _Stage, share: str, y: float) -> None:
    """Name, number and share on a line above the bar."""
    says = f"{one.count}  ·  {share}" if share else one.count
    pen.text(8, y - 11, fit(one.name, pen.width - text_width(says) - 26), INK)
    pen.text(pen.width - 8, y - 11, says, INK, align="right")


def _shares(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if not len(n):
        return n, n
    with np.errstate(divide="ignore", invalid="ignore"):
        first = n / n[0] if n[0] > 0 else np.full(len(n), np.nan)
        previous = np.r_[np.nan, n[1:] / np.where(n[:-1] > 0, n[:-1], np.nan)]
    return first, previous
