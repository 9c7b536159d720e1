"""The settings of a data set, from its `dataset.yml`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from cxkit import forms
from cxkit.contract import tables
from cxkit.errors import DataError, did_you_mean

SETTINGS_FILE = "dataset.yml"
LARGEST_K = 1000
SMALLEST_K = 5
_NAMES = forms.sequence(forms.text)


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
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path.name}: not UTF-8 text. Save it as UTF-8.") from None
    return check_settings(forms.load(text, path.name), origin=path.name)


def check_settings(entries: Any, origin: str = "settings") -> Settings:
    """Turn a mapping into `Settings`; `origin` names the file in messages.

    Examples
    --------
    >>> check_settings({"timezone": "Europe/Amsterdam", "k": 20}).k
    20
    >>> check_settings({"time_zone": "Europe/Amsterdam"})
    Traceback (most recent call last):
    ...
    cxkit.errors.DataError: settings: unknown key `time_zone`. Did you mean `timezone`?
    """
    return Settings(**forms.read(entries, lambda given: forms.fill(given, FORM), origin))


def _zone(value: Any) -> str:
    name = forms.text(value)
    if name not in available_timezones():
        hint = did_you_mean(name, available_timezones())
        raise ValueError(f"{name!r} is no time zone of the IANA list, such as Europe/Amsterdam.{hint}")
    return name


def _currency(value: Any) -> str:
    if not re.fullmatch("[A-Z]{3}", forms.text(value)):
        raise ValueError(f"expected three capital letters (ISO 4217) such as EUR, found {value!r}.")
    return forms.text(value)


def _period(value: Any) -> tuple[date, date]:
    if not isinstance(value, Mapping) or set(value) != {"from", "to"}:
        raise ValueError(f"expected {{from: 2026-01-01, to: 2026-12-31}}, found {forms.kind(value)}.")
    start, end = (forms.day(value[side]) for side in ("from", "to"))
    if end < start:
        raise ValueError(f"ends ({end}) before it begins ({start}).")
    return start, end


def _hours(value: Any) -> tuple[str, ...]:
    hours = _NAMES(value)
    are_times = all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", hour) for hour in hours)
    if len(hours) != 2 or not are_times or hours[0] >= hours[1]:
        raise ValueError(f'expected start and end such as ["09:00", "17:30"], found {forms.kind(value)}.')
    return hours


FORM: dict[str, forms.Reader] = {
    **dict.fromkeys(("title", "licence", "origin", "consent_basis", "database"), forms.text),
    **dict.fromkeys(("timezone", "source_timezone"), _zone),
    **dict.fromkeys(("key_events", "competitors", "personas", "psychographic_clusters", "jobs_to_be_done"), _NAMES),
    "currency": _currency,
    "queries": forms.mapping(forms.text),
    "tables": forms.mapping(_period, key=lambda name: forms.choice(*tables())(name)),
    "k": forms.number(SMALLEST_K, LARGEST_K, whole=True),
    "margin_share": forms.number(0, 1),
    "guests": forms.choice("keep", "reject"),
    "on_faults": forms.choice("stop", "reject"),
    "unknown_values": forms.choice("stop", "other"),
    "targets": forms.mapping(forms.number()),
    "weights": forms.mapping(forms.number(-1000, 1000)),
    "stages": forms.mapping(forms.text),
    "audience_targets": forms.mapping(forms.number(0, 1)),
    "working_days": forms.sequence(forms.choice("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
    "working_hours": _hours,
}
