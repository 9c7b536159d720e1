"""Churn metrics that rest on a survival model, as rows for `measure`: a curve at a few months, lifetimes, drivers, the mean risk, a member's value.

What rests on everything that was seen up to a period's end overlaps almost wholly with the same of the base: its value stands beside it,
but no test. For the change there are figures of the risk within the period alone (a period life table): the losses of one period are
not at risk in another, so the two are independent, whoever the members are.
"""

from collections.abc import Callable
from dataclasses import replace
from math import nan

import numpy as np
import pandas as pd

from cxkit.areas.churn import spells
from cxkit.areas.churn.beside import beside, flags, untested_rows
from cxkit.areas.churn.mean_risk import mean_risk
from cxkit.areas.churn.study import churn_study
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import first
from cxkit.measurement.rows import records
from cxkit.models.survival.hazard import DAYS_PER_MONTH
from cxkit.models.survival.kaplan_meier import READABLE, KaplanMeier, kaplan_meier, rmst_difference, survival_difference
from cxkit.row import Row, Side
from cxkit.segment import Segment
from cxkit.stats import Change, Interval, shortfall

MONTHS = (3, 6, 12, 24)
YEAR_OF_MONTHS = 12 * DAYS_PER_MONTH
RISK_DAYS = 30
WITHIN = "risk of this period only"
NO_TEST = "no test: both rest on the same members"


def survival_curve(ask: Ask) -> list[Row]:
    """Share of members still there after 3, 6, 12 and 24 months, as far as ten were seen so long.

    Returns
    -------
    list of Row
        One a month from all that was seen, then one from the risk within the period, compared and tested.
    """

    def still_there(ask: Ask) -> list[Row]:
        curve = churn_study(ask).curve
        readable_to = np.nan_to_num(curve.readable_to, nan=-1)
        return [
            _row(_after(ask, month), curve.survival_at(month * DAYS_PER_MONTH), curve.n_units, curve.n_events)
            for month in MONTHS
            if month * DAYS_PER_MONTH <= readable_to
        ]

    rows, curves = untested_rows(ask, still_there, NO_TEST), period_curves(ask)
    for month in MONTHS:
        time = month * DAYS_PER_MONTH
        rows += _within(_after(ask, month), curves, time, KaplanMeier.survival_at, survival_difference)
    return rows


def median_lifetime(ask: Ask) -> list[Row]:
    """Median lifetime and the mean of the first year, in days.

    Returns
    -------
    list of Row
        Two from all that was seen, then the mean of the first year by the risk within the period, tested.
        The median is missing while more than half are still there; the method then says how many.
    """
    first_year = ask.segment.part("mean", "first year")

    def lifetimes(ask: Ask) -> list[Row]:
        curve = churn_study(ask).curve
        found = ((ask.segment, curve.median()), (first_year, curve.rmst(YEAR_OF_MONTHS)))
        return [_row(segment, mean, curve.n_units, curve.n_events) for segment, mean in found]

    within = _within(first_year, period_curves(ask), YEAR_OF_MONTHS, KaplanMeier.rmst, rmst_difference)
    return untested_rows(ask, lifetimes, NO_TEST) + within


def churn_hazard_ratios(ask: Ask) -> list[Row]:
    """Hazard ratios of traits known at the start.

    Returns
    -------
    list of Row, one a trait
        `n_units` the memberships with the trait, the numerator the lost ones; the method names the reference.
    """

    def ratios(ask: Ask) -> list[Row]:
        found = []
        table = churn_study(ask).cox.hazard_ratios
        for term in records(table[table["verdict"] == "converged"]):
            method = "Cox, robust by customer" + (f"; against {term['reference']}" if term["reference"] else "")
            ratio = Interval(term["hazard_ratio"], term["low"], term["high"], method)
            name = term["covariate"].replace("_", " ")
            trait = f"{name}: {term['level'].replace('_', ' ')}" if term["level"] else name
            found.append(_row(ask.segment.part("trait", trait), ratio, int(term["n_units"]), int(term["n_events"])))
        return found

    return untested_rows(ask, ratios, NO_TEST)


def churn_risk(ask: Ask, *, days: int = RISK_DAYS) -> list[Row]:
    """Mean chance of a member of the period's end to be lost in the next 30 days; off where such risks did not come true before.

    Returns
    -------
    list of Row, one
        Numerator: expected losses. The interval is that of the share that will be lost: doubt about the model and chance.
    """

    def risk(ask: Ask) -> list[Row]:
        study = churn_study(ask)
        validation = study.validation(days)
        if validation is None or validation.verdict != "calibrated":
            why = f"the level {validation.verdict}: {validation.reason}" if validation else "too few members"
            off = Row.off(f"no risk is shown before its test holds; {why}")
            return [replace(off, segment=ask.segment, now=Side(numerator=0, denominator=0))]
        mean = mean_risk(study.cox, study.members, float(days), ask.conf_level)
        return [_row(ask.segment, mean, study.n_members, mean.value * study.n_members)]

    return untested_rows(ask, risk, NO_TEST)


def clv_contractual(ask: Ask, *, months: int = 24, annual_discount: float = 0.10) -> list[Row]:
    """Margin of a new member over the months after joining, discounted, first payment at once.

    Returns
    -------
    list of Row, one for all and one a plan
        The method says how much of the value lies beyond what was seen.
    """

    def worth(ask: Ask) -> list[Row]:
        study, found = churn_study(ask), []
        for by in (None, "plan"):
            for one in records(study.values(months, annual_discount, by)):
                said = f"bootstrap of units; {months} months at {annual_discount:.0%} a year, {one['beyond_the_data']:.0%} beyond the data"
                value = Interval(one["value"], one["low"], one["high"], said)
                found.append(_row(ask.segment.part(by or "", one["members"]), value, int(one["memberships"])))
        return found

    return untested_rows(ask, worth, NO_TEST)


def period_cells(ask: Ask) -> pd.DataFrame:
    """Spells at risk within the period, and within the base, at the tenure each had: cells with `window`, "period" or "base".

    Survival by them says of new members if they met, month of tenure by month, the risks of that period. A window of fewer than k is left out.
    """
    parts = []
    for window, each in zip(("period", "base"), ask.periods, strict=False):
        cells = spells.spell_cells(ask.source, each.last_day, segment=ask.segment, since=each.start)
        is_hidden = cells["n_units"].sum() < ask.source.settings.k
        parts.append((cells.iloc[:0] if is_hidden else cells).assign(window=window))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def period_curves(ask: Ask) -> list[KaplanMeier]:
    """Survival by the risk within the period and, if there is one, within the base."""
    cells = period_cells(ask)
    windows = ("period", "base")[: len(ask.periods)]
    return [kaplan_meier(cells[cells["window"] == window], ask.conf_level) for window in windows]


def is_whole(curve: KaplanMeier, time: float) -> bool:
    """Whether at least ten were at risk at every time up to this one: a gap in between would stay in the curve for ever."""
    if curve.verdict == "degenerate" or curve.table["time"].iloc[-1] < time:
        return False
    return bool((curve.table.loc[curve.table["time"] <= time, "n_at_risk"] >= READABLE).all())


def _within(
    segment: Segment,
    curves: list[KaplanMeier],
    time: float,
    value: Callable[[KaplanMeier, float], Interval],
    difference: Callable[[KaplanMeier, KaplanMeier, float], Change],
) -> list[Row]:
    """The tested row of a figure of `period_curves` up to a time; none where the curve does not reach it."""
    if not is_whole(curves[0], time):
        return []
    now, *base = (Side.of(value(curve, time), curve.n_events, curve.n_units) for curve in curves)
    lack = first(shortfall("survival", events=curve.n_events) for curve in curves)
    row = Row(segment=segment.part("of", WITHIN), now=now, flags=flags(now, lack))
    return [beside(row, base[0], difference(curves[1], curves[0], time), lack) if base else row]


def _after(ask: Ask, month: int) -> Segment:
    return ask.segment.part("after", f"{month} months")


def _row(segment: Segment, found: Interval, n_units: int, n_events: float = nan) -> Row:
    side = Side.of(found, n_events, n_units)
    return Row(segment=segment, now=side, flags=flags(side))
