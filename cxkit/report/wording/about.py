"""What a report says about itself: facts, data quality, notes, definitions."""

from collections import Counter
from collections.abc import Sequence

from cxkit.measurement.judge import ALPHA
from cxkit.report.wording import words
from cxkit.report.wording.context import Context, Json
from cxkit.report.wording.format import Style
from cxkit.report.wording.markup import esc, tag
from cxkit.report.wording.tables import table


def facts(block: Json, context: Context) -> str:
    """What the report is about: period, base, how far the data go."""
    return _facts(fact_pairs(block, context.style), "facts")


def fact_pairs(block: Json, style: Style) -> list[tuple[str, str]]:
    """(name, text) pairs of a facts block, for the page's head and for a cell."""
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
    return pairs


def _facts(pairs: Sequence[tuple[str, str]], class_: str) -> str:
    items = "".join(tag("div", tag("dt", esc(name)) + tag("dd", esc(text))) for name, text in pairs)
    return tag("dl", items, class_=class_)


def quality(block: Json, context: Context) -> str:
    """Rows read and left out with the reasons, how far each table goes, what could not be measured."""
    style = context.style
    read, used = block["rows_read"], block["rows_used"]
    left_out = block["left_out"]
    html = _facts(
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
        items = "".join(tag("li", f"{tag('strong', esc(title))}: {esc(reason)}") for title, reason in block["off"])
        html += tag("p", "Not measured, because the data lack what it needs:") + tag("ul", items)
    if block.get("notes"):
        html += tag("ul", "".join(tag("li", esc(note)) for note in block["notes"]))
    return html


def note(block: Json, context: Context) -> str:
    """Paragraphs: what figures say, or what they cannot tell."""
    return "".join(tag("p", esc(text)) for text in block["sentences"])


def definitions(block: Json, context: Context) -> str:
    """Every metric's definition, formula, source, needs and interval; and why other tools differ.

    Intervals are explained once, at the end; the one that most figures have is not named beside each of them.
    """
    methods = Counter(term["interval"] for term in block["terms"] if term.get("interval"))
    usual = next((method for method, number in methods.most_common(1) if number > 2), "")
    items = []
    for term in block["terms"]:
        anchor = f"d-{term['id']}" if term["id"] in context.terms else ""
        text = esc(term["definition"]) + _sources(term, usual)
        items.append(tag("dt", esc(term["title"]), id=anchor) + tag("dd", text))
    if methods:
        lines = [f"{'Where none is named, ' if method == usual else ''}{method}" for method, _ in methods.most_common()]
        items.append(tag("dt", "How intervals are made") + tag("dd", tag("small", "<br>".join(map(esc, lines)))))
    if any(row.get("base_period") for row in context.rows or ()):
        items.append(tag("dt", "How verdicts are given") + tag("dd", tag("small", esc(_verdicts(context.style)))))
    return tag("dl", "".join(items), class_="definitions")


def _verdicts(style: Style) -> str:
    return (
        "A change is beyond noise where its test holds after the correction for every comparison of the whole report "
        f"(false-discovery rate {style.value(ALPHA, 'share', 0)}). Among so many, some intervals leave out zero by chance alone: "
        "beside those stands no change beyond noise."
    )


def _sources(term: Json, usual: str) -> str:
    lines = []
    each = tag("code", esc(term["each"])) if term.get("each") else ""
    if term.get("formula") == "true":
        lines.append(f"Number of different {each} in {esc(term['view'])}" if each else f"Number of {esc(term['view'])}")
    elif term.get("formula"):
        over = f" over {esc(term['view'])}" if term.get("view") else ""
        lines.append(tag("code", esc(term["formula"])) + (f" for each {each}" if each else "") + over)
    said = [_definer(term["source"])] if term.get("source") else []
    if term.get("interval") and term["interval"] != usual:
        said.append(f"interval: {term['interval'].partition(': ')[0]}")
    if term.get("needs"):
        said.append(f"needs {_needs(term['needs'])}")
    lines.append(esc(" · ".join(said)))
    if term.get("differs"):
        lines.append(esc(term["differs"]))
    return tag("small", "<br>".join(filter(None, lines)))


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
