"""Headline figures as cards, and the small line of a figure's past."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from cxkit.markup import element, text
from cxkit.report.wording import targets, words
from cxkit.report.wording.context import Context, Json, rows_of
from cxkit.report.wording.format import Style, missing, unbroken
from cxkit.report.wording.words import Row


def headline(block: Json, context: Context) -> Markup:
    """One card a metric: value, interval, past, verdict, change, and what it was made of."""
    return element("div", *(_card(row, block, context) for row in rows_of(block["measurements"])), class_="cards")


def _card(raw: Row, block: Json, context: Context) -> Markup:
    row, style = context.decide(raw), context.style
    verdict = words.verdict(row, block.get("k", 10))
    number, unit = _split_unit(words.value(row, style), row["unit"])
    history = (block.get("history") or {}).get(row["metric_id"]) or []
    lines = [
        element("h3", term(row, context, block.get("segment", ""))),
        element(
            "p",
            number,
            element("small", unit) if unit else "",
            class_="value long" if len(number) > 8 else "value",
        ),
        _line("interval", words.interval(row, style)),
        spark(history, row["unit"], style),
        verdict_words(verdict, "p"),
        _line("change", words.change(row, style, block.get("base_name", ""))),
        _line("target", targets.said(row, block, style)),
        _line("n", words.counts(row, style, block)),
    ]
    return element("article", *lines, class_=f"card {verdict.kind}")


def _line(class_: str, said: str) -> Markup:
    breaking = text(unbroken(said)).replace("_", Markup("_<wbr>"))  # names of columns break where their words do
    return element("p", breaking, class_=class_) if said else Markup("")


def verdict_words(verdict: words.Verdict, name: str) -> Markup:
    """The verdict behind its sign, which is not read out, as an element of that name; nothing without a verdict."""
    if not verdict.words:
        return Markup("")
    sign = element("span", verdict.sign, aria_hidden="true")
    return element(name, sign, f" {unbroken(verdict.words)}", class_="verdict")


def _split_unit(text: str, unit: str) -> tuple[str, str]:
    """Part "5.9%" into "5.9" and "%": the unit is set smaller. Times have several units and stay whole."""
    if unit == "seconds":
        return text.replace(" ", "\u00a0"), ""
    number = text.rstrip("".join(character for character in text if not character.isdigit())) or text
    return number, text[len(number) :]


def term(row: Row, context: Context, within: str = "") -> Markup:
    """The figure's title, a link to its definition if that is on the page; its segment, unless all is `within` that one."""
    title = unbroken(row["title"])
    linked = element("a", title, href=f"#d-{row['metric_id']}") if row["metric_id"] in context.terms else text(title)
    segment = "" if row.get("segment") == within else words.segment_words(row.get("segment") or "")
    return linked + element("small", f" {segment}") if segment else linked


def spark(history: Sequence[Sequence[Any]], unit: str, style: Style) -> Markup:
    """A small line of the figure's past with its text equivalent.

    Parameters
    ----------
    history : sequence of (label, value)
        Oldest first, the present last; values that are not there break the line into nothing and are left out.
    """
    known = [(index, label, value) for index, (label, value) in enumerate(history) if not missing(value)]
    if len(known) < 3:
        return Markup("")
    values = [value for _, _, value in known]
    low, spread, width = min(values), max(values) - min(values), len(history) - 1
    points = [
        f"{index * 100 / width:.4g},{26 - 22 * ((value - low) / spread if spread else 0.5):.3g}"
        for index, _, value in known
    ]
    ends = [style.value(value, unit) for value in (values[0], values[-1], low, max(values))]
    said = f"From {ends[0]} in {known[0][1]} to {ends[1]} in {known[-1][1]}; lowest {ends[2]}, highest {ends[3]}."
    line = Markup('<polyline points="{}"/><path d="M{}h0"/>').format(" ".join(points), points[-1])
    box = {"class_": "spark", "viewBox": "-2 0 104 30", "preserveAspectRatio": "none"}
    return element("svg", line, **box, role="img", aria_label=said)
