"""Service: who asks about what, how long it takes, who has to ask again; with one slow month.

An issue is what a customer wants settled. Some issues need more than one contact: the repeats are tickets of their own, on
the same reason, within a week.
"""

from typing import Any

import numpy as np
import pandas as pd

from cxkit.sample import company
from cxkit.sample.drawing import clock, codes, in_contract_order, lookup, only, pick, table, to_utc, weekday, within
from cxkit.sample.truth import each, level, parameter, ratio

PER_ORDER = 0.20  # issues per order
SLOW_MORE = 1.35  # so many times as many issues in the slow month
CHANNELS = {"email": 40, "phone": 23, "chat": 16, "web_form": 8, "social": 6, "bot": 7}
# Medians in seconds.
FIRST_REPLY = {"email": 16_200, "phone": 70, "chat": 110, "web_form": 21_600, "social": 10_800, "bot": 1_500}
REPLY_SPREAD = 0.9  # of the logarithm
SOLVING = 36_000  # median seconds from first reply to solution
SOLVING_SPREAD = 1.5
SLOW_REPLY, SLOW_SOLVING = 4.0, 2.5  # times as long in the slow month
REPEAT, REPEAT_SLOW = 0.15, 0.28  # chance that a contact is followed by another on the same reason within seven days
REOPEN = 0.07
NEVER = 0.03  # tickets that nobody solves; so are one in ten of those reopened
KNOWN = 0.84  # share of the requesters who are matched to a customer
BOT_CONTAINED = 0.55
REASONS = {"delivery": 38, "product": 20, "payment": 14, "membership": 14, "app": 8, "advice": 6}
SLA = {"email": 28_800.0, "phone": 120.0, "chat": 180.0, "web_form": 28_800.0, "social": 14_400.0, "bot": 3_600.0}
SLA_SOLVED = 172_800.0
OFFICE = np.array([0.2] * 7 + [2, 6, 10, 10, 9, 8, 8, 9, 9, 8, 6, 4, 3, 2.5, 2, 1, 0.4])
WEEKDAYS = np.array([1.45, 1.2, 1.1, 1.05, 1.0, 0.6, 0.5])


def planted() -> list[dict]:
    """What service was made to show."""
    slow, month = "2026-01", "created_at=2026-01"
    replied = {channel: seconds for channel, seconds in FIRST_REPLY.items() if channel != "bot"}
    return [
        *each(parameter, "first_response_time_median", replied, "channel={}", unit="seconds", except_for=slow),
        ratio("first_response_time", SLOW_REPLY, month, "other months", note="medians, within a channel"),
        ratio("resolution_time", round(SLOW_SOLVING, 2), month, "other months", note="time after first reply"),
        level("fcr_no_repeat", 1 - REPEAT, except_for=slow, note="issues without a repeat within seven days"),
        level("fcr_no_repeat", 1 - REPEAT_SLOW, period=slow),
        level("reopen_rate", REOPEN, note="of solved tickets"),
        level("unsolved_share", NEVER, note="tickets that are never solved, whatever their age"),
        level("identity_match_rate", KNOWN, "source=tickets"),
        level("bot_containment_rate", BOT_CONTAINED, "channel=bot", note="without hand-over; repeats come on top"),
    ]


def tickets(
    rng: np.random.Generator, customers: pd.DataFrame, traits: pd.DataFrame, orders: pd.DataFrame
) -> pd.DataFrame:
    """One row a ticket, with working columns `person` (-1 unknown) and `chain` (the issue)."""
    issues = _issues(rng, traits, orders)
    chain = _repeats(rng, issues)
    frame = _times(rng, chain)
    frame["ticket_id"] = codes(rng, len(frame), "q-")
    return _dress(rng, frame, customers)


def _issues(rng: np.random.Generator, traits: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """First contacts: a few days after an order, more in the slow month, fewer at weekends."""
    rows = np.flatnonzero((orders["person"] >= 0) & (rng.random(len(orders)) < PER_ORDER * 1.6))
    days = orders["day"].to_numpy()[rows] + 1 + rng.exponential(4, len(rows)).astype(int)
    slow = _slow(days)
    keep = rng.random(len(rows)) < np.where(slow, SLOW_MORE, 1.0) / 1.6 * WEEKDAYS[weekday(days)]
    keep &= days < company.DAYS
    seconds = clock(rng, int(keep.sum()), OFFICE)
    return table(
        person=orders["person"].to_numpy()[rows][keep],
        created_at=to_utc(days[keep], seconds),
        day=days[keep],
        reason=pick(rng, REASONS, int(keep.sum())),
        chain=np.arange(int(keep.sum())),
        step=0,
    )


def _slow(days: np.ndarray) -> np.ndarray:
    return within(days, company.SLOW_SUPPORT)


def _repeats(rng: np.random.Generator, issues: pd.DataFrame) -> pd.DataFrame:
    """Add the second, third, … contact of issues that were not settled; the chance belongs to the month of the first."""
    parts, last = [issues], issues
    for step in range(1, 4):
        chance = np.where(_slow(last["day"].to_numpy()), REPEAT_SLOW, REPEAT)
        again = last[rng.random(len(last)) < chance]
        wait = pd.to_timedelta(rng.uniform(0.3, 6.5, len(again)).round(4), unit="D")
        last = again.assign(created_at=(again["created_at"] + wait).dt.as_unit("us"), step=step)
        last = last[last["created_at"] < company.OBSERVED_UNTIL - pd.Timedelta(hours=1)]
        parts.append(last)
    return pd.concat(parts, ignore_index=True).sort_values(["created_at", "chain"], ignore_index=True)


def _times(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Reply, solution, reopening; what lies after the export is not known yet."""
    n = len(frame)
    frame["channel"] = pick(rng, CHANNELS, n)
    slow = _slow(frame["day"].to_numpy())
    usual = frame["channel"].map(FIRST_REPLY).to_numpy(float)
    reply = usual * np.where(slow, SLOW_REPLY, 1.0) * rng.lognormal(0, REPLY_SPREAD, n)
    solve = SOLVING * np.where(slow, SLOW_SOLVING, 1.0) * rng.lognormal(0, SOLVING_SPREAD, n)
    contained = (frame["channel"] == "bot") & (rng.random(n) < BOT_CONTAINED)
    created = frame["created_at"]
    replied = created + pd.to_timedelta(reply.round() + 5, unit="s")
    solved = replied + pd.to_timedelta(solve.round() + 30, unit="s")
    solved = solved.where(~contained, created + pd.Timedelta(minutes=6))
    never = rng.random(n) < NEVER
    again = ~never & ~contained & (rng.random(n) < REOPEN)
    last = solved + pd.to_timedelta(np.where(again, rng.uniform(0.5, 5, n), 0).round(4), unit="D")
    known = solved.lt(company.OBSERVED_UNTIL) & ~never
    given_up = again & (rng.random(n) < 0.1)
    done = known & last.lt(company.OBSERVED_UNTIL) & ~given_up
    frame["first_reply_at"] = replied.where(replied.lt(company.OBSERVED_UNTIL) & ~contained).dt.as_unit("us")
    frame["first_solved_at"] = solved.where(known).dt.as_unit("us")
    # Reopened and not yet solved again: open, with a first solution and no last one.
    frame["last_solved_at"] = last.where(done).dt.as_unit("us")
    frame["n_reopens"] = (known & again).astype(int)
    frame["is_bot_only"], frame["is_handover"] = contained, (frame["channel"] == "bot") & ~contained
    age = company.OBSERVED_UNTIL - created
    waiting = pick(rng, {"open": 6, "pending": 3, "on_hold": 1}, n)
    status = np.where(done, np.where(age > pd.Timedelta(days=28), "closed", "solved"), waiting).astype(object)
    status[frame["first_reply_at"].isna() & ~done] = "new"
    frame["status"] = status
    return frame


def _dress(rng: np.random.Generator, frame: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    n = len(frame)
    names, who = np.unique(frame["person"], return_inverse=True)
    matched = (rng.random(len(names)) < KNOWN)[who]
    first = frame.groupby("chain")["ticket_id"].transform("first")
    settled = ~frame["chain"].duplicated(keep="last") & frame["n_reopens"].eq(0)
    replies = 1 + rng.poisson(0.7, n) + frame["n_reopens"]
    known = np.where(matched, frame["person"], -1)
    columns: dict[str, Any] = {
        "person": known,
        "customer_id": lookup(customers["customer_id"], known),
        "requester_id": codes(rng, len(names), "r-")[who],
        "direction": np.where(rng.random(n) < 0.02, "outbound", "inbound"),
        "product_area": frame["reason"]
        .map({"delivery": "logistics", "app": "digital", "payment": "digital"})
        .fillna("shop"),
        "priority": pick(rng, {"normal": 78, "high": 14, "low": 5, "urgent": 3}, n),
        "status": _odd(rng, frame["status"].to_numpy(object)),
        "observed_until": company.OBSERVED_UNTIL,
        "n_agent_replies": np.where(frame["is_bot_only"], 0, replies),
        "n_customer_messages": 1 + rng.poisson(0.9, n),
        "n_contacts": 1,
        "n_transfers": rng.poisson(0.25, n),
        # The agents' own word is kinder than the absence of a repeat.
        "resolved_first_contact": settled | (rng.random(n) < 0.35),
        "is_fcr_eligible": rng.random(n) > 0.08,
        "sla_first_reply_s": frame["channel"].map(SLA),
        "sla_resolution_s": SLA_SOLVED,
        "paused_s": np.where(rng.random(n) < 0.15, rng.uniform(3600, 80_000, n).round(), 0.0),
        "handle_time_s": np.where(frame["is_bot_only"], np.nan, rng.lognormal(np.log(420), 0.6, n).round()),
        "parent_ticket_id": only((frame["step"] > 0) & (first != frame["ticket_id"]) & (rng.random(n) < 0.4), first),
        "team": pick(rng, {"north": 4, "south": 4, "shops": 2}, n),
    }
    return in_contract_order("tickets", frame.assign(**columns))


def _odd(rng: np.random.Generator, status: np.ndarray) -> np.ndarray:
    """A few tickets are spam, merged into another, or deleted."""
    odd = pick(rng, {"": 96.5, "spam": 2, "merged": 1.2, "deleted": 0.3}, len(status))
    return np.where(odd == "", status, odd)
