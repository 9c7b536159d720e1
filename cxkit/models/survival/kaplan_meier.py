"""Survival curves (recipe survival): Kaplan–Meier from cells, with late entry.

The field's references: Kaplan & Meier (1958); log-log interval, Kalbfleisch & Prentice (2002); median interval, Brookmeyer & Crowley (1982);
restricted mean, Royston & Parmar (2013). lifelines is the oracle in the tests; it is not called here because its import costs more
than everything the curve needs.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxkit.models.survival.survival_cells import Array, Cells, log_log_limits, read_cells, risk_table
from cxkit.stats import Change, Interval
from cxkit.stats.mover import mover
from cxkit.stats.normal import z_p_value, z_quantile
from cxkit.stats.results import empty_change, empty_interval

READABLE = 10  # recipe survival: do not read a curve where fewer are at risk
MIN_EVENTS = 10  # recipe survival: below that, the curve without a verdict


@dataclass(frozen=True)
class KaplanMeier:
    """A fitted survival curve.

    Attributes
    ----------
    table : DataFrame, one row a distinct time
        `time, n_at_risk, n_events, n_censored, survival, std_error, low, high`; the first row is time 0.
    n_units, n_events : int
        Spells and ends, counted by their `n_units`.
    n_excluded : int
        Units that were never at risk (they ended the moment watching began).
    conf_level : float
    verdict : str
        "estimated", "few events" (fewer than 10) or "degenerate" (nothing was ever at risk); `reason` says it in words.
    readable_from, readable_to : float
        The times between which at least 10 are at risk; NaN if there are none. Outside them the curve is not to be read.
    """

    table: pd.DataFrame
    n_units: int
    n_events: int
    n_excluded: int
    conf_level: float
    verdict: str
    reason: str
    readable_from: float
    readable_to: float

    @property
    def last_time(self) -> float:
        """The end of the follow-up, or infinity once the curve has reached 0 (it stays there)."""
        if self.verdict == "degenerate":
            return np.nan
        last = self.table.iloc[-1]
        return np.inf if last.survival == 0 else float(last.time)

    def survival_at(self, time: float) -> Interval:
        """S(t) with its log-log interval; NaN with the reason as method beyond the follow-up.

        Examples
        --------
        >>> curve = kaplan_meier(pd.DataFrame({"duration": [1, 2, 3, 4], "event": [1, 1, 0, 0]}))
        >>> round(curve.survival_at(2).value, 2)
        0.5
        """
        row = self._row(time)
        if row is None:
            return empty_interval(self._beyond(time))
        return Interval(float(row.survival), float(row.low), float(row.high), "log-log")

    def median(self) -> Interval:
        """The median lifetime; see `quantile`."""
        return self.quantile(0.5)

    def quantile(self, share: float) -> Interval:
        """The first time by which `share` of the spells have ended (S <= 1 - share), with the Brookmeyer–Crowley interval.

        A part that the curve does not reach is NaN; the method then says that it is not reached.
        """
        level = 1 - share
        value, low, high = (
            _first_time(self.table.time, self.table[column], level) for column in ("survival", "low", "high")
        )
        if np.isnan(value) and self.verdict != "degenerate":
            still = self.table.survival.iloc[-1]
            return Interval(
                value, low, high, f"not reached: {still:.0%} were still there at {self.table.time.iloc[-1]:g}"
            )
        return Interval(
            value, low, high, "Brookmeyer–Crowley, log-log" if self.verdict != "degenerate" else self.reason
        )

    def rmst(self, horizon: float) -> Interval:
        """Restricted mean lifetime: the area under the curve up to `horizon`, with a Wald interval from `rmst_se`.

        NaN beyond the follow-up (the area there is unknown).
        """
        value, se = self._rmst(horizon)
        if np.isnan(value):
            return empty_interval(self._beyond(horizon))
        half = z_quantile(self.conf_level) * se
        return Interval(value, max(0.0, value - half), min(float(horizon), value + half), "Wald, Greenwood")

    def rmst_se(self, horizon: float) -> float:
        """Standard error of the restricted mean: Greenwood terms weighted by the area still to come, squared."""
        return self._rmst(horizon)[1]

    def _rmst(self, horizon: float) -> tuple[float, float]:
        if self.verdict == "degenerate" or horizon > self.last_time or horizon < 0:
            return np.nan, np.nan
        inside = self.table[self.table.time < horizon]
        width = np.diff(np.append(inside.time.to_numpy(), horizon))
        area = inside.survival.to_numpy() * width
        to_come = area[::-1].cumsum()[::-1]
        greenwood = _greenwood(inside.n_events.to_numpy(), inside.n_at_risk.to_numpy())
        # Where everybody at risk ends, nothing is to come: 0 * infinity is 0 here.
        terms = np.where(to_come > 0, to_come**2 * np.where(np.isinf(greenwood), 0, greenwood), 0)
        return float(area.sum()), float(np.sqrt(terms.sum()))

    def _row(self, time: float) -> pd.Series | None:
        if self.verdict == "degenerate" or not 0 <= time <= self.last_time:
            return None
        return self.table.iloc[int(np.searchsorted(self.table.time, time, side="right")) - 1]

    def _beyond(self, time: float) -> str:
        if self.verdict == "degenerate":
            return self.reason
        return f"unknown at {time:g}: the follow-up ends at {self.table.time.iloc[-1]:g}"


def kaplan_meier(cells: pd.DataFrame, conf_level: float = 0.95) -> KaplanMeier:
    """Estimate a survival curve.

    Parameters
    ----------
    cells : DataFrame, one row a distinct spell with a count
        `duration`, `event`, optional `entry` and `n_units`; see `survival_cells.read_cells`.
    conf_level : float

    Returns
    -------
    KaplanMeier
        Where nobody has ended yet (S = 1) the log-log interval does not exist; the lower limit is then the exact
        (alpha/2)^(1/n at risk). Where nobody is left (S = 0) the upper limit of the step before is kept.

    Raises
    ------
    DataError
        Values that cannot be a spell; names the first row.

    Examples
    --------
    >>> tickets = pd.DataFrame({"duration": [1, 2, 3, 5, 8, 13, 24, 24, 30, 48], "event": [1, 1, 1, 1, 1, 1, 0, 1, 0, 0]})
    >>> curve = kaplan_meier(tickets)
    >>> curve.median().value, round(curve.survival_at(24).value, 2), round(curve.rmst(48).value, 2)
    (8.0, 0.3, 20.0)
    """
    checked = read_cells(cells)
    if not len(checked.duration):
        return _nothing(checked, conf_level)
    table = _curve(checked, conf_level)
    n_events = int(table.n_events.sum())
    readable = table.time[(table.n_at_risk >= READABLE)]
    few = n_events < MIN_EVENTS
    return KaplanMeier(
        table=table,
        n_units=checked.size,
        n_events=n_events,
        n_excluded=checked.n_excluded,
        conf_level=conf_level,
        verdict="few events" if few else "estimated",
        reason=f"{n_events} of {checked.n_units.sum():,.0f} ended; {MIN_EVENTS} are needed for a verdict"
        if few
        else "",
        readable_from=float(readable.iloc[0]) if len(readable) else np.nan,
        readable_to=float(readable.iloc[-1]) if len(readable) else np.nan,
    )


def survival_difference(base: KaplanMeier, current: KaplanMeier, time: float) -> Change:
    """Difference of two curves at a fixed time, current − base.

    The p-value is the log-log test of Klein et al. (2007); the interval combines the two log-log intervals (square-and-add, Zou & Donner 2008).
    Where a curve stands at 0 or 1 the test does not exist and the p-value is NaN.
    """
    a, b = base.survival_at(time), current.survival_at(time)
    if np.isnan(a.value) or np.isnan(b.value):
        return empty_change(a.method if np.isnan(a.value) else b.method)
    return Change(*mover(b, a), _loglog_test(base, current, time), "log-log, square and add; log-log test")


def rmst_difference(base: KaplanMeier, current: KaplanMeier, horizon: float) -> Change:
    """Difference of two restricted means to the same horizon, current − base, with Wald interval and test."""
    a, b = base.rmst(horizon), current.rmst(horizon)
    difference = b.value - a.value
    if np.isnan(difference):
        return empty_change(a.method if np.isnan(a.value) else b.method)
    se = np.hypot(base.rmst_se(horizon), current.rmst_se(horizon))
    half = z_quantile(current.conf_level) * se
    p_value = z_p_value(difference / se) if se > 0 else np.nan
    return Change(difference, float(difference - half), float(difference + half), p_value, "Wald, Greenwood")


def _loglog_test(base: KaplanMeier, current: KaplanMeier, time: float) -> float:
    survival, variance = [], []
    for curve in (base, current):
        row = curve._row(time)
        assert row is not None
        survival.append(row.survival)
        variance.append((row.std_error / row.survival) ** 2 if row.survival > 0 else np.nan)
    s, v = np.array(survival), np.array(variance)
    if not ((s > 0) & (s < 1)).all():
        return np.nan
    z = np.diff(np.log(-np.log(s)))[0] / np.sqrt((v / np.log(s) ** 2).sum())
    return z_p_value(float(z))


def _curve(cells: Cells, conf_level: float) -> pd.DataFrame:
    risk = risk_table(cells)
    # The last cumulative product is exactly 0 when all at risk end, so "has reached 0" can be asked with ==.
    survival = np.cumprod(1 - risk.n_events / risk.n_at_risk)
    with np.errstate(invalid="ignore"):  # 0 * infinity where the curve reaches 0
        std_error = np.where(survival > 0, survival * np.sqrt(_greenwood(risk.n_events, risk.n_at_risk).cumsum()), 0.0)
    low, high = _loglog_limits(survival, std_error, risk.n_at_risk, conf_level)
    table = pd.DataFrame(
        {
            "time": risk.time.astype(float),
            "n_at_risk": risk.n_at_risk.astype(int),
            "n_events": risk.n_events.astype(int),
            "n_censored": risk.n_censored.astype(int),
            "survival": survival,
            "std_error": std_error,
            "low": low,
            "high": high,
        }
    )
    if table.time.iloc[0] == 0:
        return table
    watched = int(cells.n_units[np.isneginf(cells.entry)].sum())
    start = pd.DataFrame([[0.0, watched, 0, 0, 1.0, 0.0, 1.0, 1.0]], columns=table.columns).astype(table.dtypes)
    return pd.concat([start, table], ignore_index=True)


def _greenwood(n_events: Array, n_at_risk: Array) -> Array:
    """d / (n (n - d)): the step of Greenwood's sum; infinite where all at risk end, 0 where nobody is at risk."""
    left = n_at_risk * (n_at_risk - n_events)
    return np.divide(n_events, left, out=np.where(n_events > 0, np.inf, 0.0), where=left > 0)


def _loglog_limits(survival: Array, std_error: Array, n_at_risk: Array, conf_level: float) -> tuple[Array, Array]:
    inside = (survival > 0) & (survival < 1)
    low, high = np.zeros_like(survival), np.ones_like(survival)
    low[inside], high[inside] = log_log_limits(survival[inside], std_error[inside], conf_level)
    exact = ((1 - conf_level) / 2) ** (1 / n_at_risk)
    low[survival == 1] = exact[survival == 1]
    gone = np.flatnonzero(survival == 0)
    if len(gone):
        high[gone] = high[gone[0] - 1] if gone[0] > 0 else 1 - exact[0]
    return low, high


def _first_time(time: pd.Series, curve: pd.Series, level: float) -> float:
    reached = np.flatnonzero(curve <= level + 1e-12)  # a product of fractions may miss 0.5 by rounding
    return float(time.iloc[reached[0]]) if len(reached) else np.nan


def _nothing(cells: Cells, conf_level: float) -> KaplanMeier:
    columns = ["time", "n_at_risk", "n_events", "n_censored", "survival", "std_error", "low", "high"]
    return KaplanMeier(
        table=pd.DataFrame({name: pd.Series(dtype=float) for name in columns}),
        n_units=0,
        n_events=0,
        n_excluded=cells.n_excluded,
        conf_level=conf_level,
        verdict="degenerate",
        reason="nobody was ever at risk",
        readable_from=np.nan,
        readable_to=np.nan,
    )
