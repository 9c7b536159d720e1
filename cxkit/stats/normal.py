"""Quantile and p-value of the normal and t distributions, without loading scipy.stats."""

from math import erfc, isnan, nan, sqrt
from statistics import NormalDist

from cxkit.errors import ArgumentError


def z_quantile(conf_level: float) -> float:
    """Half-width of a two-sided normal interval in standard errors.

    Raises
    ------
    ArgumentError
        The level is not between 0 and 1 (a usual slip: 95 for 0.95).

    Examples
    --------
    >>> round(z_quantile(0.95), 4)
    1.96
    """
    if not 0 < conf_level < 1:
        raise ArgumentError(f"conf_level is {conf_level}; expected a number between 0 and 1, for example 0.95.")
    return NormalDist().inv_cdf((1 + conf_level) / 2)


def t_quantile(conf_level: float, df: float) -> float:
    """Half-width of a two-sided t interval in standard errors.

    Examples
    --------
    >>> round(t_quantile(0.95, df=7), 4)
    2.3646
    """
    from scipy.special import stdtrit

    z_quantile(conf_level)  # refuses a wrong level in words
    return float(stdtrit(df, (1 + conf_level) / 2))


def z_p_value(z: float) -> float:
    """Two-sided p-value of a normal statistic, exact far into the tail.

    Examples
    --------
    >>> round(z_p_value(1.96), 3), z_p_value(0)
    (0.05, 1.0)
    """
    return nan if isnan(z) else erfc(abs(z) / sqrt(2))


def welch(
    difference: float, parts: tuple[float, float], ns: tuple[float, float], conf_level: float
) -> tuple[float, float]:
    """Half-width and p-value of a difference of two means whose variances differ.

    Parameters
    ----------
    parts : (float, float)
        Variance ÷ n of either mean; the half-width and the p-value are NaN if neither has any, or one is not known.
    ns : (float, float)
        How many values stand behind either.

    References
    ----------
    Welch (1947), Biometrika 34, 28–35.

    Examples
    --------
    >>> [round(number, 3) for number in welch(0.4, (0.022, 0.024), (40, 50), 0.95)]
    [0.426, 0.066]
    """
    one, other = parts
    if not one + other > 0:
        return nan, nan
    error = sqrt(one + other)
    df = (one + other) ** 2 / (one**2 / (ns[0] - 1) + other**2 / (ns[1] - 1))
    return t_quantile(conf_level, df) * error, t_p_value(difference / error, df)


def t_p_value(t: float, df: float) -> float:
    """Two-sided p-value of a t statistic.

    Examples
    --------
    >>> round(t_p_value(2.3646, df=7), 3)
    0.05
    """
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))
