"""The distribution chart: how often each class of a value occurs, as bars."""

from dataclasses import replace

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, Scale, bars, scale
from cxkit.charts.figure import Figure, figure
from cxkit.charts.rows import Rows
from cxkit.charts.style import INK, SERIES
from cxkit.charts.text import clean, column, fit, text_width, wrap
from cxkit.charts.vocabulary import WORDS, Words

HIDDEN = "hidden"  # a class of too few people, or one that would give it away


def distribution(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    words: Words = WORDS,
) -> Figure:
    """How often each value or class occurs: bars from zero, each with its share of all; the base's shares as upright marks.

    Parameters
    ----------
    frame
        One row a class `bin` in order (categoricals: their own order) with its count `n`, and `base_n` for the base; classes are named
        by the engine that counted them. Columns `share` and `base_share`, if there, are each class's share of all: needed where a small class's count is left out.
    words
        `x` is what the classes are, such as "orders in 12 months".

    Examples
    --------
    >>> frame = pd.DataFrame({"bin": ["1", "2", "3 or more"], "n": [500, 200, 100]})
    >>> distribution(frame, caption="Most order once.", alt="63 percent one, 25 two, 13 three or more orders.").chart
    'distribution'
    """
    frame = frames.admit(frame, "distribution", "bin", "n")
    if isinstance(frame["bin"].dtype, pd.CategoricalDtype):
        frame = frame.iloc[np.argsort(frame["bin"].cat.codes.to_numpy(), kind="stable")]
    names, n, before = frames.labels(frame, "bin"), frames.numbers(frame, "n"), frames.numbers(frame, "base_n")
    share, base_share = (_shares(frame, name, counts) for name, counts in (("share", n), ("base_share", before)))
    key = words.key("■", "❙") if np.isfinite(base_share).any() else []
    title = clean(words.x)
    rows = Rows(names, key, below=28 + (18 if title else 0))

    def lying(wide: bool) -> bool:
        """Classes with long names lie on their side, where the names have room."""
        room = (620 if wide else 290) / max(len(n), 1) - 4
        return 1 < len(n) <= 20 and any(
            "…" in wrap(t, room) or text_width(max(t.split(), key=len, default="")) > room for t in names
        )

    def draw(pen: Pen) -> None:
        axis = scale([share, base_share], Words(unit="share"), n=5 if pen.wide else 4, zero=True)
        if lying(pen.wide):
            _lying_bars(pen, rows, share, base_share, axis)
            pen.text(pen.width / 2, pen.height - 10, fit(title, pen.width - 8), align="center")
        else:
            _standing_bars(pen, names, share, base_share, axis, title)
            pen.key(8, words.key("■", "━") if key else [])

    numbers = frames.keep(frame, "bin", "n", "base_n").assign(share=share)
    numbers = numbers.assign(base_share=base_share) if key else numbers
    return figure(
        "distribution",
        numbers,
        draw if np.nansum(share) > 0 else "nothing was counted" if len(frame) else None,
        replace(words, unit="share", x="").of(frame, caption, alt),
        lambda wide: rows.height(wide) if lying(wide) else 270,
    )


def _shares(frame: pd.DataFrame, name: str, counts: np.ndarray) -> np.ndarray:
    """The frame's own shares, else each count by their sum."""
    if name in frame:
        return frames.numbers(frame, name)
    total = np.nansum(counts)
    return counts / total if total > 0 else np.full(len(counts), np.nan)


def _standing_bars(pen: Pen, names: list[str], share: np.ndarray, base: np.ndarray, upright: Scale, title: str) -> None:
    n, at = len(names), np.arange(len(names))
    left = upright.room
    width = (pen.width - left - 10) / n
    lines = 2 if n <= 20 and any("\n" in wrap(t, width - 4) for t in names) else 1
    ax = pen.axes(left, 10, 30 if np.isfinite(base).any() else 14, 26 + 15 * (lines - 1) + (18 if title else 0))
    ax.bar(at, np.nan_to_num(share), width=0.86, color=SERIES[0])
    upright.upright(ax)
    ax.set_xlim(-0.6, n - 0.4)
    known = np.isfinite(base)
    ax.hlines(base[known], at[known] - 0.46, at[known] + 0.46, color=INK, linewidth=2, zorder=3)
    ax.set_xticks([])
    for hidden in np.flatnonzero(~np.isfinite(share)).tolist():  # no bar is not a bar of nothing
        pen.text(pen.at(ax, x=hidden)[0], pen.box(ax)[3] - 9, fit(HIDDEN, width), align="center")
    step = 1 if lines == 2 else _step(names, width)
    _, _, _, bottom = pen.box(ax)
    for i in range(0, n, step):
        text = wrap(names[i], width - 4) if lines == 2 else fit(names[i], max(width * step - 4, 20))
        half = max(text_width(t) for t in text.split("\n")) / 2
        x = min(max(pen.at(ax, x=i)[0], half), pen.width - half)
        pen.text(x, bottom + 14 + 7 * text.count("\n"), text, align="center")
    pen.text(pen.width / 2, bottom + 36 + 15 * (lines - 1), fit(title, pen.width - 8), align="center")


def _step(names: list[str], width: float) -> int:
    """Every how many classes there is room for a name."""
    widths = [text_width(t[:300]) for t in names]
    return next(k for k in (1, 2, 3, 5, 10, 20, 50, 100, 10_000) if k * width > max(widths[::k]) + 4 or k * width > 90)


def _lying_bars(pen: Pen, rows: Rows, share: np.ndarray, base: np.ndarray, across: Scale) -> None:
    texts = [text if np.isfinite(n) else HIDDEN for text, n in zip(column(share.tolist(), "share"), share, strict=True)]
    ax, ys = rows.axes(pen, across, texts)
    half = 0.17 if rows.stacked(pen.wide) else 0.34
    bars(ax, ys, np.nan_to_num(share), base, (half, half * 1.3))
