"""How each kind of cell is read: numbers, durations, times, ids, addresses, words of a list.

A reader takes the different texts of one column and says for each what it is in the contract's writing, or what is wrong with it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlsplit

from cxkit.contract import Column
from cxkit.dataset.pseudonyms import hash_id
from cxkit.errors import ArgumentError, DataError
from cxkit.importers import numbers, times
from cxkit.importers.form import ColumnMap
from cxkit.importers.options import Options
from cxkit.importers.read import plain

_TRUE, _FALSE = ("true", "t", "yes", "y", "1", "1.0"), ("false", "f", "no", "n", "0", "0.0")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_FLOAT_ID = re.compile(r"\d{1,15}\.0+")
_OWN_WORDS = ("text", "value_text", "note")  # columns in which people write what they like

Readings = dict[str, tuple[str, str]]  # the vendor's text → the contract's, or "" and what is wrong with it


@dataclass
class Cells:
    """The different texts of one column, what map, contract and user say of them, and what a person should know of their reading."""

    unique: list[str]
    column: ColumnMap
    target: Column | None
    options: Options
    where: str
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


def _each(read: Callable[[str], str | None], complaint: str) -> Callable[[Cells], Readings]:
    """A reader that looks at every text alone."""

    def reader(cells: Cells) -> Readings:
        found = {text: read(text) for text in cells.unique}
        return {text: ("", complaint) if value is None else (value, "") for text, value in found.items()}

    return reader


def _boolean(text: str) -> str | None:
    return "true" if plain(text) in _TRUE else "false" if plain(text) in _FALSE else None


def _hashes(cells: Cells) -> Readings:
    key = cells.options.key
    if key is None:
        raise ArgumentError(
            f"{cells.where} is personal and there is no key to hash it with. Set CXKIT_KEY or give --key-file FILE."
        )
    return {text: (hash_id(text, key, cells.column.hash), "") for text in cells.unique}


def _numbers(cells: Cells) -> Readings:
    return _read_numbers(cells, cells.unique, whole=_counts(cells))


def _counts(cells: Cells) -> bool:
    """Whether the contract wants whole numbers, and the map makes them of nothing else."""
    return cells.target is not None and cells.target.type == "integer" and cells.column.times is None


def _whole_numbers(cells: Cells) -> Readings:
    return _read_numbers(cells, cells.unique, whole=True)


def _percents(cells: Cells) -> Readings:
    return _read_numbers(cells, cells.unique, is_percent=True)


def _read_numbers(cells: Cells, texts: Iterable[str], *, whole: bool = False, is_percent: bool = False) -> Readings:
    texts = list(texts)
    given = cells.column.decimal or cells.options.decimal or None
    found = {}
    for text, number in zip(texts, numbers.decimals(texts, whole=whole, given=given, where=cells.where), strict=True):
        if number is None:
            found[text] = ("", "is not a number")
            continue
        if is_percent or text.rstrip().endswith("%"):
            number /= 100
        if cells.column.times is not None:
            number *= Decimal(str(cells.column.times))
        found[text] = _in_range(number, cells.target, whole)
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


def _durations(cells: Cells) -> Readings:
    durations = {text: seconds for text in cells.unique if (seconds := times.to_seconds(text)) is not None}
    rest = _read_numbers(cells, [text for text in cells.unique if text not in durations])
    return {text: (found, fault.replace("a number", "a duration")) for text, (found, fault) in rest.items()} | {
        text: _in_range(seconds, cells.target, whole=False) for text, seconds in durations.items()
    }


def _date_order(cells: Cells) -> str:
    return "" if cells.column.form else times.date_order(cells.unique, cells.options.dates or None, cells.where)


def _dates(cells: Cells) -> Readings:
    order, form = _date_order(cells), cells.column.form or None
    found = {text: times.to_date(text, order, form) for text in cells.unique}
    return {text: (day.isoformat(), "") if day else ("", "is not a date") for text, day in found.items()}


def _timestamps(cells: Cells) -> Readings:
    order, form = _date_order(cells), cells.column.form or None
    moments = {text: times.to_datetime(text, order, form) for text in cells.unique}
    zone_name = cells.column.zone if cells.column.zone not in ("", "account") else cells.options.timezone
    naive = next((text for text, moment in moments.items() if moment is not None and moment.tzinfo is None), None)
    if naive is not None and not zone_name:
        raise DataError(
            f"{cells.where}: {naive} names no time zone. Say which zone the account was in when it was exported: --timezone Europe/London (or another)."
        )
    zone = times.zone_named(zone_name or "UTC")
    found: Readings = {}
    repeated = 0
    for text, moment in moments.items():
        try:
            utc, odd = times.in_utc(moment, zone) if moment else ("", "unread")
        except (OverflowError, ValueError):
            utc, odd = "", "unread"
        complaints = {"unread": "is not a time", "skipped": f"does not exist in {zone.key}: clocks went forward"}
        found[text] = (utc, complaints.get(odd, ""))
        repeated += odd == "repeated"
    if repeated:
        cells.notes.append(
            f"{cells.where}: {repeated} times fall into the hour that {zone.key} has twice; they are read as the first of the two"
        )
    return found


def _ids(cells: Cells) -> Readings:
    lost = next((text for text in cells.unique if _SCIENTIFIC.fullmatch(text)), None)
    if lost:
        raise DataError(
            f"{cells.where}: the id {lost} was written as a number and has lost its last digits, as spreadsheets do. "
            "Export the file again and import it without opening it in a spreadsheet."
        )
    _no_addresses(cells)
    floats = bool(cells.unique) and all(_FLOAT_ID.fullmatch(text) for text in cells.unique)
    return {text: (text.split(".")[0] if floats else text, "") for text in cells.unique}


def _no_addresses(cells: Cells) -> None:
    found = sum(1 for text in cells.unique if _EMAIL.search(text))
    if found:
        raise DataError(
            f"{cells.where} holds e-mail addresses ({found} different ones). They do not enter a contract table: "
            "write `hash: email` at this column of the map, or look whether columns are swapped."
        )


def _texts(cells: Cells) -> Readings:
    target = cells.target
    if target is not None and target.allowed:
        return _words_of_a_list(cells, target)
    if target is None or target.name not in _OWN_WORDS:
        _no_addresses(cells)
    return {text: (text, "") for text in cells.unique}


def _words_of_a_list(cells: Cells, target: Column) -> Readings:
    allowed = {plain(value): value for value in target.allowed}
    own = target.allowed_prefix
    found = {text: text if own and text.startswith(own) else allowed.get(plain(text)) for text in cells.unique}
    offenders = [text for text, value in found.items() if value is None]
    if offenders:
        more = f" and {len(offenders) - 6} more" if len(offenders) > 6 else ""
        raise DataError(
            f"{cells.where}: {', '.join(f'`{_listed(text)}`' for text in offenders[:6])}{more} cannot be told to {target.name}, which is one of "
            f"{', '.join(target.allowed)}. Say in a map what they are: `choices: {{their value: one of these}}`, "
            "or `otherwise:` for all that are not listed."
        )
    return {text: (value or "", "") for text, value in found.items()}


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


READERS: dict[str, Callable[[Cells], Readings]] = {
    "hash": _hashes,
    "number": _numbers,
    "whole": _whole_numbers,
    "percent": _percents,
    "seconds": _durations,
    "timestamp": _timestamps,
    "date": _dates,
    "boolean": _each(_boolean, "is not true or false"),
    "id": _ids,
    "path": _each(_path, "is not an address"),
    "domain": _each(_domain, "is not an address"),
    "text": _texts,
}
