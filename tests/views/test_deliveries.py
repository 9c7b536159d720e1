"""The delivery view against a walk through every recipient's messages, and its edge cases one by one."""

import numpy as np
import pandas as pd

import cxkit as cx

TYPES = {
    "sent": 0.3, "delivered": 0.2, "hard_bounce": 0.02, "soft_bounce": 0.04, "dropped": 0.01, "open": 0.15, "click": 0.1,
    "unsubscribe": 0.03, "complaint": 0.02, "forward": 0.02, "share": 0.01, "conversion": 0.04, "opt_out": 0.02,
    "direct_open": 0.02, "in_app_click": 0.02,
}  # fmt: skip
WEEK, SECONDS = pd.Timedelta(days=7), pd.Timedelta(seconds=10)


def random_log(n: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Events in disorder: ties at the same second, missing flags, reactions after the window, states that contradict each other."""
    rng = np.random.default_rng(seed)
    campaigns = pd.DataFrame(
        {
            "campaign_id": [f"c{i}" for i in range(6)],
            "channel": ["email", "email", "email", "push", "sms", "email"],
            "sent_at": pd.Timestamp("2026-10-05 10:00", tz="UTC"),
            "is_holdout": [False, None, False, False, False, True],
        }
    )
    at = pd.Timestamp("2026-10-05 10:00", tz="UTC") + pd.to_timedelta(
        rng.choice([0, 1, 1, 5, 60, 3600, 86_399, 86_400, 86_401, 604_799, 604_800, 604_801, 900_000], n), unit="s"
    )
    kind = rng.choice(list(TYPES), n, p=np.array(list(TYPES.values())) / sum(TYPES.values()))
    log = pd.DataFrame(
        {
            "message_event_id": [f"m{i:05}" for i in rng.permutation(n)],
            "campaign_id": [f"c{i}" for i in rng.integers(0, 6, n)],
            "recipient_id": [f"r{i}" for i in rng.integers(0, n // 25 + 1, n)],
            "event_at": at,
            "event_type": kind,
            "is_machine": rng.choice([True, False, None], n, p=[0.3, 0.5, 0.2]),
            "is_content_link": rng.choice([True, False, None], n, p=[0.5, 0.2, 0.3]),
            "link": rng.choice(["/a", "/b", "/c", None], n),
            "value_amount": np.where((kind == "conversion") & (rng.random(n) < 0.8), rng.integers(1, 90, n), np.nan),
            "currency": "EUR",
        }
    )
    log["value_amount"] = log.value_amount.astype(float)
    return campaigns, log


def walk(campaigns: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """What a person with a pencil would do, message by message."""
    facts = campaigns.set_index("campaign_id").to_dict("index")
    events = list(log.sort_values(["event_at", "message_event_id"]).itertuples())
    channels, tells, links, messages = {}, set(), {}, {}
    for event in events:
        campaign = event.campaign_id
        channels.setdefault(facts[campaign]["channel"], set()).add(event.event_type)
        messages.setdefault((campaign, event.recipient_id), []).append(event)
        if event.event_type == "delivered":
            tells.add(campaign)
        if event.event_type == "click" and event.link:
            links.setdefault(campaign, set()).add(event.link)
    rows = []
    for (campaign, recipient), all_events in messages.items():
        sent_at = next((e.event_at for e in all_events if e.event_type == "sent"), None)
        delivered_at = next((e.event_at for e in all_events if e.event_type == "delivered"), None)
        start = sent_at or delivered_at or facts[campaign]["sent_at"]
        arrived = delivered_at or sent_at
        quick = {
            e.link for e in all_events
            if e.event_type == "click" and e.is_machine is None and arrived and e.event_at <= arrived + SECONDS and e.link
        }  # fmt: skip
        is_filter = len(links.get(campaign, ())) >= 2 and quick == links[campaign]
        held = facts[campaign]["is_holdout"] is True
        happened, reports = [e for e in all_events if e.event_at < start + WEEK], channels[facts[campaign]["channel"]]
        if not happened:
            continue
        opens = people = clicks = any_human_click = 0
        state, sent, seen, value = None, False, set(), None
        for event in happened:
            machine = event.is_machine
            if machine is None:
                machine = event.event_type == "click" and is_filter and event.event_at <= arrived + SECONDS
            sent = sent or event.event_type not in ("dropped", "conversion")
            if event.event_type in ("delivered", "hard_bounce", "soft_bounce", "dropped"):
                state = event.event_type
            opens += event.event_type == "open"
            people += event.event_type == "open" and not machine
            if event.event_type == "click" and not machine:
                any_human_click += 1
                clicks += event.is_content_link is not False
            if event.event_type == "conversion" and event.value_amount == event.value_amount:
                value = (value or 0) + event.value_amount
            if event.event_type != "opt_out" or event.event_at < (arrived or facts[campaign]["sent_at"]) + pd.Timedelta(
                days=1
            ):
                seen.add(event.event_type)
        is_sent = sent and not held
        delivered = is_sent and (
            state == "delivered" if state else campaign not in tells or opens > 0 or any_human_click > 0
        )
        got = delivered or held
        bought = "conversion" in seen
        worth = (value if value is not None else None if bought else 0) if "conversion" in reports else None
        rows.append(
            {
                "campaign_id": campaign, "recipient_id": recipient, "is_sent": is_sent, "is_delivered": delivered,
                "is_hard_bounced": is_sent and state == "hard_bounce",
                "is_soft_bounced": is_sent and state == "soft_bounce",
                "is_opened": delivered and (opens > 0 or any_human_click > 0),
                "is_human_opened": delivered and (people > 0 or any_human_click > 0),
                "is_machine_only": delivered and opens > 0 and people == 0 and any_human_click == 0,
                "is_clicked": delivered and clicks > 0,
                "is_unsubscribed": delivered and "unsubscribe" in seen,
                "is_complained": delivered and "complaint" in seen,
                "is_forwarded": delivered and "forward" in seen,
                "is_direct_opened": delivered and "direct_open" in seen,
                "is_opted_out": delivered and "opt_out" in seen,
                "is_responded": delivered and (clicks > 0 or bool(seen & {"direct_open", "in_app_click", "conversion"})),
                "is_converted": got and bought,
                "value_amount": float(worth) if got and worth is not None else np.nan if got else 0.0,
                "n_opens": opens if delivered else 0,
                "n_clicks": clicks if delivered else 0,
            }
        )  # fmt: skip
    return pd.DataFrame(rows).sort_values(["campaign_id", "recipient_id"], ignore_index=True)


def test_the_view_equals_a_walk_through_5000_events():
    campaigns, log = random_log(5000, seed=1)
    expected = walk(campaigns, log)
    source = cx.open_data({"campaigns": campaigns, "message_events": log}, settings={"timezone": "UTC"})
    found = source.sql(f"select {', '.join(expected.columns)} from deliveries order by campaign_id, recipient_id")
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert expected.is_delivered.sum() > 100
    assert expected.is_machine_only.sum() > 5


def one(*events: tuple, campaign: dict | None = None) -> pd.Series:
    """The delivery of one recipient: (seconds after ten, type, further columns)."""
    log = pd.DataFrame(
        [
            {
                "event_at": pd.Timestamp("2026-10-05 10:00", tz="UTC") + pd.Timedelta(seconds=at),
                "event_type": kind,
                **(more or {}),
            }
            for at, kind, *more in ((*event[:2], *(event[2:] or [None])) for event in events)
            for more in [more[0]]
        ]
    )
    log = log.assign(message_event_id=[f"{i:03}" for i in range(len(log))], campaign_id="c", recipient_id="r")
    sent = {"campaign_id": "c", "channel": "email", "sent_at": "2026-10-05T10:00:00Z"} | (campaign or {})
    source = cx.open_data({"campaigns": pd.DataFrame([sent]), "message_events": log}, settings={"timezone": "UTC"})
    found = source.sql("select * from deliveries")
    assert len(found) == 1
    return found.iloc[0]


def test_a_soft_bounce_that_is_accepted_later_is_delivered_and_no_bounce():
    row = one((0, "sent"), (5, "soft_bounce"), (3600, "delivered"))
    assert (row.is_delivered, row.is_soft_bounced) == (True, False)


def test_a_bounce_after_acceptance_is_the_last_state_and_one_class():
    row = one((0, "sent"), (5, "delivered"), (60, "soft_bounce"), (90, "hard_bounce"))
    assert (row.is_delivered, row.is_soft_bounced, row.is_hard_bounced) == (False, False, True)


def test_without_delivery_events_what_did_not_bounce_is_delivered():
    assert one((0, "sent")).is_delivered


def test_a_suppressed_contact_is_not_sent_to():
    assert not one((0, "dropped")).is_sent


def test_a_click_without_an_open_is_an_open_by_a_person():
    row = one((0, "sent"), (1, "delivered"), (50, "open", {"is_machine": True}), (60, "click", {"is_machine": False, "is_content_link": True}))  # fmt: skip
    assert (row.is_opened, row.is_human_opened, row.is_machine_only) == (True, True, False)


def test_a_click_on_the_unsubscribe_link_is_no_click_but_an_open():
    row = one((0, "sent"), (1, "delivered"), (30, "open", {"is_machine": True}), (60, "click", {"is_machine": False, "is_content_link": False}))  # fmt: skip
    assert (row.is_clicked, row.is_human_opened) == (False, True)


def test_a_filter_that_nobody_flags_is_known_by_clicking_everything_at_once():
    both = [(3, "click", {"link": "/a"}), (4, "click", {"link": "/b"})]
    assert not one((0, "sent"), (1, "delivered"), *both).is_clicked
    slow = one((0, "sent"), (1, "delivered"), both[0], (60, "click", {"link": "/b"}))
    assert (slow.is_clicked, slow.n_clicks) == (True, 2)


def test_an_open_on_the_eighth_day_comes_too_late():
    assert not one((0, "sent"), (1, "delivered"), (5, "click"), (7 * 86_400, "open")).n_opens


def test_what_a_channel_never_reports_is_unknown_not_zero():
    assert pd.isna(one((0, "sent"), (1, "delivered"), (9, "open")).is_complained)
    assert one((0, "sent"), (1, "delivered"), (9, "complaint")).is_complained


def test_a_held_out_recipient_was_sent_nothing_and_what_he_bought_counts():
    row = one((0, "sent"), (1, "delivered"), (60, "conversion", {"value_amount": 5.0, "currency": "EUR"}), campaign={"is_holdout": True})  # fmt: skip
    assert (row.is_sent, row.is_delivered, row.is_converted, row.value_amount) == (False, False, True, 5)


TOTALS = {
    "campaign_id": "t", "channel": "email", "sent_at": "2026-10-05T10:00:00Z", "n_sent": 1020, "n_hard_bounce": 12, "n_soft_bounce": 8,
    "n_delivered": 1000, "n_unique_open": 600, "n_unique_open_machine": 400, "n_total_open": 901, "n_unique_click": 50,
    "n_total_click": 77, "n_unsubscribe": 3, "n_complaint": 1, "n_forward": 7, "n_conversion": 21,
}  # fmt: skip


def test_totals_become_as_many_recipients_as_they_count():
    source = cx.open_data({"campaigns": pd.DataFrame([TOTALS])}, settings={"timezone": "UTC"})
    found = source.sql(
        "select count(*) as n_sent, " + ", ".join(f"sum({column}) as {name}" for name, column in {
            "n_delivered": "is_delivered::int", "n_hard_bounce": "is_hard_bounced::int", "n_soft_bounce": "is_soft_bounced::int",
            "n_unique_open": "is_opened::int", "n_unique_open_machine": "is_machine_only::int", "n_total_open": "n_opens",
            "n_unique_click": "is_clicked::int", "n_total_click": "n_clicks", "n_unsubscribe": "is_unsubscribed::int",
            "n_complaint": "is_complained::int", "n_forward": "is_forwarded::int", "n_conversion": "is_converted::int",
        }.items()) + " from deliveries"
    ).iloc[0]  # fmt: skip
    assert found.astype(int).to_dict() == {name: n for name, n in TOTALS.items() if name.startswith("n_")}


def test_totals_stand_aside_where_there_are_events():
    log = pd.DataFrame([{"message_event_id": "1", "campaign_id": "t", "recipient_id": "r", "event_at": "2026-10-05T10:00:00Z", "event_type": "sent"}])  # fmt: skip
    source = cx.open_data({"campaigns": pd.DataFrame([TOTALS]), "message_events": log}, settings={"timezone": "UTC"})
    assert len(source.sql("select * from deliveries")) == 1
