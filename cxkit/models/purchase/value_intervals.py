"""Intervals of single customers' values, exact for known parameters: for exports, and for nobody's ranking without a look at them.

A customer who has left brings 0. One who has not makes Y purchases, and their sum is (v + x·m) times a beta prime with shapes p·Y and
p·x + q: the money scale of a customer stands apart from everything else. So the distribution is worked out once for each frequency and age,
whatever the number of customers.
"""

from datetime import date

import numpy as np
import pandas as pd
from scipy.special import betainc, expit

from cxkit.models.purchase.clv import customer_values, horizon_months
from cxkit.models.purchase.gammagamma import SpendFit
from cxkit.models.purchase.predict import parameter_variance
from cxkit.models.purchase.purchase import PurchaseFit, distinct
from cxkit.models.purchase.purchase_counts import largest_count
from cxkit.models.rows import Array, Index
from cxkit.stats.normal import z_quantile

GRID = 400  # places at which the distribution of a sum is known; between them it is taken as straight
ENDS = 14.0  # of the grid, log odds beyond which less than a millionth lies
ROWS = 20_000  # ages held in memory at a time


def customer_value_intervals(
    fit: PurchaseFit,
    spend: SpendFit,
    customers: pd.DataFrame,
    until: str | date | int = 24,
    margin_share: float = 1.0,
    annual_discount: float = 0.10,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """`customer_values` with `clv_low, clv_high`: what the customer will bring.

    The distribution of what customers do and spend is exact but for one mean discount; doubt about the parameters, small beside it,
    widens the interval by the delta method. The intervals are wide, as one customer's future is; that is the message. `clv` is a mean:
    of a customer who has probably left it can lie above `clv_high`, carried by the few futures in which the customer is still there.
    """
    values = customer_values(fit, spend, customers, until, margin_share, annual_discount)
    if not (fit.usable and spend.usable) or customers.empty:
        return values.assign(clv_low=np.nan, clv_high=np.nan)
    length = float(horizon_months(fit, until, annual_discount).times[-1])
    worth = (values["discounted_purchases"] / values["expected_purchases"].replace(0.0, np.nan)).fillna(1.0).to_numpy()
    tails = np.array([0.5 - conf_level / 2, 0.5 + conf_level / 2])
    limits = _quantiles(fit, spend, customers, values["p_alive"].to_numpy(), length, tails) * worth * margin_share
    widening = np.exp(z_quantile(conf_level) * _relative_doubt(fit, spend, customers, length))
    mean = values["clv"].to_numpy()
    low, high = _widened(mean, limits[0], limits[1], widening)
    return values.assign(clv_low=low, clv_high=high)


def _quantiles(
    fit: PurchaseFit, spend: SpendFit, customers: pd.DataFrame, alive: Array, length: float, tails: Array
) -> Array:
    """Quantiles of the undiscounted value, shape (tails, customers)."""
    x, T = customers["frequency"].to_numpy(dtype=float), customers["T"].to_numpy(dtype=float)
    value = customers["monetary_value"].to_numpy(dtype=float)
    p, q, v = spend.values
    own = np.where(value > 0, x, 0.0)
    (pair_x, pair_T), pair = distinct(x, T)
    found = np.zeros((len(tails), len(x)))
    grid = np.linspace(-ENDS, ENDS, GRID)
    order = np.lexsort((own, x))
    starts = np.flatnonzero(np.r_[True, (np.diff(x[order]) != 0) | (np.diff(own[order]) != 0)])
    for who in np.split(order, starts[1:]):
        frequency, shape = x[who[0]], p * own[who[0]] + q
        share = length / (fit.values[1] + T[who].min() + length)
        most = largest_count(fit.values[0] + frequency, float(share))
        # Given y purchases, the sum over the money scale is below w with this probability: shape (counts, grid).
        below = betainc(p * np.arange(1, most + 1)[:, None], shape, expit(grid))
        pairs, at = np.unique(pair[who], return_inverse=True)
        for begin in range(0, len(pairs), ROWS):
            part = pairs[begin : begin + ROWS]
            counts = fit.model.future_counts(fit.values, pair_x[part], pair_T[part], length, most)
            curve = counts[:, :1] + counts[:, 1:] @ below
            mine = np.flatnonzero((at >= begin) & (at < begin + ROWS))
            there = who[mine]
            for row, tail in enumerate(tails):
                found[row, there] = _cross(curve, counts[:, 0], at[mine] - begin, alive[there], tail, grid)
    return found * (v + own * np.maximum(value, 0.0))


def _cross(curve: Array, nothing: Array, at: Index, alive: Array, tail: float, grid: Array) -> Array:
    """Where the distribution of each customer passes the tail; 0 where nothing is bought with more than that probability."""
    target = (tail - (1 - alive)) / np.maximum(alive, 1e-300)
    result = np.zeros(len(at))
    some = np.flatnonzero(target > nothing[at])
    for begin in range(0, len(some), ROWS):
        rows = some[begin : begin + ROWS]
        own, wanted = curve[at[rows]], target[rows, None]
        right = np.clip((own < wanted).sum(axis=1), 1, len(grid) - 1)
        low, high = own[np.arange(len(rows)), right - 1], own[np.arange(len(rows)), right]
        step = np.clip((target[rows] - low) / np.maximum(high - low, 1e-300), 0.0, 1.0)
        result[rows] = np.exp(grid[right - 1] + step * (grid[right] - grid[right - 1]))
    return result


def _relative_doubt(fit: PurchaseFit, spend: SpendFit, customers: pd.DataFrame, length: float) -> Array:
    """Standard error of the logarithm of each customer's expected value, through the parameters of both models."""
    variance = parameter_variance(fit, lambda other: _log(other.expected_purchases(customers, length).to_numpy()))
    variance += parameter_variance(spend, lambda other: _log(other.moments(customers)[0]))
    return np.sqrt(np.maximum(np.nan_to_num(variance), 0.0))


def _log(values: Array) -> Array:
    return np.log(np.maximum(values, 1e-300))


def _widened(mean: Array, low: Array, high: Array, factor: Array) -> tuple[Array, Array]:
    """Square-and-add of both doubts on the log scale, on each side of the mean."""
    with np.errstate(divide="ignore", invalid="ignore"):
        doubt = np.log(factor)
        down = np.hypot(np.log(mean / low), doubt)
        up = np.hypot(np.log(high / mean), doubt)
    return (
        np.where(low > 0, np.where(low < mean, mean * np.exp(-down), low), 0.0),
        np.where(high > mean, mean * np.exp(up), high * factor),
    )
