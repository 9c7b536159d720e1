"""`cxkit check`: each finding beside the same count by pandas, and nothing found where nothing is wrong."""

import json

import numpy as np
import pandas as pd
import pytest

import cxkit as cx
from cxkit.commands import main
from cxkit.commands.check import text
from cxkit.dataset.inspection import inspect
from cxkit.dataset.relations import look, sums

SETTINGS = {"timezone": "Europe/Warsaw", "guests": "keep"}


def orders(n: int = 40, **columns) -> pd.DataFrame:
    """An order a day."""
    days = pd.date_range("2026-09-01T10:00", periods=n, freq="D", tz="UTC")
    frame = {"order_id": [f"o{i}" for i in range(n)], "customer_id": [f"c{i % 7}" for i in range(n)], "ordered_at": days,
             "status": "paid", "net_amount": 10.0, "currency": "EUR"}  # fmt: skip
    return pd.DataFrame(frame | columns)


def customers(n: int = 7) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)]})


def warnings(**data: pd.DataFrame) -> list[str]:
    return inspect(cx.open_data(data, settings=SETTINGS))["warnings"]


def test_sound_tables_give_no_warning_and_no_fault():
    found = inspect(cx.open_data({"orders": orders(), "customers": customers()}, settings=SETTINGS))
    assert found["is_usable"]
    assert found["warnings"] == []
    assert [table["name"] for table in found["tables"]] == ["customers", "orders"]


def test_match_rates_are_those_of_pandas():
    rng = np.random.default_rng(3)
    ids = np.where(rng.random(500) < 0.1, None, [f"c{i}" for i in rng.integers(0, 20, 500)])
    made, known = orders(500, customer_id=ids), customers(17)
    source = cx.open_data({"orders": made, "customers": known}, settings=SETTINGS)
    (link,) = look(source, "orders", ["orders", "customers"]).links
    assert (link.n, link.matched) == (made.customer_id.notna().sum(), made.customer_id.isin(known.customer_id).sum())
    assert link.level == "warning"


@pytest.mark.parametrize(("known", "level"), [(20, ""), (19, ""), (18, "warning"), (10, "warning"), (9, "fault")])
def test_a_needed_link_warns_below_95_percent_and_stops_below_50(known, level):
    ids = pd.DataFrame(
        {"id_type": "web_visitor", "id_value": [f"v{i}" for i in range(20)], "customer_id": [f"c{i}" for i in range(20)],
         "method": "login"}
    )  # fmt: skip
    found = inspect(cx.open_data({"identities": ids, "customers": customers(known)}))
    assert [link["level"] for link in found["links"]] == [level]
    assert found["is_usable"] == (level != "fault")
    assert bool(found["warnings"]) == (level == "warning")


def test_who_is_known_is_told_by_source_once_nothing_is_wrong():
    ids = pd.DataFrame(
        {
            "id_type": "web_visitor",
            "id_value": ["v0", "v1"],
            "customer_id": ["c0", "c1"],
            "method": ["login", "probabilistic"],
        }
    )
    events = pd.DataFrame({"event_id": list("123"), "event_at": "2026-10-01T10:00:00Z", "event_name": "page_view", "surface": "web",
                           "visitor_id": ["v0", "v1", "v2"], "page": "/"})  # fmt: skip
    data = {
        "identities": ids,
        "customers": customers(),
        "events": events,
        "orders": orders(customer_id=[None, *["c1"] * 39]),
    }
    found = inspect(cx.open_data(data, settings=SETTINGS))
    assert [(m["source"], m["records"], m["matched"], m["probable"]) for m in found["matches"]] == [
        ("events", 3, 1, 1),
        ("orders", 40, 39, 0),
    ]
    assert "and 1 by a probable link alone" in text(found)
    assert inspect(cx.open_data({**data, "orders": orders(currency="?")}, settings=SETTINGS))["matches"] == []
    assert inspect(cx.open_data({"orders": orders()}, settings=SETTINGS))["matches"] == []


def test_an_optional_link_never_stops():
    found = inspect(cx.open_data({"orders": orders(), "customers": customers(1)}, settings=SETTINGS))
    assert found["is_usable"]
    assert "(15.0%)" in found["warnings"][0]


def test_a_week_without_orders_is_a_gap_and_a_weekly_table_has_none():
    made = orders()
    assert warnings(orders=made.drop(range(10, 17)))[0].startswith(
        "orders: no row from 2026-09-11 to 2026-09-17 (7 days)."
    )
    assert warnings(orders=made.iloc[::7].assign(ordered_at=made.ordered_at.iloc[::7])) == []
    assert warnings(orders=orders(100).iloc[::7]) == []


def test_days_before_the_first_row_count_where_the_period_is_stated():
    stated = {**SETTINGS, "tables": {"orders": {"from": "2026-08-01", "to": "2026-10-10"}}}
    source = cx.open_data({"orders": orders()}, settings=stated)
    assert (
        look(source, "orders", ["orders"]).gaps[0].startswith("orders: no row from 2026-08-01 to 2026-08-31 (31 days).")
    )


def test_messages_that_never_arrived_and_never_bounced_are_told():
    moments = [("a", "sent"), ("a", "delivered"), ("b", "sent"), ("b", "hard_bounce"), ("c", "sent"), ("d", "delivered"),
               ("e", "sent"), ("e", "soft_bounce"), ("e", "delivered")]  # fmt: skip
    events = pd.DataFrame(moments, columns=["recipient_id", "event_type"]).assign(
        campaign_id="k", event_at="2026-10-01T10:00:00Z", message_event_id=[f"m{i}" for i in range(len(moments))]
    )
    found = sums(cx.open_data({"message_events": events}), "message_events")
    assert [said.split(" messages ")[0] for said in found] == ["message_events: 1 of 5", "message_events: 1 of 5"]
    silent = events[events.event_type != "delivered"]  # a tool that never says what arrived
    assert sums(cx.open_data({"message_events": silent}), "message_events") == []


def test_engagements_that_are_not_their_parts_are_told():
    posts = pd.DataFrame(
        {"post_id": ["1", "2", "3"], "platform": "x", "brand_id": "b", "is_own": True, "published_at": "2026-10-01T10:00:00Z",
         "snapshot_at": "2026-10-10T10:00:00Z", "reactions_positive": [1, 2, 3], "comments": [1, None, 0],
         "x_engagements": [2, 5, None]}
    )  # fmt: skip
    assert "in 1 of 2 posts" in sums(cx.open_data({"social_posts": posts}), "social_posts")[0]


def test_a_metric_is_off_by_the_column_that_is_missing():
    made = orders()
    found = {m["id"]: m["missing"] for m in inspect(cx.open_data({"orders": made}, settings=SETTINGS))["metrics"]}
    assert found["orders"] == []
    assert "events.event_at" in found["bounce_rate"]


def test_a_table_with_faults_carries_no_metric_and_the_others_are_still_told(tmp_path, capsys):
    orders(3, net_amount=["10", "ten", "12"]).to_csv(tmp_path / "orders.csv", index=False)
    customers().to_csv(tmp_path / "customers.csv", index=False)
    assert main(["check", "--data", str(tmp_path)]) == 2
    shown = " ".join(capsys.readouterr().out.split())
    assert "1 fault, listed below" in shown
    assert "orders.csv, line 3" in shown
    assert "value: 0 of" in shown
    assert main(["check", "--data", str(tmp_path), "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert {table["name"]: len(table["faults"]) for table in found["tables"]} == {"customers": 0, "orders": 1}
    (tmp_path / "dataset.yml").write_text("on_faults: reject\nguests: keep\n")
    assert main(["check", "--data", str(tmp_path)]) == 0
    assert "orders: 1 row, net_amount is not an amount (first: orders.csv, line 3)" in capsys.readouterr().out


def test_a_table_with_faults_can_be_left_aside_by_its_name(tmp_path, capsys):
    customers().to_csv(tmp_path / "customers.csv", index=False)
    (tmp_path / "referrals.csv").write_text("invite_id,referrer_customer_id\n1,c1\n")
    assert main(["check", "--data", str(tmp_path)]) == 2
    assert "rename referrals.csv to _referrals.csv" in " ".join(capsys.readouterr().out.split())
    (tmp_path / "referrals.csv").rename(tmp_path / "_referrals.csv")
    assert main(["check", "--data", str(tmp_path)]) == 0
    assert "_referrals.csv is left aside" in " ".join(capsys.readouterr().out.split())
    assert "_referrals.csv is left aside, as its name begins with _" in cx.open_data(tmp_path).quality.reason.tolist()


def test_a_file_that_cannot_be_read_is_a_fault_of_its_table(tmp_path, capsys):
    (tmp_path / "orders.parquet").write_bytes(b"no parquet at all")
    customers().to_csv(tmp_path / "customers.csv", index=False)
    assert main(["check", "--data", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert "cannot be read" in shown.out
    assert "Traceback" not in shown.err


def test_the_report_names_the_column_that_switches_most_on():
    found = inspect(cx.open_data({"orders": orders().drop(columns="customer_id")}, settings=SETTINGS))
    assert "→ orders.customer_id alone would switch on" in text(found)


def test_faults_of_customers_are_reported_once_and_beside_the_tables_that_are_sound():
    found = inspect(cx.open_data({"orders": orders(), "customers": pd.DataFrame({"id": ["c1"]})}, settings=SETTINGS))
    assert {table["name"]: len(table["faults"]) for table in found["tables"]} == {"customers": 1, "orders": 0}
    assert not found["is_usable"]
    assert found["links"] == []
    assert "column `customer_id` is missing" in text(found)
