"""What is asked of a data set: which period beside which base, of whom, how sure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import PurePath

from cxkit.dataset.source import Source
from cxkit.errors import ArgumentError
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.segment import Segment

EVERYBODY = Segment()


@dataclass(frozen=True)
class Ask:
    """A question that any figure can answer.

    Attributes
    ----------
    source : Source
    period : Period
    base : Period, optional
        What the period is compared with.
    segment : Segment or str
        Only these rows; as text it is read.
    conf_level : float
        Of every interval.

    Raises
    ------
    ArgumentError
        Text where a source or a period is wanted, a confidence level outside 0–1, a base that overlaps the period, a segment that cannot be read.
    """

    source: Source
    period: Period
    base: Period | None = None
    segment: Segment = EVERYBODY
    conf_level: float = 0.95

    def __post_init__(self) -> None:
        _refuse_text(self.source, "the source", "open the data first: cx.open_data({!r}).")
        for name, given in {"period": self.period, "base": self.base}.items():
            _refuse_text(given, name, "read it first: cx.Period.parse({!r}).")
        object.__setattr__(self, "segment", Segment.parse(self.segment))
        if not 0 < self.conf_level < 1:
            raise ArgumentError(f"conf_level is {self.conf_level}; it must lie between 0 and 1, for example 0.95.")
        if self.base and self.base.start < self.period.end and self.period.start < self.base.end:
            raise ArgumentError(
                f"period {self.period} and its base {self.base} overlap; a change needs two separate spans."
            )

    @property
    def periods(self) -> tuple[Period, ...]:
        """The period, and its base if there is one."""
        return (self.period, self.base) if self.base else (self.period,)

    @property
    def days(self) -> dict[str, date]:
        """First day of the period and the day after its last, as parameters of a query."""
        return {"start": self.period.start, "end": self.period.end}

    @property
    def moments(self) -> dict[str, datetime]:
        """The same as moments at midnight."""
        return {name: datetime.combine(day, time()) for name, day in self.days.items()}

    def at(self, period: Period, base: Period | None = None) -> "Ask":
        """The same question about another period."""
        return replace(self, period=period, base=base)

    def of(self, segment: Segment | str) -> "Ask":
        """The same question about other people."""
        return replace(self, segment=Segment.parse(segment))

    def scope(self, view: str, by: str | None = None) -> tuple[str, str, str]:
        """The relation to read, the condition on its rows and the SQL that names a row's level: see `cxkit.measurement.scope`."""
        return scope(self.source, view, by, self.segment)


def _refuse_text(given: object, name: str, instead: str) -> None:
    if isinstance(given, str | PurePath):
        raise ArgumentError(f"{name} is text; {instead.format(str(given))}")
