"""The heat map: a number for each pair of row and column, as a shade and in digits."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen
from cxkit.charts.figure import Figure, figure
from cxkit.charts.numerals import digits, ungrouped
from cxkit.charts.style import HEAT, INK, PAPER
from cxkit.charts.text import clean, column, fit, number, text_width
from cxkit.charts.vocabulary import WORDS, Columns, Words
from cxkit.errors import ArgumentError

MOST_CELLS = 40


@dataclass(frozen=True)
class _Grid:
    """Values of each pair of row and column, and the words that stand for hidden ones."""

    values: np.ndarray
    hidden: np.ndarray
    rows: list[str]
    columns: list[str]
    row_title: str
    column_title: str

    def turned(self) -> "_Grid":
        return _Grid(self.values.T, self.hidden.T, self.columns, self.rows, self.column_title, self.row_title)


def heatmap(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns,
    words: Words = WORDS,
) -> Figure:
    """A number for each pair of row and column, as a shade and in digits: hour by weekday, cohort by month, recency by frequency.

    Parameters
    ----------
    frame
        One row a cell. Rows and columns keep the order in which they come (categoricals: their own). A pair without a row, or with a
        missing value, stays blank: cells of a cohort that lie in the future are blank, not zero.
    columns
        `by` names the rows, `across` what stands side by side, `value` the number in a cell.
    words
        `y` stands at the left, above the names of rows, and `x` on top.

    Notes
    -----
    Where there are more than twelve columns and fewer rows, the narrow drawing lays the grid on its side.

    Raises
    ------
    ArgumentError
        Missing column or caption; more than one row for a cell.

    Examples
    --------
    >>> frame = pd.DataFrame({"cohort": ["Jan", "Jan", "Feb"], "month": [0, 1, 0], "value": [1.0, 0.6, 1.0]})
    >>> heatmap(frame, columns=Columns(by="cohort", across="month"), words=Words(unit="share"), caption="Most stay.").chart
    'heatmap'
    """
    by, across, value = columns.names(frame), columns.across, columns.bounded()[0]
    if not across:
        raise ArgumentError(
            "charts.heatmap: no column to stand side by side; expected columns=Columns(by=…, across=…)."
        )
    frames.need(frame, "heatmap", by, across, value)
    words = words.of(frame, caption, alt)
    r, c = frames.labels(frame, by), frames.labels(frame, across)
    twice = next((pair for pair, n in Counter(zip(r, c, strict=True)).items() if n > 1), None)
    if twice:
        raise ArgumentError(
            f"charts.heatmap: more than one row for {by} {twice[0]!r} and {across} {twice[1]!r}; aggregate first."
        )
    frame = frames.admit(frame, "heatmap", by=[by, across])
    names = _order(frame, by, r), _order(frame, across, c)
    values, hidden = np.full(tuple(map(len, names)), np.nan), np.full(tuple(map(len, names)), "", object)
    for one, other, cell, label in zip(
        r, c, frames.numbers(frame, value), frames.hidden_label(frame, value), strict=True
    ):
        at = names[0].index(one), names[1].index(other)
        values[at], hidden[at] = cell, label
    some = slice(MOST_CELLS)
    upright = _Grid(values[some, some], hidden[some, some], names[0][some], names[1][some], words.y, words.x)
    cut = sum(max(len(all_of) - MOST_CELLS, 0) for all_of in names)

    def grid(wide: bool) -> _Grid:
        tall = wide or len(upright.columns) <= 12 or len(upright.rows) >= len(upright.columns)
        return upright if tall else upright.turned()

    def height(wide: bool) -> float:
        n = len(grid(wide).rows)
        return 50 + n * (28 if n <= 12 else 22) + (20 if cut else 0)

    def draw(pen: Pen) -> None:
        _draw_grid(pen, grid(pen.wide), words, foot=20 if cut else 0)
        if cut:
            pen.text(8, pen.height - 9, f"and {cut} more rows or columns in the numbers below")

    numbers = frames.keep(frame, by, across, value, "numerator", "denominator", "n_units", "n_posts")
    return figure(
        "heatmap",
        numbers,
        draw if np.isfinite(upright.values).any() else "no cell has a value",
        replace(words, x=""),
        height,
    )


def _order(frame: pd.DataFrame, name: str, labels: list[str]) -> list[str]:
    if isinstance(frame[name].dtype, pd.CategoricalDtype):
        return [clean(c) for c in frame[name].cat.categories]
    if pd.api.types.is_numeric_dtype(frame[name].dtype):
        labels = [labels[i] for i in np.argsort(frames.numbers(frame, name), kind="stable")]
    return list(dict.fromkeys(labels))


def _draw_grid(pen: Pen, grid: _Grid, words: Words, foot: float) -> None:
    import seaborn as sns
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    room = min(max(text_width(t) for t in [*grid.rows, grid.row_title]) + 2, pen.width * 0.3)
    ax = pen.axes(room + 10, 4, 46, 4 + foot, grid="")
    # Shades of one colour by its opacity: they start from the page's own paper, whether light or dark.
    shades = LinearSegmentedColormap.from_list("heat", [to_rgba(HEAT, 0.06), to_rgba(HEAT, 1.0)], N=24)
    finite = grid.values[np.isfinite(grid.values)]
    least, most = (0.0 if finite.min() >= 0 else float(finite.min())), float(finite.max())
    left, right, top, _ = pen.box(ax)
    cell = (right - left) / len(grid.columns)
    texts = _cell_texts(grid.values, words, cell)
    sns.heatmap(
        grid.values,
        ax=ax,
        cmap=shades,
        vmin=least,
        vmax=most if most > least else least + 1,
        cbar=False,
        annot=texts if texts is not None else False,
        fmt="",
        annot_kws={"color": INK, "fontsize": _cell_size(cell)},
        linewidths=1.5,
        linecolor=PAPER,
        xticklabels=False,
        yticklabels=False,
        mask=~np.isfinite(grid.values),
    )
    for i, j in np.argwhere(grid.hidden != ""):
        if text_width(grid.hidden[i, j]) <= cell - 2:
            pen.text(left + (j + 0.5) * cell, pen.at(ax, y=i + 0.5)[1], grid.hidden[i, j], align="center")
    for i, name in enumerate(grid.rows):
        pen.text(left - 8, pen.at(ax, y=i + 0.5)[1], fit(name, room), INK, align="right")
    step = _step(grid.columns, cell)
    for j in range(0, len(grid.columns), step):
        pen.text(left + (j + 0.5) * cell, top - 10, fit(grid.columns[j], cell * step - 2), INK, align="center")
    pen.text(left - 8, top - 10, clean(grid.row_title), align="right")
    unit_says = "" if texts is None or words.unit != "share" else "cells in percent"
    says = ", ".join(t for t in (clean(grid.column_title), unit_says) if t)
    pen.text((left + right) / 2, 12, says, align="center")


def _step(names: list[str], cell: float) -> int:
    """Every how many columns there is room for a name."""
    for step in (1, 2, 3, 4, 6, 12, 24):
        room = cell * step
        if room > 18 and max(text_width(fit(name, room)) for name in names) <= room - 2:
            return step
    return MOST_CELLS


def _cell_size(cell: float) -> float:
    return 12.0 if cell >= 34 else 10.5


def _cell_texts(grid: np.ndarray, words: Words, cell: float) -> np.ndarray | None:
    """The digits in the cells; a share's without the sign, which stands above; none where they would not fit."""
    flat, unit, currency = grid.ravel(), words.unit, words.currency
    if unit == "share":
        tiny = np.nanmax(flat) < 0.1
        said = [digits(f"{100 * v:.1f}" if tiny else f"{100 * v:.0f}") for v in np.nan_to_num(flat)]
    else:
        said = column(flat.tolist(), unit, currency)
        if max(text_width(t, _cell_size(cell)) for t in said) > cell - 3:
            said = [number(v, unit, currency) if np.isfinite(v) else "" for v in flat]
    said = [t if np.isfinite(v) else "" for t, v in zip(said, flat, strict=True)]
    for some in (said, [ungrouped(t) for t in said]):
        if max(text_width(t, _cell_size(cell)) for t in some) <= cell - 2:
            return np.array(some, dtype=object).reshape(grid.shape)
    return None
