"""What the blocks around the figures hold: facts of the report, data quality, definitions."""

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.errors import did_you_mean
from cxkit.flags import Flag, flags_of
from cxkit.measurement.rows import records
from cxkit.metric import RECIPES, Declared, Metric
from cxkit.period import Period, span
from cxkit.report.notebook.covered import coverage

Payload = dict[str, Any]


def facts(source: Source, period: Period, base: Period | None, segment: str, conf_level: float) -> Payload:
    """Period, base, how far the data go."""
    first, last = coverage(source)
    settings = source.settings
    return {
        "data": source.name,
        "title": settings.title,
        "period": _period(period),
        "base": _period(base) if base else None,
        "segment": segment,
        "conf_level": conf_level,
        "currency": settings.currency,
        "timezone": settings.timezone,
        "k": settings.k,
        "data_from": first,
        "data_until": last,
        "data_to": f"{last.day} {last:%B %Y} ({settings.timezone})",
        "days_covered": period.days_covered(last),
    }


def quality(source: Source, rows: Sequence[Payload], known: Collection[str], notes: Sequence[str]) -> Payload:
    """Rows read, rows left out and why, what each table covers, what could not be measured.

    Parameters
    ----------
    rows : sequence of dict
        What was measured.
    known : collection of str
        Ids of all metrics: a target for another is most likely mistyped.
    """
    found = source.quality
    reasons = found[found.n_rejected > 0]
    told = found[(found.n_rejected == 0) & (found.reason != "")]
    remarks = [f"{row['table']}: {row['reason']}" if row["table"] else row["reason"] for row in records(told)]
    left_out = sum((row["n_excluded"] or 0) > 0 for row in rows)
    if left_out:
        remarks.append(f"{left_out} of the figures leave out rows; each says how many and why in metrics.csv.")
    per_table = found.drop_duplicates("table")
    covered = [
        (name, one.checked.rows_used, one.checked.first, one.checked.last) for name, one in source.supplied.items()
    ]
    return {
        "rows_read": int(per_table.rows_read.sum()),
        "rows_used": int(per_table.rows_used.sum()),
        "left_out": [[row.table, row.reason, row.n_rejected] for row in reasons.itertuples()],
        "tables": [[name, used, _text(first), _text(last)] for name, used, first, last in sorted(covered)],
        "off": sorted(
            {row["title"]: row["exclusion_reasons"] for row in rows if Flag.OFF in flags_of(row["flags"])}.items()
        ),
        "notes": [*remarks, *_lost_targets(source.settings.targets, known), *notes],
    }


def _lost_targets(targets: Collection[str], known: Collection[str]) -> list[str]:
    """Targets that no figure has."""
    lost = [name for name in targets if name not in known]
    return [
        f"dataset.yml has a target for `{name}`, and no figure is called so.{did_you_mean(name, known)}"
        for name in lost
    ]


def noun(metric: Declared) -> str:
    """What its denominator counts, in words."""
    if metric.noun or not isinstance(metric, Metric) or metric.denominator != "true":
        return metric.noun
    return metric.view.replace("_", " ")


def term(metric: Declared) -> Payload:
    """A definition."""
    each = {"each": metric.cluster} if isinstance(metric, Metric) and metric.per_cluster else {}
    return {
        "id": metric.id,
        "title": metric.title,
        "definition": metric.definition,
        "formula": metric.formula,
        "view": metric.view if isinstance(metric, Metric) else "",
        **each,
        "source": metric.source,
        "needs": list(metric.needs),
        "interval": RECIPES[metric.recipe] if isinstance(metric, Metric) else "",
        "differs": metric.differs,
        "version": metric.version,
    }


def _period(period: Period) -> Payload:
    return {
        "label": period.label,
        "title": period.title,
        "says": span(period.start, period.last_day),
        "start": period.start,
        "end": period.end,
        "days": period.days,
    }


def _text(moment: Any) -> str:
    return "–" if pd.isna(moment) else str(pd.Timestamp(moment).date())
