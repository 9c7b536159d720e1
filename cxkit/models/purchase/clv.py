"""Customer lifetime value: purchases to come × what they are worth × margin, discounted month by month."""

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxkit.errors import ArgumentError
from cxkit.models.purchase.gammagamma import SpendFit
from cxkit.models.purchase.predict import Total, parameter_variance, reach, reaching, total_interval
from cxkit.models.purchase.purchase import DAYS, PurchaseFit, as_date, distinct
from cxkit.models.rows import Array, counts

DAYS_A_MONTH = 365.25 / 12


class Horizon(NamedTuple):
    """Ends of the months to come in the fit's unit, and what a unit of money at each is worth today."""

    times: Array
    factors: Array


def horizon_months(fit: PurchaseFit, until: str | date | int, annual_discount: float = 0.10) -> Horizon:
    """Cut the time from the end of observation to the horizon into calendar months.

    Parameters
    ----------
    until : a date, or a number of months
    annual_discount : yearly rate d; month k is discounted by (1 + d)^(−k/12)
    """
    if not annual_discount > -1:
        raise ArgumentError(f"The annual discount is {annual_discount}; it must be above −1. 10 % a year is 0.10.")
    if isinstance(until, (int, np.integer)):
        n_months, last = int(until), None
    elif fit.until is None:
        raise ArgumentError(
            "The fit does not know the last day that was observed: give the horizon as a number of months."
        )
    else:
        last = as_date(until)
        n_months = next(k for k in range(1, 12 * 200) if _months_on(fit.until, k) >= last) if last > fit.until else 0
    if n_months < 1:
        raise ArgumentError(f"The horizon {until} leaves no time after the end of observation ({fit.until}).")
    months = np.arange(1, n_months + 1)
    if fit.until is None:
        times = months * DAYS_A_MONTH / DAYS[fit.time_unit]
    else:
        ends = [_months_on(fit.until, int(k)) for k in months]
        if last is not None:
            ends[-1] = last
        times = np.array([(end - fit.until).days for end in ends]) / DAYS[fit.time_unit]
    return Horizon(times, (1 + annual_discount) ** (-months / 12.0))


def customer_values(
    fit: PurchaseFit,
    spend: SpendFit,
    customers: pd.DataFrame,
    until: str | date | int = 24,
    margin_share: float = 1.0,
    annual_discount: float = 0.10,
) -> pd.DataFrame:
    """Expected value of each customer until the horizon.

    Parameters
    ----------
    customers : DataFrame with `frequency, recency, T, monetary_value`; other columns are kept
    until : a date, or a number of months
    margin_share : share of the net amount that is margin; 1 gives revenue
    annual_discount : yearly discount rate

    Returns
    -------
    DataFrame, indexed like `customers`
        Its columns and `p_alive, expected_purchases, discounted_purchases, expected_spend, is_population_mean, clv`.
        `is_population_mean` marks customers without repeat spend: what they spend is the mean of all, not their own.

    Notes
    -----
    Gamma-Gamma takes spend to be independent of frequency; `spend.correlation` says how far that is true.
    """
    months = horizon_months(fit, until, annual_discount)
    result = customers.copy()
    alive, expected, discounted = _to_come(fit, customers, months)
    result["p_alive"] = alive
    result["expected_purchases"] = expected
    result["discounted_purchases"] = discounted
    result["expected_spend"] = spend.expected_spend(customers)
    result["is_population_mean"] = (customers["frequency"] == 0) | ~(customers["monetary_value"] > 0)
    result["clv"] = result["discounted_purchases"] * result["expected_spend"] * margin_share
    return result


def value_by(
    fit: PurchaseFit,
    spend: SpendFit,
    customers: pd.DataFrame,
    by: str | None = None,
    until: str | date | int = 24,
    margin_share: float = 1.0,
    annual_discount: float = 0.10,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Value of groups of customers, or of all, with predictive intervals.

    Parameters
    ----------
    customers : DataFrame, `frequency, recency, T, monetary_value`, the column `by`, and `n_customers` (1 if absent)

    Returns
    -------
    DataFrame, one row a group (`group` is "all" without `by`), sorted by group
        `group, n_customers, expected_purchases, clv, clv_low, clv_high, mean_low, mean_high, clv_per_customer,
        share_of_value, share_population_mean`.
        `clv_low, clv_high` hold what the group will really bring: doubt about parameters of both models, and about what customers
        do and spend. `mean_low, mean_high` leave the customers out. NaN where spend has no finite variance (q ≤ 2).
    """
    months = horizon_months(fit, until, annual_discount)
    n = counts(customers)
    codes, names = pd.factorize(customers[by], sort=True) if by else (np.zeros(len(customers), int), pd.Index(["all"]))
    if (codes < 0).any():  # a missing group is a group
        codes, names = np.where(codes < 0, len(names), codes), names.append(pd.Index(["(none)"]))

    def sums(values: Array) -> Array:
        return np.bincount(codes, weights=n * values, minlength=len(names)).astype(float)

    bought, spent = _discounted(fit, customers, months), spend.moments(customers)[0]
    mean, noise = _value_moments(fit, spend, customers, months)
    doubt = parameter_variance(fit, lambda other: sums(_discounted(other, customers, months) * spent))
    doubt += parameter_variance(spend, lambda other: sums(bought * other.moments(customers)[0]))
    total, noise = sums(mean), sums(noise)
    downs, ups = reach(fit, lambda other: sums(_discounted(other, customers, months) * spent))
    rows = [
        _scaled(
            reaching(total_interval(float(t), float(d), float(v), conf_level), float(down), float(up)), margin_share
        )
        for t, d, v, down, up in zip(total, doubt, noise, downs, ups, strict=True)
    ]
    size = np.bincount(codes, weights=n, minlength=len(names)).astype(float)
    one_time = np.asarray(customers["frequency"] == 0, dtype=float)
    expected = fit.expected_purchases(customers, float(months.times[-1])).to_numpy()
    return pd.DataFrame(
        {
            "group": names,
            "n_customers": np.rint(size).astype(int),
            "expected_purchases": sums(expected),
            "clv": [row.value for row in rows],
            "clv_low": [row.low for row in rows],
            "clv_high": [row.high for row in rows],
            "mean_low": [row.mean_low for row in rows],
            "mean_high": [row.mean_high for row in rows],
            "clv_per_customer": _ratio(total * margin_share, size),
            "share_of_value": _ratio(total, total.sum()),
            "share_population_mean": _ratio(sums(one_time), size),
        }
    )


def concentration(
    clv: pd.Series, n_customers: pd.Series | None = None, shares: tuple[float, ...] = (0.01, 0.05, 0.1, 0.2, 0.5)
) -> pd.DataFrame:
    """What share of the value the most valuable customers hold: `share_of_customers, share_of_value`.

    Customers of equal value count in proportion, so ties do not make the answer depend on the order of rows.
    """
    n = np.ones(len(clv)) if n_customers is None else n_customers.to_numpy(dtype=float)
    value = clv.to_numpy(dtype=float)
    order = np.argsort(-value, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(n[order])])
    worth = np.concatenate([[0.0], np.cumsum((n * value)[order])])
    held = _ratio(np.interp(np.array(shares) * people[-1], people, worth), worth[-1])
    return pd.DataFrame({"share_of_customers": shares, "share_of_value": held})


def _ratio(part: Array, whole: Array | float) -> Array:
    """Part ÷ whole; NaN where there is no whole."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 0)


def _to_come(fit: PurchaseFit, customers: pd.DataFrame, months: Horizon) -> tuple[Array, Array, Array]:
    """P(alive), expected and discounted purchases; what does not depend on recency is computed once a (frequency, T)."""
    alive = fit.p_alive(customers).to_numpy()
    if not fit.usable:
        return alive, alive, alive
    pairs, back = distinct(customers["frequency"].to_numpy(dtype=float), customers["T"].to_numpy(dtype=float))
    expected = fit.model.alive_discounted(fit.values, *pairs, months.times[-1:], np.ones(1))
    discounted = fit.model.alive_discounted(fit.values, *pairs, *months)
    return alive, alive * expected[back], alive * discounted[back]


def _discounted(fit: PurchaseFit, customers: pd.DataFrame, months: Horizon) -> Array:
    return _to_come(fit, customers, months)[2]


def _value_moments(fit: PurchaseFit, spend: SpendFit, customers: pd.DataFrame, months: Horizon) -> tuple[Array, Array]:
    """Mean and variance of the value that each customer brings, given both models' parameters.

    The value is Σ of discounted purchases. One mean discount stands for all of a customer's purchases: over two years at 10 %
    the factors differ by a fifth, their effect on the variance by far less than its own error.
    """
    bought, variance = fit.moments(customers, float(months.times[-1]))
    discounted = _discounted(fit, customers, months)
    discount = np.divide(discounted, bought, out=np.ones_like(bought), where=bought > 0)
    own, own_squared, single = spend.moments(customers)
    mean = discounted * own
    squared = discount**2 * ((variance + bought**2) * own_squared + bought * single)
    return mean, squared - mean**2


def _months_on(day: date, months: int) -> date:
    return (pd.Timestamp(day) + pd.DateOffset(months=months)).date()


def _scaled(total: Total, factor: float) -> Total:
    return Total(*(factor * value for value in total))
