"""The charts that every notebook draws, with caption and text alternative made from the figures themselves.

A caption states what was measured, not whether it is noise: that is decided when the whole report is known.
"""

from collections.abc import Callable
from datetime import date
from math import nan
from typing import Any

import pandas as pd

from cxkit import charts
from cxkit.charts import Columns, Figure, Words
from cxkit.disclosure.marked import counting
from cxkit.disclosure.suppress import suppress
from cxkit.flags import Flag, flagged
from cxkit.measurement import decompose
from cxkit.measurement.measure import measure
from cxkit.measurement.rows import records
from cxkit.measurement.window import dating
from cxkit.metric import Metric
from cxkit.period import Period, span
from cxkit.report.notebook.measured_report import MeasuredReport
from cxkit.report.wording import words

MOST_HIDDEN = 0.5  # of the days of a trend


def trend(report: MeasuredReport, metric: Metric) -> Figure:
    """A metric by day, the base dashed beneath it, aligned by the day of the period; by month where most days are of few people.

    The days are not tested one by one: the headline's verdict covers the period.
    """
    k = report.source.settings.k
    days = measure(report.source, metric, report.period, by="day", segment=report.segment, conf_level=report.conf_level)
    days = suppress(days, k)
    few = flagged(days, Flag.SUPPRESSED).mean() > MOST_HIDDEN
    tells_of_few = report.given_away([metric])
    if few and not tells_of_few and (by_month := _by_month(report, metric)) is not None:
        return by_month
    base = None
    if few or tells_of_few:  # the quiet days that are left would tell another story
        days = days.assign(value=nan)
    elif report.base:
        base = suppress(measure(report.source, metric, report.base, by="day", segment=report.segment), k)
    shown = days[days.value.notna()]
    overall = report.overall(metric)
    total = "hidden" if words.is_hidden(overall) else words.value(overall, report.style)
    so_far = " so far" if words.is_unfinished(overall) else ""
    caption = f"{metric.title} in {report.period.title}{so_far}: {total}."
    if base is not None:
        caption += f" {_before(report, metric)}"
    caption += (
        f" Most days have fewer than {k} people, and single days are not shown."
        if few
        else f" Band: {report.conf_level:.0%} interval of each day. Shaded: weekends."
    )
    if not few and any(_is_hidden_somewhere(frame) for frame in (days, base) if frame is not None):
        caption += f" Gaps: days of fewer than {k} people."
    return charts.trend(
        days,
        base if base is not None and base.value.notna().any() else None,
        caption=caption,
        alt=f"Line chart of {metric.title.lower()} by day, {span(report.period.start, report.period.last_day)}: "
        f"{extremes(shown, report, _day_name)}.",
        words=Words(currency=report.source.settings.currency, events=report.events),
    )


def _is_hidden_somewhere(days: pd.DataFrame) -> bool:
    return bool(flagged(days, Flag.SUPPRESSED).any())


def _by_month(report: MeasuredReport, metric: Metric) -> Figure | None:
    """A metric over the last months that the data cover whole; nothing if they are too few, or most of them of few people."""
    source, end = report.source, report.period.end
    first = max(source.coverage(table)[0] for table in dating(source, metric))
    start = max(report.period.year_before().end, (pd.Timestamp(first) + pd.offsets.MonthBegin(0)).date())
    if report.period.kind != "month" or (report.period.start - start).days < 59:
        return None
    span_ = Period("days", start, end)
    options: dict[str, Any] = {"segment": report.segment, "conf_level": report.conf_level}
    months = suppress(measure(source, metric, span_, by="month", **options), source.settings.k)
    shown = months[months.value.notna()].assign(month=lambda f: pd.to_datetime(f.level))
    if len(shown) < 3 or flagged(months, Flag.SUPPRESSED).mean() > MOST_HIDDEN:
        return None
    total = words.value(report.overall(metric), report.style)
    return charts.trend(
        shown,
        columns=Columns(time="month"),
        caption=f"{metric.title} in {report.period.title}: {total}. By month, as most days have fewer than {source.settings.k} people. "
        f"Band: {report.conf_level:.0%} interval of each month.",
        alt=f"Line chart of {metric.title.lower()} by month, {span(start, report.period.last_day)}: "
        f"{extremes(shown, report, lambda text: f'{pd.Timestamp(text):%B %Y}')}.",
        words=Words(name=metric.title.lower(), currency=source.settings.currency, events=report.events),
    )


def segments(report: MeasuredReport, metric: Metric, by: str) -> Figure:
    """A metric by the values of a column with its intervals, the base as an open mark."""
    frame = report.measure(metric, by=by)
    frame = frame.assign(segment=frame.level.map(words.plain_words))
    shown = frame[frame.value.notna()]
    column = words.column_words(by)
    found = extremes(shown, report)
    return charts.intervals(
        frame,
        caption=f"{metric.title} by {column}: {found}. Whiskers: {report.conf_level:.0%} interval.",
        alt=f"Points with intervals: {metric.title.lower()} for {len(shown)} values of {column}; {found}.",
        columns=Columns(by="segment"),
        words=compared(report),
    )


def compared(report: MeasuredReport) -> Words:
    """What a chart calls the period and its base, and the currency."""
    base = report.base.title if report.base else ""
    return Words(name=report.period.title, base_name=base, currency=report.source.settings.currency)


def moved_by(report: MeasuredReport, metric: Metric, by: str) -> Figure:
    """The parts of a ratio's change: each segment's own rate, and its weight (mix). They add up to the change.

    The caption names only parts that pass the correction for all parts of the figure.
    """
    column = words.column_words(by)
    parts = pd.DataFrame(columns=list(decompose.COLUMNS))
    if report.base and not report.given_away([metric]):
        parts = decompose.moved_by(report.ask, metric, by)
    names = parts.segment.map(words.plain_words)
    shown = parts.assign(
        label=names.where(parts.part == "total", names + ": " + parts.part.map(_PARTS)).replace("all", "change in all")
    )
    said = f"{metric.title}, what moved it by {column}: {_movers(shown, metric, report)} Whiskers: {report.conf_level:.0%} interval."
    alt = "; ".join(
        f"{row['label']} {report.style.signed(row['value'], metric.unit)}"
        for row in records(shown)
        if row["part"] != "mix"
    )
    return charts.forest(
        counting(shown, people="n_units", k=report.source.settings.k),
        columns=Columns(by="label", value=("value", "ci_low", "ci_high")),
        caption=said,
        alt=f"Points with intervals around zero, parts of the change of {metric.title.lower()}: {alt or 'nothing to show'}.",
        words=Words(unit=metric.unit, currency=report.source.settings.currency, sides=("lowered it", "raised it")),
    )  # fmt: skip


_PARTS = {"rate": "own rate", "mix": "weight", "total": ""}


def _movers(parts: pd.DataFrame, metric: Metric, report: MeasuredReport) -> str:
    if parts.empty:
        return "there is nothing to compare."
    whole, sure = parts.iloc[-1], parts[parts.is_beyond_noise.astype(bool) & (parts.part != "total")]
    change = f"of {report.style.signed(whole.value, metric.unit)} in all"
    if sure.empty:
        return f"{change} no part is beyond noise."
    sure = sure.iloc[(-sure.value.abs()).argsort(kind="stable")][:2]
    named = " and ".join(f"{row['label']} {report.style.signed(row['value'], metric.unit)}" for row in records(sure))
    return f"{change}, beyond noise: {named}."


def _before(report: MeasuredReport, metric: Metric) -> str:
    row = report.overall(metric)
    if words.missing(row.get("base_value")):
        return f"No data for {report.base.title}." if report.base else ""
    before = report.style.value(row["base_value"], row["unit"], words.value_decimals(row, report.style))
    days = "the same days of " if words.is_unfinished(row) else ""
    return f"Dashed: {days}{report.base.title if report.base else 'before'}, {before}."


def extremes(frame: pd.DataFrame, report: MeasuredReport, name: Callable[[str], str] = str) -> str:
    """Lowest and highest row of a measurement frame in words, for a caption that goes on after it."""
    frame = frame[frame.value.notna()]
    if frame.empty:
        return "there is nothing to show"
    ordered = frame.sort_values(["value", "segment"])
    low, high = records(ordered.iloc[[0, -1]])
    if len(frame) == 1:
        return f"only {name(words.plain_words(low['level']))}, {words.value(low, report.style)}"
    return (
        f"lowest {name(words.plain_words(low['level']))} with {words.value(low, report.style)}, "
        f"highest {name(words.plain_words(high['level']))} with {words.value(high, report.style)}"
    )


def _day_name(day: str) -> str:
    when = date.fromisoformat(day)
    return f"{when.day} {when:%B}"
