"""Charts as blocks of a report: inline SVG in two widths that follows the page's light and dark.

Every function takes a tidy frame and a `caption`, an `alt` if the caption alone says too little, and returns a `Figure`. `columns=Columns(…)`
names the columns that are drawn where they have not their usual names, `words=Words(…)` the unit and what is said in the drawing, alike for
all charts. Matplotlib and seaborn are imported when the first chart is drawn, and nowhere else in cxkit.
"""

from cxkit.charts.concentration import concentration
from cxkit.charts.curve import curve
from cxkit.charts.decomposition import decomposition
from cxkit.charts.distribution import distribution
from cxkit.charts.figure import Figure
from cxkit.charts.fit import calibration, tracking
from cxkit.charts.forest import forest
from cxkit.charts.funnel import funnel
from cxkit.charts.heatmap import heatmap
from cxkit.charts.importance import importance
from cxkit.charts.intervals import bars, intervals
from cxkit.charts.numerals import spoken
from cxkit.charts.ranking import ranking
from cxkit.charts.small_multiples import small_multiples
from cxkit.charts.style import CSS
from cxkit.charts.trend import trend
from cxkit.charts.vocabulary import Columns, Words

__all__ = [
    "CSS",
    "Columns",
    "Figure",
    "Words",
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
    "spoken",
    "tracking",
    "trend",
]
