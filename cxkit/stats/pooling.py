"""Partial pooling: many shares at once, each drawn towards the mean as far as its own data are thin.

A campaign with 4 clicks of 20 is not the best of the year. Shares are taken to vary around a mean by a beta distribution around
the mean of all; how widely is learned from the groups, and what remains unknown of it is carried into every interval.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cxkit.errors import ArgumentError
from cxkit.stats.normal import z_quantile

GRID = 100  # points of the precision


class Pooled(NamedTuple):
    """Shares drawn towards their mean.

    Attributes
    ----------
    value, low, high : ndarray
        Posterior mean and equal-tailed interval of each group's share, in the order given; the mean's where a group has no units.
    mean : float
        What the groups are drawn towards; NaN without data.
    spread : float
        Standard deviation between groups, luck taken out.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mean: float
    spread: float


def pooled_shares(xs: ArrayLike, ns: ArrayLike, *, conf_level: float = 0.95) -> Pooled:
    """Estimate the shares x/n of several groups together (beta-binomial).

    Parameters
    ----------
    xs, ns : array_like of float
        Successes and units of each group.

    Returns
    -------
    Pooled
        With one group it is that group's own share, hardly drawn anywhere.

    Notes
    -----
    The mean is that of all units; the precision α + β is integrated over a grid with the prior ∝ (α + β)^(−3/2) rather than fixed at
    its most likely value, which with few groups would promise too much. Each group's mixture of beta posteriors is given as the beta
    distribution with its mean and variance, the uncertainty of the common mean included (Morris 1983).

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 5.3; Morris (1983), JASA 78, 47–55.

    Examples
    --------
    >>> rates = pooled_shares([4, 20, 18, 25], [21, 360, 360, 360])
    >>> rates.value.round(3).tolist()[0] < 4 / 21
    True
    """
    z_quantile(conf_level)  # refuses a wrong level in words
    x, n = np.asarray(xs, float), np.asarray(ns, float)
    if (x < 0).any() or (x > n).any():
        raise ArgumentError("A group has more successes than units, or fewer than none; expected 0 ≤ x ≤ n.")
    if not n.sum() > 0:
        nothing = np.full(len(x), np.nan)
        return Pooled(nothing, nothing, nothing, np.nan, np.nan)
    from scipy.special import betaincinv

    mean, precision, weight = _posterior(x, n)
    a, b = x[:, None] + mean * precision, n[:, None] - x[:, None] + (1 - mean) * precision
    value = _average(a / (a + b), weight)
    of_mean = mean * (1 - mean) / (1 / (1 / np.maximum(n, 1e-9)[:, None] + 1 / (precision + 1))).sum(axis=0)
    drawn = precision / (n[:, None] + precision)  # how far a group takes over what the mean has wrong
    spread = a * b / (a + b) ** 2 / (a + b + 1) + (a / (a + b) - value[:, None]) ** 2 + drawn**2 * of_mean
    variance = _average(spread, weight)
    size = value * (1 - value) / variance - 1
    low, high = (
        betaincinv(value * size, (1 - value) * size, end) for end in ((1 - conf_level) / 2, (1 + conf_level) / 2)
    )
    between = np.sqrt(weight @ (mean * (1 - mean) / (precision + 1)))
    return Pooled(value, low, high, mean, float(between))


def _posterior(x: np.ndarray, n: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """The mean, and how strongly groups hold to it: points of the precision with their weight."""
    from scipy.special import betaln

    mean = (x.sum() + 0.5) / (n.sum() + 1)  # off 0 and 1, where no beta distribution lies
    precision = np.exp(np.linspace(0, np.log(1e6), GRID))
    a, b = mean * precision, (1 - mean) * precision
    log_weight = -np.log(precision) / 2 + np.sum(
        betaln(x[:, None] + a, n[:, None] - x[:, None] + b) - betaln(a, b), axis=0
    )
    weight = np.exp(log_weight - log_weight.max())
    return float(mean), precision, weight / weight.sum()


def _average(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.asarray(values @ weight)
