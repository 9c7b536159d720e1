"""Sample sizes: how many are needed, asked before the data are collected, not after."""

from math import ceil, sqrt

from cxkit.errors import ArgumentError
from cxkit.stats.normal import z_quantile


def n_for_half_width(half_width: float, *, share: float = 0.5, conf_level: float = 0.95) -> int:
    """Units needed for a share to be known to ± half_width.

    Parameters
    ----------
    half_width : float
        In shares: 0.05 is ± 5 points.
    share : float
        Expected; 0.5 is the worst case.

    Examples
    --------
    >>> n_for_half_width(0.05)
    385
    """
    z_quantile(conf_level)  # refuses a wrong level in words
    _check(half_width=half_width, share=share)
    from statsmodels.stats.proportion import samplesize_confint_proportion

    return ceil(samplesize_confint_proportion(share, half_width, alpha=1 - conf_level))


def n_for_change(base: float, current: float, *, power: float = 0.8, conf_level: float = 0.95) -> int:
    """Units needed in each of two groups to notice a change of a share.

    Parameters
    ----------
    base, current : float
        The share now and the share worth noticing.
    power : float
        Chance of noticing it.

    References
    ----------
    Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, ch. 6.

    Examples
    --------
    >>> n_for_change(0.20, 0.22)
    6508
    """
    z_quantile(conf_level)  # refuses a wrong level in words
    _check(base=base, current=current, power=power)
    if base == current:
        raise ArgumentError(f"base and current are both {base}; no sample shows a change that is not there.")
    from statsmodels.stats.power import NormalIndPower
    from statsmodels.stats.proportion import proportion_effectsize

    effect = abs(proportion_effectsize(current, base))
    return ceil(NormalIndPower().solve_power(effect, power=power, alpha=1 - conf_level))


def net_score_half_width(n: float, positive: float, negative: float, *, conf_level: float = 0.95) -> float:
    """Half-width of a net score's interval to expect from n answers, in points.

    Parameters
    ----------
    positive, negative : float
        Expected shares of the two classes.

    Examples
    --------
    >>> [round(net_score_half_width(n, 0.45, 0.25), 1) for n in (50, 100, 200, 400, 1000)]
    [22.5, 15.9, 11.3, 8.0, 5.0]
    """
    _check(positive=positive, negative=negative)
    return 100 * z_quantile(conf_level) * sqrt((positive + negative - (positive - negative) ** 2) / n)


def _check(**shares: float) -> None:
    for name, value in shares.items():
        if not 0 < value < 1:
            raise ArgumentError(f"{name} is {value}; expected a number between 0 and 1.")
