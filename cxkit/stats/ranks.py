"""Ranks of values with a count each, and how far two rankings agree."""

from math import sqrt

import numpy as np


def middle_ranks(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Rank of each value among all units, ties at their middle rank.

    Parameters
    ----------
    values, counts : array
        Values, and how many units have each.

    Examples
    --------
    >>> middle_ranks(np.array([7, 3]), np.array([1, 2])).tolist()
    [3.0, 1.5]
    """
    distinct, place = np.unique(values, return_inverse=True)
    total = np.bincount(place, weights=counts, minlength=len(distinct))
    return (np.cumsum(total) - total / 2 + 0.5)[place]


def spearman(one: np.ndarray, other: np.ndarray, counts: np.ndarray) -> float:
    """Spearman's rank correlation of pairs with a count, ties at their middle rank; NaN if one side is constant.

    Examples
    --------
    >>> round(spearman(np.array([1, 2, 3]), np.array([1, 3, 2]), np.array([1, 1, 1])), 2)
    0.5
    """
    middle = (counts.sum() + 1) / 2
    ranks = [middle_ranks(values, counts) - middle for values in (one, other)]
    spread = [float(counts @ rank**2) for rank in ranks]
    return float(counts @ (ranks[0] * ranks[1])) / sqrt(spread[0] * spread[1]) if min(spread) > 0 else float("nan")
