"""Pareto/NBD: customers buy at their own rate and may leave at any time, each with an own rate of leaving.

Purchase rates λ are gamma(r, α) over customers, leaving rates μ are gamma(s, β). The likelihood needs an integral over the
unknown time of leaving. Gauss–Legendre quadrature gives it with its derivatives, where the textbook's hypergeometric form is
slow, overflows for frequent buyers, and has no practical derivative.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import exprel

from cxkit.models.maximise import LogLikelihood, to_log_scale
from cxkit.models.purchase.purchase import PurchaseFit, PurchaseModel, fit_purchases
from cxkit.models.purchase.purchase_counts import negative_binomial
from cxkit.models.rows import Array, Rows, dot, rising

CHUNK = 4_000  # rows at a time: 4,000 × 49 doubles stay in the processor's cache
DROP = 45.0  # the integrand below e**-45 of its start adds nothing in double precision
NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)
NODES, WEIGHTS = (1 + NODES) / 2, WEIGHTS / 2


@dataclass(frozen=True)
class ParetoNBD(PurchaseModel):
    """Schmittlein, Morrison & Colombo (1987)."""

    name: str = "Pareto/NBD"
    param_names: tuple[str, ...] = ("r", "alpha", "s", "beta")
    time_params: tuple[str, ...] = ("alpha", "beta")

    def starts(self, rows: Rows) -> list[Array]:
        rate = max(rows.n_repeats / rows.n_customers, 0.01)  # T is 1 in the mean
        return [np.log([0.5, 0.3 / rate, 0.5, 0.3]), np.log([2.0, 1.5 / rate, 1.0, 2.0])]

    def log_likelihood(self, rows: Rows) -> LogLikelihood:
        """L = Γ(r+x)/Γ(r) · α^r β^s · { (α+T)^−(r+x) (β+T)^−s + s ∫ (α+τ)^−(r+x) (β+τ)^−(s+1) dτ, τ from recency to T }."""
        x_max = int(rows.x.max())
        n_at_x = np.bincount(rows.x, weights=rows.n, minlength=x_max + 1)
        chunks = [slice(start, start + CHUNK) for start in range(0, len(rows), CHUNK)]

        def evaluate(theta: Array) -> tuple[float, Array, Array]:
            params = np.exp(theta)
            gamma_r, gamma_r1, gamma_r2 = rising(params[0], x_max)
            value, gradient, hessian = n_at_x @ gamma_r, np.zeros(4), np.zeros((4, 4))
            gradient[0], hessian[0, 0] = n_at_x @ gamma_r1, n_at_x @ gamma_r2
            for part in chunks:
                x, recency, T, n = rows.x[part], rows.recency[part], rows.T[part], rows.n[part]
                more = _fates(params, x.astype(float), recency, T).derivatives(n)
                value, gradient, hessian = value + more[0], gradient + more[1], hessian + more[2]
            return float(value), *to_log_scale(params, gradient, hessian)

        return evaluate

    def p_alive(self, params: Array, x: Array, recency: Array, T: Array) -> Array:
        return np.concatenate(
            [np.zeros(0)]
            + [
                _fates(params, x[i : i + CHUNK], recency[i : i + CHUNK], T[i : i + CHUNK]).shares[:, 0]
                for i in range(0, len(x), CHUNK)
            ]
        )

    def alive_moments(self, params: Array, x: Array, T: Array, horizon: float) -> tuple[Array, Array]:
        """Y is Poisson over the time that the customer stays, at most the horizon."""
        r, alpha, s, beta = params
        stay, stay_squared = _stay(s, beta + T, horizon)
        rate = (r + x) / (alpha + T)
        return rate * stay, rate * (r + x + 1) / (alpha + T) * stay_squared

    def alive_discounted(self, params: Array, x: Array, T: Array, times: Array, factors: Array) -> Array:
        r, alpha, s, beta = params
        total, before = np.zeros(len(x)), np.zeros(len(x))
        for time, factor in zip(times, factors, strict=True):
            after = _stay(s, beta + T, time)[0]
            total += factor * (after - before)
            before = after
        return total * (r + x) / (alpha + T)

    def future_counts(self, params: Array, x: Array, T: Array, horizon: float, most: int) -> Array:
        """Negative binomial over the time that the customer stays, in the mean over that time."""
        r, alpha, s, beta = params
        log = np.log1p(horizon / (beta + T))
        total = np.zeros((len(x), most + 1))
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            stay = (beta + T) * np.expm1(node * log)
            density = weight * log * s * np.exp(-s * node * log)
            total += density[:, None] * negative_binomial(r + x, stay / (alpha + T + stay), most)
        return total + np.exp(-s * log)[:, None] * negative_binomial(r + x, horizon / (alpha + T + horizon), most)

    def leaving(self, params: Array, rows: Rows) -> str:
        s, beta = params[2:]
        if s / beta * float(rows.T.max()) < 1e-3:
            return "no sign that anybody leaves: the rate of leaving goes to 0"
        return "customers do not differ visibly in how they leave: one rate fits as well as any spread (s and beta)"


@dataclass(frozen=True)
class _Fates:
    """For each row the ways it can have come about: column 0 still a customer, the others left at a node of the integral."""

    log_likelihood: Array  # shape (rows,), without Γ(r+x)/Γ(r)
    shares: Array  # shape (rows, 1 + nodes), summing to 1
    params: Array
    x: Array
    times: Array  # shape (rows, 1 + nodes): T, then the times of leaving

    def derivatives(self, n: Array) -> tuple[float, Array, Array]:
        """Sum over rows by the parameters. Mean curvature plus the spread of the slopes over the fates."""
        r, alpha, s, beta = self.params
        w = self.shares
        rate_x = (r + self.x)[:, None]
        deaths = np.ones(self.times.shape[1])
        deaths[0] = 0.0
        by_alpha, by_beta = 1 / (alpha + self.times), 1 / (beta + self.times)
        slopes = (
            -np.log1p(self.times / alpha),
            r / alpha - rate_x * by_alpha,
            -np.log1p(self.times / beta) + deaths / s,
            s / beta - (s + deaths) * by_beta,
        )
        wn = w * n[:, None]
        mean = [np.einsum("rk,rk->r", slope, w) for slope in slopes]
        curve = np.zeros((4, 4))
        # Σ over fates of share × slope × slope, less that of the means
        for i in range(4):
            weighted = slopes[i] * wn
            for j in range(i, 4):
                curve[i, j] = curve[j, i] = dot(weighted, slopes[j]) - dot(mean[i] * n, mean[j])
        curve[0, 1] += n.sum() / alpha - dot(wn, by_alpha)
        curve[1, 0] = curve[0, 1]
        curve[1, 1] += -n.sum() * r / alpha**2 + dot(wn, rate_x * by_alpha**2)
        curve[2, 2] -= wn[:, 1:].sum() / s**2
        curve[2, 3] += n.sum() / beta - dot(wn, by_beta)
        curve[3, 2] = curve[2, 3]
        curve[3, 3] += -n.sum() * s / beta**2 + dot(wn, (s + deaths) * by_beta**2)
        return dot(n, self.log_likelihood), np.array([dot(each, n) for each in mean]), curve


def _fates(params: Array, x: Array, recency: Array, T: Array) -> _Fates:
    r, alpha, s, beta = params
    # In z = ln(τ + c) the integrand is smooth whatever the parameters: singularities stay π away from the real line.
    c = min(alpha, beta)

    def log_density(z: Array) -> Array:
        tau = np.maximum(np.exp(z) - c, 0.0)
        fall = r * np.log1p(tau / alpha) + x[:, None] * np.log(alpha + tau)
        return -fall - s * np.log1p(tau / beta) - np.log(beta + tau) + z

    low, high = np.log(recency + c), np.log(T + c)
    start = log_density(low[:, None])[:, 0]
    # It is log-concave in z, so the end of what counts is found by halving.
    inside, outside = np.zeros(len(x)), np.ones(len(x))
    if (start - log_density(high[:, None])[:, 0] > DROP).any():
        for _ in range(12):
            middle = (inside + outside) / 2
            beyond = start - log_density((low + middle * (high - low))[:, None])[:, 0] > DROP
            inside, outside = np.where(beyond, inside, middle), np.where(beyond, middle, outside)
    length = (high - low) * outside
    z = low[:, None] + length[:, None] * NODES
    with np.errstate(divide="ignore"):
        left = log_density(z) + np.log(s * length[:, None] * WEIGHTS)
    alive = -r * np.log1p(T / alpha) - x * np.log(alpha + T) - s * np.log1p(T / beta)
    logs = np.concatenate([alive[:, None], left], axis=1)
    top = logs.max(axis=1, keepdims=True)
    shares = np.exp(logs - top)
    total = shares.sum(axis=1, keepdims=True)
    times = np.concatenate([T[:, None], np.maximum(np.exp(z) - c, 0.0)], axis=1)
    return _Fates((top + np.log(total))[:, 0], shares / total, params, x, times)


def _stay(s: float, beta: Array, horizon: float) -> tuple[Array, Array]:
    """E[min(stay, h)] and E[min(stay, h)²] where the rate of leaving is gamma(s, β). No pole at s = 1 or s = 2."""
    log = np.log1p(horizon / beta)

    def partial(power: float) -> Array:  # ∫ e^{power·z} dz from 0 to log
        return log * exprel(power * log)

    once = partial(1 - s)
    return beta * once, 2 * beta**2 * (partial(2 - s) - once)


PARETO_NBD = ParetoNBD()


def fit_paretonbd(customers: pd.DataFrame) -> PurchaseFit:
    """Fit Pareto/NBD by maximum likelihood: as `fit_bgnbd`, with params r, alpha, s, beta; customers may leave at any time.

    References
    ----------
    Schmittlein, Morrison & Colombo (1987), Management Science 33(1); Fader & Hardie (2005), "A note on deriving the
    Pareto/NBD model", eq. 22, for the likelihood as an integral.

    Examples
    --------
    >>> customers = pd.DataFrame({"frequency": [0, 1, 1, 4, 9], "recency": [0, 2, 20, 16, 37], "T": [39, 39, 39, 39, 39],
    ...                           "n_customers": [120, 40, 30, 15, 5]})
    >>> fit = fit_paretonbd(customers)
    >>> fit.verdict, round(fit.log_likelihood, 1)
    ('not identified', -739.5)
    """
    return fit_purchases(PARETO_NBD, customers)
