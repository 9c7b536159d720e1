"""The heat map: a number for each pair of row and column, as a shade and in digits."""

import numpy as np
import pandas as pd

from cxkit.charts import tidy
from cxkit.charts.figure import Figure, figure
from cxkit.charts.numerals import digits, ungrouped
from cxkit.charts.pen import Pen
from cxkit.charts.style import HEAT, INK, PAPER
from cxkit.charts.text import clean, column, fit, number, text_width
from cxkit.errors import ArgumentError

MOST_CELLS = 40


def heatmap(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    rows: str,
    columns: str,
    value: str = "value",
    unit: str | None = None,
    currency: str | None = None,
    row_title: str = "",
    column_title: str = "",
) -> Figure:
    """A number for each pair of row and column, as a shade and in digits: hour by weekday, cohort by month, recency by frequency.

    Parameters
    ----------
    frame
        One row a cell. Rows and columns keep the order in which they come (categoricals: their own). A pair without a row, or with a
        missing value, stays blank: cells of a cohort that lie in the future are blank, not zero.
    row_title, column_title
        What stands at the left and on top.

    Notes
    -----
    Where there are more than twelve columns and fewer rows, the narrow drawing lays the grid on its side.

    Raises
    ------
    ArgumentError
        Missing column, caption or alt; more than one row for a cell.

    Examples
    --------
    >>> frame = pd.DataFrame({"cohort": ["Jan", "Jan", "Feb"], "month": [0, 1, 0], "value": [1.0, 0.6, 1.0]})
    >>> heatmap(frame, rows="cohort", columns="month", unit="share", caption="Most stay.", alt="60 percent return after a month.").chart
    'heatmap'
    """
    tidy.need(frame, "heatmap", rows, columns, value)
    unit, currency = tidy.unit_of(frame, unit), tidy.currency_of(frame, currency)
    r, c = tidy.labels(frame, rows), tidy.labels(frame, columns)
    if len(set(zip(r, c, strict=True))) < len(r):
        twice = next(k for k in zip(r, c, strict=True) if list(zip(r, c, strict=True)).count(k) > 1)
        raise ArgumentError(
            f"charts.heatmap: more than one row for {rows} {twice[0]!r} and {columns} {twice[1]!r}; aggregate first."
        )
    frame = tidy.admit(frame, "heatmap", by=[rows, columns])
    r_names, c_names = _order(frame, rows, r), _order(frame, columns, c)
    grid, hidden = np.full((len(r_names), len(c_names)), np.nan), np.full((len(r_names), len(c_names)), "", object)
    for i, j, cell, label in zip(r, c, tidy.numbers(frame, value), tidy.hidden_label(frame, value), strict=True):
        grid[r_names.index(i), c_names.index(j)], hidden[r_names.index(i), c_names.index(j)] = cell, label
    cut = max(len(r_names) - MOST_CELLS, 0) + max(len(c_names) - MOST_CELLS, 0)
    grid, hidden = grid[:MOST_CELLS, :MOST_CELLS], hidden[:MOST_CELLS, :MOST_CELLS]
    r_names, c_names = r_names[:MOST_CELLS], c_names[:MOST_CELLS]

    def turned(wide: bool) -> bool:
        return not wide and len(c_names) > 12 and len(r_names) < len(c_names)

    def height(wide: bool) -> float:
        n = len(c_names) if turned(wide) else len(r_names)
        return 50 + n * (28 if n <= 12 else 22) + (20 if cut else 0)

    def draw(pen: Pen) -> None:
        if turned(pen.wide):
            _cells(pen, grid.T, hidden.T, c_names, r_names, column_title, row_title, unit, currency, cut)
        else:
            _cells(pen, grid, hidden, r_names, c_names, row_title, column_title, unit, currency, cut)

    numbers = tidy.keep(frame, rows, columns, value, "numerator", "denominator", "n_units", "n_posts")
    return figure(
        "heatmap",
        numbers,
        draw if np.isfinite(grid).any() else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason="no cell has a value",
        height=height,
    )


def _order(frame: pd.DataFrame, name: str, labels: list[str]) -> list[str]:
    if isinstance(frame[name].dtype, pd.CategoricalDtype):
        return [clean(c) for c in frame[name].cat.categories]
    if pd.api.types.is_numeric_dtype(frame[name].dtype):
        values = tidy.numbers(frame, name)
        return list(
            dict.fromkeys(
                label
                for _, label in sorted(zip(values.tolist(), labels, strict=True), key=lambda p: (np.isnan(p[0]), p[0]))
            )
        )
    return list(dict.fromkeys(labels))


def _cells(
    pen: Pen,
    grid: np.ndarray,
    hidden: np.ndarray,
    r_names: list[str],
    c_names: list[str],
    r_title: str,
    c_title: str,
    unit: str,
    currency: str | None,
    cut: int,
) -> None:
    import seaborn as sns
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    room = min(max(text_width(t) for t in [*r_names, r_title]) + 2, pen.width * 0.3)
    ax = pen.axes(room + 10, 4, 46, 4 + (20 if cut else 0), grid="")
    # Shades of one colour by its opacity: they start from the page's own paper, whether light or dark.
    shades = LinearSegmentedColormap.from_list("heat", [to_rgba(HEAT, 0.06), to_rgba(HEAT, 1.0)], N=24)
    finite = grid[np.isfinite(grid)]
    least, most = (0.0 if finite.min() >= 0 else float(finite.min())), float(finite.max())
    left, right, top, _ = pen.box(ax)
    cell = (right - left) / grid.shape[1]
    texts = _cell_texts(grid, unit, currency, cell)
    sns.heatmap(
        grid,
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
        mask=~np.isfinite(grid),
    )
    for i, j in np.argwhere(hidden != ""):
        if text_width(hidden[i, j]) <= cell - 2:
            pen.text(left + (j + 0.5) * cell, pen.at(ax, y=i + 0.5)[1], hidden[i, j], align="center")
    for i, name in enumerate(r_names):
        pen.text(left - 8, pen.at(ax, y=i + 0.5)[1], fit(name, room), INK, align="right")
    step = next(
        k
        for k in (1, 2, 3, 4, 6, 12, 24, 40)
        if k == 40 or (max(text_width(fit(n, cell * k)) for n in c_names) <= cell * k - 2 and cell * k > 18)
    )
    for j, name in enumerate(c_names):
        if j % step == 0:
            pen.text(left + (j + 0.5) * cell, top - 10, fit(name, cell * step - 2), INK, align="center")
    pen.text(left - 8, top - 10, clean(r_title), align="right")
    unit_says = "" if texts is None or unit != "share" else "cells in percent"
    says = ", ".join(t for t in (clean(c_title), unit_says) if t)
    pen.text((left + right) / 2, 12, says, align="center")
    if cut:
        pen.text(8, pen.height - 9, f"and {cut} more rows or columns in the numbers below")


def _cell_size(cell: float) -> float:
    return 12.0 if cell >= 34 else 10.5


def _cell_texts(grid: np.ndarray, unit: str, currency: str | None, cell: float) -> np.ndarray | None:
    """The digits in the cells; a share's without the sign, which stands above; none where they would not fit."""
    flat = grid.ravel()
    if unit == "share":
        tiny = np.nanmax(flat) < 0.1
        said = [digits(f"{100 * v:.1f}" if tiny else f"{100 * v:.0f}") for v in np.nan_to_num(flat)]
    else:
        said = column(flat.tolist(), unit, currency)
        if max(text_width(t, _cell_size(cell)) for t in said) > cell - 3:
            said = [number(v, unit, currency) if np.isfinite(v) else "" for v in flat]
    said = [t if np.isfinite(v) else "" for t, v in zip(said, flat, strict=True)]
    if max(text_width(t, _cell_size(cell)) for t in said) > cell - 2:
        said = [ungrouped(t) for t in said]
        if max(text_width(t, _cell_size(cell)) for t in said) > cell - 2:
            return None
    return np.array(said, dtype=object).reshape(grid.shape)
