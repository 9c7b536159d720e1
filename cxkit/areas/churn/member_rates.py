"""Figures of memberships for any period: who was there at its start, and what became of them. Rates from counts are in `rates`.

Each function asks the engine for counts, gives them to the rates, and lays the base beside them. Losses of two periods are
independent even where the same members are in both: whoever was lost in the first is not at risk in the second.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.areas.churn.beside import beside, flags
from cxkit.areas.churn.rates import annualised_churn, churn_rates
from cxkit.errors import ArgumentError
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import Figure, cross_sums, first, named, shortfall_of
from cxkit.measurement.rows import records
from cxkit.metric import Described
from cxkit.period import Period
from cxkit.row import Row, Side
from cxkit.stats import Change, ClusterSums, CrossSums, abc_ratio
from cxkit.stats.mover import mover, mover_p_value

LATE = "member seen only from later on"
DAYS_PER_YEAR = 365.25
NOBODY = dict.fromkeys(("n_start", "n_lost", "n_joined", "n_joined_and_lost", "n_late"), 0)

# There at a moment: started before it, not ended before it, and already watched on that day.
AT_START = "started_at < $start and (ended_at is null or ended_at >= $start)"
SEEN = "date_trunc('day', watched_from) <= $start"


def start_cohort(ask: Ask, by: str | None = None) -> pd.DataFrame:
    """Members at the start of a period and what became of them by its end.

    Returns
    -------
    DataFrame, one row a level of `by` (one in all without it)
        `level, n_start, n_lost, n_joined, n_joined_and_lost, n_late`: the late ones were members, but are in the data only from a
        later day on, so that they could not have been lost before it; they are left out.
    """
    relation, where, level = ask.scope("spells", by)
    return ask.source.sql(
        f"""
        select {level} as level,
               count(*) filter (where {AT_START} and {SEEN})                                        as n_start,
               count(*) filter (where {AT_START} and {SEEN} and is_lost and ended_at < $end)        as n_lost,
               count(*) filter (where started_at >= $start and started_at < $end)                   as n_joined,
               count(*) filter (where started_at >= $start and is_lost and ended_at < $end)         as n_joined_and_lost,
               count(*) filter (where {AT_START} and not {SEEN})                                    as n_late
        from {relation} where {where}
        group by all order by all""",
        **ask.moments,
    )


def churn_figure(metric_id: str, by: str | None = None) -> Figure:
    """A function for `Described`: one of the rates of `churn_rates`, or churn_annualised."""

    def compute(ask: Ask) -> list[Row]:
        """One row, or one a value of `by`."""
        cohorts = [_counts(start_cohort(ask.at(each), by)) for each in ask.periods]
        levels = cohorts[0] if by else [""]
        return [
            replace(
                _churn_row(metric_id, ask, [cohort.get(level, NOBODY) for cohort in cohorts]),
                segment=ask.segment.part(by or "", level),
            )
            for level in levels
        ]

    return named(compute, f"churn_figure[{metric_id}]")


def monthly_churn(ask: Ask) -> pd.DataFrame:
    """Customer churn of each calendar month that the data cover, up to the end of the period, for a chart.

    Returns
    -------
    DataFrame, one row a month with at least the small-cell limit k of members
        `month, value, ci_low, ci_high, numerator, denominator`.
    """
    names = ["month", "value", "ci_low", "ci_high", "numerator", "denominator"]
    if not ask.source.has("subscriptions"):
        return pd.DataFrame(columns=names)
    first, last = ask.source.coverage("subscriptions")
    rows = []
    for number in pd.period_range(first, min(last, ask.period.last_day), freq="M"):
        month = Period.parse(str(number))
        counts = _counts(start_cohort(ask.at(month))).get("", NOBODY)
        if counts["n_start"] >= ask.source.settings.k and month.last_day <= last:
            rate = _rate("customer_churn_rate", month, counts, ask.conf_level)
            start = pd.Timestamp(month.start)
            rows.append((start, rate.value, rate.low, rate.high, rate.numerator, rate.denominator))
    return pd.DataFrame(rows, columns=names)


def revenue_figure(metric_id: str) -> Figure:
    """A function for `Described`: revenue_churn or nrr of the members at the start."""

    def compute(ask: Ask) -> list[Row]:
        """One row."""
        book, n_left_out = revenue_book(ask)
        now, then, cross = revenue_sums(book, metric_id)
        side, base = (
            Side.of(abc_ratio(sums, conf_level=ask.conf_level), sums.num, sums.den, sums.n) for sums in (now, then)
        )
        asked = (now, then) if ask.base else (now,)
        lack = first(stats.shortfall("heavy_tailed_mean", positive=sums.n) for sums in asked)
        row = Row(now=side, left_out={"no amount": n_left_out} if n_left_out else {}, flags=flags(side, lack))
        change = stats.mean_change(now, then, cross, conf_level=ask.conf_level)
        return [beside(row, base, change, lack) if ask.base else row]

    return named(compute, f"revenue_figure[{metric_id}]")


def revenue_book(ask: Ask) -> tuple[pd.DataFrame, int]:
    """Monthly revenue of the members at the start of a period, then and at its end (0: lost), beside the base.

    Returns
    -------
    DataFrame, one row a distinct combination with a count
        `mrr_start_now, mrr_end_now, mrr_start_then, mrr_end_then` (0 where not a member at that start), `n_customers`.
    int
        Members left out because an amount is missing.
    """
    books = [_book(ask.at(each)) for each in ask.periods]
    left_out = int(books[0].mrr_start.isna().sum())
    now, *then = (book[book.mrr_start.notna()].set_index("customer_id") for book in books)
    before = then[0] if then else now.iloc[:0]
    both = now.join(before, how="outer", lsuffix="_now", rsuffix="_then").fillna(0.0)
    return both.groupby(list(both.columns)).size().rename("n_customers").reset_index(), left_out


def revenue_sums(book: pd.DataFrame, metric_id: str) -> tuple[ClusterSums, ClusterSums, CrossSums]:
    """Sums over the customers of a `revenue_book`: of the period and of the base, and over who is in both.

    revenue_churn is what was lost or contracted ÷ the start's revenue, gross; in nrr expansion counts: the end's ÷ the start's.
    """
    n, pairs = book.n_customers.to_numpy(float), []
    for side in ("now", "then"):
        start, end = book[f"mrr_start_{side}"].to_numpy(float), book[f"mrr_end_{side}"].to_numpy(float)
        part = np.maximum(start - end, 0) if metric_id == "revenue_churn" else end
        pairs.append((np.where(start > 0, part, 0), start))
    now, then = (ClusterSums.counted(part, start, n * (start > 0)) for part, start in pairs)
    return now, then, cross_sums(n, *pairs)


def by(metric: Described, column: str) -> Described:
    """A churn rate of `member_rates` by a column of `spells` or `customers`, to be measured like any figure.

    Raises
    ------
    ArgumentError
        A figure that is not counted on the members at the start.
    """
    if metric.id not in ("customer_churn_rate", "customer_retention_rate", "churn_rate_stripe", "churn_annualised"):
        raise ArgumentError(f"{metric.id} cannot be grouped by {column}: only the churn rates of members can.")
    return replace(metric, function=churn_figure(metric.id, column))


def _book(ask: Ask) -> pd.DataFrame:
    """One row a member at the start: `customer_id, mrr_start, mrr_end`; null if an amount is missing."""
    relation, where, _ = ask.scope("spells")
    at_start, at_end = (
        f"t.term_start_at < {at} and (t.stopped_at is null or t.stopped_at >= {at})" for at in ("$start", "$end")
    )
    return ask.source.sql(
        f"""
        with members as (
            select customer_id, started_at, ended_at from {relation}
            where {AT_START} and {SEEN} and ({where})
        )
        select m.customer_id,
               case when bool_or(t.mrr_amount is null) then null
                    else cast(sum(t.mrr_amount) filter (where {at_start}) as double) end as mrr_start,
               cast(coalesce(sum(t.mrr_amount) filter (
                   where {at_end} and (m.ended_at is null or m.ended_at >= $end)), 0) as double) as mrr_end
        from members as m
        join paid_terms as t
          on t.customer_id = m.customer_id and t.term_start_at >= m.started_at and t.term_start_at <= coalesce(m.ended_at, $end)
         and (t.stopped_at is null or t.stopped_at >= $start) and t.term_start_at < $end
        group by m.customer_id order by m.customer_id""",
        **ask.moments,
    )  # fmt: skip


def _churn_row(metric_id: str, ask: Ask, counts: Sequence[Mapping[str, int]]) -> Row:
    """From the counts of the period's `start_cohort`, and of the base's."""

    def sides(conf_level: float) -> list[Side]:
        return [_rate(metric_id, each, of, conf_level) for each, of in zip(ask.periods, counts, strict=True)]

    now, *then = sides(ask.conf_level)
    parts = [(side.numerator, side.denominator) for side in (now, *then)]
    lack, n_late = shortfall_of(*parts), counts[0]["n_late"]
    row = Row(now=now, left_out={LATE: n_late} if n_late else {}, flags=flags(now, "" if then else lack))
    if not then:
        return row
    base = then[0]
    if metric_id == "churn_annualised":
        now_95, base_95 = (side.interval for side in sides(0.95))
        change = Change(*mover(now.interval, base.interval), mover_p_value(now_95, base_95), "MOVER")
    else:
        change = stats.proportion_change(*parts[0], *parts[1], conf_level=ask.conf_level)
    return beside(row, base, change, lack)


def _rate(metric_id: str, period: Period, counts: Mapping[str, int], conf_level: float) -> Side:
    """The rate of one period, from the counts of its `start_cohort`."""
    n_start, n_lost = counts["n_start"], counts["n_lost"]
    if metric_id == "churn_annualised":
        year = annualised_churn(n_start, n_lost, DAYS_PER_YEAR / period.days, conf_level=conf_level)
        return Side.of(year, n_lost, n_start)
    joiners = counts["n_joined"], counts["n_joined_and_lost"]
    return churn_rates(n_start, n_lost, *joiners, conf_level=conf_level)[metric_id]


def _counts(cohort: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Level → its counts."""
    return {row.pop("level"): row for row in records(cohort)}
