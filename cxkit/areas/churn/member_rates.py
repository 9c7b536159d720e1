"""Figures of memberships for any period: who was there at its start, and what became of them. Rates from counts are in `rates`.

Each function asks the engine for counts, gives them to the rates, and lays the base beside them. Losses of two periods are
independent even where the same members are in both: whoever was lost in the first is not at risk in the second.
"""

from typing import Any

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.areas.churn.rates import annualised_churn, churn_rates, revenue_rates
from cxkit.dataset.source import Source
from cxkit.errors import ArgumentError
from cxkit.measurement.described import (
    WHOLE,
    Figure,
    compared,
    cross_sums,
    described_row,
    interval_of,
    joined_words,
    moments,
    named,
    shortfall_of,
)
from cxkit.measurement.measure import records
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.stats import Change, ClusterSums, CrossSums, Interval
from cxkit.stats.mover import mover, mover_p_value

LATE = "member seen only from later on"
DAYS_PER_YEAR = 365.25

# There at a moment: started before it, not ended before it, and already watched on that day.
AT_START = "started_at < $start and (ended_at is null or ended_at >= $start)"
SEEN = "date_trunc('day', watched_from) <= $start"


def start_cohort(source: Source, period: Period, *, segment: str = "", by: str | None = None) -> pd.DataFrame:
    """Members at the start of a period and what became of them by its end.

    Returns
    -------
    DataFrame, one row a segment ("" without `by`)
        `segment, n_start, n_lost, n_joined, n_joined_and_lost, n_late`: the late ones were members, but are in the data only from a
        later day on, so that they could not have been lost before it; they are left out.
    """
    relation, where, name = scope(source, "spells", by, segment)
    return source.sql(
        f"""
        select {name} as segment,
               count(*) filter (where {AT_START} and {SEEN})                                        as n_start,
               count(*) filter (where {AT_START} and {SEEN} and is_lost and ended_at < $end)        as n_lost,
               count(*) filter (where started_at >= $start and started_at < $end)                   as n_joined,
               count(*) filter (where started_at >= $start and is_lost and ended_at < $end)         as n_joined_and_lost,
               count(*) filter (where {AT_START} and not {SEEN})                                    as n_late
        from {relation} where {where}
        group by all order by all""",
        **moments(period),
    )


def churn_figure(metric_id: str, by: str | None = None) -> Figure:
    """A function for `Described`: one of the rates of `churn_rates`, or churn_annualised."""

    def compute(
        source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
    ) -> pd.DataFrame:
        """One row, or one a value of `by`."""
        now = start_cohort(source, period, segment=segment, by=by).set_index("segment")
        then = start_cohort(source, base, segment=segment, by=by).set_index("segment") if base else None
        rows = []
        for name in now.index if by else [""]:
            counts = _counts(now, name)
            parts, rate = _rate(metric_id, counts, period, conf_level)
            row = described_row(segment, (by or "", name), rate, *parts)
            if counts["n_late"]:
                row |= {"n_excluded": counts["n_late"], "exclusion_reasons": f"{LATE}: {counts['n_late']:,}"}
            if base and then is not None:
                parts_then, _ = _rate(metric_id, (before := _counts(then, name)), base, conf_level)
                rates, at_95 = (
                    [_rate(metric_id, c, p, level)[1] for c, p in ((counts, period), (before, base))]
                    for level in (conf_level, 0.95)
                )
                if metric_id == "churn_annualised":
                    test = "MOVER"
                    change = Change(*mover(rates[0], rates[1]), mover_p_value(at_95[0], at_95[1]), test)
                else:
                    change = stats.proportion_change(*parts, *parts_then, conf_level=conf_level)
                row |= compared(change, rates[1], *parts_then, shortfall_of(parts, parts_then))
            elif lack := shortfall_of(parts):
                row["flags"] = joined_words(row["flags"], "low_n" if lack else "")
            rows.append(row)
        return pd.DataFrame(rows)

    return named(compute, f"churn_figure[{metric_id}]")


def monthly_churn(source: Source, until: Period, *, segment: str = "", conf_level: float = 0.95) -> pd.DataFrame:
    """Customer churn of each calendar month that the data cover, up to the end of a period, for a chart.

    Returns
    -------
    DataFrame, one row a month with at least the small-cell limit k of members
        `month, value, ci_low, ci_high, numerator, denominator`.
    """
    names = ["month", "value", "ci_low", "ci_high", "numerator", "denominator"]
    if not source.has("subscriptions"):
        return pd.DataFrame(columns=names)
    first, last = source.coverage("subscriptions")
    rows = []
    for number in pd.period_range(first, min(last, until.last_day), freq="M"):
        month = Period.parse(str(number))
        counts = _counts(start_cohort(source, month, segment=segment).set_index("segment"), "")
        if counts["n_start"] >= source.settings.k and month.last_day <= last:
            (lost, there), rate = _rate("customer_churn_rate", counts, month, conf_level)
            rows.append((pd.Timestamp(month.start), *rate[:3], lost, there))
    return pd.DataFrame(rows, columns=names)


def revenue_figure(metric_id: str) -> Figure:
    """A function for `Described`: revenue_churn or nrr of the members at the start."""

    def compute(
        source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
    ) -> pd.DataFrame:
        """One row."""
        book, n_left_out = revenue_book(source, period, base, segment=segment)
        sides = [
            book.rename(columns={f"mrr_start_{side}": "mrr_start", f"mrr_end_{side}": "mrr_end"})
            for side in ("now", "then")
        ]
        tables = [revenue_rates(side, conf_level=conf_level) for side in sides]
        rates = [records(table[table["metric_id"] == metric_id])[0] for table in tables]
        sums, cross = _revenue_sums(book, metric_id)
        row = described_row(
            segment,
            WHOLE,
            interval_of(rates[0]),
            rates[0]["numerator"],
            rates[0]["denominator"],
        )
        row["n_units"] = sums[0].n
        if n_left_out:
            row |= {"n_excluded": n_left_out, "exclusion_reasons": f"no amount: {n_left_out:,}"}
        lacks = [stats.shortfall("heavy_tailed_mean", positive=side.n) for side in (sums if base else sums[:1])]
        if base:
            change = stats.mean_change(sums[0], sums[1], cross, conf_level=conf_level)
            parts = rates[1]["numerator"], rates[1]["denominator"]
            row |= compared(change, interval_of(rates[1]), *parts, next(filter(None, lacks), ""))
            row["base_n_units"] = sums[1].n
        return pd.DataFrame([row | {"flags": joined_words(row["flags"], "low_n" if any(lacks) else "")}])

    return named(compute, f"revenue_figure[{metric_id}]")


def revenue_book(source: Source, period: Period, base: Period | None, *, segment: str = "") -> tuple[pd.DataFrame, int]:
    """Monthly revenue of the members at the start of a period, then and at its end (0: lost), beside the base.

    Returns
    -------
    DataFrame, one row a distinct combination with a count
        `mrr_start_now, mrr_end_now, mrr_start_then, mrr_end_then` (0 where not a member at that start), `n_customers`.
    int
        Members left out because an amount is missing.
    """
    books = [_book(source, each, segment) for each in (period, base) if each]
    left_out = int(books[0].mrr_start.isna().sum())
    books = [book[book.mrr_start.notna()].set_index("customer_id") for book in books]
    both = (
        books[0].join(books[1] if base else books[0].iloc[:0], how="outer", lsuffix="_now", rsuffix="_then").fillna(0.0)
    )
    return both.groupby(list(both.columns)).size().rename("n_customers").reset_index(), left_out


def by(metric: Any, column: str) -> Any:
    """A churn rate of `member_rates` by a column of `spells` or `customers`, to be measured like any figure.

    Raises
    ------
    ArgumentError
        A figure that is not counted on the members at the start.
    """
    from dataclasses import replace

    if metric.id not in ("customer_churn_rate", "customer_retention_rate", "churn_rate_stripe", "churn_annualised"):
        raise ArgumentError(f"{metric.id} cannot be grouped by {column}: only the churn rates of members can.")
    return replace(metric, function=churn_figure(metric.id, column))


def _book(source: Source, period: Period, segment: str) -> pd.DataFrame:
    """One row a member at the start: `customer_id, mrr_start, mrr_end`; null if an amount is missing."""
    relation, where, _ = scope(source, "spells", None, segment)
    at_start, at_end = (
        f"t.term_start_at < {at} and (t.stopped_at is null or t.stopped_at >= {at})" for at in ("$start", "$end")
    )
    return source.sql(
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
        **moments(period),
    )  # fmt: skip


def _revenue_sums(book: pd.DataFrame, metric_id: str) -> tuple[list[ClusterSums], CrossSums]:
    n, flags = book.n_customers.to_numpy(float), []
    for side in ("now", "then"):
        start, end = book[f"mrr_start_{side}"].to_numpy(float), book[f"mrr_end_{side}"].to_numpy(float)
        flags.append(
            (np.where(start > 0, np.maximum(start - end, 0) if metric_id == "revenue_churn" else end, 0), start)
        )
    sums = [ClusterSums.counted(part, whole, n * (whole > 0)) for part, whole in flags]
    return sums, cross_sums(n, *flags)


def _rate(
    metric_id: str, counts: dict[str, int], period: Period, conf_level: float
) -> tuple[tuple[float, float], Interval]:
    """Numerator and denominator, and the rate with its interval."""
    n_start, n_lost = counts["n_start"], counts["n_lost"]
    if metric_id == "churn_annualised":
        rate = annualised_churn(n_start, n_lost, DAYS_PER_YEAR / period.days, conf_level=conf_level)
        return (n_lost, n_start), rate
    rates = churn_rates(n_start, n_lost, counts["n_joined"], counts["n_joined_and_lost"], conf_level=conf_level)
    found = records(rates[rates["metric_id"] == metric_id])[0]
    return (float(found["numerator"]), float(found["denominator"])), interval_of(found)


def _counts(frame: pd.DataFrame, name: str) -> dict[str, int]:
    names = ("n_start", "n_lost", "n_joined", "n_joined_and_lost", "n_late")
    return {column: int(frame[column].get(name, 0)) for column in names}
