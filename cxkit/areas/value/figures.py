"""Value metrics that rest on a purchase model, as rows for `measure`.

One model is fitted to what was known at the period's end. The base is scored by it too: a change is then one of the customers, not of
the ruler. Both sides rest on mostly the same customers, so there is no test.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from math import nan

import numpy as np
import pandas as pd

from cxkit.areas.value import purchase_history
from cxkit.areas.value.study import FITTERS, PurchaseStudy, purchase_study
from cxkit.flags import Flag
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import untested
from cxkit.models.purchase import clv
from cxkit.models.purchase.bgnbd import fit_mbgnbd
from cxkit.models.purchase.predict import Total, forecast_total, parameter_variance
from cxkit.models.purchase.purchase import PurchaseFit
from cxkit.models.rows import counts
from cxkit.row import Row, Side
from cxkit.segment import Segment
from cxkit.stats import Interval
from cxkit.stats.normal import z_quantile

NO_TEST = "no test: both rest on the same customers and one model"
MONTHS = 12

Score = Callable[[PurchaseFit, pd.DataFrame], Interval]


def p_alive(ask: Ask, *, study: PurchaseStudy | None = None) -> list[Row]:
    """Mean probability that a buyer is still one; beside BG/NBD, which holds one-time buyers for alive, that of MBG/NBD.

    Returns
    -------
    list of Row, one (two beside BG/NBD)
        Numerator: expected customers still there.
    """
    study = study or _study(ask)

    def score(fit: PurchaseFit, customers: pd.DataFrame) -> Interval:
        return mean_alive(fit, customers, ask.conf_level)

    rows = [_scored(ask, study, study.fit, score)]
    if study.fit.name != "BG/NBD" or not study.fit.usable:
        return rows
    check = fit_mbgnbd(purchase_history.purchase_history(study.source, study.until, study.unit))
    return [*rows, _scored(ask, study, check, score, ask.segment.part("model", check.name))]


def expected_purchases(ask: Ask, *, study: PurchaseStudy | None = None, months: int = MONTHS) -> list[Row]:
    """Expected purchases a buyer in the months after the period, with a predictive interval of their mean.

    Returns
    -------
    list of Row, one
        Numerator: expected purchases of all buyers.
    """
    study = study or _study(ask)

    def score(fit: PurchaseFit, customers: pd.DataFrame) -> Interval:
        horizon = float(clv.horizon_months(fit, months).times[-1])
        total = forecast_total(fit, customers, horizon, ask.conf_level)
        return _mean(total, len(customers), f"predictive, {months} months")

    return [_scored(ask, study, study.fit, score)]


def clv_predicted(
    ask: Ask, *, study: PurchaseStudy | None = None, months: int = 24, annual_discount: float = 0.10
) -> list[Row]:
    """Predicted margin a buyer over the months after the period, discounted, with a predictive interval of the mean.

    Returns
    -------
    list of Row, one
        Numerator: value of all buyers. `ci_method` says horizon, discount, margin share and the correlation of frequency and spend.
    """
    study = study or _study(ask)
    share = ask.source.settings.margin_share or 1.0
    spend = study.spend
    said = f"predictive, {months} months at {annual_discount:.0%} a year, margin {share:.0%}"

    def score(fit: PurchaseFit, customers: pd.DataFrame) -> Interval:
        if not spend.usable:
            return Interval(nan, nan, nan, spend.reason)
        row = clv.value_by(fit, spend, customers, None, months, share, annual_discount, ask.conf_level).iloc[0]
        method = f"{said}; correlation of frequency and spend {spend.correlation:.2f}"
        return _mean(Total(row.clv, row.clv_low, row.clv_high, nan, nan), len(customers), method)

    return [_scored(ask, study, study.fit, score)]


def mean_alive(fit: PurchaseFit, customers: pd.DataFrame, conf_level: float = 0.95) -> Interval:
    """Mean P(alive) with the doubt about the parameters, by the delta method on the log odds."""
    n = counts(customers)

    def mean(other: PurchaseFit) -> float:
        return float(n @ other.p_alive(customers).to_numpy() / n.sum())

    value = mean(fit)
    variance = float(parameter_variance(fit, lambda other: np.array([mean(other)]))[0])
    if not 0 < value < 1:
        return Interval(value, value, value, "parameters, delta on log odds")
    half = z_quantile(conf_level) * np.sqrt(variance) / (value * (1 - value))
    odds = np.log(value / (1 - value))
    low, high = (float(1 / (1 + np.exp(-odds - step))) for step in (-half, half))
    return Interval(value, low, high, "parameters, delta on log odds")


def _study(ask: Ask) -> PurchaseStudy:
    return purchase_study(
        ask.source, ask.period.last_day, conf_level=ask.conf_level, fitters=FITTERS, segment=str(ask.segment)
    )


def _scored(ask: Ask, study: PurchaseStudy, fit: PurchaseFit, score: Score, segment: Segment | None = None) -> Row:
    days = [min(each.last_day, study.until) for each in ask.periods]
    sides = [_at(study, fit, score, day) for day in (study.until, *days[1:])]
    said = "; ".join(filter(None, [fit.name, sides[0].method, fit.caution])) if fit.usable else fit.reason
    row = untested(segment or ask.segment, [replace(sides[0], method=said), *sides[1:]], NO_TEST)
    return replace(row, flags=(Flag.EMPTY_DENOMINATOR,), why=fit.reason) if np.isnan(sides[0].value) else row


def _at(study: PurchaseStudy, fit: PurchaseFit, score: Score, day: date) -> Side:
    """The figure for those who had bought until a day."""
    customers = study.customers if day == study.until else study.customers_at(day)
    n = len(customers)
    found = score(fit, customers) if fit.usable and n else Interval(nan, nan, nan, fit.reason)
    return Side.of(found, found.value * n, n)


def _mean(total: Total, n: int, method: str) -> Interval:
    return Interval(total.value / n, total.low / n, total.high / n, method)
