"""The charts of the app notebook, with captions made from their figures."""

import pandas as pd

from cxkit import charts
from cxkit.areas.app import installs
from cxkit.charts import Columns, Figure, Words
from cxkit.disclosure.marked import counting
from cxkit.measurement.rows import records
from cxkit.models.survival.kaplan_meier import kaplan_meier
from cxkit.report.notebook.notebook import Report


def retention(report: Report, days: int = 30) -> Figure:
    """The share of installs used on day n, of those whose day n was in the period."""
    frame = pd.DataFrame(columns=["surface", "day", "value", "ci_low", "ci_high", "at_risk"])
    if report.source.has("events"):
        frame = installs.retention_by_day(report.ask, days)
        frame = frame[frame.at_risk >= report.source.settings.k]
    said = "; ".join(f"{platform} {_days(part, report)}" for platform, part in frame.groupby("surface"))
    return charts.curve(
        counting(frame, people="at_risk", k=report.source.settings.k, nested=True),
        columns=Columns(time="day", by="surface"), words=Words(x="days since the install", at_risk="installs"), steps=False,
        caption=f"Installs used on day n: {said or 'none'}. Only installs whose day n lies in {report.period.title}. Band: {report.conf_level:.0%} interval.",
        alt=f"A falling line a platform: {said or 'nothing to show'}.",
    )  # fmt: skip


def still_installed(report: Report) -> Figure:
    """The share of installs not yet removed, by days since the install (Kaplan–Meier)."""
    cells = pd.DataFrame(columns=["surface", "duration", "event", "n_units"])
    if report.source.has("events"):
        cells = installs.install_cells(report.ask)
    parts, said = [], []
    for platform, part in cells.groupby("surface"):
        curve = kaplan_meier(part, report.conf_level)
        table = curve.table.rename(
            columns={"survival": "value", "low": "ci_low", "high": "ci_high", "n_at_risk": "at_risk"}
        )
        parts.append(
            table[(table.time <= curve.readable_to) & (table.at_risk >= report.source.settings.k)].assign(
                surface=platform
            )
        )
        median = curve.median()
        words = f"half are gone after {median.value:.0f} days" if median.value == median.value else median.method
        said.append(f"{platform}: {words}")
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["time", "value", "surface"])
    return charts.curve(
        counting(frame, people="at_risk", k=report.source.settings.k, nested=True),
        columns=Columns(by="surface"), words=Words(x="days since the install"),
        caption=f"Installs not yet removed. {'; '.join(said) or 'No platform tells of removals'}. Band: {report.conf_level:.0%} interval.",
        alt=f"Falling step curve of installs still there: {'; '.join(said) or 'nothing to show'}.",
    )  # fmt: skip


def _days(part: pd.DataFrame, report: Report) -> str:
    shown = part[part.day.isin([1, 7, 30])]
    return ", ".join(f"{report.style.value(row['value'], 'share')} on day {row['day']}" for row in records(shown))
