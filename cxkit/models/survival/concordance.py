"""Concordance of a risk score with what happened (Harrell's c), counted over units."""

import numpy as np

from cxkit.models.survival.survival_cells import Array, Cells
from cxkit.stats.ties import settled


def concordance(cells: Cells, score: Array) -> float:
    """Share of comparable pairs in which the one with the higher score ended first; equal scores count half.

    A pair is comparable when one ends while the other is at risk and does not end at the same time. With late entry that asks for both to be
    watched at that time (Therneau & Atkinson, R survival). NaN if no pair is comparable.

    Parameters
    ----------
    cells : Cells
    score : array, one a cell
        Higher means sooner.

    Examples
    --------
    >>> import pandas as pd
    >>> from cxkit.models.survival.survival_cells import read_cells
    >>> cells = read_cells(pd.DataFrame({"duration": [1, 2, 3], "event": [1, 1, 0], "n_units": [1, 1, 8]}))
    >>> concordance(cells, np.array([3.0, 1.0, 2.0])).__round__(3)
    0.529
    """
    time = np.unique(cells.duration[cells.event])
    # Equal covariates must give equal scores, whatever the order in which products were added up.
    levels, level = np.unique(settled(score), return_inverse=True)
    first = np.searchsorted(time, cells.entry, side="right")
    last = np.searchsorted(time, cells.duration, side="right") - 1
    at_risk = np.zeros(len(levels))
    pairs = right = tied = 0.0
    leave, come = _by_number(last, len(time)), _by_number(first, len(time) + 1)
    for j in reversed(range(len(time))):  # backwards in time, those who end or are censored join the risk set
        joining = leave[j]
        np.add.at(at_risk, level[joining], cells.n_units[joining])
        entered = come[j + 1]
        np.add.at(at_risk, level[entered], -cells.n_units[entered])
        ended = joining[cells.event[joining]]
        ends = np.bincount(level[ended], cells.n_units[ended], len(levels))
        others = at_risk - ends
        lower = others.cumsum() - others
        pairs += float(ends.sum() * others.sum())
        right += float(ends @ lower)
        tied += float(ends @ others)
    return float((right + tied / 2) / pairs) if pairs else np.nan


def _by_number(number: Array, size: int) -> list[Array]:
    order = np.argsort(number, kind="stable")
    bounds = np.searchsorted(number[order], np.arange(size + 1))
    return [order[bounds[j] : bounds[j + 1]] for j in range(size)]
