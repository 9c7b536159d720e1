"""Formulas of churn, retention, renewal, lapse and win-back rates on counts that are given; survival curves are models (`cxkit.models`).

Every function takes a few counts or a small frame of counts, as the engine sums them.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from cxkit.errors import ArgumentError, DataError, did_you_mean
from cxkit.row import Side
from cxkit.stats import Interval, proportion


def churn_rates(
    n_start: int, n_lost: int, n_joined: int = 0, n_joined_and_lost: int = 0, *, conf_level: float = 0.95
) -> dict[str, Side]:
    """Customer churn and retention of a period, by the start cohort, with Stripe's form beside it.

    Parameters
    ----------
    n_start, n_lost : int
        Customers active at the start of the period, and those of them who were lost by its end.
    n_joined, n_joined_and_lost : int
        Customers who joined within the period, and those of them who were lost again. Only Stripe's form counts them.

    Returns
    -------
    dict of metric id to Side
        customer_churn_rate, customer_retention_rate, churn_rate_stripe, with Wilson intervals.

    Raises
    ------
    DataError
        More lost than there were.

    References
    ----------
    Stripe, "Calculating subscriber churn rate in Billing".

    Examples
    --------
    >>> {name: round(rate.value, 4) for name, rate in churn_rates(1000, 50, 100, 10).items()}
    {'customer_churn_rate': 0.05, 'customer_retention_rate': 0.95, 'churn_rate_stripe': 0.0545}
    """
    for lost, there, what in ((n_lost, n_start, "at the start"), (n_joined_and_lost, n_joined, "who joined")):
        if not 0 <= lost <= there:
            raise DataError(f"{lost:,} lost of {there:,} customers {what}: a lost customer must be one of them.")
    parts = {
        "customer_churn_rate": (n_lost, n_start),
        "customer_retention_rate": (n_start - n_lost, n_start),
        "churn_rate_stripe": (n_lost + n_joined_and_lost, n_start + n_joined),
    }
    return {name: Side.of(proportion(*part, conf_level=conf_level), *part) for name, part in parts.items()}


def annualised_churn(n_start: int, n_lost: int, periods_per_year: float = 12, *, conf_level: float = 0.95) -> Interval:
    """Churn of a year if every period lost the same share: 1 − (1 − c)^12, the limits compounded alike.

    Compounding the Wilson limits agrees with the delta method where that holds, and stays within 0–1 where it does not.
    The assumption of a constant hazard is rarely true: compare with the survival curve at 12 months.

    Examples
    --------
    >>> round(annualised_churn(1000, 50).value, 4)
    0.4596
    """
    monthly = proportion(n_lost, n_start, conf_level=conf_level)
    value, low, high = (1 - (1 - share) ** periods_per_year for share in monthly[:3])
    return Interval(value, low, high, f"{monthly.method}, compounded")


def lapse_threshold(gaps: pd.DataFrame, share: float = 0.9) -> float:
    """Days of silence after which a customer counts as lapsed: the time by which `share` of the repeat purchases came.

    Parameters
    ----------
    gaps : DataFrame, one row a distinct gap with a count
        `gap_days` between consecutive purchase days, `n_gaps`, and `n_customer_gaps`: the gaps of the same customer. A frequent
        buyer has many gaps; each customer weighs 1 in all, so that few busy ones do not set the rule for everybody.

    Returns
    -------
    float
        In days; NaN without a repeat purchase.

    Examples
    --------
    >>> gaps = pd.DataFrame({"gap_days": [5, 40, 90], "n_gaps": [50, 1, 1], "n_customer_gaps": [50, 1, 1]})
    >>> lapse_threshold(gaps)
    90.0
    """
    if gaps.empty:
        return np.nan
    gaps = gaps.sort_values("gap_days")
    weight = (gaps["n_gaps"] / gaps["n_customer_gaps"]).cumsum().to_numpy()
    return float(gaps["gap_days"].iloc[int(np.searchsorted(weight, share * weight[-1] - 1e-9))])


def inactivity_churn(silence: pd.DataFrame, thresholds: Sequence[float], *, conf_level: float = 0.95) -> pd.DataFrame:
    """Share of buyers silent for longer than X days, for several X: the label depends on X, so its sensitivity stands beside it.

    Parameters
    ----------
    silence : DataFrame, one row a distinct number of days since the last order
        `days_since_last`, `n_customers`.
    thresholds : days

    Returns
    -------
    DataFrame, one row a threshold
        `threshold_days, value, numerator, denominator, ci_low, ci_high, ci_method`.
    """
    days, n = silence["days_since_last"].to_numpy(float), silence["n_customers"].to_numpy(float)
    rows = []
    for threshold in thresholds:
        lapsed = float(n[days > threshold].sum())
        rate = proportion(lapsed, float(n.sum()), conf_level=conf_level)
        rows.append((threshold, rate.value, lapsed, float(n.sum()), *rate[1:]))
    return pd.DataFrame(
        rows, columns=["threshold_days", "value", "numerator", "denominator", "ci_low", "ci_high", "ci_method"]
    )


def cohort_triangle(
    activity: pd.DataFrame,
    sizes: pd.DataFrame,
    n_complete: Mapping[str, int],
    kind: str = "on",
    brackets: Sequence[int] = (),
    *,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Cohort retention in long form: the share of each cohort still active, interval by interval.

    Parameters
    ----------
    activity : DataFrame, one row a cohort and interval since joining (0 is the first)
        `cohort, interval, n_active`. For "on" the members active in the interval; for "on_or_after" the members whose **last**
        activity falls into it; for "bracket" the members active in the bracket that starts at it.
    sizes : DataFrame
        `cohort, n_members`: all who joined, active or not.
    n_complete : cohort → number of intervals
        Intervals 0 … n − 1 lie within the data for every member; others stay blank.
    kind : "on", "on_or_after" or "bracket"
        Active in the interval itself; in it or later (unbounded: it rises as more data come in); at least once from a bracket's
        start up to the next start.
    brackets : ascending starts and the end of the last one, for "bracket"

    Returns
    -------
    DataFrame, one row a cohort and interval, then the cohort "all"
        `cohort, interval, value, numerator, denominator, ci_low, ci_high` (Wilson); NaN where incomplete. "all" pools complete cells
        only, so it can rise where young cohorts drop out.

    Examples
    --------
    >>> activity = pd.DataFrame({"cohort": "2026-01", "interval": [0, 1], "n_active": [40, 10]})
    >>> sizes = pd.DataFrame({"cohort": ["2026-01"], "n_members": [40]})
    >>> cohort_triangle(activity, sizes, {"2026-01": 2})["value"].tolist()
    [1.0, 0.25, 1.0, 0.25]
    """
    ends = _interval_ends(kind, brackets, max(n_complete.values(), default=0))
    active = activity.pivot_table("n_active", "cohort", "interval", "sum", fill_value=0)
    active = active.reindex(index=sorted(sizes["cohort"]), columns=list(ends), fill_value=0)
    if kind == "on_or_after":
        active = active.iloc[:, ::-1].cumsum(axis=1).iloc[:, ::-1]
    is_complete = np.array([[end <= n_complete[cohort] for end in ends.values()] for cohort in active.index], bool)
    size = sizes.set_index("cohort")["n_members"].reindex(active.index).to_numpy(float)
    cells = pd.DataFrame(
        {
            "cohort": np.repeat(active.index.to_numpy(dtype=object), len(ends)),
            "interval": np.tile(np.array(list(ends), dtype=int), len(active)),
            "numerator": np.where(is_complete, active.to_numpy(float), np.nan).ravel(),
            "denominator": np.where(is_complete, size[:, None], np.nan).ravel(),
        }
    )
    pooled = cells.groupby("interval", as_index=False)[["numerator", "denominator"]].sum(min_count=1)
    return _with_shares(pd.concat([cells, pooled.assign(cohort="all")], ignore_index=True), conf_level)


def _interval_ends(kind: str, brackets: Sequence[int], width: int) -> dict[int, int]:
    """Start → end (not included) of each interval that is shown."""
    if kind in ("on", "on_or_after"):
        return {start: start + 1 for start in range(width)}
    if kind != "bracket":
        hint = did_you_mean(kind, ("on", "on_or_after", "bracket"))
        raise ArgumentError(f"Unknown kind of retention `{kind}`; expected on, on_or_after or bracket.{hint}")
    if len(brackets) < 2 or list(brackets) != sorted(set(brackets)):
        raise ArgumentError("Bracket retention needs ascending starts and an end, for example brackets=(0, 1, 4, 13).")
    return dict(pairwise(brackets))


def _with_shares(cells: pd.DataFrame, conf_level: float) -> pd.DataFrame:
    nothing = Interval(np.nan, np.nan, np.nan, "")
    shares = [
        nothing if np.isnan(whole) else proportion(part, whole, conf_level=conf_level)
        for part, whole in cells[["numerator", "denominator"]].to_numpy(float)
    ]
    cells["value"], cells["ci_low"], cells["ci_high"] = ([share[k] for share in shares] for k in range(3))
    return cells[["cohort", "interval", "value", "numerator", "denominator", "ci_low", "ci_high"]]
