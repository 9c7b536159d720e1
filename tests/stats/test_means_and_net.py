"""Recipes M (mean ratings) and N (net scores)."""

from math import isnan, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from cxkit.errors import ArgumentError
from cxkit.stats import (
    adjusted_net_score,
    net_score,
    net_score_change,
    net_score_half_width,
    rating_change,
    rating_mean,
)

ratings = st.lists(st.integers(1, 7), min_size=1, max_size=60)
classes = st.tuples(*[st.integers(0, 400)] * 3).filter(lambda counts: sum(counts) > 0)


def sums_of(values):
    return len(values), sum(values), sum(value**2 for value in values)


@given(ratings)
def test_rating_mean_equals_scipys_t_interval(values):
    ours = rating_mean(*sums_of(values))
    assert ours.value == approx(np.mean(values))
    if len(set(values)) > 1:
        assert ours[1:3] == approx(stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values)))
    else:
        assert isnan(ours.low) and isnan(ours.high)


@given(ratings, ratings)
def test_rating_change_equals_scipys_welch_test(current, base):
    ours = rating_change(sums_of(current), sums_of(base))
    assert ours.difference == approx(np.mean(current) - np.mean(base))
    if min(len(set(current)), len(set(base))) > 1:
        peer = stats.ttest_ind(current, base, equal_var=False)
        assert ours[1:4] == approx((*peer.confidence_interval(), peer.pvalue), abs=1e-9)
    back = rating_change(sums_of(base), sums_of(current))
    assert ours[:4] == approx((-back.difference, -back.high, -back.low, back.p_value), abs=1e-9, nan_ok=True)


def test_no_ratings_gives_nan():
    assert all(isnan(number) for number in rating_mean(0, 0, 0)[:3])
    assert all(isnan(number) for number in rating_change((0, 0, 0), (3, 9, 29))[:4])
    assert isnan(rating_change((5, 25, 125), (5, 20, 80)).p_value)


def test_sums_that_no_ratings_have_are_refused_in_words():
    with pytest.raises(ArgumentError, match="cannot have a sum of squares of 10"):
        rating_mean(5, 20, 10)


@pytest.mark.parametrize(
    ("counts", "score", "low", "high"), [((60, 25, 15), 45.0, 29.34, 58.04), ((9, 4, 2), 46.67, 4.84, 72.94)]
)
def test_nps(counts, score, low, high):
    assert net_score(*counts)[:3] == approx((score, low, high), abs=5e-3)


def test_nps_change():
    change = net_score_change((60, 25, 15), (45, 30, 25))
    assert (change.low, change.high, change.p_value) == (
        approx(3.04, abs=5e-3),
        approx(45.50, abs=5e-3),
        approx(0.0250, abs=5e-5),
    )
    assert (change.low + change.high) / 2 == approx(24.27, abs=5e-3)
    assert change.difference == 25
    assert adjusted_net_score(60, 25, 15)[0] == approx(43.69, abs=5e-3)


@pytest.mark.parametrize(("n", "margin"), [(50, 22.5), (100, 15.9), (200, 11.3), (400, 8.0), (1000, 5.0)])
def test_nps_margin_of_45_percent_promoters_and_25_percent_detractors(n, margin):
    assert net_score_half_width(n, 0.45, 0.25) == approx(margin, abs=0.05)
    nps = net_score(0.45 * n, 0.30 * n, 0.25 * n)
    assert (nps.high - nps.low) / 2 == approx(margin, rel=0.04)  # the adjustment shortens small samples a little


def test_the_staff_are_finite():
    all_, half = net_score(30, 10, 10, population=50), net_score(30, 10, 10, population=99)
    plain, few = net_score(30, 10, 10), net_score(30, 10, 10, population=501)
    assert all_.high == approx(all_.low)
    assert half.high - half.low == approx((plain.high - plain.low) * sqrt(49 / 98))
    assert few == plain  # fewer than 10 % answered
    with pytest.raises(ArgumentError, match="population of 20"):
        net_score(30, 10, 10, population=20)


@given(classes)
def test_the_interval_contains_the_adjusted_score_and_mirrors(counts):
    positive, neutral, negative = counts
    nps, mirrored = net_score(*counts), net_score(negative, neutral, positive)
    assert -100 <= nps.low <= adjusted_net_score(*counts)[0] <= nps.high <= 100
    assert nps[:3] == approx((-mirrored.value, -mirrored.high, -mirrored.low), abs=1e-9)


@given(classes, classes)
def test_swapping_the_groups_flips_the_sign(current, base):
    forth, back = net_score_change(current, base), net_score_change(base, current)
    assert forth[:4] == approx((-back.difference, -back.high, -back.low, back.p_value), abs=1e-9)


@given(classes)
def test_twice_the_answers_narrow_the_interval(counts):
    errors = [adjusted_net_score(*(times * count for count in counts))[1] for times in (1, 4)]
    assert errors[1] < errors[0]


def test_the_adjusted_interval_covers_small_samples():
    """Every possible survey of ten people, weighted by its chance."""
    n, truth = 10, (0.5, 0.3, 0.2)
    surveys = [(p, n - p - d, d) for p in range(n + 1) for d in range(n + 1 - p)]
    covered = np.array([nps.low <= 30 <= nps.high for nps in (net_score(*survey) for survey in surveys)])
    assert 0.93 < stats.multinomial.pmf(surveys, n, truth) @ covered < 0.97


def test_nobody_asked_gives_nan():
    assert all(isnan(number) for number in net_score(0, 0, 0)[:3])
    assert all(isnan(number) for number in net_score_change((0, 0, 0), (1, 2, 3))[:4])
    with pytest.raises(ArgumentError, match="negative count"):
        net_score(-1, 0, 0)
