"""Complete, right-skewed times (recipe skewed_time), from a histogram: distinct values and how often each occurs.

Times that may be unfinished (open tickets, living customers) do not belong here but in a survival model. Zeros have no
logarithm and are usually another thing than a short time (a visit of one hit): `typical_time` and the geometric mean set
them apart, `split_zeros` says how many there were. Medians and quantiles take the times as they come, zeros included.
"""

from math import exp, floor, log, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cxkit.errors import ArgumentError
from cxkit.stats.normal import t_quantile, z_quantile
from cxkit.stats.results import Interval, empty_interval

# From here on the sample median is a better estimate of the middle than the geometric mean (Sauro & Lewis 2010).
ENOUGH_FOR_MEDIAN = 25
MEDIAN = "median, order statistics"
GEOMETRIC = "geometric mean, t on logs"


class Times(NamedTuple):
    """Times as a histogram.

    Attributes
    ----------
    values : ndarray of float, shape (k,)
        Distinct times in rising order, seconds.
    counts : ndarray of int, shape (k,)
        How often each occurred, at least 1.
    n_zero : int
        Zero durations set apart by `split_zeros`; 0 before.
    """

    values: np.ndarray
    counts: np.ndarray
    n_zero: int = 0

    @property
    def n(self) -> int:
        """Number of times, zeros set apart not counted."""
        return int(self.counts.sum())


def histogram(values: ArrayLike, counts: ArrayLike | None = None) -> Times:
    """Times in rising order with multiplicity, checked.

    Parameters
    ----------
    values : array_like, shape (k,)
        Seconds, 0 or more, in any order, repeats welcome.
    counts : array_like of int, shape (k,), optional
        How often each value occurs; once each if left out.

    Raises
    ------
    ArgumentError
        A time is negative or missing, or a count is negative.

    Examples
    --------
    >>> times = histogram([40, 34, 40])
    >>> times.values.tolist(), times.counts.tolist(), times.n
    ([34.0, 40.0], [1, 2], 3)
    """
    value = np.asarray(values, float)
    count = np.ones(value.shape, int) if counts is None else np.asarray(counts).astype(int)
    if value.shape != count.shape:
        raise ArgumentError(f"{value.size} times came with {count.size} counts; expected one count a time.")
    if not np.all(value >= 0) or np.any(count < 0):
        raise ArgumentError(
            "A time is negative or missing, or a count is negative; leave such rows out and count them."
        )
    distinct, place = np.unique(value[count > 0], return_inverse=True)
    total = np.zeros(len(distinct), int)
    np.add.at(total, place, count[count > 0])
    return Times(distinct, total)


def split_zeros(values: ArrayLike, counts: ArrayLike | None = None) -> Times:
    """The positive times, with the number of zeros beside them.

    Examples
    --------
    >>> times = split_zeros([0, 5, 7], [4, 1, 2])
    >>> times.n, times.n_zero
    (3, 4)
    """
    times = histogram(values, counts)
    positive = times.values > 0
    return Times(times.values[positive], times.counts[positive], int(times.counts[~positive].sum()))


def typical_time(values: ArrayLike, counts: ArrayLike | None = None, *, conf_level: float = 0.95) -> Interval:
    """The time to show: geometric mean below 25 positive times, median from 25 on. Zeros are set apart.

    References
    ----------
    Sauro & Lewis (2010), CHI, "Average task times in usability tests: what to report?".

    Examples
    --------
    >>> time = typical_time([34, 40, 41, 55, 62, 71, 88, 130])
    >>> round(time.value, 2), round(time.low, 2), round(time.high, 2), time.method
    (59.37, 40.78, 86.44, 'geometric mean, t on logs')
    """
    times = split_zeros(values, counts)
    statistic = geometric_mean if times.n < ENOUGH_FOR_MEDIAN else median
    return statistic(times.values, times.counts, conf_level=conf_level)


def geometric_mean(values: ArrayLike, counts: ArrayLike | None = None, *, conf_level: float = 0.95) -> Interval:
    """Geometric mean of the positive times with a t interval on the logs.

    Returns
    -------
    Interval
        Seconds; NaN throughout without a positive time; limits NaN for one time or if all are equal.

    Examples
    --------
    >>> round(geometric_mean([1, 10, 100, 0]).value, 6)
    10.0
    """
    z_quantile(conf_level)  # refuses a wrong level in words
    n, mean, variance = log_moments(split_zeros(values, counts))
    if n == 0:
        return empty_interval(GEOMETRIC)
    reach = t_quantile(conf_level, n - 1) * sqrt(variance / n) if variance > 0 else nan
    return Interval(exp(mean), from_log(mean - reach), from_log(mean + reach), GEOMETRIC)


def median(values: ArrayLike, counts: ArrayLike | None = None, *, conf_level: float = 0.95) -> Interval:
    """Median with its order-statistic interval; see `quantile`.

    Examples
    --------
    >>> median([34, 40, 41, 55, 62, 71, 88, 130]).value
    58.5
    """
    return quantile(values, counts, q=0.5, conf_level=conf_level)._replace(method=MEDIAN)


def quantile(values: ArrayLike, counts: ArrayLike | None = None, *, q: float, conf_level: float = 0.95) -> Interval:
    """Quantile (linear interpolation, numpy's default) with the exact order-statistic interval.

    The number of times below the true quantile is binomial(n, q), so two order statistics bracket it with at least the
    stated confidence, whatever the distribution. This is what the percentile bootstrap of a quantile draws towards, without
    drawing: nothing random, and a histogram is enough.

    Returns
    -------
    Interval
        A limit is NaN if the sample is too small to supply it (P90 has an upper limit from n = 36 on).

    References
    ----------
    Conover (1999), Practical Nonparametric Statistics, 3.2; Efron (1982), The Jackknife, the Bootstrap, 10.4.

    Examples
    --------
    >>> p90 = quantile(range(1, 101), q=0.9)
    >>> round(p90.value, 1), p90.low, p90.high
    (90.1, 84.0, 96.0)
    """
    if not 0 < q < 1:
        raise ArgumentError(f"q is {q}; expected a number between 0 and 1, for example 0.9.")
    z_quantile(conf_level)  # refuses a wrong level in words
    method = f"P{100 * q:g}, order statistics"
    times = histogram(values, counts)
    if times.n == 0:
        return empty_interval(method)
    lower, upper = _bracketing_ranks(times.n, q, conf_level)
    low = _ranked(times, lower) if lower >= 1 else nan
    high = _ranked(times, upper) if upper <= times.n else nan
    return Interval(_interpolated(times, q), low, high, method)


def log_moments(times: Times) -> tuple[int, float, float]:
    """Count, mean and variance (n − 1) of the logs of positive times; variance NaN below two.

    Examples
    --------
    >>> log_moments(split_zeros([1, 1]))
    (2, 0.0, 0.0)
    """
    n = times.n
    if n == 0:
        return 0, nan, nan
    if len(times.values) == 1:  # exactly equal, whatever rounding would leave
        return n, log(times.values[0]), 0.0 if n > 1 else nan
    logs = np.log(times.values)
    mean = float(logs @ times.counts) / n
    return n, mean, float((logs - mean) ** 2 @ times.counts) / (n - 1)


def from_log(limit: float) -> float:
    """exp of a limit; NaN beyond the largest double, where two wildly different times can put it.

    Examples
    --------
    >>> from_log(0.0), from_log(1000.0)
    (1.0, nan)
    """
    return exp(limit) if limit < 700 else nan


def _bracketing_ranks(n: int, q: float, conf_level: float) -> tuple[int, int]:
    from scipy.stats import binom

    tail = (1 - conf_level) / 2
    lower = int(binom.ppf(tail, n, q))
    return lower, int(binom.ppf(1 - tail, n, q)) + 1


def _ranked(times: Times, rank: int) -> float:
    """The value of a rank, counted from 1."""
    return float(times.values[np.searchsorted(np.cumsum(times.counts), rank)])


def _interpolated(times: Times, q: float) -> float:
    place = (times.n - 1) * q
    low, high = (_ranked(times, rank) for rank in (floor(place) + 1, min(floor(place) + 2, times.n)))
    return low + (place - floor(place)) * (high - low)
