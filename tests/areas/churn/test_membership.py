"""Figures of memberships against a walk through each member, on random terms and on the sample; published check values."""

import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

import cxkit as cx
from cxkit.areas import churn as membership
from cxkit.areas.churn import cohorts, member_rates
from cxkit.areas.churn.member_rates import by
from cxkit.areas.churn.study import churn_study
from cxkit.errors import ArgumentError
from cxkit.measurement.ask import Ask
from cxkit.metric import areas
from cxkit.stats import proportion_change

sys.path.insert(0, str(Path(__file__).parents[2] / "views"))
from test_memberships import club, random_terms, term

MARCH = cx.Period.parse("2026-03")
CATALOGUE = {
    "customer_churn_rate", "customer_retention_rate", "churn_annualised", "revenue_churn", "nrr", "cohort_retention", "renewal_rate",
    "survival_curve", "median_lifetime", "churn_hazard_ratios", "churn_risk", "inactivity_churn", "winback_rate",
}  # fmt: skip
SHOP = cx.open_data("data/sample")
OCTOBER = cx.Period.parse("2026-10")


def test_every_id_of_the_area_is_in_the_catalogue():
    assert {metric.id for metric in areas()["churn"]} >= CATALOGUE


def test_1000_at_the_start_50_lost_100_joined_10_of_them_lost():
    old = [
        term(f"a{n}", f"a{n}", start="2026-01-01", **({"ended_at": "2026-03-15"} if n < 50 else {}))
        for n in range(1000)
    ]
    new = [
        term(f"b{n}", f"b{n}", start="2026-03-10", end="2026-04-10", **({"ended_at": "2026-03-20"} if n < 10 else {}))
        for n in range(100)
    ]
    asked = [membership.CUSTOMER_CHURN_RATE, membership.CUSTOMER_RETENTION_RATE, membership.CHURN_RATE_STRIPE]
    frame = cx.measure(club(*old, *new), asked, MARCH).set_index("metric_id")
    assert frame.value.round(4).to_dict() == {
        "customer_churn_rate": 0.05,
        "customer_retention_rate": 0.95,
        "churn_rate_stripe": 0.0545,
    }
    assert frame.loc["customer_churn_rate", ["numerator", "denominator"]].tolist() == [50, 1000]
    assert frame.loc["customer_churn_rate", "ci_low"] == pytest.approx(0.0381, abs=1e-4)  # Wilson 50/1000


def walked(spells: pd.DataFrame, start: str, end: str) -> dict:
    """Who was there, who was lost, one member after another."""
    start, end = pd.Timestamp(start), pd.Timestamp(end)
    counts = dict.fromkeys(("n_start", "n_lost", "n_joined", "n_joined_and_lost", "n_late"), 0)
    for spell in spells.itertuples():
        is_lost = spell.is_lost and spell.ended_at < end
        if spell.started_at < start and not spell.ended_at < start:
            seen = spell.watched_from.normalize() <= start
            counts["n_start" if seen else "n_late"] += 1
            counts["n_lost"] += seen and is_lost
        elif start <= spell.started_at < end:
            counts["n_joined"] += 1
            counts["n_joined_and_lost"] += is_lost
    return counts


@pytest.mark.parametrize("seed", range(3))
def test_churn_of_any_period_as_walked(seed):
    source = club(*random_terms(seed, 80))
    spells = source.sql("select * from spells")
    for text, end in (("2026-02", "2026-03-01"), ("2026-Q1", "2026-04-01"), ("2026-03-05..2026-03-18", "2026-03-19")):
        period = cx.Period.parse(text)
        expected = walked(spells, str(period.start), end)
        assert member_rates.start_cohort(Ask(source, period)).iloc[0].drop("level").to_dict() == expected
        row = cx.measure(source, membership.CUSTOMER_CHURN_RATE, period).iloc[0]
        assert row.value == expected["n_lost"] / expected["n_start"]
        assert row.n_excluded == expected["n_late"]


def test_retention_and_churn_add_up_to_one_and_segments_to_the_whole():
    frame = cx.measure(SHOP, [membership.CUSTOMER_CHURN_RATE, membership.CUSTOMER_RETENTION_RATE], OCTOBER).set_index(
        "metric_id"
    )
    assert frame.value.sum() == 1
    for column in ("plan", "country"):
        parts = cx.measure(SHOP, by(membership.CUSTOMER_CHURN_RATE, column), OCTOBER)
        whole = frame.loc["customer_churn_rate"]
        assert parts[["numerator", "denominator"]].sum().tolist() == whole[["numerator", "denominator"]].tolist()
    one = cx.measure(SHOP, membership.CUSTOMER_CHURN_RATE, OCTOBER, segment="plan=basic").iloc[0]
    assert one.value == cx.measure(SHOP, by(membership.CUSTOMER_CHURN_RATE, "plan"), OCTOBER).value[0]


def test_churn_is_compared_by_newcombe_and_its_year_is_compounded():
    frame = cx.compare(SHOP, [membership.CUSTOMER_CHURN_RATE, membership.CHURN_ANNUALISED], OCTOBER, OCTOBER.previous())
    rate, year = frame.iloc[0], frame.iloc[1]
    counts = [
        walked(SHOP.sql("select * from spells"), *days)
        for days in (("2026-10-01", "2026-11-01"), ("2026-09-01", "2026-10-01"))
    ]
    (lost, there), (lost_before, there_before) = ((each["n_lost"], each["n_start"]) for each in counts)
    expected = proportion_change(lost, there, lost_before, there_before)
    assert (rate.numerator, rate.denominator, rate.base_numerator, rate.base_denominator) == (
        lost,
        there,
        lost_before,
        there_before,
    )
    assert tuple(rate[["difference", "difference_low", "difference_high", "p_value"]]) == expected[:4]
    assert year.value == pytest.approx(1 - (1 - lost / there) ** (365.25 / 31))
    assert year.ci_low < year.value < year.ci_high


@pytest.mark.parametrize("seed", range(3))
def test_revenue_of_the_members_as_walked(seed):
    source = club(*random_terms(seed, 120))
    spells, terms = source.sql("select * from spells"), source.sql("select * from paid_terms")
    start, end = pd.Timestamp("2026-03-01"), pd.Timestamp("2026-04-01")
    before = after = lost = 0.0
    for spell in spells.itertuples():
        if not (spell.started_at < start and not spell.ended_at < start and spell.watched_from.normalize() <= start):
            continue
        own = terms[(terms.customer_id == spell.customer_id) & (terms.term_start_at >= spell.started_at)]
        paid = [own[(own.term_start_at < at) & ~(own.stopped_at < at)].mrr_amount.sum() for at in (start, end)]
        paid[1] = 0.0 if spell.ended_at < end else paid[1]
        before, after, lost = before + paid[0], after + paid[1], lost + max(paid[0] - paid[1], 0)
    frame = cx.compare(source, [membership.REVENUE_CHURN, membership.NRR], MARCH, MARCH.previous()).set_index(
        "metric_id"
    )
    assert frame.value.to_dict() == pytest.approx({"revenue_churn": lost / before, "nrr": after / before})
    again = cx.measure(source, membership.NRR, MARCH.previous()).iloc[0]
    assert frame.base_value["nrr"] == pytest.approx(again.value)
    assert (frame.ci_low <= frame.value).all() and (frame.value <= frame.ci_high).all()


def test_a_missing_amount_is_left_out_and_counted():
    rows = [term(f"a{n}", f"a{n}", start="2026-01-01", mrr_amount=None if n < 4 else 10.0) for n in range(60)]
    row = cx.measure(club(*rows), membership.NRR, MARCH).iloc[0]
    assert (row.denominator, row.n_excluded) == (560, 4)


def test_renewal_as_counted_term_by_term():
    terms = SHOP.sql(
        """select is_renewed, cast(mrr_due as double) as due, cast(mrr_renewed as double) as renewed from terms_due
           where decided_at >= timestamp '2026-10-01' and decided_at < timestamp '2026-11-01'"""
    )
    frame = cx.measure(SHOP, [membership.RENEWAL_RATE, membership.RENEWAL_RATE_VALUE], OCTOBER)
    by_value = np.minimum(terms.renewed, terms.due).sum() / terms.due.sum()
    assert frame.value.tolist() == pytest.approx([terms.is_renewed.mean(), by_value])


def test_winback_finds_the_planted_share():
    """Over all months together; single months have a few returns only."""
    year = cx.Period.parse("2025-12-01..2026-10-31")
    row = cx.measure(SHOP, membership.WINBACK_RATE, year).iloc[0]
    assert row.ci_low <= 0.12 <= row.ci_high
    assert row.denominator > 150


@pytest.mark.parametrize("kind", ["on", "on_or_after"])
def test_cohorts_as_walked(kind):
    source = club(*random_terms(5, 150))
    spells = source.sql("select * from spells")
    end = pd.Timestamp("2026-04-01")
    sizes: dict = {}
    active: dict = {}
    for _, own in spells.groupby("customer_id"):
        first = own.sort_values("spell_no").iloc[0]
        if first.watched_from > first.started_at or first.started_at >= end or first.spell_no != 1:
            continue
        cohort, months = first.started_at.strftime("%Y-%m"), set()
        for n in range(12):
            begin, close = (first.started_at + pd.DateOffset(months=k) for k in (n, n + 1))
            there = ((own.started_at < close) & (own.started_at < end) & ~(own.ended_at <= begin)).any()
            if begin < end and (there or n == 0):
                months.add(n)
        sizes[cohort] = sizes.get(cohort, 0) + 1
        for n in range(12):
            counts = n in months if kind == "on" else n <= max(months)
            active[cohort, n] = active.get((cohort, n), 0) + counts
    rows = cohorts.cohort_retention(Ask(source, MARCH), kind=kind)
    cells = {tuple(condition.level for condition in row.segment.conditions): row.now for row in rows}
    of_one = [name for name in cells if name[0] != "all"]
    assert len(of_one) > 10
    for cohort, month in of_one:
        last = (pd.Period(cohort, "M").end_time + timedelta(days=1)).normalize()
        assert last + pd.DateOffset(months=int(month)) <= end
        cell = cells[cohort, month]
        assert (cell.numerator, cell.denominator) == (active[cohort, int(month)], sizes[cohort])


def test_lapsed_buyers_as_walked():
    days = SHOP.sql("select customer_id, purchased_on from purchase_days where purchased_on < date '2026-11-01'")
    days["purchased_on"] = pd.to_datetime(days.purchased_on)
    gaps = []
    for _, own in days.groupby("customer_id").purchased_on:
        own = np.diff(np.sort(own.to_numpy())) / np.timedelta64(1, "D")
        gaps += [(gap, 1 / len(own)) for gap in own]
    table = pd.DataFrame(gaps, columns=["gap", "weight"]).sort_values("gap")
    threshold = table.gap[table.weight.cumsum() >= 0.9 * table.weight.sum() - 1e-9].iloc[0]
    row = cx.compare(SHOP, membership.INACTIVITY_CHURN, OCTOBER, OCTOBER.previous()).iloc[0]
    for end, value in (("2026-11-01", row.value), ("2026-10-01", row.base_value)):
        last = days[days.purchased_on < end].groupby("customer_id").purchased_on.max()
        assert value == pytest.approx(((pd.Timestamp(end) - last).dt.days > threshold).mean())
    assert f"X = {threshold:g} days" in row.ci_method
    assert row.difference_low < row.difference < row.difference_high


def test_model_figures_stand_beside_the_base_and_only_the_risk_of_the_periods_is_tested():
    asked = [
        membership.SURVIVAL_CURVE,
        membership.MEDIAN_LIFETIME,
        membership.CHURN_HAZARD_RATIOS,
    ]
    frame = cx.compare(SHOP, asked, OCTOBER, OCTOBER.previous())
    curve = frame[frame.metric_id == "survival_curve"].segment
    assert [f"after={months} months" for months in (3, 6, 12)] == curve.tolist()[:3]
    of_period = frame.segment.str.endswith("risk of this period only")
    assert of_period.sum() >= 2
    assert set(frame.verdict[~of_period]) == {""}  # both rest on the same members: nothing to judge
    assert set(frame.verdict[of_period]) <= {"up", "down", "no change"}
    assert frame.p_value[of_period].between(0, 1).all()
    tested = frame[of_period]
    assert tested.difference.tolist() == pytest.approx((tested.value - tested.base_value).tolist())
    assert frame.base_value.notna().all()


def test_the_risk_of_a_period_is_that_of_lifelines_on_cut_spells():
    rows = SHOP.sql(
        """select greatest(date_diff('day', started_at, watched_from), 0) as entry, date_diff('day', started_at, timestamp '2026-10-01') as before,
                  date_diff('day', started_at, coalesce(ended_at, timestamp '2026-12-01')) as ended,
                  date_diff('day', started_at, timestamp '2026-11-01') - 1 as seen, is_lost
           from spells where started_at < timestamp '2026-11-01' and (ended_at is null or ended_at >= timestamp '2026-10-01')"""
    )
    rows = rows.assign(
        start=np.where(rows.before > rows.entry, rows.before - 0.5, rows.entry),
        stop=np.minimum(rows.ended, rows.seen), event=rows.is_lost & (rows.ended <= rows.seen),
    )  # fmt: skip
    rows = rows[(rows.start < rows.stop) | (rows.start == 0)]
    theirs = KaplanMeierFitter().fit(rows.stop, rows.event, entry=rows.start.where(rows.start > 0, -1))
    frame = cx.measure(SHOP, membership.SURVIVAL_CURVE, OCTOBER).set_index("segment").value
    for months in (3, 6):
        name = f"after={months} months; of=risk of this period only"
        assert frame[name] == pytest.approx(float(theirs.predict(months * 365.25 / 12)), abs=1e-9)


def test_a_risk_is_off_where_its_test_did_not_hold():
    frame = cx.compare(SHOP, membership.CHURN_RISK, OCTOBER, OCTOBER.previous())
    row = frame.iloc[0]
    held = churn_study(Ask(SHOP, OCTOBER)).validation(30).verdict == "calibrated"
    assert (row["flags"] == "off") == (not held)
    small = club(*[term(f"c{n}", f"s{n}") for n in range(30)])
    off = cx.measure(small, membership.CHURN_RISK, MARCH).iloc[0]
    assert off["flags"] == "off" and "before its test holds" in off.exclusion_reasons


def test_without_subscriptions_they_are_off():
    orders = pd.DataFrame({"order_id": ["1"], "ordered_at": pd.to_datetime(["2026-03-01T10:00Z"]), "status": "paid",
                           "net_amount": 1.0, "currency": "EUR", "customer_id": "a"})  # fmt: skip
    frame = cx.compare(cx.open_data({"orders": orders}), areas()["churn"], MARCH, MARCH.previous())
    assert set(frame["flags"][frame.metric_id != "inactivity_churn"]) == {"off"}


def test_only_churn_rates_are_grouped():
    with pytest.raises(ArgumentError, match="nrr cannot be grouped by plan"):
        by(membership.NRR, "plan")
