"""What a report is about and what was measured for it: the part of a `Report` that charts are drawn from."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Self

import pandas as pd

from cxkit.charts.numerals import locale
from cxkit.contract import tables
from cxkit.dataset.source import Source
from cxkit.disclosure.suppress import hide_measured, withhold
from cxkit.measurement.ask import Ask
from cxkit.measurement.family import Family, keys
from cxkit.measurement.measure import beside
from cxkit.measurement.rows import records
from cxkit.metric import Declared, Metric
from cxkit.period import Period
from cxkit.report.notebook.small_groups import given_away
from cxkit.report.wording.format import Style
from cxkit.segment import Segment


@dataclass
class MeasuredReport:
    """Source, period and base, and everything that was measured of them.

    Whatever is measured through it is remembered, so that findings, data quality and definitions know what stood above them. All
    comparisons are judged together: a verdict is that of everything measured so far, and the page, which knows all, has the final one.
    """

    source: Source
    period: Period
    base: Period | None
    segment: str = ""
    conf_level: float = 0.95
    _frames: list[pd.DataFrame] = field(default_factory=list, repr=False)
    _metrics: dict[str, Declared] = field(default_factory=dict, repr=False)
    _family: Family = field(default_factory=Family, repr=False)

    @property
    def ask(self) -> Ask:
        """What the report asks of its data."""
        return Ask(self.source, self.period, self.base, Segment.parse(self.segment), self.conf_level)

    @cached_property
    def style(self) -> Style:
        """How the notebook says its numbers: in the locale of the run."""
        return Style(locale(), self.source.settings.currency or "EUR")

    def measure(self, metrics: Declared | Iterable[Declared], by: str | None = None) -> pd.DataFrame:
        """Metrics of the report's period, compared with its base if it has one.

        Returns
        -------
        DataFrame
            A measurement frame, one row a metric and segment; verdicts are those of everything measured so far.
        """
        asked = listed(metrics)
        frame = beside(self.ask, asked, by)
        return self.record(withhold(frame, self.given_away(asked)), asked)

    def record(self, frame: pd.DataFrame, metrics: Iterable[Declared] = ()) -> pd.DataFrame:
        """Remember a measurement frame that was made elsewhere; gives it back, with the verdicts of everything measured so far."""
        self._metrics.update({metric.id: metric for metric in metrics})
        frame = hide_measured(frame, self.source.settings.k, self._metrics)
        self._frames.append(frame)
        return self._family.judged(frame)

    def is_recorded(self, frame: pd.DataFrame) -> bool:
        """Whether all figures of a measurement frame were measured through the report, or recorded."""
        return set(keys(frame)) <= {name for known in self._frames for name in keys(known)}

    def given_away(self, metrics: Iterable[Declared]) -> list[str]:
        """Ids of metrics of which fewer than k people lie outside the report's segment: beside a report on all, it would tell of those few."""
        return given_away(self.ask, metrics)

    def during(self, period: Period, segment: str = "") -> Self:
        """The same report over another period without a base, such as a study's own days; what it measures is remembered here."""
        chosen = Segment.parse(segment).within(Segment.parse(self.segment))
        return replace(self, period=period, base=None, segment=str(chosen))

    def overall(self, metric: Metric) -> dict[str, Any]:
        """The metric's row for the whole period, measured once."""
        for frame in self._frames:
            rows = frame[(frame.metric_id == metric.id) & (frame.segment == str(Segment.parse(self.segment)))]
            if len(rows):
                return self._family.decide(records(rows)[0])
        return records(self.measure(metric))[0]

    @property
    def events(self) -> dict[date, str]:
        """What happened in the period, from the annotations of `series`."""
        if "series" not in tables() or not self.source.has("series"):
            return {}
        found = self.source.sql(
            "select date, note from series where series_id = 'annotation' and date >= $first and date < $end"
            " and note is not null order by date",
            first=self.period.start,
            end=self.period.end,
        )
        return {pd.Timestamp(row["date"]).date(): str(row["note"]) for row in records(found)}


def listed(metrics: Declared | Iterable[Declared]) -> list[Declared]:
    """One metric or several, as a list."""
    return [metrics] if isinstance(metrics, Declared) else list(metrics)
