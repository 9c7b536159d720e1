"""Fitted values that are equal but for rounding made equal, so that ranks and groups do not hang on the last bits."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROUNDING = 1e-10  # of the largest value


def settled(values: Array) -> Array:
    """The same values, each run of neighbours that differ by rounding only replaced by its smallest.

    Other than by rounding to digits, no value lies on an edge where the last bit decides.

    Examples
    --------
    >>> settled(np.array([0.5, 0.1 + 0.2, 0.3])).tolist() == [0.5, 0.3, 0.3]
    True
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    finite = np.abs(ordered[np.isfinite(ordered)])
    with np.errstate(invalid="ignore"):  # infinite values, which are no neighbours
        is_new = ~(np.diff(ordered) <= ROUNDING * finite.max(initial=0))
    starts = np.flatnonzero(np.append(True, is_new)) if len(values) else np.zeros(0, int)
    result = np.empty_like(values)
    result[order] = np.repeat(ordered[starts], np.diff(np.append(starts, len(values))))
    return result
