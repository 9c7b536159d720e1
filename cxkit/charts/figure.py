"""A chart as a block of a report: two SVG drawings, the sentence beneath, the text alternative and the numbers behind."""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd
from markupsafe import Markup

from cxkit.blocks import Block
from cxkit.charts import behind
from cxkit.charts.axes import Pen
from cxkit.charts.style import LAB_CSS, rc
from cxkit.charts.svg import compact, standalone
from cxkit.charts.text import clean
from cxkit.charts.vocabulary import Said
from cxkit.disclosure.suppress import labelled, refuse_small
from cxkit.errors import ArgumentError
from cxkit.exactness import FITTED_DIGITS, tolerance
from cxkit.markup import element, shortened, style_sheet

WIDE, NARROW = 720, 360
_KINDS = {
    "bars": "Bar chart",
    "calibration": "Points of predicted against actual values",
    "concentration": "Curve of cumulative shares",
    "curve": "Curve",
    "decomposition": "Line charts of a series and its parts",
    "distribution": "Bar chart of a distribution",
    "forest": "Effects with intervals",
    "funnel": "Bars of stages",
    "heatmap": "Heatmap",
    "importance": "Points of importance against performance",
    "intervals": "Points with intervals",
    "ranking": "Ranked points with intervals",
    "small_multiples": "Small line charts",
    "tracking": "Lines of actual and predicted values",
    "trend": "Line chart",
}  # what a text alternative begins with that nobody wrote

Draw = Callable[[Pen], None]


@dataclass(frozen=True, kw_only=True, repr=False)
class Figure(Block):
    """What every chart function returns; the last line of a notebook cell shows it.

    Attributes
    ----------
    chart
        Name of the chart function.
    caption
        One sentence that states the finding, and what the band or the whiskers are.
    alt
        Text alternative: what a person who sees the chart learns from it.
    numbers
        The frame that was drawn, rounded to six significant digits, or to seven where they are compared with a tolerance.
    fitted
        That tolerance, relative, where the numbers come from a fit; 0 where they are exact.
    unit
        In which its values count: share, count, seconds, …; empty where they have several or none.
    x_title
        What the axis beneath counts; empty where it is no number or says so itself.
    wide, narrow
        `<svg>` elements for about 720 and 360 px; empty when there was nothing to draw.
    reason
        Why nothing was drawn, else empty.
    """

    kind: ClassVar[str] = "figure"

    chart: str
    caption: str
    alt: str
    numbers: pd.DataFrame
    fitted: float = 0.0
    unit: str = ""
    x_title: str = ""
    wide: Markup = Markup("")
    narrow: Markup = Markup("")
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Everything but the drawings: what a report page and the notebook's verification read."""
        return {
            "chart": self.chart,
            "caption": self.caption,
            "alt": self.alt,
            "unit": self.unit,
            **({"x_title": self.x_title} if self.x_title else {}),
            **({"fitted": self.fitted} if self.fitted else {}),
            "reason": self.reason,
            "significant_digits": FITTED_DIGITS if self.fitted else behind.DIGITS,
            "columns": [str(c) for c in self.numbers.columns],
            "rows": [[behind.plain(v) for v in row] for row in self.numbers.itertuples(index=False)],
        }

    def to_html(self) -> Markup:
        """The rules that the drawings need, and `figure_html`."""
        return style_sheet(LAB_CSS) + self.figure_html()

    def figure_html(self) -> Markup:
        """The `<figure>` element alone: both drawings, caption, numbers in a fold. A page that includes `CSS` needs no more."""
        picture = self.wide + self.narrow or element("p", f"Nothing to draw: {self.reason}.")
        parts = [picture, element("figcaption", *self._caption())]
        if len(self.numbers):
            parts.append(element("details", element("summary", "The numbers behind"), behind.html_table(self.numbers)))
        return element("figure", *parts, class_="cx-figure")

    def to_svg(self, *, wide: bool = True) -> str:
        """One drawing as the content of an SVG file, in the light colours."""
        return standalone(self.wide if wide else self.narrow)

    def _caption(self) -> tuple[Markup, str]:
        """The first sentence, which states the finding, stands out; without a drawing the rest would explain marks that are not there."""
        finding, space, rest = re.sub(r"([.!?…]) ", r"\1\n", self.caption, count=1).partition("\n")
        return element("strong", finding), (space and " " + rest) if self.wide else ""

    def to_text(self) -> str:
        """Caption and numbers, abridged beyond a dozen rows."""
        lines = [f"Figure ({self.chart}): {self.caption}"]
        if self.reason:
            lines.append(f"Nothing to draw: {self.reason}.")
        return "\n".join(lines + behind.text_lines(self.numbers))


def figure(
    chart: str,
    numbers: pd.DataFrame,
    draw: Draw | str | None,
    words: Said,
    height: tuple[float, float] | Callable[[bool], float] = (280, 280),
) -> Figure:
    """Check the words, draw both widths, and put the block together.

    Parameters
    ----------
    draw
        Draws on a `Pen`; where there is nothing to draw the reason why, or None where no row has a value.
    words
        Caption and alternative, which is by default the kind of chart and the caption; the unit, and what the axis beneath counts, for
        drawings that others make of the numbers.
    height
        Px of the wide and the narrow drawing, or a function of *is it the wide drawing*.

    Raises
    ------
    ArgumentError
        When the caption is missing or empty; when the numbers count groups too small to be shown.
    """
    caption, alt = _checked(chart, words.caption, words.alt)
    refuse_small(numbers, f"charts.{chart}")
    rtol = tolerance(numbers)
    numbers = behind.rounded(labelled(numbers), FITTED_DIGITS if rtol else behind.DIGITS)
    said: dict[str, Any] = {
        "fitted": rtol,
        "chart": chart,
        "caption": caption,
        "alt": alt,
        "numbers": numbers,
        "unit": words.unit,
        "x_title": clean(words.x),
    }
    if draw is None:
        draw = "no row has a value" if len(numbers) else "no rows"
    if isinstance(draw, str):
        return Figure(**said, reason=draw)
    wide, narrow = map(height, (True, False)) if callable(height) else height
    with _styled():
        drawn = render(draw, WIDE, wide, "cx-wide", alt), render(draw, NARROW, narrow, "cx-narrow", alt)
    return Figure(**said, wide=drawn[0], narrow=drawn[1])


def _checked(chart: str, caption: str, alt: str) -> tuple[str, str]:
    if not isinstance(caption, str) or not caption.strip():
        raise ArgumentError(f"charts.{chart} needs caption=…: one sentence that states the finding. Found {caption!r}.")
    if not isinstance(alt, str):
        raise ArgumentError(
            f"charts.{chart}: alt=… is a text, what a person learns who cannot see the chart. Found {alt!r}."
        )
    alt = alt if alt.strip() else f"{_KINDS.get(chart, 'Chart')}: {caption}"
    return shortened(clean(caption)), shortened(clean(alt))


@contextmanager
def _styled() -> Iterator[None]:
    """Draw in the charts' own style, whatever the notebook has set."""
    import matplotlib.style

    with matplotlib.style.context(rc(), after_reset=True), warnings.catch_warnings():
        # only measured with this font; the page has its own
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


def render(draw: Draw, width: float, height: float, css_class: str, label: str) -> Markup:
    """Draw once at a width and return the compact SVG; the same input gives the same bytes."""
    import io

    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(width / 72, height / 72), dpi=72)
    draw(Pen(canvas, width, height))
    out = io.StringIO()
    FigureCanvasSVG(canvas).print_svg(out, metadata={"Date": None})
    return compact(out.getvalue(), css_class=css_class, label=label)
