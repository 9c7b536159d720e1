"""What a fitted model is: parameters, their full covariance on the log scale, and a verdict in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxkit.errors import ArgumentError, did_you_mean
from cxkit.models.maximise import Optimum
from cxkit.models.newton import Array

DETERMINED = "All parameters are determined by the data."


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
    spread: Array = field(repr=False)
    log_likelihood: float
    n_customers: int
    verdict: str
    reason: str

    @classmethod
    def at_top(
        cls, top: Optimum, names: Sequence[str], scale: Array | float, explain: Callable[[list[str], Array], str],
        **about: Any,
    ) -> Self:  # fmt: skip
        """The fit at the top of a likelihood.

        Parameters
        ----------
        scale : array or float
            What the parameters of the likelihood are measured in.
        explain : function of the names of loose parameters and of all values
            The reason in words.
        **about : what else the class holds
        """
        params = np.exp(top.log_params) * scale
        loose = [name for name, is_loose in zip(names, top.loose, strict=True) if is_loose]
        known = top.covariance.copy()
        known[top.loose, :] = known[:, top.loose] = np.nan
        return cls(
            params=dict(zip(names, map(float, params), strict=True)),
            covariance=pd.DataFrame(known, index=list(names), columns=list(names)),
            spread=top.covariance,
            verdict="not identified" if loose else "converged",
            reason=explain(loose, params),
            **{"log_likelihood": top.log_likelihood, **about},
        )

    @classmethod
    def degenerate(cls, names: Sequence[str], reason: str, **about: Any) -> Self:
        """The fit of data from which nothing can be estimated."""
        nothing = pd.DataFrame(np.nan, index=list(names), columns=list(names))
        return cls(
            params=dict.fromkeys(names, np.nan),
            covariance=nothing,
            spread=nothing.to_numpy(),
            log_likelihood=np.nan,
            verdict="degenerate",
            reason=reason,
            **about,
        )

    @property
    def values(self) -> Array:
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

    def at(self, params: Array) -> Self:
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
