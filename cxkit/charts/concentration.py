"""The concentration chart: which share of the value the best customers bring."""

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, dots, tick_room, value_axis
from cxkit.charts.figure import Figure, figure
from cxkit.charts.numerals import digits, percent
from cxkit.charts.style import INK, MUTED, PAPER, SERIES
from cxkit.charts.text import clean, fit

_SHARES = ("share_of_customers", "share_of_value")
_MARKS = (0.5, 0.2, 0.1)  # shares of customers whose share of the value is written at the curve


def concentration(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    what: str = "customers",
    of: str = "value",
) -> Figure:
    """Which share of the value the best customers bring: cumulative shares, the best first.

    Parameters
    ----------
    frame
        Rows of cumulative shares (0–1), `share_of_customers` and `share_of_value`, both rising; (0, 0) and (1, 1) are added. With equal
        customers the curve is the diagonal.

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

    def draw(pen: Pen) -> None:
        ticks = [0, 0.25, 0.5, 0.75, 1.0]
        ax = pen.axes(tick_room(ticks, "share", None), 26, 32, 46)
        value_axis(ax, "y", ticks, (0.0, max(1.0, py.max())), "share", None)
        value_axis(ax, "x", ticks, (0.0, 1.0), "share", None)
        ax.plot([0, 1], [0, 1], color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), zorder=2)
        ax.fill_between(px, px, py, color=SERIES[0], alpha=0.14, linewidth=0, zorder=1)
        ax.plot(px, py, color=SERIES[0], zorder=3)
        left, right, _, bottom = pen.box(ax)
        for k, m in enumerate(_MARKS):  # below the diagonal there is always room
            share = float(np.interp(m, px, py))
            dots(ax, [m], [share], SERIES[0], edge=PAPER)
            pen.text(
                right - 8,
                bottom - 16 - 18 * k,
                f"best {digits(f'{m * 100:g}')}{percent()}: {share * 100:.0f}{percent()}",
                INK,
                align="right",
            )
        pen.text(4, 12, fit(f"share of {clean(of)}", pen.width - 8), INK)
        pen.text(
            (left + right) / 2, bottom + 36, fit(f"{clean(what)}, the best first", pen.width - 8), INK, align="center"
        )

    numbers = frames.keep(frame, *_SHARES)
    return figure(
        "concentration",
        numbers,
        draw if known.any() else None,
        caption=caption,
        alt=alt,
        unit="share",
        reason="no row has a value",
        height=lambda wide: 330 if wide else 310,
    )
