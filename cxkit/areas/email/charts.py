"""The charts and tables of the e-mail notebook, with captions made from their figures."""

from typing import Any

import pandas as pd

from cxkit import charts
from cxkit.areas.email import campaigns, experiments, metrics, timeline
from cxkit.areas.email.effectiveness import effectiveness_table
from cxkit.charts import Columns, Figure, Words
from cxkit.disclosure.marked import counting
from cxkit.disclosure.suppress import labelled, suppress
from cxkit.measurement.rows import records
from cxkit.models.survival.kaplan_meier import kaplan_meier
from cxkit.period import span
from cxkit.report.notebook.charts import compared
from cxkit.report.notebook.notebook import Report
from cxkit.report.notebook.report_blocks import ReportBlock
from cxkit.report.wording.format import Style

MANY_MACHINES = 0.2  # share of opens by machines alone from which click-to-open misleads
WAITS = {"first open": "first_opened_at", "first click": "first_clicked_at"}


def chain(report: Report) -> Figure:
    """From sent to converted, in recipients."""
    frame = campaigns.chain(report.ask)
    frame = suppress(frame, report.source.settings.k, people="n", nested=True)
    said = ", ".join(
        f"{row.n if isinstance(row.n, str) else format(row.n, ',.0f')} {row.stage}"
        for row in labelled(frame).itertuples()
    )
    return charts.funnel(
        frame,
        caption=f"E-mails of {report.period.title} whose seven days are over: {said or 'none'}.",
        alt=f"Bars from the first stage to the last: {said or 'nothing to show'}.",
        words=compared(report),
    )


def ranking(report: Report, days: int = campaigns.YEAR) -> Figure:
    """Campaigns by click rate, each drawn towards the mean as far as it is small."""
    frame = campaigns.ranking(report.ask, days=days)
    frame = frame[frame.n_delivered >= report.source.settings.k]
    mean = float(frame["mean"].iloc[0]) if len(frame) else None
    said = f"{len(frame)} campaigns of the {days} days to {span(report.period.last_day, report.period.last_day)}"
    if mean is not None:
        said += f", drawn towards their mean of {report.style.value(mean, 'share')}"
    alt = "Points with intervals, raw rates as open rings. " + (
        f"Best {_named(frame, 0, report)}, last {_named(frame, -1, report)}." if len(frame) else "Nothing to show."
    )
    named = frame.rename(columns={"campaign": "segment"})
    return charts.ranking(
        counting(named, people="n_delivered", k=report.source.settings.k, cases=["n_clicked"], nested=True),
        words=Words(unit="share"), mean=mean, caption=f"{said}. {_standing_out(frame)}", alt=alt,
    )  # fmt: skip


def _standing_out(frame: pd.DataFrame) -> str:
    sides = {side: frame.campaign[frame.stands_out == side] for side in ("above", "below")}
    said = [f"Beyond luck {side} it: {'; '.join(names)}." for side, names in sides.items() if len(names)]
    return " ".join(said) or "None stands out beyond luck."


def _named(frame: pd.DataFrame, place: int, report: Report) -> str:
    row = frame.iloc[place]
    return f"{row.campaign} with {report.style.value(row.pooled, 'share')}"


def waiting(report: Report) -> Figure:
    """How long until the first open and the first click: the share of recipients that has reacted, by hours since sending."""
    parts, said = [], []
    for name, what in WAITS.items():
        cells = campaigns.waiting_times(report.ask, what)
        curve = kaplan_meier(cells, report.conf_level)
        table = curve.table[curve.table.n_at_risk >= report.source.settings.k]
        reacted = 1 - table[["survival", "high", "low"]].rename(
            columns={"survival": "value", "high": "ci_low", "low": "ci_high"}
        )
        parts.append(reacted.assign(time=table.time, at_risk=table.n_at_risk, what=name))
        if curve.n_events and len(table):
            final = float(reacted.value.iloc[-1])
            half = report.style.value(curve.quantile(final / 2).value * 3600, "seconds")
            said.append(f"{name} by {report.style.value(final, 'share')} of recipients, half of them within {half}")
    return charts.curve(
        counting(pd.concat(parts, ignore_index=True), people="at_risk", k=report.source.settings.k, nested=True),
        columns=Columns(by="what"),
        words=Words(x="hours since sending", at_risk="not yet"),
        caption=f"In seven days: {'; '.join(said) or 'nothing'}. Band: {report.conf_level:.0%} interval.",
        alt=f"Rising step curves: {'; '.join(said) or 'nothing to show'}.",
    )


def engagements(report: Report) -> Figure:
    """Engagements of customers by channel and weeks since their first purchase."""
    shown = timeline.by_week(report.measure(metrics.ENGAGEMENT_TIMELINE))
    first = shown[shown.week == 0].sort_values("value", ascending=False)
    said = ", ".join(
        f"{row.channel} {row.value:.0f} ({row.ci_low:.0f} to {row.ci_high:.0f})" for row in first.itertuples()
    )
    words = f"in the first week after their first purchase: {said or 'nothing'}"
    return charts.heatmap(
        shown.assign(value=shown.value.round()),
        columns=Columns(by="channel", across="week"),
        words=Words(unit="count", y="channel", x="weeks since the first purchase"),
        caption=f"Engagements per 100 customers and week; {words}. The intervals hold together at {report.conf_level:.0%}.",
        alt=f"Table of shades, a row a channel and a column a week; {words}.",
    )  # fmt: skip


def first_week(report: Report) -> ReportBlock:
    """Engagements in the first week after the first purchase, by channel."""
    weeks = report.measure(metrics.ENGAGEMENT_TIMELINE)
    return report.table(weeks[(weeks.by == "week") & (weeks.level == "0")], caption="Engagements in the first week.")


def immature(report: Report) -> ReportBlock:
    """Campaigns whose seven days are not over, apart from all others."""
    frame = campaigns.immature(report.ask)
    if frame.empty:
        return report.note(f"Every campaign of {report.period.title} is seven days old or older: none is left out.")
    return report.table(
        frame.assign(sent_on=pd.to_datetime(frame.sent_on).dt.strftime("%Y-%m-%d")).rename(
            columns={"n_delivered": "delivered so far"}
        ),
        caption="Sent in the period, seven days not over: not ranked, and in no rate above.",
        people="delivered so far",
    )


def opens(report: Report) -> ReportBlock:
    """Opens in three forms, and click-to-open; flagged where machines open so much that it misleads."""
    figures = [
        metrics.OPEN_RATE, metrics.ADJUSTED_OPEN_RATE, metrics.HUMAN_OPEN_RATE, metrics.MACHINE_OPEN_SHARE, metrics.CLICK_TO_OPEN_RATE,
    ]  # fmt: skip
    frame = report.measure(figures)
    caption = "The truth lies between the lower bound and the reported rate."
    share = float(frame.value[frame.metric_id == metrics.MACHINE_OPEN_SHARE.id].iloc[0])
    if share > MANY_MACHINES:
        frame.loc[frame.metric_id == metrics.CLICK_TO_OPEN_RATE.id, "flags"] += ";machine_opens"
        caption += f" Of those with an open, {report.style.value(share, 'share')} were opened by machines only: click-to-open is too high."
    elif share != share:
        caption = "Nobody flags the opens of machines here (mpp_unknown): only the reported rate can be told."
    return report.table(frame, caption=caption)


def variants(report: Report) -> ReportBlock:
    """A/B tests: each variant against the first of its test."""
    frame = _of_enough(experiments.variants(report.ask), report)
    if frame.empty:
        return report.note("No A/B test in the last twelve months, or none on enough people.")
    names = frame.test + ": " + frame.variant + " against " + frame.against
    caption = "Click rate: Newcombe interval, N−1 test, Holm over the tests shown."
    return report.table(_pairs("test", names, frame, report), caption=caption, people=None)


def lift(report: Report) -> ReportBlock:
    """What campaigns caused: those sent to against those held out."""
    frame = _of_enough(experiments.holdout_lift(report.ask), report)
    if frame.empty:
        return report.note(
            "Nobody, or too few, were held out in the last twelve months: what the campaigns caused is not known."
        )
    caption = "Conversion of those who were sent a campaign against those held out: Newcombe interval, N−1 test."
    return report.table(_pairs("campaign", frame.campaign, frame, report), caption=caption, people=None)


def sample_sizes(report: Report) -> ReportBlock:
    """Recipients each arm of the next test needs, for several changes of the click rate."""
    return report.table(
        experiments.sample_sizes(report.overall(metrics.CLICK_RATE)["value"]),
        caption="Before the next test: recipients each arm needs to notice a change of the click rate four times in five.",
        units={"from": "share", "to": "share"},
        people=None,
    )


def _of_enough(frame: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Pairs of groups that both have enough people to be shown."""
    return frame[frame[["n", "n_against"]].min(axis=1) >= report.source.settings.k].reset_index(drop=True)


def _pairs(head: str, names: pd.Series, frame: pd.DataFrame, report: Report) -> pd.DataFrame:
    """Two groups a row, as a reader wants them: both rates with their sizes, the difference with its interval, the verdict."""
    style, rows = report.style, records(frame)
    return pd.DataFrame(
        {
            head: names,
            "rates": [_rate(row, "", style) + " against " + _rate(row, "_against", style) for row in rows],
            "difference": [_difference(row, style) for row in rows],
            "verdict": frame.verdict,
            "needed each": frame.n_needed.astype("Int64"),
        }
    )


def _rate(row: dict[str, Any], side: str, style: Style) -> str:
    return f"{style.value(row[f'value{side}'], 'share')} of {row[f'n{side}']:,}"


def _difference(row: dict[str, Any], style: Style) -> str:
    low, high = (style.signed(row[f"difference_{end}"], "share", 1, bare=True) for end in ("low", "high"))
    return f"{style.signed(row['difference'], 'share', 1)} ({low} … {high})"


def effectiveness(report: Report) -> ReportBlock:
    """The period's campaigns side by side: rates drawn towards the year's mean, revenue, cost and return."""
    frame = effectiveness_table(report.ask)
    frame = suppress(frame, report.source.settings.k, people="delivered", nested=True).assign(
        sent_on=[f"{day.day} {day:%b}" for day in pd.to_datetime(frame.sent_on)]
    )
    return report.table(
        frame.drop(columns="delivered").rename(columns={"sent_on": "sent"}),
        caption="Click and conversion rates are drawn towards the mean of the twelve months' campaigns.",
        units={
            "click_rate": "share",
            "conversion": "share",
            "revenue_each": "money",
            "cost": "money",
            "return_on_cost": "ratio",
        },
    )
