"""A report as slides: headline figures, findings, and charts that can be edited, drawn from the numbers behind the figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.util import Inches

from cxkit.report import collect, targets, words
from cxkit.report.archive import read_rows
from cxkit.report.format import Style
from cxkit.report.share import Shared, title
from cxkit.report.share.drawings import draw
from cxkit.report.share.slides import slide, table, text

MOST_LINES = 8
Verdicts = Mapping[tuple[str, str], str | None]


def write_deck(shared: Shared, path: Path) -> None:
    """Write the slides, 16 to 9."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    made = datetime.fromisoformat(str(shared.content["made_at"]).rstrip("Z"))
    deck.core_properties.author, deck.core_properties.created, deck.core_properties.modified = "cxkit", made, made
    facts = next((found for notebook in shared.notebooks.values() if (found := collect.first(notebook, "facts"))), {})
    named = str(facts.get("title") or shared.content["data"]["name"])
    deck.core_properties.title = named
    tests = shared.content["tests"]
    lines = [str(facts.get("period", {}).get("says", shared.content["period"])), f"Against {shared.content['base'] or 'nothing'}",
             f"{tests['number']} tests, false-discovery rate {tests['false_discovery_rate']:.0%}"]  # fmt: skip
    text(slide(deck, named), lines, top=1.6)
    verdicts = _verdicts(shared)
    for name, notebook in shared.notebooks.items():
        if shared.content["notebooks"][name]["state"] == "done":
            _notebook(deck, notebook, title(notebook, name), shared.style, verdicts)
    deck.save(str(path))


def _verdicts(shared: Shared) -> Verdicts:
    """Verdicts as the whole report gave them."""
    return {(row["metric_id"], row["segment"]): row.get("verdict") or None for row in read_rows(shared.folder)}


def _notebook(deck: Any, notebook: Any, heading: str, style: Style, verdicts: Verdicts) -> None:
    def decided(row: Mapping[str, Any]) -> dict[str, Any]:
        found = verdicts.get((row["metric_id"], row.get("segment") or ""))
        return {**row, "verdict": found or row.get("verdict")}

    base, goals = collect.base_name(notebook), collect.targets(notebook)
    cards = [decided(row) for row in collect.headline(notebook)]
    if cards:
        _cards(slide(deck, heading), cards, goals, style, base)
    rows = [decided(row) for row in collect.measured(notebook)]
    aimed = targets.sentences(rows, goals, style)
    found = words.findings(rows, style, base, most=MOST_LINES - len(aimed), aimed=aimed)
    if found:
        text(slide(deck, f"{heading}: what changed"), [f"{lead} {rest}".strip() for lead, rest in found], top=1.4)
    for block in collect.blocks(notebook):
        if block["block"] == "figure" and block.get("rows") and not block.get("reason"):
            draw(deck, block, style)


def _cards(made: Any, rows: Sequence[Mapping[str, Any]], goals: Mapping[str, float], style: Style, base: str) -> None:
    head = ["Figure", "Value", "Interval", "Change", "Verdict"] + (["Target"] if goals else [])
    body = []
    for row in rows:
        cells = [words.label(row), words.value(row, style), _interval(row, style), words.change(row, style, base)]
        cells.append(words.judge(row).words)
        if goals:
            goal = targets.of(row, {"targets": goals})
            cells.append(targets.said(row, goal, style, words.value_decimals(row, style)))
        body.append(cells)
    table(made, head, body, (3.0, 1.6, 2.4, 2.7, 1.9, 2.0)[: len(head)])


def _interval(row: Mapping[str, Any], style: Style) -> str:
    return style.interval(row.get("ci_low"), row.get("ci_high"), row["unit"], words.value_decimals(row, style))
