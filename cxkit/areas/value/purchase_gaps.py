"""The rhythm of purchases: how long until the next one, and how regular one customer's gaps are."""

from dataclasses import replace
from math import nan

import numpy as np
import pandas as pd

from cxkit.measurement.ask import Ask
from cxkit.measurement.described import few, untested
from cxkit.models.survival.kaplan_meier import kaplan_meier
from cxkit.row import Row, Side
from cxkit.stats import Interval, shortfall
from cxkit.stats.normal import z_quantile

GAP_DAYS = 365
FEWEST = 30  # customers with two completed gaps, for a coefficient
QUANTILES = {"half": 0.5, "a quarter": 0.25}
NO_TEST = "no test: both rest on mostly the same purchases"


def interpurchase_time(ask: Ask) -> list[Row]:
    """Days after which half, and a quarter, of the buyers of the last 365 days had bought again.

    Returns
    -------
    list of Row, one a quantile
        `numerator` completed gaps, `n_units` customers. Missing where fewer have come back so far; `ci_method` then says how many are still out.
    """
    curves = [kaplan_meier(open_gaps(ask.at(each)), ask.conf_level) for each in ask.periods]
    flags = few(curves[0].n_units, shortfall("survival", events=curves[0].n_events))
    rows = []
    for label, share in QUANTILES.items():
        sides = [Side.of(curve.quantile(share), curve.n_events, curve.n_units) for curve in curves]
        rows.append(replace(untested(ask.segment.part("share", label), sides, NO_TEST), flags=flags))
    return rows


def purchase_regularity(ask: Ask) -> list[Row]:
    """Coefficient of variation of one customer's gaps, from everything up to the period's end.

    Returns
    -------
    list of Row, one
        `n_units` customers with two completed gaps.
    """
    pairs = [gap_pairs(ask.at(each)) for each in ask.periods]
    n = [int(each["n_customers"].sum()) for each in pairs]
    sides = [
        Side.of(regularity(each, ask.conf_level), denominator=each_n) for each, each_n in zip(pairs, n, strict=True)
    ]
    lack = f"customers with two completed gaps = {n[0]}, needs {FEWEST}" if n[0] < FEWEST else ""
    return [replace(untested(ask.segment, sides, NO_TEST), flags=few(n[0], lack))]


def regularity(pairs: pd.DataFrame, conf_level: float = 0.95) -> Interval:
    """Coefficient of variation of a customer's gaps, whatever the customer's rate.

    Where gaps are gamma with shape k, the share that the later of two gaps takes of both is beta(k, k), with variance 1 ÷ (4 (2k + 1)),
    and the coefficient of variation is 1 ÷ √k. The interval is that of the variance, carried over.

    Parameters
    ----------
    pairs : DataFrame, one row a distinct pair of gaps with a count
        `earlier, later` in days, `n_customers`.

    References
    ----------
    Wheat & Morrison (1990), "Estimating purchase regularity with two interpurchase times", Journal of Marketing Research 27.

    Examples
    --------
    >>> clockwork = pd.DataFrame({"earlier": [30, 30, 31], "later": [30, 31, 30], "n_customers": [60, 20, 20]})
    >>> round(regularity(clockwork).value, 2)
    0.01
    """
    n = pairs["n_customers"].to_numpy(float)
    share = pairs["later"] / (pairs["earlier"] + pairs["later"])
    square = (share.to_numpy(float) - 0.5) ** 2
    total = float(n.sum())
    if total < 2:
        return Interval(nan, nan, nan, "fewer than two customers with two completed gaps")
    variance = float(n @ square) / total
    half = z_quantile(conf_level) * float(np.sqrt(n @ (square - variance) ** 2 / total / (total - 1)))
    value, low, high = (_coefficient(v) for v in (variance, variance - half, variance + half))
    return Interval(value, low, high, "Wheat–Morrison, Wald on the variance")


def _coefficient(variance: float) -> float:
    """√(8v ÷ (1 − 4v)): from the variance of the share to the coefficient of variation; infinite from a quarter on."""
    variance = max(variance, 0.0)
    return float(np.sqrt(8 * variance / (1 - 4 * variance))) if variance < 0.25 else float("inf")


def open_gaps(ask: Ask) -> pd.DataFrame:
    """The gap of each customer that begins with the first purchase of the last 365 days, open or not: `duration, event, n_units`."""
    relation, where, _ = ask.scope("purchase_days")
    return ask.source.sql(
        f"""
        with days as (select customer_id, purchased_on from {relation} where ({where}) and purchased_on < $end),
        gaps as (
            select customer_id, purchased_on, lead(purchased_on) over (partition by customer_id order by purchased_on) as next_on
            from days
            where purchased_on >= cast($end as date) - {GAP_DAYS}
            qualify row_number() over (partition by customer_id order by purchased_on) = 1
        )
        select coalesce(next_on, cast($end as date) - 1) - purchased_on as duration, next_on is not null as event, count(*) as n_units
        from gaps group by all order by all""",
        end=ask.period.end,
    )


def gap_pairs(ask: Ask) -> pd.DataFrame:
    """The last two completed gaps of each customer up to the period's end: `earlier, later, n_customers`."""
    relation, where, _ = ask.scope("purchase_days")
    return ask.source.sql(
        f"""
        with days as (
            select customer_id, purchased_on,
                   lag(purchased_on, 1) over by_day as one_before, lag(purchased_on, 2) over by_day as two_before,
                   row_number() over (partition by customer_id order by purchased_on desc) as from_last
            from (select * from {relation} where {where}) where purchased_on < $end
            window by_day as (partition by customer_id order by purchased_on)
        )
        select one_before - two_before as earlier, purchased_on - one_before as later, count(*) as n_customers
        from days where from_last = 1 and two_before is not null group by all order by all""",
        end=ask.period.end,
    )
