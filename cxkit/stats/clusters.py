"""The sums that a ratio with repeated measures needs: one pass over totals per person, no rows kept."""

from dataclasses import dataclass
from math import nan
from typing import Self

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, kw_only=True)
class ClusterSums:
    """Sums over clusters (users, recipients, customers) of their totals of numerator and denominator.

    Attributes
    ----------
    n : int
        Clusters with anything in the denominator or the numerator.
    num, den : float
        Σ numerator, Σ denominator; `num / den` is the ratio.
    num2, den2, numden : float
        Σ num², Σ den², Σ num·den, each over cluster totals.
    num3, num2den, numden2, den3 : float
        Third-order sums, wanted only by `abc_ratio`; NaN if not asked for.

    Examples
    --------
    >>> sums = ClusterSums.of([1, 0, 2], [4, 1, 5])
    >>> sums.n, sums.num, sums.den, sums.num2, sums.numden
    (3, 3.0, 10.0, 5.0, 14.0)
    """

    n: int
    num: float
    den: float
    num2: float
    den2: float
    numden: float
    num3: float = nan
    num2den: float = nan
    numden2: float = nan
    den3: float = nan

    @classmethod
    def of(cls, num: ArrayLike, den: ArrayLike) -> Self:
        """Sums from two arrays with one entry a cluster."""
        x, d = np.asarray(num, float), np.asarray(den, float)
        return cls(
            n=len(x), num=float(x.sum()), den=float(d.sum()),
            num2=float(x @ x), den2=float(d @ d), numden=float(x @ d),
            num3=float(x**2 @ x), num2den=float(x**2 @ d), numden2=float(x @ d**2), den3=float(d**2 @ d),
        )  # fmt: skip

    @classmethod
    def counted(cls, num: ArrayLike, den: ArrayLike, n: ArrayLike) -> Self:
        """Sums from distinct pairs of totals, each with the number of clusters that have it.

        Examples
        --------
        >>> ClusterSums.counted([1, 2], [4, 5], [10, 1]) == ClusterSums.of([1] * 10 + [2], [4] * 10 + [5])
        True
        """
        x, d, w = np.asarray(num, float), np.asarray(den, float), np.asarray(n, float)
        return cls(
            n=int(w.sum()), num=float(w @ x), den=float(w @ d),
            num2=float(w @ x**2), den2=float(w @ d**2), numden=float(w @ (x * d)),
            num3=float(w @ x**3), num2den=float(w @ (x**2 * d)), numden2=float(w @ (x * d**2)), den3=float(w @ d**3),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CrossSums:
    """Sums of products over the clusters that are in both groups: how far the two share their people.

    Attributes
    ----------
    n : int
        Clusters in either group (the union), each counted once.
    numnum, numden, dennum, denden : float
        Σ num₁·num₀, Σ num₁·den₀, Σ den₁·num₀, Σ den₁·den₀ with 1 current and 0 base; a cluster in one group only adds 0.

    Examples
    --------
    >>> CrossSums.of([1, 0, 2], [2, 0, 3], [1, 1, 0], [4, 4, 0]).numden
    4.0
    """

    n: int
    numnum: float
    numden: float
    dennum: float
    denden: float

    @classmethod
    def of(cls, num1: ArrayLike, den1: ArrayLike, num0: ArrayLike, den0: ArrayLike) -> Self:
        """Sums from four arrays aligned on the union of clusters, 0 where a cluster is absent."""
        x1, d1, x0, d0 = (np.asarray(values, float) for values in (num1, den1, num0, den0))
        return cls(n=len(x1), numnum=float(x1 @ x0), numden=float(x1 @ d0),
                   dennum=float(d1 @ x0), denden=float(d1 @ d0))  # fmt: skip


def residual_sum_squares(sums: ClusterSums) -> float:
    """Σ (num − ratio·den)² over clusters; 0 if no cluster strays from the ratio.

    Examples
    --------
    >>> residual_sum_squares(ClusterSums.of([1, 2, 4], [1, 2, 4]))
    0.0
    """
    ratio = sums.num / sums.den
    total = sums.num2 - 2 * ratio * sums.numden + ratio**2 * sums.den2
    # What is left of cancelling sums near the rounding of a double is not spread.
    return total if total > 1e-12 * (sums.num2 + ratio**2 * sums.den2) else 0.0
