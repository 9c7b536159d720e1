"""Log-rank test of several survival curves (recipe survival)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from cxkit.models.survival.survival_cells import Array, Cells, read_cells, units_at_risk

ROUNDING = 1e-9  # relative to the largest variance


@dataclass(frozen=True)
class LogRank:
    """Result of a log-rank test.

    `groups` has a row per group: `group, n_units, n_events, expected, ratio` (observed ÷ expected ends if all groups shared one hazard).
    `statistic` is chi-square with `degrees_of_freedom`; `verdict` is "tested" or "degenerate" with the `reason`, and then the statistic is NaN.
    """

    groups: pd.DataFrame
    statistic: float
    degrees_of_freedom: int
    p_value: float
    verdict: str
    reason: str


def logrank(cells: pd.DataFrame, by: str) -> LogRank:
    """Test whether the groups share one survival curve (Mantel–Haenszel form, hypergeometric variance).

    Parameters
    ----------
    cells : DataFrame, one row a distinct spell with a count
        `duration`, `event`, the column `by`, optional `entry` and `n_units`. Rows without a group are left out.

    Examples
    --------
    >>> cells = pd.DataFrame({"duration": [3, 5, 8, 9], "event": 1, "plan": list("aabb"), "n_units": 20})
    >>> test = logrank(cells, "plan")
    >>> test.degrees_of_freedom, test.p_value < 0.001
    (1, True)
    """
    cells = cells[cells[by].notna()]
    checked = read_cells(cells)
    names, group = np.unique(cells[by].to_numpy()[checked.kept].astype(str), return_inverse=True)
    at_risk, ended = _counts(checked, group, len(names))
    total, ends = at_risk.sum(axis=0), ended.sum(axis=0)
    expected = at_risk @ np.divide(ends, total, out=np.zeros_like(ends), where=total > 0)
    groups = pd.DataFrame(
        {
            "group": names,
            "n_units": np.bincount(group, checked.n_units, len(names)).astype(int),
            "n_events": ended.sum(axis=1).astype(int),
            "expected": expected,
            "ratio": np.divide(ended.sum(axis=1), expected, out=np.full(len(names), np.nan), where=expected > 0),
        }
    )
    surplus = ended.sum(axis=1) - expected
    covariance = _covariance(at_risk, total, ends)
    # The rows add up to 0 but for rounding, which must not count as a dimension.
    freedom = (
        int(np.linalg.matrix_rank(covariance, tol=ROUNDING * np.abs(covariance).max(initial=0), hermitian=True))
        if len(names)
        else 0
    )
    if freedom == 0:
        reason = "nobody ended" if not ends.sum() else "the groups were never at risk at the same time"
        return LogRank(groups, np.nan, 0, np.nan, "degenerate", reason if len(names) > 1 else "fewer than two groups")
    statistic = float(surplus @ np.linalg.pinv(covariance, rcond=ROUNDING, hermitian=True) @ surplus)
    return LogRank(groups, statistic, freedom, float(chdtrc(freedom, statistic)), "tested", "")


def _counts(cells: Cells, group: Array, n_groups: int) -> tuple[Array, Array]:
    """At-risk and event counts, groups × distinct event times."""
    time = np.unique(cells.duration[cells.event])
    at_risk, ended = np.zeros((n_groups, len(time))), np.zeros((n_groups, len(time)))
    at = np.searchsorted(time, cells.duration)
    for number in range(n_groups):
        mine = group == number
        at_risk[number] = units_at_risk(cells.pick(mine), time)
        died = mine & cells.event
        ended[number] = np.bincount(at[died], cells.n_units[died], len(time))
    return at_risk, ended


def _covariance(at_risk: Array, total: Array, ends: Array) -> Array:
    share = np.divide(at_risk, total, out=np.zeros_like(at_risk), where=total > 0)
    spread = np.where(total > 1, ends * (total - ends) / np.maximum(total - 1, 1), 0)
    return np.diag(share @ spread) - (share * spread) @ share.T
