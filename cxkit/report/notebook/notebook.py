"""What a notebook calls: `open_report` in its set-up cell, then one verb a cell, each giving a block."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxkit.dataset.source import Source, open_data
from cxkit.disclosure.marked import UNSAID, counting
from cxkit.disclosure.suppress import hide, hide_measured, labelled, suppress, withhold
from cxkit.measurement.family import distinct
from cxkit.measurement.rows import records
from cxkit.measurement.scope import check_values
from cxkit.metric import Declared, Metric, areas
from cxkit.period import DAY
from cxkit.report.notebook import about_blocks, report_blocks
from cxkit.report.notebook.covered import coverage, read_period
from cxkit.report.notebook.measured_report import MeasuredReport, listed
from cxkit.report.notebook.report_blocks import ReportBlock
from cxkit.report.notebook.small_groups import guard_frames
from cxkit.report.wording.styles import lab_sheet

if TYPE_CHECKING:
    from cxkit.charts import Figure

HISTORY = 9  # periods in a card's small line, the present one included


def open_report(
    data: str | Source, period: str, compare: str = "previous", segment: str = "", conf_level: float = 0.95
) -> "Report":
    """Open data for a report and show what it is about.

    Parameters
    ----------
    data : str or Source
        What `open_data` takes.
    period : str
        What `Period.parse` takes; `last-month` and its like are counted from the data's coverage.
    compare : str
        previous, year, none, or a period of its own.
    segment : str
        Only these rows, such as `device_class=mobile`.
    conf_level : float
        Of every interval.

    Raises
    ------
    ArgumentError, DataError
        As `open_data` and `Period` do.

    Examples
    --------
    >>> report = open_report("data/sample", "2026-10")
    >>> report.base.title
    'September 2026'
    """
    source = data if isinstance(data, Source) else open_data(data)
    current = read_period(source, period)
    check_values(source, segment)
    report = Report(source, current, current.base(compare), segment, conf_level)
    guard_frames(source.settings.k)
    _show(report.facts())
    return report


class Report(MeasuredReport):
    """A notebook's report: source, period and base, and the blocks made from them."""

    def headline(self, *metrics: Declared) -> ReportBlock:
        """A card for each metric: value, interval, verdict, change, past, numerator and denominator."""
        frame = self.measure(metrics)
        return self._measured("headline", frame, metrics, history=self._history(metrics))

    def breakdown(self, metrics: Declared | Iterable[Declared], by: str) -> ReportBlock:
        """Metrics by the values of a column, one table a metric."""
        asked = listed(metrics)
        return self._measured("breakdown", self.measure(asked, by=by), asked, by=by)

    def trend(self, metric: Metric) -> "Figure":
        """A metric by day, the base dashed beneath it."""
        from cxkit.report.notebook import charts

        return charts.trend(self, metric)

    def segments(self, metric: Metric, by: str) -> "Figure":
        """A metric by the values of a column: points with intervals, the base as an open mark."""
        from cxkit.report.notebook import charts

        return charts.segments(self, metric, by)

    def moved_by(self, metric: Metric, by: str) -> "Figure":
        """Which segment moved a ratio of sums: what each segment's own rate and its weight did to the change. Not for `per_cluster` metrics."""
        from cxkit.report.notebook import charts

        return charts.moved_by(self, metric, by)

    def extremes(self, frame: pd.DataFrame) -> str:
        """Lowest and highest row of a measurement frame, as a caption says them."""
        from cxkit.report.notebook import charts

        return charts.extremes(frame, self)

    def table(
        self,
        frame: pd.DataFrame,
        caption: str = "",
        units: Mapping[str, str] | None = None,
        by: str = "",
        people: str | None = UNSAID,
    ) -> ReportBlock:
        """A frame as a table, small groups hidden; a measurement frame with its intervals and verdicts.

        Parameters
        ----------
        frame : DataFrame
            Sorted as it shall be read. The first column names the row.
        caption : str
            Says what the table is.
        units : mapping of column to unit, optional
            share, count, seconds, days, money, ratio, score, rate or text.
        by : str
            What the rows of a measurement frame are the parts of, such as brand.
        people : str or None
            The column that counts the people of a row; None where no column does. Frames of `measure` and of studies say it themselves.

        Raises
        ------
        ArgumentError
            Neither the frame nor `people` says who is counted.
        """
        if {"metric_id", "value", "unit", "ci_low"} <= set(frame.columns):
            is_known = self.is_recorded(frame)
            k = self.source.settings.k
            shown = hide_measured(frame, k, self._metrics) if is_known else self.record(frame)
            return self._measured("breakdown", shown, (), caption=caption, by=by)
        said = {str(name): report_blocks.unit_of(frame[name]) for name in frame.columns} | dict(units or {})
        write = 'report.table(frame, people="…")'
        shown = hide(frame, "report.table", write, self.source.settings.k, people)
        return report_blocks.table(labelled(shown), caption, said, self.style)

    def classes(self, frame: pd.DataFrame) -> pd.DataFrame:
        """People by class (`bin, n` and perhaps `base_n`) with each class's share of all, for `charts.distribution`; small ones hidden."""
        shares = {"n": "share", "base_n": "base_share"}
        known = frame.assign(**{shares[count]: frame[count] / frame[count].sum() for count in shares if count in frame})
        return suppress(counting(known, people="n", k=self.source.settings.k))

    def findings(self) -> ReportBlock:
        """What changed beyond noise. On the page it covers the whole notebook, here what was measured so far."""
        frame = pd.concat(self._frames, ignore_index=True) if self._frames else pd.DataFrame()
        return self._measured("findings", distinct(frame), ())

    def facts(self) -> ReportBlock:
        """Period, base, how far the data go."""
        payload = about_blocks.facts(self.source, self.period, self.base, self.segment, self.conf_level)
        return ReportBlock("facts", payload, self.style, lead=lab_sheet())

    def data_quality(self, *notes: str) -> ReportBlock:
        """Rows read, rows left out and why, what each table covers, what could not be measured."""
        known = {metric.id for metrics in areas().values() for metric in metrics} | set(self._metrics)
        payload = about_blocks.quality(self.source, self._rows(), known, notes)
        return ReportBlock("quality", payload, self.style)

    def note(self, *sentences: str) -> ReportBlock:
        """A paragraph or more: what figures say, or what they cannot tell."""
        return report_blocks.note(sentences)

    def definitions(self) -> ReportBlock:
        """Every metric that the notebook measured: definition, formula, source, needs, interval, why others differ."""
        return report_blocks.definitions([about_blocks.term(metric) for metric in self._metrics.values()])

    def _rows(self) -> list[dict[str, Any]]:
        return [row for frame in self._frames for row in records(frame)]

    def _measured(self, kind: str, frame: pd.DataFrame, metrics: Sequence[Declared], **more: Any) -> ReportBlock:
        frame = self._family.judged(frame)
        nouns = {metric.id: noun for metric in metrics if (noun := about_blocks.noun(metric))}
        shown = set(frame.metric_id) if "metric_id" in frame else set()
        goals = {name: goal for name, goal in self.source.settings.targets.items() if name in shown}
        more |= {"targets": goals} if goals else {}
        amounts = sorted(name for name in shown if getattr(self._metrics.get(name), "of_money", False))
        more |= {"amounts": amounts} if amounts else {}
        tolerances = {
            name: metric.rtol for name in sorted(shown) if (metric := self._metrics.get(name)) and metric.rtol
        }
        more |= {"fitted": tolerances} if tolerances else {}
        more |= {"segment": self.segment} if self.segment else {}
        more |= {"nouns": nouns, "k": self.source.settings.k, "base_name": self._base_name()}
        return report_blocks.measured(kind, frame, self.style, **more)

    def _base_name(self) -> str:
        """September for a report on October of the same year, else the whole title."""
        if self.base is None:
            return ""
        same_year = self.base.kind == "month" and self.base.start.year == self.period.start.year
        return f"{self.base.start:%B}" if same_year else self.base.title

    def _history(self, metrics: Sequence[Declared]) -> dict[str, list[list[Any]]]:
        """Values of the periods before, oldest first, as far as the data cover them whole."""
        from cxkit.measurement.history import values_over

        first, last = coverage(self.source)
        past, period = [self.period], self.period.previous()
        while period.start >= first and len(past) < HISTORY:
            past.append(period)
            period = period.previous()
        if len(past) < 3 or self.period.end - DAY > last:
            return {}
        values = values_over(self.source, metrics, past[::-1], segment=self.segment)
        values = hide_measured(values, self.source.settings.k, self._metrics)
        values = withhold(values, self.given_away(metrics))
        titles = {each.label: each.title for each in past}
        return {
            str(metric_id): [[titles[str(row.period)], row.value] for row in rows.itertuples()]
            for metric_id, rows in values[values.period.isin(titles)].groupby("metric_id")
        }


def _show(block: ReportBlock) -> None:
    """Display in a notebook; outside one there is nobody to show it to."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return
    if get_ipython() is not None:
        display(block)
