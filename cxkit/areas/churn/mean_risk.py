"""The mean risk of a group of members with its interval: how many of them will be lost."""

import numpy as np
import pandas as pd

from cxkit.areas.churn.risk import churn_risk
from cxkit.models.purchase.predict import total_interval
from cxkit.models.survival.cox import CoxFit
from cxkit.models.survival.survival_cells import Array
from cxkit.stats import Interval

STEP = 1e-4


def mean_risk(fit: CoxFit, members: pd.DataFrame, horizon: float, conf_level: float = 0.95) -> Interval:
    """Share of the members that will be lost within the next `horizon`, with a predictive interval.

    Three sources of doubt: the coefficients (robust covariance), the baseline hazard at the tenures that these members pass through
    (one over the ends behind each step, Tsiatis 1981), and chance: each member stays or leaves.

    Parameters
    ----------
    members : DataFrame, one row a distinct member with a count
        `tenure`, the covariates, `n_units`; rows without a risk are left out.
    """
    risk = churn_risk(fit, members, horizon)["risk"].to_numpy(float)
    known = np.isfinite(risk)
    members, risk, n = members[known], risk[known], members.loc[known, "n_units"].to_numpy(float)
    if not n.sum():
        return Interval(np.nan, np.nan, np.nan, "no member with a known risk")
    doubt = _of_baseline(fit, members, n * (1 - risk), horizon) + _of_coefficients(fit, members, n, risk, horizon)
    total = total_interval(float(n @ risk), doubt, float(n @ (risk * (1 - risk))), conf_level)
    size = float(n.sum())
    return Interval(
        total.value / size, total.low / size, min(total.high / size, 1.0), "predictive: coefficients, baseline, chance"
    )


def _of_baseline(fit: CoxFit, members: pd.DataFrame, stay: Array, horizon: float) -> float:
    """Σ over event times of (how much the expected losses rise with the step)² × step² ÷ ends."""
    time, step, ends = _steps(fit)
    pull = stay if fit.verdict == "degenerate" else stay * np.exp(fit.log_risk(members))
    tenure = members["tenure"].to_numpy(float)
    change = np.zeros(len(time) + 1)
    np.add.at(change, np.searchsorted(time, tenure, side="right"), pull)
    np.add.at(change, np.searchsorted(time, tenure + horizon, side="right"), -pull)
    passing = np.cumsum(change)[:-1]  # members who pass an event time, by their weight
    return float((passing**2 * step**2 / ends).sum())


def _of_coefficients(fit: CoxFit, members: pd.DataFrame, n: Array, risk: Array, horizon: float) -> float:
    """Through the coefficients, the baseline moving with them; nothing where tenure alone is the model."""
    if fit.verdict == "degenerate" or not len(fit.coefficients):
        return 0.0
    x = fit.design.matrix(members)
    time = fit.likelihood.time
    tenure = members["tenure"].to_numpy(float)

    def losses(beta: Array) -> float:
        hazard = np.append(0.0, fit.likelihood.cumulative_hazard(beta))
        now, then = (hazard[np.searchsorted(time, at, side="right")] for at in (tenure, tenure + horizon))
        return float(n @ -np.expm1(-(then - now) * np.exp(x @ beta)))

    slopes = []
    for number in range(len(fit.coefficients)):
        move = np.zeros(len(fit.coefficients))
        move[number] = STEP
        slopes.append((losses(fit.coefficients + move) - losses(fit.coefficients - move)) / (2 * STEP))
    # What the data do not tell has no error to speak of: its members are those of whom nobody ended.
    told = (fit.hazard_ratios["verdict"] == "converged").to_numpy()[: len(slopes)]
    slope = np.where(told, slopes, 0.0)
    return float(slope @ fit.robust_covariance @ slope)


def _steps(fit: CoxFit) -> tuple[Array, Array, Array]:
    """Event times, steps of the baseline hazard, and the ends behind each."""
    likelihood = fit.likelihood
    hazard = likelihood.cumulative_hazard(
        np.zeros(likelihood.x.shape[1]) if fit.verdict == "degenerate" else fit.coefficients
    )
    return likelihood.time.astype(float), np.diff(hazard, prepend=0.0), np.maximum(likelihood.n_ends, 1)
