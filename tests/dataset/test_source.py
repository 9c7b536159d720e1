"""A data set as an analyst meets it: opened, asked in SQL, drilled into; and refused in words when it is not one."""

import subprocess
import sys
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from cxkit.dataset.kept import MEMORIES
from cxkit.dataset.source import open_data
from cxkit.engine.duckdb import Engine
from cxkit.errors import ArgumentError, CxError, DataError

ORDERS = pd.DataFrame({
    "order_id": ["1", "2", "3"],
    "customer_id": ["a", "b", "a"],
    "ordered_at": ["2026-03-28T23:30:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00+00:00"],
    "status": "paid",
    "net_amount": ["10.00", "2.50", "0.10"],
    "currency": "EUR",
})  # fmt: skip
CUSTOMERS = pd.DataFrame({"customer_id": ["a", "b"], "country": ["NL", "NA"]})
SETTINGS = "timezone: Europe/Amsterdam\ncurrency: EUR\n"


@pytest.fixture
def shop(tmp_path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    ORDERS.to_csv(folder / "orders.csv", index=False)
    CUSTOMERS.to_csv(folder / "customers.csv", index=False)
    (folder / "dataset.yml").write_text(SETTINGS)
    return folder


def parquet(frame: pd.DataFrame, path: Path) -> None:
    engine = Engine()
    engine.register("frame", frame)
    engine.row(f"copy frame to '{path}' (format parquet)")


def refusal(data, **settings) -> str:
    with pytest.raises(CxError) as caught:
        open_data(data, settings=settings or None).check()
    return str(caught.value)


def test_times_are_local_to_the_reporting_zone_over_the_change_to_summer_time(shop):
    found = open_data(shop).sql("select ordered_at from orders order by order_id")["ordered_at"]
    assert found.dtype == "datetime64[us]"
    assert found.astype(str).tolist() == ["2026-03-29 00:30:00", "2026-03-29 01:30:00", "2026-03-29 03:30:00"]


def test_times_without_offset_are_read_in_the_zone_that_is_named():
    times = {"ordered_at": pd.to_datetime(["2026-01-01 00:30", "2026-07-01 00:30", "2026-07-02 00:00"])}
    source = open_data(
        {"orders": ORDERS.assign(**times)}, settings={"timezone": "UTC", "source_timezone": "Europe/London"}
    )
    found = source.sql("select ordered_at from orders order by order_id")["ordered_at"]
    assert found.astype(str).tolist() == ["2026-01-01 00:30:00", "2026-06-30 23:30:00", "2026-07-01 23:00:00"]


def test_a_table_has_all_columns_of_the_contract_in_its_types(shop):
    source = open_data(shop)
    frame = source.sql("select * from orders")
    assert list(frame.columns) == source.columns("orders") and "refunded_at" in frame and "loaded_at" in frame
    assert source.sql(
        "select typeof(refunded_at) as a, typeof(n_items) as b, typeof(net_amount) as c from orders limit 1"
    ).values.tolist() == [["TIMESTAMP", "BIGINT", "DECIMAL(18,4)"]]
    assert source.sql("select sum(net_amount) as total from orders")["total"].tolist() == [12.6]


def test_texts_that_look_like_nothing_stay_texts(shop):
    assert open_data(shop).sql("select country from customers order by 1")["country"].tolist() == ["NA", "NL"]


def test_a_table_that_was_not_supplied_is_there_and_empty(shop):
    source = open_data(shop)
    assert source.sql("select count(*) as n from events")["n"].tolist() == [0]
    assert not source.has("events") and not source.has("events", "page") and source.has("orders")


def test_has_tells_what_was_really_supplied():
    source = open_data({"orders": ORDERS.assign(refund_amount=None, x_shop="north")})
    assert source.has("orders", "net_amount") and source.has("orders", "x_shop")
    assert (
        not source.has("orders", "refund_amount")
        and not source.has("orders", "n_items")
        and not source.has("orders", "x_other")
    )
    with pytest.raises(ArgumentError, match=r"table `orders` has no column `n_item`. Did you mean `n_items`?"):
        source.has("orders", "n_item")
    with pytest.raises(ArgumentError, match=r"unknown table `order`. Did you mean `orders`?"):
        source.has("order")


def test_settings_stand_in_for_columns_that_are_not_there():
    source = open_data({"orders": ORDERS}, settings={"margin_share": 0.4})
    assert source.has("orders", "margin_amount")
    assert source.sql("select margin_amount from orders order by order_id")["margin_amount"].tolist() == [
        4.0,
        1.0,
        0.04,
    ]
    assert not open_data({"orders": ORDERS}).has("orders", "margin_amount")
    supplied = open_data({"orders": ORDERS.assign(margin_amount=[1, None, None])}, settings={"margin_share": 0.4})
    assert supplied.sql("select sum(margin_amount) as m from orders")["m"].tolist() == [1.0]


def test_key_events_and_interactions_are_known_by_name_where_no_column_says():
    names = ["page_view", "click", "purchase", "custom:quiz"]
    events = pd.DataFrame(
        {"event_id": list("abcd"), "event_at": "2026-03-01T09:00:00Z", "event_name": names, "surface": "web"}
    )
    found = open_data({"events": events}, settings={"key_events": ["purchase", "custom:quiz"]}).sql(
        "select * from events order by event_id"
    )
    assert found["is_key_event"].tolist() == [False, False, True, True]
    assert found["is_interaction"].tolist() == [False, True, True, False]


def test_events_without_a_number_get_one_that_is_theirs():
    events = pd.DataFrame(
        {
            "visitor_id": ["v", "v", None],
            "event_at": "2026-03-01T09:00:00Z",
            "event_name": "click",
            "surface": "web",
            "page": ["/b", "/a", "/c"],
        }
    )
    first = open_data({"events": events}).sql("select event_id, page from events order by event_id")
    again = open_data({"events": events.iloc[::-1]}).sql("select event_id, page from events order by event_id")
    assert first["event_id"].is_unique and first.equals(again)


def test_coverage_is_what_dataset_yml_says_else_what_the_rows_say(shop):
    assert open_data(shop).coverage("orders") == (date(2026, 3, 29), date(2026, 3, 29))
    stated = {"tables": {"orders": {"from": "2026-01-01", "to": "2026-03-31"}}}
    assert open_data(shop, settings=stated).coverage("orders") == (date(2026, 1, 1), date(2026, 3, 31))
    with pytest.raises(ArgumentError, match=r"no row has a date"):
        open_data(shop).coverage("customers")
    with pytest.raises(ArgumentError, match=r"table `events` is not in shop"):
        open_data(shop).coverage("events")


def test_rows_after_the_stated_period_are_noted(shop):
    source = open_data(shop, settings={"tables": {"orders": {"from": "2026-01-01", "to": "2026-03-28"}}})
    late = source.quality.query("table == 'orders'").reason.tolist()
    assert len(late) == 1
    assert late[0].startswith(
        "3 of 3 rows are later than the period that dataset.yml states (2026-01-01 to 2026-03-28) (first: orders.csv, line 2; they stay)."
    )


def test_tables_shows_what_there_is(shop):
    found = open_data(shop).tables
    assert found.query("kind == 'table'").drop(columns="kind").values.tolist() == [
        ["customers", 2, None, None],
        ["orders", 3, date(2026, 3, 29), date(2026, 3, 29)],
    ]
    assert "sessions" in found.query("kind == 'view'")["name"].tolist()


def test_a_query_takes_parameters_and_says_what_it_does_not_know(shop):
    source = open_data(shop)
    assert source.sql("select order_id from orders where net_amount > $least", least=5)["order_id"].tolist() == ["1"]
    with pytest.raises(ArgumentError, match=r"Did you mean `orders`?"):
        source.sql("select * from order_s")
    with pytest.raises(ArgumentError, match=r"amount_net"):
        source.sql("select amount_net from orders")
    with pytest.raises(ArgumentError, match=r"syntax error"):
        source.sql("selec 1")


def test_only_tables_that_are_asked_for_are_checked_and_used(shop):
    (shop / "orders.csv").write_text("order_id\n1\n")
    source = open_data(shop)
    assert source.sql("select count(*) as n from customers -- not from orders")["n"].tolist() == [2]
    assert source.used == ["customers"]
    with pytest.raises(DataError, match=r"orders: column `customer_id`|orders: column `ordered_at`"):
        source.sql("select * from orders")


def test_views_of_ones_own_may_build_on_each_other_and_be_changed(shop):
    source = open_data(shop)
    source.create_view("large_orders", "select * from orders where net_amount > 1")
    source.create_view("spenders", "select customer_id, count(*) as n from large_orders group by all")
    assert source.sql("select * from spenders order by 1").values.tolist() == [["a", 1], ["b", 1]]
    source.create_view("large_orders", "select * from orders where net_amount > 5")
    assert source.sql("select * from spenders order by 1").values.tolist() == [["a", 1]]
    assert source.tables.set_index("name").loc["spenders", "rows"] == 1
    with pytest.raises(ArgumentError, match=r"a table of the contract has that name"):
        source.create_view("orders", "select 1")
    with pytest.raises(ArgumentError, match=r"expected a name of small letters"):
        source.create_view("My view", "select 1")
    source.create_view("wrong", "select nothing from orders")
    with pytest.raises(ArgumentError, match=r"view `wrong`: .*nothing"):
        source.sql("select * from wrong")


def test_what_was_computed_is_kept_until_a_view_changes(shop):
    source = open_data(shop)
    source.create_view("buyers", "select distinct customer_id from orders")

    def buyers():
        return source.memo("buyers", lambda: source.sql("select customer_id from buyers order by 1"))

    first = buyers()
    assert buyers() is first and len(first) == 2
    source.create_view("buyers", "select distinct customer_id from orders where net_amount > 5")
    assert buyers().values.tolist() == [["a"]]


def test_what_was_computed_long_ago_is_let_go(shop):
    source = open_data(shop)
    computed = []
    for key in [*range(MEMORIES), 0, MEMORIES, 1, 0]:  # 0 was asked for again before the first one too many, 1 was not
        source.memo(key, partial(computed.append, key))
    assert computed == [*range(MEMORIES), MEMORIES, 1]


def test_a_view_may_call_its_steps_by_its_own_name(shop):
    source = open_data(shop)
    source.create_view(
        "buyers_of_all",
        "with buyers_of_all as (select distinct customer_id from orders) select customer_id from buyers_of_all",
    )
    assert len(source.sql("select * from buyers_of_all")) == 2


def test_a_folder_of_files_is_one_table_whatever_their_format_and_order_of_columns(shop):
    (shop / "orders.csv").unlink()
    (shop / "orders").mkdir()
    ORDERS.iloc[:1].to_csv(shop / "orders" / "a.csv", index=False)
    ORDERS.iloc[1:2, ::-1].assign(n_items=2).to_csv(shop / "orders" / "b.csv.gz", index=False)
    parquet(ORDERS.iloc[2:].assign(n_items=3), shop / "orders" / "c[1]*.parquet")
    source = open_data(shop)
    assert source.sql("select order_id, n_items from orders order by 1").fillna(0).values.tolist() == [
        ["1", 0],
        ["2", 2],
        ["3", 3],
    ]
    ORDERS.iloc[1:2].assign(net_amount="x").to_csv(shop / "orders" / "d.csv", index=False)
    assert "(first: d.csv, line 2: 'x')" in refusal(shop)
    assert list(source.found.hashes()["orders"]) == ["a.csv", "b.csv.gz", "c[1]*.parquet"]


def test_csv_parquet_and_frames_of_the_same_data_give_the_same_table(shop, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    parquet(
        ORDERS.assign(ordered_at=pd.to_datetime(ORDERS["ordered_at"], utc=True), net_amount=[10.0, 2.5, 0.1]),
        other / "orders.parquet",
    )
    frames = {"orders": ORDERS.astype({"status": "category", "order_id": "int64"})}
    zone = {"timezone": "Europe/Amsterdam", "currency": "EUR"}
    tables = [open_data(data, settings=zone).sql("from orders order by order_id") for data in (shop, other, frames)]
    assert tables[0].equals(tables[1]) and tables[0].equals(tables[2])


def test_a_byte_order_mark_and_other_line_ends_are_no_matter(shop):
    (shop / "orders.csv").write_bytes(b"\xef\xbb\xbf" + ORDERS.to_csv(index=False, lineterminator="\r\n").encode())
    assert len(open_data(shop).sql("from orders")) == 3


def test_the_hash_changes_with_the_data(shop):
    before = open_data(shop).found.hashes()
    assert set(before) == {"customers", "orders", "settings"} and len(before["orders"]["orders.csv"]) == 64
    ORDERS.iloc[:2].to_csv(shop / "orders.csv", index=False)
    assert {table for table, files in open_data(shop).found.hashes().items() if files != before[table]} == {"orders"}
    assert open_data({"orders": ORDERS}).found.hashes() != open_data({"orders": ORDERS.iloc[:2]}).found.hashes()


def test_relative_paths_start_here_above_or_at_the_folder_of_the_environment(shop, tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert open_data("shop").name == "shop"
    monkeypatch.chdir("/")
    assert "shop: there is no such folder" in refusal("shop")
    for said in (tmp_path, tmp_path / "shop"):
        monkeypatch.setenv("CXKIT_DATA", str(said))
        assert open_data("shop").name == open_data("data/shop").name == "shop"
    assert "CXKIT_DATA" in refusal("another")  # a second data set of a notebook is never taken for the first


def test_a_report_of_the_same_name_is_no_data_set(shop, tmp_path, monkeypatch):
    report = tmp_path / "reports" / "shop"
    report.mkdir(parents=True)
    for name in ("manifest.json", "metrics.csv"):
        (report / name).write_text("{}")
    monkeypatch.chdir(report)
    assert open_data("shop").found.hashes()["orders"]
    assert "is a report of cxkit, no data set" in refusal(report)


def test_without_dataset_yml_days_are_utc_and_that_is_noted(shop):
    (shop / "dataset.yml").unlink()
    source = open_data(shop)
    assert source.settings.timezone == "UTC"
    assert (
        "no dataset.yml: days and hours are UTC, and each table covers its own first to last row"
        in source.quality["reason"].tolist()
    )


def test_header_alone_one_row_and_columns_without_a_value_are_data_too(shop):
    ORDERS.iloc[:0].to_csv(shop / "orders.csv", index=False)
    assert open_data(shop).tables.set_index("name").loc["orders", "rows"] == 0
    ORDERS.iloc[:1].assign(n_items=None).to_csv(shop / "orders.csv", index=False)
    assert len(open_data(shop).sql("from orders")) == 1


MESSAGES = {
    "no folder": "shpo: there is no such folder. Did you mean `shop`?",
    "a file": "orders.csv: is a file. Expected the folder that holds dataset.yml and one file or folder per table.",
    "empty folder": "holds no table. Expected files such as orders.csv or events.parquet",
    "unknown table": "order.csv: no table is called `order`. Did you mean `orders`?",
    "twice": "orders.parquet: table `orders` is there twice, as orders.csv too. Keep one of them.",
    "a spreadsheet": "tickets.xlsx: no .csv, .csv.gz, .parquet file found. Save the table as CSV (UTF-8, commas) or Parquet.",
    "empty file": "orders.csv: is empty. Expected a first line with the names of the columns.",
    "semicolons": "orders.csv: columns are separated by semicolons. Save it with commas.",
    "a name twice": "orders.csv: column 'status' is there 2 times. Names must differ.",
    "a column without name": "orders.csv: column 2 has no name in the first line.",
    "utf-16": "orders.csv, line 1: is not UTF-8 text.",
    "not gzip": "orders.csv.gz: cannot be read (Not a gzipped file",
    "not parquet": "orders.parquet: cannot be read. The engine says:",
    "cut parquet": "orders.parquet: cannot be read. The engine says:",
    "bad settings": "dataset.yml, line 1: unknown key `time_zone`. Did you mean `timezone`?",
    "lists in parquet": "orders: 1 of 1 rows has something in `status` that is not text",
}


@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_no_data_set_is_refused_in_words(shop, name):
    path = shop / "orders.csv"
    data = shop
    if name == "no folder":
        data = shop.with_name("shpo")
    elif name == "a file":
        data = path
    elif name == "empty folder":
        data = shop / "nothing"
        data.mkdir()
    elif name == "unknown table":
        path.rename(shop / "order.csv")
    elif name == "twice":
        parquet(ORDERS, shop / "orders.parquet")
    elif name == "a spreadsheet":
        (shop / "tickets.xlsx").write_bytes(b"PK")
    elif name == "not gzip":
        path.rename(shop / "orders.csv.gz")
    elif name == "bad settings":
        (shop / "dataset.yml").write_text("time_zone: UTC\n")
    elif "parquet" in name:
        path.unlink()
        parquet(ORDERS if name == "cut parquet" else ORDERS.iloc[:1].assign(status="x"), shop / "orders.parquet")
        whole = (shop / "orders.parquet").read_bytes()
        if name == "lists in parquet":
            Engine().row(
                f"copy (select '1' as order_id, 'a' as customer_id, now() as ordered_at, ['paid'] as status, 1 as net_amount, 'EUR' as currency) to '{shop / 'orders.parquet'}' (format parquet)"
            )
        else:
            (shop / "orders.parquet").write_bytes(whole[:-100] if name == "cut parquet" else b"not parquet")
    else:
        path.write_bytes({
            "empty file": b"",
            "semicolons": b"order_id;status\n1;paid\n",
            "a name twice": b"order_id,status,Status\n1,paid,paid\n",
            "a column without name": b"order_id,,status\n1,2,paid\n",
            "utf-16": "order_id,status\n1,paid\n".encode("utf-16"),
        }[name])  # fmt: skip
    assert MESSAGES[name] in refusal(data)


def test_frames_are_refused_in_words_too():
    assert "no table is called `order`. Did you mean `orders`?" in refusal({"order": ORDERS})
    assert "table `orders`: expected a DataFrame, found list." in refusal({"orders": []})
    assert "column `status` is there 2 times" in refusal({"orders": pd.concat([ORDERS, ORDERS[["status"]]], axis=1)})


def test_opening_does_not_load_what_only_reports_need():
    code = "import sys, cxkit.dataset.source; print([m for m in ('matplotlib', 'seaborn', 'scipy', 'statsmodels', 'nbformat') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.slow
def test_ten_million_events_are_opened_and_checked_in_less_than_a_gigabyte(tmp_path):
    Engine().row(
        f"copy (select 'event-' || i as event_id, timestamptz '2025-09-01' + to_seconds(i * 3) as event_at, 'click' as event_name, "
        f"'web' as surface, 'v' || (i % 500009) as visitor_id from range(10000000) r(i)) "
        f"to '{tmp_path / 'events.parquet'}' (format parquet)"
    )
    code = (
        "import resource, sys, cxkit.dataset.source as s; source = s.open_data(sys.argv[1]); source.check(); "
        "print(source.quality.rows_used.max(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert int(told[0]) == 10_000_000
    assert int(told[1]) * (1 if sys.platform == "darwin" else 1024) < 1e9
