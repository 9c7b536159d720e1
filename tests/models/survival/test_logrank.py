import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from survival_tables import survival_cells, written_out

from cxkit.models.survival.logrank import logrank


def three_groups(seed=1, size=600):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, size)
    ends, stop = rng.exponential(40 + 15 * group).round() + 1, rng.uniform(5, 90, size).round() + 1
    return pd.DataFrame(
        {"duration": np.minimum(ends, stop), "event": ends <= stop, "plan": np.array(["basic", "plus", "pro"])[group]}
    )


@pytest.fixture(scope="module")
def statistics():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifelines.statistics

        return lifelines.statistics


def test_equals_lifelines_for_several_groups(statistics):
    data = three_groups()
    ours = logrank(data, "plan")
    oracle = statistics.multivariate_logrank_test(data["duration"], data["plan"], data["event"])
    assert ours.statistic == pytest.approx(oracle.test_statistic, rel=1e-9)
    assert ours.p_value == pytest.approx(oracle.p_value, rel=1e-9)
    assert ours.degrees_of_freedom == 2


def test_late_entry_equals_statsmodels():
    from statsmodels.duration.survfunc import survdiff

    data = three_groups(2)
    data["entry"] = np.where(np.arange(len(data)) % 2, np.maximum(data["duration"] - 15, 0), 0)
    oracle = survdiff(
        data["duration"], data["event"].astype(int), data["plan"], entry=data["entry"].where(data["entry"] > 0, -1)
    )
    ours = logrank(data, "plan")
    assert (ours.statistic, ours.p_value) == pytest.approx(oracle, rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(survival_cells(covariates=1))
def test_counts_give_what_rows_give(cells):
    weighted, rows = logrank(cells, "x0"), logrank(written_out(cells), "x0")
    assert weighted.verdict == rows.verdict
    np.testing.assert_allclose(weighted.statistic, rows.statistic, rtol=1e-9)
    pd.testing.assert_frame_equal(weighted.groups, rows.groups)


def test_expected_ends_add_up_to_the_observed():
    groups = logrank(three_groups(), "plan").groups
    assert groups["expected"].sum() == pytest.approx(groups["n_events"].sum())


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"duration": [5, 6], "event": [0, 0], "plan": ["a", "b"]}, "nobody ended"),
        ({"duration": [5, 6], "event": [1, 1], "plan": ["a", "a"]}, "fewer than two groups"),
        ({"duration": [5], "event": [1], "plan": ["a"]}, "fewer than two groups"),
        ({"duration": [], "event": [], "plan": []}, "fewer than two groups"),
        (
            {"duration": [5, 9], "event": [1, 1], "plan": ["a", "b"], "entry": [0, 6]},
            "the groups were never at risk at the same time",
        ),
    ],
)
def test_what_cannot_be_tested_says_why(cells, reason):
    test = logrank(pd.DataFrame(cells), "plan")
    assert (test.verdict, test.reason) == ("degenerate", reason)
