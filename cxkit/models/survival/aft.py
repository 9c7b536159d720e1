"""Accelerated failure time: by what factor is the lifetime longer or shorter? For where hazards are not proportional (recipe survival).

lifelines finds the way: its full likelihood multiplies by the counts, so cells give what rows give (tested), other than in its Cox model.
Its optimiser stops somewhere near the top; the last steps, and the errors there, are those of `AftLikelihood`.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cxkit.exactness import fitted
from cxkit.models.aft_likelihood import AftLikelihood
from cxkit.models.survival.design import make_design, term_table, with_ratios
from cxkit.models.survival.survival_cells import Array, read_cells

NOTHING = with_ratios(term_table([]).assign(coefficient=np.nan, std_error=np.nan), "time_ratio", "std_error", 0.95)


@dataclass(frozen=True)
class AftFit:
    """A fitted AFT model.

    `time_ratios` has a row per term: `covariate, level, reference, coefficient, std_error, time_ratio, low, high, p_value, p_adjusted`
    (a ratio of 2: twice the lifetime). `verdict` is "converged", "not identified" or "degenerate" with the `reason`. `aic` compares families.
    """

    family: str
    verdict: str
    reason: str
    time_ratios: pd.DataFrame
    log_likelihood: float
    aic: float


def fit_aft(
    cells: pd.DataFrame,
    covariates: Sequence[str],
    family: Literal["weibull", "lognormal"] = "weibull",
    conf_level: float = 0.95,
) -> AftFit:
    """Fit a Weibull or log-normal AFT model.

    Parameters
    ----------
    cells : DataFrame, one row a distinct spell with a count
        As for `fit_cox`; spells of duration 0 count as half of the shortest other one, because a positive lifetime is needed.

    Examples
    --------
    >>> cells = pd.DataFrame({"duration": [1, 2, 3, 4, 2, 4], "event": [1, 1, 1, 0, 1, 0], "plan": list("aaabbb"), "n_units": 20})
    >>> fit_aft(cells, ["plan"]).verdict
    'converged'
    """
    checked = read_cells(cells)
    frame = cells.iloc[checked.kept]
    design = make_design(frame, covariates, checked.n_units, checked.n_units * checked.event)
    x = design.matrix(frame)
    known = np.isfinite(x.sum(axis=1))
    if not checked.event[known].any() or not design.terms or not (checked.duration > 0).any():
        reason = "nobody ended" if not checked.event.any() else "no covariate varies"
        return AftFit(family, "degenerate", reason, NOTHING, np.nan, np.nan)
    shortest = checked.duration[checked.duration > 0].min()
    data = pd.DataFrame(x, columns=[f"x{number}" for number in range(x.shape[1])])
    data["duration"] = np.where(checked.duration > 0, checked.duration, shortest / 2)
    data["event"], data["n_units"] = checked.event.astype(int), checked.n_units.astype(int)
    data["entry"] = np.maximum(checked.entry, 0)
    try:
        fitter = _fit(data[known], family)
    except Exception as error:  # lifelines raises several kinds when its optimiser finds no maximum
        return AftFit(family, "not identified", _first_line(error), NOTHING, np.nan, np.nan)
    likelihood = AftLikelihood(data[known], x[known], family)
    theta, (log_likelihood, _, information), _ = likelihood.finish(_start(fitter, family, x.shape[1]))
    errors = _errors(information)[:-2]
    table = term_table(design.terms).assign(coefficient=theta[:-2], std_error=errors)
    table = fitted(with_ratios(table, "time_ratio", "std_error", conf_level))
    bad = table[(table["std_error"] > 10) | table["std_error"].isna()]
    names = ", ".join(bad["covariate"] + "=" + bad["level"])
    verdict = "not identified" if len(bad) else "converged"
    reason = f"the data do not tell {names}" if len(bad) else ""
    return AftFit(family, verdict, reason, table, log_likelihood, 2 * len(theta) - 2 * log_likelihood)


def _start(fitter, family: str, size: int) -> Array:  # type: ignore[no-untyped-def]
    """What lifelines found, in the order of `AftLikelihood`."""
    location, shape, sign = ("lambda_", "rho_", 1.0) if family == "weibull" else ("mu_", "sigma_", -1.0)
    beta = fitter.params_[location]
    names = [*(f"x{number}" for number in range(size)), "Intercept"]
    return np.array([*(beta[name] for name in names), sign * fitter.params_[shape]["Intercept"]])


def _errors(information: Array) -> Array:
    """Standard errors; NaN where the likelihood is not curved downwards."""
    values, vectors = np.linalg.eigh(information)
    if not values[0] > 0:
        return np.full(len(values), np.nan)
    return np.sqrt((vectors**2 / values).sum(axis=1))


def _fit(data: pd.DataFrame, family: str):  # type: ignore[no-untyped-def]  # lifelines has no types
    with warnings.catch_warnings():
        # What lifelines warns of (overflow on the way, near-separation) ends in the verdict.
        warnings.simplefilter("ignore")
        from lifelines import LogNormalAFTFitter, WeibullAFTFitter

        fitter = (WeibullAFTFitter if family == "weibull" else LogNormalAFTFitter)()
        late = {"entry_col": "entry"} if (data["entry"] > 0).any() else {}
        used = data if late else data.drop(columns="entry")
        return fitter.fit(used, "duration", "event", weights_col="n_units", **late)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
