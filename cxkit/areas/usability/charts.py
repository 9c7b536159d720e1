"""The charts and tables of the usability notebook, with captions made from their figures."""

from cxkit import charts
from cxkit.areas.usability import captions, metrics
from cxkit.areas.usability.study import UsabilityStudy
from cxkit.charts import Columns, Figure, Words
from cxkit.disclosure.marked import counting
from cxkit.report.notebook.notebook import Report
from cxkit.report.notebook.report_blocks import ReportBlock


def in_short(report: Report, study: UsabilityStudy) -> ReportBlock:
    """Who took part in what, and which design is better."""
    return report.note(f"{captions.taking_part(study)} {captions.better_designs(study)}")


def tasks(report: Report, study: UsabilityStudy) -> ReportBlock:
    """Every task with what its attempts came to."""
    return report.table(
        study.tasks(),
        caption="Every task: completion, Laplace's estimate, typical time of successes, attempts with an error, ease",
        units={"completion": "share", "low": "share", "high": "share", "Laplace": "share", "time": "seconds"},
        people=None,
    )


def time_to_success(of_study: Report, study: UsabilityStudy) -> Figure:
    """How long it takes until participants succeed, a curve a task; `of_study` is the report over the study's own days."""
    halves = of_study.extremes(of_study.measure(metrics.COMPLETION_TIME_SURVIVAL))
    return charts.curve(
        counting(study.success_curve(), people=None),
        columns=Columns(by="task_id", at_risk="participants"), words=Words(x="seconds"),
        caption=f"Time until half have succeeded: {halves}. Curves: share of participants who have not yet succeeded; drawn while five are at it.",
        alt="Step curves by task: share of participants who have not yet succeeded, falling over time.",
    )  # fmt: skip


def designs(report: Report, study: UsabilityStudy) -> ReportBlock:
    """Every pair of designs compared, task by task."""
    caption = f"Designs compared: {captions.designs(study)} {captions.better_designs(study)}"
    return report.table(study.designs(), caption=caption, people=None)


def sus(report: Report, study: UsabilityStudy) -> ReportBlock:
    """The System Usability Scale by design."""
    caption = "SUS by design: score, interval, grade, and how well its items hang together"
    return report.table(study.sus(), caption=caption, units={"SUS": "score"}, people=None)
