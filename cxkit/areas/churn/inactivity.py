"""Buyers who owe no notice: how long they were silent, and from when on silence counts as lapsed."""

from datetime import datetime
from math import nan

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.areas.churn import rates
from cxkit.dataset.source import Source
from cxkit.measurement.described import WHOLE, compared, cross_sums, described_row, shortfall_of
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.stats import Change, ClusterSums


def inactivity_churn(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Buyers silent for longer than X days at the end of the period; X by which nine of ten repeat purchases had come.

    The base is counted with the same X. Buyers who are in both are recognised.

    Returns
    -------
    DataFrame, one row, for `measure`
        `exclusion_reasons` says X.
    """
    threshold = rates.lapse_threshold(purchase_gaps(source, period, segment=segment))
    silence = _silences(source, period, base, segment)
    n = silence.n.to_numpy(float)
    sums, flags = [], []
    for side in ("now", "then"):
        days = silence[f"silent_{side}"].to_numpy(float)
        there, lapsed = (~np.isnan(days)).astype(float), (days > threshold).astype(float)
        flags.append((lapsed, there))
        sums.append(ClusterSums.counted(lapsed, there, n * there))
    cross = cross_sums(n, flags[0], flags[1])
    known = not np.isnan(threshold)
    rate = stats.proportion(sums[0].num, sums[0].den if known else 0, conf_level=conf_level)
    method = f"{rate.method}; X = {threshold:g} days" if known else "no repeat purchase to take X from"
    row = described_row(
        segment, WHOLE, rate._replace(method=method), sums[0].num if known else nan, sums[0].den if known else 0
    )
    if base:
        change = stats.ratio_change(sums[0], sums[1], cross, share=True, conf_level=conf_level)
        before = stats.proportion(sums[1].num, sums[1].den if known else 0, conf_level=conf_level)
        parts = [(side.num, side.den) for side in sums]
        row |= compared(
            change if known else Change(nan, nan, nan, nan, ""),
            before,
            *parts[1],
            shortfall_of(*parts) if known else method,
        )
    return pd.DataFrame([row])


def purchase_gaps(source: Source, period: Period, *, segment: str = "") -> pd.DataFrame:
    """Days between consecutive purchase days up to the period's end: `gap_days, n_gaps, n_customer_gaps`, for `rates.lapse_threshold`."""
    relation, where, _ = scope(source, "purchase_days", None, segment)
    return source.sql(
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
        end=period.end,
    )


def silence(source: Source, period: Period, *, segment: str = "") -> pd.DataFrame:
    """Days since the last purchase at the period's end: `days_since_last, n_customers`, for `rates.inactivity_churn`."""
    found = _silences(source, period, None, segment)
    return found.rename(columns={"silent_now": "days_since_last", "n": "n_customers"})[
        ["days_since_last", "n_customers"]
    ]


def lapse_sensitivity(source: Source, period: Period, *, segment: str = "", conf_level: float = 0.95) -> pd.DataFrame:
    """Share of lapsed buyers for several X, the catalogue's own among them: `X_days, rule, lapsed, from, to, buyers`."""
    names = ["X_days", "rule", "lapsed", "from", "to", "buyers"]
    if not source.has("orders"):
        return pd.DataFrame(columns=names)
    gaps, buyers = purchase_gaps(source, period, segment=segment), silence(source, period, segment=segment)
    shares = (0.5, 0.75, 0.9, 0.95)
    found = {rates.lapse_threshold(gaps, share): f"{share:.0%} of the repeat purchases came sooner" for share in shares}
    known = {days: rule for days, rule in found.items() if not np.isnan(days)}
    if buyers["n_customers"].sum() < source.settings.k or not known:
        return pd.DataFrame(columns=names)
    table = rates.inactivity_churn(buyers, sorted(known), conf_level=conf_level)
    renamed = {
        "threshold_days": "X_days",
        "value": "lapsed",
        "ci_low": "from",
        "ci_high": "to",
        "denominator": "buyers",
    }
    table = table.rename(columns=renamed).assign(rule=table["threshold_days"].map(known))
    return table[names].astype({"X_days": int, "buyers": int})


def _silences(source: Source, period: Period, base: Period | None, segment: str) -> pd.DataFrame:
    relation, where, _ = scope(source, "purchase_days", None, segment)
    return source.sql(
        f"""
        with lasts as (
            select customer_id,
                   cast($end as date) - max(purchased_on) filter (where purchased_on < $end)           as silent_now,
                   cast($base_end as date) - max(purchased_on) filter (where purchased_on < $base_end) as silent_then
            from (select * from {relation} where {where}) group by customer_id
        )
        select silent_now, silent_then, count(*) as n from lasts
        where silent_now is not null group by all order by all""",
        end=period.end,
        base_end=base.end if base else datetime(1, 1, 2).date(),
    )
