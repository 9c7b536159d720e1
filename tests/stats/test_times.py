"""Recipe T: complete, right-skewed times."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from cxkit.errors import ArgumentError
from cxkit.stats import (
    geometric_mean,
    histogram,
    mann_whitney_p_value,
    median,
    median_change,
    quantile,
    split_zeros,
    times_change,
    typical_time,
)

TASK = [34, 40, 41, 55, 62, 71, 88, 130]
durations = st.lists(st.integers(1, 200), min_size=2, max_size=60)


def test_eight_task_times():
    assert geometric_mean(TASK)[:3] == approx((59.37, 40.78, 86.44), abs=5e-3)
    assert median(TASK).value == 58.5


def test_few_times_show_the_geometric_mean_and_many_the_median():
    assert typical_time([30, 50] * 12).method.startswith("geometric mean")
    assert typical_time([30, 50] * 12 + [60]).method.startswith("median")


def test_zeros_are_set_apart_and_counted():
    times = split_zeros([0, 0, 34, 40])
    assert (times.n, times.n_zero) == (2, 2)
    assert geometric_mean([0, 0, *TASK]) == geometric_mean(TASK)
    assert typical_time([0] * 100 + TASK) == typical_time(TASK)
    assert median([0, 0, 34]).value == 0


def test_geometric_mean_equals_scipy():
    low, high = stats.t.interval(0.9, 7, np.log(TASK).mean(), stats.sem(np.log(TASK)))
    assert geometric_mean(TASK, conf_level=0.9)[:3] == approx((stats.gmean(TASK), np.exp(low), np.exp(high)))


def test_the_median_interval_is_where_the_percentile_bootstrap_goes():
    times = np.random.default_rng(1).lognormal(4, 1, 301)
    peer = stats.bootstrap(
        (times,), np.median, method="percentile", n_resamples=4000, rng=np.random.default_rng(2)
    ).confidence_interval
    ours = median(times)
    assert (ours.low, ours.high) == approx((peer.low, peer.high), rel=0.04)


@pytest.mark.parametrize("q", [0.5, 0.9])
def test_the_quantile_interval_covers_the_truth(q):
    times = np.random.default_rng(4).exponential(60, (800, 101))
    truth = stats.expon.ppf(q, scale=60)
    intervals = [quantile(sample, q=q) for sample in times]
    assert 0.94 <= np.mean([interval.low <= truth <= interval.high for interval in intervals]) <= 0.985


def test_a_sample_too_small_for_its_p90_says_so():
    assert isnan(quantile(range(1, 36), q=0.9).high)
    assert quantile(range(1, 37), q=0.9).high == 36


@given(durations, st.sampled_from([0.1, 0.5, 0.75, 0.9]))
def test_quantile_is_numpys_and_within_its_limits(times, q):
    ours = quantile(times, q=q)
    assert ours.value == approx(np.quantile(times, q))
    assert isnan(ours.low) or ours.low <= ours.value
    assert isnan(ours.high) or ours.high >= ours.value


@given(durations, st.randoms())
def test_a_histogram_in_any_order_is_the_same_as_the_times(times, random):
    distinct = sorted(set(times), key=lambda _: random.random())
    counts = [times.count(value) for value in distinct]
    for statistic in (geometric_mean, median, typical_time):
        assert statistic(distinct, counts)[:3] == approx(statistic(times)[:3], nan_ok=True)


@given(durations)
def test_the_geometric_interval_contains_the_mean_and_narrows_with_more_people(times):
    once, more = geometric_mean(times), geometric_mean(times * 4)
    assert isnan(once.low) or (once.low <= once.value <= once.high and more.high - more.low < once.high - once.low)


@given(durations, durations)
def test_times_change_equals_scipys_welch_test_on_logs(current, base):
    change = times_change(split_zeros(current), split_zeros(base))
    assert 1 + change.difference == approx(stats.gmean(current) / stats.gmean(base))
    if len(set(current)) > 1 and len(set(base)) > 1:
        peer = stats.ttest_ind(np.log(current), np.log(base), equal_var=False)
        limits = peer.confidence_interval(0.95)
        assert change.p_value == approx(peer.pvalue, abs=1e-9)
        assert (1 + change.low, 1 + change.high) == approx((np.exp(limits.low), np.exp(limits.high)), rel=1e-6)


@given(durations, durations)
def test_swapping_the_groups(current, base):
    one, other = histogram(current), histogram(base)
    forth, back = times_change(one, other), times_change(other, one)
    assert 1 + forth.difference == approx(1 / (1 + back.difference))
    assert forth.p_value == approx(back.p_value, nan_ok=True)
    forth, back = median_change(one, other), median_change(other, one)
    assert forth[:4] == approx((-back.difference, -back.high, -back.low, back.p_value), nan_ok=True)


@given(durations, durations)
def test_mann_whitney_on_histograms_equals_scipy(current, base):
    ours = mann_whitney_p_value(histogram(current), histogram(base))
    if len({*current, *base}) > 1:
        assert ours == approx(stats.mannwhitneyu(current, base, method="asymptotic").pvalue, abs=1e-9)
    else:
        assert ours == 1


def test_nothing_measured_gives_nan():
    for empty in (typical_time([]), geometric_mean([0, 0]), median([]), quantile([], q=0.9)):
        assert all(isnan(number) for number in empty[:3])
    assert all(isnan(number) for number in times_change(histogram([]), histogram([1, 2]))[:4])
    assert all(isnan(number) for number in median_change(histogram([1, 2]), histogram([]))[:4])


def test_equal_times_tell_nothing_about_their_spread():
    alike = geometric_mean([50] * 10)
    assert alike.value == approx(50) and isnan(alike.low)
    assert isnan(times_change(histogram([50] * 9), histogram([40] * 9)).p_value)
    assert isnan(times_change(histogram([50]), histogram([40, 60, 70])).p_value)


def test_a_limit_beyond_all_numbers_is_unknown_not_infinite():
    wild = geometric_mean([1e-9, 1e9], conf_level=0.999)
    assert wild.low == approx(0) and isnan(wild.high)


def test_impossible_times_are_refused_in_words():
    with pytest.raises(ArgumentError, match="negative or missing"):
        median([3, -1])
    with pytest.raises(ArgumentError, match="negative or missing"):
        median([3, float("nan")])
    with pytest.raises(ArgumentError, match="split_zeros"):
        times_change(histogram([0, 5]), histogram([4, 5]))
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        quantile([1, 2], q=90)
    with pytest.raises(ArgumentError, match="one count a time"):
        median([1, 2], [1])
