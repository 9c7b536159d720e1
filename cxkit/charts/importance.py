"""The scatter chart of named points: importance against performance."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, dots, reference_line, scale
from cxkit.charts.figure import Figure, figure
from cxkit.charts.style import INK, LINE, PAPER, SERIES, WAIT
from cxkit.charts.text import fit, text_width
from cxkit.charts.vocabulary import COLUMNS, WORDS, Columns, Words

# Where a name may stand, the best first: px to the right, of its own width, px down.
_PLACES = (
    (9, 0, 0), (-9, -1, 0), (0, -0.5, -14), (0, -0.5, 14), (7, 0, -12), (7, 0, 12), (-7, -1, -12), (-7, -1, 12),
    (0, -0.5, -26), (0, -0.5, 26),
)  # fmt: skip
_AXES = ("importance", "performance")


def importance(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
) -> Figure:
    """Importance against performance: what matters and goes badly stands at the lower right. Quarters meet at the means.

    Parameters
    ----------
    frame
        One row an item with its name, `importance` and `performance`.
    columns
        `by` names the items.
    words
        `unit` is that of the performance, by default score.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["price", "help"], "importance": [0.6, 0.3], "performance": [3.1, 4.4]})
    >>> importance(frame, caption="Work on price.", alt="Price matters most and is rated 3.1.").chart
    'importance'
    """
    by = columns.names(frame)
    frame = frames.admit(frame, "importance", by, *_AXES)
    words = words.of(frame, caption, alt, "score")
    xs, ys = (frames.numbers(frame, name) for name in _AXES)
    known = np.isfinite(xs) & np.isfinite(ys)
    names = [n for n, k in zip(frames.labels(frame, by), known, strict=True) if k]

    def draw(pen: Pen) -> None:
        a, b = xs[known], ys[known]
        upright = scale([b], words).widened(0.04)
        across = scale([a], Words(unit="score"), n=7 if pen.wide else 4).widened(0.04)
        ax = pen.axes(upright.room, 20, 32, 46, grid="")
        upright.upright(ax)
        across.across(ax)
        reference_line(ax, float(b.mean()), vertical=False, colour=LINE)
        reference_line(ax, float(a.mean()), vertical=True, colour=LINE)
        worst = (a >= a.mean()) & (b < b.mean())
        for chosen, colour in ((~worst, SERIES[0]), (worst, WAIT)):
            dots(ax, a[chosen], b[chosen], colour, markeredgecolor=PAPER, markeredgewidth=0.64)
        _, right, _, bottom = pen.box(ax)
        corner = "matters, goes badly" if worst.any() else ""
        says = [(px, bottom - 9) for px in np.arange(right - text_width(corner), right, 4)] if corner else []
        pen.text(right, bottom - 9, corner, WAIT, align="right")
        lost = place_names(pen, ax, a, b, names, avoid=says)
        pen.titles(ax, "importance", "performance")
        if lost:
            pen.text(right, 28, f"{lost} without room for a name", align="right")

    numbers = frames.keep(frame, by, *_AXES, "n", "n_units")
    return figure(
        "importance", numbers, draw if known.any() else "no row has both numbers", replace(words, unit=""), (360, 340)
    )


def place_names(
    pen: Pen, ax: Any, x: np.ndarray, y: np.ndarray, names: list[str], avoid: Sequence[tuple[float, float]] = ()
) -> int:
    """Write names beside points where no other name or point is; return how many found no place."""
    left, _, top, bottom = pen.box(ax)
    points = [pen.at(ax, float(a), float(b)) for a, b in zip(x, y, strict=True)]
    taken = [(px - r, py - r, px + r, py + r) for r, group in ((5, points), (1, avoid)) for px, py in group]
    lost = 0
    for (px, py), name in zip(points, names, strict=True):
        text = fit(name, 150 if pen.wide else 110)
        w = text_width(text)
        for beside, of_width, dy in _PLACES:
            dx = beside + of_width * w
            box = (px + dx, py + dy - 7, px + dx + w, py + dy + 7)
            inside = box[0] >= left + 2 and box[2] <= pen.width - 2 and box[1] >= top - 10 and box[3] <= bottom
            if inside and not any(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken):
                pen.text(px + dx, py + dy, text, INK)
                taken.append(box)
                break
        else:
            lost += 1
    return lost
