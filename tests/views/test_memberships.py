"""Paid terms, spells and terms due against a person with a pencil, on random subscriptions; then the rules, one example each."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import cxkit as cx

UNTIL = pd.Timestamp("2026-07-01", tz="UTC")
DAY, GRACE = timedelta(days=1), timedelta(days=30)
FOREVER = pd.Timestamp("2262-01-01", tz="UTC")


def term(customer="a", subscription="s1", no=1, start="2026-01-01", end="2026-02-01", **more):
    moments = {
        name: pd.Timestamp(more.pop(name), tz="UTC") if name in more else pd.NaT
        for name in ("ended_at", "observed_from")
    }
    usual = {"plan": "basic", "status": "active", "end_reason": None, "mrr_amount": 10.0, "billing_interval": "month"}
    return {
        "subscription_id": subscription, "term_no": no, "customer_id": customer, "term_start_at": pd.Timestamp(start, tz="UTC"),
        "term_end_at": pd.Timestamp(end, tz="UTC"), "observed_until": UNTIL, **moments, **usual, **more,
    }  # fmt: skip


def club(*terms):
    frame = pd.DataFrame(list(terms)).assign(currency="EUR", margin_share=0.5)
    covered = {"subscriptions": {"from": "2025-09-01", "to": "2026-06-30"}}
    return cx.open_data({"subscriptions": frame}, settings={"timezone": "UTC", "currency": "EUR", "tables": covered})


def random_terms(seed: int, n_customers: int = 60) -> list[dict]:
    """One to three subscriptions a customer: gaps of nought to a hundred days, late renewals, trials, unpaid ones, all reasons."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(n_customers):
        at = pd.Timestamp("2025-10-01", tz="UTC") + timedelta(
            days=int(rng.integers(0, 200)), hours=int(rng.integers(0, 24))
        )
        for number in range(rng.integers(1, 4)):
            status = rng.choice(
                ["active", "past_due", "paused", "trial", "canceled", "ended"], p=[0.5, 0.1, 0.1, 0.1, 0.1, 0.1]
            )
            plan = str(rng.choice(["basic", "premium"]))
            seen = min(at + timedelta(days=20), UNTIL) if rng.random() < 0.2 else pd.NaT
            for no in range(1, rng.integers(2, 6)):
                if at >= UNTIL:
                    break
                due = at + timedelta(days=int(rng.choice([28, 30, 31])))
                rows.append(term(f"c{customer:02}", f"s{customer}.{number}", no, plan=plan, status=status))
                rows[-1] |= {
                    "term_start_at": at,
                    "term_end_at": due,
                    "observed_from": seen,
                    "mrr_amount": float(rng.choice([8, 10, 20])),
                }
                at = due + timedelta(days=int(rng.choice([0, 0, 0, 0, 1, 30, 31])))
            else:
                if rng.random() < 0.6 and rows[-1]["term_start_at"] + timedelta(days=9) < UNTIL:
                    at = rows[-1]["ended_at"] = rows[-1]["term_start_at"] + timedelta(
                        days=int(rng.integers(0, 9)), hours=5
                    )
                    rows[-1]["end_reason"] = rng.choice(
                        ["voluntary", "payment_failed", "upgrade", "downgrade", "death", None]
                    )
            at += timedelta(hours=int(rng.choice([0, 0, 24, 25, 600, 2400])))
    return rows


def by_pencil(rows: list[dict]) -> tuple[list[dict], list[dict]]:
    """Spells and terms due, walking through each customer's terms."""
    frame = pd.DataFrame(rows)
    frame = frame[frame.status != "trial"]
    terms = []
    for _, own in frame.sort_values("term_no").groupby("subscription_id"):
        own = own.to_dict("records")
        for this, following in zip(own, [*own[1:], None], strict=True):
            stop, reason = None, this["end_reason"] or "other"
            if following:
                end = this["term_end_at"] if pd.isna(this["ended_at"]) else this["ended_at"]
                stop = following["term_start_at"] if following["term_start_at"] <= end + GRACE else end
            elif not pd.isna(this["ended_at"]):
                stop = this["ended_at"]
            elif this["status"] == "past_due" and this["term_end_at"] + GRACE < UNTIL:
                stop, reason = this["term_end_at"] + GRACE, "payment_failed"
            elif this["status"] in ("canceled", "ended") and this["term_end_at"] <= UNTIL:
                stop = this["term_end_at"]
            if this["status"] == "past_due" and pd.isna(this["ended_at"]):
                reason = "payment_failed"
            terms.append(this | {"stop": stop or FOREVER, "reason": reason, "next": following})
    spells: list[dict] = []
    due: list[dict] = []
    for customer, own in pd.DataFrame(terms).groupby("customer_id"):
        own = own.sort_values(["term_start_at", "subscription_id", "term_no"]).to_dict("records")
        groups: list[list[dict]] = []
        for one in own:
            if groups and one["term_start_at"] <= max(t["stop"] for t in groups[-1]) + DAY:
                groups[-1].append(one)
            else:
                groups.append([one])
        for no, group in enumerate(groups, 1):
            last = max(group, key=lambda t: (t["stop"], t["term_start_at"], t["subscription_id"], t["term_no"]))
            is_over = last["stop"] != FOREVER
            seen = min(
                max(t["term_start_at"], t["observed_from"]) if not pd.isna(t["observed_from"]) else t["term_start_at"]
                for t in group
            )
            spells.append({
                "customer_id": customer, "spell_no": no, "n_terms": len(group), "started_at": group[0]["term_start_at"],
                "ended_at": last["stop"] if is_over else pd.NaT,
                "watched_from": min(seen, last["stop"] if is_over else UNTIL),
                "is_lost": is_over and last["reason"] not in ("upgrade", "downgrade"), "plan": group[0]["plan"],
            })  # fmt: skip
            for one in group:
                following = own[own.index(one) + 1] if own.index(one) + 1 < len(own) else None
                end = one["term_end_at"]
                on_time = one["next"] is not None and one["next"]["term_start_at"] <= end + GRACE
                moved = one["stop"] != FOREVER and one["reason"] in ("upgrade", "downgrade") and last["stop"] > end
                price = one["mrr_amount"]
                if following and following["plan"] != one["plan"]:
                    price = min(price, following["mrr_amount"])
                renewed = on_time or moved
                due.append({"subscription_id": one["subscription_id"], "term_no": one["term_no"], "is_renewed": renewed,
                            "is_mature": end + GRACE <= UNTIL, "mrr_renewed": price if renewed else 0.0})  # fmt: skip
    return spells, due


@pytest.mark.parametrize("seed", range(4))
def test_spells_and_terms_due_as_by_pencil(seed):
    rows = random_terms(seed)
    source = club(*rows)
    spells, due = (pd.DataFrame(part) for part in by_pencil(rows))
    for name in ("started_at", "ended_at", "watched_from"):
        spells[name] = pd.to_datetime(spells[name], utc=True).dt.tz_localize(None).astype("datetime64[us]")
    found = source.sql("select * from spells order by customer_id, spell_no")
    for name in spells:
        assert found[name].astype(object).where(found[name].notna(), None).tolist() == (
            spells[name].astype(object).where(spells[name].notna(), None).tolist()
        ), name
    found = source.sql("select * from terms_due order by subscription_id, term_no")
    expected = due.sort_values(["subscription_id", "term_no"])
    for name in ("is_renewed", "is_mature", "mrr_renewed"):
        assert found[name].tolist() == expected[name].tolist(), name


def spells(*terms):
    return club(*terms).sql("select * from spells order by customer_id, spell_no")


def test_an_upgrade_goes_on_and_is_no_loss():
    one = term(ended_at="2026-01-20", end_reason="upgrade")
    found = spells(one, term(subscription="s2", start="2026-01-20", plan="premium"))
    assert (len(found), found.is_lost[0], found.n_terms[0], found.plan[0]) == (1, False, 2, "basic")


def test_an_upgrade_to_nothing_is_an_end_but_no_loss():
    found = spells(term(ended_at="2026-01-20", end_reason="upgrade"))
    assert (found.is_lost[0], found.ended_at[0]) == (False, pd.Timestamp("2026-01-20"))


def test_who_comes_back_starts_another_spell():
    found = spells(
        term(ended_at="2026-01-20", end_reason="voluntary"),
        term(subscription="s2", start="2026-03-01", end="2026-04-01"),
    )
    assert found.is_lost.tolist() == [True, False]
    assert found.returned_at[0] == pd.Timestamp("2026-03-01")


def test_a_payment_may_be_thirty_days_late():
    assert not spells(term(end="2026-06-05", status="past_due")).is_lost[0]
    late = spells(term(end="2026-05-01", status="past_due"))
    assert (late.is_lost[0], late.end_reason[0], late.ended_at[0]) == (
        True,
        "payment_failed",
        pd.Timestamp("2026-05-31"),
    )


def test_a_pause_is_active_a_trial_is_nothing_and_a_request_is_no_end():
    assert not spells(term(status="paused")).is_lost[0]
    assert spells(term(), term("b", "s2", status="trial")).customer_id.tolist() == ["a"]
    asked = term(cancel_requested_at=pd.Timestamp("2026-06-01", tz="UTC"))
    assert not spells(asked).is_lost[0]


def test_what_ended_before_watching_began_was_never_at_risk():
    found = spells(term(ended_at="2026-01-20", end_reason="voluntary", observed_from="2026-01-25"))
    assert found.watched_from[0] == found.ended_at[0]


def test_empty_subscriptions_give_no_spells():
    orders = pd.DataFrame({"order_id": ["1"], "ordered_at": pd.to_datetime(["2026-01-01T10:00Z"]), "status": "paid",
                           "net_amount": 1.0, "currency": "EUR", "customer_id": "a"})  # fmt: skip
    source = cx.open_data({"orders": orders})
    assert len(source.sql("select * from spells")) == len(source.sql("select * from terms_due")) == 0
