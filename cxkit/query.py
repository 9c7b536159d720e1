"""The SQL behind `measure`: one query a view, sums per segment for a period and its base, and nothing divided.

What comes back for metric k, current period (1) and base (0): clusters g and p (with a positive numerator), sums n and d of numerator and denominator, their
squares and products, third powers where a recipe asks for them, and the products across the two periods, for people who
are in both; x counts rows without a value.

Equal rows give equal figures to the last digit, in whatever order they lie: within a cluster whole numbers and decimals add up
exactly and floats are added in order; over clusters `exact_sum` adds what a power of two scales.
"""

from collections.abc import Collection, Sequence

from cxkit.engine import quoted
from cxkit.metric import Metric

GRAINS = {
    "day": "strftime({time}, '%Y-%m-%d')",
    "week": "strftime({time}, '%G-W%V')",
    "month": "strftime({time}, '%Y-%m')",
    "weekday": "strftime({time}, '%u %a')",
    "hour": "strftime({time}, '%H')",
}
POWERS = {"n": "n", "d": "d", "nn": "n*n", "nd": "n*d", "dd": "d*d"}
THIRDS = {"nnn": "n*n*n", "nnd": "n*n*d", "ndd": "n*d*d", "ddd": "d*d*d"}


def query_group(metric: Metric) -> tuple[object, ...]:
    """Metrics with the same key are answered by one query."""
    return (metric.view, metric.time, metric.cluster, metric.excluded, metric.window_days)


def summands_query(relation: str, metrics: Sequence[Metric]) -> str:
    """The expressions that `totals_columns` sums over the rows of a cluster, as columns that are named by themselves."""
    expressions = dict.fromkeys(
        expression for metric in metrics for expression in (metric.numerator, metric.denominator or "true")
    )
    return f"select {', '.join(f'{expression} as {quoted(expression)}' for expression in expressions)} from {relation}"


def sums_query(relation: str, metrics: Sequence[Metric], segment: str, where: str, floats: Collection[str] = ()) -> str:
    """Sums for metrics of one `query_group`, one row a segment.

    Parameters
    ----------
    relation : str
        The view, or a join that gives its columns.
    segment, where : str
        SQL naming the segment of a row; SQL choosing rows.
    floats : collection of str
        Numerators and denominators that are floating-point numbers.

    Returns
    -------
    str
        A query with the parameters `$start`, `$end` (current), `$base_start`, `$base_end`, `$known_until`.
    """
    numbered = list(enumerate(metrics))
    sums = ",\n    ".join(column for k, metric in numbered for column in _sums(k, metric))
    powers = ",\n           ".join(
        f"greatest(power_above({name}1_{k}), power_above({name}0_{k})) as {name}p_{k}"
        for k, _ in numbered
        for name in "nd"
    )
    return f"""with
{rows_query(relation, metrics[0], segment, where)},

{_pairs_of_clusters(numbered, floats) if metrics[0].cluster else _pairs_of_rows(numbered)},

powers as (                -- for `exact_sum`
    select segment_,
           {powers}
    from pairs
    group by segment_
)

select
    segment_,
    {sums}
from pairs
join powers using (segment_)
group by segment_
order by segment_"""


def values_query(relation: str, metric: Metric, segment: str, where: str) -> str:
    """Distinct measured values with a count, for the recipe that needs the distribution (T)."""
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
    """A common table `rows_` of what a metric looks at, with `segment_`, `cluster_`, `is_current_` and `reason_`."""
    time = one.time
    return f"""rows_ as (                 -- the rows of the period and of its base, with the reason if one is left out
    select *,
           {segment.format(time=time)} as segment_,
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


def _pairs_of_clusters(numbered: Sequence[tuple[int, Metric]], floats: Collection[str]) -> str:
    totals = ",\n           ".join(column for k, metric in numbered for column in totals_columns(k, metric, floats))
    both = ",\n           ".join(
        f"max({name}_{k}) filter (where {side} is_current_) as {name}{digit}_{k}"
        for k, _ in numbered
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


def totals_columns(k: int, metric: Metric, floats: Collection[str] = ()) -> list[str]:
    """Numerator `n_k`, denominator `d_k` and rows without a value `x_k` of a group of `rows_`; `floats` are added in order."""
    numerator, denominator = metric.numerator, metric.denominator or "true"
    if metric.per_cluster:
        return [f"cast({numerator} as double) as n_{k}", f"cast({denominator} as double) as d_{k}", f"0 as x_{k}"]
    known = f"({numerator}) is not null"
    return [
        f"{_total(numerator, floats, f'({denominator}) is not null')} as n_{k}",
        f"{_total(denominator, floats, known)} as d_{k}",
        f"count(*) filter (where not {known} and ({denominator}) is not null) as x_{k}",
    ]


def _total(expression: str, floats: Collection[str], condition: str) -> str:
    order = f" order by {expression}" if expression in floats else ""
    return f"cast(sum({expression}{order}) filter (where {condition}) as double)"


def _pairs_of_rows(numbered: Sequence[tuple[int, Metric]]) -> str:
    columns = ",\n           ".join(
        f"case when {side} is_current_ and {condition} then {value} end as {name}{digit}_{k}"
        for k, metric in numbered
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


def _sums(k: int, metric: Metric) -> list[str]:
    powers = POWERS | (THIRDS if metric.recipe == "K" else {})
    columns = [f"sum(x1_{k}) as x_{k}"]
    for side in "10":
        columns.append(f"count(*) filter (where d{side}_{k} > 0) as g{side}_{k}")
        columns.append(f"count(*) filter (where n{side}_{k} > 0) as p{side}_{k}")
        for name, product in powers.items():
            columns.append(f"{_exact(k, [letter + side for letter in product.split('*')])} as {name}{side}_{k}")
    columns.append(f"count(*) filter (where d1_{k} > 0 or d0_{k} > 0) as gx_{k}")
    columns += [f"{_exact(k, [f'{left}1', f'{right}0'])} as {left}{right}x_{k}" for left in "nd" for right in "nd"]
    return columns


def _exact(k: int, factors: Sequence[str]) -> str:
    """Sum of a product, such as n1 times d0."""
    product, power = ("*".join(f"{name}_{k}" for name in names) for names in (factors, [f"{f[0]}p" for f in factors]))
    return f"exact_sum({product}, {power})"


def _truth(denominator: str | None) -> str:
    return f"({denominator or 'true'})"
