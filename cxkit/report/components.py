"""Blocks as HTML: the one place where a block's JSON becomes semantic markup, for JupyterLab and for the report page alike.

Everything that may come from data goes through `esc`. No ids but the anchors of definitions, no script, no style attributes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from cxkit.report import targets, words
from cxkit.report.files import BIDI
from cxkit.report.format import MINUS, NOTHING, Style, missing
from cxkit.report.words import Row

Json = Mapping[str, Any]

FIRST_FINDINGS = 5  # in sight; the others stand in a fold
# Widths (rem) of the box around a table below which its rows become cards: those of `.fits-…` in components.css.
LONGEST_WORD = 30  # characters; longer ones may be broken anywhere
WIDTHS = (20, 28, 36, 44)


@dataclass(frozen=True)
class Context:
    """What a block does not know by itself.

    Attributes
    ----------
    style : Style
        Locale and currency.
    decide : callable
        Gives a measured row its verdict; on a page, that of the whole report's family.
    terms : frozenset of str
        Metric ids with a definition on the same page; only these become links.
    rows : sequence of rows, optional
        All that the page measured; findings are made from these rather than from what was known when the cell ran.
    """

    style: Style = field(default_factory=Style)
    decide: Callable[[Row], Row] = dict
    terms: frozenset[str] = frozenset()
    rows: Sequence[Row] | None = None


def reachable(figure: str) -> str:
    """A figure whose numbers, where they are wider than the page, can be scrolled by keyboard."""
    return figure.replace(
        '<div class="cx-scroll">', '<div class="cx-scroll" tabindex="0" role="group" aria-label="Numbers">'
    )


def esc(value: object) -> str:
    """Text from data, inert, also as an attribute; marks that turn the direction of what follows are shown as unknown characters."""
    return escape(str(value).translate(BIDI), quote=True)


def rows_of(measurements: Json) -> list[dict[str, Any]]:
    """The rows of a measurement frame that stands in a block's JSON."""
    return [dict(zip(measurements["columns"], row, strict=True)) for row in measurements["rows"]]


def render(block: Json, context: Context | None = None) -> str:
    """HTML of one block.

    Raises
    ------
    KeyError
        A kind of block that has no component.
    """
    return _COMPONENTS[block["block"]](block, context or Context())


def tag(name: str, content: str, **attributes: str) -> str:
    """One element; `class_` and `data_label` become `class` and `data-label`."""
    said = "".join(f' {key.rstrip("_").replace("_", "-")}="{esc(value)}"' for key, value in attributes.items() if value)
    return f"<{name}{said}>{content}</{name}>"


# Headline cards


def headline(block: Json, context: Context) -> str:
    """One card a metric: value, interval, past, verdict, change, and what it was made of."""
    return tag("div", "".join(_card(row, block, context) for row in rows_of(block["measurements"])), class_="cards")


def _card(raw: Row, block: Json, context: Context) -> str:
    row, style = context.decide(raw), context.style
    verdict = words.judge(row, block.get("k", 10))
    number, unit = _split_unit(words.value(row, style), row["unit"])
    history = (block.get("history") or {}).get(row["metric_id"]) or []
    lines = [
        tag("h3", _term(row, context)),
        tag(
            "p",
            esc(number) + (tag("small", esc(unit)) if unit else ""),
            class_="value long" if len(number) > 8 else "value",
        ),
        _line("interval", words.interval(row, style)),
        spark(history, row["unit"], style),
        _verdict(verdict, "p"),
        _line("change", words.change(row, style, block.get("base_name", ""))),
        _line(
            "target",
            targets.said(
                row, (block.get("targets") or {}).get(row["metric_id"]), style, words.value_decimals(row, style)
            ),
        ),
        _line("n", words.counts(row, style, (block.get("nouns") or {}).get(row["metric_id"], ""))),
    ]
    return tag("article", "".join(lines), class_=f"card {verdict.kind}")


def _line(class_: str, text: str) -> str:
    return tag("p", esc(unbroken(text)), class_=class_) if text else ""


def unbroken(text: str) -> str:
    """Keep both ends of a range, and a number and its unit, on one line."""
    text = re.sub(rf"([{MINUS}+])(?=\S)", "\\1\u2060", re.sub(r" ([–…]) ", "\u00a0\\1\u2060\u00a0", text))
    return re.sub(r"(?<=\d) (?=(?:s|min|h|days?|points)\b)|(?<=n) (?==)|(?<==) ", "\u00a0", text)


def _verdict(verdict: words.Verdict, element: str) -> str:
    if not verdict.words:
        return ""
    return tag(
        element, f'<span aria-hidden="true">{verdict.sign}</span> {esc(unbroken(verdict.words))}', class_="verdict"
    )


def _split_unit(text: str, unit: str) -> tuple[str, str]:
    """Part "5.9%" into "5.9" and "%": the unit is set smaller. Times have several units and stay whole."""
    if unit == "seconds":
        return text.replace(" ", "\u00a0"), ""
    number = text.rstrip("".join(character for character in text if not character.isdigit())) or text
    return number, text[len(number) :]


def _term(row: Row, context: Context) -> str:
    title = esc(row["title"])
    linked = f'<a href="#d-{esc(row["metric_id"])}">{title}</a>' if row["metric_id"] in context.terms else title
    segment = words.segment_words(row.get("segment") or "")
    return linked + (tag("small", f" {esc(segment)}") if segment else "")


def spark(history: Sequence[Sequence[Any]], unit: str, style: Style) -> str:
    """A small line of the figure's past with its text equivalent.

    Parameters
    ----------
    history : sequence of (label, value)
        Oldest first, the present last; values that are not there break the line into nothing and are left out.
    """
    known = [(index, label, value) for index, (label, value) in enumerate(history) if not missing(value)]
    if len(known) < 3:
        return ""
    values = [value for _, _, value in known]
    low, spread, width = min(values), max(values) - min(values), len(history) - 1
    points = [
        f"{index * 100 / width:.4g},{26 - 22 * ((value - low) / spread if spread else 0.5):.3g}"
        for index, _, value in known
    ]
    ends = [style.value(value, unit) for value in (values[0], values[-1], low, max(values))]
    said = f"From {ends[0]} in {known[0][1]} to {ends[1]} in {known[-1][1]}; lowest {ends[2]}, highest {ends[3]}."
    line = f'<polyline points="{" ".join(points)}"/><path d="M{points[-1]}h0"/>'
    box = 'class="spark" viewBox="-2 0 104 30" preserveAspectRatio="none"'
    return f'<svg {box} role="img" aria-label="{esc(said)}">{line}</svg>'


# Findings


def findings(block: Json, context: Context) -> str:
    """What changed, surest and largest first, one sentence each."""
    raw = context.rows if context.rows is not None else rows_of(block["measurements"])
    rows = [context.decide(row) for row in raw]
    base_name = block.get("base_name", "")
    return finding_list(words.moved(rows, context.style, base_name), words.still(rows, base_name))


def finding_list(moved: Sequence[tuple[str, str]], still: Sequence[tuple[str, str]]) -> str:
    """Findings as a list, the first few in sight and the others in a fold; nothing if there are none."""
    first, more = _items(moved[:FIRST_FINDINGS]), _items(moved[FIRST_FINDINGS:])
    if more:
        number = len(moved) - FIRST_FINDINGS
        fold = tag("summary", f"{number} more changed beyond noise") + tag("ul", more, class_="findings")
        first += tag("li", tag("details", fold))
    items = first + _items(still)
    return tag("ul", items, class_="findings") if items else ""


def _items(lines: Sequence[tuple[str, str]]) -> str:
    return "".join(
        tag("li", (tag("strong", esc(lead)) + " " if lead else "") + esc(unbroken(rest))) for lead, rest in lines
    )


# Tables


def table(block: Json, context: Context) -> str:
    """A frame: the first column names the row, numbers are set to the right by their unit."""
    columns: list[Json] = block["columns"]
    head = [str(column["label"]) for column in columns]
    said = [_column([row[k] for row in block["rows"]], column, context.style) for k, column in enumerate(columns)]
    body = [list(row) for row in zip(*said, strict=True)]
    classes = [
        "words" if column.get("unit", "text") == "text" and not _numeric(cells) else ""
        for column, cells in zip(columns, said, strict=True)
    ]
    return _table(head, body, classes, esc(block.get("caption", "")))


def _column(values: Sequence[Any], column: Json, style: Style) -> list[str]:
    """The cells of a column; amounts of money in one column have the same decimals."""
    unit = column.get("unit", "text")
    numbers = [value for value in values if value is not None and not isinstance(value, (str, bool))]
    decimals = (
        style.common_decimals(unit, [style.decimals(unit, value) for value in numbers if not missing(value)], numbers)
        if unit == "money"
        else None
    )
    return [_cell(value, unit, style, decimals) for value in values]


def _cell(value: Any, unit: str, style: Style, decimals: int | None) -> str:
    if value is None:
        return NOTHING
    if unit == "text" or isinstance(value, (str, bool)):
        return esc(value)
    return esc(style.value(value, unit, decimals))


def _numeric(cells: Sequence[str]) -> bool:
    """Whether words in a column are numbers that the notebook has worded itself."""
    told = [cell for cell in cells if cell not in ("", NOTHING)]
    return bool(told) and all(re.fullmatch(rf"[{MINUS}+\-]?[^\W\d]{{0,3}}[\d.,\s%€$£–{MINUS}]+", cell) for cell in told)


def breakdown(block: Json, context: Context) -> str:
    """Measured rows: one table a metric when there are several segments, else one table with a row a metric."""
    rows = [context.decide(row) for row in rows_of(block["measurements"])]
    if len({row.get("segment") for row in rows}) <= 1:
        return _measured(rows, block, context, "Figure", lambda row: _term(row, context), esc(block.get("caption", "")))
    by = str(block.get("by") or "segment").replace("_", " ")
    parts = []
    for metric_id in dict.fromkeys(row["metric_id"] for row in rows):
        some = [row for row in rows if row["metric_id"] == metric_id]
        caption = _term({**some[0], "segment": ""}, context) + f" by {esc(by)}"
        parts.append(_measured(some, block, context, by.capitalize(), _segment_cell, caption))
    return "".join(parts)


def _segment_cell(row: Row) -> str:
    segment = str(row.get("segment") or "")
    return esc(words.plain_words(segment.partition("=")[2] or segment)) if segment else tag("em", "all")


def _measured(
    rows: Sequence[Row],
    block: Json,
    context: Context,
    first: str,
    name: Callable[[Row], str],
    caption: str,
) -> str:
    style, k = context.style, block.get("k", 10)
    compared = any(row.get("base_period") for row in rows)
    head = [first, "Value", "Interval", "n"] + (["Before", "Change", "Verdict"] if compared else [])
    body = []
    common = words.common_decimals(rows, style)
    for row in rows:
        decimals = common[row["metric_id"]]
        verdict = words.judge(row, k)
        cells = [
            name(row),
            esc(style.value(row.get("value"), row["unit"], decimals)),
            esc(style.interval(row.get("ci_low"), row.get("ci_high"), row["unit"], decimals)),
            f"&lt; {k}" if row.get("verdict") == "hidden" else esc(words.size(row, style)),
        ]
        if compared:
            cells += [
                esc(style.value(row.get("base_value"), row["unit"], decimals)),
                esc(unbroken(words.change(row, style, "") or NOTHING)),
            ]
            cells.append(tag("span", _verdict(verdict, "span") or NOTHING, class_=verdict.kind))
        body.append(cells)
    return _table(head, body, ["", "", "wrap", "", "", "wrap", "words"][: len(head)], caption)


def _table(head: Sequence[str], body: Sequence[Sequence[str]], classes: Sequence[str], caption: str) -> str:
    """Cells and caption are HTML already; heads are plain text."""
    said = tag("caption", caption) if caption else ""
    heads = "".join(
        tag("th", esc(label), scope="col", class_=class_) for label, class_ in zip(head, classes, strict=True)
    )
    lines = []
    for row in body:
        cells = [tag("th", row[0], scope="row")]
        cells += [
            tag("td", cell, data_label=label, class_=class_)
            for cell, label, class_ in zip(row[1:], head[1:], classes[1:], strict=True)
        ]
        lines.append(tag("tr", "".join(cells)))
    whole = tag(
        "table", said + tag("thead", tag("tr", heads)) + tag("tbody", "".join(lines)), class_=_fits(head, body, classes)
    )
    return f'<div class="scroll" role="region" aria-label="{esc(_plain_caption(caption) or head[0])}" tabindex="0">{whole}</div>'


def _fits(head: Sequence[str], body: Sequence[Sequence[str]], classes: Sequence[str]) -> str:
    """The narrowest of `WIDTHS` that the table has room in, as a class; a wider table always scrolls in its box."""
    need, breaks = 0.0, False
    for k, label in enumerate(head):
        cells = [_plain_caption(row[k]) for row in body]
        wraps = k == 0 or classes[k] in ("words", "wrap")
        parts = [part for cell in cells for part in (cell.split(" ") if wraps else [cell])]
        longest = max(map(len, [*parts, *label.split(" ")]))
        breaks = breaks or (wraps and longest > LONGEST_WORD)
        longest = min(longest, LONGEST_WORD) if wraps else longest
        need += max(longest * 0.52, 6.5 if wraps and max(map(len, cells), default=0) > 12 else 0) + 1.1
    return next((f"fits-{width}" for width in WIDTHS if need <= width), "fits-52") + (" breaks" if breaks else "")


def _plain_caption(caption: str) -> str:
    text, inside = [], False
    for character in caption:
        inside = character == "<" or (inside and character != ">")
        if not inside and character != ">":
            text.append(character)
    return "".join(text)


# Facts, data quality, limits, definitions


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
    pairs = [("Rows read", style.number(read)), ("Left out", _left_out(block["left_out"], read - used, style))]
    html = _facts(pairs, "quality")
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


def _left_out(reasons: Sequence[Sequence[Any]], total: int, style: Style) -> str:
    if not total and not reasons:
        return "none"
    said = ", ".join(f"{style.number(number)} {where}: {reason}" for where, reason, number in reasons)
    return f"{style.number(total)}" + (f" ({said})" if said else "")


def limits(block: Json, context: Context) -> str:
    """What the figures cannot tell."""
    return "".join(tag("p", esc(text)) for text in block["limits"])


def definitions(block: Json, context: Context) -> str:
    """Every metric's definition, formula, source, needs and interval; and why other tools differ."""
    items = []
    for term in block["terms"]:
        anchor = f"d-{term['id']}" if term["id"] in context.terms else ""
        text = esc(term["definition"]) + _sources(term)
        items.append(tag("dt", esc(term["title"]), id=anchor) + tag("dd", text))
    return tag("dl", "".join(items), class_="definitions")


def _sources(term: Json) -> str:
    lines = []
    if term.get("formula"):
        counted = tag("code", esc(term["formula"])) + " over" if term["formula"] != "true" else "Number of"
        lines.append(f"{counted} {esc(term['view'])}")
    said = [f"Defined so by {term['source']}"] if term.get("source") else []
    if term.get("interval"):
        said.append(term["interval"])
    if term.get("needs"):
        said.append(f"needs {_needs(term['needs'])}")
    lines.append(esc(" · ".join(said)))
    if term.get("differs"):
        lines.append(esc(term["differs"]))
    return "".join(tag("span", line, class_="src") for line in lines if line)


def _needs(columns: Sequence[str]) -> str:
    """["events.page", "events.visitor_id"] as "events (page, visitor_id)"."""
    tables: dict[str, list[str]] = {}
    for name in columns:
        table_name, _, column = name.partition(".")
        tables.setdefault(table_name, []).extend([column] if column else [])
    return "; ".join(f"{name} ({', '.join(parts)})" if parts else name for name, parts in tables.items())


_COMPONENTS: dict[str, Callable[[Json, Context], str]] = {
    "headline": headline,
    "findings": findings,
    "table": table,
    "breakdown": breakdown,
    "facts": facts,
    "quality": quality,
    "limits": limits,
    "definitions": definitions,
}

__all__ = ["Context", "esc", "fact_pairs", "reachable", "render", "rows_of", "spark", "tag", "unbroken"]
