"""Likelihoods against the textbook's formulas, and their derivatives against differences."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import betaln, gammaln, hyp2f1

from cxkit.models.purchase.bgnbd import BG_NBD, MBG_NBD, fit_bgnbd
from cxkit.models.purchase.gammagamma import likelihood as gammagamma_likelihood
from cxkit.models.purchase.paretonbd import PARETO_NBD, fit_paretonbd
from cxkit.models.rows import Rows

CUSTOMERS = pd.DataFrame(
    {
        "frequency": [0, 0, 1, 1, 2, 5, 12, 40],
        "recency": [0, 0, 3.0, 30.0, 30.43, 20.0, 38.0, 12.0],
        "T": [38.86, 27.0, 30.0, 31.0, 38.86, 35.0, 38.0, 36.0],
        "n_customers": [40, 30, 9, 8, 7, 3, 2, 1],
    }
)
POINTS = [[0.2426, 4.414, 0.793, 2.426], [3.0, 0.5, 6.0, 40.0], [0.05, 80.0, 0.02, 0.3]]


def at(model, params):
    """The model's log-likelihood in the table's own unit."""
    rows = Rows.of(CUSTOMERS)
    scaled = np.array(params)
    scaled[[name in model.time_params for name in model.param_names]] /= rows.scale
    value, gradient, hessian = model.log_likelihood(rows)(np.log(scaled))
    return value - rows.n_repeats * np.log(rows.scale), gradient, hessian


def bgnbd_textbook(params, x, recency, T):
    """Fader, Hardie & Lee (2005), eq. 6, term by term."""
    r, alpha, a, b = params
    stay = np.exp(betaln(a, b + x) - betaln(a, b)) * (alpha + T) ** -(r + x)
    left = np.exp(betaln(a + 1, b + x - 1) - betaln(a, b)) * (alpha + recency) ** -(r + x) if x else 0.0
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) + np.log(stay + left)


def mbgnbd_textbook(params, x, recency, T):
    r, alpha, a, b = params
    stay = np.exp(betaln(a, b + x + 1) - betaln(a, b)) * (alpha + T) ** -(r + x)
    left = np.exp(betaln(a + 1, b + x) - betaln(a, b)) * (alpha + recency) ** -(r + x)
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) + np.log(stay + left)


def paretonbd_textbook(params, x, recency, T):
    """Fader & Hardie (2005), with the two hypergeometric cases."""
    r, alpha, s, beta = params
    big, small, second = (alpha, beta, s + 1) if alpha >= beta else (beta, alpha, r + x)
    total = r + s + x

    def term(time):
        return hyp2f1(total, second, total + 1, (big - small) / (big + time)) / (big + time) ** total

    bracket = (alpha + T) ** -(r + x) * (beta + T) ** -s + s / total * (term(recency) - term(T))
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.log(bracket)


@pytest.mark.parametrize("params", POINTS)
@pytest.mark.parametrize(
    ("model", "textbook"), [(BG_NBD, bgnbd_textbook), (MBG_NBD, mbgnbd_textbook), (PARETO_NBD, paretonbd_textbook)]
)
def test_the_likelihood_is_the_textbooks(model, textbook, params):
    expected = sum(
        row.n_customers * textbook(params, row.frequency, row.recency, row.T) for row in CUSTOMERS.itertuples()
    )
    assert at(model, params)[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("params", [[3.0, 0.01, 0.7, 90.0], [800.0, 900.0, 0.1, 0.001], [0.01, 500.0, 700.0, 800.0]])
def test_the_quadrature_holds_at_extreme_parameters(params):
    r, alpha, s, beta = params
    expected = 0.0
    for row in CUSTOMERS.itertuples():
        x = row.frequency

        def log_integrand(tau, x=x):
            return -r * np.log1p(tau / alpha) - x * np.log(alpha + tau) - s * np.log1p(tau / beta) - np.log(beta + tau)

        top = max(
            log_integrand(row.recency),
            -r * np.log1p(row.T / alpha) - x * np.log(alpha + row.T) - s * np.log1p(row.T / beta),
        )
        middle = row.recency + np.array([1e-6, 1e-4, 1e-2, 0.1, 1.0]) * (row.T - row.recency)
        edges = [row.recency, *middle] if row.recency < row.T else []
        integral = sum(
            quad(lambda tau, x=x, top=top: np.exp(log_integrand(tau, x) - top), low, high, epsabs=0, epsrel=1e-11)[0]
            for low, high in pairwise(edges)
        )
        alive = -r * np.log1p(row.T / alpha) - x * np.log(alpha + row.T) - s * np.log1p(row.T / beta)
        one = gammaln(r + x) - gammaln(r) + top + np.log(np.exp(alive - top) + s * integral)
        expected += row.n_customers * one
    assert at(PARETO_NBD, params)[0] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("params", POINTS)
@pytest.mark.parametrize("model", [BG_NBD, MBG_NBD, PARETO_NBD])
def test_gradient_and_hessian_are_those_of_the_likelihood(model, params):
    evaluate = model.log_likelihood(Rows.of(CUSTOMERS))
    check_derivatives(evaluate, np.log(params))


def test_gradient_and_hessian_of_gammagamma():
    rng = np.random.default_rng(0)
    x = rng.integers(1, 9, 50).astype(float)
    evaluate = gammagamma_likelihood(x, rng.gamma(3.0, 10.0, 50), rng.integers(1, 5, 50).astype(float))
    check_derivatives(evaluate, np.log([6.0, 4.0, 15.0]))


def check_derivatives(evaluate, theta):
    _, gradient, hessian = evaluate(theta)
    steps = 1e-5 * np.eye(len(theta))
    slopes = [(evaluate(theta + step)[0] - evaluate(theta - step)[0]) / 2e-5 for step in steps]
    curves = [(evaluate(theta + step)[1] - evaluate(theta - step)[1]) / 2e-5 for step in steps]
    assert gradient == pytest.approx(slopes, rel=1e-6, abs=1e-7 * np.abs(gradient).max())
    assert hessian == pytest.approx(np.array(curves), rel=1e-6, abs=1e-7 * np.abs(hessian).max())


@pytest.mark.parametrize("fit", [fit_bgnbd, fit_paretonbd])
def test_the_unit_of_time_changes_nothing_but_the_unit(cdnow, fit):
    weeks = fit(cdnow)
    days = fit(cdnow.assign(recency=cdnow.recency * 7, T=cdnow["T"] * 7))
    times = [1.0 if name not in weeks.model.time_params else 7.0 for name in weeks.params]
    assert days.values == pytest.approx(weeks.values * times, rel=1e-6)
    assert days.covariance.to_numpy() == pytest.approx(weeks.covariance.to_numpy(), rel=1e-5)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - cdnow.frequency.sum() * np.log(7), abs=1e-6)
