"""Visits in the nights when the clocks change: how long they took is counted in UTC, their day and hour are local."""

import pandas as pd
import pytest

import cxkit as cx


def visits(*utc: str) -> pd.DataFrame:
    """Sessions of one visitor with a page view at each time."""
    events = pd.DataFrame(
        {
            "event_id": [f"e{n}" for n in range(len(utc))],
            "event_at": [f"{moment}Z" for moment in utc],
            "event_name": "page_view",
            "surface": "web",
            "visitor_id": "a",
            "page": [f"/{n}" for n in range(len(utc))],
        }
    )
    source = cx.open_data({"events": events}, settings={"timezone": "Europe/Warsaw"})
    return source.sql("select * from sessions order by session_no")


def test_a_visit_over_the_hour_that_comes_twice_lasts_as_long_as_it_did():
    visit = visits("2026-10-25T00:50:00", "2026-10-25T01:10:00")  # 02:50 summer time, 02:10 winter time
    assert visit.duration_s.tolist() == [1200]
    assert visit.entry_page.tolist() == ["/0"]
    assert visit.exit_page.tolist() == ["/1"]
    assert visit.started_at.tolist() == [pd.Timestamp("2026-10-25 02:50")]
    assert visit.ended_at.tolist() == [pd.Timestamp("2026-10-25 02:10")]


def test_seventy_minutes_of_silence_that_look_like_ten_end_a_visit():
    assert visits("2026-10-25T00:30:00", "2026-10-25T01:40:00").session_no.tolist() == [1, 2]


def test_twenty_minutes_over_the_hour_that_is_left_out_are_not_eighty():
    visit = visits("2026-03-29T00:50:00", "2026-03-29T01:10:00")  # 01:50 winter time, 03:10 summer time
    assert visit.duration_s.tolist() == [1200]
    assert visit.started_at.dt.hour.tolist() == [1]
    assert visit.ended_at.dt.hour.tolist() == [3]


@pytest.mark.parametrize("moment", ["2026-10-25T01:30:00", "2026-03-29T01:30:00", "2026-07-01T12:00:00"])
def test_every_timestamp_has_its_instant_in_utc_beside_it(moment):
    orders = pd.DataFrame(
        {"order_id": ["1"], "customer_id": ["a"], "ordered_at": [f"{moment}Z"], "status": ["paid"], "net_amount": ["1"],
         "currency": ["EUR"]}
    )  # fmt: skip
    source = cx.open_data({"orders": orders}, settings={"timezone": "Europe/Warsaw"})
    row = source.sql("select ordered_at, ordered_at_utc, refunded_at_utc from orders").iloc[0]
    assert row.ordered_at_utc == pd.Timestamp(moment)
    assert row.ordered_at == pd.Timestamp(moment, tz="UTC").tz_convert("Europe/Warsaw").tz_localize(None)
    assert pd.isna(row.refunded_at_utc)


def test_a_table_that_was_not_supplied_has_its_utc_columns_too():
    source = cx.open_data({"customers": pd.DataFrame({"customer_id": ["a"]})})
    assert source.sql("select created_at_utc from tickets").empty


def test_a_message_opened_over_the_hour_that_comes_twice_waited_as_long_as_it_did():
    moments = [("sent", "2026-10-25T00:50:00"), ("delivered", "2026-10-25T00:50:00"), ("open", "2026-10-25T01:10:00"),
               ("click", "2026-11-01T00:49:59"), ("conversion", "2026-11-01T00:50:00")]  # fmt: skip
    events = pd.DataFrame(
        [{"message_event_id": str(n), "campaign_id": "c", "recipient_id": "r", "event_type": kind, "event_at": f"{at}Z"} for n, (kind, at) in enumerate(moments)]
    )  # fmt: skip
    campaigns = pd.DataFrame({"campaign_id": ["c"], "channel": ["email"], "sent_at": ["2026-10-25T00:50:00Z"]})
    source = cx.open_data({"message_events": events, "campaigns": campaigns}, settings={"timezone": "Europe/Warsaw"})
    row = source.sql("select * from deliveries").iloc[0]
    assert (row.first_opened_at_utc - row.sent_at_utc).total_seconds() == 1200
    assert (row.sent_at, row.first_opened_at) == (pd.Timestamp("2026-10-25 02:50"), pd.Timestamp("2026-10-25 02:10"))
    assert bool(row.is_clicked) and not row.is_converted  # the last second of seven days, and the first after them


def test_a_mention_is_answered_within_24_hours_of_the_clock_not_of_the_calendar():
    mentions = pd.DataFrame(
        {"mention_id": ["in", "late"], "platform": "x", "brand_id": "own", "mentioned_at": "2026-10-24T12:00:00Z",
         "answered_at": ["2026-10-25T12:00:00Z", "2026-10-25T12:30:00Z"], "needs_answer": True}
    )  # fmt: skip
    source = cx.open_data({"social_mentions": mentions}, settings={"timezone": "Europe/Warsaw"})
    found = source.sql("select is_answered_in_a_day, wait_s from mentions order by mention_id")
    assert found.is_answered_in_a_day.tolist() == [True, False]  # at 14:00, and at 13:00 and 13:30 a day later
    assert found.wait_s.tolist() == [86400, 88200]
