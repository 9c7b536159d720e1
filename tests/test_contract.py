"""The contract as it is read from its files, and the page that is written from it."""

import re
from dataclasses import fields

import pytest

from cxkit.catalogue.contract_page import contract_page, needed_by
from cxkit.contract import tables
from cxkit.dataset.check.casts import ENGINE_TYPES
from cxkit.dataset.find.settings import Settings
from cxkit.engine.duckdb import Engine
from cxkit.metric import catalogue

COLUMNS = [(table, column) for table in tables().values() for column in table.columns.values()]


def test_there_are_sixteen_tables_in_the_order_of_the_contract():
    assert list(tables()) == [
        "customers", "identities", "events", "campaigns", "message_events", "social_posts", "social_daily", "social_mentions",
        "usability_tasks", "survey_answers", "tickets", "subscriptions", "orders", "spend", "referrals", "series",
    ]  # fmt: skip


@pytest.mark.parametrize("table", tables().values(), ids=list(tables()))
def test_a_table_says_its_grain_and_has_its_key_and_its_time_among_its_columns(table):
    assert table.grain.startswith("One row ") and table.grain.endswith(".")
    assert table.key and set(table.key) <= set(table.columns)
    assert table.time in table.columns and table.columns[table.time].type in ("timestamp", "date")
    assert {"source", "loaded_at"} <= set(table.columns)


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{table.name}.{column.name}" for table, column in COLUMNS])
def test_a_column_keeps_the_naming_rules(table, column):
    kinds = {
        "_at": "timestamp",
        "_s": "float",
        "_share": "float",
        "_amount": "decimal",
        "_id": "string",
        "_date": "date",
    }
    assert column.type in ENGINE_TYPES and column.description.endswith((".", "?"))
    assert re.fullmatch("[a-z][a-z0-9_]*", column.name)
    for ending, kind in kinds.items():
        if column.name.endswith(ending) and column.name != "segment_assigned_at":  # a day, by that name in every source
            assert column.type == kind
    if column.name.startswith("n_"):
        assert column.type == "integer" and column.min == 0 and column.unit
    if column.name.startswith(("is_", "consent_")):
        assert column.type == "boolean"
    if column.references:
        other, name = column.references.split(".")
        assert name in tables()[other].key
    assert not (column.required and column.required_for)


def test_one_list_of_channels_serves_customers_events_orders_and_spend():
    lists = {
        tables()["customers"].columns["acquisition_channel"].allowed,
        tables()["events"].columns["channel_group"].allowed,
        tables()["orders"].columns["channel_group"].allowed,
        tables()["spend"].columns["channel"].allowed,
    }
    assert len(lists) == 1


@pytest.mark.parametrize("table", tables().values(), ids=list(tables()))
def test_the_rules_of_a_table_run(table):
    engine = Engine()
    columns = ", ".join(f"null::{ENGINE_TYPES[column.type]} as {column.name}" for column in table.columns.values())
    for rule in table.rules:
        assert engine.row(f"select count(*) filter (where not ({rule.holds})) from (select {columns})") == (0,)
        assert rule.level in ("fault", "warning") and not rule.says.endswith(".")


@pytest.mark.parametrize("metric", catalogue().values(), ids=list(catalogue()))
def test_what_a_metric_needs_is_a_column_of_the_contract_and_stands_there_on_the_page(metric):
    for need in metric.needs:
        for table, column in (choice.split(".") for choice in need.split(" or ")):
            assert column in tables()[table].columns, need
            assert any(told.startswith(f"`{metric.id}`") for told in needed_by(tables()[table])[column])


def test_the_page_names_no_metric_at_a_column_that_it_does_not_need():
    for table in tables().values():
        for column, told in needed_by(table).items():
            for name in (words.split("`")[1] for words in told):
                needs = " or ".join(catalogue()[name].needs).split(" or ")
                assert f"{table.name}.{column}" in needs
            assert f"- `{column}`\n" + "".join(f"  - {words}\n" for words in sorted(told)) in contract_page()


def test_the_page_names_every_setting():
    assert [entry.name for entry in fields(Settings) if f"`{entry.name}`" not in contract_page()] == []
