"""The weighted engagement score: points for what people do, with the weights that the company declared.

Weights are a choice and not a finding. So the score never stands without its sensitivity: what it would say with equal weights, and
with the top weight doubled.
"""

from datetime import timedelta

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.areas.engagement.visits import PERSON
from cxkit.dataset.source import Source
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.stats import ClusterSums, CrossSums
from cxkit.stats.ranks import middle_ranks, spearman

SCORE_DAYS = 28  # four of each weekday
CAP = 20  # of one kind in the window: nobody leads by reloading a page
PERCENTILES = (10, 25, 50, 75, 90, 99)
RESAMPLES = 400
WEIGHTINGS = {"equal weights": "equal", "top weight doubled": "doubled"}


def weighted_engagement_score(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Points per person in the last 28 days of the period: Σ weight × events of a kind, of each kind 20 at most.

    Returns
    -------
    DataFrame, one row, for `measure`
        Numerator points, denominator and n_units people with any event in the 28 days; customers who do not agree to be scored
        (`consent_profiling`) are left out. Off without `weights` in dataset.yml.
    """
    if not source.settings.weights:
        needs = "needs weights in dataset.yml"
        return pd.DataFrame(
            [{"segment": segment.strip(), "value": float("nan"), "flags": "off", "exclusion_reasons": needs}
             | ({"shortfall": needs} if base else {})]
        )  # fmt: skip
    found = _points(source, period, base, segment)
    now, then = (_sums(found, side) for side in ("now", "then"))
    shown = stats.abc_ratio(now, conf_level=conf_level)
    row = {
        "segment": segment.strip(), "value": shown.value, "ci_low": shown.low, "ci_high": shown.high, "ci_method": shown.method,
        "numerator": now.num, "denominator": now.den, "n_units": now.n,
    }  # fmt: skip
    if base:
        both = found[found.in_now & found.in_then]
        cross = CrossSums(
            n=int(found.n.sum()), numnum=_dot(both, "now", "then"), numden=float((both.n * both.now).sum()),
            dennum=float((both.n * both.then).sum()), denden=float(both.n.sum()),
        )  # fmt: skip
        change = stats.mean_change(now, then, cross, conf_level=conf_level)
        positive = [int(found.n[found[side] > 0].sum()) for side in ("now", "then")]
        lacks = (stats.shortfall("heavy_tailed_mean", positive=n) for n in positive)
        row |= {
            "base_value": then.num / then.den if then.den else float("nan"), "base_n_units": then.n,
            "base_numerator": then.num, "base_denominator": then.den, "difference": change.difference,
            "difference_low": change.low, "difference_high": change.high, "p_value": change.p_value,
            "test": change.method, "shortfall": next(filter(None, lacks), ""),
        }  # fmt: skip
    return pd.DataFrame([row])


def score_percentiles(source: Source, period: Period, *, segment: str = "") -> pd.DataFrame:
    """Points that put a person at a percentile of all, as far as at least k people lie beyond it on each side.

    Returns
    -------
    DataFrame, one row a percentile
        `percentile` (0–100), `points`. Empty without weights.
    """
    columns = ["percentile", "points"]
    if not (source.settings.weights and source.has("events", "visitor_id")):
        return pd.DataFrame(columns=columns)
    found = _points(source, period, None, segment)
    n = int(found.n.sum())
    times = stats.histogram(found.now.clip(lower=0), found.n) if n else None
    rows = [
        (percentile, stats.quantile(times.values, times.counts, q=percentile / 100).value)
        for percentile in PERCENTILES
        if times is not None and n * min(percentile, 100 - percentile) / 100 >= source.settings.k
    ]
    return pd.DataFrame(rows, columns=columns)


def score_sensitivity(
    source: Source, period: Period, *, segment: str = "", conf_level: float = 0.95, seed: int = 1
) -> pd.DataFrame:
    """How far another weighting would rank people differently.

    Returns
    -------
    DataFrame, one row a weighting
        `weighting`, `rank_correlation` (Spearman) with `ci_low`, `ci_high` (percentile bootstrap over people, seeded), and
        `stay_in_top_tenth`: the share of the people in the top tenth who are in it under the other weighting, too. Empty without weights.
    """
    columns = ["weighting", "rank_correlation", "ci_low", "ci_high", "stay_in_top_tenth", "people"]
    if not (source.settings.weights and source.has("events", "visitor_id")):
        return pd.DataFrame(columns=columns)
    found = _points(source, period, None, segment)
    people = found.n.to_numpy(int)
    if people.sum() < 2:
        return pd.DataFrame(columns=columns)
    draws = np.random.default_rng(seed).multinomial(people.sum(), people / people.sum(), size=RESAMPLES)
    tail = (1 - conf_level) / 2
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


def _points(source: Source, period: Period, base: Period | None, segment: str) -> pd.DataFrame:
    """Distinct points with the number of people: `now, then, equal, doubled` (of now), `in_now`, `in_then`, `n`."""
    relation, where, _ = scope(source, "hits", None, segment)
    other = base or period
    start, before = (each.end - timedelta(days=SCORE_DAYS) for each in (period, other))
    return source.sql(
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
        where in_now or {bool(base)}
        group by all
        order by all"""
    )


def _sums(found: pd.DataFrame, side: str) -> ClusterSums:
    part = found[found[f"in_{side}"]]
    return ClusterSums.counted(part[side], np.ones(len(part)), part.n)


def _dot(part: pd.DataFrame, one: str, other: str) -> float:
    return float((part.n * part[one] * part[other]).sum())
