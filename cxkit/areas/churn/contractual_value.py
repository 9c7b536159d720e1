"""What a subscriber is worth: survival × margin, discounted (`clv_contractual`).

Value = Σ S(t) · margin / (1 + d)^t over the payments t. The observed part uses the survival curve as it is; beyond the last time that can be read
the hazard is held at its recent level, and the share of the value that rests on this assumption is part of the result.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxkit.errors import ArgumentError
from cxkit.models.survival.kaplan_meier import kaplan_meier
from cxkit.models.survival.survival_cells import Array, read_cells
from cxkit.stats import Interval
from cxkit.stats.results import empty_interval

DAYS_PER_MONTH = 365.25 / 12
RECENT_MONTHS = 6  # the retention of the last observed months is held beyond them


@dataclass(frozen=True)
class ContractualValue:
    """Value per subscriber.

    `value` with interval; `observed` the part within the follow-up; `share_beyond` = 1 − observed ÷ value; `retention_beyond` the monthly
    retention assumed after month `observed_months`; `verdict` "estimated" or "degenerate" with the `reason`.
    """

    value: Interval
    observed: float
    share_beyond: float
    observed_months: int
    retention_beyond: float
    verdict: str
    reason: str


def value_of_survival(
    survival: Array, margin: float, monthly_discount: float, first_payment: int, horizon: float, retention_beyond: float
) -> tuple[float, float]:
    """Discounted margin of a survival curve: total and observed part.

    Parameters
    ----------
    survival : array
        S at months 0, 1, 2, … as far as it is known.
    margin : float
        Contribution of one monthly payment, in money.
    monthly_discount : float
        d per month; an annual rate a is (1 + a)^(1/12) − 1.
    first_payment : 0 or 1
        Month of the first payment: 0 in advance, 1 in arrears.
    horizon : float
        Number of payments counted, or infinity.
    retention_beyond : float
        Monthly retention after the known months.

    Examples
    --------
    >>> known = 0.95 ** np.arange(25)
    >>> [round(value_of_survival(known, 20, 0.01, first, np.inf, 0.95)[0], 2) for first in (0, 1)]
    [336.67, 316.67]
    >>> round(value_of_survival(known, 20, 0.0, 0, np.inf, 0.95)[0], 2)  # the shortcut margin ÷ churn
    400.0
    """
    if first_payment not in (0, 1):
        raise ArgumentError(f"first_payment is {first_payment}; expected 0 (paid in advance) or 1 (in arrears).")
    keep = 1 / (1 + monthly_discount)
    months = np.arange(first_payment, min(len(survival), first_payment + horizon), dtype=int)
    observed = margin * float(survival[months] @ keep**months)
    step = retention_beyond * keep
    left = first_payment + horizon - len(survival)
    if left <= 0:
        return observed, observed
    if step >= 1 and np.isinf(left):
        return np.inf, observed
    # A geometric tail of `left` payments that starts one month after the last known one.
    series = left if step == 1 else (1 - (step**left if np.isfinite(left) else 0)) / (1 - step)
    last = len(survival) - 1
    return observed + margin * float(survival[-1]) * keep**last * step * series, observed


def contractual_value(
    cells: pd.DataFrame,
    margin: float,
    annual_discount: float = 0.10,
    first_payment: int = 0,
    horizon_months: float = 24,
    days_per_month: float = DAYS_PER_MONTH,
    conf_level: float = 0.95,
    n_boot: int = 400,
    seed: int = 0,
) -> ContractualValue:
    """Value of a new subscriber from spells, with a bootstrap interval over the units.

    Parameters
    ----------
    cells : DataFrame, one row a distinct spell with a count
        `duration` in days, `event`, optional `entry` and `n_units`. Several spells of one customer count as independent.
    margin : float
        Contribution of one monthly payment (money × margin share).
    annual_discount : float
        Converted to (1 + d)^(1/12) − 1 a month.
    first_payment : 0 or 1
        Month of the first payment: 0 in advance, 1 in arrears.
    horizon_months : float
        Payments counted; infinity for all.
    n_boot, seed : int
        Redraws of the units; the counts of the cells are redrawn, never the rows.

    Returns
    -------
    ContractualValue
        Percentile bootstrap interval; it holds the retention observed lately to be that of the time beyond, which `share_beyond` puts in proportion.
    """
    monthly = (1 + annual_discount) ** (1 / 12) - 1
    curve = kaplan_meier(cells, conf_level)
    nothing = empty_interval("not estimated")
    if curve.verdict == "degenerate":
        return ContractualValue(nothing, np.nan, np.nan, 0, np.nan, "degenerate", curve.reason)
    # Without ten at risk anywhere, the whole curve is all there is to go by.
    to = curve.readable_to if np.isfinite(curve.readable_to) else float(curve.table["time"].iloc[-1])
    known = int(to // days_per_month)
    if known == 0:
        reason = f"the follow-up of {to:g} days is shorter than a month"
        return ContractualValue(nothing, np.nan, np.nan, 0, np.nan, "degenerate", reason)
    recent = min(RECENT_MONTHS * days_per_month, to)
    at = np.append(np.arange(known + 1) * days_per_month, [to - recent, to])

    def valued(curve_at: Array) -> tuple[float, float, float]:
        *survival, before, last = curve_at
        beyond = float((last / before) ** (days_per_month / recent)) if last > 0 else 0.0
        return (*value_of_survival(np.array(survival), margin, monthly, first_payment, horizon_months, beyond), beyond)

    value, observed, beyond = valued(_step(curve.table["time"].to_numpy(), curve.table["survival"].to_numpy(), at))
    redrawn = [valued(curve_at)[0] for curve_at in _redrawn_curves(cells, at, n_boot, seed)]
    low, high = np.quantile(redrawn, [(1 - conf_level) / 2, (1 + conf_level) / 2], method="inverted_cdf")
    return ContractualValue(
        value=Interval(value, min(low, value), max(high, value), f"bootstrap of units, {n_boot} redraws"),
        observed=observed,
        share_beyond=_share_beyond(value, observed),
        observed_months=known,
        retention_beyond=beyond,
        verdict="estimated",
        reason=curve.reason,
    )


def _share_beyond(value: float, observed: float) -> float:
    if np.isinf(value):
        return 1.0
    return 1 - observed / value if value > 0 else 0.0


def _redrawn_curves(cells: pd.DataFrame, at: Array, n_boot: int, seed: int) -> Array:
    """Kaplan–Meier at the times `at` for redrawn units, redraws × times."""
    names = [name for name in ("entry", "duration", "event") if name in cells]
    counts = cells.assign(n_units=cells.get("n_units", 1)).groupby(names)["n_units"].sum().reset_index()
    checked = read_cells(counts)
    order = np.argsort(checked.duration, kind="stable")
    time, starts = np.unique(checked.duration[order], return_index=True)
    entered = np.searchsorted(time, checked.entry, side="right")
    random, total = np.random.default_rng(seed), int(checked.n_units.sum())
    curves = np.empty((n_boot, len(at)))
    for number in range(n_boot):
        units = random.multinomial(total, checked.n_units / total)
        left = np.add.reduceat(units[order], starts)
        ended = np.add.reduceat((units * checked.event)[order], starts)
        n_at_risk = np.bincount(entered, units, len(time) + 1)[:-1].cumsum() - (left.cumsum() - left)
        hazard = np.divide(ended, n_at_risk, out=np.zeros(len(time)), where=n_at_risk > 0)
        curves[number] = _step(time, np.cumprod(1 - hazard), at)
    return curves


def _step(time: Array, survival: Array, at: Array) -> Array:
    return np.append(1.0, survival)[np.searchsorted(time, at, side="right")]
