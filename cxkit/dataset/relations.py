"""What tables say of each other and of time: keys that must be found in another table, sums that must agree, days without rows.

Each check is one aggregate query a table; tables with faults are left out by the caller, as they cannot be queried.
"""

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from cxkit.contract import tables
from cxkit.dataset.check.locate import places, with_lines
from cxkit.dataset.source import Source
from cxkit.engine.duckdb import quoted

ENOUGH = 0.95  # below, a join loses more than it should
TOO_FEW = 0.5  # below, the ids are probably of two kinds
LONG_GAP = 3  # times the usual distance between days with rows
FEWEST_DAYS = 10  # with fewer active days nothing is usual

# Of every row of a table: what share lacks something, or is something, that figures leave out.
SHARES = {
    "events": {
        "without visitor_id": "visitor_id is null",
        "without customer_id": "customer_id is null",
        "of bots": "coalesce(is_bot, false)",
        "of internal traffic": "coalesce(is_internal, false)",
    },
    "orders": {"of guests (without customer_id)": "customer_id is null"},
    "message_events": {"of machines": "coalesce(is_machine, false)"},
    "tickets": {"without customer_id": "customer_id is null"},
    "survey_answers": {"without customer_id": "customer_id is null and respondent_type = 'customer'"},
}


@dataclass(frozen=True, kw_only=True)
class Link:
    """How many of a column's values are found in the column of another table that it refers to.

    Attributes
    ----------
    n, matched : int
        Rows with a value, and those of them whose value the other table has.
    is_needed : bool
        The column is required, so that analyses join by it.
    first : str
        Place of the first row whose value is not found, where too few are.
    """

    table: str
    column: str
    refers_to: str
    n: int
    matched: int
    is_needed: bool
    first: str = ""

    @property
    def share(self) -> float:
        """Matched rows ÷ rows with a value."""
        return self.matched / self.n

    @property
    def level(self) -> str:
        """ "fault", "warning" or "" (enough match)."""
        if self.share < TOO_FEW and self.is_needed:
            return "fault"
        return "warning" if self.share < ENOUGH else ""

    @property
    def says(self) -> str:
        """The finding in words."""
        return (
            f"{self.table}.{self.column}: {self.matched:,} of {self.n:,} rows ({self.share:.1%}) are found in {self.refers_to}"
            + (f" (first that is not: {self.first})" if self.first else "")
        )


@dataclass(frozen=True)
class Look:
    """What one pass over a table finds: match rates, shares of rows that figures leave out (such as {"of bots": 0.02}), days without rows."""

    links: list[Link]
    shares: dict[str, float]
    gaps: list[str]


def look(source: Source, table: str, usable: list[str]) -> Look:
    """Count a table's references to other `usable` tables, its rows that figures leave out and its days, in one aggregate query.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "order_id": ["1", "2"], "customer_id": ["a", "b"], "ordered_at": "2026-01-01T10:00:00Z", "status": "paid",
    ...     "net_amount": 1, "currency": "EUR"})
    >>> from cxkit.dataset.source import open_data
    >>> source = open_data({"orders": orders, "customers": pd.DataFrame({"customer_id": ["a"]})})
    >>> print(look(source, "orders", ["orders", "customers"]).links[0].says)
    orders.customer_id: 1 of 2 rows (50.0%) are found in customers.customer_id (first that is not: row 2)
    """
    columns = [
        column
        for column in tables()[table].columns.values()
        if column.references and column.references.split(".")[0] in usable and source.has(table, column.name)
    ]
    time, conditions = quoted(tables()[table].time), SHARES.get(table, {})
    counts = [
        f"list(distinct 1 + (cast({time} as date) - date '0001-01-01')) filter (where {time} is not null) as days"
    ]
    for n, column in enumerate(columns):
        other, key = column.references.split(".")
        counts.append(f"count({quoted(column.name)}) as n_{n}")
        counts.append(
            f"count(*) filter (where {quoted(column.name)} in (select {quoted(key)} from {other})) as matched_{n}"
        )
    counts += [f"avg(cast({condition} as double)) as share_{n}" for n, condition in enumerate(conditions.values())]
    row = source.sql(f"select {', '.join(counts)} from {table}").iloc[0]
    found = [
        Link(
            table=table, column=column.name, refers_to=column.references, n=int(row[f"n_{n}"]), matched=int(row[f"matched_{n}"]),
            is_needed=column.required,
        )
        for n, column in enumerate(columns)
        if row[f"n_{n}"]
    ]  # fmt: skip
    return Look(
        links=[replace(link, first=_first_stray(source, link)) if link.level else link for link in found],
        shares={name: float(row[f"share_{n}"]) for n, name in enumerate(conditions) if row[f"share_{n}"] > 0},
        gaps=_gaps(source, table, sorted(map(int, row.days)) if isinstance(row.days, np.ndarray) else []),
    )


def _first_stray(source: Source, link: Link) -> str:
    """Where the first row stands whose value the other table has not."""
    column, (other, key) = quoted(link.column), link.refers_to.split(".")
    return _first_place(
        source,
        link.table,
        f"from rows where {column} is not null and {column} not in (select {quoted(key)} from {other})",
    )


def _first_place(source: Source, table: str, found: str) -> str:
    """Place of the first of the rows, of those that are used, that `found` picks from the relation `rows`."""
    supplied = source.supplied[table]
    rows = supplied.numbered(source.engine)
    first = source.engine.query(
        f"with rows as {rows} select _file_no as file_no, _row as row {found} order by 1, 2 limit 1"
    )
    raw = supplied.checked.raw
    return places(raw, *with_lines(raw, supplied.checked.broken, [first]))[0]


def matches(source: Source) -> list[dict[str, Any]]:
    """By source: `records`, how many of them lead to a customer (`matched`), and how many more a `probable` link would add; and their share.

    Nothing without `identities`, as then nothing is joined.
    """
    if not source.has("identities"):
        return []
    found = source.sql(
        "select source, count(*) as records, count(*) filter (where is_matched) as matched, "
        "count(*) filter (where is_probable) as probable from matches group by source order by source"
    )
    rows = found.assign(share=found.matched / found.records).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _gaps(source: Source, table: str, days: list[int]) -> list[str]:
    """The longest stretch without any row, where it is longer than three times what is usual, within the period that the table covers.

    Usual is what 19 of 20 distances between days with rows do not exceed. Tables with fewer than ten such days are not judged.
    """
    if len(days) < FEWEST_DAYS:
        return []
    usual = float(np.quantile(np.diff(days), 0.95))
    first, last = (end.toordinal() for end in source.coverage(table))
    edges = [first - 1, *(day for day in days if first <= day <= last), last + 1]
    long = [(after - before, before) for before, after in pairwise(edges) if after - before > LONG_GAP * usual]
    if not long:
        return []
    length, before = max(long)
    begins, ends = date.fromordinal(before + 1), date.fromordinal(before + length - 1)
    others = f", and {len(long) - 1} more such gap{'s' if len(long) > 2 else ''}" if len(long) > 1 else ""
    return [
        f"{table}: no row from {begins} to {ends} ({length - 1} days){others}. If they were not exported, export them or "
        f"shorten the table's period in dataset.yml; figures of those days are too low."
    ]


def sums(source: Source, table: str) -> list[str]:
    """Sums within a table that do not agree with each other."""
    if table == "message_events":
        return _deliveries(source) + _early_opens(source)
    if table == "social_posts" and "x_engagements" in source.columns(table):
        return _engagements(source)
    return []


def _deliveries(source: Source) -> list[str]:
    """Delivered = sent − bounces, by recipient, in campaigns that report both."""
    row = source.sql(
        """
        with
        messages as (
            select campaign_id, recipient_id,
                   bool_or(event_type = 'sent') as is_sent,
                   bool_or(event_type = 'delivered') as is_delivered,
                   bool_or(event_type in ('hard_bounce', 'soft_bounce', 'dropped')) as is_lost
            from message_events
            group by campaign_id, recipient_id
        ),
        told as (
            select *, bool_or(is_sent) over one and bool_or(is_delivered) over one as tells_both
            from messages
            window one as (partition by campaign_id)
        )
        select count(*) as n,
               count(*) filter (where is_sent and not is_delivered and not is_lost) as without_end,
               count(*) filter (where (is_delivered or is_lost) and not is_sent) as without_start
        from told
        where tells_both
        """
    ).iloc[0]
    # They may be what is missing, and are told by themselves.
    left_out = len(source.supplied["message_events"].checked.rejects)
    cases = {
        "were sent and neither delivered nor bounced": row.without_end,
        "were delivered or bounced and never sent": row.without_start,
    }
    return [
        f"message_events: {int(count):,} of {int(row.n):,} messages {what}, so delivered is not sent less bounces."
        for what, count in cases.items()
        if count > left_out
    ]


def _early_opens(source: Source) -> list[str]:
    """Opens and clicks before the message was handed over: clocks that differ, or ids that are mixed up."""
    early = """
        from rows
        join (
            select campaign_id, recipient_id, min(event_at) as first_at
            from rows
            where event_type in ('sent', 'delivered')
            group by campaign_id, recipient_id
        ) using (campaign_id, recipient_id)
        where event_type in ('open', 'click') and event_at < first_at
    """
    n = int(source.sql(f"with rows as (from message_events) select count(*) as n {early}").n[0])
    if not n:
        return []
    return [
        f"message_events: {n:,} opens or clicks are earlier than their message was sent (first: {_first_place(source, 'message_events', early)}). "
        "Compare the time zones of the two exports; rates count them."
    ]


def _engagements(source: Source) -> list[str]:
    """The vendor's sum of engagements against its parts."""
    parts = [
        "reactions_positive", "reactions_negative", "comments", "shares", "saves", "link_clicks", "other_clicks",
    ]  # fmt: skip
    total = " + ".join(f"coalesce({part}, 0)" for part in parts)
    row = source.sql(
        f"select count(x_engagements) as n, count(*) filter (where try_cast(x_engagements as bigint) <> {total}) as n_wrong "
        "from social_posts"
    ).iloc[0]
    if not row.n_wrong:
        return []
    return [
        f"social_posts: in {int(row.n_wrong):,} of {int(row.n):,} posts the vendor's engagements are not the sum of their parts "
        "(reactions, comments, shares, saves, clicks). The kit counts the parts."
    ]
