"""A figure on a slide: its finding as title, a chart or a table of its numbers, what else the caption says."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pptx.util import Pt

from cxkit.charts import style as colours
from cxkit.report.share.chart import draw_chart
from cxkit.report.share.formats import unit_of
from cxkit.report.share.series import Frame, drawing, frame_of, label, number
from cxkit.report.share.slides import BOTTOM, INK, MUTED, TOP, Words, colour, plain, slide, split, table, text
from cxkit.report.wording.format import NOTHING, Style

MOST_ROWS, MOST_COLUMNS = 16, 14
HEADS = {"ci_low": "from", "ci_high": "to", "n_units": "n", "p_value": "p", "p_adjusted": "p, corrected"}
_RINGED = r"Ringed: .*?\.(?=\s|$)"
_BOUNDS = r"(?:Bands?|Whiskers)\b.*?[.;](?=\s|$)"


def draw(deck: Any, block: Mapping[str, Any], style: Style, periods: Sequence[str], foot: str) -> None:
    """One slide for a figure.

    Parameters
    ----------
    periods : (str, str)
        Names of the period and of its base, for the legend.
    foot : str
        What stands at the foot of the slide.
    """
    finding, _, rest = block["caption"].partition(". ")
    heading, more = split(finding.rstrip("."))
    made = slide(deck, heading, foot, f"{block['caption']}\n\n{block['alt']}")
    frame, drawn = frame_of(block), drawing(block)
    left_out = 0
    if drawn:
        shows_bounds = draw_chart(made, drawn, block, style, periods)
        left_out = drawn.left_out
        rest = _of_slides(rest, shows_bounds)
        if any(any(line.stands_out or ()) for line in drawn.lines):
            rest += " Blue: beyond noise."
    elif block["chart"] == "heatmap":
        left_out = _grid(made, frame, block, style)
    else:
        left_out = _numbers(made, frame, block, style)
    said = [f"{more}." if more else "", rest, f"{left_out} more in the report." if left_out > 0 else ""]
    if any(said):
        text(made, [" ".join(filter(None, said))], top=6.45, size=12, colour=MUTED)


def _of_slides(said: str, shows_bounds: bool) -> str:
    """What the caption says of bands and rings, in words of the slide: it has no rings, and thin lines for a band."""
    said = re.sub(_RINGED, "", said)
    return (said.replace("Band: ", "Thin lines: ") if shows_bounds else re.sub(_BOUNDS, "", said)).strip()


def _numbers(made: Any, frame: Frame, block: Mapping[str, Any], style: Style) -> int:
    """The numbers behind, as many as a slide holds; how many rows were left out."""
    columns = [name for name in block["columns"] if any(row[name] is not None for row in frame)][:8]
    body = [[_said(row[name], name, block, style) for name in columns] for row in frame[:MOST_ROWS]]
    heads = [plain(HEADS.get(name, name.replace("_", " ")), 40) for name in columns]
    table(made, heads, body, [2.0] + [1.0] * (len(columns) - 1), size=14 if len(body) < 10 else 11, right=range(1, len(columns)))  # fmt: skip
    return len(frame) - len(body)


def _grid(made: Any, frame: Frame, block: Mapping[str, Any], style: Style) -> int:
    """A number for each pair of row and column, the greater the darker; how many rows and columns were left out."""
    row_name, column_name, value = block["columns"][:3]
    rows, columns = (list(dict.fromkeys(str(row[name]) for row in frame)) for name in (row_name, column_name))
    cells = {(str(row[row_name]), str(row[column_name])): row[value] for row in frame}
    some, across = rows[:MOST_ROWS], columns[:MOST_COLUMNS]
    digits = _decimals(block, cells.values(), style)
    body: list[list[str | Words]] = [[Words(label(one)), *(_shown(cells.get((one, other)), block, style, digits) for other in across)] for one in some]  # fmt: skip
    corner = f"{row_name} \\ {column_name}".replace("_", " ")
    height = min((BOTTOM - 0.6 - TOP) / (len(some) + 1), 0.5)
    made_table = table(made, [plain(corner, 40), *map(label, across)], body, [1.8] + [1.0] * len(across),
                       size=12 if len(some) < 13 else 10, right=range(1, len(across) + 1), row_height=height)  # fmt: skip
    known = [size for cell in cells.values() if (size := number(cell)) is not None]
    for down, one in enumerate(some, start=1):
        for place, other in enumerate(across, start=1):
            size = number(cells.get((one, other)))
            if size is not None and max(known) > min(known):
                _shade(made_table.cell(down, place), (size - min(known)) / (max(known) - min(known)))
    return len(rows) - len(some) + len(columns) - len(across)


def _shade(cell: Any, part: float) -> None:
    """Between paper and the charts' darkest shade, on which ink can be read."""
    ends = zip(bytes.fromhex(colours.PAPER[1:]), bytes.fromhex(colours.HEAT[1:]), strict=True)
    cell.fill.fore_color.rgb = colour("".join(f"{round(low + (high - low) * part):02x}" for low, high in ends))
    cell.text_frame.paragraphs[0].font.color.rgb = INK
    cell.margin_left = cell.margin_right = Pt(4)


def _decimals(block: Mapping[str, Any], values: Any, style: Style) -> int | None:
    """Shares in a grid whole percents if they are many percent."""
    known = [size for value in values if (size := number(value)) is not None]
    return 0 if block.get("unit") == "share" and known and max(known) >= 0.2 else None


def _shown(value: Any, block: Mapping[str, Any], style: Style, digits: int | None) -> str:
    size = number(value)
    if size is None or digits is None:
        return _said(value, "value", block, style)
    return style.value(size, block["unit"], digits)


def _said(value: Any, name: str, block: Mapping[str, Any], style: Style) -> str:
    size = number(value)
    if size is None:
        return NOTHING if value is None else label(value)
    if unit := unit_of(name, block.get("unit", "")):
        return style.value(size, unit)
    if name.startswith("p_"):
        return style.value(size, "p")
    return style.number(size, 0 if size.is_integer() else max(0, 3 - len(f"{abs(size):.0f}")))
