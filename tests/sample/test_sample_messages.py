"""Rates of newsletters, the hold-out, and notifications."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def sends(sample):
    """One row a campaign and recipient, with flags."""
    log = sample.tables["message_events"]
    key = ["campaign_id", "recipient_id"]
    kind, machine = log["event_type"], log["is_machine"].eq(True)
    flags = {
        "sent": kind.eq("sent"),
        "delivered": kind.eq("delivered"),
        "hard": kind.eq("hard_bounce"),
        "soft": kind.eq("soft_bounce"),
        "human_open": kind.eq("open") & ~machine,
        "machine_open": kind.eq("open") & machine,
        "clicked": kind.eq("click") & ~machine & log["is_content_link"].eq(True),
        "left": kind.eq("unsubscribe"),
        "forwarded": kind.eq("forward"),
        "converted": kind.eq("conversion"),
        "direct_open": kind.eq("direct_open"),
        "influenced_open": kind.eq("influenced_open"),
        "opt_out": kind.eq("opt_out"),
    }
    out = pd.DataFrame(flags).groupby([log["campaign_id"], log["recipient_id"]]).any().reset_index()
    client = log.groupby(key)["mail_client"].first().reset_index()
    campaigns = sample.tables["campaigns"][
        ["campaign_id", "channel", "campaign_name", "variant", "flow_id", "is_holdout", "sent_at"]
    ]
    return out.merge(client, on=key).merge(campaigns, on="campaign_id")


def near(flag, truth, factor=3.0, extra=0.0):
    """The share is within so many standard errors of the truth."""
    return abs(flag.mean() - truth) < factor * np.sqrt(truth * (1 - truth) / len(flag)) + extra


@pytest.fixture(scope="module")
def usual(sends):
    return sends[
        sends["channel"].eq("email") & sends["delivered"] & sends["campaign_name"].str.startswith("Newsletter")
    ]


def test_opens_by_people_and_machines(usual, planted):
    apple = usual["mail_client"].eq("apple_mail")
    assert near(usual.loc[~apple, "human_open"], planted("human_open_rate")[0]["value"])
    assert near(usual.loc[apple, "machine_open"], planted("machine_open_share")[0]["value"])
    opened = usual["human_open"] | usual["clicked"]
    unknown = usual["machine_open"] & ~opened
    assert near(opened[~unknown], planted("adjusted_open_rate")[0]["value"], extra=0.01)


def test_clicks_and_leaving(sends, usual, planted):
    truth = {e["segment"]: e["value"] for e in planted("click_rate")}
    assert near(usual["clicked"], truth["channel=email, usual campaigns"], extra=0.004)
    named = sends[sends["delivered"]]
    assert near(named.loc[named["flow_id"].eq("spring") & ~named["is_holdout"], "clicked"], truth["flow_id=spring"])
    for variant in "AB":
        assert near(named.loc[named["variant"].eq(variant), "clicked"], truth[f"variant={variant}"])
    leaving = {e["segment"]: e["value"] for e in planted("unsubscribe_rate")}
    assert near(usual["left"], leaving["channel=email, usual campaigns"])
    assert near(named.loc[named["campaign_name"].eq("Last reminder"), "left"], leaving["campaign_name=Last reminder"])
    assert near(usual["forwarded"], planted("forward_rate")[0]["value"])


def test_bounces(sends, planted):
    mail = sends[sends["channel"].eq("email") & ~sends["is_holdout"]]
    assert near(mail["hard"], planted("hard_bounce_rate")[0]["value"])
    assert near(mail["soft"], planted("soft_bounce_rate")[0]["value"])
    assert (mail["sent"] == mail["delivered"] | mail["hard"] | mail["soft"]).all()


def test_campaign_that_worked(sends, planted):
    entry = planted("email_conversion_rate", kind="ratio")[0]
    surge = sends[sends["flow_id"].eq("spring") & sends["delivered"]]
    treated, held = surge[~surge["is_holdout"]], surge[surge["is_holdout"]]
    assert surge["campaign_id"].nunique() == 12, "six weeks, each with its hold-out"
    assert not set(treated["recipient_id"]) & set(held["recipient_id"])
    a, b = treated["converted"].sum(), held["converted"].sum()
    assert b > 60
    found = np.log(a / len(treated) / (b / len(held)))
    assert abs(found - np.log(entry["value"])) < 2 * np.sqrt(1 / a + 1 / b)
    gap = treated["converted"].mean() - held["converted"].mean()
    assert gap > 4 * np.sqrt(a / len(treated) ** 2 + b / len(held) ** 2)
    assert not held["human_open"].any() and not held["clicked"].any()


def test_conversions_are_orders(sample):
    log, links, orders = (sample.tables[t] for t in ("message_events", "identities", "orders"))
    won = log[log["event_type"].eq("conversion")]
    customer = won["recipient_id"].map(
        links[links["id_type"].eq("mailing_contact")].set_index("id_value")["customer_id"]
    )
    real = set(zip(orders["customer_id"], orders["ordered_at"], orders["net_amount"], strict=True))
    assert all(item in real for item in zip(customer, won["event_at"], won["value_amount"], strict=True))


def test_notifications(sends, sample, planted):
    push = sends[sends["channel"].eq("push") & sends["delivered"]]
    months = push["sent_at"].dt.tz_convert("Europe/Warsaw").dt.strftime("%Y-%m")
    assert months.nunique() == 12 and push.groupby(months).size()["2026-06":].min() > 300, "each month from November on"
    for name in ("direct_open", "influenced_open", "opt_out"):
        assert near(push[name], planted(f"push_{name}_rate")[0]["value"])
    opened = sample.tables["events"].query("event_name == 'notification_open'")
    assert len(opened) <= push["direct_open"].sum()
    assert len(opened) > 0.9 * push["direct_open"].sum()


def test_early_campaigns_are_totals_only(sample):
    campaigns = sample.tables["campaigns"]
    stated = campaigns[campaigns["n_sent"].notna()]
    assert len(stated) >= 3
    assert not stated["campaign_id"].isin(sample.tables["message_events"]["campaign_id"]).any()
    assert (stated["n_delivered"] == stated["n_sent"] - stated["n_hard_bounce"] - stated["n_soft_bounce"]).all()
    assert (stated["n_unique_click"] <= stated["n_total_click"]).all()
    months = campaigns[campaigns["list_id"].notna()]
    following = months["n_list_start"] + months["n_list_joined"] - months["n_list_left"]
    assert (following.to_numpy()[:-1] == months["n_list_start"].to_numpy()[1:]).all()


def test_order_in_time(sample):
    log = sample.tables["message_events"]
    first = log.pivot_table(
        index=["campaign_id", "recipient_id"], columns="event_type", values="event_at", aggfunc="min"
    )
    assert not (first["delivered"] < first["sent"]).any()
    for later in ("open", "click", "unsubscribe", "direct_open"):
        assert not (first[later] < first["delivered"]).any()
    assert not first["click"].notna().gt(first["delivered"].notna()).any()
