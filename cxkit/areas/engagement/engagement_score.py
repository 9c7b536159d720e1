"""The weighted engagement score: points for what people do, with the weights that the company declared.

Weights are a choice and not a finding. So the score never stands without its sensitivity: what it would say with equal weights, and
with the top weight doubled.
"""

from datetime import timedelta

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.areas.engagement.visits import PERSON
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import first
from cxkit.row import Row, Side
from cxkit.stats import ClusterSums, CrossSums
from cxkit.stats.ranks import middle_ranks, spearman

SCORE_DAYS = 28  # four of each weekday
CAP = 20  # of one kind in the window: nobody leads by reloading a page
PERCENTILES = (10, 25, 50, 75, 90, 99)
RESAMPLES = 400
WEIGHTINGS = {"equal weights": "equal", "top weight doubled": "doubled"}


def weighted_engagement_score(ask: Ask) -> list[Row]:
    """Points per person in the last 28 days of the period: Σ weight × events of a kind, of each kind 20 at most.

    Returns
    -------
    list of Row, one
        Numerator points, denominator and n_units people with any event in the 28 days; customers who do not agree to be scored
        (`consent_profiling`) are left out. Off without `weights` in dataset.yml.
    """
    if not ask.source.settings.weights:
        return [Row.off("needs weights in dataset.yml")]
    found = _points(ask)
    now, then = (_sums(found, side) for side in ("now", "then"))
    side = Side.of(stats.abc_ratio(now, conf_level=ask.conf_level), now.num, now.den, now.n)
    if not ask.base:
        return [Row(now=side)]
    both = found[found.in_now & found.in_then]
    cross = CrossSums(
        n=int(found.n.sum()), numnum=_dot(both, "now", "then"), numden=float((both.n * both.now).sum()),
        dennum=float((both.n * both.then).sum()), denden=float(both.n.sum()),
    )  # fmt: skip
    positive = [int(found.n[found[side] > 0].sum()) for side in ("now", "then")]
    before = then.num / then.den if then.den else float("nan")
    return [
        Row(
            now=side,
            base=Side(before, numerator=then.num, denominator=then.den, n_units=then.n),
            change=stats.mean_change(now, then, cross, conf_level=ask.conf_level),
            shortfall=first(stats.shortfall("heavy_tailed_mean", positive=n) for n in positive),
        )
    ]


def score_percentiles(ask: Ask) -> pd.DataFrame:
    """Points that put a person at a percentile of all, as far as at least k people lie beyond it on each side.

    Returns
    -------
    DataFrame, one row a percentile
        `percentile` (0–100), `points`. Empty without weights.
    """
    columns = ["percentile", "points"]
    if not _can_be_scored(ask):
        return pd.DataFrame(columns=columns)
    found = _points(ask.at(ask.period))
    n = int(found.n.sum())
    times = stats.histogram(found.now.clip(lower=0), found.n) if n else None
    rows = [
        (percentile, stats.quantile(times.values, times.counts, q=percentile / 100).value)
        for percentile in PERCENTILES
        if times is not None and n * min(percentile, 100 - percentile) / 100 >= ask.source.settings.k
    ]
    return pd.DataFrame(rows, columns=columns)


def score_sensitivity(ask: Ask, *, seed: int = 1) -> pd.DataFrame:
    """How far another weighting would rank people differently.

    Returns
    -------
    DataFrame, one row a weighting
        `weighting`, `rank_correlation` (Spearman) with `ci_low`, `ci_high` (percentile bootstrap over people, seeded), and
        `stay_in_top_tenth`: the share of the people in the top tenth who are in it under the other weighting, too. Empty without weights.
    """
    columns = ["weighting", "rank_correlation", "ci_low", "ci_high", "stay_in_top_tenth", "people"]
    if not _can_be_scored(ask):
        return pd.DataFrame(columns=columns)
    found = _points(ask.at(ask.period))
    people = found.n.to_numpy(int)
    if people.sum() < 2:
        return pd.DataFrame(columns=columns)
    draws = np.random.default_rng(seed).multinomial(people.sum(), people / people.sum(), size=RESAMPLES)
    tail = (1 - ask.conf_level) / 2
    rows = []
    for name, column in WEIGHTINGS.items():
        pair = found.now.to_numpy(float), found[column].to_numpy(float)
        again = [spearman(*pair, weights) for weights in draws]
        low, high = np.nanquantile(again, [tail, 1 - tail])
        rows.append((name, spearman(*pair, people), low, high, _stay(*pair, people), int(people.sum())))
    return pd.DataFrame(rows, columns=columns)


def _stay(one: np.ndarray, other: np.ndarray, counts: np.ndarray) -> float:
    n = counts.sum()
    tops = [middle_ranks(values, counts) > 0.9 * n for values in (one, other)]
    top = counts[tops[0]].sum()
    return float(counts[tops[0] & tops[1]].sum() / top) if top else float("nan")


def _can_be_scored(ask: Ask) -> bool:
    return bool(ask.source.settings.weights) and ask.source.has("events", "visitor_id")


def _points(ask: Ask) -> pd.DataFrame:
    """Distinct points with the number of people: `now, then, equal, doubled` (of now), `in_now`, `in_then`, `n`."""
    relation, where, _ = ask.scope("hits")
    period, other = ask.period, ask.base or ask.period
    start, before = (each.end - timedelta(days=SCORE_DAYS) for each in (period, other))
    return ask.source.sql(
        f"""
        with acts as (                         -- one row a person, window and kind of event
            select {PERSON} as person, event_name, is_now, count(*) as n
            from (select *, event_at >= date '{start}' and event_at < date '{period.end}' as is_now
                  from {relation}
                  where (event_at >= date '{start}' and event_at < date '{period.end}'
                         or event_at >= date '{before}' and event_at < date '{other.end}') and ({where}))
            where {PERSON} is not null
              and (customer_id is null or customer_id not in (select customer_id from customers where not consent_profiling))
            group by all
        ),

        scored as (
            select person,
                   coalesce(sum(weight * least(n, {CAP})) filter (where is_now), 0) as now,
                   coalesce(sum(weight * least(n, {CAP})) filter (where not is_now), 0) as then_,
                   coalesce(sum(least(n, {CAP})) filter (where is_now and weight is not null), 0) as equal,
                   coalesce(sum(weight * least(n, {CAP}) * case when weight = top then 2 else 1 end)
                            filter (where is_now), 0) as doubled,
                   bool_or(is_now) as in_now, bool_or(not is_now) as in_then
            from acts
            left join weights using (event_name)
            cross join (select max(weight) as top from weights)
            group by person
        )

        select now, then_ as "then", equal, doubled, in_now, in_then, count(*) as n
        from scored
        where in_now or {bool(ask.base)}
        group by all
        order by all"""
    )


def _sums(found: pd.DataFrame, side: str) -> ClusterSums:
    part = found[found[f"in_{side}"]]
    return ClusterSums.counted(part[side], np.ones(len(part)), part.n)


def _dot(part: pd.DataFrame, one: str, other: str) -> float:
    return float((part.n * part[one] * part[other]).sum())
