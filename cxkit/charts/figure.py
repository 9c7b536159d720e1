"""A chart as a block of a report: two SVG drawings, the sentence beneath, the text alternative and the numbers behind."""

import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import pandas as pd

from cxkit.blocks import Block
from cxkit.charts.pen import Pen
from cxkit.charts.style import LAB_CSS, rc
from cxkit.charts.svg import compact, standalone
from cxkit.charts.text import clean, shortened
from cxkit.disclosure.suppress import labelled, limit, refuse_small
from cxkit.errors import ArgumentError
from cxkit.exactness import FITTED_DIGITS, tolerance

WIDE, NARROW = 720, 360
DIGITS = 6  # significant digits of the numbers behind; whole numbers are kept whole
_SHOWN = 12  # rows that the text form prints before it abridges

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
    wide: str = ""
    narrow: str = ""
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
            "significant_digits": FITTED_DIGITS if self.fitted else DIGITS,
            "columns": [str(c) for c in self.numbers.columns],
            "rows": [[_plain(v) for v in row] for row in self.numbers.itertuples(index=False)],
        }

    def to_html(self) -> str:
        """The rules that the drawings need, and `figure_html`."""
        return f"<style>{LAB_CSS}</style>{self.figure_html()}"

    def figure_html(self) -> str:
        """The `<figure>` element alone: both drawings, caption, numbers in a fold. A page that includes `CSS` needs no more."""
        picture = "" if self._says_nothing() else f"<p>Nothing to draw: {escape(self.reason)}.</p>"
        numbers = (
            f"<details><summary>The numbers behind</summary>{self._table()}</details>" if len(self.numbers) else ""
        )
        caption = f"<figcaption>{self._caption()}</figcaption>"
        return f'<figure class="cx-figure">{self.wide + self.narrow or picture}{caption}{numbers}</figure>'

    def to_svg(self, *, wide: bool = True) -> str:
        """One drawing as the content of an SVG file, in the light colours."""
        return standalone(self.wide if wide else self.narrow)

    def _caption(self) -> str:
        """The first sentence, which states the finding, stands out."""
        finding, space, rest = re.sub(r"([.!?…]) ", r"\1\n", self.caption, count=1).partition("\n")
        if self._says_nothing():
            return f"<strong>{escape(finding)}</strong>"  # the rest explains marks that are not there
        return f"<strong>{escape(finding)}</strong>{escape(space and ' ' + rest)}"

    def _says_nothing(self) -> bool:
        return not self.wide and "nothing to show" in self.caption

    def _table(self) -> str:
        head = "".join(f'<th scope="col">{escape(clean(c))}</th>' for c in self.numbers.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(shortened(_shown(v)))}</td>" for v in row) + "</tr>"
            for row in self.numbers.itertuples(index=False)
        )
        return f'<div class="cx-scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'

    def to_text(self) -> str:
        """Caption and numbers, abridged beyond a dozen rows."""
        frame = self.numbers.map(_shown)
        lines = [f"Figure ({self.chart}): {self.caption}"]
        if self.reason:
            lines.append(f"Nothing to draw: {self.reason}.")
        if len(frame) > _SHOWN:
            lines.append(_grid(pd.concat([frame.head(4), frame.tail(3)]), skip_after=4))
            lines.append(f"{len(frame)} rows" + "".join(f"; {name} {text}" for name, text in self._summary()))
        elif len(frame):
            lines.append(_grid(frame))
        return "\n".join(lines)

    def _summary(self) -> list[tuple[str, str]]:
        """Least, greatest and sum of each column of numbers: a change anywhere moves one of them."""
        out = []
        for name in self.numbers.columns:
            column = self.numbers[name]
            if (
                pd.api.types.is_numeric_dtype(column)
                and not pd.api.types.is_bool_dtype(column)
                and column.notna().any()
            ):
                out.append(
                    (str(name), f"{_shown(column.min())} … {_shown(column.max())}, sum {_shown(_round(column.sum()))}")
                )
        return out


def figure(
    chart: str,
    numbers: pd.DataFrame,
    draw: Draw | None,
    *,
    caption: str,
    alt: str,
    unit: str = "",
    x_title: str = "",
    height: float | Callable[[bool], float] = 280,
    reason: str = "",
) -> Figure:
    """Check the words, draw both widths, and put the block together.

    Parameters
    ----------
    draw
        Draws on a `Pen`; None when there is nothing to draw, and then `reason` says why.
    x_title
        What the axis beneath counts, for drawings that others make of the numbers.
    height
        Height in px, or a function of *is it the wide drawing*.

    Raises
    ------
    ArgumentError
        When caption or alt is missing, empty, or one repeats the other; when the numbers count groups too small to be shown.
    """
    caption, alt = words(chart, caption, alt)
    refuse_small(numbers, limit(), f"charts.{chart}")
    rtol = tolerance(numbers)
    numbers = rounded(labelled(numbers), FITTED_DIGITS if rtol else DIGITS)
    said: dict[str, Any] = {
        "fitted": rtol,
        "chart": chart,
        "caption": caption,
        "alt": alt,
        "numbers": numbers,
        "unit": unit,
        "x_title": clean(x_title),
    }
    if draw is None:
        return Figure(**said, reason=reason or "no rows")
    heights = [height(wide) if callable(height) else height for wide in (True, False)]
    with _styled():
        wide = render(draw, WIDE, heights[0], "cx-wide", alt)
        narrow = render(draw, NARROW, heights[1], "cx-narrow", alt)
    return Figure(**said, wide=wide, narrow=narrow)


def words(chart: str, caption: str, alt: str) -> tuple[str, str]:
    for name, text in (("caption", caption), ("alt", alt)):
        if not isinstance(text, str) or not text.strip():
            says = (
                "one sentence that states the finding"
                if name == "caption"
                else "what a person who cannot see the chart should learn from it"
            )
            raise ArgumentError(f"charts.{chart} needs {name}=…: {says}. Found {text!r}.")
    return shortened(clean(caption)), shortened(clean(alt))


@contextmanager
def _styled() -> Iterator[None]:
    """Draw in the charts' own style, whatever the notebook has set."""
    import matplotlib.style

    with matplotlib.style.context(rc(), after_reset=True), warnings.catch_warnings():
        # only measured with this font; the page has its own
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


def render(draw: Draw, width: float, height: float, css_class: str, label: str) -> str:
    """Draw once at a width and return the compact SVG; the same input gives the same bytes."""
    import io

    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(width / 72, height / 72), dpi=72)
    draw(Pen(canvas, width, height))
    out = io.StringIO()
    FigureCanvasSVG(canvas).print_svg(out, metadata={"Date": None})
    return compact(out.getvalue(), css_class=css_class, label=label)


def rounded(frame: pd.DataFrame, digits: int = DIGITS) -> pd.DataFrame:
    """The frame with numbers at so many significant digits, times as dates or minutes, and everything else as text."""
    return pd.DataFrame(
        {clean(name): [_round(v, digits) for v in frame[name]] for name in frame.columns},
        columns=[clean(c) for c in frame.columns],
    )


def _round(value: Any, digits: int = DIGITS) -> Any:
    if (
        value is None
        or value is pd.NaT
        or (not isinstance(value, str) and pd.api.types.is_scalar(value) and pd.isna(value))
    ):
        return None if isinstance(value, str) or value is None or value is pd.NaT else math.nan
    if isinstance(value, str):
        return clean(value)
    if pd.api.types.is_bool(value):
        return bool(value)
    if pd.api.types.is_integer(value):
        return int(value)
    if hasattr(value, "isoformat"):
        stamp = pd.Timestamp(value)
        return stamp.strftime("%Y-%m-%d" if stamp == stamp.normalize() else "%Y-%m-%d %H:%M")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return clean(value)
    return float(f"{number:.{digits}g}")


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else "inf" if value > 0 else "-inf"
    if value is None or isinstance(value, (str, bool, int)):
        return value
    return value.item() if hasattr(value, "item") else clean(value)


def _shown(value: Any) -> str:
    value = _plain(value)
    if value is None:
        return "–"
    return (
        f"{value:.{DIGITS}g}"
        if isinstance(value, float) and abs(value) < 1e6
        else f"{value:.0f}"
        if isinstance(value, float)
        else str(value)
    )


def _grid(frame: pd.DataFrame, skip_after: int = 0) -> str:
    """Columns side by side, no index: the same text whatever pandas' display options are."""
    names = [str(c) for c in frame.columns]
    rows = [[str(v)[:40] for v in row] for row in frame.itertuples(index=False)]
    widths = [max(len(name), *(len(row[i]) for row in rows)) for i, name in enumerate(names)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in [names, *rows]]
    if skip_after:
        lines.insert(1 + skip_after, "…")
    return "\n".join(lines)
