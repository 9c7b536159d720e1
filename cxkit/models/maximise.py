"""Bounded maximum likelihood on log parameters, with the exact Hessian and an honest verdict."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# f(log parameters) -> log-likelihood, gradient, Hessian, all with respect to the log parameters.
LogLikelihood = Callable[[Array], tuple[float, Array, Array]]

BOUND = 9.0  # e**9 = 8,103: a shape parameter beyond it is a distribution without spread
WIDEST_ERROR = 5.0  # log scale: beyond it a 95 % interval spans nine powers of ten, and says nothing


@dataclass(frozen=True)
class Optimum:
    """The top of a bounded log-likelihood.

    `covariance` is that of the log parameters. Along directions that the likelihood leaves flat it is cut off at WIDEST_ERROR:
    too wide to report, yet right for predictions, which hardly change along them.
    `loose` marks parameters that ran to a bound or whose standard error is beyond use.
    """

    log_params: Array
    log_likelihood: float
    covariance: Array
    loose: NDArray[np.bool_]


def maximise(log_likelihood: LogLikelihood, starts: list[Array], coarse: LogLikelihood | None = None) -> Optimum:
    """Climb to the top of a log-likelihood within log parameters of ±9, from the best of several starts.

    With a `coarse` likelihood (of a thinned table) the way is found there, and only the last steps see all rows.
    """
    tops = [_climb(coarse or log_likelihood, start) for start in starts]
    best = max(tops, key=lambda top: top[1])[0]
    top, value, hessian = _climb(log_likelihood, best)
    covariance, loose = _invert(top, hessian)
    return Optimum(top, float(value), covariance, loose)


def to_log_scale(params: Array, gradient: Array, hessian: Array) -> tuple[Array, Array]:
    """Turn derivatives by the parameters into derivatives by their logarithms."""
    by_log = params * gradient
    return by_log, params[:, None] * hessian * params[None, :] + np.diag(by_log)


def _climb(log_likelihood: LogLikelihood, theta: Array, steps: int = 100) -> tuple[Array, float, Array]:
    """Newton steps, each no longer than one log unit, halved until the likelihood rises: they cannot run away.

    scipy's bounded optimisers need several times as many evaluations without the Hessian, and with it have no bounds.
    """
    value, gradient, hessian = log_likelihood(theta)
    for _ in range(steps):
        free = _free(theta, gradient)
        if not free.any():
            break
        step = np.zeros_like(theta)
        step[free] = _ascent(gradient[free], hessian[np.ix_(free, free)])
        if gradient @ step < 1e-10 * max(1.0, abs(value) * 1e-4):
            break
        step /= max(1.0, np.abs(step).max())
        for halving in range(30):
            there = np.clip(theta + step / 2**halving, -BOUND, BOUND)
            new_value, new_gradient, new_hessian = log_likelihood(there)
            if new_value >= value:
                break
        else:
            break
        theta, value, gradient, hessian = there, new_value, new_gradient, new_hessian
    return theta, value, hessian


def _free(theta: Array, gradient: Array) -> NDArray[np.bool_]:
    """Parameters that are not pressed against a bound."""
    return ~(((theta >= BOUND) & (gradient >= 0)) | ((theta <= -BOUND) & (gradient <= 0)))


def _ascent(gradient: Array, hessian: Array) -> Array:
    """Newton's direction; where the surface curves upwards, the direction of the gradient in that eigenvector."""
    values, vectors = np.linalg.eigh(-hessian)
    floor = max(1e-12, 1e-10 * np.abs(values).max())
    return vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), floor))


def _invert(theta: Array, hessian: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Covariance, no direction wider than the limit, and which parameters are loose: they take part in such a direction."""
    loose = np.abs(theta) >= BOUND - 1e-6
    while not loose.all():
        tight = ~loose
        values, vectors = np.linalg.eigh(-hessian[np.ix_(tight, tight)])
        if values[0] * WIDEST_ERROR**2 > 1.0:
            break
        loose[np.flatnonzero(tight)[np.abs(vectors[:, 0]).argmax()]] = True
    values, vectors = np.linalg.eigh(-hessian)
    inverse = (vectors / np.maximum(values, WIDEST_ERROR**-2)) @ vectors.T
    return (inverse + inverse.T) / 2, loose
