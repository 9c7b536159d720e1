"""What a notebook gets from `open_report`, on a tiny shop."""

import json

import pandas as pd
import pytest
from tiny import write_shop

import cxkit as cx
from cxkit.areas import churn
from cxkit.areas.value import orders
from cxkit.blocks import MIME, Block, frame_from_json, plain
from cxkit.errors import ArgumentError
from cxkit.report.kept import collect


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return cx.open_report(str(write_shop(tmp_path_factory.mktemp("data") / "shop")), "last-month")


def test_the_period_comes_from_the_data_and_the_base_from_the_period(report):
    assert (report.period.label, report.base.label) == ("2026-02", "2026-01")


def test_every_block_gives_words_html_and_raw_numbers(report):
    made = [
        report.facts(), report.headline(orders.AVERAGE_ORDER_VALUE, orders.ORDERS), report.findings(), report.data_quality(),
        report.note("Nothing is certain."), report.definitions(), report.table(pd.DataFrame({"a": ["x"], "b": [1.5]}), "Caption", people=None),
    ]  # fmt: skip
    for block in made:
        bundle = block._repr_mimebundle_()
        assert set(bundle) == {"text/plain", "text/html", MIME}
        assert bundle["text/plain"] == repr(block) != "" and "<script" not in bundle["text/html"]
        assert json.loads(json.dumps(bundle[MIME], allow_nan=False))["block"] == block.kind


def test_the_headline_agrees_with_pandas(report):
    block = report.headline(orders.AVERAGE_ORDER_VALUE)
    row = collect.rows_of(block.payload["measurements"])[0]
    raw = report.source.sql("select ordered_at, net_amount from orders")
    means = raw.groupby(raw.ordered_at.dt.month).net_amount.mean()
    assert row["value"] == pytest.approx(means[2]) and row["base_value"] == pytest.approx(means[1])
    assert row["difference"] == pytest.approx(means[2] - means[1])
    assert f"€{means[2]:.2f}" in block.to_text() and "on January" in block.to_text()


def test_without_a_base_there_is_no_verdict(report):
    alone = cx.open_report(report.source, "2026-02", compare="none")
    text = alone.headline(orders.AVERAGE_ORDER_VALUE).to_text()
    assert "noise" not in text and "95% interval" in text
    assert alone.findings().to_text() == "Nothing was compared."


def test_definitions_hold_what_was_measured_and_nothing_else(report):
    fresh = cx.open_report(report.source, "2026-02")
    fresh.headline(orders.ORDERS)
    assert [term["id"] for term in fresh.definitions().payload["terms"]] == ["orders"]


def test_a_table_names_a_wrong_column_or_unit(report):
    frame = pd.DataFrame({"rate": [0.5]})
    with pytest.raises(ArgumentError, match="Did you mean `rate`"):
        report.table(frame, units={"rat": "share"}, people=None)
    with pytest.raises(ArgumentError, match="Did you mean `share`"):
        report.table(frame, units={"rate": "shar"}, people=None)


def test_a_table_is_told_who_is_counted(report):
    plans = pd.DataFrame({"plan": ["a", "b"], "persons": [80, 3], "mrr": [9.0, 900.0]})
    with pytest.raises(ArgumentError, match=r'report\.table\(frame, people="…"\): people="…" names the column'):
        report.table(plans)
    assert "900" not in report.table(plans, people="persons").to_html()
    assert "900" in report.table(plans, people=None).to_html()
    some = report.measure(orders.ORDERS)[["title", "value", "n_units"]]  # knows whom it counts
    assert report.table(some).payload["rows"][0][0] == orders.ORDERS.title


def test_numbers_survive_the_way_through_json():
    frame = pd.DataFrame({"a": [1, 2], "b": [0.1 + 0.2, float("nan")], "c": pd.to_datetime(["2026-01-01", None])})
    back = frame_from_json(json.loads(json.dumps(plain(frame))))
    assert (
        back.a.tolist() == [1, 2]
        and back.b[0] == 0.3
        and pd.isna(back.b[1])
        and back.c.tolist() == ["2026-01-01T00:00:00", None]
    )
    with pytest.raises(TypeError, match="cannot hold a object"):
        plain(object())
    with pytest.raises(NotImplementedError):
        Block().to_json()


def test_cards_name_what_their_denominator_counts():

    report = cx.open_report("data/sample", "2026-10")
    block = report.headline(churn.CUSTOMER_CHURN_RATE, churn.WINBACK_RATE, orders.AVERAGE_ORDER_VALUE)
    assert block.payload["nouns"] == {
        "customer_churn_rate": "members", "winback_rate": "lost members", "average_order_value": "purchases",
    }  # fmt: skip
    assert "of 750 members" in block.to_text()


def test_a_card_says_what_its_denominator_counts_where_the_definition_does():
    from cxkit.areas import email, social
    from cxkit.report.notebook.about_blocks import noun

    assert noun(email.DELIVERY_RATE) == "mails" and noun(email.CLICK_RATE) == "delivered mails"
    assert noun(social.OWN_SHARE_OF_VOICE) == "named mentions"
    assert noun(social.ENGAGEMENT_RATE_REACH) == noun(social.SOCIAL_RESPONSE_RATE) == ""
