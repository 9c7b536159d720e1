"""Recipes MN, MULT, POW and the least sizes for a verdict."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.multitest import multipletests

from cxkit.errors import ArgumentError
from cxkit.stats import adjust, class_shares, n_for_change, n_for_half_width, shortfall, table_test

counts = st.lists(st.integers(0, 500), min_size=2, max_size=8).filter(any)


def test_share_of_voice():
    limits = [number for interval in class_shares([120, 300, 180]) for number in interval[:3]]
    expected = [0.20, 0.1638, 0.2419, 0.50, 0.4514, 0.5486, 0.30, 0.2573, 0.3465]
    assert limits == approx(expected, abs=5e-5)


@given(counts)
def test_shares_sum_to_one_within_their_limits(classes):
    intervals = class_shares(classes)
    assert sum(interval.value for interval in intervals) == approx(1)
    assert all(0 <= interval.low <= interval.value <= interval.high <= 1 for interval in intervals)


@given(counts, st.randoms())
def test_the_order_of_classes_changes_nothing(classes, random):
    order = random.sample(range(len(classes)), len(classes))
    assert class_shares([classes[place] for place in order]) == [class_shares(classes)[place] for place in order]


def test_no_mentions_gives_nan():
    assert all(isnan(number) for interval in class_shares([0, 0]) for number in interval[:3])


def test_a_table_equals_scipy_and_statsmodels():
    table = np.array([[30, 70, 20], [60, 40, 25], [10, 12, 90]])
    test, peer = table_test(table), stats.chi2_contingency(table)
    assert (test.statistic, test.df, test.p_value) == (approx(peer.statistic), 4, approx(peer.pvalue))
    assert test.cramers_v == approx(stats.contingency.association(table, method="cramer"))
    assert test.residuals == approx(np.asarray(Table(table).standardized_resids))
    assert test.min_expected == approx(peer.expected_freq.min())


def test_empty_rows_and_columns_are_no_groups():
    test = table_test([[30, 0, 70], [0, 0, 0], [60, 0, 40]])
    assert test[:4] == approx(table_test([[30, 70], [60, 40]])[:4])
    assert np.isnan(test.residuals[1]).all() and np.isnan(test.residuals[:, 1]).all()
    assert isnan(table_test([[3, 4], [0, 0]]).p_value)
    with pytest.raises(ArgumentError, match="row a group"):
        table_test([1, 2, 3])
    with pytest.raises(ArgumentError, match="negative or missing"):
        class_shares([1, nan])


def test_holm_and_fdr_by_hand():
    assert adjust([0.01, 0.04, 0.03], "holm").p_values == approx([0.03, 0.06, 0.06])
    assert adjust([0.01, 0.04, 0.03, 0.5], "fdr_bh").p_values == approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_fdr_equals_scipy(p_values):
    assert adjust(p_values, "fdr_bh").p_values == approx(stats.false_discovery_control(p_values))


def test_both_equal_statsmodels():
    p_values = np.random.default_rng(1).random(40) ** 3
    for method in ("holm", "fdr_bh"):
        assert adjust(p_values, method).p_values == approx(multipletests(p_values, method=method)[1])


def test_what_was_not_tested_does_not_count():
    family = adjust([nan, 0.01, nan, 0.04])
    assert family.family_size == 2
    assert family.p_values == approx([nan, 0.02, nan, 0.04], nan_ok=True)
    assert adjust([nan, nan]).family_size == adjust([]).family_size == 0


def test_adjusting_leaves_the_given_p_values_alone():
    given_ = np.array([0.01, 0.04])
    adjust(given_)
    assert given_.tolist() == [0.01, 0.04]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from(["holm", "fdr_bh"]))
def test_adjusting_never_lowers_a_p_value_nor_changes_the_order(p_values, method):
    adjusted = adjust(p_values, method).p_values
    assert (adjusted >= np.array(p_values) - 1e-12).all() and (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= -1e-12).all()


def test_an_unknown_correction_is_refused_in_words():
    with pytest.raises(ArgumentError, match="Did you mean `holm`"):
        adjust([0.1], "hlm")


def test_sample_sizes():
    assert n_for_half_width(0.05) == 385
    assert n_for_change(0.20, 0.22) == n_for_change(0.22, 0.20) == 6508
    with pytest.raises(ArgumentError, match="not there"):
        n_for_change(0.2, 0.2)
    with pytest.raises(ArgumentError, match="half_width is 5"):
        n_for_half_width(5)


def test_the_planned_size_notices_the_change_as_often_as_promised():
    rng = np.random.default_rng(1)
    n = n_for_change(0.20, 0.25)
    x1, x0 = rng.binomial(n, 0.25, 20_000), rng.binomial(n, 0.20, 20_000)
    pooled = (x1 + x0) / (2 * n)
    z = (x1 - x0) / n / np.sqrt(pooled * (1 - pooled) * 2 / n)
    assert np.mean(np.abs(z) > 1.96) == approx(0.8, abs=0.015)


@pytest.mark.parametrize(
    ("recipe", "facts", "reason"),
    [
        ("proportion", {"n": 18, "events": 9, "non_events": 9}, "n = 18, needs 30"),
        ("proportion", {"n": 30, "events": 5, "non_events": 25}, ""),
        ("proportion", {"n": 300, "events": 297, "non_events": 3}, "non-events = 3, needs 5"),
        ("small_proportion", {"n": 4}, "n = 4, needs 5"),
        ("clustered_ratio", {"n": 29}, "n = 29, needs 30"),
        ("count_rate", {"events": 10}, ""),
        ("skewed_time", {"n": 5}, ""),
        ("survival", {"events": 9}, "events = 9, needs 10"),
        ("rating_mean", {"n": 14}, "n = 14, needs 15"),
        ("net_score", {"n": 30}, ""),
        ("heavy_tailed_mean", {"positive": 49}, "n with a positive value = 49, needs 50"),
        ("class_shares", {"min_expected": 4.96}, "smallest expected count = 4.96, needs 5"),
        ("text_agreement", {"n": 100}, ""),
    ],
)
def test_the_least_sizes_for_a_verdict(recipe, facts, reason):
    assert shortfall(recipe, **facts) == reason


def test_a_missing_size_is_a_shortfall_and_a_missing_fact_a_mistake():
    assert shortfall("net_score", n=nan) != ""
    with pytest.raises(ArgumentError, match="needs `n`"):
        shortfall("net_score")
    with pytest.raises(ArgumentError, match="Did you mean `count_rate`"):
        shortfall("count_rat", n=3)
