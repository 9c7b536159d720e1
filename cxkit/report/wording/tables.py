"""Tables: frames as they are, and measured rows with their intervals and verdicts."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from cxkit.report.wording import targets, words
from cxkit.report.wording.cards import term, verdict_words
from cxkit.report.wording.context import Context, Json, rows_of
from cxkit.report.wording.format import LEAST_DECIMALS, MINUS, NOTHING, Style, missing
from cxkit.report.wording.markup import esc, tag, unbroken, without_tags
from cxkit.report.wording.words import Row
from cxkit.segment import Condition, conditions_of

# A number or a range of two as notebooks word them: "9.4 – 18.2", "+9 … +47", "× 0.70", "42 s", "+30 points", "&lt; 0.001".
_NUMBERS = re.compile(rf"(?:&lt; |× |± )?[{MINUS}+\-]?[^\W\d]{{0,3}}[\d.,\s%€$£–…+{MINUS}]+(?:s|days|points|pts)?")
LONGEST_WORD = 30  # characters; longer ones may be broken anywhere
SHORT = 27  # characters; changes and verdicts no longer than that stay on a line where the table has all its width
# Widths (rem) of the box around a table below which its rows become cards: those of `.fits-…` in the style sheet.
WIDTHS = (20, 28, 36, 42, 48, 54)


def table(block: Json, context: Context) -> str:
    """A frame: the first column names the row, numbers are set to the right by their unit."""
    columns: list[Json] = block["columns"]
    if not block["rows"]:
        return tag("p", f"{esc(str(block.get('caption') or 'Table').rstrip('.'))}: nothing to show.")
    head = [str(column["label"]) for column in columns]
    said = [_column([row[k] for row in block["rows"]], column, context.style) for k, column in enumerate(columns)]
    body = [list(row) for row in zip(*said, strict=True)]
    classes = [
        "words" if column.get("unit", "text") == "text" and not _numeric(cells) else ""
        for column, cells in zip(columns, said, strict=True)
    ]
    return _table(head, body, classes, esc(block.get("caption", "")))


def _column(values: Sequence[Any], column: Json, style: Style) -> list[str]:
    """The cells of a column; numbers under one another have the same decimals, ratios too small for them have more."""
    unit = column.get("unit", "text")
    if unit not in ("money", "ratio", "rate"):
        return [_cell(value, unit, style, None) for value in values]
    numbers = [value for value in values if _is_number(value)]
    own = [style.decimals(unit, value) for value in numbers]
    if unit == "money":
        sizes = [abs(value) for value in numbers if value]
        thousands = bool(sizes) and min(sizes) >= 100 and max(sizes) >= 1000  # beside which cents say nothing
        common = 0 if thousands else style.common_decimals(unit, own, numbers)
        return [_cell(value, unit, style, common) for value in values]
    common = max((decimals for decimals in own if decimals <= LEAST_DECIMALS[unit]), default=0)
    return [
        _cell(value, unit, style, max(style.decimals(unit, value), common) if _is_number(value) else None)
        for value in values
    ]


def _is_number(value: Any) -> bool:
    return value is not None and not isinstance(value, (str, bool)) and not missing(value)


def _cell(value: Any, unit: str, style: Style, decimals: int | None) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, str) and " … " in value:  # an interval that the notebook has worded
        return esc(unbroken(value))
    if unit == "text" or isinstance(value, (str, bool)):
        return esc(value)
    return esc(style.value(value, unit, decimals))


def _numeric(cells: Sequence[str]) -> bool:
    """Whether words in a column are numbers that the notebook has worded itself."""
    told = [cell.replace("\u2060", "") for cell in cells if cell not in ("", NOTHING)]
    return bool(told) and all(map(_NUMBERS.fullmatch, told))


def breakdown(block: Json, context: Context) -> str:
    """Measured rows: one table a metric when there are several segments, else one table with a row a metric."""
    rows = [context.decide(row) for row in rows_of(block["measurements"])]
    caption = esc(block.get("caption", ""))
    if len({row.get("segment") for row in rows}) <= 1:
        return _measured(
            rows, block, context, "Figure", lambda row: term(row, context, block.get("segment", "")), caption
        )
    by = words.column_words(str(block.get("by") or _common_column(rows)))
    parts = []
    for metric_id in dict.fromkeys(row["metric_id"] for row in rows):
        some = [row for row in rows if row["metric_id"] == metric_id]
        if not any(row.get("segment") for row in some):
            parts.append(_measured(some, block, context, "Figure", lambda row: term(row, context), ""))
            continue
        title = some[0]["title"]
        is_said = " by " in title or by in title  # "Conversion by device", "Net sentiment of brands"
        said = f" by {esc(by)}" if by and not is_said else ""
        caption_of_it = term({**some[0], "segment": ""}, context) + said
        parts.append(
            _measured(
                some,
                block,
                context,
                by.capitalize() or "Part",
                _segment_cells(some, str(block.get("by") or "")),
                caption_of_it,
            )
        )
    return (tag("p", caption) if caption else "") + "".join(parts)


def _common_column(rows: Sequence[Row]) -> str:
    """What all segments are values of: `device_class` for `device_class=mobile`, `device_class=tablet`."""
    found = {part.column for own in _own_conditions(rows).values() for part in own[:1]}
    return found.pop() if len(found) == 1 and found != {"of"} else ""


def _own_conditions(rows: Sequence[Row], by: str = "") -> dict[str, list[Condition]]:
    """By segment: its conditions without those that all rows share, but the one that the rows are told to be parted by."""
    parted = {row["segment"]: list(conditions_of(row["segment"])) for row in rows if row.get("segment")}
    shared = set.intersection(*map(set, parted.values())) if len(parted) > 1 else set()
    own = {text: [part for part in parts if part not in shared or part.column == by] for text, parts in parted.items()}
    return own if all(own.values()) else parted


def _segment_cells(rows: Sequence[Row], by: str) -> Callable[[Row], str]:
    """Names of rows by their segments: the values of what differs between them."""
    own = _own_conditions(rows, by)

    def cell(row: Row) -> str:
        return (
            esc(words.condition_values(own[row["segment"]]) or str(row["segment"]))
            if row.get("segment")
            else tag("em", "all")
        )

    return cell


def _measured(
    rows: Sequence[Row],
    block: Json,
    context: Context,
    first: str,
    name: Callable[[Row], str],
    caption: str,
) -> str:
    style, k = context.style, block.get("k", 10)
    compared = any(not missing(row.get("base_value")) or not missing(row.get("difference")) for row in rows)
    aimed = any(targets.of(row, block) is not None for row in rows)
    told = aimed or any(words.verdict_of(row) not in ("none", "no base") for row in rows)
    bounded = any(not missing(row.get("ci_low")) for row in rows)
    columns = [(first, ""), ("Value", "")]
    columns += [("Interval", "pair" if _is_long(rows, style) else "")] if bounded else []
    columns += [("n", "")]
    columns += [("Before", ""), ("Change", "wrap")] if compared else []
    columns += [("Verdict", "words")] if told else []
    common = words.common_decimals(rows, style)
    body, longest = [], 0
    for row in rows:
        decimals = common[row["metric_id"]]
        cells = [name(row), esc(style.value(row.get("value"), row["unit"], decimals))]
        cells += [_interval(row, style, decimals)] if bounded else []
        cells.append(f"&lt; {k}" if words.is_hidden(row) else esc(words.size(row, style, block)))
        if compared:
            cells.append(esc(style.value(row.get("base_value"), row["unit"], decimals)))
            change = words.change_in_a_table(row, style, decimals) or NOTHING
            longest = max(longest, len(change))
            cells.append(esc(unbroken(change)))
        if told:
            verdict = words.verdict(row, k)
            verdict = verdict._replace(words=verdict.words.replace(words.UNFINISHED, ", so far"))
            longest = max(longest, len(verdict.words))
            aim = targets.said(row, targets.of(row, block), style, decimals)
            worded = tag("span", verdict_words(verdict, "span") or NOTHING, class_=verdict.kind)
            cells.append(tag("div", worded + tag("small", esc(unbroken(aim)))) if aim else worded)
        body.append(cells)
    if any(words.is_at_equal_length(row) for row in rows):
        note = tag("small", "Changes of totals are told at equal length of both periods.")
        caption = f"{caption} {note}" if caption else note
    if longest <= SHORT:
        columns = [(head, f"{class_} line" if class_ in ("wrap", "words") else class_) for head, class_ in columns]
    return _table([head for head, _ in columns], body, [class_ for _, class_ in columns], caption)


def _interval(row: Row, style: Style, decimals: int) -> str:
    """Both ends; where there is no room for both on a line, it breaks between them."""
    said = style.interval(row.get("ci_low"), row.get("ci_high"), row["unit"], decimals)
    return esc(" – ".join(end.replace(" ", "\u00a0") for end in said.split(" – "))).replace(" – ", "\u00a0– ")


def _is_long(rows: Sequence[Row], style: Style) -> bool:
    """Whether one of the intervals is better set on two lines."""
    said = (style.interval(row.get("ci_low"), row.get("ci_high"), row["unit"]) for row in rows)
    return max(map(len, said), default=0) > 16


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
    return f'<div class="scroll" role="group" aria-label="{_name(head, body, caption)}" tabindex="0">{whole}</div>'


def _name(head: Sequence[str], body: Sequence[Sequence[str]], caption: str) -> str:
    """What a screen reader calls the table: its caption, or its first rows."""
    said = without_tags(caption.partition("<small>")[0]).strip()
    return said or ": ".join([esc(head[0]), ", ".join(without_tags(row[0]) for row in body[:2])])


def _fits(head: Sequence[str], body: Sequence[Sequence[str]], classes: Sequence[str]) -> str:
    """The narrowest of `WIDTHS` that the table has room in, as a class; a wider table always scrolls in its box."""
    need, breaks = 0.0, False
    for k, label in enumerate(head):
        cells = [without_tags(row[k]) for row in body]
        wraps = k == 0 or classes[k].split(" ")[0] in ("words", "wrap", "pair")
        parts = [part for cell in cells for part in (cell.split(" ") if wraps else [cell])]
        longest = max(map(len, [*parts, *label.split(" ")]))
        breaks = breaks or (wraps and longest > LONGEST_WORD)
        longest = min(longest, LONGEST_WORD) if wraps else longest
        least = 6.5 if k == 0 or (wraps and max(map(len, cells), default=0) > 12) else 6.0 if wraps else 0.0
        need += max(longest * (0.49 if wraps else 0.53), least) + 0.9
    return f"fits-{next((width for width in WIDTHS if need <= width), WIDTHS[-1])}" + (" breaks" if breaks else "")
