"""The engagement timeline: how often customers engage, channel by channel, as the days since an anchor go by."""

from dataclasses import dataclass
from datetime import datetime, time

import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.errors import ArgumentError, did_you_mean
from cxkit.measurement.measure import records
from cxkit.measurement.parts import with_levels
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.segment import part_of
from cxkit.stats import Interval
from cxkit.stats.mover import mover, mover_p_value

ANCHORS = {
    "first_purchase": "select customer_id, first_ordered_at as anchor_at from buyers",
    "first_touch": "select customer_id, min(engaged_at) as anchor_at from engagements group by customer_id",
}
WEEKS = 12


def engagement_timeline(
    source: Source,
    period: Period,
    base: Period | None = None,
    *,
    segment: str = "",
    conf_level: float = 0.95,
    anchor: str = "first_purchase",
    weeks: int = WEEKS,
) -> pd.DataFrame:
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
    DataFrame, one row a channel and week
        For `measure`: `segment` ("channel=email, week 0"), `value`, numerator engagements, denominator hundreds of customer-weeks,
        n_units customers at risk, interval. The intervals hold together (Bonferroni over all rows): the band, not one point, is 95 %.

    Raises
    ------
    ArgumentError
        An anchor that does not exist.

    Examples
    --------
    >>> import cxkit as cx
    >>> engagement_timeline(cx.open_data("data/sample"), cx.Period.parse("2026-10"), anchor="birthday")
    Traceback (most recent call last):
    ...
    cxkit.errors.ArgumentError: anchor 'birthday' is none of first_purchase, first_touch.
    """
    if anchor not in ANCHORS:
        raise ArgumentError(f"anchor {anchor!r} is none of {', '.join(ANCHORS)}.{did_you_mean(anchor, ANCHORS)}")
    relation, where, _ = scope(source, "customers", None, segment)
    sides = [_rates(source, each, ANCHORS[anchor], relation, where, weeks) for each in (period, base) if each]
    level = 1 - (1 - conf_level) / max(len(sides[0]), 1)
    rows = []
    for (channel, week), now in sides[0].items():
        rate = now.rate(level)
        row = {
            "segment": part_of(part_of(segment, "channel", channel), "week", week),
            "value": rate.value, "numerator": now.n, "denominator": now.exposure, "n_units": now.n_customers,
            "ci_low": rate.low, "ci_high": rate.high, "ci_method": f"{rate.method}, simultaneous",
        }  # fmt: skip
        if base and (then := sides[1].get((channel, week))):
            difference, low, high = mover(now.rate(conf_level), then.rate(conf_level))
            row |= {
                "base_value": then.rate().value, "base_n_units": then.n_customers, "difference": difference,
                "difference_low": low, "difference_high": high, "p_value": mover_p_value(now.rate(), then.rate()),
                "test": "MOVER", "shortfall": stats.shortfall("count_rate", events=now.n + then.n),
            }  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class _Week:
    """Engagements of a channel in a week after the anchor, over hundreds of customer-weeks."""

    n: float
    n2: float
    exposure: float
    n_customers: int

    def rate(self, conf_level: float = 0.95) -> Interval:
        return stats.count_rate(self.n, self.exposure, self.n2, conf_level=conf_level)


def _rates(
    source: Source, period: Period, anchors: str, relation: str, where: str, weeks: int
) -> dict[tuple[str, int], _Week]:
    moments = {"start": datetime.combine(period.start, time()), "end": datetime.combine(period.end, time())}
    found = source.sql(_query(anchors, relation, where, weeks), **moments)
    return {
        (row["channel"], int(row["week"])): _Week(row["n"], row["n2"], row["n_days"] / 700, int(row["n_customers"]))
        for row in records(found)
    }


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
