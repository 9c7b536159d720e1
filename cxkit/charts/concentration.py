"""The concentration chart: which share of the value the best customers bring."""

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, band, dots, marked
from cxkit.charts.figure import Figure, figure
from cxkit.charts.numerals import digits, percent
from cxkit.charts.style import DASHED, INK, MUTED, PAPER, SERIES
from cxkit.charts.text import clean
from cxkit.charts.vocabulary import WORDS, Words

_SHARES = ("share_of_customers", "share_of_value")
_MARKS = (0.5, 0.2, 0.1)  # shares of customers whose share of the value is written at the curve


def concentration(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    words: Words = WORDS,
) -> Figure:
    """Which share of the value the best customers bring: cumulative shares, the best first.

    Parameters
    ----------
    frame
        Rows of cumulative shares (0–1), `share_of_customers` and `share_of_value`, both rising; (0, 0) and (1, 1) are added. With equal
        customers the curve is the diagonal.
    words
        `x` is who they are, by default "customers"; `y` what they share, by default "value".

    Examples
    --------
    >>> frame = pd.DataFrame({"share_of_customers": [0.2, 0.5], "share_of_value": [0.6, 0.9]})
    >>> concentration(frame, caption="A fifth brings three fifths.", alt="The best 20 percent bring 60 percent.").chart
    'concentration'
    """
    frame = frames.admit(frame, "concentration", *_SHARES)
    x, y = (frames.numbers(frame, name) for name in _SHARES)
    known = np.isfinite(x) & np.isfinite(y)
    points = sorted({(0.0, 0.0), (1.0, 1.0), *zip(x[known].tolist(), y[known].tolist(), strict=True)})
    px, py = np.array(points).T

    share = Words(unit="share")

    def draw(pen: Pen) -> None:
        ticks = [0, 0.25, 0.5, 0.75, 1.0]
        across, upright = (marked(ticks, (0.0, end), share) for end in (1.0, max(1.0, py.max())))
        ax = pen.axes(upright.room, 26, 32, 46)
        upright.upright(ax)
        across.across(ax)
        ax.plot([0, 1], [0, 1], color=MUTED, linewidth=1.2, linestyle=DASHED, zorder=2)
        band(ax, px, px, py, SERIES[0], alpha=0.14, zorder=1)
        ax.plot(px, py, color=SERIES[0], zorder=3)
        _, right, _, bottom = pen.box(ax)
        for k, m in enumerate(_MARKS):  # below the diagonal there is always room
            held = float(np.interp(m, px, py))
            dots(ax, [m], [held], SERIES[0], markeredgecolor=PAPER)
            says = f"best {digits(f'{m * 100:g}')}{percent()}: {held * 100:.0f}{percent()}"
            pen.text(right - 8, bottom - 16 - 18 * k, says, INK, align="right")
        pen.titles(ax, f"{clean(words.x or 'customers')}, the best first", f"share of {clean(words.y or 'value')}")

    numbers = frames.keep(frame, *_SHARES)
    return figure("concentration", numbers, draw if known.any() else None, share.of(frame, caption, alt), (330, 310))
