"""Correction for many tests at once (false-discovery rate, Holm): with twenty segments one "significant" change comes free."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cxkit.errors import ArgumentError, did_you_mean


class Adjusted(NamedTuple):
    """p-values corrected for the size of their family.

    Attributes
    ----------
    p_values : ndarray of float
        In the order given; NaN where nothing was tested.
    family_size : int
        Tests in the family, NaN not counted.
    """

    p_values: np.ndarray
    family_size: int


def adjust(p_values: ArrayLike, method: Literal["holm", "fdr_bh"] = "holm") -> Adjusted:
    """Adjusted p-values of a family of tests.

    Parameters
    ----------
    p_values : array_like of float
        NaN for a comparison that could not be tested: it stays NaN and does not count.
    method : {"holm", "fdr_bh"}
        "holm" (family-wise error) for a planned family of up to about ten; "fdr_bh" (false discovery rate) for
        exploration over all segments and metrics.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65–70; Benjamini & Hochberg (1995), JRSS B 57, 289–300.

    Examples
    --------
    >>> family = adjust([0.01, float("nan"), 0.04, 0.03])
    >>> family.p_values.round(4).tolist(), family.family_size
    ([0.03, nan, 0.06, 0.06], 3)
    """
    if method not in ("holm", "fdr_bh"):
        hint = did_you_mean(method, ("holm", "fdr_bh"))
        raise ArgumentError(f"Unknown correction `{method}`; expected `holm` or `fdr_bh`.{hint}")
    adjusted = np.array(p_values, float)
    tested = ~np.isnan(adjusted)
    adjusted[tested] = (_holm if method == "holm" else _benjamini_hochberg)(adjusted[tested])
    return Adjusted(adjusted, int(tested.sum()))


# By hand: statsmodels collects the garbage of the whole process in its Holm, 70 ms a family.
def _holm(p_values: np.ndarray) -> np.ndarray:
    order = np.argsort(p_values)
    left = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * left), 1)
    return adjusted


def _benjamini_hochberg(p_values: np.ndarray) -> np.ndarray:
    order = np.argsort(p_values)[::-1]
    rank = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.minimum.accumulate(p_values[order] * (len(p_values) / rank)), 1)
    return adjusted
