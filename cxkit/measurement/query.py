"""The SQL behind `measure`: one query a view, sums per segment for a period and its base, and nothing divided.

What comes back for a metric (its id ends each column, as in `n1_bounce_rate`), current period (1) and base (0): clusters g and p (with a positive numerator), sums n and d of numerator and denominator, their
squares and products, third powers where a recipe asks for them, and the products across the two periods, for people who
are in both; x counts rows without a value.

Equal rows give equal figures to the last digit, in whatever order they lie: whole numbers add up exactly; within a cluster decimals do
too, and floats are added in order; over clusters `exact_sum` adds fractions after a power of two has scaled them.
"""

import re
from collections.abc import Mapping, Sequence

from cxkit.engine.duckdb import quoted
from cxkit.metric import Metric

GRAINS = {
    "day": "strftime(time_, '%Y-%m-%d')",
    "week": "strftime(time_, '%G-W%V')",
    "month": "strftime(time_, '%Y-%m')",
    "weekday": "strftime(time_, '%u %a')",
    "hour": "strftime(time_, '%H')",
}
WHOLE = {"BOOLEAN"} | {
    f"{sign}{size}" for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
}
FLOATS = {"DOUBLE", "FLOAT"}
POWERS = {"n": "n", "d": "d", "nn": "n*n", "nd": "n*d", "dd": "d*d"}
THIRDS = {"nnn": "n*n*n", "nnd": "n*n*d", "ndd": "n*d*d", "ddd": "d*d*d"}


def query_group(metric: Metric) -> tuple[object, ...]:
    """Metrics with the same key are answered by one query."""
    return (metric.view, metric.time, metric.cluster, metric.excluded, metric.window_days)


def endings(metrics: Sequence[Metric]) -> list[str]:
    """How the columns of each metric end: with its id; with its number too where two ids are alike to the engine.

    Examples
    --------
    >>> from cxkit.metric import find
    >>> endings(find(["sessions", "bounce_rate", "sessions"]))
    ['sessions_0', 'bounce_rate_1', 'sessions_2']
    """
    plain = [re.sub(r"\W", "_", metric.id.lower()) for metric in metrics]
    return plain if len({*plain}) == len(plain) else [f"{name}_{place}" for place, name in enumerate(plain)]


def summands_query(relation: str, metrics: Sequence[Metric]) -> str:
    """The expressions that `totals_columns` sums over the rows of a cluster, as columns that are named by themselves."""
    expressions = dict.fromkeys(
        expression for metric in metrics for expression in (metric.numerator, metric.denominator or "true")
    )
    return f"select {', '.join(f'{expression} as {quoted(expression)}' for expression in expressions)} from {relation}"


def sums_query(
    relation: str, metrics: Sequence[Metric], segment: str, where: str, kinds: Mapping[str, str] | None = None
) -> str:
    """Sums for metrics of one `query_group`, one row a segment.

    Parameters
    ----------
    relation : str
        The view, or a join that gives its columns.
    segment, where : str
        SQL naming the segment of a row; SQL choosing rows.
    kinds : mapping of str to str, optional
        The engine's type of numerators and denominators; what is not named is taken for fractions.

    Returns
    -------
    str
        A query with the parameters `$start`, `$end` (current), `$base_start`, `$base_end`, `$known_until`.
    """
    named, kinds = list(zip(endings(metrics), metrics, strict=True)), kinds or {}
    fractions = [k for k, metric in named if not _is_whole(metric, kinds)]
    sums = ",\n    ".join(column for k, metric in named for column in _sums(k, metric, k in fractions))
    powers = ",\n           ".join(
        f"greatest(power_above({name}1_{k}), power_above({name}0_{k})) as {name}p_{k}"
        for k in fractions
        for name in "nd"
    )
    scale = f""",

powers as (                -- for `exact_sum`
    select segment_,
           {powers}
    from pairs
    group by segment_
)"""
    return f"""with
{rows_query(relation, metrics[0], segment, where)},

{_pairs_of_clusters(named, kinds) if metrics[0].cluster else _pairs_of_rows(named)}{scale if fractions else ""}

select
    segment_,
    {sums}
from pairs{" join powers using (segment_)" if fractions else ""}
group by segment_
order by segment_"""


def values_query(relation: str, metric: Metric, segment: str, where: str) -> str:
    """Distinct measured values with a count, for the recipe that needs the distribution (skewed_time)."""
    return f"""with
{rows_query(relation, metric, segment, where)}

select segment_, is_current_, cast({metric.numerator} as double) as value, count(*) as n
from rows_
where reason_ is null and {_truth(metric.denominator)}
group by all
order by segment_, is_current_, value"""


def reasons_query(relation: str, one: Metric, segment: str, where: str) -> str:
    """Why rows of the current period were left out, with a count."""
    return f"""with
{rows_query(relation, one, segment, where)}

select segment_, reason_ as reason, count(*) as n
from rows_
where is_current_ and reason_ is not null
group by all
order by all"""


def leaves_out(metric: Metric) -> bool:
    """Whether rows of its view can be left out for a reason."""
    return bool(metric.cluster or metric.excluded or metric.window_days)


def rows_query(relation: str, one: Metric, segment: str, where: str) -> str:
    """A common table `rows_` of what a metric looks at, with `time_`, `segment_`, `cluster_`, `is_current_` and `reason_`."""
    time = one.time
    return f"""rows_ as (                 -- the rows of the period and of its base, with the reason if one is left out
    select *,
           {time} as time_,
           {segment} as segment_,
           {one.cluster or "null"} as cluster_,
           {time} >= $start and {time} < $end as is_current_,
           {_reason(one)} as reason_
    from {relation}
    where ({time} >= $start and {time} < $end or {time} >= $base_start and {time} < $base_end)
      and ({where})
)"""


def _reason(metric: Metric) -> str:
    cases = []
    if metric.excluded:
        cases.append(f"when ({metric.excluded}) is not null then ({metric.excluded})")
    if metric.window_days:
        cases.append(
            f"when {metric.time} + interval '{metric.window_days * 86400:g} seconds' > $known_until"
            f" then 'outcome not known before {metric.window_days:g} days'"
        )
    if metric.cluster:
        cases.append(f"when ({metric.cluster}) is null then 'no {metric.cluster}'")
    return f"case {' '.join(cases)} end" if cases else "cast(null as varchar)"


def _is_whole(metric: Metric, kinds: Mapping[str, str]) -> bool:
    """Whether numerator and denominator are sums of whole numbers, which add up exactly as they are."""
    return {kinds.get(metric.numerator), kinds.get(metric.denominator or "true")} <= WHOLE


def _pairs_of_clusters(named: Sequence[tuple[str, Metric]], kinds: Mapping[str, str]) -> str:
    totals = ",\n           ".join(column for k, metric in named for column in totals_columns(k, metric, kinds))
    both = ",\n           ".join(
        f"max({name}_{k}) filter (where {side} is_current_) as {name}{digit}_{k}"
        for k, _ in named
        for name in "ndx"
        for side, digit in (("", 1), ("not", 0))
    )
    return f"""units_ as (                -- one row a cluster and period
    select segment_, cluster_, is_current_,
           {totals}
    from rows_
    where reason_ is null
    group by segment_, cluster_, is_current_
),

pairs as (                 -- one row a cluster: this period beside the base
    select segment_, cluster_,
           {both}
    from units_
    group by segment_, cluster_
)"""


def totals_columns(k: str, metric: Metric, kinds: Mapping[str, str] | None = None) -> list[str]:
    """Numerator `n_k`, denominator `d_k` and rows without a value `x_k` of a group of `rows_`; floats are added in order."""
    kinds = kinds or {}
    numerator, denominator = metric.numerator, metric.denominator or "true"
    if metric.per_cluster:
        return [f"cast({numerator} as double) as n_{k}", f"cast({denominator} as double) as d_{k}", f"0 as x_{k}"]
    known = f"({numerator}) is not null"
    return [
        f"{_total(numerator, kinds, f'({denominator}) is not null')} as n_{k}",
        f"{_total(denominator, kinds, known)} as d_{k}",
        f"count(*) filter (where not {known} and ({denominator}) is not null) as x_{k}",
    ]


def _total(expression: str, kinds: Mapping[str, str], condition: str) -> str:
    order = f" order by {expression}" if kinds.get(expression) in FLOATS else ""
    return f"cast(sum({expression}{order}) filter (where {condition}) as double)"


def _pairs_of_rows(named: Sequence[tuple[str, Metric]]) -> str:
    columns = ",\n           ".join(
        f"case when {side} is_current_ and {condition} then {value} end as {name}{digit}_{k}"
        for k, metric in named
        for name, value, condition in _row_values(metric)
        for side, digit in (("", 1), ("not", 0))
    )
    return f"""pairs as (                 -- every row is independent
    select segment_,
           {columns}
    from rows_
    where reason_ is null
)"""


def _row_values(metric: Metric) -> list[tuple[str, str, str]]:
    numerator, denominator = metric.numerator, metric.denominator or "true"
    both = f"({numerator}) is not null and ({denominator}) is not null"
    return [
        ("n", f"cast({numerator} as double)", both),
        ("d", f"cast({denominator} as double)", both),
        ("x", "1", f"({numerator}) is null and ({denominator}) is not null"),
    ]


def _sums(k: str, metric: Metric, of_fractions: bool) -> list[str]:
    powers = POWERS | (THIRDS if metric.recipe == "heavy_tailed_mean" else {})
    columns = [f"sum(x1_{k}) as x_{k}"]
    for side in "10":
        columns.append(f"count(*) filter (where d{side}_{k} > 0) as g{side}_{k}")
        columns.append(f"count(*) filter (where n{side}_{k} > 0) as p{side}_{k}")
        for name, product in powers.items():
            factors = [letter + side for letter in product.split("*")]
            columns.append(f"{_sum(k, factors, of_fractions)} as {name}{side}_{k}")
    columns.append(f"count(*) filter (where d1_{k} > 0 or d0_{k} > 0) as gx_{k}")
    columns += [
        f"{_sum(k, [f'{left}1', f'{right}0'], of_fractions)} as {left}{right}x_{k}" for left in "nd" for right in "nd"
    ]
    return columns


def _sum(k: str, factors: Sequence[str], of_fractions: bool) -> str:
    """Sum of a product, such as n1 times d0."""
    product, power = ("*".join(f"{name}_{k}" for name in names) for names in (factors, [f"{f[0]}p" for f in factors]))
    return f"exact_sum({product}, {power})" if of_fractions else f"sum({product})"


def _truth(denominator: str | None) -> str:
    return f"({denominator or 'true'})"
