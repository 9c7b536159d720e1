"""The settings of a data set, from its `dataset.yml`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml

from cxkit.contract import tables
from cxkit.errors import DataError, did_you_mean

SETTINGS_FILE = "dataset.yml"
LARGEST_K = 1000
SMALLEST_K = 5


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a data set says about itself. Every field may be left out.

    Attributes
    ----------
    title, licence, origin, consent_basis : str
        For the reader: what it is, under which terms, where it comes from, why it may be analysed.
    timezone : str
        Reporting time zone (IANA); days, weeks and hours are its.
    source_timezone : str
        Time zone (IANA) of timestamps that state no offset; without it such timestamps are refused.
    currency : str
        Currency of all amounts, ISO 4217; taken from the data when left out.
    database : str
        Where tables come from that are no files: `postgresql://user@host/name`, `mysql://user@host/name`, `sqlite:///file.db` or a DuckDB file.
    queries : dict of table name to the name of a table in the database, or a `select`
        Where each table comes from in the database; when left out, the tables there that have a contract table's name.
    tables : dict of table name to (first day, last day)
        The period that each table covers, both days included: tells "nothing happened" from "no data".
    key_events : tuple of str
        Names of events that count as conversions.
    k : int
        Groups of fewer people are not shown (5 or more).
    margin_share : float or None
        Margin as a share of the net amount, for orders without their own margin.
    guests : str
        Orders without a customer: "keep" (they count in sales, not in customer value) or "reject"; refused when not said.
    on_faults : str
        "stop" at rows that break the contract, or "reject" them, counted and listed.
    unknown_values : str
        "stop" at values outside a column's list, or make them "other" where the list has it.
    targets : dict of metric id to float
        What a figure should reach (or, where less is better, stay under), in its own unit; a share as 0 to 1.
    weights : dict of event name to float
        Weights of the weighted engagement score.
    stages : dict of touchpoint to stage
        The stage of the journey (before, during, after or the company's own) of each touchpoint.
    competitors, personas, psychographic_clusters, jobs_to_be_done : tuple of str
        The company's own lists.
    audience_targets : dict of age or audience bracket to share
        The audience that social channels should reach.
    working_days : tuple of str
        Days on which service works, mon to sun.
    working_hours : tuple of str
        Start and end of service, as HH:MM.
    """

    title: str = ""
    licence: str = ""
    origin: str = ""
    consent_basis: str = ""
    timezone: str = "UTC"
    source_timezone: str = ""
    currency: str = ""
    database: str = ""
    queries: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    key_events: tuple[str, ...] = ()
    k: int = 10
    margin_share: float | None = None
    guests: str = ""
    on_faults: str = "stop"
    unknown_values: str = "stop"
    targets: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)
    competitors: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()
    psychographic_clusters: tuple[str, ...] = ()
    jobs_to_be_done: tuple[str, ...] = ()
    audience_targets: Mapping[str, float] = field(default_factory=dict)
    working_days: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri")
    working_hours: tuple[str, ...] = ("09:00", "17:00")


def read_settings(path: Path) -> Settings:
    """Read and check a `dataset.yml`.

    Raises
    ------
    DataError
        The file cannot be read, or has unknown keys or wrong values: all of them in one message.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise DataError(f"{path.name}: not UTF-8 text. Save it as UTF-8.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise DataError(
            f"{path.name}{where}: not valid YAML ({getattr(error, 'problem', None) or 'broken'})."
        ) from None
    return check_settings(entries if entries is not None else {}, origin=path.name)


def check_settings(entries: Any, origin: str = "settings") -> Settings:
    """Turn a mapping into `Settings`; `origin` names the file in messages.

    Examples
    --------
    >>> check_settings({"timezone": "Europe/Amsterdam", "k": 20}).k
    20
    >>> check_settings({"time_zone": "Europe/Amsterdam"})
    Traceback (most recent call last):
    ...
    cxkit.errors.DataError: settings: unknown setting `time_zone`. Did you mean `timezone`?
    """
    if not isinstance(entries, Mapping):
        raise DataError(f"{origin}: expected lines of `name: value`, found {_kind(entries)}.")
    known = [entry.name for entry in fields(Settings)]
    values, faults = {}, []
    for key, value in entries.items():
        if key not in known:
            hint = did_you_mean(str(key), known) or f" Known are {', '.join(known)}."
            faults.append(f"unknown setting `{key}`.{hint}")
            continue
        if value is None:
            continue
        try:
            values[key] = READERS[key](value)
        except ValueError as error:
            faults.append(f"`{key}`: {error}")
    if faults:
        raise DataError("\n".join(f"{origin}: {fault}" for fault in faults))
    return Settings(**values)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, found {_kind(value)}.")
    return value.strip()


def _zone(value: Any) -> str:
    name = _text(value)
    if name not in available_timezones():
        hint = did_you_mean(name, available_timezones())
        raise ValueError(f"{name!r} is no time zone of the IANA list, such as Europe/Amsterdam.{hint}")
    return name


def _currency(value: Any) -> str:
    if not re.fullmatch("[A-Z]{3}", _text(value)):
        raise ValueError(f"expected three capital letters (ISO 4217) such as EUR, found {value!r}.")
    return _text(value)


def _number(low: float, high: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ValueError(f"expected a number from {low:g} to {high:g}, found {_kind(value)}.")
        return float(value)

    return read


def _k(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not SMALLEST_K <= value <= LARGEST_K:
        raise ValueError(f"expected a whole number from {SMALLEST_K} to {LARGEST_K}, found {_kind(value)}.")
    return value


def _choice(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            hint = did_you_mean(str(value), choices)
            raise ValueError(f"expected {' or '.join(choices)}, found {_kind(value)}.{hint}")
        return value

    return read


def _list(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"expected a list of names, such as [a, b], found {_kind(value)}.")
    return tuple(item.strip() for item in value)


def _mapping(read: Callable[[Any], Any]) -> Callable[[Any], dict]:
    def read_all(value: Any) -> dict:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise ValueError(f"expected lines of `name: value`, found {_kind(value)}.")
        return {key: read(item) for key, item in value.items()}

    return read_all


def _periods(value: Any) -> dict[str, tuple[date, date]]:
    if not isinstance(value, Mapping):
        raise ValueError(
            f"expected a line `events: {{from: 2026-01-01, to: 2026-12-31}}` for each table, found {_kind(value)}."
        )
    return {str(table): _period(str(table), entry) for table, entry in value.items()}


def _period(table: str, entry: Any) -> tuple[date, date]:
    if table not in tables():
        raise ValueError(f"unknown table `{table}`.{did_you_mean(table, tables())}")
    if not isinstance(entry, Mapping) or set(entry) != {"from", "to"}:
        raise ValueError(f"`{table}`: expected {{from: 2026-01-01, to: 2026-12-31}}, found {_kind(entry)}.")
    start, end = (_day(table, entry[side]) for side in ("from", "to"))
    if end < start:
        raise ValueError(f"`{table}`: ends ({end}) before it begins ({start}).")
    return start, end


def _day(table: str, value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"`{table}`: expected a day such as 2026-01-31, found {_kind(value)}.") from None


def _weekdays(value: Any) -> tuple[str, ...]:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    if wrong := [day for day in _list(value) if day not in days]:
        raise ValueError(f"expected days out of {', '.join(days)}, found {wrong[0]!r}.")
    return _list(value)


def _hours(value: Any) -> tuple[str, ...]:
    hours = _list(value)
    if (
        len(hours) != 2
        or not all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", hour) for hour in hours)
        or hours[0] >= hours[1]
    ):
        raise ValueError(f'expected start and end such as ["09:00", "17:30"], found {_kind(value)}.')
    return hours


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    shown = repr(value)
    return shown if len(shown) <= 40 else shown[:37] + "…"


READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("title", "licence", "origin", "consent_basis"), _text),
    **dict.fromkeys(("timezone", "source_timezone"), _zone),
    **dict.fromkeys(("key_events", "competitors", "personas", "psychographic_clusters", "jobs_to_be_done"), _list),
    "currency": _currency,
    "database": _text,
    "queries": _mapping(_text),
    "tables": _periods,
    "k": _k,
    "margin_share": _number(0, 1),
    "guests": _choice("keep", "reject"),
    "on_faults": _choice("stop", "reject"),
    "unknown_values": _choice("stop", "other"),
    "targets": _mapping(_number(-1e15, 1e15)),
    "weights": _mapping(_number(-1000, 1000)),
    "stages": _mapping(_text),
    "audience_targets": _mapping(_number(0, 1)),
    "working_days": _weekdays,
    "working_hours": _hours,
}
