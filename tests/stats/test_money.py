"""Recipe K: heavy-tailed means per customer."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from cxkit.errors import ArgumentError
from cxkit.stats import ClusterSums, CrossSums, abc_ratio, mean_change, ratio, ratio_log_change

ONCE = {"lognormal": 1.0, "zero-inflated": 1.2, "order value": 0.8}


def customers(kind, n, rng):
    """Revenue per customer, and what it is divided by."""
    if kind == "order value":
        orders = 1 + rng.poisson(1.5, n)
        owner = np.repeat(np.arange(n), orders)
        return np.bincount(owner, rng.lognormal(3, 0.8, orders.sum()), n), orders
    revenue = rng.lognormal(3, ONCE[kind], n)
    return revenue * (rng.random(n) < 0.3) if kind == "zero-inflated" else revenue, np.ones(n)


def ratio_of_sums(num, den, axis=-1):
    return num.sum(axis=axis) / den.sum(axis=axis)


@pytest.mark.parametrize("kind", ONCE)
@pytest.mark.parametrize("n", [100, 400])
def test_the_abc_interval_is_the_bca_bootstrap_without_drawing(kind, n):
    rng = np.random.default_rng(7)
    num, den = customers(kind, n, rng)
    peer = stats.bootstrap(
        (num, den), ratio_of_sums, paired=True, method="BCa", n_resamples=20_000, batch=1000, rng=rng
    ).confidence_interval
    ours = abc_ratio(ClusterSums.of(num, den))
    assert ours.method == "ABC bootstrap"
    assert (ours.low, ours.high) == approx((peer.low, peer.high), abs=0.04 * (peer.high - peer.low))


def test_it_covers_a_skewed_mean_more_evenly_than_the_normal_interval():
    rng, truth, n_samples = np.random.default_rng(9), np.exp(3 + 0.5), 1500
    missed = {abc_ratio: np.zeros(2), ratio: np.zeros(2)}
    for _ in range(n_samples):
        sums = ClusterSums.of(rng.lognormal(3, 1, 100), np.ones(100))
        for recipe, misses in missed.items():
            interval = recipe(sums)
            misses += interval.high < truth, interval.low > truth
    abc, normal = missed[abc_ratio] / n_samples, missed[ratio] / n_samples
    assert 1 - abc.sum() > 1 - normal.sum() + 0.005
    assert 1 - abc.sum() > 0.92
    assert abs(abc[0] - abc[1]) < abs(normal[0] - normal[1])


def test_a_symmetric_sample_has_a_nearly_symmetric_interval():
    spend = np.arange(1, 200.0)
    ours, normal = (recipe(ClusterSums.of(spend, np.ones(199))) for recipe in (abc_ratio, ratio))
    assert ours[:3] == approx(normal[:3], rel=2e-3)


def test_changing_the_currency_scales_the_interval():
    num, den = customers("order value", 150, np.random.default_rng(1))
    euros, cents = abc_ratio(ClusterSums.of(num, den)), abc_ratio(ClusterSums.of(100 * num, den))
    assert cents[:3] == approx([100 * number for number in euros[:3]])


def test_the_p_value_agrees_with_a_permutation_test():
    rng = np.random.default_rng(21)
    base, current = rng.lognormal(3, 1, 120), rng.lognormal(3.2, 1, 300)
    peer = stats.permutation_test(
        (current, base), lambda a, b, axis=-1: a.mean(axis) - b.mean(axis), n_resamples=9999, batch=500, rng=rng
    ).pvalue
    ours = mean_change(ClusterSums.of(current, np.ones(300)), ClusterSums.of(base, np.ones(120)))
    assert 0.001 < peer < 0.2
    assert ours.p_value == approx(peer, abs=0.02)


@pytest.mark.parametrize(("n_current", "n_base"), [(150, 150), (50, 400)])
def test_under_no_change_one_p_value_in_twenty_is_below_five_percent(n_current, n_base):
    """Also in groups of unequal size, where separate spreads would find a change in one of ten."""
    rng = np.random.default_rng(31)
    p_values = [
        mean_change(*(ClusterSums.of(rng.lognormal(3, 1, n), np.ones(n)) for n in (n_current, n_base))).p_value
        for _ in range(1500)
    ]
    assert 0.035 <= np.mean(np.array(p_values) < 0.05) <= 0.065


def test_customers_in_both_periods_narrow_the_interval_of_the_change():
    rng, ones = np.random.default_rng(5), np.ones(300)
    base = rng.lognormal(3, 1, 300)
    current = base * rng.lognormal(0.1, 0.2, 300)
    sums = ClusterSums.of(current, ones), ClusterSums.of(base, ones)
    cross = CrossSums.of(current, ones, base, ones)
    together, apart = mean_change(*sums, cross), mean_change(*sums)
    assert together.high - together.low < 0.5 * (apart.high - apart.low)
    paired = stats.ttest_rel(current, base).confidence_interval()
    assert together.high - together.low == approx(paired.high - paired.low, rel=0.01)
    relative = ratio_log_change(*sums, cross)
    assert relative.low < np.exp(0.1 + 0.02) - 1 < relative.high
    assert relative.difference == approx(current.mean() / base.mean() - 1)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 9)), min_size=2, max_size=60), st.randoms())
def test_the_interval_contains_the_mean_whatever_the_order(pairs, random):
    num, den = zip(*pairs, strict=True)
    ours = abc_ratio(ClusterSums.of(num, den))
    assert isnan(ours.low) or ours.low <= ours.value <= ours.high
    num, den = zip(*random.sample(pairs, len(pairs)), strict=True)
    assert abc_ratio(ClusterSums.of(num, den))[:3] == approx(ours[:3], rel=1e-6, nan_ok=True)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=30), st.lists(st.integers(0, 1000), min_size=2, max_size=30))
def test_swapping_the_periods_flips_the_sign(current, base):
    one, other = (ClusterSums.of(spend, np.ones(len(spend))) for spend in (current, base))
    forth, back = mean_change(one, other), mean_change(other, one)
    assert forth[:4] == approx((-back.difference, -back.high, -back.low, back.p_value), nan_ok=True)


def test_no_customers_gives_nan_and_no_spread_gives_no_limits():
    assert all(isnan(number) for number in abc_ratio(ClusterSums.of([], []))[:3])
    nobody_paid = abc_ratio(ClusterSums.of([0] * 60, [1] * 60))
    assert nobody_paid.value == 0 and isnan(nobody_paid.low) and isnan(nobody_paid.high)
    assert all(isnan(number) for number in mean_change(ClusterSums.of([], []), ClusterSums.of([1, 2], [1, 1]))[:4])


def test_missing_third_order_sums_are_named():
    with pytest.raises(ArgumentError, match="num3, num2den, numden2 and den3"):
        abc_ratio(ClusterSums(n=60, num=100, den=60, num2=500, den2=60, numden=100))
