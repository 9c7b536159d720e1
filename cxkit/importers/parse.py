"""What a column map says, checked against the form that docs/importing.md describes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from cxkit import forms
from cxkit.contract import Table, tables
from cxkit.dataset.pseudonyms import KINDS
from cxkit.errors import did_you_mean
from cxkit.forms import choice, fill, flag, mapping, number, scalar, sequence, texts
from cxkit.importers.form import AS, Check, ColumnMap, Leave, SheetMap, TableMap, Totals, VendorMap
from cxkit.importers.items import survey_items
from cxkit.importers.read import plain

_ORIGINS = ("from", "is", "add", "join", "made_of", "latest", "ask")
_TESTS = ("is", "not", "like", "blank")
_DECIMAL = choice(".", ",")


def vendor_map(written: Any, vendor: str) -> VendorMap:
    """The map that a YAML file says.

    Raises
    ------
    ValueError
        It breaks the form; for `forms.read`, which names the place.
    """
    entry = fill(written, FORM)
    if not entry.get("tables"):
        raise ValueError("`tables:` is missing. It lists the contract tables to fill, each with its columns.")
    found = entry["tables"]
    sheets = tuple(replace(sheet, name=name) for name, sheet in entry.get("sheets", {}).items())
    sheets = sheets or (SheetMap(name="file", when=_required_headings(found)),)
    entry["sheets"] = sheets
    entry["tables"] = tuple(replace(part, sheet=part.sheet or sheets[0].name) for part in found)
    names = [sheet.name for sheet in sheets]
    for part in entry["tables"]:
        for name in (part.sheet, *part.lookup):
            if name not in names:
                raise ValueError(
                    f"table {part.table.name}: there is no sheet `{name}` under `sheets:`.{did_you_mean(name, names)}"
                )
    synonyms = {other: ours for ours, others in entry.pop("headings", {}).items() for other in others}
    return VendorMap(**{"title": vendor, "how": ""} | entry, name=vendor, synonyms=synonyms)


def name_among(columns: Collection[str], whose: str) -> forms.Reader:
    """A reader of a column's name, which is known or the user's own."""

    def read(name: Any) -> str:
        if name not in columns and not str(name).startswith("x_"):
            hint = did_you_mean(str(name), columns)
            raise ValueError(f"{whose} has no column `{name}`.{hint} A column of your own begins with x_.")
        return str(name)

    return read


def _required_headings(found: Iterable[TableMap]) -> frozenset[str]:
    """Without `sheets:` a file is recognised by the headings that required columns need."""
    needed: set[str] = set()
    for part in found:
        for name, column in part.columns.items():
            if name in part.table.required and len(column.heading) == 1 and not column.heading[0].startswith("("):
                needed |= set(column.heading)
    return frozenset(needed)


def _sheet(written: Any) -> SheetMap:
    entry = fill(written, {"when": _plains, "columns": texts()})
    when, headings = entry.get("when", ()), entry.get("columns", ())
    if not when and not headings:
        raise ValueError("`when:` is missing. It lists the headings that the file must have.")
    return SheetMap(name="", when=frozenset(when), headings=headings)


def _table(written: Any) -> TableMap:
    name = str(forms.keys(written).get("table"))
    if name not in tables():
        raise ValueError(
            f"unknown table `{name}`.{did_you_mean(name, tables())} The contract has: {', '.join(tables())}."
        )
    table = tables()[name]
    columns = mapping(_column(table), key=name_among(table.columns, name))
    form = {
        **dict.fromkeys(("table", "from"), scalar),
        **dict.fromkeys(("if_present", "one_row_per"), _plains),
        "columns": columns,
        "lookup": mapping(_lookup, key=scalar),
        "each": sequence(columns),
        "items": lambda items: sequence(columns)(survey_items(items)),
        "combine": _combine,
        "leave_out": sequence(_leave),
        "last_by": _plain,
        "checks": mapping(_check(table), key=_plain),
        "totals": _totals,
    }
    entry = {"columns": {}} | fill(written, form)
    combine = entry.pop("combine", {})
    return TableMap(
        **_named(entry, {"from": "sheet", "items": "each"})
        | {
            "table": table,
            "combine": {key: way for key, way in combine.items() if key != "by"},
            "combine_by": combine.get("by", ()),
            "checks": tuple(replace(check, heading=heading) for heading, check in entry.get("checks", {}).items()),
        }
    )


def _combine(written: Any) -> dict[str, Any]:
    ways = dict.fromkeys(forms.keys(written), choice("sum", "first", "last", "min", "max"))
    return fill(written, ways | {"by": _plains})


def _lookup(written: Any) -> dict[str, str]:
    """Which heading of another sheet is which of ours."""
    if not written:
        raise ValueError("say which of its headings is which of ours, such as {ticket_id: id}.")
    return mapping(_plain, key=_plain)(written)


def _column(table: Table) -> forms.Reader:
    name = name_among(table.columns, table.name)
    form = {
        **dict.fromkeys(("from", "add", "minus", "latest"), _plains),
        **dict.fromkeys(("is", "by", "ask", "zone", "format", "otherwise", "default"), scalar),
        "join": texts(lambda part: part if str(part).startswith("=") else _plain(part)),
        "made_of": texts(name),
        "after": name,
        "as": choice(*AS),
        "hash": choice(*KINDS),
        "choices": mapping(scalar, key=_plain),
        "times": number(),
        "decimal": _DECIMAL,
        "nulls": texts(),
    }

    def read(spec: Any) -> ColumnMap:
        if isinstance(spec, str) and spec.startswith("="):
            return ColumnMap(constant=spec[1:])
        entry = fill({"from": spec} if isinstance(spec, str | list) else spec, form)
        origins = [key for key in _ORIGINS if key in entry]
        if len(origins) != 1 and origins != ["from", "ask"]:
            found = ", ".join(origins) or "none"
            raise ValueError(f"expected one of from, is, add, join, made_of, latest or ask, found {found}.")
        return ColumnMap(**_named(entry, {"from": "heading", "is": "constant", "as": "reading", "format": "form"}))

    return read


def _leave(written: Any) -> Leave:
    form = {"where": _plains, "because": scalar, "is": _plains, "not": _plains, "like": scalar, "blank": flag}
    entry = fill(written, form)
    if "where" not in entry or "because" not in entry:
        raise ValueError("each rule needs `where:` (a heading) and `because:` (the reason that the account gives).")
    tests = [key for key in _TESTS if key in entry]
    if len(tests) != 1:
        raise ValueError(f"each rule has one of is, not, like or blank, found {', '.join(tests) or 'none'}.")
    return Leave(**_named(entry, {"is": "values", "not": "but"}))


def _check(table: Table) -> forms.Reader:
    names = texts(name_among(table.columns, table.name))

    def read(written: Any) -> Check:
        entry = fill(written, {"of": names, "by": names, "as": choice(*AS), "within": number()})
        if not entry.get("of"):
            raise ValueError("`of:` is missing, the contract columns to add up (and `by:` to divide by).")
        return Check(heading="", **_named(entry, {"of": "over", "by": "under", "as": "reading"}))

    return read


def _totals(written: Any) -> Totals:
    return Totals(
        **{"blank": ()} | fill(written, {"blank": _plains, "sums": _plains, "means": mapping(_plain, key=_plain)})
    )


def _named(entry: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The same under the names that the typed objects have."""
    return {names.get(key, key): value for key, value in entry.items()}


def _plain(value: Any) -> str:
    return plain(scalar(value))


_plains = texts(_plain)
FORM: dict[str, forms.Reader] = {
    **dict.fromkeys(("title", "how", "zone", "prepare"), scalar),
    "sheets": mapping(_sheet, key=scalar),
    "tables": sequence(_table),
    "headings": mapping(_plains, key=_plain),
    "nulls": texts(),
    "decimal": _DECIMAL,
    "dates": choice("day-first", "month-first"),
    "drop": _plains,
    "stacked": flag,
}
