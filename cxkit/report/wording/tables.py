"""Tables: frames as they are, and measured rows with their intervals and verdicts."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from cxkit.markup import element, joined, words_of
from cxkit.report.wording import targets, words
from cxkit.report.wording.cards import term, verdict_words
from cxkit.report.wording.context import Context, Json, rows_of
from cxkit.report.wording.format import LEAST_DECIMALS, MINUS, NOTHING, Style, is_number, missing, unbroken
from cxkit.report.wording.words import Row
from cxkit.segment import Condition, conditions_of

# A number or a range of two as notebooks word them: "9.4 – 18.2", "+9 … +47", "× 0.70", "42 s", "+30 points", "< 0.001".
_NUMBERS = re.compile(rf"(?:< |× |± )?[{MINUS}+\-]?[^\W\d]{{0,3}}[\d.,\s%€$£–…+{MINUS}]+(?:s|days|points|pts)?")
LONGEST_WORD = 30  # characters; longer ones may be broken anywhere
SHORT = 27  # characters; changes and verdicts no longer than that stay on a line where the table has all its width
# Widths (rem) of the box around a table below which its rows become cards: those of `.fits-…` in the style sheet.
WIDTHS = (20, 28, 36, 42, 48, 54)


class Column(NamedTuple):
    """One column: its head is plain text, its cells are text or HTML; the class says how they are set."""

    head: str
    cells: Sequence[str]
    class_: str = ""

    @property
    def wraps(self) -> bool:
        return self.class_.split(" ")[0] in ("words", "wrap", "pair")


def table(block: Json, context: Context) -> Markup:
    """A frame: the first column names the row, numbers are set to the right by their unit."""
    if not block["rows"]:
        return element("p", f"{str(block.get('caption') or 'Table').rstrip('.')}: nothing to show.")
    columns = []
    for k, column in enumerate(block["columns"]):
        cells = _said([row[k] for row in block["rows"]], column, context.style)
        is_words = column.get("unit", "text") == "text" and not _numeric(cells)
        columns.append(Column(str(column["label"]), cells, "words" if is_words else ""))
    return _table(columns, block.get("caption", ""))


def _said(values: Sequence[Any], column: Json, style: Style) -> list[str]:
    """The cells of a column; numbers under one another have the same decimals, ratios too small for them have more."""
    unit = column.get("unit", "text")
    if unit not in ("money", "ratio", "rate"):
        return [_cell(value, unit, style, None) for value in values]
    numbers = [value for value in values if is_number(value)]
    own = [style.decimals(unit, value) for value in numbers]
    if unit == "money":
        sizes = [abs(value) for value in numbers if value]
        thousands = bool(sizes) and min(sizes) >= 100 and max(sizes) >= 1000  # beside which cents say nothing
        common = 0 if thousands else style.common_decimals(unit, own, numbers)
        return [_cell(value, unit, style, common) for value in values]
    common = max((decimals for decimals in own if decimals <= LEAST_DECIMALS[unit]), default=0)
    return [
        _cell(value, unit, style, max(style.decimals(unit, value), common) if is_number(value) else None)
        for value in values
    ]


def _cell(value: Any, unit: str, style: Style, decimals: int | None) -> str:
    if isinstance(value, str) and " … " in value:  # an interval that the notebook has worded
        return unbroken(value)
    return style.said(value, unit, decimals)


def _numeric(cells: Sequence[str]) -> bool:
    """Whether words in a column are numbers that the notebook has worded itself."""
    told = [cell.replace("\u2060", "") for cell in cells if cell not in ("", NOTHING)]
    return bool(told) and all(map(_NUMBERS.fullmatch, told))


def breakdown(block: Json, context: Context) -> Markup:
    """Measured rows: one table a metric when there are several segments, else one table with a row a metric."""
    rows = [context.decide(row) for row in rows_of(block["measurements"])]
    caption = block.get("caption", "")
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
        said = f" by {by}" if by and not is_said else ""
        caption_of_it = joined([term({**some[0], "segment": ""}, context), said])
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
    return joined([element("p", caption) if caption else "", *parts])


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
        if not row.get("segment"):
            return element("em", "all")
        return words.condition_values(own[row["segment"]]) or str(row["segment"])

    return cell


def _measured(
    rows: Sequence[Row], block: Json, context: Context, first: str, name: Callable[[Row], str], caption: str
) -> Markup:
    """One row a figure."""
    common = words.common_decimals(rows, context.style)
    decimals = [common[row["metric_id"]] for row in rows]
    columns = [
        Column(first, list(map(name, rows))),
        *_size_columns(rows, decimals, block, context.style),
        *_change_columns(rows, decimals, block, context.style),
    ]
    if any(words.is_at_equal_length(row) for row in rows):
        note = element("small", "Changes of totals are told at equal length of both periods.")
        caption = joined([caption, " ", note]) if caption else note
    return _table(columns, caption)


def _size_columns(rows: Sequence[Row], decimals: Sequence[int], block: Json, style: Style) -> Iterator[Column]:
    """The values, their intervals where there are any, and what they stand on."""
    yield Column("Value", _values("value", rows, decimals, style))
    if any(not missing(row.get("ci_low")) for row in rows):
        bounds = [_interval(row, style, digits) for row, digits in zip(rows, decimals, strict=True)]
        yield Column("Interval", bounds, "pair" if _is_long(rows, style) else "")
    yield Column("n", [words.size(row, style, block) for row in rows])


def _change_columns(rows: Sequence[Row], decimals: Sequence[int], block: Json, style: Style) -> Iterator[Column]:
    """Base and change where rows are compared, verdicts and targets where they are judged."""
    pairs = list(zip(rows, decimals, strict=True))
    changes, verdicts = [], []
    if any(not missing(row.get("base_value")) or not missing(row.get("difference")) for row in rows):
        changes = [words.change_in_a_table(row, style, digits) or NOTHING for row, digits in pairs]
    if any(targets.of(row, block) is not None or words.verdict_of(row) not in ("none", "no base") for row in rows):
        verdicts = [words.verdict(row, block.get("k", 10)) for row in rows]
        verdicts = [one._replace(words=one.words.replace(words.UNFINISHED, ", so far")) for one in verdicts]
    longest = max(map(len, [*changes, *(one.words for one in verdicts)]), default=0)
    line = " line" if longest <= SHORT else ""
    if changes:
        yield Column("Before", _values("base_value", rows, decimals, style))
        yield Column("Change", list(map(unbroken, changes)), f"wrap{line}")
    if verdicts:
        aims = [targets.said(row, block, style, digits) for row, digits in pairs]
        yield Column("Verdict", list(map(_verdict, verdicts, aims)), f"words{line}")


def _values(name: str, rows: Sequence[Row], decimals: Sequence[int], style: Style) -> list[str]:
    return [style.value(row.get(name), row["unit"], digits) for row, digits in zip(rows, decimals, strict=True)]


def _verdict(verdict: words.Verdict, aim: str) -> Markup:
    """The verdict, and beneath it how the figure stands to its target."""
    worded = element("span", verdict_words(verdict, "span") or NOTHING, class_=verdict.kind)
    return element("div", worded, element("small", unbroken(aim))) if aim else worded


def _interval(row: Row, style: Style, decimals: int) -> str:
    """Both ends; where there is no room for both on a line, it breaks between them."""
    said = style.interval(row.get("ci_low"), row.get("ci_high"), row["unit"], decimals)
    return "\u00a0– ".join(end.replace(" ", "\u00a0") for end in said.split(" – "))


def _is_long(rows: Sequence[Row], style: Style) -> bool:
    """Whether one of the intervals is better set on two lines."""
    said = (style.interval(row.get("ci_low"), row.get("ci_high"), row["unit"]) for row in rows)
    return max(map(len, said), default=0) > 16


def _table(columns: Sequence[Column], caption: str) -> Markup:
    """A table that becomes cards where its box is narrow."""
    first, *others = columns
    heads = (element("th", column.head, scope="col", class_=column.class_) for column in columns)
    lines = []
    for k, named in enumerate(first.cells):
        cells = [element("td", column.cells[k], data_label=column.head, class_=column.class_) for column in others]
        lines.append(element("tr", element("th", named, scope="row"), *cells))
    parts = [
        element("caption", caption) if caption else "",
        element("thead", element("tr", *heads)),
        element("tbody", *lines),
    ]
    whole = element("table", *parts, class_=_fits(columns))
    return element("div", whole, class_="scroll", role="group", aria_label=_name(first, caption), tabindex="0")


def _name(first: Column, caption: str) -> str:
    """What a screen reader calls the table: its caption, or its first rows."""
    said = words_of(caption.partition("<small>")[0] if isinstance(caption, Markup) else caption).strip()
    return said or f"{first.head}: {', '.join(map(words_of, first.cells[:2]))}"


def _fits(columns: Sequence[Column]) -> str:
    """The narrowest of `WIDTHS` that the table has room in, as a class; a wider table always scrolls in its box."""
    needs = [_need(column, is_first=k == 0) for k, column in enumerate(columns)]
    need = sum(rem for rem, _ in needs)
    breaks = " breaks" if any(breaks for _, breaks in needs) else ""
    return f"fits-{next((width for width in WIDTHS if need <= width), WIDTHS[-1])}{breaks}"


def _need(column: Column, *, is_first: bool) -> tuple[float, bool]:
    """How wide a column is at the least (rem), and whether one of its words must be broken for that."""
    cells = list(map(words_of, column.cells))
    wraps = is_first or column.wraps
    parts = [part for cell in cells for part in (cell.split(" ") if wraps else [cell])]
    longest = max(map(len, [*parts, *column.head.split(" ")]))
    if not wraps:
        return longest * 0.53 + 0.9, False
    least = 6.5 if is_first or max(map(len, cells), default=0) > 12 else 6.0
    return max(min(longest, LONGEST_WORD) * 0.49, least) + 0.9, longest > LONGEST_WORD
