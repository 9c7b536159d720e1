"""What a fitted model is: parameters, their full covariance on the log scale, and a verdict in words."""

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from cxkit.errors import ArgumentError, did_you_mean


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A model fitted by maximum likelihood.

    Attributes
    ----------
    name : str
        The model's name, such as "BG/NBD".
    params : dict of str to float
        Times in units of the table that was fitted. NaN where nothing could be estimated.
    covariance : DataFrame
        Of the **logarithms** of the parameters, from the exact Hessian. NaN for parameters that the data do not determine.
    spread : array, shape (parameters, parameters)
        The same for predictions, whole: along flat directions it is cut off at a standard error of 5.
    log_likelihood : float
    n_customers : int
    verdict : str
        "converged"; "not identified": some parameters ran away, predictions stand, their standard errors do not exist;
        "degenerate": nothing can be estimated.
    reason : str
        The verdict in words, with what can still be said.
    """

    name: str
    params: dict[str, float]
    covariance: pd.DataFrame
    spread: NDArray[np.float64] = field(repr=False)
    log_likelihood: float
    n_customers: int
    verdict: str
    reason: str

    @property
    def values(self) -> NDArray[np.float64]:
        """The parameters as an array."""
        return np.array(list(self.params.values()))

    @property
    def usable(self) -> bool:
        """Whether predictions exist: also of a model that is not identified, never of a degenerate one."""
        return self.verdict != "degenerate"

    @property
    def caution(self) -> str:
        """What to say beside an interval of a prediction; empty where the model is identified."""
        return (
            "the interval may be too narrow, for the model is not identified"
            if self.verdict == "not identified"
            else ""
        )

    def at(self, params: NDArray[np.float64]) -> Self:
        """The same model with other parameters: for derivatives and draws."""
        return replace(self, params=dict(zip(self.params, map(float, params), strict=True)))

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2k − 2 LL: the smaller the better, between models of the same customers only."""
        return 2 * len(self.params) - 2 * self.log_likelihood

    def standard_errors(self) -> dict[str, float]:
        """Standard errors of the parameters by the delta method: parameter × standard error of its logarithm."""
        log_errors = np.sqrt(np.diag(self.covariance))
        return {name: value * error for (name, value), error in zip(self.params.items(), log_errors, strict=True)}

    def interval(self, param: str, conf_level: float = 0.95) -> tuple[float, float]:
        """Interval of one parameter, symmetric on the log scale, so never below 0; NaN if it is not identified."""
        if param not in self.params:
            raise ArgumentError(
                f"{self.name} has no parameter `{param}`. It has: {', '.join(self.params)}."
                + did_you_mean(param, self.params)
            )
        half = ndtri(0.5 + conf_level / 2) * float(np.sqrt(np.diag(self.covariance))[list(self.params).index(param)])
        return self.params[param] * np.exp(-half), self.params[param] * np.exp(half)

    def summary(self, conf_level: float = 0.95) -> pd.DataFrame:
        """One row a parameter: `parameter, value, standard_error, ci_low, ci_high`."""
        errors = self.standard_errors()
        rows = [(name, value, errors[name], *self.interval(name, conf_level)) for name, value in self.params.items()]
        return pd.DataFrame(rows, columns=["parameter", "value", "standard_error", "ci_low", "ci_high"])


def labelled(covariance: np.ndarray, loose: np.ndarray, names: list[str]) -> pd.DataFrame:
    """A covariance with the parameters' names and NaN where there is none."""
    known = covariance.copy()
    known[loose, :] = known[:, loose] = np.nan
    return pd.DataFrame(known, index=names, columns=names)
