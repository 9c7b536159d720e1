"""Engagement of customers over all channels, and what customers were worth after it.

Levels are ranks: of contacts, seconds on site and clicks in messages, each as the percentage of the engaged with less, averaged over the
channels that are in the data. Value is counted in days after those of the level, so that a purchase does not explain itself.
"""

from datetime import datetime, time, timedelta
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.measurement.described import WHOLE, beside_base, described_row
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.stats import ClusterSums, Interval
from cxkit.stats.normal import z_p_value
from cxkit.stats.ranks import spearman

LEVEL_DAYS = 90
VALUE_DAYS = 180
BANDS = ("none", "1–20", "21–40", "41–60", "61–80", "81–100")
FIFTHS = ("none", "lowest fifth", "second fifth", "third fifth", "fourth fifth", "highest fifth")
NO_TEST = "no test: levels are ranks within each period"
SAME_DAYS = "no test: most days of the base are the same"

# What counts in each channel, and the table that it needs.
CHANNELS = {
    "tickets": "count(*) filter (where t.kind = 'contact')",
    "events": "coalesce(sum(coalesce(s.engagement_time_s, s.duration_s)) filter (where t.source = 'events'), 0)",
    "message_events": "count(*) filter (where t.source = 'message_events' and t.kind = 'click')",
}


def customer_engagement_level(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Mean level of known customers in the 90 days to the period's end, and the share of customers in each band.

    Returns
    -------
    DataFrame, one row for all and one a band, for `measure`
        The base stands beside them without a test.
    """
    sides = [_levels(source, each.end, segment) for each in (period, base) if each]
    means = [_mean_of(side.level, side.n, conf_level) for side in sides]
    rows = [_beside(segment, WHOLE, means, [(_dot(side.n, side.level), float(side.n.sum())) for side in sides])]
    for name in BANDS:
        parts = [(float(side.n[_band(side.level) == name].sum()), float(side.n.sum())) for side in sides]
        shares = [stats.proportion(*part, conf_level=conf_level) for part in parts]
        rows.append(_beside(segment, ("level", name), shares, parts) | {"unit": "share", "better": "none"})
    return pd.DataFrame(rows)


def clv_by_engagement(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Margin a customer in the last 180 days, by level of engagement in the 90 days before them.

    Returns
    -------
    DataFrame, one row a group, for `measure`
        The base stands beside them without a test. Empty if the data begin within these days.
    """
    sides = [_values(source, each, segment) for each in (period, base) if each]
    sides = [side for side in sides if len(side)]
    rows = []
    for number, name in enumerate(FIFTHS):
        groups = [side[side["fifth"] == number] for side in sides]
        if not groups or groups[0].empty:
            continue
        means = [_mean_of(group["worth"], group["n"], conf_level) for group in groups]
        parts = [(_dot(group["n"], group["worth"]), float(group["n"].sum())) for group in groups]
        rows.append(_beside(segment, ("engagement", name), means, parts) | {"shortfall": SAME_DAYS})
    return pd.DataFrame(rows, columns=None if rows else ["segment", "value"])


def says_trend(source: Source, period: Period, *, segment: str = "") -> str:
    """Whether value rises or falls with the engagement before it, in a sentence."""
    if not (source.has("orders") and source.has("customers") and any(source.has(name) for name in CHANNELS)):
        return "Without orders and engagement of known customers nothing can be said."
    customers = _values(source, period, segment)
    p = engagement_trend(customers) if len(customers) else nan
    if np.isnan(p):
        return f"Can't tell whether value goes with earlier engagement: {LEVEL_DAYS + VALUE_DAYS} days of both are needed, and customers who differ."
    test = f"(Cuzick's trend test over the levels, {'p < 0.001' if p < 0.001 else f'p = {p:.2g}'}; {int(customers['n'].sum()):,} customers)"
    if p > 0.05:
        return f"Value neither rises nor falls with earlier engagement beyond noise {test}."
    rho = spearman(*(customers[name].to_numpy(float) for name in ("fifth", "worth", "n")))
    return f"The more engaged before, the {'more' if rho > 0 else 'less'} a customer was worth afterwards, beyond noise {test}."


def engagement_trend(customers: pd.DataFrame) -> float:
    """P-value of a trend of value over ordered groups: Cuzick's test, exact variance under ties.

    Parameters
    ----------
    customers : DataFrame, one row a distinct (fifth, worth) with a count `n`

    References
    ----------
    Cuzick (1985), Statistics in Medicine 4, 87–90: a rank correlation of value and group score.

    Examples
    --------
    >>> engagement_trend(pd.DataFrame({"fifth": [0, 1, 2], "worth": [1.0, 2.0, 3.0], "n": [20, 20, 20]})) < 0.001
    True
    """
    n = customers["n"].to_numpy(float)
    rho = spearman(customers["fifth"].to_numpy(float), customers["worth"].to_numpy(float), n)
    return z_p_value(float(rho * np.sqrt(n.sum() - 1))) if np.isfinite(rho) else nan


def _values(source: Source, period: Period, segment: str) -> pd.DataFrame:
    """Customers known before the days of value: `fifth` (0 none, 1 … 5), `worth`, `n`."""
    from_day = period.end - timedelta(days=VALUE_DAYS)
    if source.coverage("orders")[0] > from_day - timedelta(days=LEVEL_DAYS):
        return pd.DataFrame(columns=["fifth", "worth", "n"])
    return source.sql(
        f"""
        with levels as ({_levels_sql(source, segment)}),
        worths as (
            select customer_id, cast(sum(kept_margin) as double) as worth from purchases
            where ordered_at >= $until and ordered_at < $value_until and customer_id is not null group by customer_id
        ),
        ranked as (
            select level, coalesce(worth, 0) as worth,
                   (rank() over w - 1 + cume_dist() over w * count(*) over (partition by level > 0))
                       / 2.0 / count(*) over (partition by level > 0) as place
            from levels left join worths using (customer_id)
            window w as (partition by level > 0 order by level)
        )
        select case when level = 0 then 0 else 1 + least(4, cast(floor(5 * place) as integer)) end as fifth,
               round(100 * worth) / 100 as worth, count(*) as n
        from ranked group by all order by all""",
        **_days(from_day),
        value_until=datetime.combine(period.end, time()),
    )


def _levels(source: Source, end: object, segment: str) -> pd.DataFrame:
    """Distinct levels with a count: `level, n`."""
    query = f"with levels as ({_levels_sql(source, segment)}) select round(1e6 * level) / 1e6 as level, count(*) as n from levels group by all order by all"
    return source.sql(query, **_days(end))


def _levels_sql(source: Source, segment: str) -> str:
    """One row a customer known before $until: `customer_id, level`."""
    there = [name for name in CHANNELS if source.has(name)]
    relation, where, _ = scope(source, "customers", None, segment)
    ranks = " + ".join(f"percent_rank() over (order by {name}_)" for name in there)
    return f"""
        with acts as (
            select t.customer_id, {", ".join(f"{CHANNELS[name]} as {name}_" for name in there)}
            from touches as t
            left join sessions as s on t.source = 'events' and s.session_id = t.touch_id
            where t.touched_at >= $from and t.touched_at < $until and t.customer_id is not null
            group by t.customer_id
        ),
        known as (
            select customer_id from {relation}
            where coalesce(acquired_at, first_seen_at, $from) < $until
              and coalesce(consent_profiling, true) and ({where})
        ),
        engaged as (
            select * from acts join known using (customer_id) where {" + ".join(f"{name}_" for name in there)} > 0
        ),
        ranked as (select customer_id, 100 * ({ranks}) / {len(there)} as level from engaged)
        select customer_id, case when level is null then 0 else greatest(level, 1e-6) end as level from known left join ranked using (customer_id)"""


def _days(end: object) -> dict[str, datetime]:
    until = datetime.combine(end, time())  # type: ignore[arg-type]
    return {"from": until - timedelta(days=LEVEL_DAYS), "until": until}


def _mean_of(values: pd.Series, n: pd.Series, conf_level: float) -> Interval:
    return stats.abc_ratio(ClusterSums.counted(values, np.ones(len(values)), n), conf_level=conf_level)


def _dot(one: pd.Series, other: pd.Series) -> float:
    return float(one.to_numpy(float) @ other.to_numpy(float))


def _band(level: pd.Series) -> np.ndarray:
    return np.array(BANDS)[np.where(level > 0, np.clip(np.ceil(level / 20), 1, 5), 0).astype(int)]


def _beside(
    segment: str, part: tuple[str, object], found: list[Interval], parts: list[tuple[float, float]]
) -> dict[str, Any]:
    """A row with its base, if there is one."""
    row = described_row(segment, part, found[0], *parts[0]) | {"shortfall": NO_TEST}
    return row | beside_base(found[0], found[1], *parts[1]) if found[1:] else row
