"""Means of heavy-tailed money or time per customer (recipe heavy_tailed_mean), as a ratio of sums, without resampling customers.

The recipe asks for the BCa bootstrap. For a smooth function of sums its limit has a closed form, the ABC interval
("approximate bootstrap confidence"): the same correction for bias, skewness and curvature, from sums up to third order.
So the engine sends ten numbers instead of a column of customers, and the answer is the same every time.
"""

from math import isfinite, isnan, nan, sqrt
from statistics import NormalDist

from cxkit.errors import ArgumentError
from cxkit.stats.clusters import ClusterSums, CrossSums, residual_sum_squares
from cxkit.stats.mover import joined
from cxkit.stats.normal import z_p_value, z_quantile
from cxkit.stats.ratios import correlation, ratio, standard_error
from cxkit.stats.results import Change, Interval, empty_change, empty_interval

ABC = "ABC bootstrap"


def abc_ratio(sums: ClusterSums, *, conf_level: float = 0.95) -> Interval:
    """Ratio of sums over customers with the ABC interval; a mean per customer if the denominator is 1 each.

    Parameters
    ----------
    sums : ClusterSums
        With the third-order sums.

    Returns
    -------
    Interval
        NaN throughout if the denominator is 0; limits NaN for fewer than two customers or without spread. Where the sample
        is too wild for the expansion (a limit beyond the reach of the reweighting) the method is "clustered delta".

    Raises
    ------
    ArgumentError
        The third-order sums are missing.

    References
    ----------
    DiCiccio & Efron (1992), Biometrika 79, 231–245; Efron & Tibshirani (1993), An Introduction to the Bootstrap, 14.4
    and 22.6.

    Examples
    --------
    >>> spend = [0] * 60 + [20, 25, 30, 40, 55, 60, 80, 120, 300, 900]
    >>> mean = abc_ratio(ClusterSums.of(spend, [1] * 70))
    >>> round(mean.value, 2), round(mean.low, 1), round(mean.high, 1)
    (23.29, 7.5, 79.2)
    """
    z = z_quantile(conf_level)
    if not sums.den > 0:
        return empty_interval(ABC)
    value = sums.num / sums.den
    if isnan(sums.num3 + sums.num2den + sums.numden2 + sums.den3):
        raise ArgumentError("The ABC interval needs sums of third order: num3, num2den, numden2 and den3.")
    if sums.n < 2 or residual_sum_squares(sums) == 0:
        return Interval(value, nan, nan, ABC)
    low, high = (_abc_limit(sums, quantile) for quantile in (-z, z))
    if isfinite(low) and isfinite(high) and low <= value <= high:
        return Interval(value, low, high, ABC)
    return ratio(sums, conf_level=conf_level)


def mean_change(
    current: ClusterSums, base: ClusterSums, cross: CrossSums | None = None, *, conf_level: float = 0.95
) -> Change:
    """Difference of two heavy-tailed ratios of sums, allowing for customers who are in both periods.

    For the relative change use `ratio_log_change`.

    Parameters
    ----------
    current, base : ClusterSums
        Sums over customers; second order is enough.
    cross : CrossSums, optional
        Products over customers in both; without it the groups are taken as independent.

    Returns
    -------
    Change
        In money (or time) per unit. The interval is the clustered delta interval: skewness largely cancels in a
        difference, and joining two ABC intervals covered worse in simulation. The p-value is that of a permutation test
        over customers in its normal form: both groups share one spread around the pooled ratio. With heavy tails and
        groups of unequal size that keeps 5 % at 5 %, where separate spreads reject up to 14 % of true nulls; so interval
        and p-value can disagree at the margin, and the p-value is the one to follow.

    References
    ----------
    Lehmann & Romano (2005), Testing Statistical Hypotheses, 15.2, for the normal form of the permutation test.

    Examples
    --------
    >>> base = ClusterSums.of([0, 0, 20, 35, 60, 10, 0, 15] * 10, [1] * 80)
    >>> current = ClusterSums.of([0, 10, 30, 45, 70, 10, 0, 25] * 10, [1] * 80)
    >>> change = mean_change(current, base)
    >>> change.difference, round(change.p_value, 2)
    (6.25, 0.07)
    """
    method = "clustered delta; permutation, normal form"
    z = z_quantile(conf_level)
    if not (current.den > 0 and base.den > 0):
        return empty_change(method)
    difference = current.num / current.den - base.num / base.den
    rho = correlation(current, base, cross)
    reach = z * joined(standard_error(current), standard_error(base), rho)
    pooled = joined(*_pooled_errors(current, base), rho)
    p_value = 1.0 if difference == 0 else z_p_value(difference / pooled) if pooled > 0 else nan
    return Change.around(difference, reach if reach > 0 else nan, p_value, method)


def _pooled_errors(current: ClusterSums, base: ClusterSums) -> tuple[float, float]:
    """Standard errors of both ratios if all customers came from one population."""
    n = current.n + base.n
    all_ = ClusterSums(
        n=n, num=current.num + base.num, den=current.den + base.den,
        num2=current.num2 + base.num2, den2=current.den2 + base.den2, numden=current.numden + base.numden,
    )  # fmt: skip
    spread = sqrt(residual_sum_squares(all_) / (n - 1)) if n > 1 else nan
    return spread * sqrt(current.n) / current.den, spread * sqrt(base.n) / base.den


def _abc_limit(sums: ClusterSums, z: float) -> float:
    """One limit, by the names of DiCiccio & Efron: the ratio after each customer's weight moves along the direction δ in
    which the ratio changes fastest, by a step λ that carries the corrections."""
    n, ratio_ = sums.n, sums.num / sums.den
    mean_num, mean_den = sums.num / n, sums.den / n
    # Influence of a customer is t = (num − ratio·den) / mean_den; sums of t², of t³, and of t with num and den.
    t2 = residual_sum_squares(sums) / mean_den**2
    t3 = (sums.num3 - 3 * ratio_ * sums.num2den + 3 * ratio_**2 * sums.numden2 - ratio_**3 * sums.den3) / mean_den**3
    sigma = sqrt(t2) / n
    move_num = (sums.num2 - ratio_ * sums.numden) / mean_den / (n**2 * sigma)  # Σ δ·num
    move_den = (sums.numden - ratio_ * sums.den2) / mean_den / (n**2 * sigma)  # Σ δ·den
    acceleration = t3 / (6 * t2**1.5)
    bias = -(sums.numden - ratio_ * sums.den2) / sums.den**2
    curvature = -move_den / mean_den
    normal = NormalDist()
    centre = 2 * normal.cdf(acceleration) * normal.cdf(curvature - bias / sigma)
    if not 0 < centre < 1:
        return nan
    shift = normal.inv_cdf(centre) + z
    if acceleration * shift >= 1:
        return nan
    step = shift / (1 - acceleration * shift) ** 2
    den = mean_den + step * move_den
    return (mean_num + step * move_num) / den if den > 0 else nan
