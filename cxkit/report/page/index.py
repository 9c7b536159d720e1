"""The first page of a run: every notebook with its state and headline figures, failures first, then what changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from cxkit.markup import element, joined
from cxkit.report.kept import collect
from cxkit.report.page.render import Head, Run, fill
from cxkit.report.wording import finding_words, targets, words
from cxkit.report.wording.about import fact_pairs
from cxkit.report.wording.context import Context, Json
from cxkit.report.wording.finding_list import finding_list
from cxkit.report.wording.format import Style, unbroken


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
    parts = [
        element("h2", "In short", id="in-short"),
        _findings(good, context, base_name),
        element("h2", "Reports", id="reports"),
        *(_entry(entry, context, base_name) for entry in [*failed, *good]),
        element("h2", "Files", id="files"),
        element("ul", *(element("li", element("a", name, href=name), f": {what}") for name, what in files)),
    ]
    alert = f"{len(failed)} of {len(entries)} reports failed: {', '.join(entry.title for entry in failed)}."
    return fill(
        new_notebook(),
        Head(title, period[:1].upper() + period[1:], period, fact_pairs(facts, style, run.family.says)),
        contents=[("in-short", "In short"), ("reports", "Reports"), ("files", "Files")],
        alerts=[element("p", element("strong", alert))] if failed else [],
        tail=joined(parts),
        crumbs=joined((element("a", what, href=address) for address, what in around), Markup(" · ")),
        foot=run.foot,
        sheets=["index"],
    )


def _findings(entries: Sequence[Entry], context: Context, base_name: str) -> Markup:
    judged, goals = collect.over([entry.notebook for entry in entries], context.decide)
    aimed = targets.sentences(judged, goals, context.style)
    found = finding_list(
        finding_words.moved(judged, context.style, base_name), [*aimed, *finding_words.still(judged, base_name)]
    )
    return found or element("p", "Nothing was compared.")


def _entry(entry: Entry, context: Context, base_name: str) -> Markup:
    link = element("h3", element("a", entry.title, href=f"{entry.name}.html"))
    question = element("p", entry.question, class_="question") if entry.question else ""
    if entry.error:
        kept = " The page of the last good run is kept and says so." if entry.is_stale else ""
        said = element("p", element("strong", "Failed."), f" {entry.error.rstrip('.')}.{kept}")
        return element("section", link, question, element("div", said, class_="alert"), class_="entry")
    goals = collect.targets(entry.notebook)
    rows = {(row["metric_id"], row.get("segment")): row for row in reversed(collect.headline(entry.notebook))}
    items = [
        _figure(context.decide(row), {"targets": goals}, context.style, base_name) for row in reversed(rows.values())
    ]
    return element("section", link, question, element("dl", *items, class_="figures") if items else "", class_="entry")


def _figure(row: words.Row, block: Json, style: Style, base_name: str) -> Markup:
    verdict = words.verdict(row)
    aimed = targets.said(row, block, style)
    said = [element("span", verdict.sign, aria_hidden="true"), f" {verdict.words}"] if verdict.words else []
    cells = [
        element("dt", unbroken(row["title"])),
        element("dd", words.value(row, style), class_="number"),
        element("dd", *said, class_="verdict"),
        element("dd", unbroken(words.change(row, style, base_name))),
        element("dd", aimed, class_="target") if aimed else "",
    ]
    return element("div", *cells, class_=verdict.kind)
