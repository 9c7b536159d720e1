"""Which segment moved it: a rate's change split into what segments did and how their weights shifted.

With w a segment's share of the denominator and r its rate, period 1 against base 0:

    within = (w1 + w0)/2 · (r1 − r0)                     the segment's own rate moved
    mix    = (w1 − w0) · ((r1 + r0)/2 − (R1 + R0)/2)     more or less of it, seen from the overall rate R

The parts of all segments add up to R1 − R0 exactly (Kitagawa 1955). Weights are those of the denominator, so the split holds for any
ratio of sums. Each part's interval is the delta method over clusters, who may be in both periods and in several segments.
"""

from dataclasses import dataclass, replace
from math import nan, sqrt
from typing import Any

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.engine.duckdb import literal
from cxkit.errors import ArgumentError
from cxkit.measurement.ask import Ask
from cxkit.measurement.query import GRAINS, rows_query, totals_columns
from cxkit.measurement.rows import records
from cxkit.measurement.scope import missing
from cxkit.measurement.window import Window, answer, window_of
from cxkit.metric import Metric
from cxkit.stats.normal import z_p_value, z_quantile

RECIPES = ("proportion", "small_proportion", "clustered_ratio", "heavy_tailed_mean", "rating_mean")
OTHERS = "all others"
EVERY_ROW = "row_number() over ()"
COLUMNS = (
    "segment", "part", "value", "ci_low", "ci_high", "p_value", "p_adjusted", "is_beyond_noise",
    "weight", "base_weight", "rate", "base_rate", "n_units",
)  # fmt: skip


def moved_by(ask: Ask, metric: Metric, by: str, top: int = 8) -> pd.DataFrame:
    """Split the change of a ratio into parts of the segments of a column.

    Parameters
    ----------
    ask : Ask
        With a base.
    metric : Metric
        A ratio of sums (see `RECIPES`) that does not count per cluster: a person in two segments would count twice.
    by : str
        A column of the view or of `customers`, or a grain of time.
    top : int
        Largest segments that stand by themselves; the rest, and groups of fewer than k clusters, are "all others".

    Returns
    -------
    DataFrame, two rows a segment (`part` "rate" and "mix"), then "all"
        `value` (in the metric's unit; all parts add up to the total), interval, `p_value`, `p_adjusted` (Benjamini–Hochberg over the
        parts), `is_beyond_noise`, weights and rates of both periods, `n_units` clusters in either. Empty if the data lack a column
        that the metric needs, or do not cover the base.

    Raises
    ------
    ArgumentError
        A metric that cannot be split so; a column that does not exist.

    Examples
    --------
    >>> import cxkit as cx
    >>> from cxkit.areas import engagement
    >>> october = cx.Period.parse("2026-10")
    >>> ask = Ask(cx.open_data("data/sample"), october, october.previous())
    >>> parts = moved_by(ask, engagement.BOUNCE_RATE, by="device_class")
    >>> bool(abs(parts.value[:-1].sum() - parts.value.iloc[-1]) < 1e-12)
    True
    """
    if metric.recipe not in RECIPES or metric.denominator is None or metric.per_cluster:
        why = (
            "counts a person once, in however many segments" if metric.per_cluster else f"is of recipe {metric.recipe}"
        )
        raise ArgumentError(f"{metric.id} {why}; only a ratio of sums splits into segments. Use `breakdown`.")
    window = None if missing(ask.source, metric) else window_of(ask, metric)
    if window is None or window.base is None:
        return pd.DataFrame(columns=list(COLUMNS))
    relation, where, name = ask.scope(metric.view, by)
    if by not in GRAINS:
        name = _largest(metric, relation, where, name, window, top)
    sums = answer(window, _moments_query(relation, metric, name, where))
    return _parts(sums, ask.conf_level)


OWN = ("n1", "d1", "n0", "d0")  # numerator and denominator, current and base, of a cluster in a segment
ALL = ("all_n1", "all_d1", "all_n0", "all_d0")  # the same over all segments
EIGHT = (*OWN, *ALL)


@dataclass(frozen=True)
class _Moments:
    """Over clusters: sums of the eight totals, own and all, and their products with each other."""

    own: np.ndarray
    all: np.ndarray
    product: np.ndarray
    n: int


def _parts(sums: pd.DataFrame, conf_level: float) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    overall = records(sums[sums.segment_.isna()])
    if not overall or not (overall[0]["s_d1"] > 0 and overall[0]["s_d0"] > 0):
        return pd.DataFrame(columns=list(COLUMNS))
    whole = overall[0]
    for row in records(sums[sums.segment_.notna()].sort_values("segment_")):
        moments = _moments(row, whole)
        n1, d1, n0, d0 = moments.own
        weights = d1 / whole["s_d1"], d0 / whole["s_d0"]
        facts = {
            "segment": row["segment_"], "weight": weights[0], "base_weight": weights[1], "rate": n1 / d1 if d1 else nan,
            "base_rate": n0 / d0 if d0 else nan, "n_units": int(row["g"]),
        }  # fmt: skip
        for part, (value, gradient) in _split(moments).items():
            rows.append({**facts, "part": part, **_interval(value, gradient, moments, conf_level)})
    frame = pd.DataFrame(rows)
    order = frame.groupby("segment").weight.transform("max")
    frame = frame.assign(order=order).sort_values(["order", "segment"], ascending=[False, True], kind="stable")
    frame["p_adjusted"] = stats.adjust(frame.p_value.to_numpy(float), method="fdr_bh").p_values
    total = _total(_moments(whole, whole), conf_level)
    frame = pd.concat([frame, pd.DataFrame([total | {"n_units": int(whole["g"])}])], ignore_index=True)
    frame["is_beyond_noise"] = frame.p_adjusted.fillna(frame.p_value.where(frame.part.eq("total"))) <= 0.05
    return frame[list(COLUMNS)]


def _moments(row: dict[str, Any], whole: dict[str, Any]) -> _Moments:
    product = np.array([[row[_pair(a, b)] for b in EIGHT] for a in EIGHT], float)
    # Clusters outside the segment add to the totals' products, too: those come from all clusters.
    product[4:, 4:] = [[whole[_pair(a, b)] for b in ALL] for a in ALL]
    own, overall = (np.array([side[f"s_{name}"] for name in OWN], float) for side in (row, whole))
    return _Moments(own, overall, product, int(whole["g"]))


def _pair(a: str, b: str) -> str:
    """The column of a product, whichever comes first."""
    first, second = sorted((a, b), key=EIGHT.index)
    return f"{first}_{second}"


def _split(moments: _Moments) -> dict[str, tuple[float, np.ndarray]]:
    """The two parts of a segment, each with its gradient by the eight sums."""
    n1, d1, n0, d0 = moments.own
    all_n1, all_d1, all_n0, all_d0 = moments.all
    # A segment that one period lacks has no rate there; it is taken to have kept its rate, so that all its part is mix.
    r1 = n1 / d1 if d1 > 0 else n0 / d0 if d0 > 0 else 0.0
    r0 = n0 / d0 if d0 > 0 else r1
    w1, w0 = d1 / all_d1, d0 / all_d0
    big1, big0 = all_n1 / all_d1, all_n0 / all_d0
    dr1 = _rate_gradient(0, r1, d1) if d1 > 0 else _rate_gradient(2, r1, d0)
    dr0 = _rate_gradient(2, r0, d0) if d0 > 0 else _rate_gradient(0, r0, d1)
    dw1, dw0 = _weight_gradient(1, w1, all_d1), _weight_gradient(3, w0, all_d0)
    dbig1, dbig0 = _rate_gradient(4, big1, all_d1), _rate_gradient(6, big0, all_d0)
    within = (w1 + w0) / 2 * (r1 - r0)
    within_gradient = (dw1 + dw0) / 2 * (r1 - r0) + (w1 + w0) / 2 * (dr1 - dr0)
    distance = (r1 + r0 - big1 - big0) / 2
    mix_gradient = (dw1 - dw0) * distance + (w1 - w0) * (dr1 + dr0 - dbig1 - dbig0) / 2
    return {"rate": (within, within_gradient), "mix": ((w1 - w0) * distance, mix_gradient)}


def _rate_gradient(place: int, rate: float, denominator: float) -> np.ndarray:
    gradient = np.zeros(8)
    if denominator > 0:
        gradient[place], gradient[place + 1] = 1 / denominator, -rate / denominator
    return gradient


def _weight_gradient(place: int, weight: float, all_denominator: float) -> np.ndarray:
    gradient = np.zeros(8)
    gradient[place], gradient[place + 4] = 1 / all_denominator, -weight / all_denominator
    return gradient


def _interval(value: float, gradient: np.ndarray, moments: _Moments, conf_level: float) -> dict[str, float]:
    spread = float(gradient @ moments.product @ gradient)
    error = sqrt(max(spread, 0.0) * moments.n / (moments.n - 1)) if moments.n > 1 else nan
    half = z_quantile(conf_level) * error
    p_value = z_p_value(value / error) if error > 0 else nan
    return {"value": value, "ci_low": value - half, "ci_high": value + half, "p_value": p_value}


def _total(moments: _Moments, conf_level: float) -> dict[str, Any]:
    n1, d1, n0, d0 = moments.all
    gradient = _rate_gradient(4, n1 / d1, d1) - _rate_gradient(6, n0 / d0, d0)
    facts = {
        "segment": "all",
        "part": "total",
        "weight": 1.0,
        "base_weight": 1.0,
        "rate": n1 / d1,
        "base_rate": n0 / d0,
    }
    return facts | _interval(n1 / d1 - n0 / d0, gradient, moments, conf_level)


def _largest(metric: Metric, relation: str, where: str, name: str, window: Window, top: int) -> str:
    """SQL naming the large segments, and all others."""
    sizes = f"""with
{rows_query(relation, replace(metric, cluster=metric.cluster or EVERY_ROW), name, where)}
select segment_, count(distinct cluster_) as n, sum(cast(({metric.denominator}) as double)) as size
from rows_ where reason_ is null group by segment_ order by size desc, segment_"""
    found = answer(window, sizes)
    k = window.ask.source.settings.k
    kept = found[found.n >= k].head(top).segment_
    if len(kept) == len(found):
        return name
    while len(kept) and found.n[~found.segment_.isin(kept)].sum() < k:
        kept = kept.iloc[:-1]  # alone, the others would be a small group
    listed = ", ".join(map(literal, kept)) or "null"
    return f"case when {name} in ({listed}) then {name} else '{OTHERS}' end"


def _moments_query(relation: str, metric: Metric, name: str, where: str) -> str:
    """Per segment and over all (segment null): sums of the four totals and of every product that an interval needs."""
    clustered = replace(metric, cluster=metric.cluster or EVERY_ROW)
    products = [f"sum({a} * {b}) as {_pair(a, b)}" for i, a in enumerate(EIGHT) for b in EIGHT[i:]]
    sides = [(letter, side, digit) for side, digit in (("", 1), ("not", 0)) for letter in "nd"]
    per_side = [f"coalesce(sum({n}_0) filter (where {side} is_current_), 0) as {n}{digit}" for n, side, digit in sides]
    return f"""with
{rows_query(relation, clustered, name, where)},

units_ as (
    select segment_, cluster_, is_current_, {", ".join(totals_columns("0", metric))}
    from rows_ where reason_ is null
    group by segment_, cluster_, is_current_
),

own as (
    select segment_, cluster_, {", ".join(per_side)}
    from units_
    group by segment_, cluster_
),

over_all as (
    select cluster_, {", ".join(f"sum({name}) as all_{name}" for name in OWN)}
    from own
    group by cluster_
),

both_ as (
    select segment_, {", ".join(EIGHT)} from own join over_all using (cluster_)
    union all
    select null, {", ".join(ALL)}, {", ".join(ALL)} from over_all
)

select segment_, count(*) as g, {", ".join(f"sum({name}) as s_{name}" for name in OWN)},
       {", ".join(products)}
from both_
group by segment_
order by segment_"""
