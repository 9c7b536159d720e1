"""A measured figure as a value: what it is called, what it is now, what it was in the base, and the change between them.

`COLUMNS` says of each column of a measurement frame in which unit it stands and what must be hidden with whom; frames, files, the
workbook and the hiding of small groups read it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import nan
from typing import Any, NamedTuple

from cxkit.flags import Flag, joined
from cxkit.metric import Declared
from cxkit.period import Period
from cxkit.segment import Segment
from cxkit.stats.results import Change, Interval, empty_change


class Rests(StrEnum):
    """On whom a column rests: where those are few, it is hidden."""

    NOBODY = "nobody"  # names: which figure of which group it is, not how much
    NOW = "now"  # the people of the period
    BASE = "base"  # those of the base
    CHANGE = "change"  # either


class Column(NamedTuple):
    """A column of a measurement frame: text, a date, a count, a share, or a number in the figure's `own` unit."""

    unit: str
    rests: Rests


_NAME = Column("text", Rests.NOBODY)
_NOW, _BASE, _CHANGE = (Column("own", rests) for rests in (Rests.NOW, Rests.BASE, Rests.CHANGE))
COLUMNS: dict[str, Column] = {
    "metric_id": _NAME,
    "title": _NAME,
    "value": _NOW,
    "unit": _NAME,
    "better": _NAME,
    "numerator": Column("sum", Rests.NOW),
    "denominator": Column("sum", Rests.NOW),
    "n_units": Column("count", Rests.NOW),
    "ci_low": _NOW,
    "ci_high": _NOW,
    "ci_method": Column("text", Rests.NOW),
    "conf_level": Column("share", Rests.NOBODY),
    "period": _NAME,
    "period_start": Column("date", Rests.NOBODY),
    "period_end": Column("date", Rests.NOBODY),
    "timezone": _NAME,
    "segment": _NAME,
    "n_excluded": Column("count", Rests.NOW),
    "exclusion_reasons": Column("text", Rests.NOW),
    "flags": _NAME,
    "definition_version": Column("count", Rests.NOBODY),
}
#: Which part of the asked segment a row is; empty for the whole.
PART_COLUMNS: dict[str, Column] = {"by": _NAME, "level": _NAME}
#: What stands beside a base.
CHANGE_COLUMNS: dict[str, Column] = {
    "base_period": _NAME,
    "base_value": _BASE,
    "base_numerator": Column("sum", Rests.BASE),
    "base_denominator": Column("sum", Rests.BASE),
    "base_n_units": Column("count", Rests.BASE),
    "base_ci_low": _BASE,
    "base_ci_high": _BASE,
    "difference": _CHANGE,
    "difference_low": _CHANGE,
    "difference_high": _CHANGE,
    "relative": Column("share", Rests.CHANGE),
    "p_value": Column("share", Rests.CHANGE),
    "test": Column("text", Rests.CHANGE),
    "shortfall": Column("text", Rests.NOW),
}
#: What a family of comparisons adds.
VERDICT_COLUMNS: dict[str, Column] = {
    "p_adjusted": Column("share", Rests.CHANGE),
    "n_tests": Column("count", Rests.NOBODY),
    "verdict": _NAME,
}
EVERY_COLUMN = COLUMNS | PART_COLUMNS | CHANGE_COLUMNS | VERDICT_COLUMNS


def rests_on(name: str) -> Rests:
    """On whom a column of a measurement frame rests; one that somebody added is taken to rest on the people of its row.

    Examples
    --------
    >>> rests_on("base_value").value, rests_on("title").value, rests_on("guests").value
    ('base', 'nobody', 'now')
    """
    if name in EVERY_COLUMN:
        return EVERY_COLUMN[name].rests
    return Rests.BASE if name.startswith("base_") else Rests.NOW


@dataclass(frozen=True)
class Identity:
    """Which figure of which periods a row is."""

    metric_id: str
    title: str
    unit: str
    better: str
    period: str
    period_start: date
    period_end: date
    timezone: str
    conf_level: float
    definition_version: int
    base_period: str

    @classmethod
    def of(cls, metric: Declared, period: Period, base: Period | None, timezone: str, conf_level: float) -> "Identity":
        """The identity of a metric's rows."""
        return cls(
            metric.id, metric.title, metric.unit, metric.better, period.label, period.start, period.end, timezone, conf_level,
            metric.version, base.label if base else "",
        )  # fmt: skip


@dataclass(frozen=True)
class Side:
    """A figure of one period.

    Attributes
    ----------
    value, low, high : float
        With the limits of its interval, in the figure's unit; NaN where it cannot be had.
    numerator, denominator : float
    n_units : float
        People, or other independent units, behind it.
    method : str
        Of the interval.
    """

    value: float = nan
    low: float = nan
    high: float = nan
    method: str = ""
    numerator: float = nan
    denominator: float = nan
    n_units: float = 0

    @classmethod
    def of(
        cls, interval: Interval, numerator: float = nan, denominator: float = nan, n_units: float | None = None
    ) -> "Side":
        """A side from its interval and parts; unless told otherwise the denominator counts the units."""
        return cls(*interval, numerator, denominator, int(denominator) if n_units is None else n_units)

    @property
    def interval(self) -> Interval:
        """Value and limits."""
        return Interval(self.value, self.low, self.high, self.method)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measured figure.

    Attributes
    ----------
    now : Side
    base : Side, optional
        Of the base, if there is one that the data cover.
    change : Change
        Current − base, and its test.
    relative : float
        Current ÷ base − 1, where that says something.
    segment : Segment, optional
        Whose figure it is, where that is not everybody who was asked for.
    left_out : mapping of reason to count
        Units that could not be counted.
    why : str
        Why the figure cannot be had.
    flags : tuple of Flag
    shortfall : str
        What is missing for a verdict; empty if there is enough.
    unit, better : str
        Where they differ from the metric's own.
    identity : Identity, optional
        `measure` gives it.
    """

    now: Side = field(default_factory=Side)
    base: Side | None = None
    change: Change = field(default_factory=lambda: empty_change(""))
    relative: float = nan
    segment: Segment | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    why: str = ""
    flags: tuple[Flag, ...] = ()
    shortfall: str = ""
    unit: str = ""
    better: str = ""
    identity: Identity | None = None

    @classmethod
    def off(cls, why: str) -> "Row":
        """The row of a figure that cannot be measured."""
        return cls(why=why, shortfall=why, flags=(Flag.OFF,))

    def cells(self, asked: Segment) -> dict[str, Any]:
        """The row as a measurement frame holds it, by column; `asked` is the segment that was asked for."""
        assert self.identity is not None
        names, segment = vars(self.identity), self.segment or asked
        own = {name: said for name in ("unit", "better") if (said := getattr(self, name))}
        reasons = [f"{reason}: {n:,}" for reason, n in self.left_out.items()]
        now, base, change = self.now, self.base or Side(n_units=nan), self.change
        return names | own | {
            "value": now.value, "numerator": now.numerator, "denominator": now.denominator, "n_units": now.n_units,
            "ci_low": now.low, "ci_high": now.high, "ci_method": now.method,
            "segment": str(segment), "by": segment.by if segment != asked else "", "level": segment.level if segment != asked else "",
            "n_excluded": sum(self.left_out.values()), "exclusion_reasons": "; ".join(filter(None, [*reasons, self.why])),
            "flags": joined(self.flags),
            "base_value": base.value, "base_numerator": base.numerator, "base_denominator": base.denominator,
            "base_n_units": base.n_units, "base_ci_low": base.low, "base_ci_high": base.high,
            "difference": change.difference, "difference_low": change.low, "difference_high": change.high,
            "relative": self.relative, "p_value": change.p_value, "test": change.method, "shortfall": self.shortfall,
        }  # fmt: skip
