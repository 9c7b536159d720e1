"""Reporting periods: whole days in the reporting time zone, half-open, with a base to compare with."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from cxkit.errors import ArgumentError, did_you_mean

DAY = timedelta(days=1)
RELATIVE = ("last-month", "last-week", "last-quarter", "last-year")
FORMS = "2026-10, 2026-W40, 2026-Q3, 2026, 2026-10-01..2026-10-15, " + ", ".join(RELATIVE)


@dataclass(frozen=True)
class Period:
    """Days from `start` up to, not including, `end`.

    Attributes
    ----------
    kind : str
        year, quarter, month, week or days.
    start, end : date
        First day, and the day after the last.

    Examples
    --------
    >>> october = Period.parse("2026-10")
    >>> october.label, october.title, october.days, october.previous().label
    ('2026-10', 'October 2026', 31, '2026-09')
    >>> Period.parse("2026-10-01..2026-10-15").previous().label
    '2026-09-16..2026-09-30'
    >>> Period.parse("2026-W40").year_before().label
    '2025-W40'
    """

    kind: str
    start: date
    end: date

    @classmethod
    def parse(cls, text: str, coverage: tuple[date, date] | None = None) -> "Period":
        """Read a period from text.

        Parameters
        ----------
        text : str
            One of the forms in `FORMS`. `last-month` and its like are the last whole ones before the end of `coverage`.
        coverage : (first day, last day), optional
            What the data cover. Never the clock: the same notebook on the same data means the same period.

        Raises
        ------
        ArgumentError
            Another form, a date that does not exist, an end before its start, or `last-…` without a coverage.
        """
        text = text.strip()
        if text in RELATIVE:
            if coverage is None:
                raise ArgumentError(
                    f"period {text} is counted from the last day of the data, and none is known here. Name the period, for example 2026-10."
                )
            return _last(text.removeprefix("last-"), coverage[1])
        for pattern, read in _FORMS.items():
            if match := re.fullmatch(pattern, text):
                try:
                    return read(*match.groups())
                except ValueError as error:
                    raise ArgumentError(f"period {text}: {error}.") from None
        raise ArgumentError(f"period {text!r} is none of {FORMS}.{did_you_mean(text, RELATIVE)}")

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        return self.end - DAY

    @property
    def label(self) -> str:
        """The text that `parse` reads back."""
        match self.kind:
            case "year":
                return f"{self.start:%Y}"
            case "quarter":
                return f"{self.start.year}-Q{(self.start.month + 2) // 3}"
            case "month":
                return f"{self.start:%Y-%m}"
            case "week":
                return f"{self.start:%G-W%V}"
        return f"{self.start}..{self.last_day}"

    @property
    def title(self) -> str:
        """For a reader: October 2026, week 40 of 2026, 1 – 15 October 2026."""
        match self.kind:
            case "year":
                return f"{self.start:%Y}"
            case "quarter":
                return f"quarter {(self.start.month + 2) // 3} of {self.start.year}"
            case "month":
                return f"{self.start:%B %Y}"
            case "week":
                return f"week {self.start.isocalendar().week} of {self.start:%G}"
        return span(self.start, self.last_day)

    def previous(self) -> "Period":
        """The period of the same kind just before; for a span of days, as many days."""
        match self.kind:
            case "year":
                return _year(str(self.start.year - 1))
            case "quarter":
                return _month_span("quarter", _shift(self.start, -3), 3)
            case "month":
                return _month_span("month", _shift(self.start, -1), 1)
        return Period(self.kind, self.start - (self.end - self.start), self.start)

    def year_before(self) -> "Period":
        """The same months a year earlier; for weeks and days 364 days, so that weekdays match."""
        match self.kind:
            case "year":
                return self.previous()
            case "quarter" | "month":
                months = 3 if self.kind == "quarter" else 1
                return _month_span(self.kind, _shift(self.start, -12), months)
            case "week":
                return _same_week_a_year_before(self.start)
        return Period(self.kind, self.start - 364 * DAY, self.end - 364 * DAY)

    def base(self, compare: str) -> "Period | None":
        """What `compare` names: previous, year, none, or a period of its own.

        Raises
        ------
        ArgumentError
            Anything else.
        """
        named: dict[str, Callable[[], Period | None]] = {
            "previous": self.previous,
            "year": self.year_before,
            "none": lambda: None,
            "": lambda: None,
        }
        if compare in named:
            return named[compare]()
        try:
            return Period.parse(compare)
        except ArgumentError:
            hint = did_you_mean(compare, named)
            raise ArgumentError(f"compare {compare!r} is none of previous, year, none or a period.{hint}") from None

    def first_days(self, n: int) -> "Period":
        """The first `n` days, to compare an unfinished period like with like; itself if it is no longer than that."""
        return self if n >= self.days else Period("days", self.start, self.start + n * DAY)

    def days_covered(self, last_day: date) -> int:
        """How many of its days lie on or before `last_day`."""
        return max(0, min(self.days, (last_day - self.start).days + 1))

    def __str__(self) -> str:
        return self.label


def span(first: date, last: date) -> str:
    """Two dates as a reader writes them: 1 – 15 October 2026.

    Examples
    --------
    >>> span(date(2026, 9, 28), date(2026, 10, 4))
    '28 September – 4 October 2026'
    """
    if first == last:
        return f"{last.day} {last:%B %Y}"
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} – {last.day} {last:%B %Y}"
    if first.month != last.month:
        return f"{first.day} {first:%B} – {last.day} {last:%B %Y}"
    return f"{first.day} – {last.day} {last:%B %Y}"


def _year(year: str) -> Period:
    return Period("year", date(int(year), 1, 1), date(int(year) + 1, 1, 1))


def _quarter(year: str, quarter: str) -> Period:
    return _month_span("quarter", date(int(year), 3 * int(quarter) - 2, 1), 3)


def _month(year: str, month: str) -> Period:
    return _month_span("month", date(int(year), int(month), 1), 1)


def _week(year: str, week: str) -> Period:
    start = date.fromisocalendar(int(year), int(week), 1)
    return Period("week", start, start + 7 * DAY)


def _days(first: str, last: str) -> Period:
    start, end = date.fromisoformat(first), date.fromisoformat(last) + DAY
    if end <= start:
        raise ValueError("it ends before it starts")
    return Period("days", start, end)


_FORMS: dict[str, Callable[..., Period]] = {
    r"([12]\d{3})": _year,
    r"([12]\d{3})-[Qq]([1-4])": _quarter,
    r"([12]\d{3})-(\d{2})": _month,
    r"([12]\d{3})-[Ww](\d{2})": _week,
    r"([12]\d{3}-\d{2}-\d{2})\.\.([12]\d{3}-\d{2}-\d{2})": _days,
}


def _last(kind: str, last_day: date) -> Period:
    """The last whole period of a kind that ends on or before a day."""
    day_after = last_day + DAY
    match kind:
        case "week":
            start = day_after - timedelta(days=day_after.weekday() + 7)
            return Period("week", start, start + 7 * DAY)
        case "month":
            return _month_span("month", _shift(day_after, -1), 1)
        case "quarter":
            return _month_span(
                "quarter", _shift(day_after.replace(month=(day_after.month - 1) // 3 * 3 + 1, day=1), -3), 3
            )
    return _year(str(day_after.year - 1))


def _month_span(kind: str, start: date, months: int) -> Period:
    return Period(kind, start, _shift(start, months))


def _shift(day: date, months: int) -> date:
    """The first of the month that lies `months` away."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _same_week_a_year_before(start: date) -> Period:
    year, week, _ = start.isocalendar()
    last_week = date(year - 1, 12, 28).isocalendar().week
    return _week(str(year - 1), str(min(week, last_week)))
