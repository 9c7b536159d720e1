"""Ratio of sums with repeated measures (recipe clustered_ratio): sessions in users, sends in recipients.

The unit of independence is the cluster. Linearising num/den gives each cluster a residual num − ratio·den; their spread
gives the standard error, whatever the dependence inside a cluster. Normal quantile and n/(n − 1), as in survey practice;
below 30 clusters the interval is too short and `cxkit.stats.minimum_sizes` holds the verdict back.
"""

from math import exp, isnan, log, nan, sqrt

from cxkit.errors import ArgumentError
from cxkit.stats.clusters import ClusterSums, CrossSums, residual_sum_squares
from cxkit.stats.mover import joined, mover, mover_p_value
from cxkit.stats.normal import z_p_value, z_quantile
from cxkit.stats.proportions import proportion
from cxkit.stats.results import Change, Interval, empty_change, empty_interval

DELTA = "clustered delta"
# With fewer effective successes or failures than this a symmetric interval around a share misses too often: simulated,
# 2 % in 100 users with 3 sessions each is covered by it 90 times of 100, by Wilson at the effective size 97 times.
ENOUGH_FOR_NORMAL = 10


def ratio(sums: ClusterSums, *, share: bool = False, conf_level: float = 0.95) -> Interval:
    """Ratio of sums with an interval that knows which rows belong together.

    Parameters
    ----------
    sums : ClusterSums
        Sums over clusters.
    share : bool
        The numerator counts some of the denominator's rows, so the limits stay within 0–1. A share with fewer than 10
        effective successes or failures gets the Wilson interval at its effective size, "clustered Wilson".

    Returns
    -------
    Interval
        NaN throughout if the denominator is 0; limits NaN for one cluster or if no cluster strays from the ratio.
        Numerator 0: a share uses (Σ den)²/Σ den² as its effective size, as if rows of a cluster were one answer;
        a ratio of counts gets the exact Poisson limit at that size.

    References
    ----------
    Cochran (1977), Sampling Techniques, ch. 9A and 6; Korn & Graubard (1998), Survey Methodology 24, 193–201 for the
    effective size; Deng et al. (2018), KDD, "Applying the delta method in metric analytics".

    Examples
    --------
    >>> conversions, sessions = [1, 0, 2, 0, 1, 0, 0, 3, 0, 1], [4, 1, 5, 2, 3, 1, 2, 9, 1, 2]
    >>> rate = ratio(ClusterSums.of(conversions, sessions), share=True)
    >>> round(rate.value, 4), round(rate.low, 4), round(rate.high, 4), rate.method
    (0.2667, 0.173, 0.3603, 'clustered delta')
    """
    z = z_quantile(conf_level)
    if not sums.den > 0:
        return empty_interval(DELTA)
    value = sums.num / sums.den
    if share and not 0 <= value <= 1:
        raise ArgumentError(
            f"A share of {sums.num:g} out of {sums.den:g} is impossible; is the metric a ratio of counts?"
        )
    if share and value in (0, 1):
        return _effective_wilson(value, sums.den**2 / sums.den2, conf_level)
    if sums.num2 == 0:
        from scipy.special import chdtri

        high = float(chdtri(2, (1 - conf_level) / 2)) / 2 * sums.den2 / sums.den**2
        return Interval(0.0, 0.0, high, "exact Poisson")
    error = standard_error(sums)
    if isnan(error) or error == 0:
        return Interval(value, nan, nan, DELTA)
    if share:
        n_effective = value * (1 - value) / error**2
        if n_effective * min(value, 1 - value) < ENOUGH_FOR_NORMAL:
            return _effective_wilson(value, n_effective, conf_level)
    return Interval.around(value, z * error, DELTA)


def ratio_change(
    current: ClusterSums,
    base: ClusterSums,
    cross: CrossSums | None = None,
    *,
    share: bool = False,
    conf_level: float = 0.95,
) -> Change:
    """Difference of two ratios of sums, allowing for people who are in both groups.

    Parameters
    ----------
    current, base : ClusterSums
        Sums of either period or segment.
    cross : CrossSums, optional
        Products over clusters in both; without it the groups are taken as independent.
    share : bool
        As in `ratio`.

    Returns
    -------
    Change
        In the unit of the ratio. The interval joins the two of `ratio` by `mover`; away from the ends of a share that is
        exactly the delta-method interval. The p-value is of the same kind.

    Examples
    --------
    >>> sums = ClusterSums.of([1, 0, 2, 0, 1], [4, 1, 5, 2, 3])
    >>> ratio_change(sums, sums).p_value
    1.0
    """
    shown = ratio(current, share=share, conf_level=conf_level), ratio(base, share=share, conf_level=conf_level)
    method = "; ".join(sorted({interval.method for interval in shown}))
    if any(isnan(interval.value) for interval in shown):
        return empty_change(method)
    rho = correlation(current, base, cross)
    tested = ratio(current, share=share), ratio(base, share=share)
    return Change(*mover(*shown, rho), mover_p_value(*tested, rho), method)


def ratio_log_change(
    current: ClusterSums, base: ClusterSums, cross: CrossSums | None = None, *, conf_level: float = 0.95
) -> Change:
    """Relative change, current ÷ base − 1, with a delta interval on the log scale.

    Returns
    -------
    Change
        0.10 is "10 % more". NaN throughout if either ratio is 0, negative or undefined.

    Examples
    --------
    >>> base = ClusterSums.of([1, 0, 2, 0, 1], [4, 1, 5, 2, 3])
    >>> current = ClusterSums.of([2, 0, 3, 1, 1], [4, 1, 5, 2, 3])
    >>> round(ratio_log_change(current, base).difference, 2)
    0.75
    """
    method = "clustered delta on logs"
    z = z_quantile(conf_level)
    if not all(sums.den > 0 and sums.num > 0 for sums in (current, base)):
        return empty_change(method)
    r1, r0 = current.num / current.den, base.num / base.den
    e1, e0 = standard_error(current) / r1, standard_error(base) / r0
    error = joined(e1, e0, correlation(current, base, cross))
    difference = log(r1 / r0)
    p_value = 1.0 if difference == 0 else z_p_value(difference / error) if error > 0 else nan
    return Change(r1 / r0 - 1, exp(difference - z * error) - 1, exp(difference + z * error) - 1, p_value, method)


def standard_error(sums: ClusterSums) -> float:
    """Linearised standard error of num/den; NaN for a single cluster.

    Examples
    --------
    >>> round(standard_error(ClusterSums.of([1, 0, 2, 0, 1], [4, 1, 5, 2, 3])), 4)
    0.0685
    """
    if sums.n < 2 or not sums.den > 0:
        return nan
    return sqrt(residual_sum_squares(sums) * sums.n / (sums.n - 1)) / sums.den


def correlation(current: ClusterSums, base: ClusterSums, cross: CrossSums | None) -> float:
    """Correlation of two ratios through the clusters they share; 0 without `cross`.

    Examples
    --------
    >>> num, den = [1, 0, 2, 0, 1], [4, 1, 5, 2, 3]
    >>> round(correlation(ClusterSums.of(num, den), ClusterSums.of(num, den), CrossSums.of(num, den, num, den)), 6)
    1.0
    """
    errors = standard_error(current) * standard_error(base)
    if cross is None or cross.n < 2 or not errors > 0:
        return 0.0
    r1, r0 = current.num / current.den, base.num / base.den
    products = cross.numnum - r0 * cross.numden - r1 * cross.dennum + r1 * r0 * cross.denden
    covariance = products * cross.n / (cross.n - 1) / (current.den * base.den)
    return max(-1.0, min(1.0, covariance / errors))


def _effective_wilson(value: float, n_effective: float, conf_level: float) -> Interval:
    interval = proportion(value * n_effective, n_effective, conf_level=conf_level)
    low, high = min(interval.low, value), max(interval.high, value)
    return Interval(value, low, high, "clustered Wilson")
