"""Issues, carts, known ids and touches against a person with a pencil, on random data with ties, nulls and late rows."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import cxkit as cx

WEEK, DAY = timedelta(days=7), timedelta(hours=24)
START = pd.Timestamp("2026-10-01", tz="UTC")
TRUST = {"login": 1, "loyalty": 1, "email_hash": 2, "phone_hash": 2, "order_number": 3, "manual": 4}


def some(rng, values, n, empty=0.0):
    """Draws, some of them empty."""
    return np.where(rng.random(n) < empty, None, rng.choice(np.array(values, object), n))


def identities(rng, n=60) -> pd.DataFrame:
    """Ids that several links claim, with and without an end."""
    frame = pd.DataFrame(
        {"id_type": some(rng, ["ticket_requester", "email_hash", "web_visitor"], n), "id_value": some(rng, [f"i{i}" for i in range(15)], n),
         "customer_id": some(rng, list("abcdef"), n), "method": some(rng, [*TRUST, "probabilistic"], n),
         "confidence": some(rng, [0.5, 0.9], n, 0.5), "valid_from": some(rng, [str(START), str(START + 20 * DAY)], n, 0.4),
         "valid_to": some(rng, [str(START + 40 * DAY), str(START + 50 * DAY)], n, 0.5)}
    )  # fmt: skip
    return frame.drop_duplicates(["id_type", "id_value", "valid_from", "valid_to"])


def tickets(rng, n=600) -> pd.DataFrame:
    """Many at the same instant, at exactly seven days, by requesters known or not."""
    at = START + pd.to_timedelta(
        rng.choice([0, 1, 3, 7, 7, 8, 15, 30, 45], n) * 86400 + rng.choice([0, 0, 1, 3600], n), unit="s"
    )
    return pd.DataFrame(
        {"ticket_id": [f"t{i:04}" for i in rng.permutation(n)], "customer_id": some(rng, list("abcdef"), n, 0.5),
         "requester_id": some(rng, [f"i{i}" for i in range(20)], n, 0.2), "created_at": at, "channel": some(rng, ["phone", "email"], n),
         "reason": some(rng, ["late", "broken"], n, 0.1), "status": some(rng, ["open", "solved", "closed", "spam"], n),
         "direction": some(rng, ["inbound", "outbound"], n, 0.6), "observed_until": START + 50 * DAY}
    )  # fmt: skip


def links(frame: pd.DataFrame) -> list[dict]:
    """The links that count, most trusted first."""
    rows = [row for row in frame.to_dict("records") if row["method"] != "probabilistic"]
    for row in rows:
        for end, open_end in (("valid_from", "1700-01-01"), ("valid_to", "2200-01-01")):
            row[end] = pd.Timestamp(row[end] if isinstance(row[end], str) else f"{open_end}T00:00Z")
        row["certain"] = (
            row["confidence"] if row["confidence"] == row["confidence"] and row["confidence"] is not None else 1
        )
    return sorted(rows, key=lambda row: (TRUST[row["method"]], -row["certain"], row["customer_id"]))


@pytest.fixture(scope="module")
def made():
    rng = np.random.default_rng(11)
    data = {"identities": identities(rng), "tickets": tickets(rng)}
    return data, cx.open_data(data)


def test_known_ids_are_one_customer_by_trust(made):
    data, source = made
    found = source.sql("select * from known_ids")
    expected = {}
    for row in links(data["identities"]):
        expected.setdefault((row["id_type"], row["id_value"], row["valid_from"], row["valid_to"]), row["customer_id"])
    assert len(found) == len(expected)
    assert sorted(found.customer_id) == sorted(expected.values())
    assert "probabilistic" not in set(found.method)


def test_touches_take_the_link_that_held_at_the_time(made):
    data, source = made
    known = links(data["identities"])
    expected = {}
    for ticket in data["tickets"].itertuples():
        if ticket.status == "spam":
            continue
        fit = [row for row in known if row["id_type"] in ("ticket_requester", "email_hash") and row["id_value"] == ticket.requester_id
               and row["valid_from"] <= ticket.created_at < row["valid_to"]]  # fmt: skip
        best = (
            min((TRUST[row["method"]], -row["valid_from"].timestamp(), row["customer_id"]) for row in fit)[2]
            if fit
            else None
        )
        expected[ticket.ticket_id] = ticket.customer_id or best
    found = source.sql("select touch_id, customer_id from touches").set_index("touch_id").customer_id
    found = {name: None if pd.isna(value) else value for name, value in found.items()}
    assert found == expected


def test_issues_are_chains_of_contacts_no_more_than_a_week_apart(made):
    data, source = made
    source = cx.open_data({"tickets": data["tickets"]})  # without links: the customer is the ticket's own
    kept = data["tickets"][(data["tickets"].status != "spam") & (data["tickets"].direction != "outbound")]
    issues, last = [], {}
    for ticket in kept.sort_values(["created_at", "ticket_id"]).itertuples():
        key = (ticket.customer_id, ticket.reason)
        before = last.get(key) if None not in key else None
        if before and ticket.created_at - before[-1].created_at <= WEEK:
            before.append(ticket)
        else:
            last[key] = [ticket]
            issues.append(last[key])
    expected = sorted(
        (chain[0].ticket_id, len(chain), chain[0].channel, all(t.status in ("solved", "closed") for t in chain))
        for chain in issues
    )
    found = source.sql("select issue_id, n_contacts, channel, is_solved from issues order by 1")
    assert list(found.itertuples(index=False, name=None)) == expected


def stretches_by_hand(frame: pd.DataFrame) -> dict[str, int]:
    """The number of each event's stretch: a silence of more than 30 minutes begins another."""
    numbers: dict[str, int] = {}
    for _, events in frame.groupby("visitor_id"):
        number, before = 0, None
        for event in events.sort_values("event_at").itertuples():
            number += before is None or event.event_at - before > timedelta(minutes=30)
            before = event.event_at
            numbers[event.event_id] = number
    return {**dict.fromkeys(frame.event_id, 0), **numbers}


def test_carts_are_bought_within_a_day_of_their_first_add():
    rng, n = np.random.default_rng(5), 900
    frame = pd.DataFrame(
        {"event_id": [f"e{i:04}" for i in rng.permutation(n)], "event_at": START + pd.to_timedelta(rng.choice([0, 60, 3600, 86399, 86400, 90000], n), unit="s"),
         "event_name": some(rng, ["add_to_cart", "begin_checkout", "purchase", "page_view"], n), "surface": "web",
         "visitor_id": some(rng, [f"v{i}" for i in range(60)], n, 0.05), "session_id": some(rng, ["s1", "s2"], n, 0.1),
         "cart_id": some(rng, [f"c{i}" for i in range(80)], n, 0.5), "page": "/"}
    )  # fmt: skip
    source = cx.open_data({"events": frame})
    found = source.sql("select cart_id, n_adds, has_checkout, is_purchased from carts order by 1")
    own = stretches_by_hand(frame)
    carts: dict[str, list] = {}
    for event in frame[frame.event_name != "page_view"].itertuples():
        session = event.session_id or f"{event.visitor_id}#{own[event.event_id]}"
        name = event.cart_id or (f"{event.visitor_id}#{session}" if event.visitor_id else None)
        if name:
            carts.setdefault(name, []).append(event)
    expected = []
    for name, events in sorted(carts.items()):
        adds = [event.event_at for event in events if event.event_name == "add_to_cart"]
        if adds:
            names = [event.event_name for event in events if min(adds) <= event.event_at < min(adds) + DAY]
            expected.append(
                (
                    name,
                    names.count("add_to_cart"),
                    bool({"begin_checkout", "purchase"} & set(names)),
                    "purchase" in names,
                )
            )
    assert list(found.itertuples(index=False, name=None)) == expected


def test_the_calendar_knows_holidays_and_working_days():
    series = pd.DataFrame(
        {"series_id": ["holiday", "initiative"], "date": ["2026-10-05", "2026-10-06"], "entity": ["national", "new checkout"],
         "value": [1.0, 1.0], "unit": "flag", "frequency": "day"}
    )  # fmt: skip
    settings = {"tables": {"series": {"from": "2026-10-01", "to": "2026-10-11"}}, "working_days": ["mon", "tue", "sat"]}
    found = cx.open_data({"series": series}, settings=settings).sql("select * from calendar order by day")
    assert len(found) == 11
    assert found.weekday.tolist() == [4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7]
    assert found[found.is_working_day].day.dt.day.tolist() == [3, 6, 10]
    assert found[found.initiatives_begun.notna()].day.dt.day.tolist() == [6]


def test_the_sample_s_match_rates_stand_beside_each_other():
    source = cx.open_data("data/sample")
    rates = source.sql(
        "select source, avg(cast(customer_id is not null as double)) as rate from touches group by 1 order by 1"
    )
    assert rates.rate.between(0, 1).all()
    assert source.sql(
        "select count(*) as n, count(distinct (source, touch_id)) as d from touches where source <> 'events'"
    ).nunique(axis=1).tolist() == [1]


def test_of_several_candidates_the_first_in_time_counts_wherever_its_row_lies():
    """A cart of two orders, and a response whose items name different people, channels and stages."""
    clicks = pd.DataFrame(
        {"event_id": list("abcd"), "event_at": START + pd.to_timedelta([0, 60, 30, 30], unit="s"), "surface": "web", "visitor_id": "v", "cart_id": "k",
         "event_name": ["add_to_cart", "purchase", "purchase", "purchase"], "order_id": [None, "late", "first", "second"]}
    )  # fmt: skip
    answers = pd.DataFrame(
        {"response_id": "r", "item_id": list("cab"), "submitted_at": START + pd.to_timedelta([5, 0, 0], unit="s"), "survey_id": "s",
         "respondent_type": "customer", "customer_id": ["late", "first", "second"], "respondent_id": ["z", "y", "x"],
         "channel": ["phone", None, "email"], "touchpoint": ["late", "first", "second"], "stage": ["use", "purchase", "loyalty"],
         "instrument": "custom", "is_complete": True, "value_num": 1.0}
    )  # fmt: skip
    rng = np.random.default_rng(5)
    for _ in range(6):
        tables = {
            "events": clicks.sample(frac=1, random_state=rng),
            "survey_answers": answers.sample(frac=1, random_state=rng),
        }
        source = cx.open_data(tables)
        assert source.sql("select order_id from carts").order_id.tolist() == ["first"]
        found = source.sql(
            "select customer_id, id_value, channel, touchpoint, stage from touches where source = 'survey_answers'"
        )
        assert found.values.tolist() == [["first", "y", "email", "first", "purchase"]]
