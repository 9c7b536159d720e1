"""An executed notebook as one self-contained page: nbconvert with a template of our own, no script, no outside request."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_notebook
from pygments import token
from pygments.lexers import PythonLexer

from cxkit.blocks import MIME
from cxkit.markup import element, joined, text, whole
from cxkit.report.kept import collect
from cxkit.report.kept.family import RunFamily
from cxkit.report.wording.about import fact_list, fact_pairs
from cxkit.report.wording.components import render
from cxkit.report.wording.context import Context
from cxkit.report.wording.foreign import Refused, foreign
from cxkit.report.wording.format import Style
from cxkit.report.wording.markdown import Prose
from cxkit.report.wording.styles import page_sheet

POLICY = Markup(
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'"
)
HIDDEN_TAGS = ("parameters", "injected-parameters", "setup")
_TOKENS = ((token.Comment, "c"), (token.Keyword, "k"), (token.String, "s"), (token.Number, "m"))


@dataclass(frozen=True)
class Run:
    """What a page knows of the run that it belongs to.

    Attributes
    ----------
    family : RunFamily
        The comparisons of all notebooks of the run.
    locale : str
        Of the numbers, as babel names it.
    foot : str
        Last line of every page: version, hash of the data, how to verify. Plain text.
    has_index : bool
        Whether there is an index to link to.
    """

    family: RunFamily = field(default_factory=lambda: RunFamily([]))
    locale: str = "en"
    foot: str = ""
    has_index: bool = True


@dataclass(frozen=True)
class Page:
    """A rendered page and what is wrong with it (`problems`, plain sentences; empty if nothing is)."""

    html: str
    title: str
    question: str
    problems: Sequence[str]


def render_page(
    notebook: NotebookNode, run: Run | None = None, error: str = "", folder: Path | None = None, stale: str = ""
) -> Page:
    """Render an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        Executed, or as far as it came.
    run : Run
        The run that it belongs to.
    error : str
        Why it is not complete, where the notebook itself does not say (its kernel died, it took too long).
    folder : Path, optional
        Where pictures named in its prose are looked for.
    stale : str
        Why an older page is shown.
    """
    maker = _PageMaker(notebook, run or Run(), folder)
    contents = [html for html in map(maker.cell, collect.numbered(notebook)) if html]
    failure = element("p", element("strong", "Out of date."), f" {stale}") if stale else maker.failure(error)
    html = maker.fill(_shown(contents, notebook), failure)
    return Page(html=html, title=maker.title, question=maker.question, problems=maker.problems)


def _shown(contents: Sequence[Markup], notebook: NotebookNode) -> NotebookNode:
    """Cells for the template, which takes their HTML from the metadata."""
    cells = [
        {"cell_type": "markdown", "id": f"shown-{number}", "source": "", "metadata": {"html": html}}
        for number, html in enumerate(contents)
    ]
    return new_notebook(cells=from_dict(cells), metadata=notebook.metadata)


@dataclass(frozen=True)
class Head:
    """What stands at the top of a page, as plain text; `facts` are (name, what it is)."""

    title: str
    question: str
    period: str = ""
    facts: Sequence[tuple[str, str]] = ()


def fill(
    notebook: NotebookNode,
    head: Head,
    *,
    contents: Sequence[tuple[str, str]],
    foot: str,
    alerts: Sequence[Markup] = (),
    tail: Markup = Markup(""),
    crumbs: Markup = Markup(""),
    with_figures: bool = False,
    sheets: Sequence[str] = (),
) -> str:
    """Fill the page's template."""
    page = {
        "policy": POLICY,
        "style": page_sheet(with_figures, *sheets),
        "title": text(head.title),
        "question": text(head.question),
        "period": head.period,
        "facts": fact_list(head.facts) if head.facts else "",
        "contents": contents,
        "alerts": alerts,
        "tail": tail,
        "crumbs": crumbs,
        "foot": foot,
    }
    html, _ = _exporter().from_notebook_node(notebook, resources={"cxkit": page})
    return html


@cache
def _exporter() -> TemplateExporter:
    folder = str(Path(__file__).parents[1])  # a template is a folder, this one
    exporter = TemplateExporter(
        template_name="page", extra_template_basedirs=[folder], file_extension=".html", default_preprocessors=[]
    )
    exporter.environment.autoescape = True
    return exporter


class _PageMaker:
    """Goes through the cells once; gathers head, contents and problems on the way."""

    def __init__(self, notebook: NotebookNode, run: Run, folder: Path | None) -> None:
        self.run = run
        self.prose = Prose(folder)
        self.problems: list[str] = []
        self.setup: list[str] = []
        self._code: list[str] = []  # of the section so far
        self.title, self.question = "Untitled", ""
        self.facts = collect.first(notebook, "facts")
        self.error = collect.error_of(notebook)
        self.has_figures = any(block["block"] == "figure" for block in collect.blocks(notebook))
        terms = [
            term["id"]
            for block in collect.blocks(notebook)
            if block["block"] == "definitions"
            for term in block["terms"]
        ]
        self.context = Context(
            style=Style(run.locale, self.facts.get("currency") or "EUR"),
            decide=run.family.decide,
            terms=frozenset(terms),
            rows=collect.measured(notebook),
        )

    def cell(self, numbered: tuple[int, NotebookNode]) -> Markup:
        """The cell as HTML; empty if it has nothing to show."""
        number, cell = numbered
        if cell.cell_type == "markdown":
            return self._markdown(cell)
        if cell.cell_type != "code" or "remove-cell" in cell.metadata.get("tags", []):
            return Markup("")
        html = joined(self._output(output, number, cell) for output in cell.outputs)
        if any(name in cell.metadata.get("tags", []) for name in HIDDEN_TAGS):
            self.setup.append(cell.source)
        elif "remove-input" not in cell.metadata.get("tags", []):
            self._code.append(cell.source)
        return html

    def fold(self) -> Markup:
        """The code of the section that ends here."""
        sources, self._code = self._code, []
        return fold("Code", "\n\n".join(sources)) if sources else Markup("")

    def _markdown(self, cell: NotebookNode) -> Markup:
        source = cell.source
        if self.title == "Untitled" and (match := re.match(r"\s*#\s+(.+?)\s*(?:\n|$)", source)):
            self.title, source = match[1], source[match.end() :]
            if match := re.match(r"\s*>\s*(.+?)\s*(?:\n(?!>)|$)", source, re.DOTALL):
                self.question, source = re.sub(r"\n>?\s*", " ", match[1]), source[match.end() :]
        if not source.strip():
            return Markup("")
        before = self.fold() if re.match(r"\s*##? ", source) else Markup("")
        return before + self.prose.html(source, cell.get("attachments"))

    def _output(self, output: NotebookNode, number: int, cell: NotebookNode) -> Markup:
        block = output.get("data", {}).get(MIME)
        try:
            if not isinstance(block, dict):
                return foreign(output, cell.metadata)
            if block["block"] == "facts":
                return Markup("")  # stands in the page's head
            if block["block"] == "figure":
                return _figure(output, block, self.context.style)
            return render(block, self.context)
        except Refused as refused:
            self.problems.append(f"cell {number}: {refused}")
            return not_shown(str(refused))
        except (KeyError, TypeError, ValueError) as fault:
            kind = block.get("block") if isinstance(block, dict) else output.output_type
            self.problems.append(f"cell {number}: cannot render a block {kind!r} ({type(fault).__name__}: {fault})")
            return not_shown("This block cannot be read.")

    def failure(self, error: str) -> Markup:
        """The alert of a notebook that did not get to its end."""
        found = self.error
        if not found and not error:
            return Markup("")
        if found:
            error = f"Cell {found['cell']} stopped with {found['name']}: {found['message']}"
        first = element("p", element("strong", "This page is not complete."), f" {error}")
        return first + element("p", "What stands below was made before; what should follow is missing.")

    def fill(self, notebook: NotebookNode, failure: Markup) -> str:
        """The whole page around the cells."""
        pairs = fact_pairs(self.facts, self.context.style, self.run.family.says)
        period = self.facts.get("period", {}).get("title", "")
        named = [self.facts.get("title") or self.facts.get("data", ""), period]
        above = ", ".join(filter(None, named)) or "All notebooks"
        setup = fold("Parameters and set-up", "\n\n".join(self.setup)) if self.setup else Markup("")
        return fill(
            notebook,
            Head(self.title, self.question, period, pairs),
            contents=self.prose.contents,
            alerts=[failure] if failure else [],
            tail=self.fold() + setup,
            crumbs=element("a", above, href="index.html") if self.run.has_index else Markup(""),
            with_figures=self.has_figures,
            foot=self.run.foot,
        )


def _figure(output: Mapping[str, Any], block: Mapping[str, Any], style: Style) -> Markup:
    """A chart's own markup, its numbers written in the page's locale; its style sheet stands in the page once."""
    html = re.sub(r"(?s)<style\b.*?</style>", "", output["data"].get("text/html", ""))
    if re.search(r"(?i)<(script|iframe|object|embed|foreignobject|link)\b|\son\w+\s*=|javascript:", html):
        raise Refused("a figure holds a script or something from outside.")
    if style.locale != "en" and block.get("rows"):
        html = re.sub(r"(?s)<tbody>.*?</tbody>", lambda _: _numbers(block["rows"], style), html)
    return Markup(html)


def _numbers(rows: Sequence[Sequence[Any]], style: Style) -> Markup:
    """The numbers behind a figure, six significant digits each."""
    return element("tbody", *(element("tr", *(element("td", style.digits(value)) for value in row)) for row in rows))


def not_shown(why: str) -> Markup:
    """What stands in the place of an output that a page cannot show."""
    return element("div", element("p", element("strong", "Not shown."), f" {why}"), class_="alert")


def fold(summary: str, source: str) -> Markup:
    """Code that opens on a click."""
    return element("details", element("summary", summary), highlight(source), class_="code")


def highlight(source: str) -> Markup:
    """Python as HTML with four colours."""
    parts = []
    for kind, part in PythonLexer().get_tokens(source.strip()):
        class_ = next((name for parent, name in _TOKENS if kind in parent), "")
        parts.append(element("span", whole(part), class_=class_) if class_ and part.strip() else whole(part))
    return element("pre", joined(parts).strip(), tabindex="0")
