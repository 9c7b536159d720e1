"""Engagement of customers over all channels, and what customers were worth after it.

Levels are ranks: of contacts, seconds on site and clicks in messages, each as the percentage of the engaged with less, averaged over the
channels that are in the data. Value is counted in days after those of the level, so that a purchase does not explain itself.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from math import nan

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import untested
from cxkit.row import Row, Side
from cxkit.stats import ClusterSums
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


def customer_engagement_level(ask: Ask) -> list[Row]:
    """Mean level of known customers in the 90 days to the period's end, and the share of customers in each band.

    Returns
    -------
    list of Row, one for all and one a band
        The base stands beside them without a test.
    """
    levels = [_levels(ask.at(each)) for each in ask.periods]
    rows = [untested(ask.segment, [_mean(found.level, found.n, ask.conf_level) for found in levels], NO_TEST)]
    for name in BANDS:
        sides = []
        for found in levels:
            part, whole = float(found.n[_band(found.level) == name].sum()), float(found.n.sum())
            sides.append(Side.of(stats.proportion(part, whole, conf_level=ask.conf_level), part, whole))
        row = untested(ask.segment.part("level", name), sides, NO_TEST)
        rows.append(replace(row, unit="share", better="none"))
    return rows


def clv_by_engagement(ask: Ask) -> list[Row]:
    """Margin a customer in the last 180 days, by level of engagement in the 90 days before them.

    Returns
    -------
    list of Row, one a group
        The base stands beside them without a test. Empty if the data begin within these days.
    """
    known = [found for found in (_values(ask.at(each)) for each in ask.periods) if len(found)]
    rows = []
    for number, name in enumerate(FIFTHS):
        groups = [found[found["fifth"] == number] for found in known]
        if groups and len(groups[0]):
            sides = [_mean(group["worth"], group["n"], ask.conf_level) for group in groups]
            rows.append(untested(ask.segment.part("engagement", name), sides, SAME_DAYS))
    return rows


def says_trend(ask: Ask) -> str:
    """Whether value rises or falls with the engagement before it, in a sentence."""
    source = ask.source
    if not (source.has("orders") and source.has("customers") and any(source.has(name) for name in CHANNELS)):
        return "Without orders and engagement of known customers nothing can be said."
    customers = _values(ask)
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


def _values(ask: Ask) -> pd.DataFrame:
    """Customers known before the days of value: `fifth` (0 none, 1 … 5), `worth`, `n`."""
    from_day = ask.period.end - timedelta(days=VALUE_DAYS)
    if ask.source.coverage("orders")[0] > from_day - timedelta(days=LEVEL_DAYS):
        return pd.DataFrame(columns=["fifth", "worth", "n"])
    return ask.source.sql(
        f"""
        with levels as ({_levels_sql(ask)}),
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
        value_until=datetime.combine(ask.period.end, time()),
    )


def _levels(ask: Ask) -> pd.DataFrame:
    """Distinct levels with a count: `level, n`."""
    query = f"with levels as ({_levels_sql(ask)}) select round(1e6 * level) / 1e6 as level, count(*) as n from levels group by all order by all"
    return ask.source.sql(query, **_days(ask.period.end))


def _levels_sql(ask: Ask) -> str:
    """One row a customer known before $until: `customer_id, level`."""
    there = [name for name in CHANNELS if ask.source.has(name)]
    relation, where, _ = ask.scope("customers")
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


def _days(end: date) -> dict[str, datetime]:
    until = datetime.combine(end, time())
    return {"from": until - timedelta(days=LEVEL_DAYS), "until": until}


def _mean(values: pd.Series, n: pd.Series, conf_level: float) -> Side:
    mean = stats.abc_ratio(ClusterSums.counted(values, np.ones(len(values)), n), conf_level=conf_level)
    return Side.of(mean, _dot(n, values), float(n.sum()))


def _dot(one: pd.Series, other: pd.Series) -> float:
    return float(one.to_numpy(float) @ other.to_numpy(float))


def _band(level: pd.Series) -> np.ndarray:
    return np.array(BANDS)[np.where(level > 0, np.clip(np.ceil(level / 20), 1, 5), 0).astype(int)]
