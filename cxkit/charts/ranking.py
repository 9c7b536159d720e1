"""Groups ranked after pooling."""

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, dots, rings, scale, value_axis
from cxkit.charts.figure import Figure, figure
from cxkit.charts.rows import TOP, Rows, key, rest, whiskers, why, widen
from cxkit.charts.style import LINE, MUTED, SERIES
from cxkit.charts.text import column, text_width

_POOLED = ("pooled", "pooled_low", "pooled_high")


def ranking(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    label: str = "segment",
    mean: float | None = None,
    unit: str | None = None,
    currency: str | None = None,
) -> Figure:
    """Groups ranked by their pooled estimate; the raw one, from which luck has not been taken out, as an open ring.

    Parameters
    ----------
    frame
        One row a group with `value`, and its estimate drawn towards the mean by partial pooling: `pooled`, `pooled_low`, `pooled_high`.
    mean
        The value all groups are drawn towards; a dashed line.

    Notes
    -----
    Where there are more than twenty groups the ten best and the ten worst are drawn.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["a", "b"], "value": [0.09, 0.05], "pooled": [0.06, 0.05], "pooled_low": [0.04, 0.04], "pooled_high": [0.08, 0.06]})
    >>> ranking(frame, unit="share", caption="None stands out.", alt="Both near 5 percent.").chart
    'ranking'
    """
    frame = frames.admit(frame, "ranking", label, "value", "pooled")
    unit, currency = frames.unit_of(frame, unit), frames.currency_of(frame, currency)
    whole = frame.iloc[np.argsort(-np.nan_to_num(frames.numbers(frame, "pooled"), nan=-np.inf), kind="stable")]
    shown = whole if len(whole) <= TOP else pd.concat([whole.head(TOP // 2), whole.tail(TOP // 2)])
    hidden = len(whole) - len(shown)
    raw, v, lo, hi = (frames.numbers(shown, c) for c in ("value", *_POOLED))
    rows = Rows(frames.labels(shown, label), top=30, bottom=28 + (18 if hidden else 0))

    def draw(pen: Pen) -> None:
        texts = column(v, unit, currency)
        ax, ys = rows.axes(pen, max(map(text_width, texts)) + 12)
        ticks, limits = scale([v, lo, hi, raw, [np.nan if mean is None else mean]], unit, n=6 if pen.wide else 4)
        value_axis(ax, "x", ticks, widen(limits), unit, currency)
        rows.upright(pen, ax, ticks)
        if mean is not None:
            rows.upright(pen, ax, [mean], MUTED, dashed=True)
        both = np.isfinite(raw) & np.isfinite(v)
        ax.hlines(ys[both], raw[both], v[both], color=LINE, linewidth=1.4, zorder=1)
        whiskers(ax, ys, lo, hi, SERIES[0])
        rings(ax, raw, ys, size=7)
        dots(ax, v, ys, SERIES[0])
        rows.values(pen, ax, ys, texts)
        key(pen, pen.box(ax)[0], [("after pooling", SERIES[0], True), ("raw", MUTED, False)])
        rest(pen, hidden, "between these")

    return figure(
        "ranking",
        frames.keep(whole, label, "value", *_POOLED, "n_units", "denominator", "verdict"),
        draw if np.isfinite(v).any() else None,
        caption=caption,
        alt=alt,
        unit=unit,
        reason=why(frame),
        height=rows.height,
    )
