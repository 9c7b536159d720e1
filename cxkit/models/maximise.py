"""Bounded maximum likelihood on log parameters, with the exact Hessian and an honest verdict."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxkit.models.newton import Array, finish

# Log-likelihood, gradient, Hessian, all with respect to the log parameters.
Surface = tuple[float, Array, Array]
LogLikelihood = Callable[[Array], Surface]

BOUND = 9.0  # e**9 = 8,103: a shape parameter beyond it is a distribution without spread
# Of log-likelihood: what lies within it of the top is held possible at 95 % (half the quantile of chi-square).
DROP = 1.92
THIN_ABOVE = 50_000  # more distinct rows than this: find the neighbourhood on every 20th, then Newton steps on all
WIDEST_ERROR = 5.0  # log scale: beyond it a 95 % interval spans nine powers of ten, and says nothing


@dataclass(frozen=True)
class Optimum:
    """The top of a bounded log-likelihood.

    `covariance` is that of the log parameters. Along directions that the likelihood leaves flat it is cut off at WIDEST_ERROR:
    too wide to report, yet right for predictions, which hardly change along them.
    `loose` marks parameters that ran to a bound or whose standard error is beyond use.
    `left` is the Newton step that would come next, along what the data determine: about 1e-12 where all is well.
    """

    log_params: Array
    log_likelihood: float
    covariance: Array
    loose: NDArray[np.bool_]
    left: float


def maximise(log_likelihood: LogLikelihood, starts: list[Array], coarse: LogLikelihood | None = None) -> Optimum:
    """Climb to the top of a log-likelihood within log parameters of ±9, from the best of several starts.

    With a `coarse` likelihood (of a thinned table) the way is found there, and only the last steps see all rows.
    """
    tops = [_climb(coarse or log_likelihood, start) for start in starts]
    theta, at = max(tops, key=lambda top: top[1][0])
    if coarse:
        theta, at = _climb(log_likelihood, theta)
    theta, (value, _, hessian), left = _finish(log_likelihood, theta, at)
    covariance, loose = _invert(theta, hessian)
    return Optimum(theta, float(value), covariance, loose, float(np.abs(left).max()))


def alternatives(log_likelihood: LogLikelihood, top: Optimum) -> Array:
    """Other parameters that the data do not rule out, shape (points, parameters): along each loose one, the rest at their best.

    Where a parameter has run to the end of its scale, the slope there says nothing of how far predictions reach; these points do.
    """
    found = []
    for held in np.flatnonzero(top.loose):
        for direction in (-1.0, 1.0):
            theta, step = top.log_params, 1.0
            while step > 0.1:
                there = theta.copy()
                there[held] += direction * step
                if abs(there[held]) > BOUND:
                    break
                there, at = _climb(log_likelihood, there, held=int(held))
                there, at, _ = _finish(log_likelihood, there, at, held=int(held))
                if at[0] < top.log_likelihood - DROP:
                    step /= 2
                else:
                    theta = there
                    found.append(there)
    return np.array(found).reshape(-1, len(top.log_params))


def to_log_scale(params: Array, gradient: Array, hessian: Array) -> tuple[Array, Array]:
    """Turn derivatives by the parameters into derivatives by their logarithms."""
    by_log = params * gradient
    return by_log, params[:, None] * hessian * params[None, :] + np.diag(by_log)


def _climb(
    log_likelihood: LogLikelihood, theta: Array, steps: int = 100, held: int | None = None
) -> tuple[Array, Surface]:
    """Newton steps, of all parameters but one `held`, each no longer than one log unit, halved until the likelihood rises.

    So they cannot run away.

    scipy's bounded optimisers need several times as many evaluations without the Hessian, and with it have no bounds.
    """
    value, gradient, hessian = log_likelihood(theta)
    for _ in range(steps):
        step = _within(theta, gradient, hessian, held)
        if gradient @ step < 1e-10 * max(1.0, abs(value) * 1e-4):
            break
        step /= max(1.0, np.abs(step).max())
        step *= _room(theta, step)
        for halving in range(30):
            there = _snapped(theta + step / 2**halving)
            new_value, new_gradient, new_hessian = log_likelihood(there)
            if new_value >= value:
                break
        else:
            break
        theta, value, gradient, hessian = there, new_value, new_gradient, new_hessian
    return theta, (value, gradient, hessian)


def _finish(
    log_likelihood: LogLikelihood, theta: Array, at: Surface, held: int | None = None
) -> tuple[Array, Surface, Array]:
    """The last steps, along the directions that the data determine: along the others there is no top to reach."""

    def step(theta: Array, at: Surface) -> Array:
        _, gradient, hessian = at
        free = _free(theta, gradient, held)
        values, vectors = np.linalg.eigh(-hessian[np.ix_(free, free)])
        told = values * WIDEST_ERROR**2 > 1.0
        ahead = np.zeros_like(theta)
        ahead[free] = vectors[:, told] @ ((vectors[:, told].T @ gradient[free]) / values[told])
        return np.clip(theta + ahead, -BOUND, BOUND) - theta

    return finish(log_likelihood, step, theta, at)


def _free(theta: Array, gradient: Array, held: int | None) -> NDArray[np.bool_]:
    """Parameters that are neither held nor pressed against a bound."""
    free = ~(((theta >= BOUND) & (gradient >= 0)) | ((theta <= -BOUND) & (gradient <= 0)))
    if held is not None:
        free[held] = False
    return free


def _within(theta: Array, gradient: Array, hessian: Array, held: int | None) -> Array:
    """Newton's direction among the parameters that can move, none of which leads out from a bound."""
    free = _free(theta, gradient, held)
    while free.any():
        step = np.zeros_like(theta)
        step[free] = _ascent(gradient[free], hessian[np.ix_(free, free)])
        outward = free & (np.abs(theta) >= BOUND) & (theta * step > 0)
        if not outward.any():
            return step
        free &= ~outward
    return np.zeros_like(theta)


def _room(theta: Array, step: Array) -> float:
    """Share of a step until the first bound. To cut off one parameter's part of it alone would leave the way uphill."""
    moving = step != 0
    return float(min(1.0, ((np.sign(step) * BOUND - theta)[moving] / step[moving]).min(initial=1.0)))


def _snapped(theta: Array) -> Array:
    """On the bound, where no more than rounding is missing to it."""
    return np.where(np.abs(theta) > BOUND - 1e-9, np.sign(theta) * BOUND, theta)


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
