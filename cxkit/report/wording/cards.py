"""Headline figures as cards, and the small line of a figure's past."""

from collections.abc import Sequence
from typing import Any

from cxkit.report.wording import targets, words
from cxkit.report.wording.context import Context, Json, rows_of
from cxkit.report.wording.format import Style, missing
from cxkit.report.wording.markup import esc, tag, unbroken
from cxkit.report.wording.words import Row


def headline(block: Json, context: Context) -> str:
    """One card a metric: value, interval, past, verdict, change, and what it was made of."""
    return tag("div", "".join(_card(row, block, context) for row in rows_of(block["measurements"])), class_="cards")


def _card(raw: Row, block: Json, context: Context) -> str:
    row, style = context.decide(raw), context.style
    verdict = words.verdict(row, block.get("k", 10))
    number, unit = _split_unit(words.value(row, style), row["unit"])
    history = (block.get("history") or {}).get(row["metric_id"]) or []
    lines = [
        tag("h3", term(row, context, block.get("segment", ""))),
        tag(
            "p",
            esc(number) + (tag("small", esc(unit)) if unit else ""),
            class_="value long" if len(number) > 8 else "value",
        ),
        _line("interval", words.interval(row, style)),
        spark(history, row["unit"], style),
        verdict_words(verdict, "p"),
        _line("change", words.change(row, style, block.get("base_name", ""))),
        _line(
            "target",
            targets.said(row, targets.of(row, block), style, words.value_decimals(row, style)),
        ),
        _line("n", words.counts(row, style, block)),
    ]
    return tag("article", "".join(lines), class_=f"card {verdict.kind}")


def _line(class_: str, text: str) -> str:
    said = esc(unbroken(text)).replace("_", "_<wbr>")  # names of columns break where their words do
    return tag("p", said, class_=class_) if text else ""


def verdict_words(verdict: words.Verdict, element: str) -> str:
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


def term(row: Row, context: Context, within: str = "") -> str:
    """The figure's title, a link to its definition if that is on the page; its segment, unless all is `within` that one."""
    title = esc(unbroken(row["title"]))
    linked = f'<a href="#d-{esc(row["metric_id"])}">{title}</a>' if row["metric_id"] in context.terms else title
    segment = "" if row.get("segment") == within else words.segment_words(row.get("segment") or "")
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
