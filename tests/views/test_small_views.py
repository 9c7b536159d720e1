"""Purchases, usability and app views against a person with a pencil, on random data with ties and nulls."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import cxkit as cx

ZONE = "Europe/Warsaw"
START = pd.Timestamp("2026-10-20", tz="UTC")


def some(rng, values, n, empty=0.0):
    """Draws, some of them empty."""
    return np.where(rng.random(n) < empty, None, rng.choice(np.array(values, object), n))


def local(moment) -> pd.Timestamp:
    return moment.tz_convert(ZONE).tz_localize(None)


def plain(value):
    return None if pd.isna(value) else value


@pytest.fixture(scope="module")
def shop():
    """Orders on a few days, many on one, at midnight too; refunds in part, in full and beyond; staff."""
    rng, n = np.random.default_rng(3), 500
    amount = rng.integers(1, 5, n) * 10.0
    orders = pd.DataFrame(
        {"order_id": [f"o{i:04}" for i in rng.permutation(n)], "customer_id": some(rng, [f"c{i}" for i in range(40)], n, 0.1),
         "ordered_at": START + pd.to_timedelta(rng.choice([0, 22, 23, 24, 47, 48, 240, 960, 2160], n), unit="h"),
         "status": some(rng, ["paid", "completed", "cancelled", "refunded", "pending", "partially_refunded"], n), "net_amount": amount,
         "refund_amount": np.where(rng.random(n) < 0.6, np.nan, amount * rng.choice([0, 0.5, 1, 2], n)), "currency": "EUR"}
    )  # fmt: skip
    people = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(40)], "customer_type": ["staff", "test", *["new"] * 30, *[None] * 8]}
    )
    return orders, cx.open_data({"orders": orders, "customers": people}, settings={"timezone": ZONE, "guests": "keep"})


def stood(orders: pd.DataFrame) -> list:
    """Orders that count, with the day on which they were placed and what was kept of them."""
    rows = []
    for order in orders.sort_values(["ordered_at", "order_id"]).itertuples():
        back = 0 if pd.isna(order.refund_amount) else order.refund_amount
        undone = order.status in ("cancelled", "pending", "refunded") or back >= order.net_amount
        if not undone and order.customer_id not in ("c0", "c1"):
            rows.append((order.order_id, order.customer_id, local(order.ordered_at), order.net_amount - back))
    return rows


def test_purchases_are_the_orders_that_stood_numbered_by_day(shop):
    orders, source = shop
    days: dict[str, set] = {}
    expected = {}
    for name, customer, at, amount in stood(orders):
        days.setdefault(customer, set()).add(at.date())
        expected[name] = (customer, at, amount, len(days[customer]) if customer else None)
    found = source.sql("select order_id, customer_id, ordered_at, net_amount, purchase_no from purchases")
    assert {row[0]: tuple(map(plain, row[1:])) for row in found.itertuples(index=False, name=None)} == expected


def test_purchase_days_and_buyers_follow(shop):
    orders, source = shop
    sums: dict[tuple, list] = {}
    for _, customer, at, amount in stood(orders):
        if customer:
            sums.setdefault((customer, at.date()), []).append((at, amount))
    found = source.sql("select customer_id, purchased_on, n_orders, net_amount from purchase_days").itertuples(
        index=False, name=None
    )
    assert {(c, on.date()): (n, total) for c, on, n, total in found} == {
        key: (len(rows), sum(amount for _, amount in rows)) for key, rows in sums.items()
    }
    first: dict[str, list] = {}
    for customer, day in sorted(sums):
        first.setdefault(customer, []).append((day, min(at for at, _ in sums[customer, day])))
    rows = source.sql("select * from buyers").itertuples()
    assert {
        row.customer_id: (row.first_ordered_at, plain(row.second_ordered_at), plain(row.days_to_second)) for row in rows
    } == {
        customer: (days[0][1], days[1][1] if days[1:] else None, (days[1][0] - days[0][0]).days if days[1:] else None)
        for customer, days in first.items()
    }


def test_usability_views_are_the_sheets_read_by_hand():
    rng, n = np.random.default_rng(9), 300
    tasks = pd.DataFrame(
        {"study_id": "s", "participant_id": some(rng, [f"p{i}" for i in range(25)], n), "task_id": some(rng, ["t1", "t2"], n), "attempt": range(1, n + 1),
         "design": some(rng, ["a", "b"], n, 0.3), "outcome": some(rng, ["success", "partial", "assisted", "failure", "technical"], n),
         "n_errors": rng.integers(0, 6, n), "n_error_opportunities": 4, "self_rated_success": rng.integers(1, 6, n).astype(float), "self_rated_scale": "1-5"}
    )  # fmt: skip
    tasks["n_errors"] = tasks.n_errors.clip(upper=4)
    items = [f"sus_{i:02}" for i in range(1, 11)]
    sus = pd.DataFrame(
        [(f"r{r}", item, r) for r in range(40) for item in items], columns=["response_id", "item_version", "r"]
    )
    sus = sus.assign(item_id=sus.item_version, instrument="sus", respondent_id=[None if r % 4 == 0 else f"p{r % 30}" for r in sus.pop("r")],
                     value_num=np.where(rng.random(len(sus)) < 0.08, np.nan, rng.integers(1, 6, len(sus))))  # fmt: skip
    after = pd.DataFrame({"response_id": [f"a{i}" for i in range(60)], "item_id": "ease", "instrument": "post_task_csat", "item_version": None,
                          "respondent_id": some(rng, [f"p{i}" for i in range(30)], 60, 0.2), "value_num": some(rng, [1.0, 3.0, 5.0], 60, 0.2)})  # fmt: skip
    answers = pd.concat([sus, after]).assign(
        survey_id="s", respondent_type="participant", is_complete=True, submitted_at=START, scale_min=1, scale_max=5,
    )  # fmt: skip
    answers["value_num"] = answers.value_num.astype(float)
    answers["is_complete"] = ~answers.response_id.isin(["r3", "a3"])
    source = cx.open_data({"usability_tasks": tasks, "survey_answers": answers})
    designs = {p: set(part.design.dropna()) for p, part in tasks.groupby("participant_id")}
    design = {p: min(several) if len(several) == 1 else None for p, several in designs.items()}
    found = source.sql("select participant_id, design from participants").itertuples(index=False, name=None)
    assert {p: plain(d) for p, d in found} == design
    rows = source.sql(
        "select attempt, is_success, is_reached, rated_success, n_errors_capped, left_out from attempts order by attempt"
    )
    for row, task in zip(rows.itertuples(), tasks.itertuples(), strict=True):
        assert row.is_success == (task.outcome == "success") and row.is_reached == (
            task.outcome in ("success", "partial", "assisted")
        )
        assert (row.rated_success, row.n_errors_capped) == ((task.self_rated_success - 1) / 4, min(task.n_errors, 4))
        assert (row.left_out is not None) == (task.outcome == "technical")
    expected = {}
    for response, part in answers[
        answers.is_complete & answers.instrument.eq("sus") & answers.value_num.notna()
    ].groupby("response_id"):
        points = [v - 1 if int(i[-2:]) % 2 else 5 - v for i, v in zip(part.item_version, part.value_num, strict=True)]
        expected[response] = pytest.approx(sum(points) / len(points) * 25) if len(points) >= 9 else None
    scores = source.sql("select response_id, score from sus_scores").itertuples(index=False, name=None)
    assert {response: plain(score) for response, score in scores} == expected
    given = after[after.response_id.ne("a3") & after.value_num.notna()]
    told = source.sql("select response_id, respondent_id, design, value_num from task_answers").itertuples(
        index=False, name=None
    )
    assert {r: (who, plain(d), v) for r, who, d, v in told} == {
        row.response_id: (row.respondent_id or row.response_id, design.get(row.respondent_id), row.value_num)
        for row in given.itertuples()
    }


def test_app_views_are_the_days_and_screens_walked_through():
    """Over the night in which the clocks go back: a screen an hour later by the clock of UTC is no repeat."""
    rng, n = np.random.default_rng(21), 900
    at = pd.Timestamp("2026-10-24T22:00", tz="UTC") + pd.to_timedelta(
        rng.choice([0, 0.5, 1, 1800, 3600, 3600.5, 7200, 90000], n) + rng.integers(0, 3, n) * 10_800, unit="s"
    )
    events = pd.DataFrame(
        {"event_id": [f"e{i:04}" for i in rng.permutation(n)], "event_at": at, "visitor_id": some(rng, [f"v{i}" for i in range(30)], n, 0.05),
         "event_name": some(rng, ["screen_view", "screen_view", "click", "app_remove", "notification_receive"], n),
         "surface": some(rng, ["ios", "android", "web"], n), "screen": some(rng, ["home", "shop"], n), "session_id": None, "customer_id": some(rng, ["b", "a"], n, 0.5)}
    )  # fmt: skip
    source = cx.open_data({"events": events}, settings={"timezone": ZONE})
    used: dict[tuple, list] = {}
    app = events[events.surface.isin(["ios", "android"]) & events.visitor_id.notna()].sort_values(
        ["event_at", "event_id"]
    )
    for event in app.itertuples():
        if event.event_name not in ("app_remove", "notification_receive"):
            used.setdefault((event.visitor_id, event.surface, local(event.event_at).date()), []).append(event)
    found = source.sql("select visitor_id, surface, used_on, last_used_at, customer_id from app_days").itertuples(
        index=False, name=None
    )
    assert {(v, s, day.date()): (last, plain(c)) for v, s, day, last, c in found} == {
        key: (max(local(e.event_at) for e in those), min((e.customer_id for e in those if e.customer_id), default=None))
        for key, those in used.items()
    }
    repeats, before = set(), {}
    for event in app[app.event_name == "screen_view"].itertuples():
        last = before.get(event.visitor_id)
        if last and last.screen == event.screen and event.event_at - last.event_at < timedelta(seconds=1):
            repeats.add(event.event_id)
        before[event.visitor_id] = event
    total = source.sql(
        "select sum(n_screens) as n, sum(s.n_screen_views) as views from app_sessions join sessions s using (session_id, visitor_id)"
    ).iloc[0]
    assert len(repeats) > 0
    sessions = source.sql(
        "select session_id, visitor_id, started_at_utc, ended_at_utc, n_screen_views from sessions where surface in ('ios', 'android')"
    )
    expected = {}
    for visit in sessions.itertuples():
        those = app[app.event_id.isin(repeats) & (app.visitor_id == visit.visitor_id)]
        here = those.event_at.dt.tz_localize(None).between(visit.started_at_utc, visit.ended_at_utc)
        expected[visit.session_id] = visit.n_screen_views - here.sum()
    told = source.sql("select session_id, n_screens from app_sessions").itertuples(index=False, name=None)
    assert dict(told) == expected and total.n < total.views
