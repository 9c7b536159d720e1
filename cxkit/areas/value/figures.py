"""Value metrics that rest on a purchase model, as rows for `measure`.

One model is fitted to what was known at the period's end. The base is scored by it too: a change is then one of the customers, not of
the ruler. Both sides rest on mostly the same customers, so there is no test.
"""

from collections.abc import Callable
from datetime import date
from math import nan

import numpy as np
import pandas as pd

from cxkit.areas.value import purchase_history
from cxkit.areas.value.study import FITTERS, PurchaseStudy, purchase_study
from cxkit.dataset.source import Source
from cxkit.measurement.described import WHOLE, beside_base, described_row
from cxkit.models.purchase import clv
from cxkit.models.purchase.bgnbd import fit_mbgnbd
from cxkit.models.purchase.predict import Total, forecast_total, parameter_variance
from cxkit.models.purchase.purchase import PurchaseFit
from cxkit.models.rows import counts
from cxkit.period import Period
from cxkit.stats import Interval
from cxkit.stats.normal import z_quantile

NO_TEST = "no test: both rest on the same customers and one model"
MONTHS = 12

Score = Callable[[PurchaseFit, pd.DataFrame], Interval]


def p_alive(
    source: Source,
    period: Period,
    base: Period | None = None,
    *,
    segment: str = "",
    conf_level: float = 0.95,
    study: PurchaseStudy | None = None,
) -> pd.DataFrame:
    """Mean probability that a buyer is still one; beside BG/NBD, which holds one-time buyers for alive, that of MBG/NBD.

    Returns
    -------
    DataFrame, one row (two beside BG/NBD), for `measure`
        Numerator: expected customers still there.
    """
    study = study or _study(source, period, segment, conf_level)

    def score(fit: PurchaseFit, customers: pd.DataFrame) -> Interval:
        return mean_alive(fit, customers, conf_level)

    frame = _scored(study, study.fit, score, base, segment)
    if study.fit.name != "BG/NBD" or not study.fit.usable:
        return frame
    check = fit_mbgnbd(purchase_history.purchase_history(study.source, study.until, study.unit))
    return pd.concat([frame, _scored(study, check, score, base, segment, ("model", check.name))], ignore_index=True)


def expected_purchases(
    source: Source,
    period: Period,
    base: Period | None = None,
    *,
    segment: str = "",
    conf_level: float = 0.95,
    study: PurchaseStudy | None = None,
    months: int = MONTHS,
) -> pd.DataFrame:
    """Expected purchases a buyer in the months after the period, with a predictive interval of their mean.

    Returns
    -------
    DataFrame, one row, for `measure`
        Numerator: expected purchases of all buyers.
    """
    study = study or _study(source, period, segment, conf_level)

    def score(fit: PurchaseFit, customers: pd.DataFrame) -> Interval:
        horizon = float(clv.horizon_months(fit, months).times[-1])
        return _mean(
            forecast_total(fit, customers, horizon, conf_level), len(customers), f"predictive, {months} months"
        )

    return _scored(study, study.fit, score, base, segment)


def clv_predicted(
    source: Source,
    period: Period,
    base: Period | None = None,
    *,
    segment: str = "",
    conf_level: float = 0.95,
    study: PurchaseStudy | None = None,
    months: int = 24,
    annual_discount: float = 0.10,
) -> pd.DataFrame:
    """Predicted margin a buyer over the months after the period, discounted, with a predictive interval of the mean.

    Returns
    -------
    DataFrame, one row, for `measure`
        Numerator: value of all buyers. `ci_method` says horizon, discount, margin share and the correlation of frequency and spend.
    """
    study = study or _study(source, period, segment, conf_level)
    share = source.settings.margin_share or 1.0
    spend = study.spend
    said = f"predictive, {months} months at {annual_discount:.0%} a year, margin {share:.0%}"

    def score(fit: PurchaseFit, customers: pd.DataFrame) -> Interval:
        if not spend.usable:
            return Interval(nan, nan, nan, spend.reason)
        row = clv.value_by(fit, spend, customers, None, months, share, annual_discount, conf_level).iloc[0]
        method = f"{said}; correlation of frequency and spend {spend.correlation:.2f}"
        return _mean(Total(row.clv, row.clv_low, row.clv_high, nan, nan), len(customers), method)

    return _scored(study, study.fit, score, base, segment)


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


def _study(source: Source, period: Period, segment: str, conf_level: float) -> PurchaseStudy:
    return purchase_study(source, period.last_day, conf_level=conf_level, fitters=FITTERS, segment=segment)


def _scored(
    study: PurchaseStudy,
    fit: PurchaseFit,
    score: Score,
    base: Period | None,
    segment: str,
    part: tuple[str, object] = WHOLE,
) -> pd.DataFrame:
    found = _at(study, fit, score, study.until)
    row = described_row(segment, part, found[0], found[0].value * found[1], found[1])
    row["ci_method"] = "; ".join(filter(None, [fit.name, found[0].method, fit.caution])) if fit.usable else fit.reason
    row["shortfall"] = NO_TEST
    if base:
        then, n_then = _at(study, fit, score, min(base.last_day, study.until))
        row |= beside_base(found[0], then, then.value * n_then, n_then)
    if np.isnan(found[0].value):
        row["flags"], row["exclusion_reasons"] = "empty_denominator", fit.reason
    return pd.DataFrame([row])


def _at(study: PurchaseStudy, fit: PurchaseFit, score: Score, day: date) -> tuple[Interval, int]:
    """The figure for those who had bought until a day, and how many they are."""
    customers = study.customers if day == study.until else study.customers_at(day)
    if not fit.usable or customers.empty:
        return Interval(nan, nan, nan, fit.reason), len(customers)
    return score(fit, customers), len(customers)


def _mean(total: Total, n: int, method: str) -> Interval:
    return Interval(total.value / n, total.low / n, total.high / n, method)
