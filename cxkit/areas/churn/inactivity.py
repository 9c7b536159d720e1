"""Buyers who owe no notice: how long they were silent, and from when on silence counts as lapsed."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.areas.churn import rates
from cxkit.areas.churn.beside import beside, flags
from cxkit.flags import Flag
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import cross_sums, shortfall_of
from cxkit.row import Row, Side
from cxkit.stats import ClusterSums


def inactivity_churn(ask: Ask) -> list[Row]:
    """Buyers silent for longer than X days at the end of the period; X by which nine of ten repeat purchases had come.

    The base is counted with the same X. Buyers who are in both are recognised.

    Returns
    -------
    list of Row, one
        The method says X.
    """
    threshold = rates.lapse_threshold(purchase_gaps(ask))
    if np.isnan(threshold):
        why = "no repeat purchase to take X from"
        return [Row(now=Side(denominator=0, method=why), flags=(Flag.EMPTY_DENOMINATOR,), shortfall=why)]
    silence = silences(ask)
    n, pairs = silence.n_customers.to_numpy(float), []
    for side in ("", "_then"):
        days = silence[f"days_since_last{side}"].to_numpy(float)
        pairs.append(((days > threshold).astype(float), (~np.isnan(days)).astype(float)))
    sums, before = (ClusterSums.counted(lapsed, there, n * there) for lapsed, there in pairs)
    parts = [(side.num, side.den) for side in (sums, before)]
    now, base = (Side.of(stats.proportion(*part, conf_level=ask.conf_level), *part) for part in parts)
    row = Row(now=replace(now, method=f"{now.method}; X = {threshold:g} days"), flags=flags(now))
    change = stats.ratio_change(sums, before, cross_sums(n, *pairs), share=True, conf_level=ask.conf_level)
    return [beside(row, base, change, shortfall_of(*parts)) if ask.base else row]


def purchase_gaps(ask: Ask) -> pd.DataFrame:
    """Days between consecutive purchase days up to the period's end: `gap_days, n_gaps, n_customer_gaps`, for `rates.lapse_threshold`."""
    relation, where, _ = ask.scope("purchase_days")
    return ask.source.sql(
        f"""
        with gaps as (
            select customer_id,
                   purchased_on - lag(purchased_on) over (partition by customer_id order by purchased_on) as gap_days
            from (select * from {relation} where {where}) where purchased_on < $end
        ),
        counted as (
            select gap_days, count(*) over (partition by customer_id) as n_customer_gaps
            from gaps where gap_days is not null
        )
        select gap_days, n_customer_gaps, count(*) as n_gaps from counted group by all order by all""",
        end=ask.period.end,
    )


def lapse_sensitivity(ask: Ask) -> pd.DataFrame:
    """Share of lapsed buyers for several X, the catalogue's own among them: `X_days, rule, lapsed, from, to, buyers`."""
    names = ["X_days", "rule", "lapsed", "from", "to", "buyers"]
    if not ask.source.has("orders"):
        return pd.DataFrame(columns=names)
    gaps, buyers = purchase_gaps(ask), silences(ask.at(ask.period))
    shares = (0.5, 0.75, 0.9, 0.95)
    found = {rates.lapse_threshold(gaps, share): f"{share:.0%} of the repeat purchases came sooner" for share in shares}
    known = {days: rule for days, rule in found.items() if not np.isnan(days)}
    if buyers["n_customers"].sum() < ask.source.settings.k or not known:
        return pd.DataFrame(columns=names)
    table = rates.inactivity_churn(buyers, sorted(known), conf_level=ask.conf_level)
    renamed = {
        "threshold_days": "X_days",
        "value": "lapsed",
        "ci_low": "from",
        "ci_high": "to",
        "denominator": "buyers",
    }
    table = table.rename(columns=renamed).assign(rule=table["threshold_days"].map(known))
    return table[names].astype({"X_days": int, "buyers": int})


def silences(ask: Ask) -> pd.DataFrame:
    """Days since the last purchase at the end of the period and the base's (null without): `days_since_last, days_since_last_then, n_customers`."""
    relation, where, _ = ask.scope("purchase_days")
    return ask.source.sql(
        f"""
        with lasts as (
            select customer_id,
                   cast($end as date) - max(purchased_on) filter (where purchased_on < $end)           as days_since_last,
                   cast($base_end as date) - max(purchased_on) filter (where purchased_on < $base_end) as days_since_last_then
            from (select * from {relation} where {where}) group by customer_id
        )
        select days_since_last, days_since_last_then, count(*) as n_customers from lasts
        where days_since_last is not null group by all order by all""",
        end=ask.period.end,
        base_end=ask.base.end if ask.base else date.min,
    )
