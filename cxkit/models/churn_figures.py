"""The survival figures of the catalogue, as rows for `measure`: a curve at a few months, lifetimes, drivers, the mean risk.

They rest on everything that was seen up to a period's end, so those of two periods overlap almost wholly: the base's value stands beside
them, but no test.
"""

from collections.abc import Callable
from datetime import timedelta
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from cxkit.measurement import records
from cxkit.models.churn_study import ChurnStudy
from cxkit.models.hazard import DAYS_PER_MONTH
from cxkit.period import Period
from cxkit.source import Source
from cxkit.stats import Interval

MONTHS = (3, 6, 12, 24)
RISK_DAYS = 30
NO_TEST = "no test: both rest on the same members"

Row = dict[str, Any]


def survival_curve(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Share of members still there after 3, 6, 12 and 24 months, as far as ten were seen so long.

    Returns
    -------
    DataFrame, one row a month, for `measure`
    """

    def rows(study: ChurnStudy) -> list[Row]:
        curve = study.curve
        known = [month for month in MONTHS if month * DAYS_PER_MONTH <= np.nan_to_num(curve.readable_to, nan=-1)]
        return [
            _row(segment, f"month={m}", curve.survival_at(m * DAYS_PER_MONTH), curve.n_units, curve.n_events)
            for m in known
        ]

    return _beside_base(rows, source, period, base, segment, conf_level)


def median_lifetime(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Median lifetime and the mean of the first year, in days.

    Returns
    -------
    DataFrame, two rows, for `measure`
        The median is missing while more than half are still there; `ci_method` then says how many.
    """

    def rows(study: ChurnStudy) -> list[Row]:
        curve = study.curve
        pairs = (("", curve.median()), ("mean=first year", curve.rmst(12 * DAYS_PER_MONTH)))
        return [_row(segment, name, found, curve.n_units, curve.n_events) for name, found in pairs]

    return _beside_base(rows, source, period, base, segment, conf_level)


def churn_hazard_ratios(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Hazard ratios of traits known at the start.

    Returns
    -------
    DataFrame, one row a trait, for `measure`
        `n_units` the memberships with the trait, `numerator` the lost ones; `ci_method` names the reference.
    """

    def rows(study: ChurnStudy) -> list[Row]:
        found = []
        for term in records(study.cox.hazard_ratios[study.cox.hazard_ratios["verdict"] == "converged"]):
            method = f"Cox, robust; against {term['reference']}" if term["reference"] else "Cox, robust"
            ratio = Interval(term["hazard_ratio"], term["low"], term["high"], method)
            label = f"{term['covariate']}={term['level']}" if term["level"] else term["covariate"]
            found.append(_row(segment, label, ratio, int(term["n_units"]), int(term["n_events"])))
        return found

    return _beside_base(rows, source, period, base, segment, conf_level)


def churn_risk(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Mean chance of a member of the period's end to be lost in the next 30 days.

    Returns
    -------
    DataFrame, one row, for `measure`
        Numerator: expected losses. Without an interval: how far such forecasts hold is what the validation says.
    """

    def rows(study: ChurnStudy) -> list[Row]:
        members = study.risks(RISK_DAYS)
        members = members[members["risk"].notna()]
        n, lost = int(members["n_units"].sum()), float((members["risk"] * members["n_units"]).sum())
        mean = Interval(lost / n if n else nan, nan, nan, "see the validation on a split in time")
        return [_row(segment, "", mean, n, lost)]

    return _beside_base(rows, source, period, base, segment, conf_level)


def _beside_base(
    rows: Callable[[ChurnStudy], list[Row]],
    source: Source,
    period: Period,
    base: Period | None,
    segment: str,
    conf_level: float,
) -> pd.DataFrame:
    now, *then = [
        rows(ChurnStudy(source, each.end - timedelta(days=1), segment, conf_level)) for each in (period, base) if each
    ]
    before = {row["segment"]: row for row in then[0]} if then else {}
    for row in now:
        row["shortfall"] = NO_TEST
        if found := before.get(row["segment"]):
            row |= {
                f"base_{name}": found[name]
                for name in ("value", "numerator", "denominator", "n_units", "ci_low", "ci_high")
            }
            row["difference"] = row["value"] - row["base_value"]
    return pd.DataFrame(now, columns=None if now else ["segment", "value"])


def _row(segment: str, label: str, found: Interval, n_units: int, n_events: float) -> Row:
    return {
        "segment": "; ".join(filter(None, [segment.strip(), label])), "value": found.value, "ci_low": found.low, "ci_high": found.high,
        "ci_method": found.method, "n_units": n_units, "numerator": n_events, "denominator": float(n_units),
        "flags": "" if n_units else "empty_denominator",
    }  # fmt: skip
