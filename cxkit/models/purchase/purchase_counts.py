"""How many purchases a customer of known rate distribution makes: the negative binomial, for several rows at once."""

import numpy as np
from scipy.special import nbdtrik

from cxkit.models.rows import Array

RARE = 1e-7  # what lies beyond the largest count that is written out


def negative_binomial(shape: Array, share: Array, most: int) -> Array:
    """P(N = 0 … most) of Poisson counts whose rate is gamma, shape (rows, most + 1).

    Parameters
    ----------
    shape : array
        Of the gamma.
    share : array
        Time ahead ÷ (scale of the gamma + time ahead), in 0–1.

    Examples
    --------
    >>> negative_binomial(np.array([1.0]), np.array([0.5]), 2).round(3).tolist()
    [[0.5, 0.25, 0.125]]
    """
    k = np.arange(1, most + 1)
    steps = np.log((shape[:, None] + k - 1) / k) + np.log(np.maximum(share, 1e-300))[:, None]
    first = (shape * np.log1p(-share))[:, None]
    return np.exp(np.concatenate([first, first + np.cumsum(steps, axis=1)], axis=1))


def largest_count(shape: float, share: float) -> int:
    """The count beyond which next to nothing lies."""
    if share <= 0:
        return 1
    return int(np.ceil(nbdtrik(1 - RARE, shape, 1 - share))) + 1
