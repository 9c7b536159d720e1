"""Groups ranked after pooling."""

import numpy as np
import pandas as pd

from cxkit.charts import frames
from cxkit.charts.axes import Pen, rings, scale
from cxkit.charts.figure import Figure, figure
from cxkit.charts.rows import TOP, Rows, estimates, greatest_first, left_out
from cxkit.charts.style import LINE, MUTED, SERIES
from cxkit.charts.text import column
from cxkit.charts.vocabulary import COLUMNS, WORDS, Columns, Words

_POOLED = ("pooled", "pooled_low", "pooled_high")
_KEY = ("● after pooling", SERIES[0]), ("○ raw", MUTED)


def ranking(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
    mean: float | None = None,
) -> Figure:
    """Groups ranked by their pooled estimate; the raw one, from which luck has not been taken out, as an open ring.

    Parameters
    ----------
    frame
        One row a group with `value`, and its estimate drawn towards the mean by partial pooling: `pooled`, `pooled_low`, `pooled_high`.
    columns
        `by` names the rows, `value` is the raw value.
    mean
        The value all groups are drawn towards; a dashed line.

    Notes
    -----
    Where there are more than twenty groups the ten best and the ten worst are drawn.

    Examples
    --------
    >>> frame = pd.DataFrame({"segment": ["a", "b"], "value": [0.09, 0.05], "pooled": [0.06, 0.05], "pooled_low": [0.04, 0.04], "pooled_high": [0.08, 0.06]})
    >>> ranking(frame, words=Words(unit="share"), caption="None stands out.", alt="Both near 5 percent.").chart
    'ranking'
    """
    by, raw_value = columns.names(frame), columns.bounded()[0]
    frame = frames.admit(frame, "ranking", by, raw_value, "pooled")
    words = words.of(frame, caption, alt)
    whole = greatest_first(frame, "pooled")
    shown = whole if len(whole) <= TOP else pd.concat([whole.head(TOP // 2), whole.tail(TOP // 2)])
    raw, v, lo, hi = (frames.numbers(shown, c) for c in (raw_value, *_POOLED))
    rows = Rows(frames.labels(shown, by), _KEY, left_out(len(whole) - len(shown), "between these"))
    middle = [] if mean is None else [mean]

    def draw(pen: Pen) -> None:
        across = scale([v, lo, hi, raw, middle], words, n=6 if pen.wide else 4).widened(0.015)
        ax, ys = rows.axes(pen, across, column(v, words.unit, words.currency))
        if middle:
            rows.upright(pen, ax, middle, MUTED, dashed=True)
        both = np.isfinite(raw) & np.isfinite(v)
        ax.hlines(ys[both], raw[both], v[both], color=LINE, linewidth=1.4, zorder=1)
        rings(ax, raw, ys, markersize=7)
        estimates(ax, ys, v, lo, hi)

    numbers = frames.keep(whole, by, raw_value, *_POOLED, "n_units", "denominator", "verdict")
    return figure("ranking", numbers, draw if np.isfinite(v).any() else None, words, rows.height)
