"""The first page of a run: every notebook with its state and headline figures, failures first, then what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from cxkit.report.kept import collect
from cxkit.report.page.render import Head, Run, fill
from cxkit.report.wording import finding_words, targets, words
from cxkit.report.wording.about import fact_pairs
from cxkit.report.wording.context import Context
from cxkit.report.wording.finding_list import finding_list
from cxkit.report.wording.format import Style
from cxkit.report.wording.markup import esc, tag, unbroken


@dataclass(frozen=True)
class Entry:
    """A notebook of the run as the index shows it; `is_stale` if its page is that of an earlier run."""

    name: str
    title: str
    question: str
    error: str
    notebook: NotebookNode
    is_stale: bool = False


def render_index(
    entries: Sequence[Entry],
    run: Run,
    title: str,
    period: str,
    files: Sequence[tuple[str, str]],
    around: Sequence[tuple[str, str]] = (),
) -> str:
    """The index as HTML.

    Parameters
    ----------
    entries : sequence of Entry
        In the order of their names; those that failed are shown first.
    run : Run
    title, period : str
        What was reported on.
    files : sequence of (file name, what it is)
        Linked at the foot.
    around : sequence of (address, what it is)
        Other reports, linked at the top.
    """
    facts = next((found for entry in entries if (found := collect.first(entry.notebook, "facts"))), {})
    style = Style(run.locale, facts.get("currency") or "EUR")
    context = Context(style=style, decide=run.family.decide)
    failed = [entry for entry in entries if entry.error]
    good = [entry for entry in entries if not entry.error]
    base_name = next((name for entry in entries if (name := collect.base_name(entry.notebook))), "")
    parts = [_findings(good, context, base_name), '<h2 id="reports">Reports</h2>']
    parts += [_entry(entry, context, base_name) for entry in [*failed, *good]]
    parts += ['<h2 id="files">Files</h2>', _files(files)]
    pairs = fact_pairs(facts, style) if facts else []
    if facts.get("base"):
        pairs.append(("Tests", run.family.says))
    alert = f"{len(failed)} of {len(entries)} reports failed: {', '.join(entry.title for entry in failed)}."
    return fill(
        new_notebook(),
        Head(title, period[:1].upper() + period[1:], period, pairs),
        contents=[("in-short", "In short"), ("reports", "Reports"), ("files", "Files")],
        alerts=[tag("p", tag("strong", esc(alert)))] if failed else [],
        tail="".join(parts),
        crumbs=" · ".join(tag("a", esc(what), href=address) for address, what in around),
        foot=run.foot,
        sheets=["index"],
    )


def _findings(entries: Sequence[Entry], context: Context, base_name: str) -> str:
    rows: dict[tuple[str, str], tuple[Any, Entry]] = {}
    for entry in entries:
        for row in collect.measured(entry.notebook):
            rows.setdefault((row["metric_id"], row.get("segment") or ""), (context.decide(row), entry))
    judged = [row for row, _ in rows.values()]
    goals = {name: goal for entry in entries for name, goal in collect.targets(entry.notebook).items()}
    aimed = targets.sentences(judged, goals, context.style)
    found = finding_list(
        finding_words.moved(judged, context.style, base_name), [*aimed, *finding_words.still(judged, base_name)]
    )
    return '<h2 id="in-short">In short</h2>' + (found or tag("p", "Nothing was compared."))


def _entry(entry: Entry, context: Context, base_name: str) -> str:
    link = tag("h3", tag("a", esc(entry.title), href=f"{entry.name}.html"))
    question = tag("p", esc(entry.question), class_="question") if entry.question else ""
    if entry.error:
        kept = " The page of the last good run is kept and says so." if entry.is_stale else ""
        said = tag("p", tag("strong", "Failed.") + " " + esc(entry.error.rstrip(".")) + "." + kept)
        return tag("section", link + question + tag("div", said, class_="alert"), class_="entry")
    goals = collect.targets(entry.notebook)
    rows = {(row["metric_id"], row.get("segment")): row for row in reversed(collect.headline(entry.notebook))}
    items = "".join(
        _figure(context.decide(row), targets.of(row, {"targets": goals}), context.style, base_name)
        for row in reversed(rows.values())
    )
    return tag("section", link + question + (tag("dl", items, class_="figures") if items else ""), class_="entry")


def _figure(row: words.Row, target: float | None, style: Style, base_name: str) -> str:
    verdict = words.verdict(row)
    aimed = targets.said(row, target, style, words.value_decimals(row, style))
    said = f'<span aria-hidden="true">{verdict.sign}</span> {esc(verdict.words)}' if verdict.words else ""
    cells = [
        tag("dt", esc(unbroken(row["title"]))),
        tag("dd", esc(words.value(row, style)), class_="number"),
        tag("dd", said, class_="verdict"),
        tag("dd", esc(unbroken(words.change(row, style, base_name)))),
        tag("dd", esc(aimed), class_="target") if aimed else "",
    ]
    return tag("div", "".join(cells), class_=verdict.kind)


def _files(files: Sequence[tuple[str, str]]) -> str:
    return tag("ul", "".join(tag("li", tag("a", esc(name), href=name) + f": {esc(what)}") for name, what in files))
