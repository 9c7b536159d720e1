"""What the purchase models read: purchase histories as distinct rows with a count, one SQL query each, up to a day."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

import pandas as pd

from cxkit.dataset import source as data
from cxkit.dataset.find.settings import Settings
from cxkit.errors import ArgumentError, did_you_mean
from cxkit.measurement.scope import scope
from cxkit.models.purchase.purchase import DAYS, as_date

# What a customer's purchases until $until say.
CUSTOMERS = """
    select
        customer_id,
        count(*) - 1                                        as frequency,
        min(purchased_on)                                   as first_on,
        date_diff('day', min(purchased_on), max(purchased_on)) as recency_days,
        date_diff('day', min(purchased_on), $until)         as t_days,
        sum(net_amount) - arg_min(net_amount, purchased_on) as repeat_amount
    from purchase_days
    where purchased_on <= $until
    group by customer_id
"""


Value = TypeVar("Value")


class Source(Protocol):
    """What is needed of a data set: SQL over its views, to keep what was computed from them, and its k."""

    @property
    def settings(self) -> Settings:
        """What `dataset.yml` says."""

    def sql(self, query: str, /, **parameters: object) -> pd.DataFrame:
        """Run a query."""

    def memo(self, key: Hashable, compute: Callable[[], Value], /) -> Value:
        """What `compute` gave for this key, until a view changes."""


@dataclass(frozen=True)
class Within:
    """The purchases of a segment of customers: every query reads `purchase_days` within it."""

    source: data.Source
    segment: str

    @property
    def settings(self) -> Settings:
        """What `dataset.yml` says."""
        return self.source.settings

    def sql(self, query: str, /, **parameters: object) -> pd.DataFrame:
        """Run a query."""
        relation, where, _ = scope(self.source, "purchase_days", None, self.segment)
        days = f"from (select * from {relation} where {where}) as purchase_days"
        return self.source.sql(query.replace("from purchase_days", days), **parameters)

    def memo(self, key: Hashable, compute: Callable[[], Value], /) -> Value:
        """What `compute` gave for this key and segment, until a view changes."""
        return self.source.memo((Within, self.segment, key), compute)


def within(source: data.Source, segment: str = "") -> Source:
    """The data set itself, or the purchases of a segment such as `country=PL`."""
    return Within(source, segment) if segment.strip() else source  # type: ignore[return-value]  # a parameter named query cannot be passed


@dataclass(frozen=True)
class WithheldIfFew:
    """A source that answers nothing where fewer than k customers bought: every answer has its columns and no row."""

    source: Source
    k: int

    @property
    def settings(self) -> Settings:
        """What `dataset.yml` says."""
        return self.source.settings

    @property
    def is_few(self) -> bool:
        """Whether somebody bought, but fewer than k."""
        query = "select count(distinct customer_id) as n from purchase_days"
        n_customers = self.memo("customers", lambda: int(self.source.sql(query).n[0]))
        return 0 < n_customers < self.k

    def sql(self, query: str, /, **parameters: object) -> pd.DataFrame:
        """Run a query, or give the columns of its answer."""
        answer = self.source.sql(query, **parameters)
        return answer.iloc[:0] if self.is_few else answer

    def memo(self, key: Hashable, compute: Callable[[], Value], /) -> Value:
        """What `compute` gave for this key and k, until a view changes."""
        return self.source.memo((WithheldIfFew, self.k, key), compute)


def purchase_history(
    source: Source,
    until: str | date,
    unit: str = "week",
) -> pd.DataFrame:
    """Repeat purchases until a day, as the purchase models take them.

    Parameters
    ----------
    source : Source
    until : date
        Last day of observation, included.
    unit : "week" or "day"
        Unit of recency and T. Days stay exact either way: a week is 7 of them.

    Returns
    -------
    DataFrame, one row a distinct (frequency, recency, T)
        `frequency, recency, T, n_customers`; `attrs` hold `time_unit` and `until`. Without a purchase no row, to which a fit
        answers with its verdict.

    Examples
    --------
    >>> import cxkit as cx
    >>> int(purchase_history(cx.open_data("data/cdnow"), "1997-09-30").n_customers.sum())
    2357
    """
    query = (
        f"select frequency, recency_days, t_days, count(*) as n_customers from ({CUSTOMERS}) group by all order by all"
    )
    return _in_units(source.sql(query, until=as_date(until)), until, unit)


def spend_history(source: Source, until: str | date) -> pd.DataFrame:
    """Mean net amount of repeat purchase days until a day: one row a distinct (frequency, monetary_value), `n_customers`."""
    query = f"""
        select frequency, cast(repeat_amount as double) / frequency as monetary_value, count(*) as n_customers
        from ({CUSTOMERS}) where frequency > 0 group by all order by all
    """
    return source.sql(query, until=as_date(until))


def customer_history(
    source: Source,
    until: str | date,
    unit: str = "week",
) -> pd.DataFrame:
    """One row a customer, for scores: `customer_id, frequency, recency, T, monetary_value`. Not for a shared report."""
    query = f"""
        select customer_id, frequency, recency_days, t_days,
               case when frequency > 0 then cast(repeat_amount as double) / frequency else 0 end as monetary_value
        from ({CUSTOMERS}) order by customer_id
    """
    return _in_units(source.sql(query, until=as_date(until)), until, unit)


def hold_out_history(
    source: Source,
    cut: str | date,
    until: str | date,
    unit: str = "week",
) -> pd.DataFrame:
    """Histories until `cut` beside what followed until `until`, split by date alone.

    Returns
    -------
    DataFrame, one row a distinct combination
        `frequency, recency, T` at the cut; `n_before` repeat purchases in the period before the cut that is as long as the
        hold-out, `n_after` purchases in the hold-out; `n_customers`. `attrs["until"]` is the cut, `attrs["hold_out_until"]`
        the end.
    """
    cut, until = as_date(cut), as_date(until)
    if until <= cut:
        raise ArgumentError(f"The hold-out ends on {until}, but it begins after {cut}: choose an earlier cut.")
    query = f"""
        with calibration as ({CUSTOMERS.replace("$until", "$cut")}),
        counted as (
            select customer_id,
                   count(*) filter (where purchased_on > $before and purchased_on <= $cut and purchased_on > first_on) as n_before,
                   count(*) filter (where purchased_on > $cut and purchased_on <= $until) as n_after
            from purchase_days join calibration using (customer_id)
            group by customer_id
        )
        select frequency, recency_days, t_days, n_before, n_after, count(*) as n_customers
        from calibration join counted using (customer_id)
        group by all order by all
    """
    rows = source.sql(query, until=as_date(until), cut=cut, before=cut - (until - cut))
    rows = _in_units(rows, cut, unit)
    rows.attrs["hold_out_until"] = until
    return rows


def hold_out_spend(
    source: Source,
    cut: str | date,
    until: str | date,
    unit: str = "week",
) -> pd.DataFrame:
    """As `hold_out_history`, with money: `frequency, recency, T, monetary_value` at the cut and `amount_after` in the hold-out."""
    query = f"""
        with calibration as ({CUSTOMERS.replace("$until", "$cut")}),
        spent as (
            select customer_id, sum(net_amount) as amount
            from purchase_days where purchased_on > $cut and purchased_on <= $until group by customer_id
        )
        select frequency, recency_days, t_days,
               case when frequency > 0 then cast(repeat_amount as double) / frequency else 0 end as monetary_value,
               cast(coalesce(amount, 0) as double) as amount_after, count(*) as n_customers
        from calibration left join spent using (customer_id)
        group by all order by all
    """
    rows = _in_units(source.sql(query, until=as_date(until), cut=as_date(cut)), cut, unit)
    rows.attrs["hold_out_until"] = as_date(until)
    return rows


def purchases_by_day(
    source: Source,
    until: str | date,
    *,
    born_until: str | date | None = None,
) -> pd.DataFrame:
    """Purchases of each day until a day: `day, n_first` customers who bought for the first time, `n_repeat` purchases.

    With `born_until` only those of customers who first bought until then: what a forecast made on that day can be held against.
    """
    query = f"""
        select purchased_on as day, count(*) filter (where purchased_on = first_on) as n_first,
               count(*) filter (where purchased_on > first_on) as n_repeat
        from purchase_days join ({CUSTOMERS}) using (customer_id)
        where purchased_on <= $until and first_on <= $born group by purchased_on order by day
    """
    return source.sql(query, until=as_date(until), born=as_date(born_until or until))


def _in_units(rows: pd.DataFrame, until: str | date, unit: str) -> pd.DataFrame:
    if unit not in DAYS:
        raise ArgumentError(f"`{unit}` is no unit of time. It takes: {', '.join(DAYS)}.{did_you_mean(unit, DAYS)}")
    rows = rows.rename(columns={"recency_days": "recency", "t_days": "T"})
    rows[["recency", "T"]] = rows[["recency", "T"]] / DAYS[unit]
    rows.attrs = {"time_unit": unit, "until": as_date(until)}
    return rows
