"""The table that a purchase model is fitted to: distinct (frequency, recency, T) with how many customers share them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxkit.errors import DataError, did_you_mean

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Checked columns, one entry a distinct (frequency, recency, T); times in units of `scale`.

    The distinct values of each column stand apart with an index into them: logarithms are taken once a value, not once a row.
    """

    x: Index
    recency: Array
    T: Array
    n: Array
    scale: float

    @classmethod
    def of(cls, customers: pd.DataFrame) -> "Rows":
        """Check a table and scale its times so that T is 1 in the mean: the fit then does not depend on the unit."""
        x, recency, T = numeric(customers, "frequency"), numeric(customers, "recency"), numeric(customers, "T")
        n = counts(customers)
        refuse(customers, (x < 0) | (recency < 0) | (T < 0), "have a negative frequency, recency or T")
        refuse(customers, x != np.floor(x), "have a frequency that is not a whole number")
        refuse(customers, recency > T, "have recency > T", "The last purchase cannot lie after the end of observation.")
        advice = "Recency is the time from the first to the last purchase; two purchases on one day count once."
        refuse(customers, (x > 0) & (recency == 0), "have a repeat purchase with recency 0", advice)
        refuse(customers, (x == 0) & (recency > 0), "have a recency without a repeat purchase", advice)
        keep = n > 0
        x, recency, T, n = x[keep], recency[keep], T[keep], n[keep]
        scale = float(T @ n / n.sum()) if len(n) and T.any() else 1.0
        return cls(x.astype(np.int64), recency / scale, T / scale, n, scale)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def n_customers(self) -> float:
        return float(self.n.sum())

    @property
    def n_repeats(self) -> float:
        return float(self.x @ self.n)

    def every(self, step: int) -> "Rows":
        """A thinned table for a first approximation: always the same rows."""
        return Rows(self.x[::step], self.recency[::step], self.T[::step], self.n[::step], self.scale)


def numeric(frame: pd.DataFrame, column: str, table: str = "customers") -> Array:
    """One column as floats; says so if it is missing, not numeric, or has gaps."""
    if column not in frame.columns:
        raise DataError(
            f"{table}: no column `{column}`. It has: {', '.join(map(str, frame.columns)) or 'none'}."
            + did_you_mean(column, map(str, frame.columns))
        )
    try:
        values = frame[column].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(f"{table}: column `{column}` is not numeric ({error}).") from None
    refuse(frame, ~np.isfinite(values), f"have no finite `{column}`", table=table)
    return values


def counts(frame: pd.DataFrame) -> Array:
    """How many customers share each row; 1 where the table does not say."""
    if "n_customers" not in frame.columns:
        return np.ones(len(frame))
    n = numeric(frame, "n_customers")
    refuse(frame, n < 0, "have a negative n_customers")
    return n


def refuse(
    frame: pd.DataFrame, wrong: NDArray[np.bool_], what: str, advice: str = "", table: str = "customers"
) -> None:
    """Raise a DataError that counts the wrong rows and shows the first."""
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        row = ", ".join(f"{name} {value}" for name, value in frame.iloc[first].items())
        raise DataError(
            f"{table}: {int(wrong.sum()):,} of {len(frame):,} rows {what} (first: row {frame.index[first]}: {row})."
            + (f"\n  {advice}" if advice else "")
        )


def correlation(x: Array, y: Array, n: Array) -> float:
    """Pearson's correlation over customers, each row counted as often as it stands for; NaN where one side is constant."""
    size = n.sum() or np.nan  # without customers there is no mean
    x, y = x - n @ x / size, y - n @ y / size
    spread = np.sqrt((n @ x**2) * (n @ y**2))
    return float(n @ (x * y) / spread) if spread > 0 else np.nan


def dot(left: Array, right: Array) -> float:
    """Sum of products without BLAS, whose threads cost more than they give on arrays of this size, above all on a busy machine."""
    return float(np.einsum("i,i->", left.ravel(), right.ravel()))


def rising(start: float, stop: int) -> tuple[Array, Array, Array]:
    """ln Γ(start + k) − ln Γ(start) for k = 0 … stop, with its first and second derivative by `start`.

    As running sums: exact also where `start` is huge and a difference of two log-gammas would lose every digit.
    """
    terms = start + np.arange(stop)
    zero = np.zeros(1)
    log = np.concatenate([zero, np.cumsum(np.log(terms))])
    first = np.concatenate([zero, np.cumsum(1 / terms)])
    second = np.concatenate([zero, np.cumsum(-1 / terms**2)])
    return log, first, second


def levels(values: NDArray[Any]) -> tuple[NDArray[Any], Index]:
    """Sorted distinct values, and for each element which of them it is: numpy's `unique` by a hash table instead of a sort of all rows."""
    index, distinct = pd.factorize(values, sort=True)
    return np.asarray(distinct), index
