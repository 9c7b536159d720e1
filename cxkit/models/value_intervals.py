"""Intervals of single customers' values, by simulation: for exports, and for nobody's ranking without a look at them."""

from datetime import date

import numpy as np
import pandas as pd

from cxkit.models.clv import customer_values, horizon_months
from cxkit.models.gammagamma import SpendFit
from cxkit.models.purchase import PurchaseFit
from cxkit.models.rows import Array

CELLS = 5_000_000  # draws × customers held in memory at a time: 40 MB


def customer_value_intervals(
    fit: PurchaseFit,
    spend: SpendFit,
    customers: pd.DataFrame,
    until: str | date | int = 24,
    margin_share: float = 1.0,
    annual_discount: float = 0.10,
    conf_level: float = 0.95,
    n_draws: int = 500,
    seed: int = 0,
) -> pd.DataFrame:
    """`customer_values` with `clv_low, clv_high`: what the customer will bring, by simulation of parameters, purchases and spend.

    The intervals are wide, as one customer's future is; that is the message. `clv` is a mean: of a customer who has probably
    left it can lie above `clv_high`, carried by the few futures in which the customer is still there. Deterministic for a seed.
    """
    values = customer_values(fit, spend, customers, until, margin_share, annual_discount)
    if not (fit.usable and spend.usable) or customers.empty:
        return values.assign(clv_low=np.nan, clv_high=np.nan)
    worth = (values["discounted_purchases"] / values["expected_purchases"].replace(0.0, np.nan)).fillna(1.0).to_numpy()
    length = float(horizon_months(fit, until, annual_discount).times[-1])
    purchase_draws, spend_draws = fit.draw(n_draws, seed), spend.draw(n_draws, seed + 1)
    rng = np.random.default_rng(seed)
    size = max(1, CELLS // n_draws)
    low, high = np.empty(len(customers)), np.empty(len(customers))
    for begin in range(0, len(customers), size):
        block = slice(begin, begin + size)
        draws = _draws(fit, customers.iloc[block], length, purchase_draws, spend_draws, rng)
        draws *= worth[block] * margin_share
        low[block], high[block] = np.quantile(draws, [0.5 - conf_level / 2, 0.5 + conf_level / 2], axis=0)
    return values.assign(clv_low=low, clv_high=high)


def _draws(
    fit: PurchaseFit,
    customers: pd.DataFrame,
    length: float,
    purchase_draws: Array,
    spend_draws: Array,
    rng: np.random.Generator,
) -> Array:
    """Undiscounted value of each customer in each draw, shape (draws, customers)."""
    x, T = customers["frequency"].to_numpy(dtype=float), customers["T"].to_numpy(dtype=float)
    value = customers["monetary_value"].to_numpy(dtype=float)
    own = np.where(value > 0, x, 0.0)
    draws = np.zeros((len(purchase_draws), len(x)))
    for draw, (params, (p, q, v)) in enumerate(zip(purchase_draws, spend_draws, strict=True)):
        alive = np.flatnonzero(rng.random(len(x)) < fit.at(params).p_alive(customers).to_numpy())
        bought = fit.model.simulate_future(params, x[alive], T[alive], np.array([length]), rng)[:, 0]
        rate = rng.gamma(p * own[alive] + q, 1 / (v + own[alive] * np.maximum(value[alive], 0.0)))
        draws[draw, alive] = rng.gamma(p * bought) / np.maximum(rate, 1e-300)
    return draws
