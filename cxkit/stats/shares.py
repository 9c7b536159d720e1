"""Shares over several classes (recipe class_shares): intervals that hold together, and the test of a table."""

from collections.abc import Sequence
from math import nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cxkit.errors import ArgumentError
from cxkit.stats.normal import z_quantile
from cxkit.stats.results import Interval, empty_interval

GOODMAN = "Goodman simultaneous"


class TableTest(NamedTuple):
    """Chi-square test of a two-way table of counts.

    Attributes
    ----------
    statistic, df, p_value
        Pearson's chi-square. NaN, 0 and NaN if fewer than two rows or columns hold anything.
    cramers_v : float
        Strength of association, 0 none … 1 full.
    residuals : ndarray, shape of the table
        Adjusted standardised residuals; beyond ±2 a cell stands out. NaN in empty rows and columns.
    min_expected : float
        Smallest expected count; below 5 the p-value is not to be read.
    method : str
        "chi-square".
    """

    statistic: float
    df: int
    p_value: float
    cramers_v: float
    residuals: np.ndarray
    min_expected: float
    method: str


def class_shares(counts: Sequence[float], *, conf_level: float = 0.95) -> list[Interval]:
    """Share of every class with Goodman's simultaneous intervals: all hold at once with the stated confidence.

    Parameters
    ----------
    counts : sequence of float, shape (k,)
        Units per class; every unit in one class.

    Returns
    -------
    list of Interval, shape (k,)
        NaN throughout if all counts are 0.

    References
    ----------
    Goodman (1965), Technometrics 7, 247–254.

    Examples
    --------
    >>> [(round(s.value, 2), round(s.low, 4), round(s.high, 4)) for s in class_shares([120, 300, 180])]
    [(0.2, 0.1638, 0.2419), (0.5, 0.4514, 0.5486), (0.3, 0.2573, 0.3465)]
    """
    z_quantile(conf_level)  # refuses a wrong level in words
    count = _counts(counts)
    total = float(count.sum())
    if total == 0:
        return [empty_interval(GOODMAN) for _ in counts]
    from statsmodels.stats.proportion import multinomial_proportions_confint

    limits = multinomial_proportions_confint(count, alpha=1 - conf_level, method="goodman")
    return [
        Interval(one / total, max(0.0, min(low, one / total)), min(1.0, max(high, one / total)), GOODMAN)
        for one, (low, high) in zip(count.tolist(), limits.tolist(), strict=True)
    ]


def table_test(table: ArrayLike) -> TableTest:
    """Are the shares of the classes (columns) alike in all groups (rows)?

    Parameters
    ----------
    table : array_like, shape (groups, classes)
        Counts of independent units. Empty rows and columns do not count as groups or classes.

    References
    ----------
    Agresti (2013), Categorical Data Analysis, 3.2 and 3.3.

    Examples
    --------
    >>> test = table_test([[30, 70], [60, 40]])
    >>> round(test.statistic, 2), test.df, round(test.cramers_v, 2), round(float(test.residuals[0, 0]), 2)
    (18.18, 1, 0.3, -4.26)
    """
    counts = _counts(table)
    residuals = np.full(counts.shape, nan)
    if counts.ndim != 2:
        raise ArgumentError("A table test needs a table of counts: a row a group, a column a class.")
    rows, columns = counts.any(axis=1), counts.any(axis=0)
    if rows.sum() < 2 or columns.sum() < 2:
        return TableTest(nan, 0, nan, nan, residuals, nan, "chi-square")
    from scipy.special import chdtrc

    full = counts[np.ix_(rows, columns)]
    total = full.sum()
    row, column = full.sum(axis=1, keepdims=True), full.sum(axis=0, keepdims=True)
    expected = row * column / total
    statistic = float(np.sum((full - expected) ** 2 / expected))
    df = (len(row) - 1) * (column.size - 1)
    residuals[np.ix_(rows, columns)] = (full - expected) / np.sqrt(expected * (1 - row / total) * (1 - column / total))
    cramers_v = sqrt(statistic / total / min(len(row) - 1, column.size - 1))
    p_value = float(chdtrc(df, statistic))
    return TableTest(statistic, df, p_value, cramers_v, residuals, float(expected.min()), "chi-square")


def _counts(values: ArrayLike) -> np.ndarray:
    counts = np.asarray(values, float)
    if not np.all(counts >= 0):
        raise ArgumentError("A count is negative or missing; expected 0 or more.")
    return counts
