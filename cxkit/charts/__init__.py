"""Charts as blocks of a report: inline SVG in two widths that follows the page's light and dark.

Every function takes a tidy frame, a `caption` and an `alt`, and returns a `Figure`. Matplotlib and seaborn are imported when the first
chart is drawn, and nowhere else in cxkit.
"""

from cxkit.charts.curves import calibration, concentration, curve, importance, tracking
from cxkit.charts.figure import Figure
from cxkit.charts.grids import decomposition, distribution, heatmap, small_multiples
from cxkit.charts.rows import bars, forest, funnel, intervals, ranking
from cxkit.charts.style import CSS
from cxkit.charts.trend import trend

__all__ = [
    "CSS",
    "Figure",
    "bars",
    "calibration",
    "concentration",
    "curve",
    "decomposition",
    "distribution",
    "forest",
    "funnel",
    "heatmap",
    "importance",
    "intervals",
    "ranking",
    "small_multiples",
    "tracking",
    "trend",
]
