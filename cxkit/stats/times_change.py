"""Changes of right-skewed times (recipe skewed_time). Each side comes from `histogram` or `split_zeros`."""

from math import exp, nan, sqrt

import numpy as np

from cxkit.errors import ArgumentError
from cxkit.stats.mover import mover
from cxkit.stats.normal import welch, z_p_value
from cxkit.stats.results import Change, empty_change
from cxkit.stats.times import MEDIAN, Times, from_log, log_moments, median


def times_change(current: Times, base: Times, *, conf_level: float = 0.95) -> Change:
    """Relative change of the typical time: ratio of geometric means − 1, Welch's t on logs. **The headline.**

    Times grow and shrink by factors, so "12 % faster" carries over from short tasks to long ones, and interval and
    p-value come from one model. It answers for the positive times alone; compare the shares of zeros as proportions.

    Parameters
    ----------
    current, base : Times
        Positive times, from `split_zeros`.

    Returns
    -------
    Change
        −0.12 is "12 % shorter". NaN interval and p if a side has one time, or neither has any spread.

    Raises
    ------
    ArgumentError
        A side still holds zeros.

    Examples
    --------
    >>> from cxkit.stats.times import split_zeros
    >>> change = times_change(split_zeros([30, 44, 51, 60, 75]), split_zeros([60, 88, 102, 120, 150]))
    >>> round(change.difference, 6), round(change.p_value, 3)
    (-0.5, 0.013)
    """
    method = "ratio of geometric means, Welch t on logs"
    for times in (current, base):
        if times.n and times.values[0] == 0:
            raise ArgumentError("A time of zero has no logarithm. Pass the times through `split_zeros` first.")
    (n1, m1, v1), (n0, m0, v0) = log_moments(current), log_moments(base)
    if not (n1 and n0):
        return empty_change(method)
    difference = m1 - m0
    parts = (v1 / n1, v0 / n0) if min(n1, n0) > 1 else (nan, nan)
    reach, p_value = welch(difference, parts, (n1, n0), conf_level)
    low, high = (from_log(limit) - 1 for limit in (difference - reach, difference + reach))
    return Change(exp(difference) - 1, low, high, p_value, method)


def median_change(current: Times, base: Times, *, conf_level: float = 0.95) -> Change:
    """Difference of two medians in seconds, with the Mann–Whitney test: the companion, for samples with zeros or ties.

    The test asks whether a current time tends to be longer than a base time; that is nearly, not exactly, a question about
    medians, so interval and p-value can disagree at the margin. For a verdict use `times_change`.

    Returns
    -------
    Change
        Interval by `mover` from the two order-statistic intervals; p-value with correction for ties and continuity.

    References
    ----------
    Mann & Whitney (1947), Annals of Mathematical Statistics 18, 50–60.

    Examples
    --------
    >>> from cxkit.stats.times import histogram
    >>> change = median_change(histogram(range(0, 60, 2)), histogram(range(10, 70, 2)))
    >>> change.difference, round(change.p_value, 4)
    (-10.0, 0.0427)
    """
    method = f"{MEDIAN}, MOVER; Mann–Whitney"
    if not (current.n and base.n):
        return empty_change(method)
    middle1 = median(current.values, current.counts, conf_level=conf_level)
    middle0 = median(base.values, base.counts, conf_level=conf_level)
    return Change(*mover(middle1, middle0), mann_whitney_p_value(current, base), method)


def mann_whitney_p_value(current: Times, base: Times) -> float:
    """Two-sided Mann–Whitney test on histograms (normal approximation, ties and continuity corrected).

    Examples
    --------
    >>> from cxkit.stats.times import histogram
    >>> same = histogram([1, 2, 3], [5, 5, 5])
    >>> mann_whitney_p_value(same, same)
    1.0
    """
    n1, n0 = current.n, base.n
    if not (n1 and n0):
        return nan
    grid = np.union1d(current.values, base.values)
    one, other = np.zeros(len(grid)), np.zeros(len(grid))
    one[np.searchsorted(grid, current.values)] = current.counts
    other[np.searchsorted(grid, base.values)] = base.counts
    # pairs with the current time longer, ties half
    u = float(one @ (np.cumsum(other) - other / 2))
    n, tied = n1 + n0, one + other
    variance = n1 * n0 / 12 * ((n + 1) - float(np.sum(tied**3 - tied)) / (n * (n - 1)))
    if not variance > 0:
        return 1.0  # one value alone: no time is longer than another
    return z_p_value(max(abs(u - n1 * n0 / 2) - 0.5, 0.0) / sqrt(variance))
