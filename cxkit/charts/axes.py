"""What chart functions draw with: axes placed to the pixel, axis labels by unit, direct labels that keep apart."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from cxkit.charts.style import FONT_SIZE, MUTED, PAPER
from cxkit.charts.text import nice_ticks, number, spread, text_width, wrap

Align = Literal["left", "center", "right"]


class Pen:
    """One drawing in progress: a matplotlib figure measured in px from the upper left.

    Attributes
    ----------
    canvas
        The matplotlib figure.
    width, height
        Size in px.
    wide
        Whether this is the drawing for a large screen.
    """

    def __init__(self, canvas: Any, width: float, height: float) -> None:
        self.canvas, self.width, self.height = canvas, width, height
        self.wide = width > 500

    def axes(
        self, left: float, right: float, top: float = 8, bottom: float = 24, *, grid: Literal["", "x", "y"] = "y"
    ) -> Any:
        """Axes with the given margins in px from the figure's edges."""
        right, bottom = max(right, 4), max(bottom, 4)
        w, h = max(self.width - left - right, 20), max(self.height - top - bottom, 10)
        ax = self.canvas.add_axes((left / self.width, bottom / self.height, w / self.width, h / self.height))
        if grid:
            ax.grid(axis=grid)
        ax.tick_params(which="both", length=0, pad=7)
        return ax

    def text(
        self,
        x: float,
        y: float,
        text: str,
        colour: str = MUTED,
        *,
        align: Align = "left",
        size: float = FONT_SIZE,
        bold: bool = False,
    ) -> None:
        """Text at (x, y) px from the upper left; y is the middle of its line. Several lines are centred about y."""
        lines = text.split("\n")
        step = size * 1.25
        for i, line in enumerate(lines):
            at = y + (i - (len(lines) - 1) / 2) * step
            # Baseline a third of the size below the middle: `va="center"` would depend on the letters' height.
            self.canvas.text(
                x / self.width,
                1 - (at + size * 0.35) / self.height,
                line,
                color=colour,
                ha=align,
                va="baseline",
                fontsize=size,
                fontweight="bold" if bold else "normal",
            )

    def at(self, ax: Any, x: float | None = None, y: float | None = None) -> tuple[float, float]:
        """Where a point of the data lies, in px from the upper left."""
        px, py = ax.transData.transform((0.0 if x is None else x, 1.0 if y is None else y))
        return float(px), self.height - float(py)

    def box(self, ax: Any) -> tuple[float, float, float, float]:
        """Left, right, top, bottom of the axes in px from the upper left."""
        b = ax.get_position()
        return b.x0 * self.width, b.x1 * self.width, (1 - b.y1) * self.height, (1 - b.y0) * self.height

    def end_labels(self, ax: Any, ends: Sequence[tuple[float, str, str]], room: float) -> None:
        """Names of lines at the right edge, moved apart where they would overlap. `ends`: (y in data, text, colour)."""
        named = [(y, wrap(text, room), colour) for y, text, colour in ends if text and np.isfinite(y)]
        if not named:
            return
        _, right, top, bottom = self.box(ax)
        gap = FONT_SIZE * 1.25 * max(text.count("\n") + 1 for _, text, _ in named) + 1
        places = spread([self.at(ax, y=y)[1] for y, _, _ in named], gap, top + 4, bottom - 4)
        for (_, text, colour), place in zip(named, places, strict=True):
            self.text(right + 7, place, text, colour)

    def label_room(self, texts: Sequence[str]) -> float:
        """Px to keep free at the right for end labels: their width, at most a quarter of the drawing."""
        most = self.width * (0.24 if self.wide else 0.29)
        return min(max((text_width(t[:300]) for t in texts if t), default=0.0) + 2, most)


def scale(
    values: Sequence[Any], unit: str, *, zero: bool = False, n: int = 5
) -> tuple[list[float], tuple[float, float]]:
    """Ticks and limits for numbers on an axis. It starts at a labelled tick; at zero for bars and where zero is near."""
    flat = np.concatenate([np.asarray(v, float).ravel() for v in values]) if len(values) else np.array([])
    flat = flat[np.isfinite(flat)]
    low, high = (float(flat.min()), float(flat.max())) if len(flat) else (0.0, 1.0)
    if zero or 0 <= low < 0.5 * high:
        low = min(low, 0.0)
    if zero or low < high <= 0:
        high = max(high, 0.0) if zero else high
    if high - low < 1e-12 * max(abs(high), abs(low), 1e-300):
        spare = abs(high) * 0.1 or {"share": 0.05}.get(unit, 1.0)
        low, high = (
            (min(low, 0.0), high + spare) if (low >= 0 and low - spare < 0) or zero else (low - spare, high + spare)
        )
    ticks = nice_ticks(low, high, unit, n)
    if unit == "share" and high <= 1 + 1e-9:  # a share's axis does not go past 100 %
        ticks = [t for t in ticks if t <= 1 + 1e-9] or ticks
        return ticks, (ticks[0], max(ticks[-1], high))
    return ticks, (ticks[0], ticks[-1])


def value_axis(
    ax: Any,
    which: Literal["x", "y"],
    ticks: Sequence[float],
    limits: tuple[float, float],
    unit: str,
    currency: str | None,
    *,
    signed: bool = False,
) -> None:
    """Set limits and unit-bearing tick labels."""
    labels = [number(t, unit, currency, like=ticks, signed=signed) for t in ticks]
    if which == "y":
        ax.set_yticks(ticks, labels)
        ax.set_ylim(*limits)
    else:
        ax.set_xlim(*limits)
        x_ticks(ax, ticks, labels)


def x_ticks(ax: Any, ticks: Sequence[float], labels: Sequence[str]) -> None:
    """Labels under the axis; one that would leave the drawing is pushed back inside, every second one goes where they would touch."""
    width = ax.figure.get_size_inches()[0] * 72
    at = [float(ax.transData.transform((tick, 1.0))[0]) for tick in ticks]
    halves = [text_width(label) / 2 for label in labels]
    sides = [
        "left" if x - half < 1 else "right" if x + half > width - 1 else "center"
        for x, half in zip(at, halves, strict=True)
    ]
    spans = [
        (x - {"left": 0, "center": 1, "right": 2}[side] * half, x + {"left": 2, "center": 1, "right": 0}[side] * half)
        for x, half, side in zip(at, halves, sides, strict=True)
    ]
    anchor = next((i for i, tick in enumerate(ticks) if tick == 0), 0)
    step = next(
        k
        for k in range(1, len(ticks) + 2)
        if all(b[0] - a[1] >= 4 for a, b in pairwise([s for i, s in enumerate(spans) if (i - anchor) % k == 0]))
    )
    ax.set_xticks(ticks, [label if (i - anchor) % step == 0 else "" for i, label in enumerate(labels)])
    for label, side in zip(ax.get_xticklabels(), sides, strict=True):
        label.set_ha(side)


def tick_room(ticks: Sequence[float], unit: str, currency: str | None, *, signed: bool = False) -> float:
    """Px that the labels of a vertical axis take at the left."""
    return max((text_width(number(t, unit, currency, like=ticks, signed=signed)) for t in ticks), default=0.0) + 10


def reference_line(ax: Any, at: float, *, vertical: bool, colour: str = MUTED, dashed: bool = False) -> None:
    line = ax.axvline if vertical else ax.axhline
    line(at, color=colour, linewidth=1.0, linestyle=(0, (4, 3)) if dashed else "-", zorder=1)


def dots(ax: Any, x: Any, y: Any, colour: str, *, size: float = 8, edge: str = "") -> None:
    """Filled points."""
    ax.plot(
        x,
        y,
        linestyle="none",
        marker="o",
        markersize=size,
        markerfacecolor=colour,
        markeredgecolor=edge or colour,
        zorder=4,
    )


def rings(ax: Any, x: Any, y: Any, *, size: float = 8) -> None:
    """Open points, for what is compared with."""
    ax.plot(
        x,
        y,
        linestyle="none",
        marker="o",
        markersize=size,
        markerfacecolor=PAPER,
        markeredgecolor=MUTED,
        markeredgewidth=1.4,
        zorder=3,
    )
