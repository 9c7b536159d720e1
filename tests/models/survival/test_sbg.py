"""The cohorts of Fader & Hardie (2007), table 1: 1,000 customers and seven renewals."""

import numpy as np
import pandas as pd
import pytest

from cxkit.errors import DataError
from cxkit.models.survival.sbg import fit_sbg

HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1]
REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1]


def cohort(alive):
    """Ended and ongoing customers of a cohort from the percentages alive after each renewal."""
    lost = -np.diff(alive) * 10
    terms = [*range(1, len(lost) + 1), len(lost)]
    ended = [True] * len(lost) + [False]
    return pd.DataFrame({"n_terms": terms, "has_ended": ended, "n_customers": [*lost, alive[-1] * 10]})


@pytest.mark.parametrize(("alive", "alpha", "beta"), [(HIGH_END, 0.668, 3.806), (REGULAR, 0.704, 1.182)])
def test_the_published_fits(alive, alpha, beta):
    fit = fit_sbg(cohort(alive))
    assert fit.verdict == "converged"
    assert [fit.params["alpha"], fit.params["beta"]] == pytest.approx([alpha, beta], abs=5e-4)
    assert fit.survival(7).to_numpy() * 100 == pytest.approx(alive, abs=2)


def test_survival_is_the_product_of_retention_which_rises():
    fit = fit_sbg(cohort(HIGH_END))
    assert fit.survival(20).to_numpy()[1:] == pytest.approx(fit.retention(20).cumprod().to_numpy())
    assert fit.retention(20).is_monotonic_increasing
    alpha, beta = fit.values
    assert fit.survival(1)[1] == pytest.approx(beta / (alpha + beta))


def test_planted_parameters_lie_inside_the_intervals():
    rng = np.random.default_rng(5)
    leave = rng.beta(0.8, 3.0, 20_000)
    ends = rng.geometric(leave)
    due = rng.integers(1, 12, 20_000)  # renewals that have come due: cohorts of every age
    frame = pd.DataFrame({"n_terms": np.minimum(ends, due), "has_ended": ends <= due})
    fit = fit_sbg(frame.groupby(["n_terms", "has_ended"]).size().reset_index(name="n_customers"))
    for name, truth in (("alpha", 0.8), ("beta", 3.0)):
        low, high = fit.interval(name)
        assert low < truth < high


@pytest.mark.parametrize(
    ("terms", "ended", "reason"),
    [([0], [False], "No renewal"), ([3, 2], [False, False], "Nobody left"), ([1, 1], [True, True], "Everybody left")],
)
def test_cohorts_that_teach_nothing(terms, ended, reason):
    fit = fit_sbg(pd.DataFrame({"n_terms": terms, "has_ended": ended}))
    assert fit.verdict == "degenerate"
    assert fit.reason.startswith(reason)


def test_one_common_probability_is_not_identified_but_survives():
    alive = 100 * 0.8 ** np.arange(8)
    fit = fit_sbg(cohort(alive))
    assert fit.verdict == "not identified"
    assert "20.0%" in fit.reason
    assert fit.survival(7).to_numpy() * 100 == pytest.approx(alive, rel=1e-3)


def test_broken_tables():
    with pytest.raises(DataError, match="1 of 2 rows ended before the first renewal"):
        fit_sbg(pd.DataFrame({"n_terms": [0, 1], "has_ended": [True, False]}))
    with pytest.raises(DataError, match="something other than true and false"):
        fit_sbg(pd.DataFrame({"n_terms": [1], "has_ended": [2]}))
