"""Cox's partial likelihood with Efron's ties, summed over cells: exactly what the rows behind the counts would give.

At event time j let S0, S1 be the sums of exp(x'b) and x exp(x'b) over everybody at risk and T0, T1 the same over the d units that end there.
Efron (1977) takes the d ends one after the other, the m-th with the denominator S0 - (m/d) T0, m = 0 ... d-1. All that a fit needs of the sum
over m are five numbers a time. Cells with equal covariates form a profile: who leaves and who ends at which time is counted by profile once,
and a step of the fit multiplies these counts with the risks of the profiles.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from cxkit.models.newton import by_information, finish
from cxkit.models.survival.risk_sums import RiskSums
from cxkit.models.survival.survival_cells import Array, Cells

FAR = 30  # risks that differ by e^30 within one data set: the likelihood has no maximum on this side of infinity
MAX_ERROR = 10  # a log hazard ratio that is known to within ± 20 is not known


class _TieSums(NamedTuple):
    """Sums over the ends at one time, f = m/d and D = S0 - f T0: log D, 1/D, f/D, 1/D², f/D², f²/D²."""

    log: Array
    inv: Array
    f_inv: Array
    inv2: Array
    f_inv2: Array
    ff_inv2: Array


class _Sums(NamedTuple):
    """Everything about one value of the coefficients; arrays over event times (S, T) or profiles (risk of one unit)."""

    risk: Array
    s0: Array
    s1: Array
    t0: Array
    t1: Array
    ties: _TieSums


@dataclass(frozen=True)
class Maximum:
    """Coefficients at the maximum, the next Newton step and the information there, and whether the steps came to rest."""

    beta: Array
    step: Array
    log_likelihood: float
    information: Array
    is_converged: bool


class PartialLikelihood:
    """The partial likelihood of a design matrix on cells.

    Parameters
    ----------
    cells : Cells
    x : array, cells × coefficients
    after, until : float
        Count only ends with after < duration <= until. Parts of the time axis have separate likelihoods, so fits of an early and
        a late part are independent.
    profile : array, one a cell, optional
        Which distinct row of `x` each cell has, if that is known already.
    """

    def __init__(
        self, cells: Cells, x: Array, after: float = -np.inf, until: float = np.inf, profile: Array | None = None
    ) -> None:
        ends = cells.event & (cells.duration > after) & (cells.duration <= until)
        self.time = np.unique(cells.duration[ends])
        self.x, self.n, self.ends = x, cells.n_units, ends
        self.cells, self.profile = cells, _distinct_rows(x) if profile is None else profile
        first_cell = np.unique(self.profile, return_index=True)[1]
        self._x = x[first_cell]
        self._one_and_x = np.column_stack([np.ones(len(self._x)), self._x])
        self.span = np.ptp(self._x, axis=0) if len(x) else np.zeros(x.shape[1])
        # A cell is at risk at the event times number first ... last.
        self.first = np.searchsorted(self.time, cells.entry, side="right")
        self.last = np.searchsorted(self.time, cells.duration, side="right") - 1
        self._risk_sums = RiskSums(self.first, self.last, len(self.time))
        of_profile = (self.n.astype(float), (np.arange(len(x)), self.profile))
        self._at_risk = self._risk_sums.spans @ csr_array(of_profile, shape=(len(x), len(self._x)))
        self._ending = self._count(np.where(ends, self.last, -1))
        self.n_ends = np.bincount(self.last[ends], self.n[ends], len(self.time)).astype(int)
        self._at = np.repeat(np.arange(len(self.time)), self.n_ends)
        self._starts = self.n_ends.cumsum() - self.n_ends
        self._f = (np.arange(len(self._at)) - self._starts[self._at]) / self.n_ends[self._at]
        self._x_of_ends = (x[ends] * self.n[ends, None]).sum(axis=0)

    def __call__(self, beta: Array) -> tuple[float, Array, Array]:
        """Log-likelihood, gradient and information (the negative Hessian) at `beta`."""
        u = self._sums(beta)
        log_likelihood = float(self._x_of_ends @ beta - u.ties.log.sum())
        gradient = self._x_of_ends - (u.ties.inv @ u.s1 - u.ties.f_inv @ u.t1)
        cross = u.s1.T @ (u.ties.f_inv2[:, None] * u.t1)
        mean_squares = (
            u.s1.T @ (u.ties.inv2[:, None] * u.s1) - cross - cross.T + u.t1.T @ (u.ties.ff_inv2[:, None] * u.t1)
        )
        # Everybody at risk enters with 1/D at each time; those that end there with 1 - f instead of 1.
        weight = u.risk * (self._at_risk.T @ self._risk_sums.by_span(u.ties.inv) - self._ending.T @ u.ties.f_inv)
        return log_likelihood, gradient, self._x.T @ (weight[:, None] * self._x) - mean_squares

    def part(self, after: float = -np.inf, until: float = np.inf) -> "PartialLikelihood":
        """The likelihood of the ends with after < duration <= until."""
        return PartialLikelihood(self.cells, self.x, after, until, self.profile)

    def maximise(self, start: Array, max_steps: int = 60) -> Maximum:
        """Newton's method with halved steps until a full step would gain less than 1e-14 of log-likelihood, then its last steps."""
        beta = start
        value, gradient, information = self(beta)
        is_converged = False
        for _ in range(max_steps):
            step = by_information(beta, (value, gradient, information))
            is_converged = bool(gradient @ step < 2e-14)
            if is_converged or self._reaches(beta, FAR):
                break
            trial, ahead = None, step
            while trial is None and np.abs(ahead).max() > 1e-12 * np.abs(step).max():
                if not self._reaches(beta + ahead, 1.5 * FAR):  # farther, sums lose all their digits
                    trial = self(beta + ahead)
                    if trial[0] < value - 1e-12 * abs(value):  # the last steps gain less than a sum can show
                        trial = None
                ahead = ahead / 2
            if trial is None:
                break
            beta, (value, gradient, information) = beta + 2 * ahead, trial
        if is_converged:
            at = (value, gradient, information)
            beta, (value, gradient, information), step = finish(self, by_information, beta, at, self.span)
        return Maximum(beta, step, value, information, is_converged)

    def covariance(self, best: Maximum) -> Array:
        """Inverse of the information. A direction of which nothing is learnt gets a huge variance instead of an infinite one."""
        span = np.maximum(self.span, np.finfo(float).tiny)
        values, vectors = np.linalg.eigh(best.information / np.outer(span, span))
        values = np.maximum(values, 1e-13 * max(values.max(initial=0), 1e-13))
        return (vectors / values) @ vectors.T / np.outer(span, span)

    def not_identified(self, best: Maximum) -> Array:
        """Which coefficients cannot be told.

        Those that still move where the steps ended (a monotone likelihood climbs for ever), and those whose ratio between the extremes of
        the data is beyond e^20 or unknown by e^±20.
        """
        error = np.sqrt(np.diag(self.covariance(best))) * self.span
        is_moving = np.abs(best.step) * self.span > 1e-3
        return is_moving | (error > MAX_ERROR) | (np.abs(best.beta) * self.span > 2 * MAX_ERROR)

    def score_residuals(self, beta: Array) -> Array:
        """Score residual of one unit of each cell, cells × coefficients (Lin & Wei 1989, with Efron's ties as in Therneau & Grambsch 2000)."""
        u = self._sums(beta)
        mean_inv = u.ties.inv2[:, None] * u.s1 - u.ties.f_inv2[:, None] * u.t1
        mean_f_inv = u.ties.f_inv2[:, None] * u.s1 - u.ties.ff_inv2[:, None] * u.t1
        risk = u.risk[self.profile]
        exposure = self._over_risk(u.ties.inv) - self._at_end(u.ties.f_inv)
        residual = -risk[:, None] * (self.x * exposure[:, None] - self._over_risk(mean_inv) + self._at_end(mean_f_inv))
        residual[self.ends] += self.x[self.ends] - self._mean_at_ends(u)[self.last[self.ends]]
        return residual

    def schoenfeld(self, beta: Array) -> Array:
        """Sum of the Schoenfeld residuals of the ends at each event time, times × coefficients."""
        seen = self._ending @ self._x
        return seen - self.n_ends[:, None] * self._mean_at_ends(self._sums(beta))

    def cumulative_hazard(self, beta: Array) -> Array:
        """Cumulative baseline hazard (x = 0) at each event time, with Efron's increments."""
        return self._sums(beta).ties.inv.cumsum()

    def _reaches(self, beta: Array, limit: float) -> bool:
        """Whether log risks differ by more than `limit` within the data."""
        return bool(np.abs(beta) @ self.span > limit and np.ptp(self._x @ beta) > limit)

    def _count(self, number: Array) -> csr_array:
        """Units by number of the event time (none where it is negative) and profile."""
        some = number >= 0
        shape = (len(self.time), len(self._x))
        return csr_array((self.n[some].astype(float), (number[some], self.profile[some])), shape=shape)

    def _sums(self, beta: Array) -> _Sums:
        risk = np.exp(self._x @ beta)
        weighted = self._one_and_x * risk[:, None]
        at_risk = self._risk_sums.by_time(self._at_risk @ weighted)
        ending = self._ending @ weighted
        ties = self._tie_sums(at_risk[:, 0], ending[:, 0])
        return _Sums(risk, at_risk[:, 0], at_risk[:, 1:], ending[:, 0], ending[:, 1:], ties)

    def _tie_sums(self, s0: Array, t0: Array) -> _TieSums:
        if not len(self.time):
            return _TieSums(*[np.zeros(0)] * 6)
        f = self._f
        left = s0[self._at] - f * t0[self._at]
        # Somebody is always left at risk; if rounding says otherwise, risks are too far apart to be added and the step is refused.
        lost = left <= 0
        left[lost] = 1
        inv = 1 / left
        f_inv, inv2 = f * inv, inv * inv
        parts = (np.where(lost, np.inf, np.log(left)), inv, f_inv, inv2, f_inv * inv, f_inv * f_inv)
        return _TieSums(*(np.add.reduceat(part, self._starts) for part in parts))

    def _mean_at_ends(self, u: _Sums) -> Array:
        """Mean covariates expected of an end at each time, averaged over the order of ties."""
        return (u.ties.inv[:, None] * u.s1 - u.ties.f_inv[:, None] * u.t1) / self.n_ends[:, None]

    def _over_risk(self, at_times: Array) -> Array:
        """For each cell the sum of `at_times` over the event times at which it is at risk."""
        return np.asarray(self._risk_sums.spans.T @ self._risk_sums.by_span(at_times))

    def _at_end(self, at_times: Array) -> Array:
        """For each cell the value at the time of its end; 0 if it did not end."""
        values = np.zeros((len(self.ends), *at_times.shape[1:]))
        values[self.ends] = at_times[self.last[self.ends]]
        return values


def _distinct_rows(x: Array) -> Array:
    """For each row the number of its distinct row."""
    number = np.zeros(len(x), dtype=np.int64)
    for column in x.T:
        level, values = pd.factorize(column)
        number = pd.factorize(number * len(values) + level)[0]
    return number
