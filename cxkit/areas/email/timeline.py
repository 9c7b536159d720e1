"""The engagement timeline: how often customers engage, channel by channel, as the days since an anchor go by."""

from typing import Any

import pandas as pd

from cxkit import stats
from cxkit.errors import ArgumentError, did_you_mean
from cxkit.measurement.ask import Ask
from cxkit.measurement.parts import with_levels
from cxkit.measurement.rows import records
from cxkit.row import Row, Side
from cxkit.stats import Change, Interval
from cxkit.stats.mover import mover, mover_p_value

ANCHORS = {
    "first_purchase": "select customer_id, first_ordered_at as anchor_at from buyers",
    "first_touch": "select customer_id, min(engaged_at) as anchor_at from engagements group by customer_id",
}
WEEKS = 12


def engagement_timeline(ask: Ask, *, anchor: str = "first_purchase", weeks: int = WEEKS) -> list[Row]:
    """Engagements per 100 customers a week, by channel and weeks since an anchor.

    All customers count who passed through that week after their anchor within the period, for as many days as they did: customers with
    short histories are in the first weeks only (at-risk denominators), and nobody's early days before the data are missed as zeros.

    Parameters
    ----------
    anchor : str
        first_purchase or first_touch.
    weeks : int
        How far after the anchor.

    Returns
    -------
    list of Row, one a channel and week
        Numerator engagements, denominator hundreds of customer-weeks, units customers at risk. The intervals hold together (Bonferroni
        over all rows): the band, not one point, is 95 %.

    Raises
    ------
    ArgumentError
        An anchor that does not exist.

    Examples
    --------
    >>> import cxkit as cx
    >>> engagement_timeline(Ask(cx.open_data("data/sample"), cx.Period.parse("2026-10")), anchor="birthday")
    Traceback (most recent call last):
    ...
    cxkit.errors.ArgumentError: anchor 'birthday' is none of first_purchase, first_touch.
    """
    if anchor not in ANCHORS:
        raise ArgumentError(f"anchor {anchor!r} is none of {', '.join(ANCHORS)}.{did_you_mean(anchor, ANCHORS)}")
    now, *before = (_counts(ask.at(each), anchor, weeks) for each in ask.periods)
    level = 1 - (1 - ask.conf_level) / max(len(now), 1)
    rows = []
    for (channel, number), week in now.items():
        band = _rate(week, level)
        side = Side.of(
            band._replace(method=f"{band.method}, simultaneous"),
            week["n"],
            week["n_days"] / 700,
            int(week["n_customers"]),
        )
        then = before[0].get((channel, number)) if before else None
        against = _against(week, then, ask.conf_level) if then else {}
        rows.append(Row(segment=ask.segment.part("channel", channel).part("week", number), now=side, **against))
    return rows


def _against(now: dict[str, Any], base: dict[str, Any], conf_level: float) -> dict[str, Any]:
    """What stands beside a base, of which the rate and the customers are told."""
    shown, tested = ([_rate(week, level) for week in (now, base)] for level in (conf_level, 0.95))
    return {
        "base": Side(shown[1].value, n_units=int(base["n_customers"])),
        "change": Change(*mover(shown[0], shown[1]), mover_p_value(tested[0], tested[1]), "MOVER"),
        "shortfall": stats.shortfall("count_rate", events=now["n"] + base["n"]),
    }


def _counts(ask: Ask, anchor: str, weeks: int) -> dict[tuple[str, int], dict[str, Any]]:
    """By channel and week after the anchor: engagements (n; squared by customer n2), customer-days and customers."""
    relation, where, _ = ask.scope("customers")
    found = ask.source.sql(_query(ANCHORS[anchor], relation, where, weeks), **ask.moments)
    return {(row["channel"], int(row["week"])): row for row in records(found)}


def _rate(week: dict[str, Any], conf_level: float) -> Interval:
    """Engagements per hundred customer-weeks."""
    return stats.count_rate(week["n"], week["n_days"] / 700, week["n2"], conf_level=conf_level)


def by_week(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the timeline with `channel`, `week` and `at_risk` in columns of their own, for a chart."""
    found = with_levels(frame, "channel", "week")
    found = found.assign(week=pd.to_numeric(found.week), at_risk=frame.n_units)
    return found[found.week.notna()].reset_index(drop=True)


def _query(anchors: str, relation: str, where: str, weeks: int) -> str:
    return f"""with
anchors as (
    select a.customer_id, cast(cast(a.anchor_at as date) as timestamp) as anchor_at
    from ({anchors}) as a
    semi join (select customer_id from {relation} where {where}) as c using (customer_id)
),
weeks as (select unnest(range({weeks})) as week),
at_risk as (                   -- days of each customer in each week after the anchor that lie in the period
    select customer_id, week,
           greatest(date_diff('day', greatest(anchor_at + interval 7 day * week, $start),
                                     least(anchor_at + interval 7 day * (week + 1), $end)), 0) as n_days
    from anchors, weeks
),
exposure as (
    select week, sum(n_days) as n_days, count(*) filter (where n_days > 0) as n_customers
    from at_risk group by week having sum(n_days) > 0
),
done as (
    select channel, week, customer_id, count(*) as n
    from (select e.channel, a.customer_id, date_diff('day', a.anchor_at, e.engaged_at) // 7 as week
          from engagements as e join anchors as a using (customer_id)
          where e.engaged_at >= $start and e.engaged_at < $end and e.engaged_at >= a.anchor_at)
    group by all
),
counts as (select channel, week, sum(n) as n, sum(n * n) as n2 from done group by all)
select c.channel, e.week, e.n_days, e.n_customers, coalesce(k.n, 0) as n, coalesce(k.n2, 0) as n2
from exposure as e
cross join (select distinct channel from counts) as c
left join counts as k on k.channel = c.channel and k.week = e.week
order by c.channel, e.week"""
