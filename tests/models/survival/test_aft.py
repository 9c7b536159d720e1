import numpy as np
import pandas as pd
import pytest
from survival_tables import collapsed

from cxkit.models.survival.aft import fit_aft


def members(seed=1, size=2000, family="weibull", step=10):
    """Lifetimes twice as long with plan b."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(["a", "b"], size, p=[0.6, 0.4])
    noise = rng.weibull(1.5, size) if family == "weibull" else np.exp(rng.normal(0, 0.7, size))
    ends, stop = 100 * noise * np.where(plan == "b", 2, 1), rng.uniform(20, 400, size)
    ends, stop = np.ceil(ends / step) * step, np.ceil(stop / step) * step
    return pd.DataFrame({"duration": np.minimum(ends, stop), "event": ends <= stop, "plan": plan})


@pytest.mark.parametrize("family", ["weibull", "lognormal"])
def test_finds_the_planted_factor(family):
    found = fit_aft(collapsed(members(family=family)), ["plan"], family)
    row = found.time_ratios.iloc[0]
    assert (found.verdict, row["level"], row["reference"]) == ("converged", "b", "a")
    assert row["low"] < 2 < row["high"]
    assert row["high"] / row["low"] < 1.3


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("family", ["weibull", "lognormal"])
def test_counts_give_what_rows_give(family, late):
    data = members(2, 400)
    if late:
        data["entry"] = np.where(np.arange(400) % 2, 0, data["duration"] / 2)
    weighted, rows = (fit_aft(frame, ["plan"], family) for frame in (collapsed(data), data))
    pd.testing.assert_frame_equal(weighted.time_ratios, rows.time_ratios, rtol=1e-3)
    assert weighted.log_likelihood == pytest.approx(rows.log_likelihood, rel=1e-6)


def test_the_right_family_has_the_lower_aic():
    cells = collapsed(members(family="lognormal", size=4000))
    assert fit_aft(cells, ["plan"], "lognormal").aic < fit_aft(cells, ["plan"], "weibull").aic


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"duration": [5, 9], "event": [0, 0], "plan": ["a", "b"]}, "nobody ended"),
        ({"duration": [5, 9], "event": [1, 1], "plan": ["a", "a"]}, "no covariate varies"),
        ({"duration": [], "event": [], "plan": []}, "nobody ended"),
    ],
)
def test_degenerate_data_give_a_verdict(cells, reason):
    found = fit_aft(pd.DataFrame(cells), ["plan"])
    assert (found.verdict, found.reason) == ("degenerate", reason)
    assert found.time_ratios.empty


def test_two_customers_are_no_exception():
    cells = pd.DataFrame({"duration": [5, 5], "event": [1, 0], "plan": ["a", "b"]})
    assert fit_aft(cells, ["plan"]).verdict in ("not identified", "converged")
