"""The rows of charts with one row a segment: names, lines, values at the right, what was left out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen
from cxkit.charts.figure import NARROW, WIDE
from cxkit.charts.style import INK, LINE
from cxkit.charts.text import clean, fit, text_width, wrap

TOP = 20
# Px a row. Names on two lines need more; on a phone a long name stands on a line of its own above.
_ROW, _TALL, _STACKED = 28.0, 40.0, 42.0


class Rows:
    """Rows of one chart: names, and how they stand in the wide and the narrow drawing."""

    def __init__(self, names: Sequence[str], *, top: float = 8, bottom: float = 28) -> None:
        self.names, self.top, self.bottom = list(names), top, bottom

    def stacked(self, wide: bool) -> bool:
        return not wide and max((text_width(n[:300]) for n in self.names), default=0) > 90

    def height(self, wide: bool) -> float:
        room = self.room(WIDE if wide else NARROW)
        row = _STACKED if self.stacked(wide) else _TALL if any("\n" in wrap(n, room) for n in self.names) else _ROW
        return self.top + self.bottom + len(self.names) * row + 6

    def room(self, width: float) -> float:
        """Px for the names at the left."""
        return min(max((text_width(t[:300]) for t in self.names), default=0.0) + 2, width * 0.3)

    def axes(self, pen: Pen, right: float) -> tuple[Any, np.ndarray]:
        """Axes with names at the left or above, and the y of each row."""
        n, stacked = len(self.names), self.stacked(pen.wide)
        room = self.room(pen.width)
        ax = pen.axes(8 if stacked else room + 10, right, self.top, self.bottom, grid="")
        ax.set_ylim(n - 0.5, -0.5)
        ax.set_yticks([])
        ys = np.arange(n, dtype=float)
        if stacked:
            for name, y in zip(self.names, ys, strict=True):
                pen.text(8, pen.at(ax, y=y - 0.22)[1], fit(name, pen.width - 16), INK)
            ys = ys + 0.22
        else:
            for name, y in zip(self.names, ys, strict=True):
                pen.text(pen.box(ax)[0] - 8, pen.at(ax, y=y)[1], wrap(name, room), INK, align="right")
        ax.spines["bottom"].set_visible(False)
        return ax, ys

    def upright(self, pen: Pen, ax: Any, at: Sequence[float], colour: str = LINE, *, dashed: bool = False) -> None:
        """Upright lines: through all rows, or on a phone beside the names only."""
        if not self.stacked(pen.wide):
            spans = [(-0.5, len(self.names) - 0.5)]
        else:
            spans = [(i + 0.02, i + 0.44) for i in range(len(self.names))]
        for low, high in spans:
            ax.vlines(at, low, high, color=colour, linewidth=1.0, linestyle=(0, (4, 3)) if dashed else "-", zorder=1)

    def values(self, pen: Pen, ax: Any, ys: np.ndarray, texts: Sequence[str]) -> None:
        """What each row amounts to, at the right edge."""
        for text, y in zip(texts, ys, strict=True):
            pen.text(pen.width - 4, pen.at(ax, y=y)[1], text, INK, align="right")


def first_rows(frame: pd.DataFrame, top: int, *, sort: bool = True) -> tuple[pd.DataFrame, int]:
    """The rows that are drawn, the greatest `value` first, and how many are not."""
    if sort and len(frame):
        frame = frame.iloc[np.argsort(-np.nan_to_num(frames.numbers(frame, "value"), nan=-np.inf), kind="stable")]
    return frame.head(top), max(len(frame) - top, 0)


def widen(limits: tuple[float, float]) -> tuple[float, float]:
    """A little room, so that a dot at the end of the axis is whole."""
    spare = (limits[1] - limits[0]) * 0.015
    return limits[0] - spare, limits[1] + spare


def whiskers(ax: Any, ys: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str) -> None:
    known = np.isfinite(low) & np.isfinite(high)
    ax.hlines(ys[known], low[known], high[known], color=colour, linewidth=3, alpha=0.45, zorder=2)


def key(pen: Pen, left: float, entries: Sequence[tuple[str, str, bool]]) -> None:
    """What filled dots and open rings are, above the axes in their colours."""
    x = left
    for text, colour, filled in entries:
        text = f"{'●' if filled else '○'} {clean(text)}"
        pen.text(x, 12, text, colour)
        x += text_width(text) + 18


def rest(pen: Pen, more: int, where: str = "in the numbers below") -> None:
    if more:
        pen.text(8, pen.height - 9, f"and {more} more {where}")


def why(frame: pd.DataFrame) -> str:
    return "no row has a value" if len(frame) else "no rows"
