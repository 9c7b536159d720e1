"""A query needs the tables and views that it reads: not its own steps, aliases, columns, texts and comments of the same name."""

import pandas as pd
import pytest

import cxkit as cx
from cxkit.dataset.naming import needed, shipped_views
from cxkit.engine.duckdb import Engine
from cxkit.errors import ArgumentError

READS = {
    "select count(*) as events from tickets": ["tickets"],
    "select events.status from tickets as events": ["tickets"],
    "with events as (from tickets) select orders.* from events as orders": ["tickets"],
    "select 'events', \"orders\" from tickets -- customers\n/* orders */": ["tickets"],
    'select * from "Tickets" join MAIN.Orders on true': ["tickets", "orders"],
    "with orders as (select * from orders) from orders": ["orders"],
    "from (with orders as (from tickets) from orders), orders": ["tickets", "orders"],
    "with recursive orders as (select 1 as n union all select n + 1 from orders where n < 3) from orders": [],
    "with one as (from events), two as (from one) from two where x in (select y from orders)": ["events", "orders"],
    "select (select max(x) from events where events.y = t.y) from tickets as t where exists (from orders)": ["events", "tickets", "orders"],
    "from tickets asof join events using (a), lateral (from orders) as o, unnest(o.list) as u(customers)": ["tickets", "events", "orders"],
    "from tickets union all by name from orders": ["tickets", "orders"],
    "describe tickets": ["tickets"],
    "from orders where $segment = nobody_knows_me(x)": ["orders"],
}  # fmt: skip


@pytest.mark.parametrize("sql", READS)
def test_what_a_query_reads(sql):
    assert sorted(Engine().named(sql)) == sorted(READS[sql])


@pytest.mark.parametrize("sql", ["pivot tickets on status using count(*)", "from tickets where", "tickets"])
def test_what_is_no_select_may_need_whatever_it_names(sql):
    assert "tickets" in Engine().named(sql)


def test_a_table_that_is_only_an_alias_is_not_looked_at():
    tickets = pd.DataFrame(
        {"ticket_id": ["a"], "created_at": "2026-10-01T10:00:00Z", "channel": "phone", "status": "open", "observed_until": "2026-10-02T10:00:00Z"}
    )  # fmt: skip
    events = pd.DataFrame({"event_id": ["e"], "event_at": ["yesterday"], "event_name": "page_view", "surface": "web"})
    source = cx.open_data({"tickets": tickets, "events": events})
    assert source.sql("select count(*) as events from tickets").events.tolist() == [1]
    assert source.used == ["tickets"]
    with pytest.raises(cx.DataError, match="event_at"):
        source.sql("from events")


def test_every_shipped_view_is_made_of_what_it_reads():
    """The engine itself is asked: a view stands on what was made for it, and on nothing that was not."""
    source = cx.open_data(
        {"orders": pd.DataFrame({"order_id": [], "ordered_at": [], "status": [], "net_amount": [], "currency": []})}
    )
    for name in shipped_views():
        assert source.columns(name)


def test_those_that_others_are_made_from_come_first_and_a_view_of_itself_ends():
    engine = Engine()
    assert needed("from buyers", {"buyers": "with buyers as (from orders) from buyers"}, engine.named) == [
        "orders",
        "buyers",
    ]
    source = cx.open_data(
        {
            "orders": pd.DataFrame(
                {
                    "order_id": ["1"],
                    "ordered_at": "2026-10-01T10:00:00Z",
                    "status": "paid",
                    "net_amount": 1,
                    "currency": "EUR",
                }
            )
        }
    )
    source.create_view("endless", "from endless")
    with pytest.raises(ArgumentError, match="endless"):
        source.sql("from endless")
