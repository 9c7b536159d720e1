"""The last steps of every fit: to the top itself, so that a fit ends at the same digits whatever the processor adds up first."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
At = TypeVar("At", bound=tuple[Any, ...])

AT_REST = 1e-12  # a step that is smaller is the rounding of sums
NEAR = 0.1  # a larger step is no last one: full steps could run away from there
MOST = 8  # each step squares what is left, so four do


def finish(
    evaluate: Callable[[Array], At],
    newton_step: Callable[[Array, At], Array],
    theta: Array,
    at: At,
    span: Array | float = 1.0,
) -> tuple[Array, At, Array]:
    """Full Newton steps from close to the top until rounding alone moves them.

    Near the top a likelihood is flat: its values cannot tell better from worse below the square root of their rounding, while its
    slope still can. So steps are judged by their own size, which must at least halve.

    Parameters
    ----------
    evaluate : function of theta
        Whatever `newton_step` needs, such as value, gradient and Hessian.
    newton_step : function of theta and what `evaluate` gave there
    at : what `evaluate` gave at `theta`
    span : array or float
        What the size of a step is measured in: theta moves by step, and what it stands for by step × span.

    Returns
    -------
    theta, what `evaluate` gives there, and the step that would come next: what is left to the top.

    Examples
    --------
    >>> root, _, left = finish(lambda x: (x**2 - 2, 2 * x), lambda _, at: -at[0] / at[1], np.array([1.414]), (np.array([-0.000604]), np.array([2.828])))
    >>> float(root[0]) - 2**0.5 < 1e-15, bool(abs(left[0]) < 1e-12)
    (True, True)
    """
    step = newton_step(theta, at)
    left = _size(step, span)
    for _ in range(MOST):
        if not AT_REST < left < NEAR:
            break
        further = evaluate(theta + step)
        next_step = newton_step(theta + step, further)
        shrunk = _size(next_step, span)
        if not shrunk < left / 2:
            break
        theta, at, step, left = theta + step, further, next_step, shrunk
    return theta, at, step


def by_information(_: Array, at: tuple[float, Array, Array]) -> Array:
    """Newton's step where `at` is value, gradient and information (the negative Hessian), the shortest where the step is not unique."""
    gradient, information = at[1:]
    return np.asarray(np.linalg.lstsq(information, gradient, rcond=1e-14)[0])


def _size(step: Array, span: Array | float) -> float:
    return float(np.abs(step * span).max(initial=0.0))
