import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxkit.areas.churn.member_rates import revenue_sums
from cxkit.areas.churn.rates import (
    annualised_churn,
    churn_rates,
    cohort_triangle,
    inactivity_churn,
    lapse_threshold,
)
from cxkit.errors import ArgumentError, DataError
from cxkit.stats import ClusterSums, proportion


def test_check_values_of_the_start_cohort_and_of_stripe():
    rates = {name: rate.value for name, rate in churn_rates(1000, 50, 100, 10).items()}
    assert rates["customer_churn_rate"] == 0.05
    assert rates["customer_retention_rate"] == 0.95
    assert rates["churn_rate_stripe"] == pytest.approx(0.0545, abs=5e-5)
    shortcut = ((1000 - 50) + (100 - 10) - 100) / 1000  # (end − joined) ÷ start
    assert shortcut == pytest.approx(0.94)
    assert rates["customer_retention_rate"] > shortcut


@given(st.integers(0, 500), st.integers(0, 500))
def test_churn_and_retention_add_up_to_one(lost, kept):
    rates = churn_rates(lost + kept, lost)
    churned, retained = rates["customer_churn_rate"], rates["customer_retention_rate"]
    total = churned.value + retained.value
    assert np.isnan(total) if lost + kept == 0 else total == pytest.approx(1, abs=1e-15)
    assert churned.numerator + retained.numerator == lost + kept


def test_intervals_are_wilson():
    assert churn_rates(1000, 37)["customer_churn_rate"].interval == proportion(37, 1000)


def test_more_lost_than_there_were_is_refused():
    with pytest.raises(DataError, match="60 lost of 50 customers at the start"):
        churn_rates(50, 60)


def test_annual_churn_compounds_and_agrees_with_the_delta_method():
    year = annualised_churn(100_000, 5000)
    assert year.value == pytest.approx(1 - 0.95**12)
    error = 12 * 0.95**11 * np.sqrt(0.05 * 0.95 / 100_000)
    assert (year.low, year.high) == pytest.approx((year.value - 1.96 * error, year.value + 1.96 * error), abs=2e-4)
    assert 0 < annualised_churn(20, 0).high < 1
    assert np.isnan(annualised_churn(0, 0).value)


def test_revenue_counts_lost_contracted_and_expanded():
    book = pd.DataFrame(
        {
            "mrr_start_now": [100.0, 100, 50, 0], "mrr_end_now": [100.0, 0, 80, 30],
            "mrr_start_then": [100.0, 0, 0, 40], "mrr_end_then": [90.0, 0, 0, 0], "n_customers": [8, 1, 2, 5],
        }
    )  # fmt: skip
    lost, end = (revenue_sums(book, name)[0] for name in ("revenue_churn", "nrr"))
    # Who was not there at the start counts nowhere.
    assert (lost.num, end.num, lost.den, end.den) == (100, 960, 1000, 1000)
    rows = book.loc[book.index.repeat(book["n_customers"])].query("mrr_start_now > 0")
    assert end == ClusterSums.of(rows["mrr_end_now"], rows["mrr_start_now"])
    then = revenue_sums(book, "revenue_churn")[1]
    assert (then.num, then.den, then.n) == (8 * 10 + 5 * 40, 1000, 13)
    assert revenue_sums(book.head(0), "nrr")[0].n == 0


def test_lapse_threshold_weighs_customers_not_gaps():
    busy = {"gap_days": 2, "n_gaps": 900, "n_customer_gaps": 300}
    calm = [{"gap_days": gap, "n_gaps": 1, "n_customer_gaps": 1} for gap in (30, 40, 50, 60, 70, 80, 100)]
    assert (
        lapse_threshold(pd.DataFrame([busy, *calm])) == 80
    )  # the P90 of ten customers, of whom three have gaps of 2 days
    assert np.isnan(lapse_threshold(pd.DataFrame(columns=["gap_days", "n_gaps", "n_customer_gaps"])))


def test_inactivity_falls_as_the_threshold_rises():
    silence = pd.DataFrame({"days_since_last": [10, 100, 200], "n_customers": [50, 30, 20]})
    table = inactivity_churn(silence, (60, 100, 150, 300))
    assert table["value"].tolist() == [0.5, 0.2, 0.2, 0]
    assert (table["ci_high"] > table["value"]).all()


SIZES = pd.DataFrame({"cohort": ["2026-01", "2026-02", "2026-03"], "n_members": [100, 50, 20]})
COMPLETE = {"2026-01": 3, "2026-02": 2, "2026-03": 1}


def test_triangle_leaves_incomplete_cells_blank_and_pools_complete_ones():
    activity = pd.DataFrame(
        {
            "cohort": ["2026-01"] * 3 + ["2026-02"] * 2 + ["2026-03"] * 2,
            "interval": [0, 1, 2, 0, 1, 0, 1],
            "n_active": [100, 40, 30, 50, 10, 20, 9],
        }
    )
    table = cohort_triangle(activity, SIZES, COMPLETE).set_index(["cohort", "interval"])["value"]
    np.testing.assert_allclose(table["2026-01"], [1, 0.4, 0.3])
    np.testing.assert_allclose(table["2026-02"], [1, 0.2, np.nan])
    np.testing.assert_allclose(table["2026-03"], [1, np.nan, np.nan])
    np.testing.assert_allclose(table["all"], [1, 50 / 150, 0.3])


def test_on_or_after_counts_whoever_comes_back_later():
    last = pd.DataFrame({"cohort": "2026-01", "interval": [0, 1, 2], "n_active": [50, 20, 30]})
    table = cohort_triangle(last, SIZES.head(1), {"2026-01": 3}, "on_or_after")
    assert table.query("cohort == '2026-01'")["value"].tolist() == [1, 0.5, 0.3]


def test_brackets_are_complete_when_their_last_interval_is():
    activity = pd.DataFrame({"cohort": "2026-01", "interval": [0, 1, 4], "n_active": [100, 60, 20]})
    table = cohort_triangle(activity, SIZES.head(1), {"2026-01": 6}, "bracket", (0, 1, 4, 8))
    np.testing.assert_allclose(table.query("cohort == '2026-01'")["value"], [1, 0.6, np.nan])


def test_a_cohort_without_activity_is_zero_not_missing():
    nothing = pd.DataFrame(
        {"cohort": pd.Series(dtype=str), "interval": pd.Series(dtype=int), "n_active": pd.Series(dtype=int)}
    )
    assert cohort_triangle(nothing, SIZES, COMPLETE).query("interval == 0")["value"].tolist() == [0, 0, 0, 0]
    assert cohort_triangle(nothing, SIZES.head(0), {}).empty


@pytest.mark.parametrize(("kind", "brackets"), [("onn", ()), ("bracket", ()), ("bracket", (4, 1))])
def test_wrong_kinds_are_refused(kind, brackets):
    with pytest.raises(ArgumentError, match=r"Did you mean `on`|needs ascending starts"):
        cohort_triangle(pd.DataFrame({"cohort": [], "interval": [], "n_active": []}), SIZES, COMPLETE, kind, brackets)
