"""Cells of one column, from the vendor's text to the contract's: "1.234,50" to 1234.50, "85 %" to 0.85, "17/4/26 5 pm" to UTC.

Everything stays text, so that a 19-digit id or an amount never passes through a float.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlsplit

import pandas as pd

from cxkit.contract import Column
from cxkit.dataset.pseudonyms import hash_id
from cxkit.errors import ArgumentError, DataError
from cxkit.importers import numbers, times
from cxkit.importers.form import ColumnMap
from cxkit.importers.read import plain

REJECT = "(reject)"
_TRUE, _FALSE = ("true", "t", "yes", "y", "1", "1.0"), ("false", "f", "no", "n", "0", "0.0")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_FLOAT_ID = re.compile(r"\d{1,15}\.0+")


@dataclass(frozen=True)
class Options:
    """What the user says on the command line; None leaves it to the map and to the data."""

    timezone: str | None = None
    decimal: str | None = None
    dates: str | None = None
    key: bytes | None = None
    set: dict[str, str] = field(default_factory=dict)


@dataclass
class Read:
    """One column read: canonical text per row, and the reason where a cell could not be read ("" where it could)."""

    texts: pd.Series
    faults: pd.Series
    notes: list[str] = field(default_factory=list)


def shown(value: str) -> str:
    """A value as messages and the rejects file may show it: what could be a person's is reduced to its shape.

    Examples
    --------
    >>> shown("ann@example.org"), shown("12,5x"), shown("2026-13-01"), shown("Ann Smith")
    ('aaa@aaaaaaa.aaa', '99,9a', '2026-13-01', 'Aaa Aaaaa')
    """
    if not re.search(r"[^\W\d_]", value) and len(re.sub(r"\D", "", value)) <= 8:
        return value[:40]
    shape = re.sub(r"\d", "9", value)
    return "".join(("A" if letter.isupper() else "a") if letter.isalpha() else letter for letter in shape)[:40]


def kind_of(column: ColumnMap, target: Column | None) -> str:
    """How the cells are read: what the map says, else what the contract's type says."""
    if column.hash:
        return "hash"
    if column.reading:
        return column.reading
    if target is None:
        return "text"
    if target.type == "string":
        return "id" if target.name.endswith("_id") else "text"
    if target.name.endswith("_s") and target.type == "float":
        return "seconds"
    return {"integer": "number", "float": "number", "decimal": "number"}.get(target.type, target.type)


def read_cells(
    values: pd.Series,
    column: ColumnMap,
    target: Column | None,
    options: Options,
    where: str,
    nulls: frozenset[str] = frozenset(),
) -> Read:
    """Read one column.

    Parameters
    ----------
    values : Series of str
        The vendor's cells; "" is empty.
    column : ColumnMap
        What the map says about them.
    target : Column or None
        The contract's column; None for a column of the user's own (x_…).
    options : Options
    where : str
        Names file and column in messages.
    nulls : set of plain texts
        What counts as empty besides the empty cell.

    Raises
    ------
    DataError
        The whole column cannot be decided (decimal sign, day and month), holds ids in scientific notation, values outside
        the contract's list, or e-mail addresses that the map does not hash.
    """
    unique = [text for text in pd.unique(values) if text and plain(text) not in nulls]
    notes: list[str] = []
    if column.choices or column.otherwise is not None:
        chosen = {text: _chosen(text, column, target) for text in unique}
        known = [found for found in dict.fromkeys(chosen.values()) if found not in ("", REJECT)]
        inner = _read_unique(known, column, target, options, where, notes) | {
            "": ("", ""),
            REJECT: ("", "is not a value that the map knows"),
        }
        readings = {text: inner[found] for text, found in chosen.items()}
    else:
        readings = _read_unique(unique, column, target, options, where, notes)
    texts = values.map({text: found for text, (found, _) in readings.items()}).fillna("")
    faults = values.map({text: fault for text, (_, fault) in readings.items() if fault}).fillna("")
    if column.default:
        texts = texts.mask((texts == "") & (faults == ""), column.default)
    return Read(texts.astype(object), faults.astype(object), notes)


def _chosen(text: str, column: ColumnMap, target: Column | None) -> str:
    """What the map makes of one value: its listed choice, itself where the contract allows it, or `otherwise`."""
    if plain(text) in column.choices:
        return column.choices[plain(text)]
    allowed = {plain(value): value for value in target.allowed} if target is not None else {}
    if column.otherwise is None or plain(text) in allowed:
        return allowed.get(plain(text), text)
    return column.otherwise.replace("{}", text)


def _read_unique(
    unique: list[str], column: ColumnMap, target: Column | None, options: Options, where: str, notes: list[str]
) -> dict[str, tuple[str, str]]:
    kind = kind_of(column, target)
    if kind == "hash":
        if options.key is None:
            raise ArgumentError(
                f"{where} is personal and there is no key to hash it with. Set CXKIT_KEY or give --key-file FILE."
            )
        key = options.key
        return {text: (hash_id(text, key, column.hash), "") for text in unique}
    if kind in ("number", "whole", "percent"):
        return _numbers(unique, column, target, options, where, kind)
    if kind == "seconds":
        return _durations(unique, column, target, options, where)
    if kind == "timestamp":
        return _timestamps(unique, column, options, where, notes)
    if kind == "date":
        order = times.date_order(unique, options.dates or None, where) if not column.form else ""
        return _each(unique, lambda text: _iso_date(text, order, column.form), "is not a date")
    if kind == "boolean":
        return _each(
            unique,
            lambda text: "true" if plain(text) in _TRUE else "false" if plain(text) in _FALSE else None,
            "is not true or false",
        )
    if kind == "id":
        return _ids(unique, where)
    if kind == "path":
        return _each(unique, _path, "is not an address")
    if kind == "domain":
        return _each(unique, _domain, "is not an address")
    return _texts(unique, target, where)


def _each(unique: list[str], read: Callable[[str], str | None], complaint: str) -> dict[str, tuple[str, str]]:
    found = {text: read(text) for text in unique}
    return {text: (value, "") if value is not None else ("", complaint) for text, value in found.items()}


def _numbers(
    unique: list[str], column: ColumnMap, target: Column | None, options: Options, where: str, kind: str
) -> dict[str, tuple[str, str]]:
    whole = kind == "whole" or (
        kind == "number" and target is not None and target.type == "integer" and column.times is None
    )
    bare = {text: numbers.bare(text) for text in unique}
    sign = numbers.decimal_sign(
        bare.values(), whole=whole, given=column.decimal or options.decimal or None, where=where
    )
    found = {}
    for text, stripped in bare.items():
        number = numbers.to_decimal(stripped, sign)
        if number is None:
            found[text] = ("", "is not a number")
            continue
        if text.rstrip().endswith("%") or kind == "percent":
            number /= 100
        if column.times is not None:
            number *= Decimal(str(column.times))
        found[text] = _in_range(number, target, whole)
    return found


def _in_range(number: Decimal, target: Column | None, whole: bool) -> tuple[str, str]:
    if whole:
        if number != number.to_integral_value():
            return "", "is not a whole number"
        number = number.quantize(Decimal(1)) if number.adjusted() < 20 else number
    if target is not None:
        if target.min is not None and number < Decimal(str(target.min)):
            return "", f"is below {target.min:g}"
        if target.max is not None and number > Decimal(str(target.max)):
            return "", f"is above {target.max:g}"
        if target.above is not None and number <= Decimal(str(target.above)):
            return "", f"is not above {target.above:g}"
    return numbers.written(number), ""


def _durations(
    unique: list[str], column: ColumnMap, target: Column | None, options: Options, where: str
) -> dict[str, tuple[str, str]]:
    durations = {text: seconds for text in unique if (seconds := times.to_seconds(text)) is not None}
    rest = _numbers([text for text in unique if text not in durations], column, target, options, where, "seconds")
    return {text: (found, fault.replace("a number", "a duration")) for text, (found, fault) in rest.items()} | {
        text: _in_range(seconds, target, whole=False) for text, seconds in durations.items()
    }


def _timestamps(
    unique: list[str], column: ColumnMap, options: Options, where: str, notes: list[str]
) -> dict[str, tuple[str, str]]:
    order = times.date_order(unique, options.dates or None, where) if not column.form else ""
    moments = {text: times.to_datetime(text, order, column.form or None) for text in unique}
    zone_name = column.zone if column.zone not in ("", "account") else options.timezone
    naive = next((text for text, moment in moments.items() if moment is not None and moment.tzinfo is None), None)
    if naive is not None and not zone_name:
        raise DataError(
            f"{where}: {naive} names no time zone. Say which zone the account was in when it was exported: --timezone Europe/London (or another)."
        )
    zone = times.zone_named(zone_name or "UTC")
    found: dict[str, tuple[str, str]] = {}
    repeated = 0
    for text, moment in moments.items():
        if moment is None:
            found[text] = ("", "is not a time")
            continue
        try:
            utc, odd = times.in_utc(moment, zone)
        except (OverflowError, ValueError):
            found[text] = ("", "is not a time")
            continue
        found[text] = (utc, f"does not exist in {zone.key}: clocks went forward") if odd == "skipped" else (utc, "")
        repeated += odd == "repeated"
    if repeated:
        notes.append(
            f"{where}: {repeated} times fall into the hour that {zone.key} has twice; they are read as the first of the two"
        )
    return found


def _iso_date(text: str, order: str, form: str) -> str | None:
    day = times.to_date(text, order, form or None)
    return day.isoformat() if day else None


def _ids(unique: list[str], where: str) -> dict[str, tuple[str, str]]:
    lost = next((text for text in unique if _SCIENTIFIC.fullmatch(text)), None)
    if lost:
        raise DataError(
            f"{where}: the id {lost} was written as a number and has lost its last digits, as spreadsheets do. "
            "Export the file again and import it without opening it in a spreadsheet."
        )
    _no_addresses(unique, where)
    floats = bool(unique) and all(_FLOAT_ID.fullmatch(text) for text in unique)
    return {text: (text.split(".")[0] if floats else text, "") for text in unique}


def _no_addresses(unique: list[str], where: str) -> None:
    found = sum(1 for text in unique if _EMAIL.search(text))
    if found:
        raise DataError(
            f"{where} holds e-mail addresses ({found} different ones). They do not enter a contract table: "
            "write `hash: email` at this column of the map, or look whether columns are swapped."
        )


def _texts(unique: list[str], target: Column | None, where: str) -> dict[str, tuple[str, str]]:
    if target is not None and target.allowed:
        allowed = {plain(value): value for value in target.allowed}
        found = {
            text: (
                text if target.allowed_prefix and text.startswith(target.allowed_prefix) else allowed.get(plain(text))
            )
            for text in unique
        }
        offenders = [text for text, value in found.items() if value is None]
        if offenders:
            more = f" and {len(offenders) - 6} more" if len(offenders) > 6 else ""
            raise DataError(
                f"{where}: {', '.join(f'`{_listed(text)}`' for text in offenders[:6])}{more} cannot be told to {target.name}, which is one of "
                f"{', '.join(target.allowed)}. Say in a map what they are: `choices: {{their value: one of these}}`, "
                "or `otherwise:` for all that are not listed."
            )
        return {text: (value or "", "") for text, value in found.items()}
    if target is None or target.name not in ("text", "value_text", "note"):
        _no_addresses(unique, where)
    return {text: (text, "") for text in unique}


def _listed(text: str) -> str:
    return shown(text) if _EMAIL.search(text) or len(text) > 40 else text


def _path(text: str) -> str | None:
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    path = (
        parts.path
        if parts.scheme or text.startswith("/")
        else "/" + text.partition("?")[0].partition("#")[0].partition("/")[2]
    )
    return path or "/"


def _domain(text: str) -> str | None:
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return None
    return (host or "").removeprefix("www.")
