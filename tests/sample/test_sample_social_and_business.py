"""Voice, mood, engagement, the app, spending, invitations, series."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def mentions(sample):
    frame = sample.tables["social_mentions"].copy()
    frame["month"] = frame["mentioned_at"].dt.tz_convert("Europe/Warsaw").dt.strftime("%Y-%m")
    return frame


def test_share_of_voice(mentions, planted):
    usual, surge = mentions[mentions["month"].ne("2026-04")], mentions[mentions["month"].eq("2026-04")]
    for entry in planted("share_of_voice", kind="level"):
        here = surge if entry["period"] == "2026-04" else usual
        found = here["brand_id"].eq(entry["segment"].split("=")[1]).mean()
        assert abs(found - entry["value"]) < 3 * np.sqrt(entry["value"] * (1 - entry["value"]) / len(here)), entry


def test_mood_of_human_labels(mentions, planted):
    own = mentions[mentions["brand_id"].eq("larkmoor") & mentions["sentiment_source"].eq("human")]
    net = own["sentiment"].map({"positive": 100, "neutral": 0, "negative": -100})
    for entry in planted("net_sentiment"):
        here = net[own["month"].eq("2026-01") == (entry["period"] == "2026-01")]
        assert abs(here.mean() - entry["value"]) < 3 * here.std() / np.sqrt(len(here)), entry
    labelled = mentions[mentions["sentiment_source"].fillna("").str.startswith("model")]
    assert len(labelled) > 300 and mentions["sentiment"].isna().sum() > 500


def test_texts(mentions):
    assert mentions["text"].notna().all()
    assert set(mentions["language"]) == {"en", "pl", "de"}
    assert mentions["text"].nunique() > 500
    human = mentions[mentions["themes"].notna() & mentions["language"].eq("en")]
    for theme, word in {"delivery": "deliver|parcel|courier", "price": "price|expensive|bargain", "app": "app"}.items():
        assert human.loc[human["themes"].eq(theme), "text"].str.contains(word).mean() > 0.95


def test_answers(mentions, planted):
    asked = mentions[mentions["needs_answer"] & (mentions["mentioned_at"] < "2026-10-30")]
    quick = (asked["answered_at"] - asked["mentioned_at"]) < pd.Timedelta(hours=24)
    for entry in planted("social_response_rate"):
        here = quick[asked["month"].eq("2026-01") == (entry["period"] == "2026-01")]
        assert abs(here.mean() - entry["value"]) < 3 * np.sqrt(entry["value"] * (1 - entry["value"]) / len(here)), entry


def test_posts(sample, planted):
    posts = sample.tables["social_posts"]
    assert posts["post_id"].str.fullmatch(r"\d{19}").all() and posts["post_id"].is_unique
    own = posts[posts["is_own"]]
    parts = own[["reactions_positive", "comments", "shares", "saves"]].astype(float).sum(axis=1)
    for entry in planted("engagement_rate_reach"):
        here = own["content_type"].eq(entry["segment"].split("content_type=")[1])
        rates, weight = (parts / own["reach"].astype(float))[here], own.loc[here, "reach"].astype(float)
        found = np.average(rates, weights=weight)
        error = np.sqrt(np.sum(weight**2 * (rates - found) ** 2)) / weight.sum()
        assert abs(found - entry["value"]) < 3 * error, entry
    assert posts.loc[~posts["is_own"], "reach"].isna().all()
    assert set(own["impression_type"]) == {"impressions", "views"}


def test_followers(sample, planted):
    days = sample.tables["social_daily"]
    days = days[days["audience_bracket"].isna()]
    for entry in planted("follower_growth_rate"):
        brand, platform = (part.split("=")[1] for part in entry["segment"].split(", "))
        line = days[days["brand_id"].eq(brand) & days["platform"].eq(platform)].sort_values("date")
        assert line["followers"].iloc[-1] / line["followers"].iloc[0] - 1 == pytest.approx(entry["value"], abs=0.01)
        own = line[line["followers_gained"].notna()]
        assert (own["followers"].diff().iloc[1:] == (own["followers_gained"] - own["followers_lost"]).iloc[1:]).all()
    audience = sample.tables["social_daily"].dropna(subset=["audience_bracket"])
    assert audience.groupby("platform")["audience_share"].sum().round(9).eq(1).all()


def test_app_use_and_removals(sample, planted):
    events = sample.tables["events"]
    app = events[events["surface"].isin(["ios", "android"])].copy()
    app["day"] = app["event_at"].dt.tz_convert("Europe/Warsaw").dt.tz_localize(None).dt.normalize()
    first = app[app["event_name"].eq("first_open")].set_index("visitor_id")["day"]
    assert first.index.is_unique and set(app["visitor_id"]) == set(first.index)
    age = (app["day"] - app["visitor_id"].map(first)).dt.days
    end = pd.Timestamp("2026-10-31")
    for entry in planted("install_retention"):
        n = int(entry["segment"].split("=")[1])
        cohort = first[first <= end - pd.Timedelta(days=n + 1)].index
        used = app.loc[age.eq(n) & app["event_name"].eq("screen_view"), "visitor_id"].unique()
        found = np.isin(cohort, used).mean()
        assert abs(found - entry["value"]) < 3 * np.sqrt(entry["value"] / len(cohort)) + 0.015, (n, found)
    android = app[app["surface"].eq("android")]
    gone = android[android["event_name"].eq("app_remove")].set_index("visitor_id")["day"]
    assert not app[app["surface"].eq("ios")]["event_name"].eq("app_remove").any()
    for entry in planted("still_installed"):
        n = int(entry["segment"].split("day=")[1])
        cohort = first[first.index.isin(android["visitor_id"]) & (first <= end - pd.Timedelta(days=n + 1))]
        lost = (gone.reindex(cohort.index) - cohort).dt.days < n
        error = np.sqrt(entry["value"] * (1 - entry["value"]) / len(cohort))
        assert abs(1 - lost.mean() - entry["value"]) < 3 * error, entry
    late = app.merge(gone.rename("gone"), left_on="visitor_id", right_index=True)
    assert not (late["day"] > late["gone"]).any(), "nothing happens in an app after it was removed"


def test_cost_of_customers(sample, planted):
    spend, customers = sample.tables["spend"], sample.tables["customers"]
    won = customers[customers["acquired_at"].between("2025-09-01", "2026-10-31") & customers["customer_type"].isna()]
    for entry in planted("paid_cac"):
        channel = entry["segment"].split("=")[1]
        paid = spend.loc[spend["channel"].eq(channel) & spend["cost_type"].eq("media"), "amount"].sum()
        assert paid / won["acquisition_channel"].eq(channel).sum() == pytest.approx(entry["value"], rel=0.12)
    assert not spend.duplicated(["date", "channel", "cost_type", "campaign_id"]).any()


def test_invitations(sample, planted):
    invites, customers = sample.tables["referrals"], sample.tables["customers"]
    truth = planted("invite_conversion_rate")[0]["value"]
    assert invites["converted_at"].notna().mean() == pytest.approx(truth, abs=0.02)
    assert not (invites["referrer_customer_id"] == invites["new_customer_id"]).any()
    assert (invites["converted_at"].notna() == invites["new_customer_id"].notna()).all()
    assert not (invites["converted_at"] < invites["invited_at"]).any()
    assert customers["referred_by_customer_id"].notna().sum() == invites["new_customer_id"].notna().sum()


def test_series(sample, planted):
    series = sample.tables["series"]
    assert not series.duplicated(["series_id", "date", "entity"]).any()
    wanted = {
        "share_price",
        "share_index",
        "holiday",
        "annotation",
        "initiative",
        "active_customers",
        "employees",
        "n_invited",
    }
    wanted |= {"store_installs", "store_active_devices", "store_user_loss", "sales_target", "data_gap", "target:nps"}
    assert wanted <= set(series["series_id"])
    prices = series[series["series_id"].isin(["share_price", "share_index"])].pivot_table(
        index="date", columns="series_id", values="value"
    )
    returns = np.log(prices).diff().dropna()
    slope = np.polyfit(returns["share_index"], returns["share_price"], 1)[0]
    assert slope == pytest.approx(planted("share_price_beta")[0]["value"], abs=0.2)
