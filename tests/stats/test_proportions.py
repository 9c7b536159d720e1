"""Recipes P and PA."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy.stats import binom, chi2, chi2_contingency, fisher_exact, multinomial
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, test_proportions_2indep

from cxkit.errors import ArgumentError
from cxkit.stats import (
    boschloo,
    laplace,
    mcnemar_change,
    proportion,
    proportion_change,
    proportions_test,
    small_proportion,
)

test_proportions_2indep.__test__ = False  # statsmodels' function, not one of ours

counts = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(4, 5, 0.3755, 0.9638), (0, 10, 0, 0.2775), (37, 1000, 0.0270, 0.0506), (412, 1860, 0.2032, 0.2409)],
)
def test_wilson(x, n, low, high):
    share = proportion(x, n)
    assert (share.value, share.low, share.high) == (x / n, approx(low, abs=5e-5), approx(high, abs=5e-5))


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(4, 5, 0.3596, 0.9797), (9, 10, 0.5740, 1), (0, 10, 0, 0.3209), (10, 10, 0.6791, 1), (9, 60, 0.0787, 0.2634)],
)
def test_adjusted_wald_is_clipped(x, n, low, high):
    share = small_proportion(x, n)
    assert (share.value, share.low, share.high) == (x / n, approx(low, abs=5e-5), approx(high, abs=5e-5))


def test_laplace():
    assert (laplace(4, 5), laplace(10, 10)) == (approx(0.7143, abs=5e-5), approx(0.9167, abs=5e-5))


def test_two_proportions_by_newcombe_and_the_n_minus_one_test():
    change = proportion_change(11, 12, 5, 12)
    assert change[:4] == approx((0.5, 0.1221, 0.7337, 0.01098), abs=5e-5)


def test_the_n_minus_one_test_is_pearson_times_n_minus_one_over_n():
    pearson = chi2_contingency([[37, 963], [60, 940]], correction=False).statistic
    assert proportion_change(37, 1000, 60, 1000).p_value == approx(chi2.sf(pearson * 1999 / 2000, 1))


@given(counts, counts)
def test_the_interval_of_a_difference_equals_statsmodels_newcombe(current, base):
    assert proportion_change(*current, *base)[1:3] == approx(
        confint_proportions_2indep(*current, *base, method="newcomb"), abs=1e-9
    )


@given(counts, counts)
def test_the_p_value_of_a_difference_equals_statsmodels_score_test(current, base):
    if current[0] in (0, current[1]) or base[0] in (0, base[1]):
        return  # statsmodels divides by zero there
    peer = test_proportions_2indep(*current, *base, method="score", correction=True)
    assert proportion_change(*current, *base).p_value == approx(peer.pvalue, abs=1e-9)


def test_nobody_in_one_group_is_tested():
    assert proportion_change(3, 10, 0, 10).p_value == approx(chi2.sf(60 / 17 * 19 / 20, 1))


def test_boschloo_equals_enumeration_over_two_groups_of_fixed_size():
    fisher = np.array([[fisher_exact([[i, j], [12 - i, 12 - j]]).pvalue for j in range(13)] for i in range(13)])
    as_extreme = (fisher <= fisher[11, 5] * (1 + 1e-9)).astype(float)
    chance = binom.pmf(np.arange(13)[:, None], 12, np.linspace(0.001, 0.999, 999))
    by_hand = np.einsum("ip,jp,ij->p", chance, chance, as_extreme).max()
    assert boschloo(11, 12, 5, 12) == approx(by_hand, abs=1e-5) == approx(0.01028, abs=5e-6)


def test_boschloo_of_equal_shares_is_one():
    assert boschloo(0, 5, 0, 9) == boschloo(5, 5, 9, 9) == boschloo(2, 4, 3, 6) == 1


def test_nobody_or_everybody_in_both_groups_is_no_change():
    for change in (proportion_change(0, 10, 0, 20), proportion_change(10, 10, 20, 20)):
        assert (change.difference, change.p_value) == (0, 1)
        assert change.low < 0 < change.high


def test_several_groups_equal_scipys_chi_square():
    test = proportions_test([30, 45, 60, 0], [200, 210, 220, 0])
    peer = chi2_contingency([[30, 45, 60], [170, 165, 160]])
    assert (test.statistic, test.df, test.p_value) == (approx(peer.statistic), 2, approx(peer.pvalue))


def test_several_groups_without_any_success_are_alike():
    assert proportions_test([0, 0], [20, 30]).p_value == 1
    assert isnan(proportions_test([3], [20]).p_value)


def test_the_same_people_on_both_designs():
    change = mcnemar_change(both=10, only_current=8, only_base=1, neither=5)
    assert change.difference == approx(7 / 24)
    assert change.p_value == approx(2 * binom.cdf(1, 9, 0.5))


def test_without_association_the_paired_interval_is_newcombes():
    paired, apart = mcnemar_change(16, 16, 4, 4), proportion_change(32, 40, 20, 40)
    assert paired[:3] == approx(apart[:3])


def test_the_paired_interval_covers_what_it_says():
    """Every possible table of 20 people, weighted by its chance: no simulation."""
    n, truth = 20, (0.45, 0.25, 0.1, 0.2)
    tables = [(a, b, c, n - a - b - c) for a in range(n + 1) for b in range(n + 1 - a) for c in range(n + 1 - a - b)]
    changes = [mcnemar_change(*table) for table in tables]
    covered = np.array([change.low <= truth[1] - truth[2] <= change.high for change in changes])
    assert 0.94 < multinomial.pmf(tables, n, truth) @ covered < 0.98


@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_contains_the_share_and_stays_within_bounds(count, level):
    for recipe in (proportion, small_proportion):
        share = recipe(*count, conf_level=level)
        assert 0 <= share.low <= share.value <= share.high <= 1


@given(counts)
def test_complement(count):
    x, n = count
    for recipe in (proportion, small_proportion):
        did, did_not = recipe(x, n), recipe(n - x, n)
        assert (did.low, did.high) == approx((1 - did_not.high, 1 - did_not.low), abs=1e-12)


@given(counts, counts)
def test_swapping_the_groups_flips_the_sign(current, base):
    forth, back = proportion_change(*current, *base), proportion_change(*base, *current)
    assert forth[:4] == approx((-back.difference, -back.high, -back.low, back.p_value), abs=1e-9)
    assert forth.low <= forth.difference <= forth.high


@given(*[st.integers(0, 40)] * 4)
def test_swapping_the_designs_flips_the_sign(a, b, c, d):
    forth, back = mcnemar_change(a, b, c, d), mcnemar_change(a, c, b, d)
    assert forth[:4] == approx((-back.difference, -back.high, -back.low, back.p_value), abs=1e-9, nan_ok=True)
    assert isnan(forth.difference) or -1 <= forth.low <= forth.difference <= forth.high <= 1


@given(counts)
def test_twice_the_people_narrow_the_interval(count):
    x, n = count
    once, twice = proportion(x, n), proportion(2 * x, 2 * n)
    assert twice.high - twice.low < once.high - once.low


def test_nobody_asked_gives_nan_not_zero():
    for empty in (proportion(0, 0), small_proportion(0, 0), proportion_change(0, 0, 3, 10), mcnemar_change(0, 0, 0, 0)):
        assert all(isnan(number) for number in empty[:-1])
    assert isnan(laplace(0, 0))
    assert isnan(boschloo(0, 0, 3, 10))


def test_more_successes_than_units_is_refused_in_words():
    with pytest.raises(ArgumentError, match="12 out of 10 is impossible"):
        proportion(12, 10)


def test_a_level_in_percent_is_refused_in_words():
    with pytest.raises(ArgumentError, match=r"for example 0\.95"):
        proportion(1, 10, conf_level=95)


@given(counts, st.sampled_from([0.8, 0.95, 0.99]))
def test_both_intervals_equal_statsmodels(count, level):
    for recipe, name in ((proportion, "wilson"), (small_proportion, "agresti_coull")):
        peer = proportion_confint(*count, alpha=1 - level, method=name)
        assert recipe(*count, conf_level=level)[1:3] == approx(peer, abs=1e-12)
