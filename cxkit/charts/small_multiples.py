"""One little trend a metric, each on its own axis."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxkit.charts import dates, frames
from cxkit.charts.axes import Pen, dots
from cxkit.charts.figure import NARROW, WIDE, Figure, figure
from cxkit.charts.style import INK, MUTED, SERIES
from cxkit.charts.text import number, wrap

MOST_PANELS = 32
_PANEL, _SECOND_LINE = 108.0, 15.0  # px


@dataclass(frozen=True)
class _Panel:
    """One metric's known values, by date."""

    title: str
    unit: str
    days: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class _Grid:
    """Where the panels stand: four abreast, on a phone two; a second line for titles and foot where one of them needs it."""

    panels: list[_Panel]
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
        return _SECOND_LINE if any("\n" in wrap(panel.title, self.width - 12) for panel in self.panels) else 0.0

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
    x: str | None = None,
    currency: str | None = None,
) -> Figure:
    """One little trend a metric, each on its own axis, with its last value: the metrics of an index over periods.

    Parameters
    ----------
    frame
        One row a metric and period, with `title`, `value`, `unit` and where known `ci_low`, `ci_high`: the rows of `metrics.csv` without segments.

    Examples
    --------
    >>> frame = pd.DataFrame({"title": ["Bounce rate"] * 2, "period_start": ["2026-09-01", "2026-10-01"], "value": [0.4, 0.42], "unit": "share"})
    >>> small_multiples(frame, caption="Little moved.", alt="Bounce rate 40, then 42 percent.").chart
    'small_multiples'
    """
    frame = frames.admit(frame, "small_multiples", "title", "value")
    x = frames.date_column(frame, "small_multiples", x)
    currency = frames.currency_of(frame, currency)
    every = _panels(frame, x)
    panels = every[:MOST_PANELS]
    days = np.concatenate([panel.days for panel in every]) if every else np.zeros(1)
    first, last = float(days.min()), float(days.max())
    foot = " to ".join(dict.fromkeys(f"{dates.day(d):%b %Y}" for d in (first, last))) + ", each on its own scale"
    if len(every) > len(panels):
        foot += f"; {len(every) - len(panels)} more in the numbers"

    def draw(pen: Pen) -> None:
        grid = _Grid(panels, foot, pen.wide)
        for k, panel in enumerate(panels):
            left, above = 4 + (k % grid.across) * grid.width, (k // grid.across) * (_PANEL + grid.extra) + 4
            _draw_panel(pen, panel, grid, left, above, (first, last))
            said = number(float(panel.y[-1]), panel.unit, currency)
            pen.text(left, above + 27 + grid.extra, said, INK, size=15, bold=True)
        pen.text(4, pen.height - 8 - grid.foot_extra / 2, wrap(foot, pen.width - 8))

    return figure(
        "small_multiples",
        frames.keep(frame, "title", x, *frames.ESTIMATE, "unit"),
        draw if panels else None,
        caption=caption,
        alt=alt,
        reason="no row has a value",
        height=lambda wide: _Grid(panels, foot, wide).height,
    )


def _panels(frame: pd.DataFrame, x: str) -> list[_Panel]:
    """The metrics of which a value is known, in the frame's order."""
    days = frames.days(frame, x)
    columns = [frames.numbers(frame, name) for name in frames.ESTIMATE]
    titles = np.array(frames.labels(frame, "title"), dtype=object)
    units = frame["unit"].astype(str).to_numpy() if "unit" in frame else np.full(len(frame), "")
    known = np.isfinite(days) & np.isfinite(columns[0])
    found = []
    for title in dict.fromkeys(titles):
        mine = np.flatnonzero((titles == title) & known)
        if len(mine):
            mine = mine[frames.in_order(days[mine])]
            unit = units[np.flatnonzero(titles == title)[0]]
            found.append(_Panel(title, unit, days[mine], *(column[mine] for column in columns)))
    return found


def _draw_panel(pen: Pen, panel: _Panel, grid: _Grid, left: float, above: float, span: tuple[float, float]) -> None:
    pen.text(left, above + 9 + grid.extra / 2, wrap(panel.title, grid.width - 12), MUTED)
    below = pen.height - above - _PANEL - grid.extra + 18
    ax = pen.axes(left, pen.width - left - grid.width + 18, above + 40 + grid.extra, below, grid="")
    every = np.concatenate([panel.y, panel.low, panel.high])
    low, high = np.nanmin(every), np.nanmax(every)
    pad = 0.12 * (high - low) or abs(high) * 0.1 or 1.0
    ax.set_ylim(low - pad, high + pad)
    spare = max(span[1] - span[0], 1.0) * 0.03
    ax.set_xlim(span[0] - spare, span[1] + spare)
    ax.set_axis_off()
    banded = np.isfinite(panel.low) & np.isfinite(panel.high)
    if banded.any() and len(panel.days) > 1:
        ax.fill_between(panel.days, panel.low, panel.high, where=banded, color=SERIES[0], alpha=0.16, linewidth=0)
    ax.plot(panel.days, panel.y, color=SERIES[0], linewidth=1.8)
    dots(ax, panel.days[-1:], panel.y[-1:], SERIES[0], size=6)
