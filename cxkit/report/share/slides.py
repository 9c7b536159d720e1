"""Slides: a heading, lines of text, a table. Text from data is text, without what a file must not hold."""

from collections.abc import Sequence
from typing import Any

from pptx.dml.color import RGBColor
from pptx.util import Emu, Inches, Pt

from cxkit.report.files import BIDI

INK, MUTED = RGBColor(0x1D, 0x24, 0x33), RGBColor(0x56, 0x5F, 0x73)
LEFT, WIDTH = 0.6, 12.1  # inches, of everything on a slide
_CONTROL = dict.fromkeys(number for number in range(32) if number not in (9, 10, 13))


def plain(text: str, most: int = 400) -> str:
    """Text that a slide can hold: no control characters, nothing that turns the direction of what follows, not endless."""
    text = text.translate(_CONTROL).translate(BIDI)
    return text if len(text) <= most else text[: most - 1] + "…"


def slide(deck: Any, heading: str) -> Any:
    """A new slide with a title alone."""
    made = deck.slides.add_slide(deck.slide_layouts[5])
    shape = made.shapes.title
    shape.left, shape.top, shape.width, shape.height = Inches(LEFT), Inches(0.4), Inches(WIDTH), Inches(0.9)
    shape.text_frame.text = plain(heading, 120)
    line = shape.text_frame.paragraphs[0]
    line.font.size, line.font.bold, line.font.color.rgb, line.alignment = Pt(28), True, INK, 1
    return made


def text(made: Any, lines: Sequence[str], top: float, size: int = 18, colour: RGBColor = INK) -> None:
    """Paragraphs from a height in inches on."""
    frame = made.shapes.add_textbox(Inches(LEFT), Inches(top), Inches(WIDTH), Inches(7.1 - top)).text_frame
    frame.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = plain(line)
        paragraph.font.size, paragraph.font.color.rgb, paragraph.space_after = Pt(size), colour, Pt(8)


def table(
    made: Any,
    head: Sequence[str],
    body: Sequence[Sequence[str]],
    widths: Sequence[float] = (),
    size: int = 14,
    top: float = 1.5,
) -> None:
    """Cells of text under a head; `widths` are parts of the slide's width."""
    shape = made.shapes.add_table(len(body) + 1, len(head), Inches(LEFT), Inches(top), Inches(WIDTH), Emu(0))
    parts = widths or [1.0] * len(head)
    for place, width in enumerate(parts):
        shape.table.columns[place].width = Inches(WIDTH * width / sum(parts))
    for number, line in enumerate([head, *body]):
        for place, said in enumerate(line):
            cell = shape.table.cell(number, place)
            cell.text = plain(said, 160)
            cell.margin_top = cell.margin_bottom = Pt(2)
            cell.text_frame.paragraphs[0].font.size = Pt(size)
