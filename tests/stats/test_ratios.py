"""Recipe PC: ratios of sums with repeated measures."""

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy.stats import norm

from cxkit.errors import ArgumentError
from cxkit.stats import ClusterSums, CrossSums, proportion, ratio, ratio_change, ratio_log_change

CONVERSIONS, SESSIONS = [1, 0, 2, 0, 1, 0, 0, 3, 0, 1], [4, 1, 5, 2, 3, 1, 2, 9, 1, 2]

users = st.lists(
    st.integers(1, 20).flatmap(lambda sessions: st.tuples(st.integers(0, sessions), st.just(sessions))),
    min_size=2,
    max_size=40,
)


def sums_of(pairs):
    return ClusterSums.of(*zip(*pairs, strict=True))


def test_conversions_over_sessions_of_ten_users():
    for share in (True, False):
        rate = ratio(ClusterSums.of(CONVERSIONS, SESSIONS), share=share)
        assert rate[:3] == approx((0.2667, 0.1730, 0.3603), abs=5e-5)
        assert rate.method == "clustered delta"


def test_rows_as_units_would_give_another_interval():
    assert proportion(8, 30)[1:3] == approx((0.1418, 0.4445), abs=5e-5)


def test_with_one_row_a_cluster_the_error_is_the_binomial_one():
    rate = ratio(ClusterSums.of([1] * 40 + [0] * 60, [1] * 100), share=True)
    assert rate.high - rate.value == approx(1.959964 * sqrt(0.4 * 0.6 / 99))


def test_duplicated_clusters_count_once_more_but_duplicated_rows_do_not():
    sums = ClusterSums.of(CONVERSIONS, SESSIONS)
    longer = ClusterSums.of(np.multiply(CONVERSIONS, 7), np.multiply(SESSIONS, 7))
    assert ratio(longer)[:3] == approx(ratio(sums)[:3])
    more = ratio(ClusterSums.of(CONVERSIONS * 4, SESSIONS * 4))
    assert more.high - more.low < 0.51 * (ratio(sums).high - ratio(sums).low)


def test_a_rare_share_gets_the_wilson_interval_at_its_effective_size():
    rate = ratio(ClusterSums.of([1] * 3 + [0] * 97, [5] * 100), share=True)
    assert rate.method == "clustered Wilson"
    assert 0 < rate.low < 0.006 < rate.high


def test_no_success_at_all_takes_the_user_as_the_unit():
    rate = ratio(ClusterSums.of([0] * 50, [6] * 50), share=True)
    assert (rate.low, rate.high) == (0, approx(proportion(0, 50).high))
    assert ratio(ClusterSums.of([6] * 50, [6] * 50), share=True).low == approx(proportion(50, 50).low)


def test_a_count_of_zero_has_an_upper_limit():
    rate = ratio(ClusterSums.of([0] * 50, [1] * 50))
    assert (rate.value, rate.low, rate.high) == (0, 0, approx(3.6889 / 50, abs=1e-5))


def test_no_sessions_gives_nan_and_one_user_gives_no_limits():
    assert all(isnan(number) for number in ratio(ClusterSums.of([], []))[:3])
    one = ratio(ClusterSums.of([1], [4]))
    assert one.value == 0.25 and isnan(one.low) and isnan(one.high)
    empty = ratio_change(ClusterSums.of([], []), ClusterSums.of([1, 2], [3, 4]))
    assert all(isnan(number) for number in empty[:4])


def test_a_share_above_one_is_refused_in_words():
    with pytest.raises(ArgumentError, match="ratio of counts"):
        ratio(ClusterSums.of([5, 4], [2, 2]), share=True)


def test_difference_equals_the_delta_method_by_hand():
    rng = np.random.default_rng(3)
    d1, d0 = rng.integers(1, 9, 80), rng.integers(1, 9, 90)
    x1, x0 = rng.binomial(d1, 0.4), rng.binomial(d0, 0.3)
    change = ratio_change(ClusterSums.of(x1, d1), ClusterSums.of(x0, d0), share=True)
    variance = sum(np.var((x - x.sum() / d.sum() * d) / d.mean(), ddof=1) / len(d) for x, d in ((x1, d1), (x0, d0)))
    difference = x1.sum() / d1.sum() - x0.sum() / d0.sum()
    assert change.difference == approx(difference)
    assert change.high - change.difference == approx(1.959964 * sqrt(variance), rel=1e-6)
    assert change.p_value == approx(2 * norm.sf(abs(difference) / sqrt(variance)), rel=1e-5)


def test_people_in_both_periods_are_allowed_for():
    """All users in both periods: the variance of the difference is that of the differences of their residuals."""
    rng = np.random.default_rng(5)
    taste = rng.beta(2, 3, 200)
    d1, d0 = rng.integers(1, 9, (2, 200))
    x1, x0 = rng.binomial(d1, taste), rng.binomial(d0, taste)
    sums = ClusterSums.of(x1, d1), ClusterSums.of(x0, d0)
    change = ratio_change(*sums, CrossSums.of(x1, d1, x0, d0))
    influence = [(x - x.sum() / d.sum() * d) / d.mean() for x, d in ((x1, d1), (x0, d0))]
    error = np.std(influence[0] - influence[1], ddof=1) / sqrt(200)
    assert change.high - change.difference == approx(1.959964 * error, rel=1e-6)
    apart = ratio_change(*sums)
    assert change.high - change.low < 0.9 * (apart.high - apart.low)


def test_the_same_people_doing_the_same_is_no_change():
    sums = ClusterSums.of(CONVERSIONS, SESSIONS)
    change = ratio_change(sums, sums, CrossSums.of(CONVERSIONS, SESSIONS, CONVERSIONS, SESSIONS))
    assert change[:4] == approx((0, 0, 0, 1), abs=1e-6)


def test_none_against_some_is_tested_without_pretending_certainty():
    none, some = ClusterSums.of([0] * 50, [4] * 50), ClusterSums.of([1] * 6 + [0] * 54, [4] * 60)
    change = ratio_change(some, none, share=True)
    assert change.low < 0 < change.difference < change.high
    assert 0.05 < change.p_value < 1


def test_relative_change():
    base = ClusterSums.of(CONVERSIONS * 10, SESSIONS * 10)
    current = ClusterSums.of([*CONVERSIONS[1:], 4] * 10, [*SESSIONS[1:], 4] * 10)
    change = ratio_log_change(current, base)
    assert change.difference == approx(110 / 300 / (80 / 300) - 1)
    back = ratio_log_change(base, current)
    assert (1 + change.low, 1 + change.high) == approx((1 / (1 + back.high), 1 / (1 + back.low)))
    assert all(isnan(number) for number in ratio_log_change(current, ClusterSums.of([0, 0], [1, 2]))[:4])


@given(users, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_of_a_share_contains_it_within_bounds(pairs, level):
    rate = ratio(sums_of(pairs), share=True, conf_level=level)
    assert isnan(rate.low) or 0 <= rate.low <= rate.value <= rate.high <= 1


@given(users, st.randoms())
def test_the_order_of_users_changes_nothing(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    assert ratio(sums_of(shuffled), share=True) == ratio(sums_of(pairs), share=True)


@given(users, users)
def test_swapping_the_periods_flips_the_sign(current, base):
    one, other = sums_of(current), sums_of(base)
    forth, back = ratio_change(one, other, share=True), ratio_change(other, one, share=True)
    assert forth[:4] == approx((-back.difference, -back.high, -back.low, back.p_value), abs=1e-9, nan_ok=True)


@given(users, users)
def test_the_p_value_does_not_depend_on_the_level_shown(current, base):
    changes = [
        ratio_change(sums_of(current), sums_of(base), share=True, conf_level=level).p_value for level in (0.8, 0.99)
    ]
    assert changes[0] == approx(changes[1], nan_ok=True)


def coverage(n_users, share, alike, n_samples=1000, mean_sessions=5, seed=11):
    """How often the clustered and the row-level interval cover the planted share; users differ by a beta law whose
    intra-class correlation is `alike`."""
    rng = np.random.default_rng(seed)
    scale = 1 / alike - 1
    clustered = by_rows = 0
    for _ in range(n_samples):
        d = rng.geometric(1 / mean_sessions, n_users)
        x = rng.binomial(d, rng.beta(share * scale, (1 - share) * scale, n_users))
        one, other = ratio(ClusterSums.of(x, d), share=True), proportion(x.sum(), d.sum())
        clustered += one.low <= share <= one.high
        by_rows += other.low <= share <= other.high
    return clustered / n_samples, by_rows / n_samples


def test_the_clustered_interval_covers_the_truth_and_rows_do_not():
    clustered, by_rows = coverage(n_users=300, share=0.3, alike=0.3)
    assert 0.93 <= clustered <= 0.97
    assert by_rows < 0.80


def test_a_rare_share_is_covered_too():
    clustered, _ = coverage(n_users=100, share=0.02, alike=0.1, mean_sessions=3)
    assert 0.93 <= clustered <= 0.98


def test_under_no_change_one_p_value_in_twenty_is_below_five_percent():
    """Half of the users come in both periods with their own taste: only the covariance makes the test honest."""
    rng = np.random.default_rng(13)
    n_samples, below, below_apart = 1000, 0, 0
    for _ in range(n_samples):
        taste = rng.beta(1, 2, 200)
        d1, d0 = rng.geometric(0.3, (2, 200)) * (rng.random((2, 200)) < 0.75)
        x1, x0 = rng.binomial(d1, taste), rng.binomial(d0, taste)
        sums = ClusterSums.of(x1[d1 > 0], d1[d1 > 0]), ClusterSums.of(x0[d0 > 0], d0[d0 > 0])
        below += ratio_change(*sums, CrossSums.of(x1, d1, x0, d0), share=True).p_value < 0.05
        below_apart += ratio_change(*sums, share=True).p_value < 0.05
    assert 0.03 <= below / n_samples <= 0.07
    assert below_apart / n_samples < 0.03
