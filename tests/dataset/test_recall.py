"""What one process of a run finds and the others take: the same as a new look, and only while the files are the same."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from in_run import in_run

import cxkit as cx
from cxkit.contract import tables
from cxkit.dataset.check.result import Checked
from cxkit.dataset.recall import recall, remember

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture
def shop(tmp_path):
    """A copy of the sample whose findings are remembered, within a run."""
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "shop"))
    with in_run():
        source = cx.open_data(folder)
        remember(source.found, source.supplied)
        yield folder


def told(checked: Checked) -> dict:
    return {name: value for name, value in vars(checked).items() if name not in ("raw", "rejects", "broken")}


def test_what_is_recalled_is_what_a_new_look_finds(shop, monkeypatch):
    recalled = cx.open_data(shop)
    monkeypatch.setattr("cxkit.dataset.source.recall", lambda found, name: None)
    looked = cx.open_data(shop)
    for name in tables():
        assert told(recalled.supplied[name].checked) == told(looked.supplied[name].checked), name
    assert recalled.quality.equals(looked.quality)
    orders = "select sum(net_amount) as s, count(*) as n from orders"
    assert recalled.sql(orders).equals(looked.sql(orders))


def test_recalled_tables_are_not_checked_again(shop, monkeypatch):
    monkeypatch.setattr(
        "cxkit.dataset.source.read", lambda found, name, engine: pytest.fail(f"{name} was looked at again")
    )
    assert cx.open_data(shop).supplied["orders"].checked.rows_read > 0


@pytest.mark.parametrize("change", ["time", "settings"])
def test_a_change_asks_for_a_new_look(shop, monkeypatch, change):
    if change == "time":
        file = next(shop.glob("orders.*"))
        os.utime(file, (1, 1))
    looked = []
    monkeypatch.setattr(
        "cxkit.dataset.source.check", lambda raw, engine: looked.append(raw.table.name) or Checked(raw=raw)
    )
    settings = {"timezone": "UTC"} if change == "settings" else None
    cx.open_data(shop, settings=settings).has("orders", "net_amount")
    assert "orders" in looked


def test_rejected_rows_and_people_who_may_not_be_analysed_are_recalled_too(tmp_path):
    order = "1,a,2026-01-01T00:00:00Z,5,EUR,completed\n"
    others = "2,b,2026-01-02T00:00:00Z,7,EUR,completed\n3,c,2026-01-03T00:00:00Z,9,EUR,completed\n"
    columns = "order_id,customer_id,ordered_at,net_amount,currency,status\n"
    (tmp_path / "orders.csv").write_text(columns + order * 2 + others)  # an exact copy is dropped and counted
    (tmp_path / "customers.csv").write_text(
        "customer_id,first_seen_at,consent_analytics\n"
        + "".join(
            f"{name},2025-01-01T00:00:00Z,{says}\n" for name, says in zip("abc", ("true", "false", "true"), strict=True)
        )
    )
    looked = cx.open_data(tmp_path)
    first = looked.sql("select customer_id, net_amount from orders order by all")
    assert first.values.tolist() == [["a", 5.0], ["c", 9.0]]
    with in_run():
        remember(looked.found, looked.supplied)
        recalled = cx.open_data(tmp_path)
        assert recalled.sql("select customer_id, net_amount from orders order by all").equals(first)
        assert recalled.quality.equals(looked.quality)
        assert recalled.rejects.equals(looked.rejects)


def test_a_table_with_faults_and_a_frame_are_always_looked_at(tmp_path):
    (tmp_path / "orders.csv").write_text("order_id\n1\n")
    frame = pd.DataFrame({"campaign_id": ["a"], "channel": ["email"], "sent_at": ["2026-01-01T00:00:00Z"]})
    source = cx.open_data({"campaigns": frame})
    assert source.found.origin == ""
    with in_run():
        for looked in (cx.open_data(tmp_path), source):
            remember(looked.found, looked.supplied)
            assert all(recall(looked.found, name) is None for name in looked.supplied)
