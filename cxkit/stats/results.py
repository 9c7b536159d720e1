"""What the functions of `cxkit.stats` return: small records of plain numbers."""

from math import nan
from typing import NamedTuple, Self


class Interval(NamedTuple):
    """An estimate with its confidence interval.

    Attributes
    ----------
    value : float
        The raw estimate, as a reader would compute it from numerator and denominator. NaN if the denominator is empty.
    low, high : float
        Confidence limits on the same scale. NaN where the data cannot supply one.
    method : str
        Name of the method, for the table on the page: "Wilson", "clustered delta", …
    """

    value: float
    low: float
    high: float
    method: str

    @classmethod
    def around(cls, value: float, reach: float, method: str) -> Self:
        """As far to either side; a reach that is not known (NaN) leaves the value without limits."""
        return cls(value, value - reach, value + reach, method)


class Change(NamedTuple):
    """A change between two periods or groups, always current − base.

    Attributes
    ----------
    difference : float
        Current − base in the unit of the estimate; for functions named `*_relative*` or `*_ratio` current ÷ base − 1.
    low, high : float
        Confidence limits of `difference`. NaN where the data cannot supply one.
    p_value : float
        Two-sided, of "no change". NaN if nothing can be tested.
    method : str
        Names of the interval and, after a semicolon, of the test if it is another one.
    """

    difference: float
    low: float
    high: float
    p_value: float
    method: str

    @classmethod
    def around(cls, difference: float, reach: float, p_value: float, method: str) -> Self:
        """As far to either side; a reach that is not known (NaN) leaves the difference without limits."""
        return cls(difference, difference - reach, difference + reach, p_value, method)


class GroupTest(NamedTuple):
    """One test over several groups.

    Attributes
    ----------
    statistic : float
        The test statistic, for example chi-square.
    df : int
        Its degrees of freedom; 0 if nothing can be tested.
    p_value : float
        Of "all groups alike". NaN if nothing can be tested.
    method : str
        Name of the test.
    """

    statistic: float
    df: int
    p_value: float
    method: str


def empty_interval(method: str) -> Interval:
    """The interval over an empty denominator: all NaN, never 0 and never infinite.

    Examples
    --------
    >>> empty_interval("Wilson")
    Interval(value=nan, low=nan, high=nan, method='Wilson')
    """
    return Interval(nan, nan, nan, method)


def empty_change(method: str) -> Change:
    """The change where one side is empty: all NaN.

    Examples
    --------
    >>> empty_change("score").p_value
    nan
    """
    return Change(nan, nan, nan, nan, method)
