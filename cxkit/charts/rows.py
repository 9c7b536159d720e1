"""The rows of charts with one row a segment: names, lines, values at the right, what was left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, Scale, dots
from cxkit.charts.figure import NARROW, WIDE
from cxkit.charts.style import DASHED, INK, LINE, SERIES
from cxkit.charts.text import fit, text_width, wrap

TOP = 20
# Px a row. Names on two lines need more; on a phone a long name stands on a line of its own above.
_ROW, _TALL, _STACKED = 28.0, 40.0, 42.0


@dataclass(frozen=True)
class Rows:
    """Rows of one chart: names, and how they stand in the wide and the narrow drawing.

    `key` are its entries above the axes, `rest` is said at the foot, `below` px lie under the rows and `beside` px left of their values.
    """

    names: Sequence[str]
    key: Sequence[tuple[str, str]] = ()
    rest: str = ""
    below: float = 28
    beside: float = 12

    @property
    def top(self) -> float:
        return 30 if self.key else 8

    @property
    def bottom(self) -> float:
        return self.below + (18 if self.rest else 0)

    def stacked(self, wide: bool) -> bool:
        return not wide and max((text_width(n[:300]) for n in self.names), default=0) > 90

    def height(self, wide: bool) -> float:
        room = self.room(WIDE if wide else NARROW)
        row = _STACKED if self.stacked(wide) else _TALL if any("\n" in wrap(n, room) for n in self.names) else _ROW
        return self.top + self.bottom + len(self.names) * row + 6

    def room(self, width: float) -> float:
        """Px for the names at the left."""
        return min(max((text_width(t[:300]) for t in self.names), default=0.0) + 2, width * 0.3)

    def axes(self, pen: Pen, scale: Scale, texts: Sequence[str]) -> tuple[Any, np.ndarray]:
        """Axes with names at the left or above and texts at the right edge, and the y of each row."""
        n, stacked = len(self.names), self.stacked(pen.wide)
        room = self.room(pen.width)
        right = max(map(text_width, texts)) + self.beside
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
        scale.across(ax)
        self.upright(pen, ax, scale.ticks)
        for text, y in zip(texts, ys, strict=True):
            pen.text(pen.width - 4, pen.at(ax, y=y)[1], text, INK, align="right")
        pen.key(pen.box(ax)[0], self.key)
        pen.text(8, pen.height - 9, self.rest)
        return ax, ys

    def upright(self, pen: Pen, ax: Any, at: Sequence[float], colour: str = LINE, *, dashed: bool = False) -> None:
        """Upright lines: through all rows, or on a phone beside the names only."""
        if not self.stacked(pen.wide):
            spans = [(-0.5, len(self.names) - 0.5)]
        else:
            spans = [(i + 0.02, i + 0.44) for i in range(len(self.names))]
        for low, high in spans:
            ax.vlines(at, low, high, color=colour, linewidth=1.0, linestyle=DASHED if dashed else "-", zorder=1)


def first_rows(frame: pd.DataFrame, greatest: str = "") -> tuple[pd.DataFrame, int]:
    """The rows that are drawn, those with the greatest of a column first, and how many are not."""
    if greatest:
        frame = greatest_first(frame, greatest)
    return frame.head(TOP), max(len(frame) - TOP, 0)


def greatest_first(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame.iloc[np.argsort(-np.nan_to_num(frames.numbers(frame, name), nan=-np.inf), kind="stable")]


def estimates(ax: Any, ys: np.ndarray, value: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Dots with their intervals."""
    known = np.isfinite(low) & np.isfinite(high)
    ax.hlines(ys[known], low[known], high[known], color=SERIES[0], linewidth=3, alpha=0.45, zorder=2)
    dots(ax, value, ys, SERIES[0])


def left_out(more: int, where: str = "in the numbers below") -> str:
    return f"and {more} more {where}" if more else ""
