"""Dates, times and durations as people write them. The order of day and month is stated or proven, never guessed."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from cxkit.errors import ArgumentError, DataError

_ISO = re.compile(r"(\d{4})[-/](\d\d?)[-/](\d\d?)(?:[T ]+(.+))?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_NUMERIC = re.compile(r"(\d\d?)[-/.](\d\d?)[-/.](\d{4}|\d\d)(?:[ ,T]+(.+))?")
_NAMED = (
    re.compile(
        r"(?:[a-z]{3,9},? )?(?P<day>\d\d?)(?:st|nd|rd|th)?[ -](?P<month>[a-z]{3,9})\.?,?[ -](?P<year>\d{4})(?:[ ,at]+(?P<time>\d.+))?"
    ),
    re.compile(
        r"(?:[a-z]{3,9},? )?(?P<month>[a-z]{3,9})\.? (?P<day>\d\d?)(?:st|nd|rd|th)?,? (?P<year>\d{4})(?:[ ,at]+(?P<time>\d.+))?"
    ),
)
_TIME = re.compile(
    r"(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([ap]\.?m\.?)?\s*(z|utc|gmt|[+-]\d\d:?\d\d|[+-]\d\d)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EPOCHS = {"unix_s": 1, "unix_ms": 1_000, "unix_us": 1_000_000}
_EPOCH_DIGITS = {10: 1, 13: 1_000, 16: 1_000_000}  # any such number is a moment between 2001 and 2286
_UNITS: dict[str, Decimal | int] = {"d": 86400, "h": 3600, "m": 60, "min": 60, "s": 1, "sec": 1, "ms": Decimal("0.001")}


def date_order(texts: Iterable[str], given: str | None, where: str) -> str:
    """Decide whether 03/04/2026 is in April or in March, once for a column.

    Parameters
    ----------
    texts : iterable of str
        The column's values; those that are not of the form 03/04/2026 prove nothing.
    given : {"day-first", "month-first", None}
        What the map or the command line says; it ends the question.
    where : str
        Names file and column in messages.

    Raises
    ------
    DataError
        The column proves both orders, or holds such dates and proves none.

    Examples
    --------
    >>> date_order(["03/04/2026", "17/04/2026"], None, "x.csv, Date")
    'day-first'
    >>> date_order(["2026-04-03"], None, "x.csv, Date")
    ''
    """
    if given:
        return given
    proof: dict[str, str] = {}
    open_question = ""
    for text in texts:
        if match := _NUMERIC.fullmatch(text.strip()):
            first, second = int(match[1]), int(match[2])
            if first > 12:
                proof.setdefault("day-first", text)
            elif second > 12:
                proof.setdefault("month-first", text)
            else:
                open_question = open_question or text
    if len(proof) == 2:
        raise DataError(
            f"{where}: {proof['day-first']} has the day first and {proof['month-first']} the month. One column has one order. "
            "Mend the file, or say which is right with --day-first or --month-first (the other rows are then rejected)."
        )
    if not proof and open_question:
        raise DataError(
            f"{where}: {open_question} can be read day first or month first, and no value of the column decides it. "
            "Say which: --day-first or --month-first, or `dates: day-first` in the map."
        )
    return next(iter(proof), "")


def to_datetime(text: str, order: str, form: str | None = None) -> datetime | None:
    """Read one time, naive where the text names no offset; None when it is no time.

    Parameters
    ----------
    text : str
    order : {"day-first", "month-first", ""}
        From `date_order`.
    form : str, optional
        `unix_s`, `unix_ms`, `unix_us` or a strptime format, when the map states one.

    Examples
    --------
    >>> to_datetime("17/04/2026 5:30 pm", "day-first").isoformat()
    '2026-04-17T17:30:00'
    >>> to_datetime("2026-03-01 10:00:00 +0100", "").isoformat()
    '2026-03-01T10:00:00+01:00'
    >>> to_datetime("1604188800000000", "", "unix_us").isoformat()
    '2020-11-01T00:00:00+00:00'
    >>> to_datetime("31/02/2026", "day-first") is None
    True
    """
    text = " ".join(text.split())
    try:
        if form in _EPOCHS:
            return _from_epoch(text, _EPOCHS[form])
        if not form and text.isdecimal() and len(text) in _EPOCH_DIGITS:
            return _from_epoch(text, _EPOCH_DIGITS[len(text)])
        return datetime.strptime(text, form) if form else _from_shape(text, order)
    except (ValueError, OverflowError):
        return None


def _from_epoch(text: str, per_second: int) -> datetime | None:
    if not re.fullmatch(r"-?\d{1,17}", text):
        return None
    seconds, rest = divmod(int(text), per_second)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=rest * 1_000_000 // per_second)


def _from_shape(text: str, order: str) -> datetime | None:
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
        time = match[4] if match.re is _ISO else None
    elif match := _NUMERIC.fullmatch(text):
        first, second, year, time = int(match[1]), int(match[2]), int(match[3]), match[4]
        year += 2000 if len(match[3]) == 2 else 0
        day, month = (first, second) if order == "day-first" else (second, first)
    else:
        match = next((found for shape in _NAMED if (found := shape.fullmatch(text.lower()))), None)
        if match is None or match["month"][:3] not in _MONTHS:
            return None
        year, day, month, time = (
            int(match["year"]),
            int(match["day"]),
            _MONTHS.index(match["month"][:3]) + 1,
            match["time"],
        )
    if not 1900 <= year <= 2200:
        return None
    return _with_time(datetime(year, month, day), time)


def _with_time(day: datetime, time: str | None) -> datetime | None:
    if not time:
        return day
    match = _TIME.fullmatch(time.strip().lower())
    if match is None:
        return None
    hour = int(match[1])
    if match[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[5].startswith("p") else 0)
    micro = int((match[4] or "").ljust(6, "0")[:6])
    moment = day.replace(hour=hour, minute=int(match[2]), second=int(match[3] or 0), microsecond=micro)
    return moment.replace(tzinfo=_offset(match[6])) if match[6] else moment


def _offset(text: str) -> tzinfo | None:
    if text in ("z", "utc", "gmt"):
        return UTC
    return datetime.strptime(text.replace(":", "").ljust(5, "0"), "%z").tzinfo


def zone_named(name: str) -> ZoneInfo:
    """Open a time zone by its IANA name.

    Raises
    ------
    ArgumentError
        There is no such zone.

    Examples
    --------
    >>> zone_named("Europe/Berlin").key
    'Europe/Berlin'
    """
    try:
        return ZoneInfo(name)
    except (
        OSError,
        ValueError,
        LookupError,
    ) as error:  # ZoneInfoNotFoundError is a KeyError; odd names give the others
        raise ArgumentError(
            f"unknown time zone `{name}`. Use a name such as UTC, Europe/London or America/New_York."
        ) from error


def in_utc(moment: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """Write a time in UTC; a naive one is read in `zone`. Returns the text and what is odd about it ("" when nothing).

    Examples
    --------
    >>> in_utc(datetime(2026, 3, 1, 9, 30), ZoneInfo("Europe/Berlin"))
    ('2026-03-01T08:30:00+00:00', '')
    >>> in_utc(datetime(2026, 3, 29, 2, 30), ZoneInfo("Europe/Berlin"))[1]
    'skipped'
    >>> in_utc(datetime(2026, 10, 25, 2, 30), ZoneInfo("Europe/Berlin"))[1]
    'repeated'
    """
    if moment.tzinfo is not None:
        return moment.astimezone(UTC).isoformat(), ""
    utc = moment.replace(tzinfo=zone).astimezone(UTC)
    if utc.astimezone(zone).replace(tzinfo=None) != moment:
        return "", "skipped"
    repeated = moment.replace(tzinfo=zone).utcoffset() != moment.replace(tzinfo=zone, fold=1).utcoffset()
    return utc.isoformat(), "repeated" if repeated else ""


def to_seconds(text: str) -> Decimal | None:
    """Read a duration: HH:MM:SS, MM:SS, `1h 2m 3s`; None for anything else, a bare number among it.

    Examples
    --------
    >>> to_seconds("00:01:06"), to_seconds("1h 2m"), to_seconds("3:05"), to_seconds("1:75")
    (Decimal('66'), Decimal('3720'), Decimal('185'), None)
    """
    text = text.strip().lower()
    if re.fullmatch(r"(\d+:)?\d+:\d\d([.,]\d+)?", text):
        *higher, seconds = text.replace(",", ".").split(":")
        numbers = [Decimal(part) for part in (*higher, seconds)]
        if any(part >= 60 for part in numbers[1:]):
            return None
        total = Decimal(0)
        for number in numbers:
            total = total * 60 + number
        return total
    parts = re.findall(r"(\d+(?:[.,]\d+)?)\s*(ms|min|sec|[dhms])\s*", text)
    if not parts or re.sub(r"(\d+(?:[.,]\d+)?)\s*(ms|min|sec|[dhms])\s*", "", text):
        return None
    return sum((Decimal(number.replace(",", ".")) * _UNITS[unit] for number, unit in parts), Decimal(0))


def to_date(text: str, order: str, form: str | None = None) -> date | None:
    """Read a calendar day; a time of day in the text is cut off.

    Examples
    --------
    >>> to_date("20260301", "").isoformat()
    '2026-03-01'
    """
    moment = to_datetime(text, order, form)
    return moment.date() if moment else None
