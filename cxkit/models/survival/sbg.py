"""Shifted beta-geometric: cohorts under contract, each member leaving at a renewal with an own probability.

Why retention rises with tenure without anybody growing loyal: those likely to leave have left.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxkit.errors import DataError
from cxkit.models.fit import DETERMINED, Fit
from cxkit.models.maximise import LogLikelihood, maximise, to_log_scale
from cxkit.models.rows import Array, counts, numeric, refuse, rising

NAMES = ["alpha", "beta"]


@dataclass(frozen=True, kw_only=True)
class TermFit(Fit):
    """A shifted beta-geometric model; `last_term` is the last renewal that the data show. See `Fit` for the rest."""

    last_term: int

    def survival(self, n_terms: int) -> pd.Series:
        """S(t), the share still there after t renewals, t = 0 … n_terms; index `term`."""
        alpha, beta = self.values
        t = np.arange(1, n_terms + 1)
        share = np.concatenate([[1.0], np.exp(np.cumsum(np.log(beta + t - 1) - np.log(alpha + beta + t - 1)))])
        return pd.Series(share, index=pd.RangeIndex(n_terms + 1, name="term"), name="survival")

    def retention(self, n_terms: int) -> pd.Series:
        """Share of those due at renewal t who renew, t = 1 … n_terms; it rises with t by the sorting of customers alone."""
        alpha, beta = self.values
        t = np.arange(1, n_terms + 1)
        index = pd.RangeIndex(1, n_terms + 1, name="term")
        return pd.Series((beta + t - 1) / (alpha + beta + t - 1), index=index, name="retention")


def fit_sbg(customers: pd.DataFrame) -> TermFit:
    """Fit the shifted beta-geometric model by maximum likelihood.

    Parameters
    ----------
    customers : DataFrame, one row a distinct (n_terms, has_ended)
        `n_terms` renewals that came due; `has_ended` whether the customer left at the last of them (else: renewed all of them
        and is still there); `n_customers` how many share the row (1 if absent). Rows with n_terms 0 say nothing yet.

    Returns
    -------
    TermFit
        `params` alpha, beta of the probability of leaving at a renewal; `verdict` with `reason`.

    Raises
    ------
    DataError
        Negative or broken n_terms, or an end before the first renewal; names the count and the first row.

    References
    ----------
    Fader & Hardie (2007), "How to project customer retention", Journal of Interactive Marketing 21(1).

    Examples
    --------
    >>> lost = [131, 126, 90, 60, 42, 34, 26]  # of 1,000 at each renewal
    >>> cohort = pd.DataFrame({"n_terms": [1, 2, 3, 4, 5, 6, 7, 7], "has_ended": [True] * 7 + [False],
    ...                        "n_customers": [*lost, 1000 - sum(lost)]})
    >>> {name: round(value, 2) for name, value in fit_sbg(cohort).params.items()}
    {'alpha': 0.67, 'beta': 3.81}
    """
    t, ended, n = numeric(customers, "n_terms"), _ended(customers), counts(customers)
    refuse(customers, (t < 0) | (t != np.floor(t)), "have n_terms that is not a whole number of renewals")
    refuse(
        customers, ended & (t == 0), "ended before the first renewal", "n_terms counts the renewal at which they left."
    )
    use = (t > 0) & (n > 0)
    t, ended, n = t[use].astype(int), ended[use], n[use]
    lost, due = float(n[ended].sum()), float(n @ t)
    about: dict[str, Any] = {
        "name": "sBG", "n_customers": round(float(n.sum())), "last_term": int(t.max()) if len(t) else 0,
    }  # fmt: skip
    nothing = ""
    if len(t) == 0:
        nothing = "No renewal has come due yet."
    elif lost == 0:
        nothing = f"Nobody left at {due:,.0f} renewals. What can be said: fewer than {3 / due:.2%} leave (95 %)."
    elif not (n @ (t - ended)):
        nothing = "Everybody left at the first renewal: there is no one whose retention could rise."
    if nothing:
        return TermFit.degenerate(NAMES, nothing, **about)
    top = maximise(_likelihood(t, ended, n), [np.zeros(2), np.log([1.0, 5.0])])
    return TermFit.at_top(top, NAMES, 1.0, _reason, **about)


def _reason(loose: list[str], params: Array) -> str:
    if not loose:
        return DETERMINED
    return (
        f"Not determined by the data: {', '.join(loose)}. Customers do not differ visibly: one probability of "
        f"{params[0] / params.sum():.1%} of leaving at each renewal fits as well as any spread. Survival stands."
    )


def _likelihood(t: np.ndarray, ended: np.ndarray, n: Array) -> LogLikelihood:
    """P(leave at t) = B(α+1, β+t−1)/B(α, β); P(still there after t) = B(α, β+t)/B(α, β)."""
    longest = int(t.max())
    renewed = np.bincount(t - ended, weights=n, minlength=longest + 1)
    came_due = np.bincount(t, weights=n, minlength=longest + 1)
    lost = float(n[ended].sum())

    def evaluate(theta: Array) -> tuple[float, Array, Array]:
        alpha, beta = params = np.exp(theta)
        stay, stay1, stay2 = rising(beta, longest)
        both, both1, both2 = rising(alpha + beta, longest)
        shared, shared2 = came_due @ both1, came_due @ both2
        value = renewed @ stay - came_due @ both + lost * theta[0]
        gradient = np.array([lost / alpha - shared, renewed @ stay1 - shared])
        hessian = np.array([[-lost / alpha**2 - shared2, -shared2], [-shared2, renewed @ stay2 - shared2]])
        return float(value), *to_log_scale(params, gradient, hessian)

    return evaluate


def _ended(customers: pd.DataFrame) -> np.ndarray:
    ended = numeric(customers, "has_ended")
    if not np.isin(ended, [0, 1]).all():
        raise DataError("customers: column `has_ended` holds something other than true and false.")
    return ended.astype(bool)
