"""Recency, frequency and monetary value: scores within a window, and who moved from class to class between two periods.

The engine ranks and counts; what leaves it is one row a pair of classes.
"""

from datetime import date

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import untested
from cxkit.row import Row, Side

WINDOW_DAYS = 365
CLASSES = ("best", "middle", "low", "none")
NEW = "new"
NO_TEST = "no test: classes are ranks within each period"


def rfm(ask: Ask) -> list[Row]:
    """Share of buyers in each class at the end of the period.

    Both windows have the length that the data allow before the base's end.

    Returns
    -------
    list of Row, one a class
    """
    moves = class_moves(ask)
    rows = []
    for name in CLASSES:
        sides = []
        for side in ("to", "from"):
            known = moves[moves[side] != NEW]
            part, whole = float(known["n_customers"][known[side] == name].sum()), float(known["n_customers"].sum())
            sides.append(Side.of(stats.proportion(part, whole, conf_level=ask.conf_level), part, whole))
        rows.append(untested(ask.segment.part("class", name), sides if ask.base else sides[:1], NO_TEST))
    return rows


def migration(ask: Ask) -> pd.DataFrame:
    """From which class to which buyers moved between the ends of the base and the period.

    Returns
    -------
    DataFrame, one row a pair of classes
        `from, to, n_customers, share` of those who were in `from`; without a base the period before it.
    """
    if not ask.source.has("orders"):
        return pd.DataFrame(columns=["from", "to", "n_customers", "share"])
    moves = class_moves(ask.at(ask.period, ask.base or ask.period.previous()))
    known = moves[moves["to"] != NEW]
    pairs = pd.MultiIndex.from_product([(*CLASSES, NEW), CLASSES], names=["from", "to"])
    table = known.set_index(["from", "to"])["n_customers"].reindex(pairs, fill_value=0).reset_index()
    whole = table.groupby("from")["n_customers"].transform("sum").to_numpy(float)
    share = np.divide(table["n_customers"], whole, out=np.full(len(table), np.nan), where=whole > 0)
    return table.assign(share=share)


def class_moves(ask: Ask) -> pd.DataFrame:
    """Buyers by class at the base's end (`from`) and at the period's (`to`), with `n_customers`; without a base `from` is NEW.

    A score is the fifth in which the middle of a customer's rank lies, so equal values share one.
    """
    period, base = ask.period, ask.base
    relation, where, _ = ask.scope("purchase_days")
    earlier = base.end if base else date(1, 1, 2)
    first = ask.source.coverage("orders")[0]
    days = max(1, min(WINDOW_DAYS, ((earlier if base else period.end) - first).days))
    scores = ",\n".join(
        f"{_score(by)} as {name}" for name, by in (("r", "silent desc"), ("f", "n_days"), ("m", "mean_amount"))
    )
    return ask.source.sql(
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
