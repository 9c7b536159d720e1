"""Gamma-Gamma: what a purchase is worth. Each customer's purchases scatter around an own mean; means differ over customers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaln, polygamma, psi

from cxkit.models.fit import DETERMINED, Fit
from cxkit.models.maximise import THIN_ABOVE, LogLikelihood, maximise, to_log_scale
from cxkit.models.rows import Array, correlation, counts, dot, levels, numeric, refuse

NAMES = ["p", "q", "v"]


@dataclass(frozen=True, kw_only=True)
class SpendFit(Fit):
    """A Gamma-Gamma model with what it rests on.

    `n_customers` have repeat purchases with a positive mean value; `n_excluded` bought again with a mean value of 0 or less.
    `correlation` between frequency and value over the customers fitted: the model assumes that there is none.
    See `Fit` for the rest.
    """

    n_excluded: int
    correlation: float

    @property
    def population_mean(self) -> float:
        """Mean value of a purchase over all customers, p·v/(q − 1); NaN where q ≤ 1, as the mean is then infinite."""
        p, q, v = self.params.values()
        return p * v / (q - 1) if q > 1 else np.nan

    def expected_spend(self, customers: pd.DataFrame) -> pd.Series:
        """Expected value of a purchase of each customer (`frequency`, `monetary_value`).

        The own mean is drawn towards the population's, the more so the fewer the purchases; without a repeat purchase it is
        the population mean itself.
        """
        return pd.Series(self.moments(customers)[0], index=customers.index, name="expected_spend")

    def moments(self, customers: pd.DataFrame) -> tuple[Array, Array, Array]:
        """Of each customer: E[M] and E[M²] of the own mean M, and the expected variance of one purchase around M.

        NaN where the moment does not exist (few purchases and a heavy tail, p·x + q ≤ 1 or ≤ 2).
        """
        x, value = numeric(customers, "frequency"), numeric(customers, "monetary_value")
        x = np.where(value > 0, x, 0.0)
        p, q, v = self.params.values()
        shape, total = p * x + q, v + x * np.where(x > 0, value, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(shape > 1, p * total / (shape - 1), np.nan)
            square = np.where(shape > 2, total**2 / ((shape - 1) * (shape - 2)), np.nan)
        return mean, p**2 * square, p * square


def fit_gammagamma(customers: pd.DataFrame) -> SpendFit:
    """Fit Gamma-Gamma by maximum likelihood.

    Parameters
    ----------
    customers : DataFrame, one row a distinct (frequency, monetary_value)
        `frequency` repeat purchase days; `monetary_value` their mean net amount, the first purchase excluded;
        `n_customers` how many share the row (1 if absent). Rows without a repeat purchase are passed over.

    Returns
    -------
    SpendFit
        `params` p, q, v (v in money), `covariance` of their logarithms, `verdict` with `reason`, the frequency-value
        `correlation` and how many customers were excluded. Never raises on a well-formed table.

    Raises
    ------
    DataError
        A missing column, gaps, or a negative or broken frequency; names the count and the first row.

    References
    ----------
    Fader, Hardie & Lee (2005), "RFM and CLV", Journal of Marketing Research 42(4); Fader & Hardie (2013), technical note.

    Examples
    --------
    >>> customers = pd.DataFrame({"frequency": [1, 2, 2, 5, 1, 3], "monetary_value": [20.0, 35.5, 18.0, 60.0, 9.5, 31.0],
    ...                           "n_customers": [30, 20, 20, 10, 30, 10]})
    >>> fit = fit_gammagamma(customers)
    >>> fit.n_customers, round(fit.population_mean, 1)
    (120, 25.1)
    """
    x, value, n = numeric(customers, "frequency"), numeric(customers, "monetary_value"), counts(customers)
    refuse(customers, (x < 0) | (x != np.floor(x)), "have a frequency that is not a whole number of purchases")
    repeat = (x > 0) & (n > 0)
    use = repeat & (value > 0)
    excluded = round(float(n[repeat & ~use].sum()))
    x, value, n = x[use], value[use], n[use]
    about: dict[str, Any] = {"name": "Gamma-Gamma", "n_customers": round(float(n.sum())), "n_excluded": excluded}
    if len(x) == 0:
        reason = "Nobody bought again with a positive amount, so nothing tells how customers differ in what they spend."
        return SpendFit.degenerate(NAMES, reason, correlation=np.nan, **about)
    scale = float(value @ n / n.sum())
    coarse = likelihood(x[::20], value[::20] / scale, n[::20]) if len(x) > THIN_ABOVE else None
    starts = [np.log([4.0, 4.0, 0.75]), np.log([1.0, 2.0, 1.0])]
    top = maximise(likelihood(x, value / scale, n), starts, coarse)
    return SpendFit.at_top(
        top, NAMES, np.array([1.0, 1.0, scale]), lambda loose, params: _reason(loose, params, excluded),
        log_likelihood=top.log_likelihood - float(n.sum()) * float(np.log(scale)),
        correlation=correlation(x, value, n),
        **about,
    )  # fmt: skip


def likelihood(x: Array, value: Array, n: Array) -> LogLikelihood:
    """Fader & Hardie (2013), eq. 1a, arranged so that nothing large cancels; special functions once a distinct frequency."""
    frequencies, at = levels(x)
    weight = np.bincount(at, weights=n)
    total = x * value
    log_total = np.log(total)
    constant = -dot(n, np.log(value))
    n_log_total = dot(n, log_total)
    nx = n * x

    def evaluate(theta: Array) -> tuple[float, Array, Array]:
        p, q, v = params = np.exp(theta)
        px, all_n = p * frequencies, weight.sum()
        log_more = np.log1p(v / total)  # ln(total + v) − ln(total)
        inverse = 1 / (total + v)
        n_more, nx_more = dot(n, log_more), dot(nx, log_more)
        n_inverse, nx_inverse = dot(n, inverse), dot(nx, inverse)
        inverse *= inverse
        n_inverse2, nx_inverse2 = dot(n, inverse), dot(nx, inverse)
        n_over_v = n_more + n_log_total - all_n * theta[2]  # Σ n ln(1 + total/v)

        psi_sum, psi_px = psi(px + q), psi(px)
        trigamma_sum = polygamma(1, px + q)
        value = constant - weight @ betaln(px, q) - p * nx_more - q * n_over_v
        gradient = np.array(
            [
                (weight * frequencies) @ (psi_sum - psi_px) - nx_more,
                weight @ (psi_sum - psi(q)) - n_over_v,
                all_n * q / v - p * nx_inverse - q * n_inverse,
            ]
        )
        hessian = np.empty((3, 3))
        hessian[0, 0] = (weight * frequencies**2) @ (trigamma_sum - polygamma(1, px))
        hessian[0, 1] = hessian[1, 0] = (weight * frequencies) @ trigamma_sum
        hessian[0, 2] = hessian[2, 0] = -nx_inverse
        hessian[1, 1] = weight @ (trigamma_sum - polygamma(1, q))
        hessian[1, 2] = hessian[2, 1] = all_n / v - n_inverse
        hessian[2, 2] = -all_n * q / v**2 + p * nx_inverse2 + q * n_inverse2
        return float(value), *to_log_scale(params, gradient, hessian)

    return evaluate


def _reason(loose: list[str], params: Array, excluded: int) -> str:
    q = params[1]
    said = [DETERMINED]
    if loose:
        said = [
            f"Not determined by the data: {', '.join(loose)}. Customers or their purchases differ too little, or too few bought "
            "twice. Expected spend stands; the standard errors of these parameters do not exist."
        ]
    if q <= 1:
        said.append(
            "The tail is so heavy (q ≤ 1) that the mean spend of a customer without repeat purchases is not finite."
        )
    if excluded:
        said.append(f"{excluded:,} repeat buyers with a mean value of 0 or less are left out.")
    return " ".join(said)
