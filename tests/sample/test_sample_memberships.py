"""Hazards of leaving, read back by counting ends and days, with nothing but pandas."""

import numpy as np
import pandas as pd
import pytest

RISE = pd.Timestamp("2026-05-01", tz="Europe/Warsaw")
BEGIN = pd.Timestamp("2025-09-01", tz="Europe/Warsaw")


@pytest.fixture(scope="module")
def spells(sample):
    """One row a subscription: start, last day seen, whether and why it ended, what it was."""
    terms = sample.tables["subscriptions"]
    out = terms.groupby("subscription_id").agg(
        customer_id=("customer_id", "first"),
        plan=("plan", "first"),
        billing_interval=("billing_interval", "first"),
        start=("term_start_at", "min"),
        ended=("ended_at", "max"),
        reason=("end_reason", "last"),
        until=("observed_until", "first"),
        seen_from=("observed_from", "first"),
    )
    customers = sample.tables["customers"].set_index("customer_id")[["acquisition_channel", "household"]]
    out = out.join(customers, on="customer_id")
    out["stop"] = out["ended"].fillna(out["until"])
    out["enter"] = out["seen_from"].fillna(out["start"])
    out["lost"] = out["ended"].notna() & out["reason"].ne("upgrade")
    return out


def rate(spells, mask, first=None, last=None):
    """Ends and days at risk of some spells, inside a stretch of time."""
    here = spells[mask]
    enter = here["enter"] if first is None else here["enter"].clip(lower=first)
    stop = here["stop"] if last is None else here["stop"].clip(upper=last)
    days = (stop - enter).dt.total_seconds() / 86_400
    inside = days > 0
    lost = here["lost"] & inside & (here["stop"] <= stop)
    return int(lost[inside].sum()), float(days[inside].sum())


def log_ratio(one, other):
    return np.log(one[0] / one[1]) - np.log(other[0] / other[1]), np.sqrt(1 / one[0] + 1 / other[0])


def test_hazard_ratios(spells, planted):
    """Ratios of raw rates; the other traits are independent of each, so they cancel."""
    truth = {e["segment"]: e["value"] for e in planted("churn_hazard_ratio")}
    premium, year = spells["plan"].eq("premium"), spells["billing_interval"].eq("year")
    social = spells["acquisition_channel"].eq("paid_social")
    cases = {
        "plan=premium": (rate(spells, premium, last=RISE), rate(spells, ~premium, last=RISE)),
        "billing_interval=year": (rate(spells, year), rate(spells, ~year)),
        "acquisition_channel=paid_social": (rate(spells, social), rate(spells, ~social)),
        "household=family": (
            rate(spells, spells["household"].eq("family")),
            rate(spells, spells["household"].eq("single")),
        ),
    }
    for segment, (one, other) in cases.items():
        found, error = log_ratio(one, other)
        assert abs(found - np.log(truth[segment])) < 2.6 * error, (segment, np.exp(found))


def test_price_rise_raised_churn_in_premium_alone(spells, planted):
    premium = spells["plan"].eq("premium")
    truth = next(e["value"] for e in planted("churn_hazard_ratio") if "from" in e["segment"])
    found, error = log_ratio(rate(spells, premium, first=RISE), rate(spells, premium, last=RISE))
    null, null_error = log_ratio(rate(spells, ~premium, first=RISE), rate(spells, ~premium, last=RISE))
    # Tenure grows with time, and the early days are riskier: take the other plan's change as the base.
    assert abs(found - null - np.log(truth)) < 2.6 * np.hypot(error, null_error)
    assert found - null > 1.64 * np.hypot(error, null_error)


def test_base_hazard(spells, planted):
    mature = spells[spells["plan"].eq("basic") & spells["billing_interval"].eq("month")]
    mature = mature[mature["acquisition_channel"].ne("paid_social")].copy()
    mature["enter"] = np.maximum(mature["enter"], mature["start"] + pd.Timedelta(days=90))
    lost, days = rate(mature, mature["enter"] < mature["stop"])
    truth = planted("churn_hazard")[0]["value"]
    assert abs(lost - truth * days) < 3 * np.sqrt(truth * days)


def test_reasons_and_returns(spells, planted):
    lost = spells[spells["lost"]]
    for entry in planted("end_reason_share"):
        share = lost["reason"].eq(entry["segment"].split("=")[1]).mean()
        assert abs(share - entry["value"]) < 3 * np.sqrt(entry["value"] * (1 - entry["value"]) / len(lost))
    early = lost[lost["ended"] < pd.Timestamp("2026-08-01", tz="UTC")]
    starts = spells.groupby("customer_id")["start"].apply(list)
    back = [
        any(e < s <= e + pd.Timedelta(days=90) for s in starts[c])
        for c, e in zip(early["customer_id"], early["ended"], strict=True)
    ]
    truth = planted("winback_rate")[0]["value"]
    assert abs(np.mean(back) - truth) < 3 * np.sqrt(truth * (1 - truth) / len(back))


def test_late_entry_and_terms(sample, spells):
    terms = sample.tables["subscriptions"]
    late = spells["seen_from"].notna()
    assert late.sum() > 150
    assert (spells.loc[late, "start"] < BEGIN).all() and (spells.loc[~late, "start"] >= BEGIN).all()
    assert (spells.loc[late, "stop"] >= BEGIN).all()
    ordered = terms.sort_values(["subscription_id", "term_no"])
    following = ordered.groupby("subscription_id")["term_start_at"].shift(-1)
    assert (ordered["renewed_at"].dropna() == following.dropna()).all()
    assert (ordered.groupby("subscription_id")["term_no"].diff().dropna() == 1).all()
    assert not (terms["ended_at"] > terms["observed_until"]).any()
    upgraded = terms[terms["end_reason"].eq("upgrade")]
    after = terms[terms["term_no"].eq(1)].set_index("customer_id")
    for customer, when in zip(upgraded["customer_id"], upgraded["ended_at"], strict=True):
        assert (after.loc[[customer], "term_start_at"] == when).any()
