"""The planted rates of the web log are in it, found by plain pandas and not by the kit."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def visits(sample):
    """One row a session of people with a known visitor: vendor's id, else a break of thirty minutes."""
    events = sample.tables["events"]
    web = events[
        (events["surface"] == "web") & ~events["is_bot"] & ~events["is_internal"] & events["visitor_id"].notna()
    ]
    web = web.sort_values(["visitor_id", "event_at", "event_id"])
    pause = web.groupby("visitor_id")["event_at"].diff() > pd.Timedelta(minutes=30)
    own = web["visitor_id"] + "#" + pause.groupby(web["visitor_id"]).cumsum().astype(str)
    web = web.assign(session=web["session_id"].fillna(own))
    web["views"] = web["event_name"].eq("page_view")
    web["orders"] = web["event_name"].eq("purchase")
    web["goals"] = web["event_name"].isin(["purchase", "sign_up"])
    by = web.groupby("session")
    out = by[["visitor_id", "device_class"]].first().rename(columns={"visitor_id": "visitor"})
    out = out.join(by["event_at"].min().rename("start")).join(
        by[["engagement_time_s", "views", "orders", "goals"]].sum()
    )
    out = out.rename(columns={"engagement_time_s": "seconds"})
    out["bounced"] = ~((out["seconds"] >= 10) | (out["views"] >= 2) | (out["goals"] > 0))
    out["day"] = out["start"].dt.tz_convert("Europe/Warsaw").dt.date.astype(str)
    return out


def rate(visits, entry, column):
    """The rate and its standard error, with visitors as clusters."""
    here = visits
    if entry["segment"]:
        name, value = entry["segment"].split("=")
        here = here[here[name] == value]
    here = within(here, entry["period"])
    if "except_for" in entry:
        here = here.drop(within(here, entry["except_for"]).index)
    hit = here[column].astype(bool)
    share = hit.mean()
    residual = (hit - share).groupby(here["visitor"]).sum()
    return share, np.sqrt((residual**2).sum()) / len(here), len(here)


def within(visits, period):
    first, _, last = period.partition("..")
    if not last:
        return visits[visits["day"].str.startswith(first)]
    return visits[(visits["day"] >= first) & (visits["day"] <= last)]


COLUMNS = {"bounce_rate": "bounced", "session_conversion_rate": "goals", "purchase_session_rate": "orders"}


@pytest.mark.parametrize("metric", COLUMNS)
def test_levels_are_found(visits, planted, metric):
    entries = planted(metric, kind="level")
    assert entries
    for entry in entries:
        found, error, n = rate(visits, entry, COLUMNS[metric])
        assert n > 100
        assert abs(found - entry["value"]) < 3.3 * error + 0.002, (entry, found, error)


@pytest.mark.parametrize("metric", ["session_conversion_rate", "bounce_rate"])
def test_changes_are_found(visits, planted, metric):
    for entry in planted(metric, kind="change"):
        now, error, _ = rate(visits, entry, COLUMNS[metric])
        before, error_before, _ = rate(visits, {**entry, "period": entry["base"]}, COLUMNS[metric])
        error = np.hypot(error, error_before)
        assert abs(now - before - entry["value"]) < 3 * error, entry
        if entry["value"]:
            assert now - before > 2.5 * error, "a planted change must stand out from the noise"


def test_sessions_of_a_visitor_resemble_each_other(visits):
    several = visits[visits.groupby("visitor")["day"].transform("size") > 1]
    _, clustered, n = rate(several, {"segment": "", "period": "2025..2027"}, "bounced")
    share = several["bounced"].mean()
    assert clustered > 1.1 * np.sqrt(share * (1 - share) / n)


def test_the_log_has_its_awkward_rows(sample):
    events = sample.tables["events"]
    web = events[events["surface"] == "web"]
    assert web["is_bot"].sum() > 500 and web["is_internal"].sum() > 50
    assert 0.08 < web["visitor_id"].isna().mean() < 0.20
    assert web["session_id"].isna().mean() < 0.4
    assert web.loc[web["visitor_id"].notna() & (web["event_at"] > "2025-11-02"), "session_id"].notna().all()
    ties = web[web["visitor_id"].notna()].duplicated(["visitor_id", "event_at"], keep=False)
    assert ties.sum() > 1000
    late = web["event_at"].dt.tz_convert("Europe/Warsaw")
    assert (late.dt.hour == 23).sum() > 500
    for night in ("2025-10-26", "2026-03-29", "2026-10-25"):
        around = late[(late >= f"{night}T00:00+01:00") & (late < f"{night}T06:00+01:00")]
        assert around.dt.hour.isin([1, 2, 3]).sum() > 5


def test_purchases_are_orders(sample):
    events, orders = sample.tables["events"], sample.tables["orders"]
    bought = events[(events["event_name"] == "purchase") & (events["surface"] == "web")]
    both = bought.merge(orders, on="order_id", validate="one_to_one")
    online = orders[orders["sales_channel"].eq("online") & orders["status"].ne("cancelled")]
    lost = online[~online["order_id"].isin(bought["order_id"])]
    assert len(both) == len(bought) and len(lost) > 0
    assert lost["ordered_at"].dt.tz_convert("Europe/Warsaw").dt.strftime("%Y-%m-%d").eq("2026-02-11").all(), (
        "web tool down"
    )
    assert (both["value_amount"] == both["net_amount"]).all()
    assert ((both["event_at"] - both["ordered_at"]).abs() < pd.Timedelta(seconds=1)).all()
