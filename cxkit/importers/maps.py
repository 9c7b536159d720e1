"""The column map: how a vendor's file becomes contract tables, written in YAML and checked here.

The form is described, with an example of each key, in docs/importing.md. A vendor that ships with the kit and a map that
a user writes for `generic` are the same thing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from cxkit.contract import Table, tables
from cxkit.errors import ArgumentError, DataError, did_you_mean
from cxkit.importers.read import plain
from cxkit.privacy import KINDS

AS = ("text", "id", "number", "percent", "seconds", "timestamp", "date", "boolean", "path", "domain")
_SCALES = {
    "nps": (0, 10), "enps": (0, 10), "csat": (1, 5), "esat": (1, 5), "ces": (1, 7), "seq": (1, 7), "sus": (1, 5),
    "umux_lite": (1, 7), "post_task_csat": (1, 5), "area_score": (1, 5), "review_stars": (1, 5),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """Where one column of a contract table comes from, and how its cells are read.

    Exactly one of `heading`, `constant`, `add`, `join`, `made_of`, `latest` and `ask` says where from.

    Attributes
    ----------
    heading : tuple of str
        Headings to look for; the first that has a value in the row is taken.
    constant : str or None
        The same text in every row.
    add, minus : tuple of str
        Numbers added up (and taken off); empty cells count as nothing, all empty is empty.
    join : tuple of str
        Texts put together, with `by` between; a part that starts with = is a constant. Empty when a part is empty, but for
        parts that end with ?.
    made_of : tuple of str
        Contract columns of the same row from which a stable id is made.
    latest : tuple of str
        The latest time in these columns over the file, such as the moment of export.
    ask : str
        The file does not say it: the user does, with --set; the text explains what.
    reading : str
        One of `AS`; "" takes what the contract's type says.
    hash : str
        The kind of personal identifier to hash it as; "" is none.
    zone : str
        Time zone of naive times; "account" is asked for with --timezone.
    form : str
        strptime format, or unix_s, unix_ms, unix_us.
    choices, otherwise : dict and str or None
        Vendor's value → contract's value; what becomes of a value that neither this nor the contract lists: `{}` in it is
        the value itself, "" leaves the cell empty, "(reject)" rejects the row. Without it such values stop the import.
    times : number or None
        The number is multiplied by it (minutes to seconds: 60).
    after : str
        The number is seconds after this contract column.
    nulls : tuple of str
        Texts that mean nothing here.
    default : str
        What an empty cell becomes.
    """

    heading: tuple[str, ...] = ()
    constant: str | None = None
    add: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    by: str = ""
    made_of: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()
    ask: str = ""
    reading: str = ""
    hash: str = ""
    zone: str = ""
    form: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    times: float | None = None
    after: str = ""
    decimal: str = ""
    nulls: tuple[str, ...] = ()
    default: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading that the column may read."""
        joined = tuple(part.removesuffix("?") for part in self.join if not part.startswith("="))
        return (*self.heading, *self.add, *self.minus, *joined, *self.latest)


@dataclass(frozen=True, kw_only=True)
class Leave:
    """Rows to leave out, with the reason that the account gives."""

    where: tuple[str, ...]
    because: str
    values: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    like: str = ""
    blank: bool = False


@dataclass(frozen=True, kw_only=True)
class Check:
    """A column that the vendor computed: ignored, recomputed from contract columns and compared."""

    heading: str
    over: tuple[str, ...]
    under: tuple[str, ...] = ()
    reading: str = "number"
    within: float = 0.0005


@dataclass(frozen=True, kw_only=True)
class Totals:
    """A totals row: left out, and compared with the rows that it sums up."""

    blank: tuple[str, ...]
    sums: tuple[str, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TableMap:
    """One contract table made from one kind of sheet."""

    table: Table
    sheet: str
    columns: Mapping[str, ColumnMap]
    lookup: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    leave_out: tuple[Leave, ...] = ()
    one_row_per: tuple[str, ...] = ()
    last_by: str = ""
    each: tuple[Mapping[str, ColumnMap], ...] = ()
    combine: Mapping[str, str] = field(default_factory=dict)
    combine_by: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    totals: Totals | None = None
    if_present: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SheetMap:
    """How a kind of sheet is recognised: the headings that it must have, or the number of columns when it has none."""

    name: str
    when: frozenset[str]
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VendorMap:
    """A whole map: the sheets of a vendor and the contract tables that they feed."""

    name: str
    title: str
    how: str
    sheets: tuple[SheetMap, ...]
    tables: tuple[TableMap, ...]
    synonyms: Mapping[str, str] = field(default_factory=dict)
    nulls: tuple[str, ...] = ()
    decimal: str = ""
    dates: str = ""
    zone: str = ""
    drop: tuple[str, ...] = ()
    prepare: str = ""
    stacked: bool = False


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
        entry = _laid_over(entry, _load(text, where), where)
    return _vendor_map(entry, vendor, where)


def _load(text: str, where: str) -> dict[str, Any]:
    try:
        entry = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise DataError(
            f"{where}{line}: not readable YAML ({getattr(error, 'problem', None) or 'a value is not valid'})."
        ) from error
    if not isinstance(entry, dict):
        raise DataError(f"{where}: expected keys such as `tables:`, found {_kind(entry)}.")
    return entry


def _laid_over(base: dict[str, Any], own: dict[str, Any], where: str) -> dict[str, Any]:
    """The user's map goes first; `columns`, `items`, `items_from` and `leave_out` are laid over the vendor's tables."""
    if not base or "tables" in own:
        return base | own
    columns = _dict(own.pop("columns", {}), where, "columns")
    merged = base | own
    items = own.get("items")
    merged["tables"] = [dict(table) for table in base["tables"]]
    for table in merged["tables"]:
        table["columns"] = table["columns"] | {
            name: spec for name, spec in columns.items() if _has_column(table["table"], name)
        }
        if items is not None and table["table"] == "survey_answers":
            table["items"] = items
    merged.pop("items", None)
    return merged


def _has_column(table: str, name: str) -> bool:
    return name in tables()[table].columns or name.startswith("x_")


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
    _only(entry, _TOP, where)
    parts = _list(entry.get("tables"), where, "tables")
    if not parts:
        raise DataError(f"{where}: `tables:` is missing. It lists the contract tables to fill, each with its columns.")
    found = tuple(
        _table_map(_dict(part, where, f"tables, entry {number}"), f"{where}, tables, entry {number}")
        for number, part in enumerate(parts, 1)
    )
    sheets = tuple(
        _sheet_map(str(name), sheet, where) for name, sheet in _dict(entry.get("sheets", {}), where, "sheets").items()
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
        for name, others in _dict(entry.get("headings", {}), where, "headings").items()
        for other in _texts(others, where, "headings")
    }
    decimal, dates = str(entry.get("decimal", "")), str(entry.get("dates", ""))
    _one_of(decimal, ("", ".", ","), where, "decimal")
    _one_of(dates, ("", "day-first", "month-first"), where, "dates")
    return VendorMap(
        name=vendor, title=str(entry.get("title", vendor)), how=str(entry.get("how", "")), sheets=sheets, tables=found, synonyms=synonyms,
        nulls=_texts(entry.get("nulls"), where, "nulls"), decimal=decimal, dates=dates, zone=str(entry.get("zone", "")),
        drop=_plains(entry.get("drop"), where, "drop"), prepare=str(entry.get("prepare", "")) if vendor != "generic" else "",
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
    entry = _dict(sheet, where, f"sheets, {name}")
    _only(entry, ("when", "columns"), f"{where}, sheets, {name}")
    when, headings = (
        _plains(entry.get("when"), where, f"sheets, {name}, when"),
        _texts(entry.get("columns"), where, f"sheets, {name}, columns"),
    )
    if not when and not headings:
        raise DataError(f"{where}, sheets, {name}: `when:` is missing. It lists the headings that the file must have.")
    return SheetMap(name=name, when=frozenset(when), headings=headings)


def _table_map(entry: dict[str, Any], where: str) -> TableMap:
    _only(entry, _TABLE, where)
    name = str(entry.get("table", ""))
    if name not in tables():
        raise DataError(
            f"{where}: unknown table `{name}`.{did_you_mean(name, tables())} The contract has: {', '.join(tables())}."
        )
    table = tables()[name]
    where = f"{where} ({name})"
    columns = _columns(entry.get("columns", {}), table, where)
    items = _items(entry.get("items"), where) if "items" in entry else _list(entry.get("each"), where, "each")
    each = tuple(_columns(item, table, f"{where}, each") for item in items)
    combine = {
        str(key): str(value) for key, value in _dict(entry.get("combine", {}), where, "combine").items() if key != "by"
    }
    for target, how in combine.items():
        _one_of(how, ("sum", "first", "last", "min", "max"), where, f"combine, {target}")
    lookup = {
        str(sheet): {plain(str(theirs)): plain(str(ours)) for theirs, ours in _dict(on, where, "lookup").items()}
        for sheet, on in _dict(entry.get("lookup", {}), where, "lookup").items()
    }
    return TableMap(
        table=table, sheet=str(entry.get("from", "")), columns=columns, lookup=lookup, each=each, combine=combine,
        leave_out=tuple(_leave(rule, where) for rule in _list(entry.get("leave_out"), where, "leave_out")),
        if_present=_plains(entry.get("if_present"), where, "if_present"),
        one_row_per=_plains(entry.get("one_row_per"), where, "one_row_per"), last_by=plain(str(entry.get("last_by", ""))),
        combine_by=_plains(_dict(entry.get("combine", {}), where, "combine").get("by"), where, "combine, by"),
        checks=tuple(_check(heading, check, where) for heading, check in _dict(entry.get("checks", {}), where, "checks").items()),
        totals=_totals(entry["totals"], where) if "totals" in entry else None,
    )  # fmt: skip


def _columns(entry: Any, table: Table, where: str) -> dict[str, ColumnMap]:
    found = {}
    for name, spec in _dict(entry, where, "columns").items():
        if name not in table.columns and not str(name).startswith("x_"):
            raise DataError(
                f"{where}: {table.name} has no column `{name}`.{did_you_mean(str(name), table.columns)} A column of your own begins with x_."
            )
        found[str(name)] = _column(spec, f"{where}, {name}")
    return found


def _column(spec: Any, where: str) -> ColumnMap:
    if isinstance(spec, str) and spec.startswith("="):
        return ColumnMap(constant=spec[1:])
    if isinstance(spec, (str, list)):
        return ColumnMap(heading=_plains(spec, where, "from"))
    entry = _dict(spec, where, "column")
    _only(entry, _COLUMN, where)
    origins = [key for key in ("from", "is", "add", "join", "made_of", "latest", "ask") if key in entry]
    if len(origins) != 1 and origins != ["from", "ask"]:
        raise DataError(
            f"{where}: expected one of from, is, add, join, made_of, latest or ask, found {', '.join(origins) or 'none'}."
        )
    _one_of(str(entry.get("as", "")), ("", *AS), where, "as")
    _one_of(str(entry.get("hash", "")), ("", *KINDS), where, "hash")
    _one_of(str(entry.get("decimal", "")), ("", ".", ","), where, "decimal")
    times = entry.get("times")
    if times is not None and (isinstance(times, bool) or not isinstance(times, (int, float))):
        raise DataError(f"{where}: `times` is a number, found {_kind(times)}.")
    choices = {
        plain(_text(key)): _text(value) for key, value in _dict(entry.get("choices", {}), where, "choices").items()
    }
    return ColumnMap(
        heading=_plains(entry.get("from"), where, "from"), constant=_text(entry["is"]) if "is" in entry else None,
        add=_plains(entry.get("add"), where, "add"), minus=_plains(entry.get("minus"), where, "minus"),
        join=tuple(part if part.startswith("=") else plain(part) for part in _texts(entry.get("join"), where, "join")),
        by=str(entry.get("by", "")), made_of=_texts(entry.get("made_of"), where, "made_of"), latest=_plains(entry.get("latest"), where, "latest"),
        ask=str(entry.get("ask", "")), reading=str(entry.get("as", "")), hash=str(entry.get("hash", "")), zone=str(entry.get("zone", "")),
        form=str(entry.get("format", "")), choices=choices, otherwise=_text(entry["otherwise"]) if "otherwise" in entry else None, times=times,
        after=str(entry.get("after", "")), decimal=str(entry.get("decimal", "")), nulls=_texts(entry.get("nulls"), where, "nulls"),
        default=_text(entry.get("default", "")),
    )  # fmt: skip


def _leave(rule: Any, where: str) -> Leave:
    entry = _dict(rule, where, "leave_out")
    _only(entry, ("where", "is", "not", "like", "blank", "because"), f"{where}, leave_out")
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
        where=_plains(entry["where"], where, "leave_out"), because=str(entry["because"]), like=str(entry.get("like", "")),
        values=_plains(entry.get("is"), where, "is"), but=_plains(entry.get("not"), where, "not"), blank=entry.get("blank") is True,
    )  # fmt: skip


def _check(heading: Any, check: Any, where: str) -> Check:
    entry = _dict(check, where, f"checks, {heading}")
    _only(entry, ("of", "by", "as", "within"), f"{where}, checks, {heading}")
    over, under = _texts(entry.get("of"), where, "of"), _texts(entry.get("by"), where, "by")
    if not over:
        raise DataError(
            f"{where}, checks, {heading}: `of:` is missing, the contract columns to add up (and `by:` to divide by)."
        )
    within = entry.get("within", 0.0005)
    if isinstance(within, bool) or not isinstance(within, (int, float)):
        raise DataError(f"{where}, checks, {heading}: `within` is a number, found {_kind(within)}.")
    return Check(
        heading=plain(str(heading)), over=over, under=under, reading=str(entry.get("as", "number")), within=within
    )


def _totals(entry: Any, where: str) -> Totals:
    entry = _dict(entry, where, "totals")
    _only(entry, ("blank", "sums", "means"), f"{where}, totals")
    means = {plain(str(key)): plain(str(value)) for key, value in _dict(entry.get("means", {}), where, "means").items()}
    return Totals(
        blank=_plains(entry.get("blank"), where, "blank"), sums=_plains(entry.get("sums"), where, "sums"), means=means
    )


def _items(entry: Any, where: str) -> list[dict[str, Any]]:
    """Survey items, one line each: `"How likely are you to recommend us?": nps`."""
    found = []
    for heading, spec in _dict(entry, where, "items").items():
        item = _dict(spec, where, f"items, {heading}") if isinstance(spec, dict) else {"instrument": str(spec)}
        _only(
            item,
            ("instrument", "scale", "id", "reversed", "version", "choices", "touchpoint", "stage"),
            f"{where}, items, {heading}",
        )
        found.append(_item(str(heading), item, f"{where}, items, {heading}"))
    return found


def _item(heading: str, item: dict[str, Any], where: str) -> dict[str, Any]:
    instrument = str(item.get("instrument", "custom"))
    version = str(item.get("version", ""))
    if instrument.startswith("sus_"):
        instrument, version = "sus", instrument
    if instrument in ("ces1", "ces2"):
        instrument, version, scale = "ces", instrument, (1, 5) if instrument == "ces1" else (1, 7)
    else:
        scale = _SCALES.get(instrument)  # type: ignore[assignment]
    if "scale" in item:
        scale = _scale(item["scale"], where)
    columns: dict[str, Any] = {"item_id": f"={item.get('id', heading)}", "instrument": f"={instrument}"}
    if scale:
        number: dict[str, Any] = {"from": heading, "as": "number"}
        if "choices" in item:
            number["choices"] = item["choices"]
        columns |= {"scale_min": f"={scale[0]}", "scale_max": f"={scale[1]}", "value_num": number}
        columns["is_reversed"] = f"={str(item.get('reversed', False)).lower()}"
    elif instrument == "open_text":
        columns["value_text"] = heading
    else:
        columns["value_choice"] = {"from": heading, "choices": item["choices"]} if "choices" in item else heading
    extras = {"item_version": version, "touchpoint": item.get("touchpoint", ""), "stage": item.get("stage", "")}
    return columns | {key: f"={value}" for key, value in extras.items() if value}


def _scale(value: Any, where: str) -> tuple[int, int]:
    low, _, high = str(value).partition("-")
    if not (low.strip().isdecimal() and high.strip().isdecimal()):
        raise DataError(f"{where}: `scale` is written as 1-5, found {value!r}.")
    return int(low), int(high)


# What a person writes in YAML, brought to one type, with the place named when it cannot be.


def _only(entry: Mapping[Any, Any], allowed: Iterable[str], where: str) -> None:
    allowed = list(allowed)
    for key in entry:
        if key not in allowed:
            raise DataError(
                f"{where}: unknown key `{key}`.{did_you_mean(str(key), allowed)} It takes: {', '.join(allowed)}."
            )


def _one_of(value: str, allowed: tuple[str, ...], where: str, key: str) -> None:
    if value not in allowed:
        raise DataError(
            f"{where}: `{key}` is one of {', '.join(filter(None, allowed))}, found `{value}`.{did_you_mean(value, allowed)}"
        )


def _dict(entry: Any, where: str, key: str) -> dict[Any, Any]:
    if entry is None:
        return {}
    if not isinstance(entry, dict):
        raise DataError(f"{where}, {key}: expected keys and values, found {_kind(entry)}.")
    return entry


def _list(entry: Any, where: str, key: str) -> list[Any]:
    if entry is None:
        return []
    if not isinstance(entry, list):
        raise DataError(f"{where}, {key}: expected a list, found {_kind(entry)}.")
    return entry


def _texts(entry: Any, where: str, key: str) -> tuple[str, ...]:
    values = entry if isinstance(entry, list) else [] if entry is None else [entry]
    if any(isinstance(value, (dict, list)) for value in values):
        raise DataError(f"{where}, {key}: expected a text or a list of texts.")
    return tuple(_text(value) for value in values)


def _plains(entry: Any, where: str, key: str) -> tuple[str, ...]:
    return tuple(plain(text) for text in _texts(entry, where, key))


def _text(value: Any) -> str:
    """YAML reads yes, 1 and 2026-01-01 as other things than text; a map means what stands there."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(value: Any) -> str:
    return {dict: "keys and values", list: "a list", type(None): "nothing", str: f"the text `{str(value)[:40]}`"}.get(
        type(value), f"`{value}`"
    )
