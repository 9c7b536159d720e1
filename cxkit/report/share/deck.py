"""A report as slides: what changed, each notebook's headline, then the figures as charts that can be edited."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxkit.report.kept import collect
from cxkit.report.share import Shared
from cxkit.report.share.figure_slides import draw
from cxkit.report.share.headline_slides import Row, findings, headline, sentences
from cxkit.report.share.slides import TOP, Words, new_deck, slide, text
from cxkit.report.wording import targets
from cxkit.report.wording.about import fact_pairs


def write_deck(shared: Shared, path: Path) -> None:
    """Write the slides, 16 to 9. Of a notebook that failed there are none, which the first slide says."""
    deck = new_deck()
    made = shared.made
    deck.core_properties.author, deck.core_properties.created, deck.core_properties.modified = "cxkit", made, made
    deck.core_properties.title = f"{shared.title}, {shared.periods[0]}"
    _opening(deck, shared)
    names = [name for name in shared.notebooks if shared.content["notebooks"][name]["state"] in ("done", "stale")]
    _in_short(deck, shared, [name for name in names if not shared.state(name)])
    feet = {name: _foot(shared, name) for name in names}
    for name in names:
        headline(deck, shared, name, feet[name])
    figures = {name: [block for block in collect.blocks(shared.notebooks[name]) if _is_drawn(block)] for name in names}
    _divider(deck, shared, {name: len(blocks) for name, blocks in figures.items() if blocks})
    for name, blocks in figures.items():
        for block in blocks:
            draw(deck, block, shared.style, shared.periods, feet[name])
    deck.save(str(path))


def _is_drawn(block: Mapping[str, Any]) -> bool:
    return bool(block["block"] == "figure" and block.get("rows") and not block.get("reason"))


def _divider(deck: Any, shared: Shared, numbers: Mapping[str, int]) -> None:
    """Where the figures of each notebook are: what comes now is for questions."""
    first, lines = len(deck.slides) + 2, []
    for name, number in numbers.items():
        last = first + number - 1
        where = f"slide {first}" if number == 1 else f"slides {first} – {last}"
        lines.append(Words(shared.heading(name), where))
        first = last + 1
    if lines:
        text(slide(deck, "The figures behind, for questions", f"{shared.title} · {shared.periods[0]}"), lines, top=TOP)


def _opening(deck: Any, shared: Shared) -> None:
    """What was reported on, how far the data go, how many tests there were, and what is missing."""
    tests = shared.content["tests"]
    rate = shared.style.value(tests["false_discovery_rate"], "share", 0)
    pairs = fact_pairs(shared.facts, shared.style) or [("Period", shared.periods[0])]
    lines = [Words(name, said) for name, said in pairs]
    if shared.content["base"]:
        lines.append(Words("Tests", f"{shared.style.number(tests['number'])}, false-discovery rate {rate}"))
    lines.append(Words("Made", str(shared.content["made_at"])[:10]))
    lines += [Words(said, kind="bad") for said in shared.warnings]
    text(slide(deck, f"{shared.title}: {shared.periods[0]}", size=36), lines, top=1.8)


def _in_short(deck: Any, shared: Shared, names: list[str]) -> None:
    """What changed in the whole report; each comparison counts once."""
    notebooks = [shared.notebooks[name] for name in names]
    judged, goals = collect.over(notebooks, shared.decide)
    base = next(filter(None, map(collect.base_name, notebooks)), "")
    lines = findings(judged, goals, shared.style, base)
    if lines:
        sentences(slide(deck, _summary(judged, goals, shared), shared.title + " · " + shared.periods[0]), lines)


def _summary(rows: list[Row], goals: dict[str, float], shared: Shared) -> str:
    """The report in a sentence: "4 of 240 figures changed beyond noise; 2 of 4 targets missed"."""
    moved = sum(row.get("verdict") in ("up", "down") for row in rows)
    tested = moved + sum(row.get("verdict") == "no change" for row in rows)
    said = f"{moved or 'None'} of {shared.style.number(tested)} figures changed beyond noise" if tested else "In short"
    aimed = [lead for lead, _ in targets.sentences(rows, goals, shared.style)]
    missed = sum(lead.startswith("Target missed") for lead in aimed)
    return f"{said}; {missed or 'none'} of {len(aimed)} targets missed" if aimed else said


def _foot(shared: Shared, name: str) -> str:
    state = shared.state(name)
    return " · ".join(
        [shared.title, shared.periods[0], shared.heading(name), *([state.partition(" (")[0]] if state else [])]
    )
