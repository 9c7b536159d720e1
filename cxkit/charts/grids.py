"""Charts made of cells and panels: heatmap, cohort triangle, distribution, decomposition, small multiples."""

import numpy as np
import pandas as pd

from cxkit.charts import dates, tidy
from cxkit.charts.figure import Figure, figure
from cxkit.charts.pen import Pen, reference_line, scale, tick_room, value_axis, x_ticks
from cxkit.charts.rows import Rows
from cxkit.charts.style import HEAT, INK, MUTED, PAPER, SERIES, WAIT
from cxkit.charts.text import clean, column, fit, number, text_width, wrap

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
    from cxkit.errors import ArgumentError

    tidy.need(frame, "heatmap", rows, columns, value)
    unit, currency = tidy.unit_of(frame, unit), tidy.currency_of(frame, currency)
    r, c, v = tidy.labels(frame, rows), tidy.labels(frame, columns), tidy.numbers(frame, value)
    if len(set(zip(r, c, strict=True))) < len(r):
        twice = next(k for k in zip(r, c, strict=True) if list(zip(r, c, strict=True)).count(k) > 1)
        raise ArgumentError(
            f"charts.heatmap: more than one row for {rows} {twice[0]!r} and {columns} {twice[1]!r}; aggregate first."
        )
    r_names, c_names = _order(frame, rows, r), _order(frame, columns, c)
    grid = np.full((len(r_names), len(c_names)), np.nan)
    for i, j, cell in zip(r, c, v, strict=True):
        grid[r_names.index(i), c_names.index(j)] = cell
    cut = max(len(r_names) - MOST_CELLS, 0) + max(len(c_names) - MOST_CELLS, 0)
    grid, r_names, c_names = grid[:MOST_CELLS, :MOST_CELLS], r_names[:MOST_CELLS], c_names[:MOST_CELLS]

    def turned(wide: bool) -> bool:
        return not wide and len(c_names) > 12 and len(r_names) < len(c_names)

    def height(wide: bool) -> float:
        n = len(c_names) if turned(wide) else len(r_names)
        return 50 + n * (28 if n <= 12 else 22) + (20 if cut else 0)

    def draw(pen: Pen) -> None:
        if turned(pen.wide):
            _cells(pen, grid.T, c_names, r_names, column_title, row_title, unit, currency, cut)
        else:
            _cells(pen, grid, r_names, c_names, row_title, column_title, unit, currency, cut)

    numbers = tidy.keep(frame, rows, columns, value, "numerator", "denominator", "n_units")
    return figure(
        "heatmap",
        numbers,
        draw if np.isfinite(grid).any() else None,
        caption=caption,
        alt=alt,
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
    left, right, top, bottom = pen.box(ax)
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
    unit_says = "" if texts is None or unit != "share" else "in percent"
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
        said = [f"{100 * v:.1f}" if tiny else f"{100 * v:.0f}" for v in np.nan_to_num(flat)]
    else:
        said = column(flat.tolist(), unit, currency)
        if max(text_width(t, _cell_size(cell)) for t in said) > cell - 3:
            said = [number(v, unit, currency) if np.isfinite(v) else "" for v in flat]
    said = [t if np.isfinite(v) else "" for t, v in zip(said, flat, strict=True)]
    if max(text_width(t, _cell_size(cell)) for t in said) > cell - 2:
        said = [t.replace(",", "") for t in said]
        if max(text_width(t, _cell_size(cell)) for t in said) > cell - 2:
            return None
    return np.array(said, dtype=object).reshape(grid.shape)


def distribution(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    bin: str = "bin",
    value: str = "n",
    base: str = "base_n",
    base_name: str = "before",
    name: str = "now",
    title: str = "",
) -> Figure:
    """How often each value or class occurs: bars from zero, each with its share of all; the base's shares as upright marks.

    Parameters
    ----------
    frame
        One row a class in order (categoricals: their own order) with its count; classes are named by the engine that counted them.
    title
        What the classes are, such as "orders in 12 months".

    Examples
    --------
    >>> frame = pd.DataFrame({"bin": ["1", "2", "3 or more"], "n": [500, 200, 100]})
    >>> distribution(frame, caption="Most order once.", alt="63 percent one, 25 two, 13 three or more orders.").chart
    'distribution'
    """
    tidy.need(frame, "distribution", bin, value)
    names, n, before = tidy.labels(frame, bin), tidy.numbers(frame, value), tidy.numbers(frame, base)
    if isinstance(frame[bin].dtype, pd.CategoricalDtype):
        order = np.argsort(frame[bin].cat.codes.to_numpy(), kind="stable")
        names, n, before = [names[i] for i in order], n[order], before[order]
    total, base_total = np.nansum(n), np.nansum(before)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = n / total
        base_share = before / base_total if base_total > 0 else np.full(len(n), np.nan)
    has_base = bool(np.isfinite(base_share).any())

    rows = Rows(names, top=30 if has_base else 8, bottom=28 + (18 if title else 0))

    def lying(wide: bool) -> bool:
        """Classes with long names lie on their side, where the names have room."""
        room = (620 if wide else 290) / max(len(n), 1) - 4
        return 1 < len(n) <= 20 and any(
            "…" in wrap(t, room) or text_width(max(t.split(), key=len, default="")) > room for t in names
        )

    def draw(pen: Pen) -> None:
        ticks, limits = scale([share, base_share], "share", zero=True, n=5 if pen.wide else 4)
        if lying(pen.wide):
            _lying_bars(pen, rows, share, base_share, ticks, limits, title)
        else:
            _standing_bars(pen, names, share, base_share, ticks, limits, title)
        if has_base:
            pen.text(8, 12, f"■ {clean(name)}", SERIES[0])
            pen.text(
                8 + text_width(f"■ {clean(name)}") + 18,
                12,
                f"{'❙' if lying(pen.wide) else '━'} {clean(base_name)}",
                INK,
            )

    numbers = tidy.keep(frame, bin, value, base).assign(share=tidy.numbers(frame, value) / total if total else np.nan)
    return figure(
        "distribution",
        numbers,
        draw if len(n) and total > 0 else None,
        caption=caption,
        alt=alt,
        reason="nothing was counted" if len(frame) else "no rows",
        height=lambda wide: rows.height(wide) if lying(wide) else 270,
    )


def _standing_bars(
    pen: Pen,
    names: list[str],
    share: np.ndarray,
    base: np.ndarray,
    ticks: list[float],
    limits: tuple[float, float],
    title: str,
) -> None:
    import seaborn as sns

    n = len(names)
    left = tick_room(ticks, "share", None)
    width = (pen.width - left - 10) / n
    lines = 2 if n <= 20 and any("\n" in wrap(t, width - 4) for t in names) else 1
    ax = pen.axes(left, 10, 30 if np.isfinite(base).any() else 14, 26 + 15 * (lines - 1) + (18 if title else 0))
    at = np.arange(n)
    sns.histplot(
        x=at,
        weights=np.nan_to_num(share),
        discrete=True,
        shrink=0.86,
        ax=ax,
        color=SERIES[0],
        alpha=1.0,
        linewidth=0,
        edgecolor="none",
    )
    value_axis(ax, "y", ticks, limits, "share", None)
    ax.set(xlabel="", ylabel="")
    ax.set_xlim(-0.6, n - 0.4)
    known = np.isfinite(base)
    ax.hlines(base[known], at[known] - 0.46, at[known] + 0.46, color=INK, linewidth=2, zorder=3)
    ax.set_xticks([])
    step = (
        1
        if lines == 2
        else next(
            k
            for k in (1, 2, 3, 5, 10, 20, 50, 100, 10_000)
            if k * width > max(text_width(t[:300]) for t in names[::k]) + 4 or k * width > 90
        )
    )
    _, _, _, bottom = pen.box(ax)
    for i in range(0, n, step):
        text = wrap(names[i], width - 4) if lines == 2 else fit(names[i], max(width * step - 4, 20))
        half = max(text_width(t) for t in text.split("\n")) / 2
        pen.text(
            min(max(pen.at(ax, x=i)[0], half), pen.width - half),
            bottom + 14 + 7 * text.count("\n"),
            text,
            align="center",
        )
    if title:
        pen.text(pen.width / 2, bottom + 36 + 15 * (lines - 1), fit(clean(title), pen.width - 8), align="center")


def _lying_bars(
    pen: Pen,
    rows: Rows,
    share: np.ndarray,
    base: np.ndarray,
    ticks: list[float],
    limits: tuple[float, float],
    title: str,
) -> None:
    texts = column(share.tolist(), "share")
    ax, ys = rows.axes(pen, max(map(text_width, texts)) + 12)
    value_axis(ax, "x", ticks, limits, "share", None)
    rows.upright(pen, ax, ticks)
    half = 0.17 if rows.stacked(pen.wide) else 0.34
    ax.barh(ys, np.nan_to_num(share), height=2 * half, color=SERIES[0], zorder=2)
    known = np.isfinite(base)
    ax.vlines(base[known], ys[known] - half * 1.3, ys[known] + half * 1.3, color=INK, linewidth=2, zorder=3)
    for text, y in zip(texts, ys, strict=True):
        pen.text(pen.width - 4, pen.at(ax, y=y)[1], text, INK, align="right")
    if title:
        pen.text(pen.width / 2, pen.height - 10, fit(clean(title), pen.width - 8), align="center")


def decomposition(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    x: str | None = None,
    unit: str | None = None,
    currency: str | None = None,
    anomaly: str = "is_anomaly",
) -> Figure:
    """A series taken apart: observed, trend, weekly or yearly season and what remains, one panel under the other, anomalies ringed.

    Parameters
    ----------
    frame
        One row a day or week: a date, `observed`, `trend`, `season`, `residual`, and `is_anomaly` where it was judged.

    Examples
    --------
    >>> frame = pd.DataFrame({"day": pd.date_range("2026-10-01", periods=3), "observed": [9, 12, 10], "trend": [10, 10, 10], "season": [-1, 1, 0], "residual": [0, 1, 0]})
    >>> decomposition(frame, unit="count", caption="Saturdays are strong.", alt="Level near 10.").chart
    'decomposition'
    """
    parts = ("observed", "trend", "season", "residual")
    tidy.need(frame, "decomposition", *parts)
    x = tidy.date_column(frame, "decomposition", x)
    unit, currency = tidy.unit_of(frame, unit), tidy.currency_of(frame, currency)
    days = tidy.days(frame, x)
    order = np.argsort(days, kind="stable")
    order = order[np.isfinite(days[order])]
    days = days[order]
    values = {p: tidy.numbers(frame, p)[order] for p in parts}
    odd = (
        frame[anomaly].fillna(False).astype(bool).to_numpy()[order]
        if anomaly in frame.columns
        else np.zeros(len(order), bool)
    )
    heights, gap, top, bottom = (104.0, 72.0, 60.0, 72.0), 36.0, 26.0, 26.0

    def draw(pen: Pen) -> None:
        first, last = float(days.min()), float(days.max())
        panels = {p: scale([values[p]], unit, n=3) for p in parts}
        left = max(
            tick_room(ticks, unit, currency, signed=p in ("season", "residual")) for p, (ticks, _) in panels.items()
        )
        above = top
        for p, h in zip(parts, heights, strict=True):
            ax = pen.axes(left, 12, above, pen.height - above - h)
            ticks, limits = panels[p]
            value_axis(ax, "y", ticks, limits, unit, currency)
            ax.set_xlim(first, last if last > first else first + 1)
            if p in ("season", "residual"):
                reference_line(ax, 0.0, vertical=False)
            if p == "residual":
                ax.vlines(days, 0, np.nan_to_num(values[p]), color=SERIES[0], linewidth=1.2, zorder=2)
            else:
                ax.plot(days, values[p], color=SERIES[0], linewidth=1.6, zorder=2)
            if p in ("observed", "residual") and odd.any():
                ax.plot(
                    days[odd],
                    values[p][odd],
                    linestyle="none",
                    marker="o",
                    markersize=9,
                    markerfacecolor="none",
                    markeredgecolor=WAIT,
                    markeredgewidth=1.8,
                    zorder=4,
                )
            ax.set_xticks([])
            if p == parts[-1]:
                box = pen.box(ax)
                x_ticks(ax, *dates.ticks(days, box[1] - box[0]))
            says = (
                p
                if p != "observed" or not odd.any()
                else f"{p}; ringed: {int(odd.sum())} {'anomaly' if odd.sum() == 1 else 'anomalies'}"
            )
            pen.text(4, above - 15, says, INK)
            above += h + gap

    total = top + sum(heights) + gap * 3 + bottom
    drawable = len(order) > 0 and bool(np.isfinite(values["observed"]).any())
    numbers = tidy.keep(frame, x, *parts, anomaly)
    return figure(
        "decomposition",
        numbers,
        draw if drawable else None,
        caption=caption,
        alt=alt,
        reason="no row has a value",
        height=lambda wide: total,
    )


def small_multiples(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str,
    by: str = "title",
    x: str | None = None,
    value: str = "value",
    unit: str = "unit",
    low: str = "ci_low",
    high: str = "ci_high",
    currency: str | None = None,
    top: int = 24,
) -> Figure:
    """One little trend a metric, each on its own axis, with its last value: the metrics of an index over periods.

    Parameters
    ----------
    frame
        One row a metric and period: the rows of `metrics.csv` without segments.
    unit
        Column with the unit of each metric.

    Examples
    --------
    >>> frame = pd.DataFrame({"title": ["Bounce rate"] * 2, "period_start": ["2026-09-01", "2026-10-01"], "value": [0.4, 0.42], "unit": "share"})
    >>> small_multiples(frame, caption="Little moved.", alt="Bounce rate 40, then 42 percent.").chart
    'small_multiples'
    """
    tidy.need(frame, "small_multiples", by, value)
    x = tidy.date_column(frame, "small_multiples", x)
    currency = tidy.currency_of(frame, currency)
    days, y, lo, hi = tidy.days(frame, x), *(tidy.numbers(frame, c) for c in (value, low, high))
    names = np.array(tidy.labels(frame, by), dtype=object)
    known = np.isfinite(days) & np.isfinite(y)
    every = [g for g in dict.fromkeys(names) if known[names == g].any()]
    groups, more = every[:top], max(len(every) - top, 0)
    units = {
        g: str(frame[unit].to_numpy()[np.flatnonzero(names == g)[0]]) if unit in frame.columns else "" for g in groups
    }
    panel = 108.0

    def across(wide: bool) -> int:
        return 4 if wide else 2

    def draw(pen: Pen) -> None:
        n = across(pen.wide)
        width = (pen.width - 8) / n
        first, last = float(days[known].min()), float(days[known].max())
        for k, g in enumerate(groups):
            left, above = 4 + (k % n) * width, (k // n) * panel + 4
            mine = np.flatnonzero((names == g) & known)
            mine = mine[np.argsort(days[mine], kind="stable")]
            pen.text(left, above + 9, fit(g, width - 12), MUTED)
            pen.text(left, above + 27, number(float(y[mine[-1]]), units[g], currency), INK, size=15, bold=True)
            ax = pen.axes(left, pen.width - left - width + 18, above + 40, pen.height - above - panel + 18, grid="")
            _, limits = scale([y[mine], lo[mine], hi[mine]], units[g], n=3)
            ax.set_ylim(*limits)
            spare = max(last - first, 1.0) * 0.03
            ax.set_xlim(first - spare, last + spare)
            ax.set_axis_off()
            banded = np.isfinite(lo[mine]) & np.isfinite(hi[mine])
            if banded.any() and len(mine) > 1:
                ax.fill_between(days[mine], lo[mine], hi[mine], where=banded, color=SERIES[0], alpha=0.16, linewidth=0)
            ax.plot(days[mine], y[mine], color=SERIES[0], linewidth=1.8)
            ax.plot(
                days[mine[-1:]],
                y[mine[-1:]],
                marker="o",
                markersize=6,
                markerfacecolor=SERIES[0],
                markeredgecolor=SERIES[0],
            )
        if more:
            pen.text(4, pen.height - 8, f"and {more} more in the numbers below")

    def height(wide: bool) -> float:
        return 4 + panel * -(-len(groups) // across(wide)) + (18 if more else 0)

    numbers = tidy.keep(frame, by, x, value, low, high, unit)
    return figure(
        "small_multiples",
        numbers,
        draw if groups else None,
        caption=caption,
        alt=alt,
        reason="no row has a value",
        height=height,
    )
