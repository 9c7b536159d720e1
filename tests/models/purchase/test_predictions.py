"""Predictions against the textbook's closed forms and against simulation; intervals against the truth they should cover."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import hyp2f1
from simulated_customers import purchases_ahead, purchases_of_new_customers

from cxkit.errors import ArgumentError
from cxkit.models.maximise import DROP
from cxkit.models.purchase.bgnbd import BG_NBD, MBG_NBD, beta_quadrature, fit_bgnbd, fit_mbgnbd
from cxkit.models.purchase.paretonbd import PARETO_NBD, fit_paretonbd
from cxkit.models.purchase.predict import forecast_total
from cxkit.models.rows import Rows

BG_PARAMS = np.array([0.2426, 4.414, 0.793, 2.426])
PARETO_PARAMS = np.array([0.553, 10.578, 0.606, 11.669])
MODELS = [(BG_NBD, BG_PARAMS), (MBG_NBD, BG_PARAMS), (PARETO_NBD, PARETO_PARAMS)]


@pytest.mark.parametrize("params", [BG_PARAMS, [1.0, 47.0, 0.8, 5.0], [20.0, 30.0, 1.5, 200.0], [0.1, 1.0, 5.0, 60.0]])
@pytest.mark.parametrize("x", [0, 1, 2, 7, 60])
@pytest.mark.parametrize("horizon", [0.5, 39.0, 500.0])
def test_expected_purchases_are_the_hypergeometric_form(params, x, horizon):
    r, alpha, a, b = params
    T = np.array([0.0, 5.0, 38.86]) if x < 10 else np.array([20.0, 38.86, 400.0])
    # Euler's transformation of Fader, Hardie & Lee (2005), eq. 10: the series as printed overflows at large x.
    shrink = (alpha + T) / (alpha + T + horizon)
    series = hyp2f1(a - 1, a + b - 1 - r, a + b + x - 1, horizon / (alpha + T + horizon))
    closed = (a + b + x - 1) / (a - 1) * (1 - shrink ** (a - 1) * series)
    ours, _ = BG_NBD.alive_moments(np.array(params), np.full(3, float(x)), T, horizon)
    assert ours == pytest.approx(closed, rel=1e-7)


def test_the_pole_of_the_closed_form_is_none_of_ours():
    near = [
        BG_NBD.alive_moments(np.array([0.3, 5.0, a, 2.0]), np.array([3.0]), np.array([20.0]), 39)[0][0]
        for a in (1 - 1e-9, 1.0, 1 + 1e-9)
    ]
    assert near[0] == pytest.approx(near[1], rel=1e-7) == near[2]
    many = BG_NBD.alive_moments(BG_PARAMS, np.array([5_000.0]), np.array([38.0]), 39)[0][0]
    assert 0 < many < np.inf
    at_poles = [
        PARETO_NBD.alive_moments(np.array([0.5, 10.0, s, 12.0]), np.array([3.0]), np.array([20.0]), 39)
        for s in (1.0, 2.0)
    ]
    beside = [
        PARETO_NBD.alive_moments(np.array([0.5, 10.0, s, 12.0]), np.array([3.0]), np.array([20.0]), 39)
        for s in (1 + 1e-7, 2 + 1e-7)
    ]
    assert np.array(at_poles) == pytest.approx(np.array(beside), rel=1e-6)


@pytest.mark.parametrize(("model", "params"), MODELS)
@pytest.mark.parametrize("x", [0.0, 4.0, 30.0])
def test_counts_ahead_are_those_of_simulated_customers_and_have_the_moments(model, params, x):
    counts = model.future_counts(params, np.array([x]), np.array([30.0]), 39.0, 250)[0]
    bought = purchases_ahead(
        model, params, np.full(100_000, x), np.full(100_000, 30.0), np.array([39.0]), np.random.default_rng(2)
    )
    seen = np.bincount(bought[:, 0], minlength=251)[:251] / 100_000
    assert np.abs(counts - seen).max() < 0.006
    first, second = model.alive_moments(params, np.array([x]), np.array([30.0]), 39.0)
    k = np.arange(251.0)
    assert counts.sum() == pytest.approx(1)
    assert (counts @ k, counts @ (k * (k - 1))) == pytest.approx((first[0], second[0]), rel=1e-6)


@pytest.mark.parametrize(("model", "params"), MODELS)
@pytest.mark.parametrize("x", [0.0, 4.0])
def test_moments_and_discounting_are_those_of_simulated_customers(model, params, x):
    n, times, factors = 200_000, np.array([10.0, 25.0, 39.0]), np.array([0.9, 0.7, 0.5])
    bought = purchases_ahead(model, params, np.full(n, x), np.full(n, 30.0), times, np.random.default_rng(1))
    total = bought.sum(axis=1)
    first, second = model.alive_moments(params, np.array([x]), np.array([30.0]), 39.0)
    worth = model.alive_discounted(params, np.array([x]), np.array([30.0]), times, factors)
    for sample, exact in ((total, first), (total * (total - 1.0), second), (bought @ factors, worth)):
        assert abs(sample.mean() - exact[0]) < 4 * sample.std() / np.sqrt(n)


@pytest.mark.parametrize(("model", "params"), MODELS)
@pytest.mark.parametrize(("fewest", "most"), [(0, 0), (1, 1), (3, 6)])
def test_expectations_are_what_simulated_customers_with_such_histories_do(model, params, fewest, most):
    """Checks P(alive) and expected purchases together, against nothing but the story of the model."""
    n = 60_000
    who, when = purchases_of_new_customers(model, params, np.full(n, 80.0), np.random.default_rng(2))
    early = when <= 40
    x = np.bincount(who[early], minlength=n).astype(float)
    recency = np.zeros(n)
    np.maximum.at(recency, who[early], when[early])
    later = np.bincount(who[~early], minlength=n)
    alike = (x >= fewest) & (x <= most)
    x, recency, T = x[alike], recency[alike], np.full(int(alike.sum()), 40.0)
    expected = model.p_alive(params, x, recency, T) * model.alive_moments(params, x, T, 40.0)[0]
    assert abs(later[alike].mean() - expected.mean()) < 4 * later[alike].std() / np.sqrt(alike.sum())


def test_quadrature_integrates_polynomials_of_beta_exactly():
    nodes, weights = beta_quadrature(0.8, np.array([2.4, 900.0, 8103.0]), 12)
    assert weights.sum(axis=1) == pytest.approx(1, rel=1e-12)
    b = np.array([2.4, 900.0, 8103.0])
    assert (weights * nodes).sum(axis=1) == pytest.approx(0.8 / (0.8 + b), rel=1e-10)
    assert (weights * nodes**2).sum(axis=1) == pytest.approx(0.8 * 1.8 / ((0.8 + b) * (1.8 + b)), rel=1e-10)


def test_a_horizon_is_a_date_or_a_number_of_units(cdnow):
    fit = fit_bgnbd(cdnow)
    one = cdnow.iloc[:3]
    assert fit.expected_purchases(one, "1998-06-30").tolist() == fit.expected_purchases(one, 39).tolist()
    days = fit_bgnbd(cdnow.assign(recency=cdnow.recency * 7, T=cdnow["T"] * 7).pipe(_in_days))
    in_days = one.assign(recency=one.recency * 7, T=one["T"] * 7)
    assert days.expected_purchases(in_days, "1998-06-30").tolist() == pytest.approx(
        fit.expected_purchases(one, 39).tolist(), rel=1e-6
    )
    with pytest.raises(ArgumentError, match="before the end of observation"):
        fit.expected_purchases(one, "1997-01-01")
    with pytest.raises(ArgumentError, match="no date"):
        fit.expected_purchases(one, "soon")
    undated = cdnow.copy()
    undated.attrs = {"time_unit": "week"}
    with pytest.raises(ArgumentError, match="does not know the last day"):
        fit_bgnbd(undated).expected_purchases(one, "1998-06-30")


def _in_days(frame):
    frame.attrs = {**frame.attrs, "time_unit": "day"}
    return frame


def test_covariance_is_symmetric_and_positive_definite(cdnow):
    for fit in (fit_bgnbd(cdnow), fit_mbgnbd(cdnow), fit_paretonbd(cdnow)):
        covariance = fit.covariance.to_numpy()
        assert (covariance == covariance.T).all()
        assert (np.linalg.eigvalsh(covariance) > 0).all()


def test_intervals_of_parameters_stay_positive_and_hold_the_estimate(cdnow):
    fit = fit_bgnbd(cdnow)
    for name, value in fit.params.items():
        low, high = fit.interval(name)
        assert 0 < low < value < high
        assert low * high == pytest.approx(value**2)
    with pytest.raises(ArgumentError, match=r"no parameter `alfa`.*Did you mean `alpha`"):
        fit.interval("alfa")


@pytest.mark.slow
@pytest.mark.parametrize("fitter", [fit_bgnbd, fit_mbgnbd])
def test_standard_errors_are_the_spread_of_estimates_over_simulated_companies(cdnow, fitter):
    truth = fitter(cdnow)
    T = np.tile(cdnow["T"].to_numpy(), 4)  # large enough for the likelihood to be nearly a parabola
    fits = [fitter(company(truth, T, 0.0, seed)[0]) for seed in range(100)]
    logs = np.array([np.log(fit.values) for fit in fits])
    errors = np.array([np.sqrt(np.diag(fit.covariance)) for fit in fits])
    # The standard error of a standard deviation from 100 draws is 7 %.
    assert logs.std(axis=0) == pytest.approx(errors.mean(axis=0), rel=0.2)
    assert np.abs(logs.mean(axis=0) - np.log(truth.values)) == pytest.approx(0, abs=0.05)


def company(truth, T, horizon, seed):
    """A simulated company: histories at T of customers who follow `truth`, and how much they all buy until the horizon."""
    who, when = purchases_of_new_customers(truth.model, truth.values, T + horizon, np.random.default_rng(seed))
    seen = when <= T[who]
    recency = np.zeros(len(T))
    np.maximum.at(recency, who[seen], when[seen])
    history = pd.DataFrame({"frequency": np.bincount(who[seen], minlength=len(T)), "recency": recency, "T": T})
    return history, int((~seen).sum())


def coverage(fitter, cdnow, n_companies, n_customers=600):
    truth = fitter(cdnow)
    T = np.random.default_rng(99).choice(cdnow["T"].to_numpy(), n_customers)
    predictive = parameters_only = 0
    for seed in range(n_companies):
        history, actual = company(truth, T, 39.0, seed)
        total = forecast_total(fitter(history), history, 39.0)
        predictive += total.low <= actual <= total.high
        parameters_only += total.mean_low <= actual <= total.mean_high
    return predictive / n_companies, parameters_only / n_companies


def test_predictive_intervals_cover_the_truth_of_fifty_companies(cdnow):
    predictive, _ = coverage(fit_bgnbd, cdnow, 50)
    assert predictive >= 0.86  # fewer than 44 of 50 has a probability of 1 % at 95 %


@pytest.mark.slow
def test_predictive_intervals_cover_the_truth_of_five_hundred_companies_and_intervals_of_parameters_alone_do_not(cdnow):
    predictive, parameters_only = coverage(fit_bgnbd, cdnow, 500)
    assert 0.93 <= predictive <= 0.97
    assert parameters_only < 0.88


def test_where_a_model_is_not_identified_intervals_reach_over_what_the_data_do_not_rule_out(cdnow):
    """Six companies of one truth whose estimates ran to the end of the scale: the slope there holds none or one of the truths."""
    truth = fit_paretonbd(cdnow)
    T = np.random.default_rng(99).choice(cdnow["T"].to_numpy(), 600)
    held = narrow = 0
    for seed in (5003, 5009, 5046, 5072, 5080, 5099):
        history, actual = company(truth, T, 39.0, seed)
        fit = fit_paretonbd(history)
        assert fit.verdict == "not identified" and len(fit.alternatives) > 3
        rows = Rows.of(history)
        likelihood = PARETO_NBD.log_likelihood(rows)
        scale = np.array([1, rows.scale, 1, rows.scale])
        top = likelihood(np.log(fit.values / scale))[0]
        for params in fit.alternatives:
            assert likelihood(np.log(params / scale))[0] >= top - DROP - 1e-6
        total, alone = (
            forecast_total(fit, history, 39.0),
            forecast_total(replace(fit, alternatives=np.empty((0, 4))), history, 39.0),
        )
        assert total.low <= alone.low < alone.high < total.high
        held += total.low <= actual <= total.high
        narrow += alone.low <= actual <= alone.high
    assert held >= 5 > narrow


def test_an_identified_model_has_no_alternatives(cdnow):
    assert len(fit_bgnbd(cdnow).alternatives) == len(fit_paretonbd(cdnow).alternatives) == 0
