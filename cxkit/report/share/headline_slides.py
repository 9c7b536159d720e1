"""A notebook's headline on a slide: its finding as title, the figures with interval, n, change and verdict, definitions in the notes."""

from collections.abc import Mapping, Sequence
from typing import Any

from cxkit.report.kept import collect
from cxkit.report.share import Shared
from cxkit.report.share.slides import BOTTOM, KINDS, MUTED, TOP, Words, slide, split, table, text
from cxkit.report.wording import finding_words, targets, words
from cxkit.report.wording.context import rows_of
from cxkit.report.wording.format import Style

Row = Mapping[str, Any]
Lines = Sequence[tuple[str, str]]
MOST_LINES = 8  # sentences on a slide
MOST_BENEATH = 3  # sentences that stand beneath the table rather than on a slide of their own
WIDTHS = {"Figure": 2.5, "Value": 1.1, "n": 0.9, "Verdict": 2.3, "Target": 2.3}  # of others: 2


def headline(deck: Any, shared: Shared, name: str, foot: str) -> None:
    """Slides of a notebook: its cards, and what changed if there is more of it than the title says."""
    notebook, style = shared.notebooks[name], shared.style
    base, goals = collect.base_name(notebook), collect.targets(notebook)
    rows = [shared.decide(row) for row in collect.measured(notebook)]
    lines = findings(rows, goals, style, base)
    topic = shared.heading(name)
    cards = list(_cards(shared, notebook))
    heading, _ = split(f"{topic}: {_lead(lines, cards, style)}".removesuffix(": "))
    has_room = len(lines) <= MOST_BENEATH
    if cards:
        made = slide(deck, heading, foot, _notes(notebook, cards, style))
        end = _table(made, cards, goals, style, base)
        if any(words.is_at_equal_length(row) for row, _ in cards):
            text(made, ["Changes of totals are told at equal length of both periods."], top=BOTTOM - 0.3, size=12, colour=MUTED)  # fmt: skip
        if has_room and lines:
            text(made, [coloured(*line) for line in lines], top=end, size=14)
    if lines and not (cards and has_room):
        sentences(slide(deck, f"{topic}: what changed", foot), lines)


def _lead(lines: Lines, cards: Sequence[tuple[Row, Row]], style: Style) -> str:
    """The first finding; where nothing was compared, the first figure."""
    if lines:
        said = (lines[0][0] or lines[0][1]).rstrip(".")
        return said[:1].lower() + said[1:] if said.startswith("Nothing") else said
    return f"{words.label(cards[0][0])} {words.value(cards[0][0], style)}" if cards else ""


def findings(rows: Sequence[Row], goals: Mapping[str, float], style: Style, base: str) -> Lines:
    """What changed, targets, and what else was looked at, as many sentences as a slide holds."""
    aimed = targets.sentences(rows, goals, style)
    room = MOST_LINES - min(len(aimed), MOST_LINES // 2)
    lines = finding_words.findings(rows, style, base, most=room, aimed=aimed[: MOST_LINES // 2])
    more = len(aimed) - MOST_LINES // 2
    return [*lines, ("", f"{more} more targets in the report.")] if more > 0 else lines


def sentences(made: Any, lines: Lines) -> None:
    """Findings under one another, the judgement in its colour."""
    text(made, [coloured(*line) for line in lines], top=TOP, size=16)


def coloured(lead: str, rest: str) -> Words:
    """A finding whose lead has the colour of its verdict, which its words give as well."""
    return Words(lead, rest, finding_words.tone(rest))


def _cards(shared: Shared, notebook: Any) -> Any:
    """Rows of the headline, each with the block that it stands in."""
    for block in collect.blocks(notebook):
        if block["block"] == "headline":
            for row in rows_of(block["measurements"]):
                yield shared.decide(row), block


def _table(made: Any, cards: Sequence[tuple[Row, Row]], goals: Mapping[str, float], style: Style, base: str) -> float:
    """The figures, without columns in which nothing stands; where the table ends, in inches."""
    level = style.value(cards[0][0].get("conf_level") or 0.95, "share", 0)
    head = ["Figure", "Value", f"{level} interval", "n", f"Change on {base}" if base else "Change", "Verdict", "Target"]
    body: list[list[str | Words]] = []
    for row, block in cards:
        verdict = words.verdict(row, block.get("k", 10))
        decimals = words.value_decimals(row, style)
        ends = style.interval(row.get("ci_low"), row.get("ci_high"), row["unit"], decimals)
        aimed = targets.said(row, {"targets": goals}, style, decimals).removeprefix("target ")
        body.append([Words(words.label(row)), words.value(row, style), ends, words.size(row, style, block),
                     words.change_in_a_table(row, style), Words(verdict.signed, kind=verdict.kind) if verdict.kind in KINDS else verdict.signed, aimed])  # fmt: skip
    said = [place for place in range(len(head)) if any(line[place] for line in body)]
    heads = [head[place] for place in said]
    cells = [[line[place] for place in said] for line in body]
    numbers = [place for place, name in enumerate(heads) if name in ("Value", "n") or name.endswith("interval")]
    height = 0.55 if len(cells) < 7 else 0.4
    table(made, heads, cells, [WIDTHS.get(name, 2.0) for name in heads], size=13, right=numbers, row_height=height)
    return TOP + height * (len(cells) + 1) + 0.35


def _notes(notebook: Any, cards: Sequence[tuple[Row, Row]], style: Style) -> str:
    """For who speaks: what each figure is, what it was made of, how its interval and its change were found."""
    terms = {term["id"]: term for block in collect.blocks(notebook) if block["block"] == "definitions" for term in block["terms"]}  # fmt: skip
    parts = []
    for row, block in cards:
        term = terms.get(row["metric_id"], {})
        made_of = words.counts(row, style, block)
        how = f"Interval: {row['ci_method']}. " if row.get("ci_method") else ""
        test = f"Change: {row['test']}, corrected for all tests of the report." if row.get("test") else ""
        said = [f"{words.label(row)}: {words.value(row, style)}{f' ({made_of})' if made_of else ''}."]
        parts.append(" ".join(filter(None, [*said, term.get("definition", ""), how + test])))
    return "\n\n".join(parts)
