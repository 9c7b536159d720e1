"""Blocks as plain text: what a terminal shows and nbval compares. Rounded, aligned, in the same words as the page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cxkit.report.wording import finding_words, targets, words
from cxkit.report.wording.about import fact_pairs
from cxkit.report.wording.context import rows_of
from cxkit.report.wording.format import Style

Json = Mapping[str, Any]


def render(block: Json, style: Style) -> str:
    """Plain text of one block."""
    return _TEXTS[block["block"]](block, style)


def grid(rows: Sequence[Sequence[str]]) -> str:
    """Columns under one another, two blanks between."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _measured(block: Json, style: Style) -> str:
    lines = []
    for row in rows_of(block["measurements"]):
        lines.append(
            [
                words.label(row),
                words.value(row, style),
                words.interval(row, style),
                words.verdict(row, block.get("k", 10)).signed,
                words.change(row, style, block.get("base_name", "")),
                words.counts(row, style, block),
                targets.said(row, block, style),
            ]
        )
    return grid(lines) if lines else "Nothing was measured."


def _findings(block: Json, style: Style) -> str:
    rows, base_name = rows_of(block["measurements"]), block.get("base_name", "")
    aimed = targets.sentences(rows, block.get("targets") or {}, style)
    lines = finding_words.findings(rows, style, base_name, aimed=aimed)
    return "\n".join(f"- {lead} {rest}".replace("-  ", "- ") for lead, rest in lines) or "Nothing was compared."


def _table(block: Json, style: Style) -> str:
    columns = block["columns"]
    rows = [[str(column["label"]) for column in columns]]
    units = [column.get("unit", "text") for column in columns]
    rows += [list(map(style.said, row, units)) for row in block["rows"]]
    return "\n".join(filter(None, [block.get("caption"), grid(rows)]))


def _facts(block: Json, style: Style) -> str:
    return grid([[f"{name}:", text] for name, text in fact_pairs(block, style)])


def _quality(block: Json, style: Style) -> str:
    left_out = block["rows_read"] - block["rows_used"]
    lines = [["Rows read", style.number(block["rows_read"])], ["Left out", style.number(left_out)]]
    lines += [[f"  {where}: {reason}", style.number(number)] for where, reason, number in block["left_out"]]
    lines += [[name, f"{style.number(used)} rows, {first} to {last}"] for name, used, first, last in block["tables"]]
    lines += [[f"not measured: {title}", reason] for title, reason in block.get("off", [])]
    return "\n".join([grid(lines), *block.get("notes", [])])


def _note(block: Json, style: Style) -> str:
    return "\n".join(block["sentences"])


def _definitions(block: Json, style: Style) -> str:
    return "\n".join(f"{term['title']}: {term['definition']}" for term in block["terms"])


_TEXTS: dict[str, Callable[[Json, Style], str]] = {
    "headline": _measured,
    "breakdown": _measured,
    "findings": _findings,
    "table": _table,
    "facts": _facts,
    "quality": _quality,
    "note": _note,
    "definitions": _definitions,
}
