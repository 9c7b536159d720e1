"""Slides: a heading, lines of text, a table, a foot. Text from data is text, without what a file must not hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Emu, Inches, Pt

from cxkit.charts import style
from cxkit.markup import BIDI


def colour(hexadecimal: str) -> RGBColor:
    """A colour of the charts as slides name it."""
    return RGBColor.from_string(hexadecimal.lstrip("#").upper())


INK, MUTED, RULE, PAPER, WASH = map(colour, (style.INK, style.MUTED, style.LINE, style.PAPER, style.WASH))
KINDS = {kind: colour(of_it) for kind, of_it in style.VERDICTS.items()}
WIDE, HIGH = 13.333, 7.5  # inches: 16 to 9
LEFT, WIDTH, TOP, BOTTOM = 0.6, 12.1, 1.45, 6.95  # inches, of what stands between heading and foot
LONGEST_HEADING = 150  # characters that two lines hold
_CONTROL = dict.fromkeys(number for number in range(32) if number not in (9, 10, 13))


@dataclass(frozen=True)
class Words:
    """A line of text: its lead is set bold, in a colour of `KINDS` if it has a kind."""

    lead: str
    rest: str = ""
    kind: str = ""


def plain(text: str, most: int = 400) -> str:
    """Text that a slide can hold: no control characters, nothing that turns the direction of what follows, not endless."""
    text = text.translate(_CONTROL).translate(BIDI)
    return text if len(text) <= most else text[: most - 1] + "…"


def xml(name: str, *inside: Any, text: str | None = None, **attributes: object) -> Any:
    """An element of an office file, for what python-pptx has no word for."""
    made = OxmlElement(name)
    if text is not None:
        made.text = text
    for key, value in attributes.items():
        made.set(key, str(value))
    made.extend(inside)
    return made


def filled(colour: object) -> Any:
    """A fill of one colour, as an element."""
    return xml("a:solidFill", xml("a:srgbClr", val=colour))


def new_deck() -> Any:
    """An empty deck, 16 to 9; its layouts as well, for slides that somebody adds."""
    deck = Presentation()
    ratio = WIDE * Inches(1) / deck.slide_width
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    for page in (deck.slide_master, *deck.slide_layouts):
        for shape in page.placeholders:
            if shape._element.spPr.find(".//{*}off") is not None:  # else it has the master's place
                shape.left, shape.width = round(shape.left * ratio), round(shape.width * ratio)
    return deck


def split(said: str, most: int = LONGEST_HEADING) -> tuple[str, str]:
    """A heading that has room, cut where a clause ends, and what is left of it.

    Examples
    --------
    >>> split("Web 65, store 23, app 15", 20)
    ('Web 65, store 23', 'app 15')
    """
    if len(said) <= most:
        return said, ""
    for sign in ("; ", ", "):
        at = said.rfind(sign, most // 3, most + 1)
        if at > 0:
            return said[:at], said[at + len(sign) :]
    return plain(said, most), ""


def slide(deck: Any, heading: str, foot: str = "", notes: str = "", size: int = 24) -> Any:
    """A new slide: its title, a foot with the slide's number, notes for who speaks."""
    made = deck.slides.add_slide(deck.slide_layouts[5])
    shape = made.shapes.title
    shape.left, shape.top, shape.width, shape.height = Inches(LEFT), Inches(0.35), Inches(WIDTH), Inches(0.95)
    frame = shape.text_frame
    frame.text, frame.word_wrap, frame.vertical_anchor = plain(heading, LONGEST_HEADING), True, MSO_ANCHOR.MIDDLE
    line = frame.paragraphs[0]
    line.alignment, line.font.size, line.font.bold, line.font.color.rgb = PP_ALIGN.LEFT, Pt(size), True, INK
    if foot:
        _foot(made, foot)
    if notes:
        made.notes_slide.notes_text_frame.text = plain(notes, 20_000)
    return made


def _foot(made: Any, said: str) -> None:
    text(made, [said], top=7.08, size=10, colour=MUTED, width=WIDTH - 1)
    frame = _box(made, LEFT + WIDTH - 1, 7.08, 1.0, 0.3)
    frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
    number = xml("a:t", text=str(len(made.part.package.presentation_part.presentation.slides)))
    dress = xml("a:rPr", filled(MUTED), lang="en", sz=1000)
    field = xml("a:fld", dress, number, id="{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}", type="slidenum")
    frame.paragraphs[0]._p.append(field)


def _box(made: Any, left: float, top: float, width: float, height: float) -> Any:
    frame = made.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height)).text_frame
    frame.word_wrap = True
    return frame


def text(made: Any, lines: Sequence[str | Words], top: float, size: int = 18, colour: RGBColor = INK, width: float = WIDTH) -> None:  # fmt: skip
    """Paragraphs from a height in inches on."""
    frame = _box(made, LEFT, top, width, max(BOTTOM - top, 0.3))
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(size / 2)
        said = Words("", line) if isinstance(line, str) else line
        for part, bold in ((said.lead, True), (said.rest, False)):
            if part:
                run = paragraph.add_run()
                run.text = plain(part) + (" " if bold and said.rest else "")
                run.font.size, run.font.bold = Pt(size), bold
                run.font.color.rgb = KINDS.get(said.kind, colour) if bold else colour


def table(
    made: Any,
    head: Sequence[str],
    body: Sequence[Sequence[str | Words]],
    widths: Sequence[float] = (),
    size: int = 14,
    right: Sequence[int] = (),
    row_height: float = 0.0,
) -> Any:
    """Cells of text under a head; `widths` are parts of the slide's width, columns in `right` hold numbers."""
    rows = len(body) + 1
    shape = made.shapes.add_table(rows, len(head), Inches(LEFT), Inches(TOP), Inches(WIDTH), Emu(0))
    shape.table.horz_banding = False
    parts = widths or [1.0] * len(head)
    for place, width in enumerate(parts):
        shape.table.columns[place].width = Inches(WIDTH * width / sum(parts))
    for number, line in enumerate([head, *body]):
        shape.table.rows[number].height = Inches(row_height)
        for place, said in enumerate(line):
            words = said if isinstance(said, Words) else Words("", said)
            _cell(shape.table.cell(number, place), words, size, is_head=number == 0, is_number=place in right)
    return shape.table


def _cell(cell: Any, said: Words, size: int, is_head: bool, is_number: bool) -> None:
    cell.text = plain(f"{said.lead} {said.rest}".strip(), 160)
    cell.margin_top = cell.margin_bottom = Pt(3)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    cell.fill.solid()
    cell.fill.fore_color.rgb = WASH if is_head else PAPER
    line = cell.text_frame.paragraphs[0]
    line.alignment = PP_ALIGN.RIGHT if is_number else PP_ALIGN.LEFT
    line.font.size, line.font.bold = Pt(size), is_head or bool(said.lead)
    line.font.color.rgb = MUTED if is_head else KINDS.get(said.kind, INK)
    _rule(cell)


def _rule(cell: Any) -> None:
    """Thin lines above and beneath a cell; they stand before the fill."""
    for name in ("a:lnB", "a:lnT"):
        cell._tc.get_or_add_tcPr().insert(0, xml(name, filled(RULE), w=6350))
