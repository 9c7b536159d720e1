"""Churn metrics that rest on a survival model, as rows for `measure`: a curve at a few months, lifetimes, drivers, the mean risk, a member's value.

What rests on everything that was seen up to a period's end overlaps almost wholly with the same of the base: its value stands beside it,
but no test. For the change there are figures of the risk within the period alone (a period life table): the losses of one period are
not at risk in another, so the two are independent, whoever the members are.
"""

from collections.abc import Callable
from datetime import timedelta
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from cxkit.areas.churn import spells
from cxkit.areas.churn.mean_risk import mean_risk
from cxkit.areas.churn.study import ChurnStudy, churn_study
from cxkit.dataset.source import Source
from cxkit.measurement.described import WHOLE, compared, described_row
from cxkit.measurement.measure import records
from cxkit.models.survival.hazard import DAYS_PER_MONTH
from cxkit.models.survival.kaplan_meier import READABLE, KaplanMeier, kaplan_meier, rmst_difference, survival_difference
from cxkit.period import Period
from cxkit.segment import part_of
from cxkit.stats import Change, Interval, shortfall

MONTHS = (3, 6, 12, 24)
YEAR_OF_MONTHS = 12 * DAYS_PER_MONTH
RISK_DAYS = 30
WITHIN = "risk of this period only"
NO_TEST = "no test: both rest on the same members"

Row = dict[str, Any]


def survival_curve(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Share of members still there after 3, 6, 12 and 24 months, as far as ten were seen so long.

    Returns
    -------
    DataFrame, one row a month from all that was seen, then one from the risk within the period, compared and tested, for `measure`
    """

    def rows(study: ChurnStudy) -> list[Row]:
        curve = study.curve
        known = [month for month in MONTHS if month * DAYS_PER_MONTH <= np.nan_to_num(curve.readable_to, nan=-1)]
        return [
            _row(
                segment, ("after", f"{m} months"), curve.survival_at(m * DAYS_PER_MONTH), curve.n_units, curve.n_events
            )
            for m in known
        ]

    frame = _beside_base(rows, source, period, base, segment, conf_level)
    curves = period_curves(source, period, base, segment=segment, conf_level=conf_level)
    within = [_share_within(segment, month, curves) for month in MONTHS if is_whole(curves[0], month * DAYS_PER_MONTH)]
    return pd.concat([frame, pd.DataFrame(within)], ignore_index=True)


def median_lifetime(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Median lifetime and the mean of the first year, in days.

    Returns
    -------
    DataFrame, two rows from all that was seen, then the mean of the first year by the risk within the period, tested, for `measure`
        The median is missing while more than half are still there; `ci_method` then says how many.
    """

    def rows(study: ChurnStudy) -> list[Row]:
        curve = study.curve
        pairs = ((WHOLE, curve.median()), (("mean", "first year"), curve.rmst(YEAR_OF_MONTHS)))
        return [_row(segment, part, found, curve.n_units, curve.n_events) for part, found in pairs]

    frame = _beside_base(rows, source, period, base, segment, conf_level)
    curves = period_curves(source, period, base, segment=segment, conf_level=conf_level)
    if not is_whole(curves[0], YEAR_OF_MONTHS):
        return frame
    row = _within(segment, ("mean", "first year"), curves, lambda curve: curve.rmst(YEAR_OF_MONTHS),
                  lambda then, now: rmst_difference(then, now, YEAR_OF_MONTHS))  # fmt: skip
    return pd.concat([frame, pd.DataFrame([row])], ignore_index=True)


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
            method = "Cox, robust by customer" + (f"; against {term['reference']}" if term["reference"] else "")
            ratio = Interval(term["hazard_ratio"], term["low"], term["high"], method)
            name = term["covariate"].replace("_", " ")
            trait = f"{name}: {term['level'].replace('_', ' ')}" if term["level"] else name
            found.append(_row(segment, ("trait", trait), ratio, int(term["n_units"]), int(term["n_events"])))
        return found

    return _beside_base(rows, source, period, base, segment, conf_level)


def churn_risk(
    source: Source,
    period: Period,
    base: Period | None = None,
    *,
    segment: str = "",
    conf_level: float = 0.95,
    days: int = RISK_DAYS,
) -> pd.DataFrame:
    """Mean chance of a member of the period's end to be lost in the next 30 days; off where such risks did not come true before.

    Returns
    -------
    DataFrame, one row, for `measure`
        Numerator: expected losses. The interval is that of the share that will be lost: doubt about the model and chance.
    """

    def rows(study: ChurnStudy) -> list[Row]:
        validation = study.validation(days)
        if validation is None or validation.verdict != "calibrated":
            why = f"the level {validation.verdict}: {validation.reason}" if validation else "too few members"
            row = _row(segment, WHOLE, Interval(nan, nan, nan, ""), 0, 0)
            return [row | {"flags": "off", "exclusion_reasons": f"no risk is shown before its test holds; {why}"}]
        risk = mean_risk(study.cox, study.members, float(days), conf_level)
        n = study.n_members
        return [_row(segment, WHOLE, risk, n, risk.value * n)]

    return _beside_base(rows, source, period, base, segment, conf_level)


def clv_contractual(
    source: Source,
    period: Period,
    base: Period | None = None,
    *,
    segment: str = "",
    conf_level: float = 0.95,
    months: int = 24,
    annual_discount: float = 0.10,
) -> pd.DataFrame:
    """Margin of a new member over the months after joining, discounted, first payment at once.

    Returns
    -------
    DataFrame, one row for all and one a plan, for `measure`
        `ci_method` says how much of the value lies beyond what was seen.
    """

    def rows(study: ChurnStudy) -> list[Row]:
        found = []
        for by in (None, "plan"):
            for one in records(study.values(months, annual_discount, by)):
                said = f"bootstrap of units; {months} months at {annual_discount:.0%} a year, {one['beyond_the_data']:.0%} beyond the data"
                worth = Interval(one["value"], one["low"], one["high"], said)
                found.append(
                    _row(segment, ("plan", one["members"]) if by else WHOLE, worth, int(one["memberships"]), nan)
                )
        return found

    return _beside_base(rows, source, period, base, segment, conf_level)


def period_cells(source: Source, period: Period, base: Period | None = None, *, segment: str = "") -> pd.DataFrame:
    """Spells at risk within the period, and within the base, at the tenure each had: cells with `window`, "period" or "base".

    Survival by them says of new members if they met, month of tenure by month, the risks of that period. A window of fewer than k is left out.
    """
    parts = []
    for window, each in (("period", period), ("base", base)):
        if each is not None:
            cells = spells.spell_cells(source, each.last_day, segment=segment, since=each.start)
            is_hidden = cells["n_units"].sum() < source.settings.k
            parts.append((cells.iloc[:0] if is_hidden else cells).assign(window=window))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def period_curves(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> list[KaplanMeier]:
    """Survival by the risk within the period and, if there is one, within the base."""
    cells = period_cells(source, period, base, segment=segment)
    windows = ["period", "base"] if base else ["period"]
    return [kaplan_meier(cells[cells["window"] == window], conf_level) for window in windows]


def is_whole(curve: KaplanMeier, time: float) -> bool:
    """Whether at least ten were at risk at every time up to this one: a gap in between would stay in the curve for ever."""
    if curve.verdict == "degenerate" or curve.table["time"].iloc[-1] < time:
        return False
    return bool((curve.table.loc[curve.table["time"] <= time, "n_at_risk"] >= READABLE).all())


def _share_within(segment: str, month: int, curves: list[KaplanMeier]) -> Row:
    time = month * DAYS_PER_MONTH

    def value(curve: KaplanMeier) -> Interval:
        return curve.survival_at(time)

    def difference(then: KaplanMeier, now: KaplanMeier) -> Change:
        return survival_difference(then, now, time)

    return _within(segment, ("after", f"{month} months"), curves, value, difference)


def _within(
    segment: str,
    part: tuple[str, object],
    curves: list[KaplanMeier],
    value: Callable[[KaplanMeier], Interval],
    difference: Callable[[KaplanMeier, KaplanMeier], Change],
) -> Row:
    now = value(curves[0])
    row = _row(part_of(segment, *part), ("of", WITHIN), now, curves[0].n_units, curves[0].n_events)
    lacks = [shortfall("survival", events=curve.n_events) for curve in curves]
    if any(lacks):
        row["flags"] = ";".join(filter(None, [row["flags"], "low_n"]))
    if len(curves) > 1:
        then = curves[1]
        lack = next(filter(None, lacks), "")
        row |= compared(difference(then, curves[0]), value(then), then.n_events, then.n_units, lack)
    return row


def _beside_base(
    rows: Callable[[ChurnStudy], list[Row]],
    source: Source,
    period: Period,
    base: Period | None,
    segment: str,
    conf_level: float,
) -> pd.DataFrame:
    now, *then = [
        rows(churn_study(source, each.end - timedelta(days=1), segment, conf_level)) for each in (period, base) if each
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


def _row(segment: str, part: tuple[str, object], found: Interval, n_units: int, n_events: float) -> Row:
    return described_row(segment, part, found, n_events, n_units)
