"""Recency, frequency and monetary value: scores within a window, and who moved from class to class between two periods.

The engine ranks and counts; what leaves it is one row a pair of classes.
"""

from datetime import date

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.measurement.described import beside_base, described_row
from cxkit.measurement.scope import scope
from cxkit.period import Period

WINDOW_DAYS = 365
CLASSES = ("best", "middle", "low", "none")
NEW = "new"
NO_TEST = "no test: classes are ranks within each period"


def rfm(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Share of buyers in each class at the end of the period.

    Both windows have the length that the data allow before the base's end.

    Returns
    -------
    DataFrame, one row a class, for `measure`
    """
    moves = class_moves(source, period, base, segment=segment)
    rows = []
    for name in CLASSES:
        parts = []
        for side in ("to", "from"):
            known = moves[moves[side] != NEW]
            parts.append((float(known["n_customers"][known[side] == name].sum()), float(known["n_customers"].sum())))
        rates = [stats.proportion(*part, conf_level=conf_level) for part in parts]
        row = described_row(segment, ("class", name), rates[0], *parts[0]) | {"shortfall": NO_TEST}
        rows.append(row | beside_base(rates[0], rates[1], *parts[1]) if base else row)
    return pd.DataFrame(rows)


def migration(source: Source, period: Period, base: Period | None = None, *, segment: str = "") -> pd.DataFrame:
    """From which class to which buyers moved between the ends of the base and the period.

    Returns
    -------
    DataFrame, one row a pair of classes
        `from, to, n_customers, share` of those who were in `from`; without a base the period before it.
    """
    if not source.has("orders"):
        return pd.DataFrame(columns=["from", "to", "n_customers", "share"])
    moves = class_moves(source, period, base or period.previous(), segment=segment)
    known = moves[moves["to"] != NEW]
    pairs = pd.MultiIndex.from_product([(*CLASSES, NEW), CLASSES], names=["from", "to"])
    table = known.set_index(["from", "to"])["n_customers"].reindex(pairs, fill_value=0).reset_index()
    whole = table.groupby("from")["n_customers"].transform("sum").to_numpy(float)
    share = np.divide(table["n_customers"], whole, out=np.full(len(table), np.nan), where=whole > 0)
    return table.assign(share=share)


def class_moves(source: Source, period: Period, base: Period | None, *, segment: str = "") -> pd.DataFrame:
    """Buyers by class at the base's end (`from`) and at the period's (`to`), with `n_customers`; without a base `from` is NEW.

    A score is the fifth in which the middle of a customer's rank lies, so equal values share one.
    """
    relation, where, _ = scope(source, "purchase_days", None, segment)
    earlier = base.end if base else date(1, 1, 2)
    first = source.coverage("orders")[0]
    days = max(1, min(WINDOW_DAYS, ((earlier if base else period.end) - first).days))
    scores = ",\n".join(
        f"{_score(by)} as {name}" for name, by in (("r", "silent desc"), ("f", "n_days"), ("m", "mean_amount"))
    )
    return source.sql(
        f"""
        with bought as (select * from {relation} where {where}),
        sides(is_now, side_end) as (values (true, $end), (false, $base_end)),
        counted as (
            select is_now, customer_id, side_end - max(purchased_on) as silent, count(*) as n_days,
                   sum(net_amount) / count(*) as mean_amount
            from bought join sides on purchased_on < side_end and purchased_on >= side_end - {days}
            group by is_now, customer_id, side_end
        ),
        scored as (select is_now, customer_id, {scores} from counted),
        classed as (
            select customer_id, is_now,
                   case when r + f + m >= 12 then 'best' when r + f + m >= 8 then 'middle' else 'low' end as class
            from scored
        ),
        firsts as (select customer_id, min(purchased_on) as first_on from bought group by customer_id)
        select case when first_on >= $base_end then '{NEW}' else coalesce(a.class, 'none') end as "from",
               case when first_on >= $end then '{NEW}' else coalesce(b.class, 'none') end as "to",
               count(*) as n_customers
        from firsts as f
        left join classed as a on a.customer_id = f.customer_id and not a.is_now
        left join classed as b on b.customer_id = f.customer_id and b.is_now
        where first_on < $end or first_on < $base_end
        group by all order by all""",
        end=period.end,
        base_end=earlier,
    )


def _score(by: str) -> str:
    """SQL for the fifth, from 1, of a customer's middle rank in that order, on its side."""
    ranked, side = f"over (partition by is_now order by {by})", "over (partition by is_now)"
    middle = f"(rank() {ranked} - 1 + cume_dist() {ranked} * count(*) {side}) / 2.0"
    return f"1 + least(4, cast(floor(5 * {middle} / count(*) {side}) as integer))"
