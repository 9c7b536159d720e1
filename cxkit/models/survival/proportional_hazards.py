"""Do the hazard ratios of a Cox model stay the same over time, and if not, does it matter?

With a million members every test is significant, so each p-value stands beside an effect: the hazard ratio among early and among late ends.
"""

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from cxkit.models.survival.cox import CoxFit
from cxkit.models.survival.partial_likelihood import PartialLikelihood
from cxkit.models.survival.survival_cells import Array, risk_table
from cxkit.stats import adjust
from cxkit.stats.normal import z_quantile

SMALL = 1.25  # a hazard ratio that changes by less than this factor (either way) still describes the whole time

_COLUMNS = ["covariate", "level", "statistic", "p_value", "p_adjusted"]
_EFFECTS = ["split_at", "ratio_early", "ratio_late", "change", "low", "high", "verdict", "reason"]


def check_proportional_hazards(fit: CoxFit, transform: str = "km") -> pd.DataFrame:
    """Test each hazard ratio for a trend over time and show how large the change is.

    Parameters
    ----------
    fit : CoxFit
    transform : "km", "rank" or "identity"
        Scale of time on which a trend is looked for: 1 − Kaplan–Meier at the end (ties share a value; what R and lifelines call km),
        the mean rank among the ends, or time itself.

    Returns
    -------
    DataFrame, one row a term of `fit.hazard_ratios`
        `covariate, level`; `statistic` (chi-square, 1 df, Grambsch & Therneau 1994 with the average variance, as lifelines), `p_value`,
        `p_adjusted` (Holm); `split_at` the median time of the ends, `ratio_early`, `ratio_late` the hazard ratios up to it and after it,
        `change` = late ÷ early with `low`, `high`; `verdict`:

        - "holds": no trend beyond noise
        - "small": a trend beyond noise, but the ratio changes by less than a factor of 1.25
        - "fails": a trend beyond noise and a change that matters: report the two ratios, or fit an AFT model
        - "can't tell": not identified; `reason` says why
    """
    table = fit.hazard_ratios[["covariate", "level"]].copy()
    known = (fit.hazard_ratios["verdict"] == "converged").to_numpy()
    for name in (*_COLUMNS[2:], *_EFFECTS[:-2]):
        table[name] = np.nan
    table["verdict"], table["reason"] = "can't tell", fit.hazard_ratios["reason"]
    if not known.any():
        return table
    # The terms of the table that are in the model come first, in the model's order.
    in_model = known[: len(fit.coefficients)]
    rows = table.index[known]
    statistic = _trend_tests(fit, transform)[in_model]
    table.loc[rows, "statistic"] = statistic
    table.loc[rows, "p_value"] = chdtrc(1, statistic)
    table["p_adjusted"] = adjust(table["p_value"].to_numpy(float), "holm").p_values
    table.loc[rows, _EFFECTS[:-2]] = _early_and_late(fit)[in_model]
    verdicts = [
        _verdict(p, change, 1 - fit.conf_level)
        for p, change in table.loc[rows, ["p_adjusted", "change"]].to_numpy(float)
    ]
    table.loc[rows, ["verdict", "reason"]] = verdicts
    return table


def _trend_tests(fit: CoxFit, transform: str) -> Array:
    trend, spread, n_events = _trend(fit, transform)
    variance = np.diag(fit.covariance)
    if spread <= 0:  # everybody ended at one time
        return np.full(len(variance), np.nan)
    return n_events * (fit.covariance @ trend) ** 2 / (variance * spread)


def _trend(fit: CoxFit, transform: str) -> tuple[Array, float, int]:
    """Σ (g − ḡ) · Schoenfeld residual, Σ (g − ḡ)² and the number of ends, over units that ended."""
    likelihood = fit.likelihood
    ends = likelihood.n_ends
    scale = _time_scale(fit, likelihood, transform)
    centred = scale - ends @ scale / ends.sum()
    return centred @ likelihood.schoenfeld(fit.coefficients), float(ends @ centred**2), int(ends.sum())


def _time_scale(fit: CoxFit, likelihood: PartialLikelihood, transform: str) -> Array:
    if transform == "identity":
        return likelihood.time.astype(float)
    ends = likelihood.n_ends
    if transform == "rank":
        return ends.cumsum() - (ends - 1) / 2
    risk = risk_table(fit.cells)
    survival = np.cumprod(1 - risk.n_events / risk.n_at_risk)
    return 1 - survival[np.searchsorted(risk.time, likelihood.time)]


def _early_and_late(fit: CoxFit) -> Array:
    """Terms × (split, early, late, late ÷ early, low, high).

    Ends at different times have separate partial likelihoods, so the two fits are independent and together are the model with one
    coefficient before and another after the split.
    """
    cells = fit.cells
    ended = np.argsort(cells.duration)[cells.event[np.argsort(cells.duration)]]
    total = cells.n_units[ended].cumsum()
    split = cells.duration[ended][np.searchsorted(total, total[-1] / 2)]
    b_early, v_early = _part(fit.likelihood.part(until=split), fit.coefficients)
    b_late, v_late = _part(fit.likelihood.part(after=split), fit.coefficients)
    change, error = b_late - b_early, np.sqrt(v_early + v_late)
    half = z_quantile(fit.conf_level) * error
    logs = np.column_stack([b_early, b_late, change, change - half, change + half])
    return np.column_stack([np.full(len(logs), split), np.exp(logs)])


def _part(likelihood: PartialLikelihood, start: Array) -> Array:
    """Coefficients and variances of one part of the time; NaN where the part cannot tell."""
    if not len(likelihood.time):
        return np.full((2, len(start)), np.nan)
    best = likelihood.maximise(start)
    known = np.vstack([best.beta, np.diag(likelihood.covariance(best))])
    return np.where(likelihood.not_identified(best), np.nan, known)


def _verdict(p_adjusted: float, change: float, alpha: float) -> tuple[str, str]:
    if np.isnan(p_adjusted):
        return "can't tell", "all ends fall on one time"
    if p_adjusted >= alpha:
        return "holds", ""
    if np.isnan(change):
        return "fails", "a trend beyond noise; one half of the time alone cannot tell the ratio"
    if 1 / SMALL < change < SMALL:
        return "small", f"a trend beyond noise that changes the ratio by a factor of {change:.2f}"
    return "fails", f"the ratio changes by a factor of {change:.2f} between early and late ends"
