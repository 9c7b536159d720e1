"""Competing ends: how many have left by now for each reason (recipe survival, Aalen–Johansen).

One minus Kaplan–Meier of a single reason would count those who left for another reason as if they could still leave for this one; the
cumulative incidences here add up, with the survival curve, to 1. Ties need no jitter: everybody who ends at one time is counted there, by reason.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxkit.models.survival.survival_cells import Array, Cells, log_log_limits, read_cells, risk_table
from cxkit.stats import Interval
from cxkit.stats.results import empty_interval


@dataclass(frozen=True)
class CumulativeIncidence:
    """Cumulative incidence by reason.

    `table` has a row per reason and time: `reason, time, n_at_risk, n_events, incidence, std_error, low, high`; `verdict` is "estimated" or
    "degenerate" with the `reason`.
    """

    table: pd.DataFrame
    reasons: tuple[str, ...]
    last_time: float
    n_units: int
    n_excluded: int
    verdict: str
    reason: str

    def at(self, time: float) -> pd.DataFrame:
        """Incidence of every reason by `time`: `reason, value, low, high, method`; NaN beyond the follow-up."""
        rows = [(name, *self._at(name, time)) for name in self.reasons]
        return pd.DataFrame(rows, columns=["reason", "value", "low", "high", "method"])

    def _at(self, name: str, time: float) -> Interval:
        if not 0 <= time <= self.last_time:
            return empty_interval(f"unknown at {time:g}: the follow-up ends at {self.last_time:g}")
        mine = self.table[self.table["reason"] == name]
        before = int(np.searchsorted(mine["time"], time, side="right"))
        if before == 0:
            return Interval(0.0, 0.0, 0.0, "before the first time")
        row = mine.iloc[before - 1]
        return Interval(float(row.incidence), float(row.low), float(row.high), "log-log, Aalen–Johansen")


def cumulative_incidence(
    cells: pd.DataFrame, reason: str = "end_reason", conf_level: float = 0.95
) -> CumulativeIncidence:
    """Estimate the cumulative incidence of each reason.

    Parameters
    ----------
    cells : DataFrame, one row a distinct spell with a count
        `duration`, the column `reason` (text; null or empty: still running), optional `entry` and `n_units`.
    reason : str

    References
    ----------
    Aalen & Johansen (1978); delta-method variance as in Collett (2015), 12.3; log-log interval.

    Examples
    --------
    >>> cells = pd.DataFrame({"duration": [1, 2, 3], "end_reason": ["voluntary", "payment_failed", None], "n_units": [10, 20, 70]})
    >>> cumulative_incidence(cells).at(3)["value"].tolist()
    [0.2, 0.1]
    """
    why = cells[reason].astype(object).where(cells[reason].notna(), "").astype(str).to_numpy()
    checked = read_cells(cells.assign(**{reason: why != ""}), event=reason)
    why = why[checked.kept]
    names = tuple(sorted(set(why[checked.event])))
    counted = {"n_units": checked.size, "n_excluded": checked.n_excluded}
    if not names:
        said = "nobody ended" if len(checked.duration) else "nobody was ever at risk"
        columns = ["reason", "time", "n_at_risk", "n_events", "incidence", "std_error", "low", "high"]
        last = float(checked.duration.max(initial=0))
        return CumulativeIncidence(
            pd.DataFrame(columns=columns), (), last, verdict="degenerate", reason=said, **counted
        )
    risk = risk_table(checked)
    survival = np.cumprod(1 - risk.n_events / risk.n_at_risk)
    tables = [_of_reason(checked, why == name, name, survival, conf_level) for name in names]
    last = np.inf if survival[-1] == 0 else float(risk.time[-1])
    return CumulativeIncidence(
        pd.concat(tables, ignore_index=True), names, last, verdict="estimated", reason="", **counted
    )


def _of_reason(cells: Cells, mine: Array, name: str, survival: Array, conf_level: float) -> pd.DataFrame:
    risk = risk_table(cells)
    ends = np.bincount(np.searchsorted(risk.time, cells.duration), cells.n_units * mine, len(risk.time))
    before = np.append(1.0, survival[:-1])
    incidence = (before * ends / risk.n_at_risk).cumsum()
    error = np.sqrt(np.maximum(_variance(incidence, before, ends, risk.n_events, risk.n_at_risk), 0))
    low, high = _limits(incidence, error, conf_level)
    return pd.DataFrame(
        {
            "reason": name,
            "time": risk.time.astype(float),
            "n_at_risk": risk.n_at_risk.astype(int),
            "n_events": ends.astype(int),
            "incidence": incidence,
            "std_error": error,
            "low": low,
            "high": high,
        }
    )


def _variance(f: Array, before: Array, ends: Array, all_ends: Array, n: Array) -> Array:
    """Σ (F(t) − F_i)² a_i + Σ S² d(n − d)/n³ − 2 Σ (F(t) − F_i) S d/n², each by running sums."""
    left = n * (n - all_ends)
    # Where all at risk end, F stands still from then on, and the infinite term is multiplied by 0.
    a = np.divide(all_ends, left, out=np.zeros_like(f), where=left > 0)
    b = before * ends / n**2
    square = f**2 * a.cumsum() - 2 * f * (a * f).cumsum() + (a * f**2).cumsum()
    return square + (before**2 * ends * (n - ends) / n**3).cumsum() - 2 * (f * b.cumsum() - (b * f).cumsum())


def _limits(f: Array, error: Array, conf_level: float) -> tuple[Array, Array]:
    all_gone = f > 1 - 1e-12  # a sum of shares that is 1 but for rounding
    inside = (f > 0) & ~all_gone
    low, high = np.zeros_like(f), np.where(f > 0, 1.0, 0.0)
    low[inside], high[inside] = log_log_limits(f[inside], error[inside], conf_level)
    # Where everybody has gone for this reason the log-log limit does not exist; the one before still holds.
    return np.where(all_gone, np.maximum.accumulate(low), low), high
