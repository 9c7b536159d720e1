"""One little trend a metric, each on its own axis."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxkit.charts import dates, frames
from cxkit.charts.axes import Pen, band, dots
from cxkit.charts.figure import NARROW, WIDE, Figure, figure
from cxkit.charts.lines import Line, lines_of
from cxkit.charts.style import INK, MUTED, SERIES
from cxkit.charts.text import number, wrap
from cxkit.charts.vocabulary import COLUMNS, WORDS, Columns, Words

MOST_PANELS = 32
_PANEL, _SECOND_LINE = 108.0, 15.0  # px


@dataclass(frozen=True)
class _Grid:
    """Where the panels stand: four abreast, on a phone two; a second line for titles and foot where one of them needs it."""

    panels: list[Line]
    foot: str
    wide: bool

    @property
    def across(self) -> int:
        return 4 if self.wide else 2

    @property
    def width(self) -> float:
        return ((WIDE if self.wide else NARROW) - 8) / self.across

    @property
    def extra(self) -> float:
        return _SECOND_LINE if any("\n" in wrap(panel.name, self.width - 12) for panel in self.panels) else 0.0

    @property
    def foot_extra(self) -> float:
        return _SECOND_LINE if "\n" in wrap(self.foot, self.width * self.across) else 0.0

    @property
    def height(self) -> float:
        rows = -(-len(self.panels) // self.across)
        return 4 + (_PANEL + self.extra) * rows + 18 + self.foot_extra


def small_multiples(
    frame: pd.DataFrame,
    *,
    caption: str,
    alt: str = "",
    columns: Columns = COLUMNS,
    words: Words = WORDS,
) -> Figure:
    """One little trend a metric, each on its own axis, with its last value: the metrics of an index over periods.

    Parameters
    ----------
    frame
        One row a metric and period, with `title`, `value`, `unit` and where known `ci_low`, `ci_high`: the rows of `metrics.csv` without segments.
    columns
        `time` holds the dates of the periods.

    Examples
    --------
    >>> frame = pd.DataFrame({"title": ["Bounce rate"] * 2, "period_start": ["2026-09-01", "2026-10-01"], "value": [0.4, 0.42], "unit": "share"})
    >>> small_multiples(frame, caption="Little moved.", alt="Bounce rate 40, then 42 percent.").chart
    'small_multiples'
    """
    estimate = columns.bounded()
    frame = frames.admit(frame, "small_multiples", "title", estimate[0])
    frame, time = frames.dated(frame, "small_multiples", columns.time)
    words = words.of(frame, caption, alt)
    known = frame[np.isfinite(frames.numbers(frame, estimate[0]))]
    every = [
        one for one in lines_of(known, frames.days(known, time), "title", *estimate, most=len(known)) if len(one.x)
    ]
    units = dict(zip(frames.labels(frame, "title"), frame["unit"].astype(str) if "unit" in frame else "", strict=False))
    panels = every[:MOST_PANELS]
    days = np.concatenate([panel.x for panel in every]) if every else np.zeros(1)
    first, last = float(days.min()), float(days.max())
    foot = " to ".join(dict.fromkeys(f"{dates.day(d):%b %Y}" for d in (first, last))) + ", each on its own scale"
    if len(every) > len(panels):
        foot += f"; {len(every) - len(panels)} more in the numbers"

    def draw(pen: Pen) -> None:
        grid = _Grid(panels, foot, pen.wide)
        for k, panel in enumerate(panels):
            left, above = 4 + (k % grid.across) * grid.width, (k // grid.across) * (_PANEL + grid.extra) + 4
            _draw_panel(pen, panel, grid, left, above, (first, last))
            said = number(float(panel.y[-1]), units.get(panel.name, ""), words.currency)
            pen.text(left, above + 27 + grid.extra, said, INK, size=15, bold=True)
        pen.text(4, pen.height - 8 - grid.foot_extra / 2, wrap(foot, pen.width - 8))

    numbers = frames.keep(frame, "title", time, *estimate, "unit")
    return figure(
        "small_multiples",
        numbers,
        draw if panels else None,
        replace(words, unit=""),
        lambda wide: _Grid(panels, foot, wide).height,
    )


def _draw_panel(pen: Pen, panel: Line, grid: _Grid, left: float, above: float, span: tuple[float, float]) -> None:
    pen.text(left, above + 9 + grid.extra / 2, wrap(panel.name, grid.width - 12), MUTED)
    below = pen.height - above - _PANEL - grid.extra + 18
    ax = pen.axes(left, pen.width - left - grid.width + 18, above + 40 + grid.extra, below, grid="")
    every = np.concatenate([panel.y, panel.low, panel.high])
    low, high = np.nanmin(every), np.nanmax(every)
    pad = 0.12 * (high - low) or abs(high) * 0.1 or 1.0
    ax.set_ylim(low - pad, high + pad)
    spare = max(span[1] - span[0], 1.0) * 0.03
    ax.set_xlim(span[0] - spare, span[1] + spare)
    ax.set_axis_off()
    if len(panel.x) > 1:
        band(ax, panel.x, panel.low, panel.high, SERIES[0])
    ax.plot(panel.x, panel.y, color=SERIES[0], linewidth=1.8)
    dots(ax, panel.x[-1:], panel.y[-1:], SERIES[0], markersize=6)
