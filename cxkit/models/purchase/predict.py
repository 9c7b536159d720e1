"""Predictions with both kinds of doubt: we do not know the parameters, and customers are free in what they do.

An interval from the parameters alone is the usual mistake: on CDNOW it misses the purchases that really came.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd
from scipy.special import gammaincinv, ndtri

from cxkit.models.fit import Fit
from cxkit.models.purchase.purchase import PurchaseFit
from cxkit.models.rows import Array, counts

F = TypeVar("F", bound=Fit)

STEP = 1e-4  # of a log parameter, for central differences: error about 1e-8 of the value


class Total(NamedTuple):
    """A forecast total. `low, high` hold the outcome; `mean_low, mean_high` only its expectation (parameters alone)."""

    value: float
    low: float
    high: float
    mean_low: float
    mean_high: float


def forecast_total(
    fit: PurchaseFit, customers: pd.DataFrame, horizon: float | str | date, conf_level: float = 0.95
) -> Total:
    """Purchases of all customers together until the horizon, with a predictive interval.

    Parameters
    ----------
    customers : DataFrame, one row a distinct (frequency, recency, T) with `n_customers` (1 if absent)
    horizon : a date, or a number of the fit's `time_unit`

    Examples
    --------
    >>> from cxkit.models.purchase.bgnbd import fit_bgnbd
    >>> customers = pd.DataFrame({"frequency": [0, 1, 1, 4, 9], "recency": [0, 2, 20, 16, 37], "T": [39, 39, 39, 39, 39],
    ...                           "n_customers": [120, 40, 30, 15, 5]})
    >>> total = forecast_total(fit_bgnbd(customers), customers, 39)
    >>> print(total.low < total.mean_low < total.value < total.mean_high < total.high)
    True
    """
    n = counts(customers)
    mean, variance = fit.moments(customers, horizon)

    def total(other: PurchaseFit) -> Array:
        return np.array([n @ other.expected_purchases(customers, horizon)])

    doubt = parameter_variance(fit, total)[0]
    inner = total_interval(float(n @ mean), float(doubt), float(n @ variance), conf_level)
    down, up = reach(fit, total)
    return reaching(inner, float(down[0]), float(up[0]))


def parameter_variance(fit: F, total: Callable[[F], Array]) -> Array:
    """Variance of totals through the parameters, by the delta method on the log scale."""
    slopes = parameter_slopes(fit, total)
    return np.einsum("it,ij,jt->t", slopes, fit.spread, slopes)


def reach(fit: PurchaseFit, total: Callable[[PurchaseFit], Array]) -> tuple[Array, Array]:
    """How far totals lie below and above by the parameters that the data do not rule out; 0 where the model is identified."""
    here = total(fit)
    others = np.array([total(fit.at(params)) for params in fit.alternatives]).reshape(len(fit.alternatives), len(here))
    return here - np.minimum(here, others.min(axis=0, initial=np.inf)), np.maximum(
        here, others.max(axis=0, initial=-np.inf)
    ) - here


def reaching(inner: Total, down: float, up: float) -> Total:
    """An interval widened on each side, square and add, by how far the total may lie off."""
    if np.isnan(inner.low) or not (down > 0 or up > 0):
        return inner
    value = inner.value
    return Total(
        value,
        max(value - np.hypot(value - inner.low, down), 0.0),
        value + np.hypot(inner.high - value, up),
        max(value - np.hypot(value - inner.mean_low, down), 0.0),
        value + np.hypot(inner.mean_high - value, up),
    )


def parameter_slopes(fit: F, total: Callable[[F], Array]) -> Array:
    """Derivatives of totals by each log parameter, shape (parameters, totals)."""
    values = fit.values
    rows = []
    for i in range(len(values)):
        up, down = values.copy(), values.copy()
        up[i], down[i] = values[i] * np.exp(STEP), values[i] * np.exp(-STEP)
        rows.append((total(fit.at(up)) - total(fit.at(down))) / (2 * STEP))
    return np.array(rows)


def total_interval(value: float, doubt: float, noise: float, conf_level: float) -> Total:
    """Interval of a positive total with variance `doubt` from parameters and `noise` from customers.

    A gamma distribution has the right support and skew; for a large total it is the normal distribution.
    """
    if not value > 0 or not np.isfinite(doubt + noise):
        return Total(value, np.nan, np.nan, np.nan, np.nan) if value != 0 else Total(0.0, 0.0, 0.0, 0.0, 0.0)
    half = ndtri(0.5 + conf_level / 2) * np.sqrt(doubt) / value
    variance = max(doubt + noise, 1e-12 * value**2)
    tails = np.array([0.5 - conf_level / 2, 0.5 + conf_level / 2])
    low, high = gammaincinv(value**2 / variance, tails) * variance / value
    return Total(value, float(low), float(high), value * np.exp(-half), value * np.exp(half))
