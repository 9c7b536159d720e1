"""Times, repeats and the slow month of the service desk."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def tickets(sample):
    frame = sample.tables["tickets"].copy()
    frame["slow"] = frame["created_at"].dt.tz_convert("Europe/Warsaw").dt.strftime("%Y-%m").eq("2026-01")
    frame["reply"] = (frame["first_reply_at"] - frame["created_at"]).dt.total_seconds()
    frame["solving"] = (frame["last_solved_at"] - frame["first_reply_at"]).dt.total_seconds()
    return frame


def test_first_replies(tickets, planted):
    usual = tickets[~tickets["slow"] & tickets["reply"].notna()]
    for entry in planted("first_response_time_median"):
        here = usual.loc[usual["channel"].eq(entry["segment"].split("=")[1]), "reply"]
        # Standard error of a log-normal median with spread 0.9; five seconds are added to every reply.
        error = 0.9 * 1.253 / np.sqrt(len(here))
        assert abs(np.log(here.median() / (entry["value"] + 5))) < 3 * error, entry["segment"]


def test_slow_month(tickets, planted):
    ratio = planted("first_response_time", kind="ratio")[0]["value"]
    logs = np.log(tickets["reply"] - 4)
    centred = logs - logs[~tickets["slow"]].groupby(tickets["channel"]).mean().reindex(tickets["channel"]).to_numpy()
    found, n = centred[tickets["slow"]].mean(), tickets["slow"].sum()
    assert abs(found - np.log(ratio)) < 3 * 0.9 / np.sqrt(n) + 0.05
    ratio = planted("resolution_time", kind="ratio")[0]["value"]
    plain = tickets[tickets["n_reopens"].eq(0)]
    logs = np.log(plain["solving"].dropna().clip(lower=1))
    gap = logs[plain["slow"]].mean() - logs[~plain["slow"]].mean()
    assert abs(gap - np.log(ratio)) < 3 * 1.5 / np.sqrt(plain["slow"].sum()) + 0.05


def test_repeats(tickets, planted):
    """Issues: contacts of one customer about one reason, each within seven days of the one before."""
    known = tickets[tickets["customer_id"].notna()].sort_values(["customer_id", "reason", "created_at"])
    gap = known.groupby(["customer_id", "reason"])["created_at"].diff()
    issue = (~(gap < pd.Timedelta(days=7))).cumsum()
    issues = known.groupby(issue).agg(n=("reply", "size"), slow=("slow", "first"))
    for entry in planted("fcr_no_repeat"):
        here = issues[issues["slow"] == (entry["period"] == "2026-01")]
        error = np.sqrt(entry["value"] * (1 - entry["value"]) / len(here))
        assert abs(here["n"].eq(1).mean() - entry["value"]) < 3 * error + 0.01, entry


def test_open_reopened_and_odd_tickets(tickets, planted):
    solved = tickets[tickets["first_solved_at"].notna() & tickets["channel"].ne("bot")]
    truth = planted("reopen_rate")[0]["value"]
    assert abs((solved["n_reopens"] > 0).mean() - truth) < 3 * np.sqrt(truth * (1 - truth) / len(solved))
    waiting = tickets["status"].isin(["new", "open", "pending", "on_hold"])
    assert waiting.sum() >= 20 and tickets.loc[waiting, "last_solved_at"].isna().all()
    assert (waiting & tickets["first_solved_at"].notna()).any(), "reopened and open again"
    assert {"spam", "merged"} <= set(tickets["status"])
    share = planted("identity_match_rate")[0]["value"]
    people = tickets.drop_duplicates("requester_id")
    assert abs(people["customer_id"].notna().mean() - share) < 3 * np.sqrt(share * (1 - share) / len(people))
    bots = tickets[tickets["channel"].eq("bot")]
    kept = planted("bot_containment_rate")[0]["value"]
    assert abs(bots["is_bot_only"].mean() - kept) < 3 * np.sqrt(kept * (1 - kept) / len(bots))
