"""Limits of a difference recovered from the limits of its two parts (MOVER, "square and add").

Newcombe's interval for two proportions is MOVER on two Wilson intervals; on two symmetric intervals it is the
ordinary normal interval. So one rule serves every estimate that has a sound interval of its own.
"""

from math import nan, sqrt

from cxkit.stats.normal import z_p_value, z_quantile
from cxkit.stats.results import Interval


def mover(current: Interval, base: Interval, correlation: float = 0.0) -> tuple[float, float, float]:
    """Difference current − base with limits.

    Parameters
    ----------
    current, base : Interval
        Estimates with intervals of one confidence level.
    correlation : float
        Between the two estimates, if they share people; 0 for independent groups.

    Returns
    -------
    difference, low, high : float

    References
    ----------
    Zou & Donner (2008), Statistics in Medicine 27, 1693–1702; Newcombe (1998), Statistics in Medicine 17, 873–890
    (independent) and 2635–2650 (paired).

    Examples
    --------
    >>> difference, low, high = mover(Interval(10, 7, 13, ""), Interval(6, 2, 10, ""))
    >>> difference, low, high
    (4, -1.0, 9.0)
    """
    difference = current.value - base.value
    low = difference - joined(current.value - current.low, base.high - base.value, correlation)
    high = difference + joined(current.high - current.value, base.value - base.low, correlation)
    return difference, low, high


def mover_p_value(current: Interval, base: Interval, correlation: float = 0.0) -> float:
    """Two-sided p-value of "no difference", from the limit that lies towards zero.

    Parameters
    ----------
    current, base : Interval
        At 95 %, whatever level is shown: a p-value must not depend on the level of the interval beside it.

    Examples
    --------
    >>> round(mover_p_value(Interval(10, 7, 13, ""), Interval(6, 2, 10, "")), 3)
    0.117
    """
    difference, low, high = mover(current, base, correlation)
    if difference == 0:
        return 1.0
    reach = difference - low if difference > 0 else high - difference
    return z_p_value(difference / reach * z_quantile(0.95)) if reach > 0 else nan


def joined(one: float, other: float, correlation: float) -> float:
    """Length of two errors together, square and add, less what they share."""
    # max: rounding can take two fully correlated parts just below zero
    return sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0))
