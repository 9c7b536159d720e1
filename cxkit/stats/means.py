"""Mean of a bounded rating (recipe rating_mean), from count, sum and sum of squares."""

from math import nan, sqrt

from cxkit.errors import ArgumentError
from cxkit.stats.normal import t_quantile, welch, z_quantile
from cxkit.stats.results import Change, Interval, empty_change, empty_interval

METHOD = "t"


def rating_mean(n: int, total: float, total_sq: float, *, conf_level: float = 0.95) -> Interval:
    """Mean rating with its t interval. Show the distribution beside it: a mean of 3 can be all threes or ones and fives.

    Parameters
    ----------
    n : int
        Answers, one a respondent.
    total, total_sq : float
        Sum of the ratings and of their squares.

    Returns
    -------
    Interval
        On the rating's scale. NaN throughout if n is 0; limits NaN for one answer or if all answers are equal, since then
        the sample says nothing about the spread.

    Examples
    --------
    >>> ratings = [5, 4, 4, 3, 5, 2, 4, 5, 4, 4, 3, 5, 4, 4, 5]
    >>> mean = rating_mean(15, sum(ratings), sum(rating**2 for rating in ratings))
    >>> round(mean.value, 3), round(mean.low, 3), round(mean.high, 3)
    (4.067, 3.577, 4.556)
    """
    z_quantile(conf_level)  # refuses a wrong level in words
    if not n > 0:
        return empty_interval(METHOD)
    variance = _variance(n, total, total_sq)
    reach = t_quantile(conf_level, n - 1) * sqrt(variance / n) if variance > 0 else nan
    return Interval.around(total / n, reach, METHOD)


def rating_change(
    current: tuple[int, float, float], base: tuple[int, float, float], *, conf_level: float = 0.95
) -> Change:
    """Difference of two mean ratings with Welch's t interval and test.

    Parameters
    ----------
    current, base : (n, total, total_sq)
        As in `rating_mean`; independent respondents.

    Examples
    --------
    >>> change = rating_change((40, 168, 740), (50, 190, 780))
    >>> round(change.difference, 2), round(change.p_value, 3)
    (0.4, 0.065)
    """
    method = "Welch t"
    z_quantile(conf_level)  # refuses a wrong level in words
    (n1, total1, _), (n0, total0, _) = current, base
    if not (n1 > 0 and n0 > 0):
        return empty_change(method)
    difference = total1 / n1 - total0 / n0
    reach, p_value = welch(difference, (_variance(*current) / n1, _variance(*base) / n0), (n1, n0), conf_level)
    return Change.around(difference, reach, p_value, method)


def _variance(n: int, total: float, total_sq: float) -> float:
    if n < 2:
        return nan
    squares = total_sq - total**2 / n
    if squares < -1e-9 * total_sq:
        raise ArgumentError(
            f"{n} ratings with sum {total:g} cannot have a sum of squares of {total_sq:g}; at least {total**2 / n:g}."
        )
    # What is left of cancelling sums near the rounding of a double is not spread.
    return squares / (n - 1) if squares > 1e-12 * total_sq else 0.0
