"""Recipe R: counts over exposure."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from statsmodels.stats.rates import confint_poisson, test_poisson_2indep

from cxkit.errors import ArgumentError
from cxkit.stats import count_rate, dispersion, poisson_rate, rate_change, rate_ratio

test_poisson_2indep.__test__ = False  # statsmodels' function, not one of ours

events = st.integers(1, 5000)
exposure = st.floats(0.1, 1000)


def test_nine_errors_in_twelve_attempts():
    assert poisson_rate(9, 12)[:3] == approx((0.75, 0.3429, 1.4237), abs=5e-5)


def test_no_event_is_a_rate_of_zero_with_an_upper_limit():
    assert poisson_rate(0, 10)[:3] == approx((0, 0, 0.36889), abs=5e-6)


def test_contacts_132_against_96():
    change = rate_ratio(132, 1, 96, 1)
    assert [1 + number for number in change[:3]] == approx([1.375, 1.0579, 1.7871], abs=5e-5)
    assert change.p_value == approx(0.0171, abs=5e-5)


@given(events, exposure, events, exposure)
def test_rate_ratio_equals_statsmodels_score_method(x1, e1, x0, e0):
    change = rate_ratio(x1, e1, x0, e0)
    for limit in (1 + change.low, 1 + change.high):
        # statsmodels' own limits come from a search that stops early; its test says whether ours are the right ones
        assert test_poisson_2indep(x1, e1, x0, e0, value=limit, method="score").pvalue == approx(0.05, abs=1e-6)
    assert change.p_value == approx(test_poisson_2indep(x1, e1, x0, e0, method="score").pvalue, abs=1e-9)
    assert change.low <= change.difference <= change.high


@given(events, exposure, events, exposure)
def test_swapping_the_periods(x1, e1, x0, e0):
    forth, back = rate_change(x1, e1, x0, e0), rate_change(x0, e0, x1, e1)
    assert forth[:4] == approx((-back.difference, -back.high, -back.low, back.p_value), rel=1e-9)
    assert forth.low <= forth.difference <= forth.high
    assert 1 + rate_ratio(x1, e1, x0, e0).low == approx(1 / (1 + rate_ratio(x0, e0, x1, e1).high), rel=1e-6)


@given(events, exposure, st.sampled_from([0.8, 0.95, 0.99]))
def test_the_exact_interval_equals_statsmodels(x, e, level):
    assert poisson_rate(x, e, conf_level=level)[1:3] == approx(
        confint_poisson(x, e, method="exact-c", alpha=1 - level), rel=1e-9
    )


@given(events, exposure)
def test_the_interval_contains_the_rate_and_narrows_with_exposure(x, e):
    rate, longer = poisson_rate(x, e), poisson_rate(4 * x, 4 * e)
    assert rate.low <= rate.value <= rate.high
    assert longer.high - longer.low < rate.high - rate.low


def test_bunched_events_widen_the_interval_by_the_root_of_phi():
    lone = count_rate(4000, 100, sum_sq=4000)
    bunched = count_rate(4000, 100, sum_sq=16000)
    assert (lone.method, bunched.method) == ("exact Poisson", "quasi-Poisson")
    assert (bunched.high - bunched.low) / (lone.high - lone.low) == approx(2, rel=0.01)
    assert dispersion(4000, 16000) == 4


def test_bunched_events_are_covered_by_the_quasi_poisson_interval_and_not_by_poisson():
    rng = np.random.default_rng(2)
    quasi = plain = 0
    for _ in range(600):
        visits = rng.negative_binomial(0.5, 0.5 / 2.5, 400)  # 2 visits a person on average, variance 10
        x = visits.sum()
        one, other = count_rate(x, 400, (visits**2).sum()), poisson_rate(x, 400)
        quasi += one.low <= 2 <= one.high
        plain += other.low <= 2 <= other.high
    assert quasi / 600 >= 0.93
    assert plain / 600 < 0.75


def test_overdispersion_weakens_a_change():
    assert rate_ratio(132, 1, 96, 1, phi=3).p_value > 0.1 > rate_ratio(132, 1, 96, 1).p_value
    assert rate_ratio(132, 1, 96, 1, phi=3).method == "quasi-Poisson score"


def test_no_exposure_gives_nan_and_an_empty_base_has_no_ratio():
    assert all(isnan(number) for number in poisson_rate(0, 0)[:3])
    assert all(isnan(number) for number in rate_ratio(3, 1, 0, 0)[:4])
    change = rate_ratio(12, 1, 0, 1)
    assert isnan(change.difference) and isnan(change.high) and change.p_value < 0.001
    assert rate_ratio(0, 1, 0, 1).p_value == 1
    assert rate_ratio(0, 1, 12, 1)[:2] == (-1, -1)


def test_negative_counts_are_refused_in_words():
    with pytest.raises(ArgumentError, match="0 or more"):
        poisson_rate(-1, 10)
