"""The charts and tables of the churn notebook, with captions made from their figures."""

from datetime import date

import pandas as pd

from cxkit import charts
from cxkit.areas.churn import captions, cohorts, inactivity, member_rates, metrics
from cxkit.areas.churn.figures import period_cells
from cxkit.areas.churn.risk import RiskValidation
from cxkit.areas.churn.study import ChurnStudy
from cxkit.charts import Columns, Figure, Words
from cxkit.disclosure.marked import counting
from cxkit.exactness import fitted
from cxkit.models.survival.kaplan_meier import READABLE
from cxkit.report.notebook.charts import compared
from cxkit.report.notebook.notebook import Report
from cxkit.report.notebook.report_blocks import ReportBlock

MONTHS, IN_GROUPS = Columns(time="months"), Columns(time="months", by="group")
SINCE = Words(x="months since joining")


def monthly(report: Report, event: str = "") -> Figure:
    """Churn month by month, with a day that may have changed it."""
    months = member_rates.monthly_churn(report.ask)
    return charts.trend(
        counting(months, people="denominator", k=report.source.settings.k, nested=True),
        columns=Columns(time="month"), words=Words(unit="share", name="churn", events=_noted(report, event)),
        caption=captions.monthly(months, report.conf_level), alt="Line of the share of members lost, month by month.",
    )  # fmt: skip


def by_trait(report: Report) -> Figure:
    """Churn by plan and by billing interval, with the base as an open mark."""
    groups = [member_rates.by(metrics.CUSTOMER_CHURN_RATE, trait) for trait in ("plan", "billing_interval")]
    frame = report.measure(groups)
    return charts.intervals(
        frame.assign(group=(frame.by + ": " + frame.level).str.replace("_", " ")),
        columns=Columns(by="group"), words=compared(report), sort=False,
        caption=f"Customer churn by plan and billing interval: {report.extremes(frame)}. Whiskers: {report.conf_level:.0%} interval.",
        alt="Points with intervals: share of members lost, by plan and by billing interval.",
    )  # fmt: skip


def survival(study: ChurnStudy, by: str | None = None) -> Figure:
    """How long members stay: all of them, or the groups of a trait."""
    frame = study.survival(by)
    if by is None:
        said = captions.survival(study)
        return charts.curve(frame, columns=MONTHS, words=SINCE, caption=said, alt=f"Survival curve of members. {said}")
    said = captions.groups(study, by)
    alt = f"Survival curves by {by.replace('_', ' ')}. {said}"
    return charts.curve(frame, columns=IN_GROUPS, words=SINCE, caption=said, alt=alt)


def period_risk(report: Report) -> ReportBlock:
    """Whether the risk within the period differs from that within its base."""
    return report.note(captions.period_risk(period_cells(report.ask)))


def hazard(study: ChurnStudy) -> Figure:
    """When in their life members leave."""
    said = captions.hazard(study)
    return charts.curve(
        study.hazard, steps=False,
        columns=Columns(time="month", value=("hazard_per_100", "low_per_100", "high_per_100")),
        words=Words(unit="ratio", x="month of membership", y="members lost in 100 months of membership"),
        caption=said, alt=f"Share of members lost a month, by month of membership. {said}",
    )  # fmt: skip


def reasons(study: ChurnStudy) -> Figure:
    """Why members leave, by months since joining."""
    said = captions.ends(study)
    alt = f"Rising curves of the share that has left, by reason. {said}"
    return charts.curve(study.ends_curves(), columns=IN_GROUPS, words=SINCE, caption=said, alt=alt)


def drivers(study: ChurnStudy) -> Figure:
    """What goes with leaving: hazard ratios."""
    said = captions.drivers(study)
    return _ratios(study.drivers(), "trait", ("stay longer", "leave sooner"), said, "Hazard ratios with intervals.")


def since(study: ChurnStudy, day: str) -> Figure:
    """Whether leaving changed on a day, by plan."""
    change = study.since(day)
    said = captions.since(study, day, change)
    return _ratios(change, "group", ("left less", "left more"), said, "Ratio of leaving after to before, by plan.")


def proportionality(report: Report, study: ChurnStudy) -> ReportBlock:
    """Whether the ratios hold over the whole time."""
    return report.note(captions.proportionality(study))


def lifetime_ratios(report: Report, study: ChurnStudy) -> ReportBlock:
    """The model of lifetimes where a ratio does not hold; else that none is needed."""
    if study.aft is None:
        return report.note(captions.aft(study))
    columns = ["covariate", "level", "reference", "time_ratio", "low", "high", "p_adjusted"]
    return report.table(study.aft.time_ratios[columns], caption=captions.aft(study), people=None)


def cohort_retention(report: Report) -> Figure:
    """Who of those who joined in a month was there in the n-th."""
    k = report.source.settings.k
    triangle = cohorts.triangle(report.measure(metrics.COHORT_RETENTION), k)
    return charts.heatmap(
        counting(triangle, people="denominator", k=k, nested=True),
        columns=Columns(by="cohort", across="month"), words=Words(unit="share", y="joined in", x=SINCE.x),
        caption=f"{captions.cohorts(triangle)} By month of joining; the last row pools complete cells and can rise.",
        alt="Table of shades: retention by cohort and month.",
    )  # fmt: skip


def all_cohorts(report: Report) -> ReportBlock:
    """All cohorts together, month by month."""
    frame = cohorts.pooled(report.measure(metrics.COHORT_RETENTION), report.source.settings.k)
    caption = "All cohorts together, each as far as the month is over for all of its members."
    return report.table(frame, caption=caption, by="cohort")


def risk_test(study: ChurnStudy, days: int = 30) -> Figure:
    """Risks given some time before the end of the data against what came."""
    validation = study.validation(days)
    said = captions.risk(validation, days)
    return charts.calibration(
        counting(_calibration(validation), people="n_units", k=study.source.settings.k),
        columns=Columns(value=("observed", "low", "high")), caption=said,
        alt=f"Points: predicted against observed share lost, in groups of rising risk. {said}",
    )  # fmt: skip


def expected_losses(report: Report, study: ChurnStudy, days: int = 30) -> ReportBlock:
    """How many of today's members will be lost, if the test of the risks held."""
    return report.note(captions.expected(study, study.validation(days), days))


def worth(report: Report, study: ChurnStudy, months: int = 24, annual_discount: float = 0.10) -> ReportBlock:
    """What a new member is worth, by plan."""
    table = study.values(months, annual_discount, by="plan")
    return report.table(
        table.drop(columns="months_seen"),
        caption=captions.values(table, months),
        units={"monthly_margin": "money", "value": "money", "low": "money", "high": "money", "beyond_the_data": "share"},
        people="memberships",
    )  # fmt: skip


def lapsed(report: Report) -> ReportBlock:
    """Buyers who count as lapsed, for several limits of silence."""
    table = inactivity.lapse_sensitivity(report.ask)
    return report.table(
        table.rename(columns={"X_days": "days of silence"}),
        caption="Buyers silent for longer than so many days; a label, not a loss that anybody saw",
        units={"days of silence": "count", "lapsed": "share", "from": "share", "to": "share"},
        people="buyers",
    )


def _noted(report: Report, day: str) -> dict[str, str]:
    """Day → what the annotations of `series` say of it, or the day in words; empty without a day."""
    if not day:
        return {}
    notes = []
    if report.source.has("series"):
        query = (
            "select note from series where series_id = 'annotation' and date = $day and note is not null order by note"
        )
        notes = report.source.sql(query, day=date.fromisoformat(day))["note"].tolist()
    return {day: "; ".join(notes) or captions.in_words(day)}


def _ratios(frame: pd.DataFrame, label: str, sides: tuple[str, str], caption: str, what: str) -> Figure:
    return charts.forest(
        frame, columns=Columns(by=label, value=("hazard_ratio", "low", "high")), words=Words(sides=sides), log=True,
        caption=caption, alt=f"{what} {caption}",
    )  # fmt: skip


def _calibration(validation: RiskValidation | None) -> pd.DataFrame:
    """Groups of rising risk with ten members or more; none without a validation or with too few losses to judge it."""
    names = ["group", "n_units", "predicted", "observed", "low", "high"]
    if validation is None or validation.verdict == "can't tell":
        return pd.DataFrame(columns=names)
    groups = validation.calibration[validation.calibration["n_units"] >= READABLE]
    return fitted(groups[names].reset_index(drop=True))
