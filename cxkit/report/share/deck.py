"""A report as slides: headline figures, findings, and charts that can be edited, drawn from the numbers behind the figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.util import Emu, Inches, Pt

from cxkit.report import collect, words
from cxkit.report.format import Style
from cxkit.report.share import Shared, title

INK, MUTED = RGBColor(0x1D, 0x24, 0x33), RGBColor(0x56, 0x5F, 0x73)
SERIES = (RGBColor(0x1F, 0x55, 0xA5), RGBColor(0x8A, 0x93, 0xA5))
MOST_BARS, MOST_LINES = 20, 8
_CONTROL = dict.fromkeys(number for number in range(32) if number not in (9, 10, 13))


def write_deck(shared: Shared, path: Path) -> None:
    """Write the slides, 16 to 9."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    made = datetime.fromisoformat(str(shared.content["made_at"]).rstrip("Z"))
    deck.core_properties.author, deck.core_properties.created, deck.core_properties.modified = "cxkit", made, made
    facts = next((found for notebook in shared.notebooks.values() if (found := collect.first(notebook, "facts"))), {})
    named = str(facts.get("title") or shared.content["data"]["name"])
    deck.core_properties.title = named
    slide = _slide(deck, named)
    tests = shared.content["tests"]
    lines = [str(facts.get("period", {}).get("says", shared.content["period"])), f"Against {shared.content['base'] or 'nothing'}",
             f"{tests['number']} tests, false-discovery rate {tests['false_discovery_rate']:.0%}"]  # fmt: skip
    _text(slide, lines, top=1.6)
    for name, notebook in shared.notebooks.items():
        if shared.content["notebooks"][name]["state"] == "done":
            _notebook(deck, notebook, name, shared.style, shared)
    deck.save(str(path))


def _notebook(deck: Any, notebook: Any, name: str, style: Style, shared: Shared) -> None:
    heading, decided = title(notebook, name), _decided(shared)
    base = collect.base_name(notebook)
    rows = [decided.get((row["metric_id"], row.get("segment") or ""), {}) | row for row in collect.measured(notebook)]
    for row in rows:
        row["verdict"] = decided.get((row["metric_id"], row.get("segment") or ""), {}).get("verdict") or row.get(
            "verdict"
        )
    ids = collect.headline_ids(notebook)
    cards = [
        next(row for row in rows if row["metric_id"] == name and not row.get("segment")) for name in dict.fromkeys(ids)
    ]
    if cards:
        _cards(_slide(deck, heading), cards, style, base)
    found = words.findings(rows, style, base, most=MOST_LINES)
    if found:
        _text(_slide(deck, f"{heading}: what changed"), [f"{lead} {rest}".strip() for lead, rest in found], top=1.4)
    for block in collect.blocks(notebook):
        if block["block"] == "figure" and block.get("rows"):
            _chart(deck, block)


def _decided(shared: Shared) -> Mapping[tuple[str, str], dict[str, Any]]:
    """Verdicts as the whole report gave them."""
    from cxkit.report.archive import read_rows

    return {
        (row["metric_id"], row["segment"]): {"verdict": row.get("verdict") or None} for row in read_rows(shared.folder)
    }


def _slide(deck: Any, heading: str) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[5])  # title only
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = Inches(0.6), Inches(0.4), Inches(12.1), Inches(0.9)
    shape.text_frame.text = _plain(heading, 120)
    run = shape.text_frame.paragraphs[0]
    run.font.size, run.font.bold, run.font.color.rgb, run.alignment = Pt(28), True, INK, 1
    return slide


def _plain(text: str, most: int = 400) -> str:
    text = text.translate(_CONTROL)
    return text if len(text) <= most else text[: most - 1] + "…"


def _text(slide: Any, lines: Sequence[str], top: float, size: int = 18) -> None:
    frame = slide.shapes.add_textbox(Inches(0.6), Inches(top), Inches(12.1), Inches(5.2)).text_frame
    frame.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = _plain(line)
        paragraph.font.size, paragraph.font.color.rgb, paragraph.space_after = Pt(size), INK, Pt(8)


def _cards(slide: Any, rows: Sequence[Mapping[str, Any]], style: Style, base: str) -> None:
    head = ["Figure", "Value", "Interval", "Change", "Verdict"]
    widths = (3.0, 1.7, 2.6, 2.8, 2.0)
    table = slide.shapes.add_table(len(rows) + 1, len(head), Inches(0.6), Inches(1.5), Inches(12.1), Emu(0)).table
    for place, width in enumerate(widths):
        table.columns[place].width = Inches(width)
    body = [
        [
            words.label(row),
            words.value(row, style),
            words.interval(row, style),
            words.change(row, style, base),
            words.judge(row).words,
        ]
        for row in rows
    ]
    for number, line in enumerate([head, *body]):
        for place, text in enumerate(line):
            cell = table.cell(number, place)
            cell.text = _plain(text, 160)
            cell.text_frame.paragraphs[0].font.size = Pt(14)


def _chart(deck: Any, block: Mapping[str, Any]) -> None:
    """A line chart of a trend, bars of a comparison; other kinds of chart have no like in a slide and are left to the page."""
    columns = block["columns"]
    label = "day" if block["chart"] == "trend" else columns[0]
    values = [name for name in ("value", "base", "base_value") if name in columns]
    if not values or label not in columns or block["chart"] not in ("trend", "intervals"):
        return
    frame = [dict(zip(columns, row, strict=True)) for row in block["rows"]]
    frame = frame if block["chart"] == "trend" else frame[:MOST_BARS]
    data = CategoryChartData()
    data.categories = [_plain(str(row[label]), 40) for row in frame]
    for name in values:
        data.add_series(
            "now" if name == "value" else "before",
            [row[name] if isinstance(row[name], (int, float)) else None for row in frame],
        )
    kind = XL_CHART_TYPE.LINE if block["chart"] == "trend" else XL_CHART_TYPE.BAR_CLUSTERED
    slide = _slide(deck, block["caption"].partition(". ")[0])
    shape = slide.shapes.add_chart(kind, Inches(0.6), Inches(1.4), Inches(12.1), Inches(5.2), data)
    shape.name = "Chart"
    shape._element.nvGraphicFramePr.cNvPr.set("descr", _plain(block["alt"], 2000))  # its text alternative
    chart = shape.chart
    chart.has_legend, chart.has_title = True, False
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.font.size = Pt(12)
    for series, colour in zip(chart.plots[0].series, SERIES, strict=False):
        if kind == XL_CHART_TYPE.LINE:
            series.smooth, series.format.line.color.rgb = False, colour
        else:
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = colour
    _text(slide, [block["caption"]], top=6.7, size=12)
