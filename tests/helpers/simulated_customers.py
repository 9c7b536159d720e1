"""Customers who follow a purchase model to the letter, drawn from its story and from none of its formulas."""

import numpy as np

from cxkit.models.purchase.paretonbd import PARETO_NBD


def drawn(fit, n_draws, seed):
    """Parameters drawn from their log-normal uncertainty, shape (n_draws, parameters)."""
    rng = np.random.default_rng(seed)
    return np.exp(rng.multivariate_normal(np.log(fit.values), fit.spread, n_draws))


def purchases_ahead(model, params, x, T, times, rng):
    """Purchases in each (times[k−1], times[k]] after T of customers alive at T: shape (customers, times)."""
    r, alpha, third, fourth = params
    rate = rng.gamma(r + x, 1 / (alpha + T))[:, None]
    ends = np.concatenate([[0.0], times])
    if model is PARETO_NBD:
        stay = rng.exponential(1.0, len(x)) / np.maximum(rng.gamma(third, 1 / (fourth + T)), 1e-300)
        return rng.poisson(rate * np.diff(np.minimum(ends, stay[:, None]), axis=1))
    # Alive with x repeats: x + extra draws of the coin survived; the next death ends purchase number `last`.
    last = rng.geometric(np.clip(rng.beta(third, fourth + x + model.extra), 1e-12, 1.0))
    bought = np.cumsum(rng.poisson(rate * np.diff(ends)), axis=1)
    return np.diff(np.minimum(bought, last[:, None]), axis=1, prepend=0)


def purchases_of_new_customers(model, params, T, rng):
    """Repeat purchases until T: which customer, and the time since the first purchase, in order."""
    r, alpha, third, fourth = params
    is_pareto = model is PARETO_NBD
    stay = T
    if is_pareto:
        leave = np.maximum(rng.gamma(third, 1 / fourth, len(T)), 1e-300)
        stay = np.minimum(rng.exponential(1.0, len(T)) / leave, T)
    bought = rng.poisson(rng.gamma(r, 1 / alpha, len(T)) * stay)
    if not is_pareto:
        last = rng.geometric(np.clip(rng.beta(third, fourth, len(T)), 1e-12, 1.0)) - model.extra
    who = np.repeat(np.arange(len(T)), bought)
    when = rng.random(len(who)) * stay[who]
    order = np.lexsort((when, who))
    who, when = who[order], when[order]
    if is_pareto:
        return who, when
    here = np.arange(len(who)) - np.searchsorted(who, who) < last[who]
    return who[here], when[here]
