"""Hits, engagements and subscribers against a person with a pencil, on random data with ties, nulls and late rows."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import cxkit as cx

ZONE = "Europe/Warsaw"
START = pd.Timestamp("2026-09-01", tz="UTC")


def some(rng, values, n, empty=0.0):
    """Draws, some of them empty."""
    return np.where(rng.random(n) < empty, None, rng.choice(np.array(values, object), n))


def local(moment) -> pd.Timestamp:
    return moment.tz_convert(ZONE).tz_localize(None)


@pytest.fixture(scope="module")
def made():
    rng, n = np.random.default_rng(29), 600
    people = [f"c{i}" for i in range(12)]
    events = pd.DataFrame(
        {"event_id": [f"e{i:04}" for i in rng.permutation(n)], "event_at": START + pd.to_timedelta(rng.integers(0, 60, n) * 21_600, unit="s"),
         "event_name": some(rng, ["page_view", "click"], n), "surface": some(rng, ["web", "ios", "call"], n),
         "visitor_id": some(rng, [f"v{i}" for i in range(25)], n, 0.1), "customer_id": some(rng, people, n, 0.5), "page": "/",
         "is_bot": some(rng, [True, False], n, 0.7), "is_internal": some(rng, [True], n, 0.95), "engagement_time_s": some(rng, [0.1, 2.5], n, 0.3)}
    )  # fmt: skip
    messages = pd.DataFrame(
        {"message_event_id": [f"m{i:04}" for i in rng.permutation(n)], "campaign_id": some(rng, ["k1", "k2", "k3"], n), "recipient_id": some(rng, [f"r{i}" for i in range(30)], n),
         "event_at": START + pd.to_timedelta(rng.integers(0, 240, n) * 43_200, unit="s"),
         "event_type": some(rng, ["sent", "delivered", "open", "click", "unsubscribe", "hard_bounce"], n),
         "is_machine": some(rng, [True, False], n), "is_content_link": some(rng, [True, False], n, 0.4)}
    )  # fmt: skip
    data = {
        "events": events, "message_events": messages,
        "customers": pd.DataFrame({"customer_id": people, "customer_type": ["staff", *["new"] * 11]}),
        "campaigns": pd.DataFrame({"campaign_id": ["k1", "k2", "k3"], "channel": ["email", "email", "push"], "sent_at": START}),
        "identities": pd.DataFrame({"id_type": "mailing_contact", "id_value": [f"r{i}" for i in range(20)], "customer_id": [f"c{i % 12}" for i in range(20)], "method": "login"}),
        "tickets": pd.DataFrame({"ticket_id": list("abc"), "customer_id": ["c1", None, "c2"], "created_at": START, "channel": "phone", "status": "open", "observed_until": START}),
        "orders": pd.DataFrame({"order_id": list("abcd"), "customer_id": ["c1", "c1", None, "c3"], "ordered_at": START, "status": ["paid", "cancelled", "paid", "paid"],
                                "net_amount": 1.0, "currency": "EUR", "sales_channel": ["store", "store", "store", "online"]}),
    }  # fmt: skip
    return data, cx.open_data(data, settings={"timezone": ZONE, "guests": "keep"})


def test_hits_are_the_events_of_people(made):
    data, source = made
    kept = [
        e
        for e in data["events"].itertuples()
        if e.is_bot is not True and e.is_internal is not True and e.customer_id != "c0"
    ]
    found = source.sql("select event_id, event_at, engagement_time_s from hits").itertuples(index=False, name=None)
    assert {name: (at, seconds) for name, at, seconds in found} == {
        e.event_id: (local(e.event_at), e.engagement_time_s or 0.0) for e in kept
    }


def test_engagements_are_visits_first_answers_tickets_and_store_visits(made):
    data, source = made
    sessions = source.sql(
        "select customer_id, started_at, surface from sessions where customer_id is not null"
    )  # has its own twin
    expected = [
        (s.customer_id, s.started_at, "app" if s.surface == "ios" else s.surface) for s in sessions.itertuples()
    ]
    inside = source.sql("select campaign_id, recipient_id from deliveries").itertuples(index=False, name=None)
    known, first = set(inside), {}
    for m in data["message_events"].itertuples():
        number = int(m.recipient_id[1:])
        reacts = m.event_type == "open" or (m.event_type == "click" and m.is_content_link is not False)
        if number < 20 and reacts and m.is_machine is False and (m.campaign_id, m.recipient_id) in known:
            key = (f"c{number % 12}", m.campaign_id)
            first[key] = min(first.get(key, local(m.event_at)), local(m.event_at))
    expected += [(customer, at, "push" if campaign == "k3" else "email") for (customer, campaign), at in first.items()]
    expected += [("c1", local(START), "service"), ("c2", local(START), "service"), ("c1", local(START), "store")]
    found = source.sql("select customer_id, engaged_at, channel from engagements").itertuples(index=False, name=None)
    assert sorted(found) == sorted(expected)


def test_subscribers_are_who_was_written_to_and_had_not_left(made):
    data, source = made
    mails = data["message_events"].merge(data["campaigns"], on="campaign_id").query("channel == 'email'")
    mails = mails[~mails.recipient_id.isin(["r0", "r12"])]  # c0 by other names, who is staff
    sent = {}
    for (_, who), part in mails.groupby(["campaign_id", "recipient_id"]):
        of_type = {kind: part.event_at[part.event_type == kind].min() for kind in ("sent", "delivered")}
        at = next((at for at in of_type.values() if not pd.isna(at)), START)
        sent.setdefault(who, []).append(local(at))
    spans = {}
    for who, part in mails.groupby("recipient_id"):
        gone = part.event_at[part.event_type.isin(["unsubscribe", "hard_bounce"])].min()
        spans[who] = (local(part.event_at.min()), None if pd.isna(gone) else local(gone))
    all_sent = [at for times in sent.values() for at in times]
    expected = set()
    for month in pd.date_range(min(all_sent).to_period("M").start_time, max(all_sent), freq="MS"):
        after = month + pd.DateOffset(months=1)
        for who, (joined, gone) in spans.items():
            written_to = any(month - timedelta(days=90) <= at < after for at in sent[who])
            if joined < after and (gone is None or gone >= month) and written_to:
                expected.add((month, who, joined < month, joined < month and gone is not None and gone < after))
    found = source.sql("select month_at, recipient_id, is_subscriber, is_lost from subscribers").itertuples(
        index=False, name=None
    )
    assert set(found) == expected and len(expected) > 20
