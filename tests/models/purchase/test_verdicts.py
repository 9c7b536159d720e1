"""A verdict for every well-formed table, never an exception or a warning (the test run turns warnings into errors)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxkit.errors import DataError
from cxkit.models.purchase.bgnbd import fit_bgnbd, fit_mbgnbd
from cxkit.models.purchase.gammagamma import fit_gammagamma
from cxkit.models.purchase.paretonbd import fit_paretonbd
from cxkit.models.purchase.predict import forecast_total

FITS = [fit_bgnbd, fit_mbgnbd, fit_paretonbd]
VERDICTS = {"converged", "not identified", "degenerate"}

# BG/NBD fits of lifetimes 0.11.3 to 100 subsamples of CDNOW at each size: the log-likelihood at its parameters, by its own
# formula; empty where it raised ConvergenceError. Row (n, seed) is default_rng(seed).choice(2357, n, replace=False).
LIFETIMES = pd.read_csv(Path(__file__).parent / "lifetimes_log_likelihood.csv")


def subsample(cdnow: pd.DataFrame, n: int, seed: int) -> pd.DataFrame:
    return cdnow.iloc[np.random.default_rng(seed).choice(len(cdnow), n, replace=False)]


def near_daily(seed: int) -> pd.DataFrame:
    """Customers who buy nearly every day: the case on which lifetimes fails every time."""
    rng = np.random.default_rng(seed)
    T = rng.integers(100, 365, 300)
    x = np.maximum(rng.binomial(T - 1, rng.uniform(0.9, 1.0)), 1)
    return pd.DataFrame({"frequency": x, "recency": np.maximum(x, T - rng.integers(0, 3, 300)), "T": T})


def check_subsample(cdnow: pd.DataFrame, row: pd.Series) -> str:
    fit = fit_bgnbd(subsample(cdnow, int(row.n), int(row.seed)))
    assert fit.verdict in VERDICTS
    assert fit.reason
    if np.isfinite(row.log_likelihood):
        assert fit.log_likelihood > row.log_likelihood - 1e-3
        if fit.verdict == "converged":
            assert fit.log_likelihood == pytest.approx(row.log_likelihood, abs=5e-4)
    else:
        assert fit.verdict == "not identified"  # where lifetimes raises, the data do not determine the model
    return fit.verdict


def test_every_tenth_subsample_has_a_verdict_and_the_likelihood_of_lifetimes(cdnow):
    for _, row in LIFETIMES[LIFETIMES.seed % 10 == 0].iterrows():
        check_subsample(cdnow, row)


@pytest.mark.slow
def test_all_subsamples_have_a_verdict_and_the_likelihood_of_lifetimes(cdnow):
    verdicts = LIFETIMES.assign(verdict=[check_subsample(cdnow, row) for _, row in LIFETIMES.iterrows()])
    identified = (verdicts.verdict == "converged").groupby(verdicts.n).sum()
    assert (identified >= [45, 65, 85, 95]).all(), identified


@pytest.mark.slow
@pytest.mark.parametrize("fit", [fit_mbgnbd, fit_paretonbd])
def test_the_other_models_have_a_verdict_on_subsamples(cdnow, fit):
    for n in (50, 100, 250, 500):
        for seed in range(0, 100, 4):
            assert fit(subsample(cdnow, n, seed)).verdict in VERDICTS


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("seed", range(5))
def test_near_daily_customers_are_not_identified_but_predicted(fit, seed):
    customers = near_daily(seed)
    fitted = fit(customers)
    assert fitted.verdict == "not identified"
    assert "differ" in fitted.reason
    rate = customers.frequency.sum() / customers["T"].sum()
    expected = fitted.expected_purchases(customers, 10)
    assert 0.5 * 10 * rate < expected.mean() <= 1.05 * 10 * rate


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize(
    ("frequency", "recency", "T", "reason"),
    [
        ([], [], [], "no customers"),
        ([0, 0], [0, 0], [0, 0], "last day of observation"),
        ([0, 0, 0], [0, 0, 0], [10, 20, 30], "bought again"),
    ],
)
def test_tables_that_teach_nothing_are_degenerate(fit, frequency, recency, T, reason):
    customers = pd.DataFrame({"frequency": frequency, "recency": recency, "T": T}, dtype=float)
    fitted = fit(customers)
    assert fitted.verdict == "degenerate"
    assert reason in fitted.reason
    assert all(np.isnan(list(fitted.standard_errors().values())))
    assert np.isnan(fitted.expected_purchases(customers, 5)).all()
    assert np.isnan(fitted.p_alive(customers)).all()
    forecast_total(fitted, customers, 5)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("x", [1, 7, 300])
def test_one_customer(fit, x):
    fitted = fit(pd.DataFrame({"frequency": [x], "recency": [20.0], "T": [30.0]}))
    assert fitted.verdict == "not identified"
    assert np.isfinite(fitted.log_likelihood)


@pytest.mark.parametrize("fit", FITS)
def test_one_who_bought_a_lot_and_stopped_among_many_who_never_came_back(fit):
    customers = pd.DataFrame(
        {"frequency": [0, 900], "recency": [0, 30.0], "T": [300.0, 300.0], "n_customers": [9_999, 1]}
    )
    fitted = fit(customers)
    assert fitted.verdict in VERDICTS
    assert np.isfinite(fitted.expected_purchases(customers, 30)).all()


def test_gammagamma_without_spread_or_without_repeats():
    same = pd.DataFrame({"frequency": [1, 2, 3], "monetary_value": [10.0, 10.0, 10.0], "n_customers": [50, 50, 50]})
    fit = fit_gammagamma(same)
    assert fit.verdict == "not identified"
    assert fit.expected_spend(same).tolist() == pytest.approx([10, 10, 10], rel=1e-2)
    once = pd.DataFrame({"frequency": [0], "monetary_value": [0.0]})
    assert fit_gammagamma(once).verdict == "degenerate"
    returned = pd.DataFrame({"frequency": [1, 2], "monetary_value": [0.0, -5.0], "n_customers": [3, 4]})
    assert fit_gammagamma(returned).n_excluded == 7


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("recency", [0, 41, 0], r"1 of 3 rows have recency > T \(first: row 7: frequency 2.0, recency 41.0, T 40.0\)"),
        ("recency", [0, 0, 0], "1 of 3 rows have a repeat purchase with recency 0"),
        ("recency", [0, 5, 5], "1 of 3 rows have a recency without a repeat purchase"),
        ("frequency", [0, -2, 0], "1 of 3 rows have a negative"),
        ("frequency", [0, 1.5, 0], "not a whole number"),
        ("T", [40, np.nan, 40], "1 of 3 rows have no finite `T`"),
    ],
)
def test_broken_tables_are_refused_with_count_and_first_row(fit, column, values, message):
    customers = pd.DataFrame(
        {"frequency": [0, 2, 0], "recency": [0, 30, 0], "T": [40, 40, 40]}, index=[5, 7, 9], dtype=float
    )
    with pytest.raises(DataError, match=message):
        fit(customers.assign(**{column: values}))


def test_a_missing_column_is_named_with_the_nearest():
    with pytest.raises(DataError, match=r"no column `frequency`.*Did you mean `frequencies`"):
        fit_bgnbd(pd.DataFrame({"frequencies": [1], "recency": [1], "T": [2]}))
