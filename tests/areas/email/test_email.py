"""E-mail figures: published check values, the planted truth of the sample, and what happens where something is missing."""

import numpy as np
import pandas as pd
import pytest

import cxkit as cx
from cxkit.areas import email
from cxkit.areas.email import campaigns, effectiveness, experiments, timeline
from cxkit.measurement.ask import Ask
from cxkit.metric import areas

OCTOBER = cx.Period.parse("2026-10")
YEAR = cx.Period.parse("2025-11-01..2026-10-31")
IDS = [
    "delivery_rate",
    "email_bounce_rate",
    "open_rate",
    "adjusted_open_rate",
    "click_rate",
    "click_to_open_rate",
    "total_opens",
    "total_clicks",
    "unsubscribes",
    "unsubscribe_rate",
    "complaint_rate",
    "forward_rate",
    "list_churn_rate",
    "list_growth_rate",
    "email_conversion_rate",
    "revenue_per_recipient",
    "campaign_effectiveness",
    "engagement_timeline",
]


@pytest.fixture(scope="module")
def shop(root):
    return cx.open_data(root / "data" / "sample")


def one(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1
    return frame.iloc[0]


def test_every_id_of_the_catalogue_is_declared():
    assert set(IDS) <= {metric.id for metric in areas()["email"]}


def totals(**more) -> object:
    """The check value of the reference: 1 000 delivered, 600 opened, 400 of them by machines only, 50 clickers."""
    sent = {
        "campaign_id": "t", "channel": "email", "sent_at": "2026-10-05T10:00:00Z", "n_sent": 1000, "n_delivered": 1000,
        "n_unique_open": 600, "n_unique_open_machine": 400, "n_total_open": 700, "n_unique_click": 50, "n_total_click": 60,
    } | more  # fmt: skip
    covered = {"campaigns": {"from": "2026-09-01", "to": "2026-10-31"}}
    return cx.open_data({"campaigns": pd.DataFrame([sent])}, settings={"tables": covered, "currency": "EUR"})


def test_delivered_1000_opened_600_of_which_400_only_by_machine():
    asked = [
        email.OPEN_RATE, email.ADJUSTED_OPEN_RATE, email.HUMAN_OPEN_RATE, email.CLICK_RATE, email.CLICK_TO_OPEN_RATE,
    ]  # fmt: skip
    values = cx.measure(totals(), asked, OCTOBER).set_index("metric_id").value
    assert values.to_dict() == pytest.approx(
        {
            "open_rate": 0.6, "adjusted_open_rate": 200 / 600, "human_open_rate": 0.2, "click_rate": 0.05,
            "click_to_open_rate": 0.25,
        }
    )  # fmt: skip


def test_without_a_machine_flag_only_the_reported_rate_is_told():
    frame = cx.measure(totals(n_unique_open_machine=None), [email.OPEN_RATE, email.ADJUSTED_OPEN_RATE], OCTOBER)
    assert frame.value.tolist()[0] == 0.6
    assert frame["flags"][1] == "off"
    assert "is_machine or campaigns.n_unique_open_machine" in frame.exclusion_reasons[1]


def test_e_mails_whose_seven_days_are_not_over_are_left_out_and_counted():
    row = one(cx.measure(totals(sent_at="2026-10-28T10:00:00Z"), email.CLICK_RATE, OCTOBER))
    assert np.isnan(row.value)
    assert row.n_excluded == 1000
    assert "immature" in row["flags"]


def test_a_campaign_s_date_is_not_where_the_data_end(shop):
    """The sample's last campaign is of 20 October; its events go on."""
    assert one(cx.measure(shop, email.CLICK_RATE, OCTOBER)).n_excluded == 0


def truth(metric: str, segment: str, root) -> float:
    import yaml

    entries = yaml.safe_load((root / "data" / "sample" / "truth.yml").read_text())["planted"]
    return next(entry["value"] for entry in entries if entry["metric"] == metric and entry["segment"] == segment)


@pytest.mark.parametrize("metric", ["adjusted_open_rate", "hard_bounce_rate", "soft_bounce_rate", "forward_rate"])
def test_the_planted_levels_lie_in_their_intervals(metric, shop, root):
    figure = next(each for each in areas()["email"] if each.id == metric)
    row = one(cx.measure(shop, figure, YEAR, conf_level=0.999))
    assert row.ci_low < truth(metric, "channel=email", root) < row.ci_high


def test_opens_behind_a_proxy_and_in_front_of_it_are_as_planted(shop):
    shares = cx.measure(shop, email.HUMAN_OPEN_RATE, YEAR, by="mail_client").set_index("segment").value
    assert shares["mail_client=gmail"] == pytest.approx(0.32, abs=0.03)
    assert shares["mail_client=apple_mail"] < 0.09  # only who clicked is known
    assert shares["mail_client=apple_mail"] == pytest.approx(
        cx.measure(shop, email.CLICK_RATE, YEAR, by="mail_client").set_index("segment").value["mail_client=apple_mail"],
        abs=0.01,
    )


def test_the_campaign_that_worked_is_first_and_the_lucky_small_one_is_not(shop):
    ranked = campaigns.ranking(Ask(shop, OCTOBER))
    first, raw = ranked.iloc[0], ranked.sort_values("value", ascending=False).iloc[0]
    assert "Spring" in first.campaign
    assert (first.stands_out, raw.campaign) == ("above", "Tasting in Berlin")
    assert ranked.stands_out[ranked.campaign == "Tasting in Berlin"].item() == ""


def test_the_planted_a_b_test_is_won_by_b(shop):
    row = one(experiments.variants(Ask(shop, OCTOBER, conf_level=0.999)))
    assert (row.variant, row.against, row.verdict) == ("B", "A", "higher, beyond noise")
    assert row.difference_low < 0.11 - 0.05 < row.difference_high


def test_the_held_out_group_shows_the_planted_lift(shop, root):
    row = one(experiments.holdout_lift(Ask(shop, OCTOBER)))
    planted = truth("email_conversion_rate", "flow_id=spring", root)
    assert row.verdict == "higher, beyond noise" and row.value_against * row.n_against > 60
    assert row.difference_low < row.value_against * (planted - 1) < row.difference_high


def test_lift_is_newcombe_s_interval_of_those_sent_to_and_held_out():
    sent = pd.DataFrame(
        [
            {"campaign_id": "a", "channel": "email", "sent_at": "2026-10-05T10:00:00Z", "n_sent": 12, "n_delivered": 12, "n_conversion": 11},
            {"campaign_id": "b", "channel": "email", "sent_at": "2026-10-05T10:00:00Z", "n_sent": 12, "n_delivered": 12, "n_conversion": 5, "is_holdout": True},
        ]
    )  # fmt: skip
    covered = {"campaigns": {"from": "2026-09-01", "to": "2026-10-31"}}
    row = one(experiments.holdout_lift(Ask(cx.open_data({"campaigns": sent}, settings={"tables": covered}), OCTOBER)))
    assert (row.difference_low, row.difference_high, row.p_value) == pytest.approx((0.1221, 0.7337, 0.01098), abs=1e-4)
    assert row.verdict == "can't tell (n = 12, needs 30)"


def test_sample_sizes_are_the_reference_s():
    assert experiments.sample_sizes(0.20, [0.1]).n_per_arm.tolist() == [6508]
    assert experiments.sample_sizes(float("nan")).empty


def test_the_chain_is_the_rates_counts(shop):
    chain = campaigns.chain(Ask(shop, OCTOBER)).set_index("stage").n
    rates = cx.measure(shop, [email.DELIVERY_RATE, email.CLICK_RATE, email.EMAIL_CONVERSION_RATE], OCTOBER)
    assert chain["sent"] == rates.denominator[0]
    assert [chain["delivered"], chain["clicked"], chain["converted"]] == rates.numerator.tolist()


def test_campaigns_add_up_to_the_period(shop):
    span = campaigns.by_campaign(Ask(shop, OCTOBER))
    row = one(cx.measure(shop, email.CLICK_RATE, OCTOBER))
    assert (span.n_clicked.sum(), span.n_delivered.sum()) == (row.numerator, row.denominator)


def test_revenue_and_return_are_what_pandas_finds(shop, root):
    log = shop.sql("select campaign_id, event_type, value_amount from message_events")
    plan = pd.read_csv(root / "data" / "sample" / "campaigns.csv")
    of_october = plan[(plan.channel == "email") & plan.sent_at.str.startswith("2026-10") & plan.cost_amount.gt(0)]
    bought = log[log.campaign_id.isin(of_october.campaign_id) & (log.event_type == "conversion")]
    value, cost = float(bought.value_amount.sum()), float(of_october.cost_amount.sum())
    rows = cx.measure(shop, email.CAMPAIGN_EFFECTIVENESS, OCTOBER)
    assert rows.value[0] == pytest.approx(0.42 * value / cost - 1)
    assert rows.ci_low[0] < rows.value[0] < rows.ci_high[0]
    assert rows.numerator[1:].sum() == pytest.approx(rows.numerator[0])
    assert one(cx.measure(shop, email.REVENUE_PER_RECIPIENT, OCTOBER)).numerator == pytest.approx(value)


def test_the_list_s_churn_and_growth_are_its_monthly_totals(shop, root):
    plan = pd.read_csv(root / "data" / "sample" / "campaigns.csv")
    month = plan[plan.campaign_id == "list-2026-10"].iloc[0]
    churn, growth = (one(cx.measure(shop, each, OCTOBER)) for each in (email.LIST_CHURN_RATE, email.LIST_GROWTH_RATE))
    assert churn.value == pytest.approx(month.n_list_left / month.n_list_start)
    assert growth.value == pytest.approx((month.n_list_joined - month.n_list_left) / month.n_list_start)


def test_without_totals_the_list_is_who_was_written_to_and_has_not_left():
    rows = [("a", "2026-08-05", "sent"), ("a", "2026-10-09", "unsubscribe"), ("a", "2026-10-08", "sent"), ("b", "2026-09-05", "sent"),
            ("c", "2026-10-05", "sent"), ("c", "2026-10-06", "hard_bounce"), ("d", "2026-03-05", "sent"), ("e", "2026-08-05", "sent"),
            ("e", "2026-08-06", "unsubscribe")]  # fmt: skip
    log = pd.DataFrame(rows, columns=["recipient_id", "event_at", "event_type"]).assign(
        message_event_id=[str(n) for n in range(len(rows))],
        campaign_id="c",
        event_at=lambda f: f.event_at + "T10:00:00Z",
    )
    plan = pd.DataFrame([{"campaign_id": "c", "channel": "email", "sent_at": "2026-03-05T10:00:00Z"}])
    source = cx.open_data({"campaigns": plan, "message_events": log})
    churn = one(cx.measure(source, email.LIST_CHURN_RATE, OCTOBER.first_days(9)))
    assert (churn.numerator, churn.denominator) == (1, 2)  # a left; b stays; c is new; d fell silent; e had left
    assert (
        one(cx.measure(source, email.LIST_GROWTH_RATE, OCTOBER.first_days(9))).numerator == -1
    )  # c came and left, a left


def test_waiting_times_count_every_recipient_reached_once(shop):
    cells = campaigns.waiting_times(Ask(shop, OCTOBER))
    row = one(cx.measure(shop, email.CLICK_RATE, OCTOBER))
    assert cells.n_units.sum() == row.denominator
    assert cells.n_units[cells.event].sum() == row.numerator
    assert cells.duration.max() <= 168


def test_the_timeline_equals_a_walk_through_customers(shop):
    rows = timeline.by_week(cx.measure(shop, email.ENGAGEMENT_TIMELINE, OCTOBER))
    anchors = shop.sql("select customer_id, first_ordered_at as at from buyers").assign(
        at=lambda f: f["at"].dt.normalize()
    )
    touches = shop.sql("select * from engagements").merge(anchors, on="customer_id")
    start, end = pd.Timestamp("2026-10-01"), pd.Timestamp("2026-11-01")
    touches = touches[
        (touches.engaged_at >= start) & (touches.engaged_at < end) & (touches.engaged_at >= touches["at"])
    ]
    week = (touches.engaged_at - touches["at"]).dt.days // 7
    found = rows.set_index(["channel", "week"])
    for place, n in touches[week < 12].groupby(["channel", week]).size().items():
        assert found.numerator[place] == n
    days = sum(
        max((min(at + pd.Timedelta(days=21), end) - max(at + pd.Timedelta(days=14), start)).days, 0)
        for at in anchors["at"]
    )
    assert found.denominator["web", 2] == pytest.approx(days / 700)


def test_without_message_tables_everything_is_off_and_nothing_breaks():
    events = pd.DataFrame({"event_id": ["1"], "event_at": pd.to_datetime(["2026-10-02T10:00Z"]), "event_name": "page_view",
                           "surface": "web", "visitor_id": "a"})  # fmt: skip
    bare = cx.open_data({"events": events})
    frame = cx.compare(bare, areas()["email"], OCTOBER, OCTOBER.previous())
    assert set(frame["flags"]) == {"off"}
    ask = Ask(bare, OCTOBER)
    assert campaigns.chain(ask).empty
    assert campaigns.ranking(ask).empty
    assert experiments.variants(ask).empty
    assert experiments.holdout_lift(ask).empty
    assert campaigns.immature(ask).empty
    assert campaigns.waiting_times(ask).empty
    assert effectiveness.effectiveness_table(ask).empty


def test_a_campaign_of_any_name_has_its_row():
    names = ["Spring; sale", 'The "new" tea', "Mint, loose", "code=tea"]
    sent = pd.DataFrame(
        [
            {"campaign_id": f"c{n}", "campaign_name": name, "channel": "email", "sent_at": "2026-10-05T10:00:00Z", "n_sent": 50,
             "n_delivered": 50, "n_conversion": 5, "revenue_amount": 100.0, "cost_amount": 10.0 + n}
            for n, name in enumerate(names)
        ]
    )  # fmt: skip
    settings = {
        "currency": "EUR",
        "margin_share": 0.5,
        "tables": {"campaigns": {"from": "2026-09-01", "to": "2026-10-31"}},
    }
    frame = cx.measure(cx.open_data({"campaigns": sent}, settings=settings), email.CAMPAIGN_EFFECTIVENESS, OCTOBER)
    assert sorted(frame.level[frame.by == "campaign"]) == sorted(names)
