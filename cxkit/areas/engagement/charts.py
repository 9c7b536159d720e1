"""The charts and tables of the engagement notebook, with captions made from their figures."""

from dataclasses import replace
from typing import Any

import pandas as pd

from cxkit import charts
from cxkit.areas.engagement import engagement_score, growth, metrics, pages, seasons
from cxkit.areas.engagement.frequency import daily_activity
from cxkit.areas.engagement.visit_distributions import frequency_distribution, recency_distribution
from cxkit.charts import Columns, Figure, Words
from cxkit.disclosure.marked import counting
from cxkit.disclosure.suppress import suppress
from cxkit.measurement.rows import records
from cxkit.metric import Described
from cxkit.report.notebook.charts import compared
from cxkit.report.notebook.notebook import Report
from cxkit.report.notebook.report_blocks import ReportBlock
from cxkit.report.wording import words

HALF_A_YEAR = 26 * 7
SHOWN_DAYS = 91


def frequency(report: Report) -> Figure:
    """Visitors by the number of their visits."""
    frame = frequency_distribution(report.ask)
    return _classes(report, frame, "Visitors by their number of visits", "visits in the period")


def recency(report: Report) -> Figure:
    """Visitors by the days since their last visit."""
    frame = recency_distribution(report.ask)
    return _classes(
        report, frame, "Visitors by the time from their last visit to the period's end", "since the last visit"
    )


def stickiness(report: Report) -> Figure:
    """Daily active visitors as a share of the monthly active ones."""
    k = report.source.settings.k
    days = suppress(_activity(report, report.period))
    days = days[days.mau.notna()]
    base = suppress(_activity(report, report.base)) if report.base else days.iloc[:0]
    said = (
        f"on average {report.style.value(days.value.mean(), 'share')}"
        if len(days)
        else f"no day has 30 days of data before it with {k} visitors or more"
    )
    mau = f", of {days.mau.mean():,.0f} visitors active in 30 days" if len(days) else ""
    return charts.trend(
        days, base if len(base) else None,
        columns=Columns(time="day"), words=Words(unit="share", events=report.events),
        caption=f"Visitors of a day among those of the 30 days up to it: {said}{mau}.",
        alt=f"Line chart of daily by monthly active visitors in {report.period.title}: {said}.",
    )  # fmt: skip


def parts(report: Report, metric: Described) -> Figure:
    """A figure with a row for each part: points with intervals, the base as an open mark."""
    return _parts(report, report.measure(metric))


def exits(report: Report) -> Figure:
    """Exit rates of the pages of the funnel."""
    return _parts(report, exit_rates(report))


def actions(report: Report) -> Figure:
    """What people do, by kind."""
    return _parts(report, action_rates(report))


def _parts(report: Report, frame: pd.DataFrame) -> Figure:
    title = str(frame.title.iloc[0])
    frame = frame[frame.value.notna()]
    frame = frame.assign(segment=[words.plain_words(level) or "in all" for level in frame.level])
    said = "; ".join(
        f"{row['segment']} {report.style.value(row['value'], row['unit'])}"
        for row in records(frame.sort_values("value", ascending=False, kind="stable").head(4))
    )
    return charts.intervals(
        frame,
        caption=f"{title}: {said or 'nothing to show'}. Whiskers: {report.conf_level:.0%} interval.",
        alt=f"Points with intervals: {title.lower()} for {len(frame)} rows. {said or 'Nothing to show'}.",
        columns=Columns(by="segment"), words=compared(report),
    )  # fmt: skip


def exit_rates(report: Report) -> pd.DataFrame:
    """Exit rates of pages that are a step of the funnel; of all pages where none is."""
    frame = report.measure(metrics.EXIT_RATE)
    table = pages.page_table(report.ask)
    steps = set(table.page[table.is_funnel_step.astype(bool)])
    inside = frame.level.isin(steps)
    return frame[inside] if inside.any() else frame


def action_rates(report: Report) -> pd.DataFrame:
    """Interaction rates of all kinds but the goals, which are measured and tested among themselves."""
    frame, goals = (
        report.measure(metric) for metric in (metrics.INTERACTION_RATE_BY_TYPE, metrics.GOAL_CONVERSION_RATE)
    )
    return frame[~frame.segment.isin(goals.segment)]


def content(report: Report) -> ReportBlock:
    """Pages with views, entrances, exits, time and what came after."""
    table = pages.page_table(report.ask)
    if table.empty:
        return report.note("No page has enough visitors to be shown.")
    return report.table(
        table.drop(columns="is_funnel_step").rename(columns={"engaged_s_per_view": "seconds_per_view", "conversion_after": "goal_after_view"}),
        caption=f"The {len(table)} most visited pages. Exit rate only inside the funnel; a goal after a view is not caused by it.",
        units={"exit_rate": "share", "seconds_per_view": "seconds", "goal_after_view": "share"},
        people=None,  # visits; pages of few visitors are not in it
    )  # fmt: skip


def sensitivity(report: Report) -> ReportBlock:
    """What other weights would say."""
    table = engagement_score.score_sensitivity(report.ask)
    if table.empty:
        return report.note(
            "There is no engagement score: dataset.yml declares no `weights`, or the data hold no events."
        )
    weights = ", ".join(
        f"{words.plain_words(name)} {weight:g}" for name, weight in report.source.settings.weights.items()
    )
    return report.table(
        table,
        caption=f"People ranked by the declared weights ({weights}) and by others: Spearman's correlation with its "
        f"{report.conf_level:.0%} bootstrap interval.",
        units={"stay_in_top_tenth": "share", "people": "count"},
        people="people",
    )  # fmt: skip


def percentiles(report: Report) -> ReportBlock:
    """Points at the percentiles."""
    table = engagement_score.score_percentiles(report.ask)
    if table.empty:
        return report.note("There are no points to rank people by.")
    return report.table(
        table, caption="Points in 28 days at each percentile of people.", units={"percentile": "count"}, people=None
    )


def level(report: Report) -> Figure:
    """The last quarter of daily visits, taken apart with the quarter before it, and the days that weekday and trend do not explain."""
    half_a_year = growth.daily_visits(report.ask, HALF_A_YEAR)
    found = seasons.decompose(half_a_year).tail(SHOWN_DAYS)
    odd = found[found.is_anomaly.astype(bool)]
    said = "no day stands out"
    if len(odd):
        largest = odd.iloc[(-(odd.observed - odd.expected).abs()).argsort(kind="stable")[:3]].sort_values("day")
        named = ", ".join(
            f"{row.day:%-d %B} ({row.observed:,.0f}, expected {row.expected:,.0f})" for row in largest.itertuples()
        )
        said = f"{len(odd)} {'day stands' if len(odd) == 1 else 'days stand'} out, above all {named}"
    if found.empty:
        said = "fewer than 28 days of visits"
    return charts.decomposition(
        counting(found, people=None), words=Words(unit="count"),
        caption=f"Visits a day, taken apart over half a year, of which the last 13 weeks are shown: {said}. Ringed: beyond 3.5 robust standard deviations of the rest.",
        alt=f"Four panels: visits a day, trend, week and rest; {said}.",
    )  # fmt: skip


def new_against_returning(report: Report) -> ReportBlock:
    """The share of new visitors; visits, bounce and conversion of first visits and of later ones, side by side."""
    share = report.measure(metrics.NEW_VS_RETURNING)
    figures = [metrics.SESSIONS, metrics.BOUNCE_RATE, metrics.SESSION_CONVERSION_RATE]
    frame = report.measure(figures, by="is_new_visitor")
    names = {"is_new_visitor=true": "visits=first visits", "is_new_visitor=false": "visits=later visits"}
    frame = frame.assign(segment=frame.segment.replace(names))
    return report.table(pd.concat([share, frame], ignore_index=True), caption="First visits and later ones.")


def _activity(report: Report, period: Any) -> pd.DataFrame:
    if not report.source.has("events", "visitor_id"):
        return counting(pd.DataFrame(columns=["day", "value", "mau"]), people=None)
    days = daily_activity(report.ask.at(period)).rename(columns={"stickiness": "value"})
    return counting(days, people="mau", k=report.source.settings.k, cases=["dau"], nested=True)


def _classes(report: Report, frame: pd.DataFrame, what: str, title: str) -> Figure:
    total, k = frame.n.sum(), report.source.settings.k
    shown = report.classes(frame)
    said = "nobody came" if not total else f"fewer than {k}" if total < k else f"{total:,}"
    if shown.n.notna().any() and total >= k:
        top = shown.loc[shown.n.idxmax()]
        said = f"the largest class is {top.bin} with {report.style.value(top.n / total, 'share')} of {total:,}"
    if shown.n.isna().any() and total >= k:
        said += f". Hidden: classes of fewer than {k} people, and what would give them away"
    return charts.distribution(
        shown, words=replace(compared(report), x=title), caption=f"{what}: {said}.", alt=f"Bars by class. {what}: {said}.",
    )  # fmt: skip
