"""What a report says about itself: facts, data quality, notes, definitions."""

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup

from cxkit.markup import element, joined
from cxkit.measurement.judge import ALPHA
from cxkit.report.wording import words
from cxkit.report.wording.context import Context, Json
from cxkit.report.wording.format import Style
from cxkit.report.wording.tables import table

BREAK = Markup("<br>")


def facts(block: Json, context: Context) -> Markup:
    """What the report is about: period, base, how far the data go."""
    return fact_list(fact_pairs(block, context.style))


def fact_pairs(block: Json, style: Style, tests: str = "") -> list[tuple[str, str]]:
    """(name, text) pairs of a facts block, for a cell and for the page's head, which knows its tests as well; none of an empty block."""
    if not block:
        return []
    period, base = block["period"], block.get("base")
    pairs = [("Period", period["says"])]
    if block.get("days_covered", period["days"]) < period["days"]:
        pairs.append(("Not finished", f"{block['days_covered']} of {period['days']} days"))
    if base:
        pairs.append(("Against", base["title"][:1].upper() + base["title"][1:]))
    if block.get("segment"):
        pairs.append(("Only", words.segment_words(block["segment"])))
    if block.get("data_to"):
        pairs.append(("Data to", block["data_to"]))
    if block.get("currency"):
        pairs.append(("Money in", Style(style.locale, block["currency"]).currency_name()))
    if base and tests:
        pairs.append(("Tests", tests))
    return pairs


def fact_list(pairs: Sequence[tuple[str, str]], class_: str = "facts") -> Markup:
    """Names and what they are."""
    return element(
        "dl", *(element("div", element("dt", name), element("dd", said)) for name, said in pairs), class_=class_
    )


def quality(block: Json, context: Context) -> Markup:
    """Rows read and left out with the reasons, how far each table goes, what could not be measured."""
    style = context.style
    read, used = block["rows_read"], block["rows_used"]
    left_out = block["left_out"]
    html = fact_list(
        [
            ("Rows read", style.number(read)),
            ("Left out", style.number(read - used) if read > used or left_out else "none"),
        ],
        "quality",
    )
    if left_out:
        heads = [{"label": "Table"}, {"label": "Rows", "unit": "count"}, {"label": "Reason"}]
        lines = [[where, number, reason] for where, reason, number in left_out]
        html += table({"columns": heads, "rows": lines, "caption": "What was left out"}, context)
    columns = [
        {"label": "Table"},
        {"label": "Rows used", "unit": "count"},
        {"label": "First day"},
        {"label": "Last day"},
    ]
    if block["tables"]:
        html += table({"columns": columns, "rows": block["tables"], "caption": "What was read"}, context)
    if block.get("off"):
        items = (element("li", element("strong", title), f": {reason}") for title, reason in block["off"])
        html += element("p", "Not measured, because the data lack what it needs:") + element("ul", *items)
    if block.get("notes"):
        html += element("ul", *(element("li", note) for note in block["notes"]))
    return html


def note(block: Json, context: Context) -> Markup:
    """Paragraphs: what figures say, or what they cannot tell."""
    return joined(element("p", said) for said in block["sentences"])


def definitions(block: Json, context: Context) -> Markup:
    """Every metric's definition, formula, source, needs and interval; and why other tools differ.

    Intervals are explained once, at the end; the one that most figures have is not named beside each of them.
    """
    methods = Counter(term["interval"] for term in block["terms"] if term.get("interval"))
    usual = next((method for method, number in methods.most_common(1) if number > 2), "")
    items = []
    for term in block["terms"]:
        anchor = f"d-{term['id']}" if term["id"] in context.terms else ""
        items += [element("dt", term["title"], id=anchor), element("dd", term["definition"], _sources(term, usual))]
    if methods:
        lines = [f"{'Where none is named, ' if method == usual else ''}{method}" for method, _ in methods.most_common()]
        items += [element("dt", "How intervals are made"), element("dd", element("small", joined(lines, BREAK)))]
    if any(row.get("base_period") for row in context.rows or ()):
        items += [element("dt", "How verdicts are given"), element("dd", element("small", _verdicts(context.style)))]
    return element("dl", *items, class_="definitions")


def _verdicts(style: Style) -> str:
    return (
        "A change is beyond noise where its test holds after the correction for every comparison of the whole report "
        f"(false-discovery rate {style.value(ALPHA, 'share', 0)}). Among so many, some intervals leave out zero by chance alone: "
        "beside those stands no change beyond noise."
    )


def _sources(term: Json, usual: str) -> Markup:
    lines: list[str] = []
    each = element("code", term["each"]) if term.get("each") else ""
    if term.get("formula") == "true":
        counted = ("Number of different ", each, " in ") if each else ("Number of ",)
        lines.append(joined([*counted, term["view"]]))
    elif term.get("formula"):
        over = f" over {term['view']}" if term.get("view") else ""
        lines.append(joined([element("code", term["formula"]), " for each " if each else "", each, over]))
    said = [_definer(term["source"])] if term.get("source") else []
    if term.get("interval") and term["interval"] != usual:
        said.append(f"interval: {term['interval'].partition(': ')[0]}")
    if term.get("needs"):
        said.append(f"needs {_needs(term['needs'])}")
    lines += [" · ".join(said), term.get("differs") or ""]
    return element("small", joined(filter(None, lines), BREAK))


def _definer(source: str) -> str:
    return "A definition of cxkit's own" if source == "own" else f"Defined so by {source}"


def _needs(columns: Sequence[str]) -> str:
    """["events.page", "events.visitor_id"] as "events (page, visitor_id)"."""
    tables: dict[str, list[str]] = {}
    for name in columns:
        table_name, _, column = name.partition(".")
        column = column.replace(f" or {table_name}.", " or ")
        tables.setdefault(table_name, []).extend([column] if column else [])
    return "; ".join(f"{name} ({', '.join(parts)})" if parts else name for name, parts in tables.items())
