"""Proportions of independent units (recipe proportion) and of small samples (recipe small_proportion)."""

from collections.abc import Sequence
from math import nan, sqrt

import numpy as np

from cxkit.errors import ArgumentError
from cxkit.stats.mover import mover
from cxkit.stats.normal import z_p_value, z_quantile
from cxkit.stats.results import Change, GroupTest, Interval, empty_change, empty_interval
from cxkit.stats.shares import table_test


def proportion(x: float, n: float, *, conf_level: float = 0.95) -> Interval:
    """Share x/n with the Wilson interval (recipe proportion).

    Parameters
    ----------
    x, n : float
        Units that did and all units; independent of each other. Effective (fractional) sizes are welcome.

    Returns
    -------
    Interval
        Shares between 0 and 1; NaN throughout if n is 0.

    Raises
    ------
    ArgumentError
        x is negative or larger than n.

    References
    ----------
    Wilson (1927), JASA 22, 209–212.

    Examples
    --------
    >>> share = proportion(412, 1860)
    >>> round(share.value, 4), round(share.low, 4), round(share.high, 4), share.method
    (0.2215, 0.2032, 0.2409, 'Wilson')
    """
    z2 = z_quantile(conf_level) ** 2
    _check(x, n)
    if not n > 0:
        return empty_interval("Wilson")
    reach = sqrt(z2 * (x * (n - x) / n + z2 / 4)) / (n + z2)
    return _within(x / n, (x + z2 / 2) / (n + z2), reach, "Wilson")


def small_proportion(x: float, n: float, *, conf_level: float = 0.95) -> Interval:
    """Share x/n with the adjusted Wald interval, clipped to 0–1 (recipe small_proportion).

    The interval is centred on the adjusted estimate (x + z²/2)/(n + z²); `value` stays the raw share. At 0 of n and n of n
    show `laplace` beside it.

    References
    ----------
    Agresti & Coull (1998), The American Statistician 52, 119–126; Sauro & Lewis (2005), for task completion.

    Examples
    --------
    >>> share = small_proportion(4, 5)
    >>> round(share.low, 4), round(share.high, 4)
    (0.3596, 0.9797)
    """
    z2 = z_quantile(conf_level) ** 2
    _check(x, n)
    if not n > 0:
        return empty_interval("adjusted Wald")
    centre = (x + z2 / 2) / (n + z2)
    return _within(x / n, centre, sqrt(z2 * centre * (1 - centre) / (n + z2)), "adjusted Wald")


def laplace(x: float, n: float) -> float:
    """Laplace's estimate (x + 1)/(n + 2), the honest reading of 10 of 10.

    Examples
    --------
    >>> round(laplace(10, 10), 4)
    0.9167
    """
    _check(x, n)
    return (x + 1) / (n + 2) if n > 0 else nan


def proportion_change(x1: float, n1: float, x0: float, n0: float, *, conf_level: float = 0.95) -> Change:
    """Difference of two independent shares: Newcombe's interval and the N−1 two-proportion test.

    Parameters
    ----------
    x1, n1 : float
        Current group.
    x0, n0 : float
        Base group.

    Returns
    -------
    Change
        In shares; NaN throughout if either n is 0; p = 1 if nobody or everybody did in both groups.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873–890; Campbell (2007), Statistics in Medicine 26, 3661–3675.

    Examples
    --------
    >>> change = proportion_change(11, 12, 5, 12)
    >>> [round(number, 4) for number in change[:4]]
    [0.5, 0.1221, 0.7337, 0.011]
    """
    method = "Newcombe; N−1 test"
    current, base = proportion(x1, n1, conf_level=conf_level), proportion(x0, n0, conf_level=conf_level)
    if not (n1 > 0 and n0 > 0):
        return empty_change(method)
    return Change(*mover(current, base), _n_minus_one_p_value(x1, n1, x0, n0), method)


def boschloo(x1: int, n1: int, x0: int, n0: int) -> float:
    """Two-sided p-value of Boschloo's exact test, for sparse tables (a cell below 5).

    scipy takes the groups as columns; with rows and columns swapped it would fix the wrong totals.
    Its time grows with n1 × n0; with thousands a side a sparse table says little that the N−1 test does not.

    References
    ----------
    Boschloo (1970), Statistica Neerlandica 24, 1–9.

    Examples
    --------
    >>> round(boschloo(11, 12, 5, 12), 4)
    0.0103
    """
    _check(x1, n1)
    _check(x0, n0)
    if not (n1 > 0 and n0 > 0):
        return nan
    if x1 * n0 == x0 * n1:  # the same share: nothing more extreme, and scipy divides by zero at 0 % and 100 %
        return 1.0
    from scipy.stats import boschloo_exact

    return float(boschloo_exact([[x1, x0], [n1 - x1, n0 - x0]]).pvalue)


def mcnemar_change(both: int, only_current: int, only_base: int, neither: int, *, conf_level: float = 0.95) -> Change:
    """Difference of two shares among the same people: Newcombe's paired interval and McNemar's exact test.

    Parameters
    ----------
    both, only_current, only_base, neither : int
        People by what they did under the current and under the base design.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 2635–2650, method 10.

    Examples
    --------
    >>> change = mcnemar_change(both=10, only_current=8, only_base=1, neither=5)
    >>> [round(number, 3) for number in change[:4]]
    [0.292, 0.051, 0.486, 0.039]
    """
    method = "Newcombe paired; McNemar exact"
    n = both + only_current + only_base + neither
    if min(both, only_current, only_base, neither) < 0:
        raise ArgumentError("A paired table has a negative count; expected four counts of people.")
    if n == 0:
        return empty_change(method)
    from statsmodels.stats.contingency_tables import mcnemar

    current = proportion(both + only_current, n, conf_level=conf_level)
    base = proportion(both + only_base, n, conf_level=conf_level)
    correlation = _paired_correlation(both, only_current, only_base, neither)
    p_value = mcnemar([[both, only_current], [only_base, neither]], exact=True).pvalue
    return Change(*mover(current, base, correlation), float(p_value), method)


def proportions_test(xs: Sequence[float], ns: Sequence[float]) -> GroupTest:
    """Chi-square test of one share over several groups. Groups without units are left out.

    Examples
    --------
    >>> test = proportions_test([30, 45, 60], [200, 200, 200])
    >>> round(test.statistic, 2), test.df, round(test.p_value, 4)
    (12.9, 2, 0.0016)
    """
    x, n = np.asarray(xs, float), np.asarray(ns, float)
    for one, all_ in zip(x, n, strict=True):
        _check(one, all_)
    x, n = x[n > 0], n[n > 0]
    if len(n) < 2:
        return GroupTest(nan, 0, nan, "chi-square")
    if x.sum() in (0, n.sum()):
        return GroupTest(0.0, len(n) - 1, 1.0, "chi-square")
    return GroupTest(*table_test(np.column_stack([x, n - x]))[:3], "chi-square")


def _within(value: float, centre: float, reach: float, method: str) -> Interval:
    # min and max: rounding must not leave 0 of n or n of n just outside its own interval
    low, high = min(centre - reach, value), max(centre + reach, value)
    return Interval(value, max(0.0, low), min(1.0, high), method)


def _n_minus_one_p_value(x1: float, n1: float, x0: float, n0: float) -> float:
    if x1 + x0 in (0, n1 + n0):
        return 1.0
    # statsmodels has this test as method="score", correction=True, but divides by zero at 0 % or 100 % of one group.
    n, pooled = n1 + n0, (x1 + x0) / (n1 + n0)
    error = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0) * n / (n - 1))
    return z_p_value((x1 / n1 - x0 / n0) / error)


def _paired_correlation(a: int, b: int, c: int, d: int) -> float:
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return 0.0
    # Newcombe's continuity correction: a positive association is drawn towards 0 by n/2, not past it.
    association = float(a * d - b * c)
    if association > 0:
        association = max(association - (a + b + c + d) / 2, 0.0)
    return association / sqrt(margins)


def _check(x: float, n: float) -> None:
    if x < 0 or n < 0 or x > n:
        raise ArgumentError(
            f"A share of {x:g} out of {n:g} is impossible: the numerator must count some of the denominator's units."
        )
