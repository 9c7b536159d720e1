"""Answers, matches and carts against a person with a pencil, on random data with ties, nulls, overlapping links and late rows."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import cxkit as cx

START = pd.Timestamp("2026-10-01", tz="UTC")
TRUST = {"login": 1, "loyalty": 1, "email_hash": 2, "phone_hash": 2, "order_number": 3, "manual": 4}
KINDS = {
    "visitor": ("web_visitor", "app_instance", "device"),
    "requester": ("ticket_requester", "email_hash", "phone_hash", "social_handle_hash"),
    "respondent": ("survey_contact", "email_hash", "phone_hash"),
}


def some(rng, values, n, empty=0.0):
    """Draws, some of them empty."""
    return np.where(rng.random(n) < empty, None, rng.choice(np.array(values, object), n))


def links(rng, n=120) -> pd.DataFrame:
    """Ids that several links claim, with open and closed ends that touch, overlap and leave gaps."""
    ends = [START + timedelta(days=days) for days in (0, 10, 20, 30)]
    frame = pd.DataFrame(
        {"id_type": some(rng, ["ticket_requester", "survey_contact", "email_hash", "web_visitor", "device"], n),
         "id_value": some(rng, [f"i{i}" for i in range(12)], n), "customer_id": some(rng, list("abcdef"), n),
         "method": some(rng, [*TRUST, "probabilistic"], n), "valid_from": some(rng, ends[:3], n, 0.3), "valid_to": some(rng, ends[1:], n, 0.4)}
    )  # fmt: skip
    order = (
        frame.valid_from.isna()
        | frame.valid_to.isna()
        | (pd.to_datetime(frame.valid_to) >= pd.to_datetime(frame.valid_from))
    )
    return frame[order].drop_duplicates(["id_type", "id_value", "valid_from", "valid_to"])


def moments(rng, n):
    """Many at one instant, at the very ends of links too."""
    return START + pd.to_timedelta(rng.choice([-5, 0, 5, 10, 15, 20, 25, 30, 40], n), unit="D")


@pytest.fixture(scope="module")
def made():
    rng, n = np.random.default_rng(17), 700
    events = pd.DataFrame(
        {"event_id": [f"e{i:04}" for i in rng.permutation(n)], "event_at": moments(rng, n), "event_name": "page_view", "surface": "web",
         "visitor_id": some(rng, [f"i{i}" for i in range(16)], n, 0.1), "customer_id": some(rng, list("abc"), n, 0.8),
         "is_bot": some(rng, [True, False], n, 0.5), "page": "/"}
    )  # fmt: skip
    tickets = pd.DataFrame(
        {"ticket_id": [f"t{i:04}" for i in range(n)], "customer_id": some(rng, list("abc"), n, 0.8), "created_at": moments(rng, n),
         "requester_id": some(rng, [f"i{i}" for i in range(16)], n, 0.2), "channel": "email", "status": some(rng, ["open", "spam"], n),
         "observed_until": START + timedelta(days=60)}
    )  # fmt: skip
    reversed_, low = rng.random(n) < 0.3, rng.integers(0, 2, n)
    answers = pd.DataFrame(
        {"response_id": [f"r{i // 2:04}" for i in range(n)], "item_id": [f"q{i % 2}" for i in range(n)], "survey_id": some(rng, ["s", "z"], n),
         "respondent_id": some(rng, [f"i{i}" for i in range(16)], n, 0.2), "respondent_type": some(rng, ["customer", "visitor", "employee"], n),
         "submitted_at": moments(rng, n), "is_complete": rng.random(n) < 0.9, "instrument": "csat", "scale_min": low, "scale_max": low + 4,
         "is_reversed": np.where(rng.random(n) < 0.2, None, reversed_), "value_num": np.where(rng.random(n) < 0.1, np.nan, low + rng.integers(0, 5, n)),
         "value_choice": some(rng, ["yes"], n, 0.95), "touchpoint": some(rng, ["checkout", "phone"], n, 0.3), "stage": some(rng, ["after"], n, 0.8)}
    )  # fmt: skip
    data = {"identities": links(rng), "events": events, "tickets": tickets, "survey_answers": answers}
    return data, cx.open_data(data, settings={"timezone": "Europe/Warsaw", "stages": {"checkout": "during"}})


def holding(data, kind, value, at):
    """Links of an id that hold at a moment."""
    return [
        link
        for link in data["identities"].itertuples()
        if link.id_type in KINDS[kind] and link.id_value == value
        and (pd.isna(link.valid_from) or link.valid_from <= at) and (pd.isna(link.valid_to) or at < link.valid_to)
    ]  # fmt: skip


def began(link) -> float:
    return -float("inf") if pd.isna(link.valid_from) else link.valid_from.timestamp()


def test_a_record_is_matched_by_its_own_customer_or_a_trusted_link_that_held(made):
    data, source = made
    events, tickets, answers = data["events"], data["tickets"], data["survey_answers"]
    records = [
        ("events", "visitor", e.visitor_id, e.customer_id, e.event_at)
        for e in events[~events.is_bot.eq(True)].itertuples()
    ]
    records += [
        ("tickets", "requester", t.requester_id, t.customer_id, t.created_at)
        for t in tickets[tickets.status != "spam"].itertuples()
    ]
    records += [
        ("survey_answers", "respondent", a.respondent_id, None, a.submitted_at)
        for a in answers[answers.respondent_type == "customer"].itertuples()
    ]
    counts: dict[str, list[int]] = {}
    for name, kind, value, own, at in records:
        methods = {link.method for link in holding(data, kind, value, at)}
        certain = own is not None or bool(methods - {"probabilistic"})
        count = counts.setdefault(name, [0, 0, 0])
        count[0] += 1
        count[1] += certain
        count[2] += not certain and bool(methods)
    found = source.sql(
        "select source, count(*) as n, count(*) filter (where is_matched) as m, count(*) filter (where is_probable) as p from matches group by 1"
    )
    assert {row.source: [row.n, row.m, row.p] for row in found.itertuples()} == counts
    assert all(0 < matched < n for n, matched, _ in counts.values()) and any(
        probable for *_, probable in counts.values()
    )


def test_the_match_rate_is_matched_over_records_source_by_source(made):
    _, source = made
    rates = cx.measure(source, cx.metric.find(["identity_match_rate"]), cx.Period.parse("2026-10")).set_index("segment")
    inside = "recorded_at >= date '2026-10-01' and recorded_at < date '2026-11-01'"
    by_hand = source.sql(
        f"select source, avg(is_matched::int) as rate, avg(is_probable::int) as more from matches where {inside} group by 1"
    )
    for row in by_hand.itertuples():
        assert rates.value[f"source={row.source}"] == pytest.approx(row.rate)
        assert rates.value[f"source={row.source}; link=only probable"] == pytest.approx(row.more)
    assert len(rates) == 2 * len(by_hand)


def test_answers_are_joined_turned_round_and_ordered(made):
    data, source = made
    given = data["survey_answers"]
    given = given[given.is_complete & (given.value_num.notna() | given.value_choice.notna())]
    later: dict[tuple, list] = {}
    for row in given.itertuples():
        later.setdefault((row.respondent_id or row.response_id, row.survey_id, row.item_id), []).append(
            (row.submitted_at, row.response_id)
        )
    expected = {}
    for row in given.itertuples():
        trusted = [
            link for link in holding(data, "respondent", row.respondent_id, row.submitted_at) if link.method in TRUST
        ]
        best = min(trusted, default=None, key=lambda link: (TRUST[link.method], -began(link), link.customer_id))
        value = row.value_num if row.is_reversed is not True else row.scale_min + row.scale_max - row.value_num
        after = sorted(later[row.respondent_id or row.response_id, row.survey_id, row.item_id])
        nth = after.index((row.submitted_at, row.response_id))
        again = after[nth + 1][0].tz_convert("Europe/Warsaw").tz_localize(None) if nth + 1 < len(after) else None
        expected[row.response_id, row.item_id] = (
            best.customer_id if best and row.respondent_type != "employee" else None,
            None if pd.isna(value) else (value, (value - row.scale_min) / 4),
            row.stage or ("during" if row.touchpoint == "checkout" else None),
            again,
        )
    found = {
        (row.response_id, row.item_id): (
            row.customer_id, None if pd.isna(row.value) else (row.value, row.value_share), row.stage,
            None if pd.isna(row.next_submitted_at) else row.next_submitted_at,
        )
        for row in source.sql("select * from answers").itertuples()
    }  # fmt: skip
    assert found == expected


def test_a_delivery_s_customer_is_the_most_trusted_link_s():
    ids = pd.DataFrame(
        [("mailing_contact", "m1", "sure", "login", 0.1), ("mailing_contact", "m1", "guess", "probabilistic", 1.0),
         ("email_hash", "m1", "hash", "email_hash", 1.0), ("mailing_contact", "m2", "guess", "probabilistic", 1.0)],
        columns=["id_type", "id_value", "customer_id", "method", "confidence"],
    ).assign(valid_from=[START, START + timedelta(days=1), None, None])  # fmt: skip
    sent = pd.DataFrame(
        {
            "message_event_id": ["1", "2"],
            "campaign_id": "c",
            "recipient_id": ["m1", "m2"],
            "event_at": START,
            "event_type": "sent",
        }
    )
    campaigns = pd.DataFrame({"campaign_id": ["c"], "channel": ["email"], "sent_at": [START]})
    source = cx.open_data({"identities": ids, "message_events": sent, "campaigns": campaigns})
    found = source.sql("select recipient_id, customer_id from deliveries order by 1").customer_id
    assert found[0] == "sure" and found.isna()[1]


def test_an_initiative_runs_until_it_is_said_to_end():
    series = pd.DataFrame(
        {"series_id": "initiative", "date": ["2026-10-02", "2026-10-04", "2026-10-05"], "entity": ["new checkout", "chat", "new checkout"],
         "value": [1.0, 1.0, 0.0], "unit": "flag"}
    )  # fmt: skip
    days = cx.open_data({"series": series}, settings={"tables": {"series": {"from": "2026-10-01", "to": "2026-10-06"}}})
    found = days.sql("select day, initiatives, days_since_initiative as since from calendar order by day")
    assert found.initiatives.fillna("").tolist() == [
        "",
        "new checkout",
        "new checkout",
        "chat; new checkout",
        "chat",
        "chat",
    ]
    assert found.since.fillna(-1).tolist() == [-1, 0, 1, 0, 1, 2]
