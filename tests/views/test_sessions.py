"""The session view against a brute-force computation that walks through events one by one."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import cxkit as cx
from cxkit.areas import engagement

SETTINGS = {"timezone": "UTC", "currency": "EUR", "key_events": ["purchase"]}
EVENTS = {"page_view": 0.6, "click": 0.2, "purchase": 0.05, "scroll": 0.15}
OCTOBER = cx.Period.parse("2026-10")


def random_events(n: int, seed: int) -> pd.DataFrame:
    """Events in bursts: ties at the same instant, silences of exactly 30 minutes, bots, visitors without consent."""
    rng = np.random.default_rng(seed)
    gaps = rng.choice([0, 1, 60, 1799, 1800, 1801, 40_000], size=n)
    visitors = rng.integers(0, n // 12 + 1, n)
    at = pd.Timestamp("2026-10-01", tz="UTC") + pd.to_timedelta(pd.Series(gaps).groupby(visitors).cumsum(), unit="s")
    vendor = rng.random(n) < 0.3
    return pd.DataFrame(
        {
            "event_id": [f"e{i:05}" for i in rng.permutation(n)],
            "event_at": at.clip(upper=pd.Timestamp("2026-10-31 20:00", tz="UTC")),
            "event_name": rng.choice(list(EVENTS), size=n, p=list(EVENTS.values())),
            "surface": "web",
            "visitor_id": np.where(rng.random(n) < 0.05, None, [f"v{v}" for v in visitors]),
            "session_id": np.where(vendor, [f"v{v}.s{v % 3}" for v in visitors], None),
            "page": rng.choice(["/", "/a", "/b"], size=n),
            "engagement_time_s": np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 6, n)),
            "is_bot": rng.choice([True, False, None], size=n, p=[0.05, 0.6, 0.35]),
        }
    )


def sessions_one_by_one(events: pd.DataFrame) -> pd.DataFrame:
    """What a person with a pencil would do."""
    kept = events[(events.is_bot != True) & events.visitor_id.notna()]  # noqa: E712 (None is not a bot)
    visits: dict[tuple[str, str], list] = {}
    for visitor, moves in kept.sort_values(["event_at", "event_id"]).groupby("visitor_id"):
        silences, last = 0, None
        for move in moves.itertuples():
            if last is None or move.event_at - last > timedelta(minutes=30):
                silences += 1
            last = move.event_at
            visits.setdefault((visitor, move.session_id or f"{visitor}#{silences}"), []).append(move)
    rows = []
    for (visitor, session), moves in visits.items():
        views = [move for move in moves if move.event_name == "page_view"]
        goals = [move for move in moves if move.event_name == "purchase"]
        engaged_s = sum(0 if np.isnan(move.engagement_time_s) else move.engagement_time_s for move in moves)
        rows.append(
            {
                "session_id": session,
                "visitor_id": visitor,
                "started_at": moves[0].event_at.tz_localize(None),
                "duration_s": min((moves[-1].event_at - moves[0].event_at).total_seconds(), 24 * 3600),
                "n_page_views": len(views),
                "n_key_events": len(goals),
                "entry_page": views[0].page if views else None,
                "exit_page": views[-1].page if views else None,
                "is_engaged": engaged_s >= 10 or len(views) >= 2 or bool(goals),
            }
        )
    return pd.DataFrame(rows).sort_values(["visitor_id", "session_id"], ignore_index=True)


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    return random_events(10_000, seed=1)


@pytest.fixture(scope="module")
def source(events: pd.DataFrame) -> cx.open_data:
    return cx.open_data({"events": events}, settings=SETTINGS)


def test_the_view_equals_a_walk_through_10000_events_with_ties_nulls_and_bots(source, events):
    expected = sessions_one_by_one(events)
    found = source.sql(f"select {', '.join(expected.columns)} from sessions order by visitor_id, session_id")
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_bounce_rate_equals_the_walk_exactly(source, events):
    expected = sessions_one_by_one(events)
    row = cx.measure(source, engagement.BOUNCE_RATE, OCTOBER).iloc[0]
    assert row.numerator == (~expected.is_engaged).sum()
    assert row.denominator == len(expected)
    assert row.value == (~expected.is_engaged).sum() / len(expected)
    assert row.n_units == expected.visitor_id.nunique()


def test_shuffling_the_rows_changes_nothing(events, source):
    shuffled = cx.open_data({"events": events.sample(frac=1, random_state=2)}, settings=SETTINGS)
    everything = "select * from sessions order by session_id, visitor_id"
    pd.testing.assert_frame_equal(shuffled.sql(everything), source.sql(everything))


def visits(*times: str, session_id: str | None = None) -> list[tuple[str, str]]:
    """Sessions of one visitor with a page view at each time."""
    frame = pd.DataFrame(
        {
            "event_id": [str(i) for i in range(len(times))],
            "event_at": pd.to_datetime([f"2026-10-05T{time}Z" for time in times]),
            "event_name": "page_view",
            "surface": "web",
            "visitor_id": "a",
            "session_id": session_id,
            "page": "/",
        }
    )
    found = cx.open_data({"events": frame}, settings=SETTINGS).sql(
        "select strftime(started_at, '%H:%M:%S') as a, strftime(ended_at, '%H:%M:%S') as z from sessions order by 1"
    )
    return list(found.itertuples(index=False, name=None))


def test_silence_of_exactly_thirty_minutes_stays_one_session():
    assert visits("10:00:00", "10:30:00", "11:00:01") == [("10:00:00", "10:30:00"), ("11:00:01", "11:00:01")]


def test_a_vendor_session_is_kept_however_long_the_silence():
    assert visits("10:00:00", "15:00:00", session_id="s1") == [("10:00:00", "15:00:00")]


def test_google_s_help_example_of_entrances_and_exits():
    """Five one-session days: B A C · B · A C B · C · B C A."""
    days = ["BAC", "B", "ACB", "C", "BCA"]
    frame = pd.DataFrame(
        [
            {"event_id": f"{day}{i}", "event_at": pd.Timestamp(f"2026-10-0{day + 1}T10:0{i}Z"), "event_name": "page_view",
             "surface": "web", "visitor_id": "a", "page": page}
            for day, pages in enumerate(days)
            for i, page in enumerate(pages)
        ]
    )  # fmt: skip
    source = cx.open_data({"events": frame}, settings=SETTINGS)
    count = "select {0}, count(*) as n from sessions group by 1 order by 1"
    assert source.sql(count.format("entry_page")).n.tolist() == [1, 3, 1]
    assert source.sql(count.format("exit_page")).n.tolist() == [1, 2, 2]
