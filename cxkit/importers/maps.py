"""The column map: how a vendor's file becomes contract tables, written in YAML and checked here.

The form is described, with an example of each key, in docs/importing.md. A vendor that ships with the kit and a map that
a user writes for `generic` are the same thing.
"""

from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from cxkit.contract import Table, tables
from cxkit.dataset.pseudonyms import KINDS
from cxkit.errors import ArgumentError, DataError, did_you_mean
from cxkit.importers import said
from cxkit.importers.form import AS, Check, ColumnMap, Leave, SheetMap, TableMap, Totals, VendorMap
from cxkit.importers.items import survey_items
from cxkit.importers.read import plain


def vendors() -> dict[str, tuple[str, str]]:
    """Name → (title, how to export) of every vendor that the kit knows.

    Examples
    --------
    >>> vendors()["x"][0]
    'X (Twitter) post analytics'
    """
    folder = files(__package__) / "maps"
    names = sorted(entry.name.removesuffix(".yml") for entry in folder.iterdir() if entry.name.endswith(".yml"))
    entries = {name: _load(map_text(name), f"{name}.yml") for name in names}
    return {name: (entry["title"], entry["how"]) for name, entry in entries.items()}


def map_text(vendor: str) -> str:
    """The YAML of a vendor's map.

    Raises
    ------
    ArgumentError
        The kit does not know the vendor.
    """
    folder = files(__package__) / "maps"
    known = sorted(entry.name.removesuffix(".yml") for entry in folder.iterdir() if entry.name.endswith(".yml"))
    if vendor not in known:
        raise ArgumentError(
            f"unknown vendor `{vendor}`.{did_you_mean(vendor, [*known, 'generic'])} The kit knows: {', '.join(known)}, generic."
        )
    return (folder / f"{vendor}.yml").read_text("utf-8")


def read_map(vendor: str, own: str | Path | None = None) -> VendorMap:
    """Read a vendor's map, with the user's own map laid over it.

    Parameters
    ----------
    vendor : str
        A name of `vendors()`, or "generic", for which `own` is the whole map.
    own : path, optional
        A YAML file. What it says at the top level goes before the vendor's; its `columns` are laid over each table's.

    Raises
    ------
    ArgumentError
        The vendor is unknown, or `generic` comes without a map.
    DataError
        A map breaks the form; the message names the place.
    """
    entry: dict[str, Any] = {}
    if vendor != "generic":
        entry = _load(map_text(vendor), f"{vendor}.yml")
    elif own is None:
        raise ArgumentError(
            "generic needs a column map: --map map.yml. docs/importing.md shows the form; docs/examples/maps has examples."
        )
    where = f"{vendor}.yml"
    if own is not None:
        where = Path(own).name
        try:
            text = Path(own).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ArgumentError(
                f"cannot read the map {own}: {error.strerror if isinstance(error, OSError) else 'it is not UTF-8 text'}."
            ) from error
        mine = _load(text, where)
        if mine.get("prepare") == entry.get("prepare"):  # a copy of the vendor's map, changed
            mine.pop("prepare", None)
        said.only(mine, [*(key for key in _TOP if key != "prepare"), "columns", "items"], where)
        entry = _laid_over(entry, mine, where)
    return _vendor_map(entry, vendor, where)


def _load(text: str, where: str) -> dict[str, Any]:
    try:
        entry = yaml.load(text, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise DataError(
            f"{where}{line}: not readable YAML ({getattr(error, 'problem', None) or 'a value is not valid'})."
        ) from error
    if not isinstance(entry, dict):
        raise DataError(f"{where}: expected keys such as `tables:`, found {said.kind(entry)}.")
    return entry


def _laid_over(base: dict[str, Any], own: dict[str, Any], where: str) -> dict[str, Any]:
    """The user's keys go before the vendor's; `columns` are laid over those of each table that has them, `items` over answers."""
    if not base or "tables" in own:
        return base | own
    columns = {str(name): spec for name, spec in said.mapping(own.pop("columns", {}), where, "columns").items()}
    items = own.pop("items", None)
    merged = base | own
    merged["tables"] = [dict(table) for table in base["tables"]]
    names = {name for table in merged["tables"] for name in tables()[table["table"]].columns}
    for name in columns:
        if name not in names and not name.startswith("x_"):
            raise DataError(
                f"{where}, columns: no table of this vendor has `{name}`.{did_you_mean(name, names)} A column of your own begins with x_."
            )
    for table in merged["tables"]:
        known = tables()[table["table"]].columns
        own_columns = {name: spec for name, spec in columns.items() if name in known or name.startswith("x_")}
        table["columns"] = table["columns"] | own_columns
        if items is not None and table["table"] == "survey_answers":
            table["items"] = items
    return merged


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOP = (
    "title",
    "how",
    "source",
    "sheets",
    "tables",
    "headings",
    "nulls",
    "decimal",
    "dates",
    "zone",
    "drop",
    "prepare",
    "stacked",
)
_TABLE = (
    "table",
    "from",
    "if_present",
    "lookup",
    "leave_out",
    "one_row_per",
    "last_by",
    "columns",
    "each",
    "items",
    "combine",
    "checks",
    "totals",
)
_COLUMN = (
    "from", "is", "add", "minus", "join", "by", "made_of", "latest", "ask", "as", "hash", "zone", "format", "choices",
    "otherwise", "times", "after", "decimal", "nulls", "default",
)  # fmt: skip


def _vendor_map(entry: dict[str, Any], vendor: str, where: str) -> VendorMap:
    said.only(entry, _TOP, where)
    parts = said.sequence(entry.get("tables"), where, "tables")
    if not parts:
        raise DataError(f"{where}: `tables:` is missing. It lists the contract tables to fill, each with its columns.")
    found = tuple(
        _table_map(said.mapping(part, where, f"tables, entry {number}"), f"{where}, tables, entry {number}")
        for number, part in enumerate(parts, 1)
    )
    sheets = tuple(
        _sheet_map(str(name), sheet, where)
        for name, sheet in said.mapping(entry.get("sheets", {}), where, "sheets").items()
    )
    if not sheets:
        sheets = (SheetMap(name="file", when=_required_headings(found)),)
    found = tuple(replace(part, sheet=part.sheet or sheets[0].name) for part in found)
    for part in found:
        for name in (part.sheet, *part.lookup):
            if name not in {sheet.name for sheet in sheets}:
                raise DataError(
                    f"{where}, table {part.table.name}: there is no sheet `{name}` under `sheets:`.{did_you_mean(name, [s.name for s in sheets])}"
                )
    synonyms = {
        plain(other): plain(str(name))
        for name, others in said.mapping(entry.get("headings", {}), where, "headings").items()
        for other in said.texts(others, where, "headings")
    }
    decimal, dates = str(entry.get("decimal", "")), str(entry.get("dates", ""))
    said.one_of(decimal, ("", ".", ","), where, "decimal")
    said.one_of(dates, ("", "day-first", "month-first"), where, "dates")
    return VendorMap(
        name=vendor, title=str(entry.get("title", vendor)), how=str(entry.get("how", "")), sheets=sheets, tables=found, synonyms=synonyms,
        nulls=said.texts(entry.get("nulls"), where, "nulls"), decimal=decimal, dates=dates, zone=str(entry.get("zone", "")),
        drop=said.plains(entry.get("drop"), where, "drop"), prepare=str(entry.get("prepare", "")),
        stacked=entry.get("stacked") is True,
    )  # fmt: skip


def _required_headings(found: Iterable[TableMap]) -> frozenset[str]:
    """Without `sheets:` a file is recognised by the headings that required columns need."""
    needed: set[str] = set()
    for part in found:
        for name, column in part.columns.items():
            if name in part.table.required and len(column.heading) == 1 and not column.heading[0].startswith("("):
                needed |= set(column.heading)
    return frozenset(needed)


def _sheet_map(name: str, sheet: Any, where: str) -> SheetMap:
    entry = said.mapping(sheet, where, f"sheets, {name}")
    said.only(entry, ("when", "columns"), f"{where}, sheets, {name}")
    when, headings = (
        said.plains(entry.get("when"), where, f"sheets, {name}, when"),
        said.texts(entry.get("columns"), where, f"sheets, {name}, columns"),
    )
    if not when and not headings:
        raise DataError(f"{where}, sheets, {name}: `when:` is missing. It lists the headings that the file must have.")
    return SheetMap(name=name, when=frozenset(when), headings=headings)


def _table_map(entry: dict[str, Any], where: str) -> TableMap:
    said.only(entry, _TABLE, where)
    name = str(entry.get("table", ""))
    if name not in tables():
        raise DataError(
            f"{where}: unknown table `{name}`.{did_you_mean(name, tables())} The contract has: {', '.join(tables())}."
        )
    table = tables()[name]
    where = f"{where} ({name})"
    columns = _columns(entry.get("columns", {}), table, where)
    items = (
        survey_items(entry.get("items"), where) if "items" in entry else said.sequence(entry.get("each"), where, "each")
    )
    each = tuple(_columns(item, table, f"{where}, each") for item in items)
    combine = {
        str(key): str(value)
        for key, value in said.mapping(entry.get("combine", {}), where, "combine").items()
        if key != "by"
    }
    for target, how in combine.items():
        said.one_of(how, ("sum", "first", "last", "min", "max"), where, f"combine, {target}")
    lookup = {
        str(sheet): {plain(str(theirs)): plain(str(ours)) for theirs, ours in said.mapping(on, where, "lookup").items()}
        for sheet, on in said.mapping(entry.get("lookup", {}), where, "lookup").items()
    }
    checks = tuple(
        _check(heading, check, where)
        for heading, check in said.mapping(entry.get("checks", {}), where, "checks").items()
    )
    for check in checks:
        for name in (*check.over, *check.under):
            _is_column(name, table, f"{where}, checks, {check.heading}")
    for sheet, on in lookup.items():
        if not on:
            raise DataError(
                f"{where}, lookup, {sheet}: say which of its headings is which of ours, such as {{ticket_id: id}}."
            )
    return TableMap(
        table=table, sheet=str(entry.get("from", "")), columns=columns, lookup=lookup, each=each, combine=combine,
        leave_out=tuple(_leave(rule, where) for rule in said.sequence(entry.get("leave_out"), where, "leave_out")),
        if_present=said.plains(entry.get("if_present"), where, "if_present"),
        one_row_per=said.plains(entry.get("one_row_per"), where, "one_row_per"), last_by=plain(str(entry.get("last_by", ""))),
        combine_by=said.plains(said.mapping(entry.get("combine", {}), where, "combine").get("by"), where, "combine, by"),
        checks=checks,
        totals=_totals(entry["totals"], where) if "totals" in entry else None,
    )  # fmt: skip


def _columns(entry: Any, table: Table, where: str) -> dict[str, ColumnMap]:
    found = {}
    for name, spec in said.mapping(entry, where, "columns").items():
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
    if isinstance(spec, (str, list)):
        return ColumnMap(heading=said.plains(spec, where, "from"))
    entry = said.mapping(spec, where, "column")
    said.only(entry, _COLUMN, where)
    origins = [key for key in ("from", "is", "add", "join", "made_of", "latest", "ask") if key in entry]
    if len(origins) != 1 and origins != ["from", "ask"]:
        raise DataError(
            f"{where}: expected one of from, is, add, join, made_of, latest or ask, found {', '.join(origins) or 'none'}."
        )
    said.one_of(str(entry.get("as", "")), ("", *AS), where, "as")
    said.one_of(str(entry.get("hash", "")), ("", *KINDS), where, "hash")
    said.one_of(str(entry.get("decimal", "")), ("", ".", ","), where, "decimal")
    times = said.number(entry["times"], where, "times") if "times" in entry else None
    choices = {
        plain(said.text(key)): said.text(value)
        for key, value in said.mapping(entry.get("choices", {}), where, "choices").items()
    }
    return ColumnMap(
        heading=said.plains(entry.get("from"), where, "from"), constant=said.text(entry["is"]) if "is" in entry else None,
        add=said.plains(entry.get("add"), where, "add"), minus=said.plains(entry.get("minus"), where, "minus"),
        join=tuple(part if part.startswith("=") else plain(part) for part in said.texts(entry.get("join"), where, "join")),
        by=str(entry.get("by", "")), made_of=said.texts(entry.get("made_of"), where, "made_of"), latest=said.plains(entry.get("latest"), where, "latest"),
        ask=str(entry.get("ask", "")), reading=str(entry.get("as", "")), hash=str(entry.get("hash", "")), zone=str(entry.get("zone", "")),
        form=str(entry.get("format", "")), choices=choices, otherwise=said.text(entry["otherwise"]) if "otherwise" in entry else None, times=times,
        after=str(entry.get("after", "")), decimal=str(entry.get("decimal", "")), nulls=said.texts(entry.get("nulls"), where, "nulls"),
        default=said.text(entry.get("default", "")),
    )  # fmt: skip


def _leave(rule: Any, where: str) -> Leave:
    entry = said.mapping(rule, where, "leave_out")
    said.only(entry, ("where", "is", "not", "like", "blank", "because"), f"{where}, leave_out")
    if "where" not in entry or "because" not in entry:
        raise DataError(
            f"{where}, leave_out: each rule needs `where:` (a heading) and `because:` (the reason that the account gives)."
        )
    tests = [key for key in ("is", "not", "like", "blank") if key in entry]
    if len(tests) != 1:
        raise DataError(
            f"{where}, leave_out: each rule has one of is, not, like or blank, found {', '.join(tests) or 'none'}."
        )
    return Leave(
        where=said.plains(entry["where"], where, "leave_out"), because=str(entry["because"]), like=str(entry.get("like", "")),
        values=said.plains(entry.get("is"), where, "is"), but=said.plains(entry.get("not"), where, "not"), blank=entry.get("blank") is True,
    )  # fmt: skip


def _check(heading: Any, check: Any, where: str) -> Check:
    entry = said.mapping(check, where, f"checks, {heading}")
    said.only(entry, ("of", "by", "as", "within"), f"{where}, checks, {heading}")
    over, under = said.texts(entry.get("of"), where, "of"), said.texts(entry.get("by"), where, "by")
    if not over:
        raise DataError(
            f"{where}, checks, {heading}: `of:` is missing, the contract columns to add up (and `by:` to divide by)."
        )
    within = said.number(entry.get("within", 0.0005), f"{where}, checks, {heading}", "within")
    return Check(
        heading=plain(str(heading)), over=over, under=under, reading=str(entry.get("as", "number")), within=within
    )


def _totals(entry: Any, where: str) -> Totals:
    entry = said.mapping(entry, where, "totals")
    said.only(entry, ("blank", "sums", "means"), f"{where}, totals")
    means = {
        plain(str(key)): plain(str(value))
        for key, value in said.mapping(entry.get("means", {}), where, "means").items()
    }
    return Totals(
        blank=said.plains(entry.get("blank"), where, "blank"),
        sums=said.plains(entry.get("sums"), where, "sums"),
        means=means,
    )
