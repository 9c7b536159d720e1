"""What a column map says, checked against the form that docs/importing.md describes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cxkit.contract import Table, tables
from cxkit.dataset.pseudonyms import KINDS
from cxkit.errors import DataError, did_you_mean
from cxkit.importers import said
from cxkit.importers.form import AS, Check, ColumnMap, Leave, SheetMap, TableMap, Totals, VendorMap
from cxkit.importers.items import survey_items
from cxkit.importers.read import plain
from cxkit.importers.said import Entry

TOP = (
    "title", "how", "source", "sheets", "tables", "headings", "nulls", "decimal", "dates", "zone", "drop", "prepare", "stacked",
)  # fmt: skip
_TABLE = (
    "table", "from", "if_present", "lookup", "leave_out", "one_row_per", "last_by", "columns", "each", "items", "combine", "checks",
    "totals",
)  # fmt: skip
_ORIGINS = ("from", "is", "add", "join", "made_of", "latest", "ask")
_COLUMN = (
    "from", "is", "add", "minus", "join", "by", "made_of", "latest", "ask", "as", "hash", "zone", "format", "choices",
    "otherwise", "times", "after", "decimal", "nulls", "default",
)  # fmt: skip
_TESTS = ("is", "not", "like", "blank")


def vendor_map(written: dict[str, Any], vendor: str, where: str) -> VendorMap:
    """The map that a YAML file says.

    Raises
    ------
    DataError
        It breaks the form; the message names the place.
    """
    entry = Entry(written, where, TOP)
    parts = entry.sequence("tables")
    if not parts:
        raise DataError(f"{where}: `tables:` is missing. It lists the contract tables to fill, each with its columns.")
    found = tuple(_table_map(part, f"{where}, tables, entry {number}") for number, part in enumerate(parts, 1))
    sheets = tuple(_sheet_map(str(name), sheet, where) for name, sheet in entry.mapping("sheets").items())
    if not sheets:
        sheets = (SheetMap(name="file", when=_required_headings(found)),)
    found = tuple(replace(part, sheet=part.sheet or sheets[0].name) for part in found)
    names = [sheet.name for sheet in sheets]
    for part in found:
        for name in (part.sheet, *part.lookup):
            if name not in names:
                raise DataError(
                    f"{where}, table {part.table.name}: there is no sheet `{name}` under `sheets:`.{did_you_mean(name, names)}"
                )
    headings = Entry(entry.mapping("headings"), f"{where}, headings", entry.mapping("headings"))
    return VendorMap(
        name=vendor,
        title=entry.word("title") or vendor,
        how=entry.word("how"),
        sheets=sheets,
        tables=found,
        synonyms={plain(other): plain(str(name)) for name in headings.entry for other in headings.texts(name)},
        nulls=entry.texts("nulls"),
        decimal=entry.word("decimal", (".", ",")),
        dates=entry.word("dates", ("day-first", "month-first")),
        zone=entry.word("zone"),
        drop=entry.plains("drop"),
        prepare=entry.word("prepare"),
        stacked=entry["stacked"] is True,
    )


def _required_headings(found: Iterable[TableMap]) -> frozenset[str]:
    """Without `sheets:` a file is recognised by the headings that required columns need."""
    needed: set[str] = set()
    for part in found:
        for name, column in part.columns.items():
            if name in part.table.required and len(column.heading) == 1 and not column.heading[0].startswith("("):
                needed |= set(column.heading)
    return frozenset(needed)


def _sheet_map(name: str, sheet: Any, where: str) -> SheetMap:
    entry = Entry(sheet or {}, f"{where}, sheets, {name}", ("when", "columns"))
    when, headings = entry.plains("when"), entry.texts("columns")
    if not when and not headings:
        raise DataError(f"{entry.where}: `when:` is missing. It lists the headings that the file must have.")
    return SheetMap(name=name, when=frozenset(when), headings=headings)


def _table_map(part: Any, where: str) -> TableMap:
    entry = Entry(part, where, _TABLE)
    name = entry.word("table")
    if name not in tables():
        raise DataError(
            f"{where}: unknown table `{name}`.{did_you_mean(name, tables())} The contract has: {', '.join(tables())}."
        )
    table = tables()[name]
    where = entry.where = f"{where} ({name})"
    items = survey_items(entry["items"], where) if "items" in entry else entry.sequence("each")
    combine = entry.mapping("combine")
    combined = Entry(combine, f"{where}, combine", combine)
    return TableMap(
        table=table,
        sheet=entry.word("from"),
        columns=_columns(entry.mapping("columns"), table, where),
        lookup={str(sheet): _lookup(on, f"{where}, lookup, {sheet}") for sheet, on in entry.mapping("lookup").items()},
        each=tuple(_columns(item, table, f"{where}, each") for item in items),
        combine={key: combined.word(key, ("sum", "first", "last", "min", "max")) for key in combine if key != "by"},
        combine_by=combined.plains("by"),
        leave_out=tuple(_leave(rule, f"{where}, leave_out") for rule in entry.sequence("leave_out")),
        if_present=entry.plains("if_present"),
        one_row_per=entry.plains("one_row_per"),
        last_by=plain(entry.word("last_by")),
        checks=tuple(_check(str(key), check, table, where) for key, check in entry.mapping("checks").items()),
        totals=_totals(entry["totals"], f"{where}, totals") if "totals" in entry else None,
    )


def _lookup(on: Any, where: str) -> dict[str, str]:
    """Which heading of another sheet is which of ours."""
    if not on:
        raise DataError(f"{where}: say which of its headings is which of ours, such as {{ticket_id: id}}.")
    pairs = Entry(on, where, on)
    return {plain(str(theirs)): plain(str(ours)) for theirs, ours in pairs.entry.items()}


def _columns(written: Any, table: Table, where: str) -> dict[str, ColumnMap]:
    found = {}
    for name, spec in said.mapping(written, where, "columns").items():
        _is_column(name, table, where)
        found[str(name)] = column = _column(spec, f"{where}, {name}")
        for other in (*column.made_of, *filter(None, [column.after])):
            _is_column(other, table, f"{where}, {name}")
    return found


def _is_column(name: Any, table: Table, where: str) -> None:
    if name not in table.columns and not str(name).startswith("x_"):
        hint = did_you_mean(str(name), table.columns)
        raise DataError(f"{where}: {table.name} has no column `{name}`.{hint} A column of your own begins with x_.")


def _column(spec: Any, where: str) -> ColumnMap:
    if isinstance(spec, str) and spec.startswith("="):
        return ColumnMap(constant=spec[1:])
    entry = Entry({"from": spec} if isinstance(spec, (str, list)) else spec or {}, where, _COLUMN)
    origins = [key for key in _ORIGINS if key in entry]
    if len(origins) != 1 and origins != ["from", "ask"]:
        raise DataError(
            f"{where}: expected one of from, is, add, join, made_of, latest or ask, found {', '.join(origins) or 'none'}."
        )
    return ColumnMap(
        heading=entry.plains("from"),
        constant=said.text(entry["is"]) if "is" in entry else None,
        add=entry.plains("add"),
        minus=entry.plains("minus"),
        join=tuple(part if part.startswith("=") else plain(part) for part in entry.texts("join")),
        by=entry.word("by"),
        made_of=entry.texts("made_of"),
        latest=entry.plains("latest"),
        ask=entry.word("ask"),
        reading=entry.word("as", AS),
        hash=entry.word("hash", KINDS),
        zone=entry.word("zone"),
        form=entry.word("format"),
        choices={plain(said.text(key)): said.text(value) for key, value in entry.mapping("choices").items()},
        otherwise=said.text(entry["otherwise"]) if "otherwise" in entry else None,
        times=said.number(entry["times"], where, "times") if "times" in entry else None,
        after=entry.word("after"),
        decimal=entry.word("decimal", (".", ",")),
        nulls=entry.texts("nulls"),
        default=said.text(entry["default"]),
    )


def _leave(rule: Any, where: str) -> Leave:
    entry = Entry(rule or {}, where, ("where", *_TESTS, "because"))
    if "where" not in entry or "because" not in entry:
        raise DataError(
            f"{where}: each rule needs `where:` (a heading) and `because:` (the reason that the account gives)."
        )
    tests = [key for key in _TESTS if key in entry]
    if len(tests) != 1:
        raise DataError(f"{where}: each rule has one of is, not, like or blank, found {', '.join(tests) or 'none'}.")
    return Leave(
        where=entry.plains("where"),
        because=entry.word("because"),
        like=entry.word("like"),
        values=entry.plains("is"),
        but=entry.plains("not"),
        blank=entry["blank"] is True,
    )


def _check(heading: str, check: Any, table: Table, where: str) -> Check:
    entry = Entry(check or {}, f"{where}, checks, {heading}", ("of", "by", "as", "within"))
    over, under = entry.texts("of"), entry.texts("by")
    if not over:
        raise DataError(f"{entry.where}: `of:` is missing, the contract columns to add up (and `by:` to divide by).")
    for name in (*over, *under):
        _is_column(name, table, entry.where)
    within = said.number(entry["within"], entry.where, "within") if "within" in entry else 0.0005
    return Check(heading=plain(heading), over=over, under=under, reading=entry.word("as") or "number", within=within)


def _totals(totals: Any, where: str) -> Totals:
    entry = Entry(totals or {}, where, ("blank", "sums", "means"))
    return Totals(
        blank=entry.plains("blank"),
        sums=entry.plains("sums"),
        means={plain(str(key)): plain(str(value)) for key, value in entry.mapping("means").items()},
    )
