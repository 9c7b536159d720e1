"""A fit ends at the optimum, so its parameters are the same whatever adds up the sums."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from every_fit import TERMS, TRAITS, buyers, every_fit, members, spenders

from cxkit.models.aft_likelihood import AftLikelihood
from cxkit.models.maximise import BOUND, maximise
from cxkit.models.newton import finish
from cxkit.models.purchase import gammagamma
from cxkit.models.purchase.bgnbd import BG_NBD, MBG_NBD
from cxkit.models.purchase.paretonbd import PARETO_NBD
from cxkit.models.rows import Rows
from cxkit.models.survival import aft, sbg
from cxkit.models.survival.concordance import concordance
from cxkit.models.survival.design import make_design
from cxkit.models.survival.partial_likelihood import PartialLikelihood
from cxkit.models.survival.survival_cells import read_cells
from cxkit.stats.ties import settled

SAME = 1e-10  # of a parameter
HERE = Path(__file__).parent


def on_kernel(kernel: str) -> subprocess.Popen[str]:
    """Every fit in a new process with this kernel of OpenBLAS, and numpy without what this processor has beyond the oldest."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    extra = " ".join(name for name in __cpu_dispatch__ if __cpu_features__.get(name))
    env = os.environ | {"OPENBLAS_CORETYPE": kernel, "NPY_DISABLE_CPU_FEATURES": extra}
    return subprocess.Popen([sys.executable, HERE / "every_fit.py"], env=env, stdout=subprocess.PIPE, text=True)


def test_fits_agree_between_kernels():
    """On other processors than x86-64, which have other kernels, the tests below say that two ways end at one point."""
    kernels = ("Prescott", "Nehalem") if platform.machine() in ("x86_64", "AMD64") else ()
    others = {kernel: on_kernel(kernel) for kernel in kernels}
    here = every_fit()
    assert np.isfinite(np.concatenate(list(here.values()))).all()
    for kernel, other in others.items():
        printed, _ = other.communicate()
        for name, values in json.loads(printed).items():
            assert values == pytest.approx(here[name], rel=SAME, abs=0), (kernel, name)


def purchase_likelihoods():
    rows = Rows.of(buyers())
    return {model.name: (model.log_likelihood(rows), model.starts(rows)) for model in (BG_NBD, MBG_NBD, PARETO_NBD)}


def log_likelihoods():
    spent, due = spenders(), TERMS
    x, value = spent.frequency.to_numpy(float), spent.monetary_value.to_numpy() / spent.monetary_value.mean()
    terms = due.n_terms.to_numpy(), due.has_ended.to_numpy(), due.n_customers.to_numpy(float)
    return purchase_likelihoods() | {
        "Gamma-Gamma": (gammagamma.likelihood(x, value, np.ones(len(x))), [np.log([4, 4, 0.75]), np.log([1, 2, 1])]),
        "sBG": (sbg._likelihood(*terms), [np.zeros(2), np.log([1, 5])]),
    }


@pytest.mark.parametrize("name", ["BG/NBD", "MBG/NBD", "Pareto/NBD", "Gamma-Gamma", "sBG"])
def test_two_starts_meet_at_one_top(name):
    likelihood, starts = log_likelihoods()[name]
    one, other = (maximise(likelihood, [start]) for start in starts)
    assert not one.loose.any()
    assert np.exp(other.log_params) == pytest.approx(np.exp(one.log_params), rel=SAME)
    assert max(one.left, other.left) < 1e-11
    # By the slope itself: a full Newton step from the top goes nowhere.
    _, gradient, hessian = likelihood(one.log_params)
    assert np.abs(np.linalg.solve(hessian, gradient)).max() < 1e-11


def test_the_top_of_a_thinned_table_is_only_the_way_there():
    likelihood, starts = purchase_likelihoods()["BG/NBD"]
    coarse = BG_NBD.log_likelihood(Rows.of(buyers()).every(20))
    one, other = maximise(likelihood, starts), maximise(likelihood, starts, coarse)
    assert other.log_params == pytest.approx(one.log_params, rel=SAME)


def test_a_parameter_at_its_bound_does_not_stop_the_others():
    """Nobody leaves here: b runs to its upper bound, and a must still fall to its lower one from wherever it then is."""
    rng = np.random.default_rng(16)
    x, T = rng.poisson(rng.gamma(0.5, 2, 600)), rng.uniform(5, 40, 600).round(1)
    recency = np.where(x > 0, np.clip((T * rng.beta(x * 0.7 + 1, 1)).round(1), 0.1, T), 0)
    rows = Rows.of(pd.DataFrame({"frequency": x, "recency": recency, "T": T}))
    likelihood = BG_NBD.log_likelihood(rows)
    top = maximise(likelihood, BG_NBD.starts(rows))
    assert top.log_params[2:].tolist() == [-BOUND, BOUND]
    gradient, hessian = likelihood(top.log_params)[1:]
    assert gradient[2] < 0 < gradient[3]  # both would go on
    assert np.abs(np.linalg.solve(hessian[:2, :2], gradient[:2])).max() < 1e-11


def design_of(cells: pd.DataFrame) -> np.ndarray:
    n = np.ones(len(cells))
    return make_design(cells, TRAITS, n, n * cells.event).matrix(cells)


def test_two_starts_of_a_cox_model_meet_and_rest():
    cells = members()
    x = design_of(cells)
    likelihood = PartialLikelihood(read_cells(cells), x)
    one, other = likelihood.maximise(np.zeros(x.shape[1])), likelihood.maximise(np.full(x.shape[1], 0.5))
    assert other.beta == pytest.approx(one.beta, rel=SAME)
    assert np.abs(one.step).max() < 1e-12


@pytest.mark.parametrize("family", ["weibull", "lognormal"])
def test_aft_ends_at_the_top_from_either_side(family):
    cells = members().assign(n_units=np.arange(900) % 3 + 1)
    x = design_of(cells)
    columns = pd.DataFrame(x, columns=[f"x{number}" for number in range(x.shape[1])])
    top = aft._start(aft._fit(cells.drop(columns=TRAITS).join(columns), family), family, x.shape[1])
    likelihood = AftLikelihood(cells, x, family)
    one, _, left = likelihood.finish(top + 1e-5)
    other, _, other_left = likelihood.finish(top - 1e-5)
    assert other == pytest.approx(one, rel=SAME)
    assert np.abs([left, other_left]).max() < 1e-12


@pytest.mark.parametrize("family", ["weibull", "lognormal"])
def test_slope_and_curvature_of_aft_are_those_of_its_value(family):
    cells = members().assign(n_units=np.arange(900) % 3 + 1)
    likelihood = AftLikelihood(cells, design_of(cells), family)
    theta, small = np.array([0.3, -0.2, 0.1, 4.0, 0.2]), 1e-6
    _, gradient, information = likelihood(theta)
    sides = [(likelihood(theta + small * axis), likelihood(theta - small * axis)) for axis in np.eye(5)]
    slopes = np.array([(up[0] - down[0]) / (2 * small) for up, down in sides])
    curves = np.array([(down[1] - up[1]) / (2 * small) for up, down in sides])
    assert gradient == pytest.approx(slopes, rel=1e-5)
    assert information == pytest.approx(curves, rel=1e-5, abs=1e-3)


def test_a_point_that_is_not_near_a_top_stays():
    """On e^x steps are −1 for ever: nothing to finish."""
    start = np.array([-3.0])
    theta, _, left = finish(lambda x: (np.exp(x),), lambda _, at: -np.ones(1), start, (np.exp(start),))
    assert (theta, left) == (start, -1.0)


def test_values_are_tied_by_rounding_only():
    x = np.array([0.3, 0.1 + 0.2, 0.3000001, -1.0, np.nan, 0.3])
    assert settled(x) == pytest.approx([0.3, 0.3, 0.3000001, -1.0, np.nan, 0.3], abs=0, nan_ok=True)
    assert len(np.unique(settled(x)[:4])) == 3
    assert settled(np.zeros(0)).tolist() == []


def test_concordance_takes_scores_that_differ_by_rounding_as_equal():
    cells = read_cells(pd.DataFrame({"duration": [1, 2, 3], "event": [1, 1, 0]}))
    exact, noisy = np.array([0.3, 0.3, 0.1]), np.array([0.3, 0.1 + 0.2, 0.1])
    assert concordance(cells, noisy) == concordance(cells, exact)
