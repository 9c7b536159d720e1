"""What chart functions draw with: axes placed to the pixel, axis labels by unit, direct labels that keep apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from cxkit.charts.style import DASHED, FONT_SIZE, INK, MUTED, PAPER, SERIES
from cxkit.charts.text import fit, nice_ticks, number, spread, text_width, wrap
from cxkit.charts.vocabulary import Words

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

    def titles(self, ax: Any, x: str, y: str) -> None:
        """What the axes count: above the one at the left, below the one beneath."""
        left, right, _, bottom = self.box(ax)
        self.text(4, 12, fit(y, self.width - 8), INK)
        self.text((left + right) / 2, bottom + 36, fit(x, self.width - 8), INK, align="center")

    def key(self, left: float, entries: Sequence[tuple[str, str]]) -> None:
        """What marks are, above the axes in their colours."""
        for text, colour in entries:
            self.text(left, 12, text, colour)
            left += text_width(text) + 18

    def label_room(self, texts: Sequence[str]) -> float:
        """Px to keep free at the right for end labels: their width, at most a quarter of the drawing."""
        most = self.width * (0.24 if self.wide else 0.29)
        return min(max((text_width(t[:300]) for t in texts if t), default=0.0) + 2, most)


@dataclass(frozen=True)
class Scale:
    """Where an axis begins and ends, where its ticks stand, and what is written at them."""

    ticks: list[float]
    limits: tuple[float, float]
    labels: list[str]
    is_log: bool = False

    @property
    def room(self) -> float:
        """Px that the labels take at the left of an axis."""
        return max(map(text_width, self.labels), default=0.0) + 10

    def widened(self, below: float, above: float | None = None) -> "Scale":
        """With room beyond its ends, as a share of its length, so that a dot there is whole."""
        low, high = self.limits
        length = high - low
        return replace(self, limits=(low - length * below, high + length * (below if above is None else above)))

    def upright(self, ax: Any) -> None:
        """Make it the axis at the left."""
        ax.set_yticks(self.ticks, self.labels)
        ax.set_ylim(*self.limits)

    def across(self, ax: Any) -> None:
        """Make it the axis beneath."""
        if self.is_log:
            ax.set_xscale("log")
            ax.minorticks_off()
        ax.set_xlim(*self.limits)
        x_ticks(ax, self.ticks, self.labels)


def marked(ticks: Sequence[float], limits: tuple[float, float], words: Words, *, signed: bool = False) -> Scale:
    """A scale with given ticks, labelled in the unit."""
    labels = [number(tick, words.unit, words.currency, like=ticks, signed=signed) for tick in ticks]
    return Scale(list(ticks), limits, labels)


def scale(values: Sequence[Any], words: Words, *, n: int = 5, zero: bool = False, signed: bool = False) -> Scale:
    """About `n` ticks for numbers on an axis. It starts at a labelled tick; at zero for bars and where zero is near."""
    flat = np.concatenate([np.asarray(v, float).ravel() for v in values]) if len(values) else np.array([])
    flat = flat[np.isfinite(flat)]
    low, high = (float(flat.min()), float(flat.max())) if len(flat) else (0.0, 1.0)
    if zero or 0 <= low < 0.5 * high:
        low = min(low, 0.0)
    if zero:
        high = max(high, 0.0)
    if high - low < 1e-12 * max(abs(high), abs(low), 1e-300):
        spare = abs(high) * 0.1 or {"share": 0.05}.get(words.unit, 1.0)
        near_zero = (low >= 0 and low - spare < 0) or zero
        low, high = (min(low, 0.0) if near_zero else low - spare), high + spare
    ticks = nice_ticks(low, high, words.unit, n)
    end = ticks[-1]
    if words.unit == "share" and high <= 1 + 1e-9:  # a share's axis does not go past 100 %
        ticks = [t for t in ticks if t <= 1 + 1e-9] or ticks
        end = max(ticks[-1], high)
    return marked(ticks, (ticks[0], end), words, signed=signed)


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


def reference_line(ax: Any, at: float, *, vertical: bool, colour: str = MUTED, dashed: bool = False) -> None:
    line = ax.axvline if vertical else ax.axhline
    line(at, color=colour, linewidth=1.0, linestyle=DASHED if dashed else "-", zorder=1)


def dots(ax: Any, x: Any, y: Any, colour: str, **style: Any) -> None:
    """Filled points."""
    usual = {"linestyle": "none", "marker": "o", "markersize": 8, "markerfacecolor": colour, "markeredgecolor": colour}
    ax.plot(x, y, **{**usual, "zorder": 4, **style})


def rings(ax: Any, x: Any, y: Any, **style: Any) -> None:
    """Open points, for what is compared with."""
    dots(ax, x, y, PAPER, **{"markeredgecolor": MUTED, "markeredgewidth": 1.4, "zorder": 3, **style})


def band(ax: Any, x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, **style: Any) -> None:
    """The room between the bounds of a line, where both are known."""
    known = np.isfinite(low) & np.isfinite(high)
    if known.any():
        ax.fill_between(
            x, low, high, where=known, color=colour, **{"alpha": 0.16, "linewidth": 0, "zorder": 2, **style}
        )


def bars(
    ax: Any, ys: np.ndarray, lengths: np.ndarray, base: np.ndarray, half: tuple[float, float], colours: Any = SERIES[0]
) -> None:
    """Lying bars from zero, and upright marks for what is compared with; `half` of the height of either."""
    ax.barh(ys, lengths, height=2 * half[0], color=colours, zorder=2)
    known = np.isfinite(base)
    ax.vlines(base[known], ys[known] - half[1], ys[known] + half[1], color=INK, linewidth=2, zorder=3)
