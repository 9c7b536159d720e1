import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from survival_tables import collapsed, survival_cells, written_out
from test_cox import COVARIATES, dummies, exact, members

from cxkit.models.survival.cox import fit_cox
from cxkit.models.survival.proportional_hazards import (
    _early_and_late,
    _trend_tests,
    check_proportional_hazards,
)


@pytest.fixture(scope="module")
def lifelines():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifelines

        return lifelines


@pytest.mark.parametrize(("step", "transform"), [(0, "km"), (0, "rank"), (0, "identity"), (10, "km"), (10, "identity")])
def test_equals_lifelines_on_full_rows(lifelines, step, transform):
    from lifelines.statistics import proportional_hazard_test

    data = members(step=step)
    ours = check_proportional_hazards(fit_cox(data, COVARIATES), transform)
    wide = dummies(data)
    oracle = proportional_hazard_test(exact(lifelines, wide, "duration", "event"), wide, time_transform=transform)
    np.testing.assert_allclose(ours["statistic"], oracle.test_statistic, rtol=1e-6)
    np.testing.assert_allclose(ours["p_value"], oracle.p_value, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(survival_cells(covariates=2, min_rows=10))
def test_counts_give_what_rows_give(cells):
    weighted, rows = (fit_cox(data, ["x0", "x1"]) for data in (cells, written_out(cells)))
    assume(weighted.verdict == "converged")
    for transform in ("km", "rank", "identity"):
        one, other = (_trend_tests(fit, transform) for fit in (weighted, rows))
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(_early_and_late(weighted), _early_and_late(rows), rtol=1e-5)


def test_the_whole_table_is_the_same_from_counts():
    data = members(6, size=500, step=10).assign(age=lambda d: d["age"].round())
    weighted, rows = fit_cox(collapsed(data), COVARIATES), fit_cox(data, COVARIATES)
    pd.testing.assert_frame_equal(*(check_proportional_hazards(fit) for fit in (weighted, rows)))


def crossing(seed=1, size=4000, late_ratio=2.0):
    """x halves the hazard before time 20 and multiplies it by `late_ratio` afterwards."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, size)
    early = rng.exponential(30 / np.where(x, 0.5, 1.0))
    ends = np.where(early < 20, early, 20 + rng.exponential(30 / np.where(x, late_ratio, 1.0)))
    return pd.DataFrame({"duration": np.minimum(ends, 60).round(1) + 0.1, "event": ends < 60, "x": x})


def test_a_planted_change_fails_and_its_size_is_found():
    row = check_proportional_hazards(fit_cox(crossing(), ["x"])).iloc[0]
    assert row["verdict"] == "fails"
    assert row["low"] < row["change"] < row["high"]
    assert row["change"] > 2
    assert row["split_at"] == pytest.approx(20, abs=4)


def test_a_significant_but_small_change_is_called_small():
    row = check_proportional_hazards(fit_cox(crossing(2, 60_000, 0.57), ["x"])).iloc[0]
    assert row["p_value"] < 0.001
    assert row["verdict"] == "small"


def test_early_and_late_ratios_are_the_fits_of_the_two_parts():
    data = members(3, size=500)
    row = check_proportional_hazards(fit_cox(data, ["age"])).iloc[0]
    split = row["split_at"]
    early = data.assign(event=data["event"] & (data["duration"] <= split), duration=data["duration"].clip(upper=split))
    late = data[data["duration"] > split].assign(entry=split)
    assert row["ratio_early"] == pytest.approx(fit_cox(early, ["age"]).hazard_ratios["hazard_ratio"][0], rel=1e-6)
    assert row["ratio_late"] == pytest.approx(fit_cox(late, ["age"]).hazard_ratios["hazard_ratio"][0], rel=1e-6)


def test_proportional_data_hold():
    statistics = [_trend_tests(fit_cox(members(seed, 300), ["age"]), "km")[0] for seed in range(60)]
    assert np.mean(np.array(statistics) > 3.84) < 0.13


@pytest.mark.parametrize(
    "cells",
    [
        {"duration": [5, 9], "event": [0, 0], "plan": ["a", "b"]},
        {"duration": [5], "event": [1], "plan": ["a"]},
        {"duration": [], "event": [], "plan": []},
        {"duration": [5, 5, 6], "event": [1, 1, 0], "plan": ["a", "b", "b"]},
        {"duration": [5, 6, 7, 8], "event": [1, 1, 1, 0], "plan": ["a", "a", "a", "b"]},
    ],
)
def test_what_cannot_be_told_says_so(cells):
    fit = fit_cox(pd.DataFrame(cells), ["plan"])
    table = check_proportional_hazards(fit)
    assert (table["verdict"] == "can't tell").all()
    assert (table["reason"] != "").all()


def test_terms_that_are_not_identified_do_not_disturb_the_others():
    data = members(9).assign(again=lambda d: d["age"])
    data.loc[data["plan"] == "pro", "event"] = False
    table = check_proportional_hazards(fit_cox(data, ["plan", "age", "again"]))
    assert table["verdict"].tolist() == ["holds", "can't tell", "holds", "can't tell"]
