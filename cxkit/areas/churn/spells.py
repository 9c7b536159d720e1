"""What the survival models read: memberships (spells) as distinct rows with a count, one query each, nothing later than a day.

Covariates are those known when the spell began. Times are days; what happens after the day is as if unknown, so that a report on an
earlier month says what was known then.
"""

from datetime import date, datetime, time, timedelta

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.measurement.ask import EVERYBODY
from cxkit.measurement.scope import scope
from cxkit.segment import Segment

COVARIATES = ("plan", "billing_interval", "acquisition_channel", "country", "household", "age_band")
OTHER = "other"
MOST_LEVELS = 10

_STOP = "case when ended_at < $until then ended_at else least(observed_until, $until) end"
_SPAN = f"""
    greatest(date_diff('day', started_at, watched_from), 0)               as entry,
    date_diff('day', started_at, {_STOP})                                 as duration,
    coalesce(is_lost and ended_at < $until, false)                        as event"""

# The part of a spell within a window: at risk on each of its days, and on no other.
_WITHIN = """replace (
    case when at_day > entry and at_day > 0 then at_day - 0.5 else entry end as entry, least(duration, until_day - 1) as duration)"""


def spell_cells(
    source: Source, until: date, *, segment: Segment = EVERYBODY, since: date | None = None
) -> pd.DataFrame:
    """Spells as they were known at the end of a day.

    Parameters
    ----------
    until : date
        Last day that is seen.
    since : date, optional
        Only the risk from this day on: spells that run then enter late, between two days, so that each day is in one of two periods only.
    segment : Segment
        Only these, such as `country=PL`.

    Returns
    -------
    DataFrame, one row a distinct spell with a count
        `entry, duration` (days), `event`, `end_reason` (voluntary, payment_failed, other; null while it runs), the covariates, `n_units`;
        `cluster` numbers the customers with several spells (null: one alone), `n_clusters` is 1 for each, so that robust errors can sum
        over a customer.
        Levels with fewer spells than the small-cell limit k are joined as "other".
    """
    query = f"""
        with {_known(source, segment)},
        spans as (
            select {", ".join(COVARIATES)}, {_SPAN},
                   case when is_lost and ended_at < $until then end_reason end as end_reason,
                   date_diff('day', started_at, $since) as at_day, date_diff('day', started_at, $until) as until_day,
                   cluster, cast(1 as bigint) as n_clusters
            from known left join repeaters using (customer_id)
        )
        select * exclude (at_day, until_day) {_WITHIN if since else ""}, count(*) as n_units
        from spans where duration >= at_day group by all order by all"""
    began = datetime.combine(since, time()) if since else datetime(1, 1, 2)
    return _with_rare_levels_joined(source.sql(query, until=_after(until), since=began), source.settings.k)


def split_cells(source: Source, until: date, day: date, *, segment: Segment = EVERYBODY) -> pd.DataFrame:
    """As `spell_cells`, each spell cut in two where it runs past the start of `day`: `is_after` tells the parts apart.

    The part after is at risk from the day on (late entry, between two days, so that every day is in one part only). `cluster` holds the
    parts of a spell and the spells of a customer together; `n_clusters` says how many customers share it.
    """
    query = f"""
        with {_known(source, segment)},
        spans as (
            select {", ".join(COVARIATES)}, {_SPAN},
                   date_diff('day', started_at, $day) as at_day, cluster
            from known left join repeaters using (customer_id)
        ),
        whole as (
            select * replace (coalesce('customer ' || cluster, 'alike ' || row_number() over (order by {", ".join(COVARIATES)}, entry, duration, event)) as cluster),
                   case when cluster is null then n_units else 1 end as n_clusters
            from (select *, count(*) as n_units from spans group by all)
        ),
        parts as (
            select * replace (least(duration, at_day - 1) as duration, cast(entry as double) as entry, event and duration < at_day as event),
                   false as is_after
            from whole where entry < at_day - 1 or (entry = 0 and at_day >= 1)
            union all by name
            select * replace (case when entry >= at_day then entry else at_day - 0.5 end as entry), true as is_after
            from whole where duration >= at_day
        )
        select * exclude (at_day) from parts order by all"""
    cells = source.sql(query, until=_after(until), day=datetime.combine(day, time()))
    return _with_rare_levels_joined(cells, source.settings.k)


def member_cells(
    source: Source, day: date, until: date, *, segment: Segment = EVERYBODY, by_customer: bool = False
) -> pd.DataFrame:
    """Members at the end of `day` and what happened from then on to the end of `until`, for `risk.validate_on_split`.

    Returns
    -------
    DataFrame, one row a distinct member with a count
        `tenure` on the day, `duration` and `event` after it, the covariates, `n_units`; with `by_customer`, which is for scores and
        not for a shared report, also `customer_id`.
    """
    query = f"""
        select {"customer_id, " if by_customer else ""}{", ".join(COVARIATES)},
               date_diff('day', started_at, $day)                               as tenure,
               date_diff('day', $day, {_STOP})                                  as duration,
               coalesce(is_lost and ended_at < $until, false)                   as event, count(*) as n_units
        from {_spells(source, segment)}
        where started_at < $day and watched_from < $day and (ended_at is null or ended_at >= $day)
        group by all order by all"""
    return source.sql(query, until=_after(until), day=_after(day))


def monthly_margin(source: Source, until: date, by: str | None = None, *, segment: Segment = EVERYBODY) -> pd.DataFrame:
    """Margin of a month of membership, at the price of the last term begun: `group, n_members, mrr, margin`.

    Terms without a share take `margin_share` of the settings, else all of the revenue.
    """
    fallback = source.settings.margin_share if source.settings.margin_share is not None else 1.0
    query = f"""
        with members as (
            select s.*, t.mrr_amount as price, coalesce(t.margin_share, {fallback}) as share
            from {_spells(source, segment)} as s
            join paid_terms as t on t.customer_id = s.customer_id
             and t.term_start_at < $until and (t.stopped_at is null or t.stopped_at >= $until)
            where s.started_at < $until and (s.ended_at is null or s.ended_at >= $until) and t.mrr_amount is not null
        )
        select {f"coalesce({by}, 'not known')" if by else "'all'"} as "group", count(distinct customer_id) as n_members,
               cast(sum(price) as double) / count(distinct customer_id) as mrr,
               cast(sum(price * share order by price, share) as double) / count(distinct customer_id) as margin
        from members group by all order by all"""
    return source.sql(query, until=_after(until))


def joined(cells: pd.DataFrame, column: str) -> pd.DataFrame:
    """Cells with null levels named, so that a chart and a test can say who they are."""
    return cells.assign(**{column: cells[column].fillna("not known")})


def _spells(source: Source, segment: Segment) -> str:
    relation, where, _ = scope(source, "spells", None, segment)
    return f"(select * from {relation} where {where})"


def _known(source: Source, segment: Segment) -> str:
    """CTEs: the spells that are known, and a number for each customer with several."""
    return f"""
        known as (select * from {_spells(source, segment)} where started_at < $until and watched_from < $until),
        repeaters as (
            select customer_id, row_number() over (order by customer_id) as cluster
            from known group by customer_id having count(*) > 1
        )"""


def _after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time())


def _with_rare_levels_joined(cells: pd.DataFrame, k: int) -> pd.DataFrame:
    """Nobody is told apart by a rare trait, and a model gets no term for it; the largest levels keep their names."""
    for name in COVARIATES:
        sizes = cells.groupby(name)["n_units"].sum().sort_values(ascending=False, kind="stable")
        kept = set(sizes[sizes >= k].index[:MOST_LEVELS])
        cells[name] = cells[name].astype(object).where(cells[name].isna() | cells[name].isin(kept), OTHER)
    keys = [name for name in cells.columns if name != "n_units"]
    if cells.empty:
        return cells
    return pd.DataFrame(cells.groupby(keys, dropna=False, as_index=False)["n_units"].sum())
