"""The charts of the e-mail notebook, with captions made from their figures."""

from typing import TYPE_CHECKING

import pandas as pd

from cxkit import charts
from cxkit.charts import Figure
from cxkit.metrics import campaigns, email, timeline
from cxkit.models.kaplan_meier import kaplan_meier
from cxkit.period import span

if TYPE_CHECKING:
    from cxkit.report.notebook import Report

WAITS = {"first open": "first_opened_at", "first click": "first_clicked_at"}


def chain(report: "Report") -> Figure:
    """From sent to converted, in recipients."""
    frame = campaigns.chain(report.source, report.period, report.base, segment=report.segment)
    said = ", ".join(f"{row.n:,} {row.stage}" for row in frame.itertuples())
    return charts.funnel(
        frame,
        caption=f"E-mails of {report.period.title} whose seven days are over: {said or 'none'}.",
        alt=f"Bars from the first stage to the last: {said or 'nothing to show'}.",
        base_name=report.base.title if report.base else "before",
    )


def ranking(report: "Report", days: int = campaigns.YEAR) -> Figure:
    """Campaigns by click rate, each drawn towards the mean as far as it is small."""
    frame = campaigns.ranking(
        report.source, report.period, days=days, segment=report.segment, conf_level=report.conf_level
    )
    mean = float(frame["mean"].iloc[0]) if len(frame) else None
    said = f"{len(frame)} campaigns of the {days} days to {span(report.period.last_day, report.period.last_day)}"
    if mean is not None:
        said += f", drawn towards their mean of {report.style.value(mean, 'share')}"
    alt = "Points with intervals, raw rates as open rings. " + (
        f"Best {_named(frame, 0, report)}, last {_named(frame, -1, report)}." if len(frame) else "Nothing to show."
    )
    return charts.ranking(
        frame.rename(columns={"campaign": "segment"}), unit="share", mean=mean, caption=f"{said}. {_standing_out(frame)}", alt=alt
    )  # fmt: skip


def _standing_out(frame: pd.DataFrame) -> str:
    sides = {side: frame.campaign[frame.stands_out == side] for side in ("above", "below")}
    said = [f"Beyond luck {side} it: {', '.join(names)}." for side, names in sides.items() if len(names)]
    return " ".join(said) or "None stands out beyond luck."


def _named(frame: pd.DataFrame, place: int, report: "Report") -> str:
    row = frame.iloc[place]
    return f"{row.campaign} with {report.style.value(row.pooled, 'share')}"


def waiting(report: "Report") -> Figure:
    """How long until the first open and the first click: the share of recipients that has reacted, by hours since sending."""
    parts, said = [], []
    for name, what in WAITS.items():
        cells = campaigns.waiting_times(report.source, report.period, what, segment=report.segment)
        curve = kaplan_meier(cells, report.conf_level)
        reacted = 1 - curve.table[["survival", "high", "low"]].rename(
            columns={"survival": "value", "high": "ci_low", "low": "ci_high"}
        )
        parts.append(reacted.assign(time=curve.table.time, at_risk=curve.table.n_at_risk, what=name))
        if curve.n_events:
            final = float(reacted.value.iloc[-1])
            half = report.style.value(curve.quantile(final / 2).value * 3600, "seconds")
            said.append(f"{name} by {report.style.value(final, 'share')} of recipients, half of them within {half}")
    return charts.curve(
        pd.concat(parts, ignore_index=True),
        by="what",
        time_title="hours since sending",
        caption=f"In seven days: {'; '.join(said) or 'nothing'}. Band: {report.conf_level:.0%} interval.",
        alt=f"Rising step curves: {'; '.join(said) or 'nothing to show'}.",
    )


def engagements(report: "Report", anchor: str = "first_purchase", weeks: int = timeline.WEEKS) -> Figure:
    """Engagements of customers by channel and weeks since an anchor."""
    frame = (
        report.measure(email.ENGAGEMENT_TIMELINE) if anchor == "first_purchase" and weeks == timeline.WEEKS else None
    )
    if frame is None:
        options = {"segment": report.segment, "conf_level": report.conf_level, "anchor": anchor, "weeks": weeks}
        frame = timeline.engagement_timeline(report.source, report.period, **options)
    shown = timeline.by_week(frame)
    first = shown[shown.week == 0].sort_values("value", ascending=False)
    said = ", ".join(f"{row.channel} {row.value:.0f}" for row in first.itertuples() if row.value >= 0.5)
    words = f"per 100 customers in the first week after their {anchor.replace('_', ' ')}: {said or 'nothing'}"
    return charts.curve(
        shown,
        time="week", by="channel", unit="rate", steps=False, time_title=f"weeks since the {anchor.replace('_', ' ')}",
        caption=f"Engagements {words}. The bands hold together at {report.conf_level:.0%}.",
        alt=f"A line a channel over {weeks} weeks; {words}.",
    )  # fmt: skip
