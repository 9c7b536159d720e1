"""Exact figures are equal to the last digit; fitted ones within a tolerance that is stated, and no further."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxkit.blocks import plain
from cxkit.exactness import FITTED_DIGITS, FITTED_RTOL, fitted, rounded, same, tolerance


def test_a_frame_is_exact_until_it_is_marked_and_what_follows_from_it_stays_fitted():
    frame = pd.DataFrame({"plan": ["a", "b"], "value": [1.0, 2.0]})
    assert tolerance(frame) == 0
    marked = fitted(frame)
    for derived in (
        marked.rename(columns=str.upper),
        marked[marked.value > 1],
        marked.assign(n=1),
        marked[["value"]].round(3),
    ):
        assert tolerance(derived) == FITTED_RTOL


@pytest.mark.parametrize("digits", [7, 10])
def test_whole_numbers_stay_whole_and_others_keep_their_digits(digits):
    assert rounded(1234567891234.0, digits) == 1234567891234.0
    assert rounded(np.pi, digits) == float(f"{np.pi:.{digits}g}")


def test_an_exact_figure_one_digit_off_is_another():
    assert not same(1440.402073, 1440.402074) and not same("12.5%", "12.6%")
    assert same(0.5, 0.5) and same(None, None) and not same(None, 0.0)


@given(st.floats(1e-9, 1e12), st.floats(-1, 1))
def test_fits_that_agree_to_ten_digits_are_the_same_wherever_their_rounding_falls(value, noise):
    one, other = (rounded(x, FITTED_DIGITS) for x in (value, value * (1 + noise * 1e-10)))
    assert same(one, other, FITTED_RTOL)


@given(st.floats(1e-9, 1e12), st.sampled_from([-1, 1]))
def test_a_fitted_figure_1e_5_off_is_found(value, sign):
    off = value * (1 + sign * 1.001e-5)
    one, other = (plain(x, FITTED_DIGITS) for x in (value, off))
    if not value.is_integer() and not off.is_integer():
        assert not same(one, other, FITTED_RTOL)


def test_nought_with_rounding_is_nought_in_a_fit_and_only_there():
    assert same(0.0, 3e-17, FITTED_RTOL) and not same(0.0, 3e-17)
    assert not same(0.0, 1e-9, FITTED_RTOL)


@pytest.mark.parametrize(
    ("before", "now", "is_same"),
    [
        ("1,440 of 1,500", "1,441 of 1,500", True),
        ("1,440 of 1,500", "1,442 of 1,500", False),
        ("−0.124", "−0.125", True),
        ("9.99 days", "10.00 days", True),
        ("9.9 days", "10.00 days", False),
        ("churn 3%", "loss 3%", False),
        ("no number", "not one number", False),
    ],
)
def test_words_of_fitted_numbers_may_differ_by_one_unit_of_the_last_place(before, now, is_same):
    assert same(before, now, FITTED_RTOL) is is_same
    assert same(before, now) is (before == now)


def test_truth_values_are_no_numbers():
    assert not same(True, 1.0000001, FITTED_RTOL)
