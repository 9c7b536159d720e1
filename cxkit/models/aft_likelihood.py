"""The likelihood of accelerated failure time, with its slope and curvature.

ln T = x'b + W/ρ: z = ρ (ln t − x'b) has a distribution of its own, of the least extreme value for Weibull lifetimes and normal for log-normal
ones. With its hazard h and cumulative hazard H a spell counts ln h(z) + ln ρ − ln t if it ended, less H(z), plus H at its entry.
"""

import numpy as np
import pandas as pd
from scipy.special import log_ndtr

from cxkit.models.newton import by_information, finish
from cxkit.models.survival.survival_cells import Array

HALF_LOG_TAU = np.log(2 * np.pi) / 2

# Value with first and second derivative by z.
Jet = tuple[Array, Array, Array]


class AftLikelihood:
    """Log-likelihood of cells, by the coefficients, the intercept and ln ρ (Weibull's shape; for log-normal lifetimes −ln σ).

    Parameters
    ----------
    cells : DataFrame, `duration > 0, event, entry, n_units`
    x : array, cells × coefficients
    family : "weibull" or "lognormal"
    """

    def __init__(self, cells: pd.DataFrame, x: Array, family: str) -> None:
        self._hazards = _weibull if family == "weibull" else _lognormal
        self._x = np.column_stack([x, np.ones(len(x))])
        self._n, self._ended = cells["n_units"].to_numpy(float), cells["event"].to_numpy(float)
        self._log_time = np.log(cells["duration"].to_numpy(float))
        entry = cells["entry"].to_numpy(float)
        self._late = entry > 0
        self._log_entry = np.log(entry[self._late])
        self._span = np.append(np.maximum(np.ptp(x, axis=0), np.finfo(float).tiny), [1.0, 1.0])

    def __call__(self, theta: Array) -> tuple[float, Array, Array]:
        """Log-likelihood, gradient and information (the negative Hessian)."""
        rate, ended = self._n * self._ended, self._ended
        z = self._z(self._log_time, self._x, theta)
        log_hazard, cumulative = self._hazards(z)
        own = [self._n * (ended * one - other) for one, other in zip(log_hazard, cumulative, strict=True)]
        value = own[0].sum() + rate @ (theta[-1] - self._log_time)
        gradient, hessian = self._by_theta(own, z, self._x, theta)
        gradient[-1] += rate.sum()
        if self._late.any():
            x, n = self._x[self._late], self._n[self._late]
            z = self._z(self._log_entry, x, theta)
            before = [n * one for one in self._hazards(z)[1]]
            more = self._by_theta(before, z, x, theta)
            value, gradient, hessian = value + before[0].sum(), gradient + more[0], hessian + more[1]
        return float(value), gradient, -hessian

    def finish(self, theta: Array) -> tuple[Array, tuple[float, Array, Array], Array]:
        """The last steps from close to the top; see `newton.finish`."""
        return finish(self, by_information, theta, self(theta), self._span)

    def _z(self, log_time: Array, x: Array, theta: Array) -> Array:
        return np.asarray((log_time - x @ theta[:-1]) * np.exp(theta[-1]))

    def _by_theta(self, jet: list[Array], z: Array, x: Array, theta: Array) -> tuple[Array, Array]:
        """Gradient and Hessian of a sum over cells from its derivatives by z: dz/db = −ρ x and dz/d ln ρ = z."""
        _, first, second = jet
        slope = np.column_stack([-np.exp(theta[-1]) * x, z])
        hessian = slope.T @ (second[:, None] * slope)
        bend = slope.T @ first  # ρ turns with ln ρ, so each slope has itself as its derivative
        hessian[-1, :] += bend
        hessian[:-1, -1] += bend[:-1]
        return bend, hessian


def _weibull(z: Array) -> tuple[Jet, Jet]:
    """ln h = z and H = e^z."""
    hazard = np.exp(z)
    return (z, np.ones_like(z), np.zeros_like(z)), (hazard, hazard, hazard)


def _lognormal(z: Array) -> tuple[Jet, Jet]:
    """H = −ln Φ(−z); its slope h, Mills' ratio turned over, obeys h′ = h (h − z)."""
    log_survival = log_ndtr(-z)
    log_hazard = -(z**2) / 2 - HALF_LOG_TAU - log_survival
    hazard = np.exp(log_hazard)
    excess = hazard - z
    rise = hazard * excess
    return (log_hazard, excess, rise - 1), (-log_survival, hazard, rise)
