"""Cox regression on cells: what goes with a higher or lower churn rate (recipe survival).

Every estimate, standard error and diagnostic equals the one on the rows behind the counts (Efron's ties taken over units). That is why the fit
is our own: lifelines' `weights_col` counts tied rows instead of units and gives wrong robust errors, concordance and proportional-hazards
tests on aggregated data; on full rows it is the oracle in the tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxkit.models.survival.concordance import concordance
from cxkit.models.survival.design import Design, is_numeric, make_design, term_table, with_ratios
from cxkit.models.survival.partial_likelihood import PartialLikelihood
from cxkit.models.survival.survival_cells import Array, Cells, read_cells

ROUNDING = 1e-6
EVENTS_PER_TERM = 10  # below that Wald intervals of a Cox model are unreliable (Peduzzi et al. 1995)


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model.

    Attributes
    ----------
    verdict, reason : str
        "converged"; "not identified": some or all hazard ratios cannot be told from these data, `reason` says which and why, the others hold;
        "degenerate": nothing can be estimated, and every number is NaN.
    hazard_ratios : DataFrame, one row a term
        `covariate, level, reference, n_units, n_events, coefficient, std_error, robust_error, hazard_ratio, low, high, p_value, p_adjusted,
        verdict, reason`. Interval and p-value use the robust error; `p_adjusted` is Benjamini–Hochberg's over the terms.
    baseline : DataFrame, one row an event time
        `time, cumulative_hazard, survival` for average covariates (Efron's hazard, as R's survfit).
    covariance, robust_covariance : array
        Of the identified coefficients, in the order of `hazard_ratios` rows that have a coefficient.
    log_likelihood, concordance : float
    n_units, n_events, n_excluded : int
        Excluded are units never at risk and units without a value of a numeric covariate.
    """

    verdict: str
    reason: str
    hazard_ratios: pd.DataFrame
    baseline: pd.DataFrame
    covariance: Array
    robust_covariance: Array
    log_likelihood: float
    concordance: float
    n_units: int
    n_events: int
    n_excluded: int
    conf_level: float
    design: Design
    coefficients: Array
    likelihood: PartialLikelihood
    cells: Cells

    def log_risk(self, frame: pd.DataFrame) -> Array:
        """x'b against the average spell, one a row; NaN for a level that the model has not seen."""
        return self.design.matrix(frame) @ self.coefficients

    def survival(self, frame: pd.DataFrame, time: Array) -> Array:
        """S(t | x), one a row and its time; NaN before the first or beyond the last time at which anybody was at risk."""
        return np.exp(-self.hazard_to(time) * np.exp(self.log_risk(frame)))

    def hazard_to(self, time: Array) -> Array:
        """Cumulative baseline hazard at `time`; NaN beyond the follow-up."""
        if self.verdict == "degenerate":
            return np.full(np.shape(time), np.nan)
        steps = np.append(0.0, self.baseline["cumulative_hazard"].to_numpy())
        at = steps[np.searchsorted(self.baseline["time"].to_numpy(), time, side="right")]
        return np.where(np.asarray(time) <= self.cells.duration.max(initial=-np.inf), at, np.nan)


def fit_cox(
    cells: pd.DataFrame, covariates: Sequence[str], cluster: str | None = None, conf_level: float = 0.95
) -> CoxFit:
    """Fit a Cox model by maximum partial likelihood.

    Parameters
    ----------
    cells : DataFrame, one row a distinct spell with a count
        `duration`, `event`, the covariates (known before the time at risk), optional `entry` and `n_units`.
    covariates : names of columns
        Text, boolean and categorical ones become dummies, a null being the level "not known"; numbers enter as they are.
    cluster : str, optional
        Column that tells which rows belong together (the customer of several spells): the robust errors then sum over it. Where it is
        null each unit stands alone. If clusters are alike, one set of rows may stand for `n_clusters` of them (a column, 1 if absent).
    conf_level : float

    Raises
    ------
    DataError
        Values that cannot be a spell.
    ArgumentError
        A covariate that is not there.

    References
    ----------
    Cox (1972); Efron (1977); Lin & Wei (1989) for the robust errors.

    Examples
    --------
    >>> cells = pd.DataFrame({"duration": [1, 2, 3, 4, 2, 4], "event": [1, 1, 1, 0, 1, 0], "plan": list("aaabbb"), "n_units": 20})
    >>> fit = fit_cox(cells, ["plan"])
    >>> fit.verdict, fit.hazard_ratios.level[0], float(fit.hazard_ratios.hazard_ratio[0].round(2))
    ('converged', 'b', 0.16)
    """
    checked, frame = _complete(cells, covariates)
    design = make_design(frame, covariates, checked.n_units, checked.n_units * checked.event)
    x = design.matrix(frame)
    likelihood = PartialLikelihood(checked, x)
    about: dict[str, Any] = {
        "n_units": checked.size, "n_events": checked.n_events, "n_excluded": checked.n_excluded,
        "conf_level": conf_level, "design": design, "likelihood": likelihood, "cells": checked,
    }  # fmt: skip
    if reason := _hopeless(checked, design):
        return _degenerate(reason, x.shape[1], about)
    best = likelihood.maximise(np.zeros(x.shape[1]))
    covariance = likelihood.covariance(best)
    unknown = likelihood.not_identified(best)
    residuals = likelihood.score_residuals(best.beta) @ covariance
    robust = _sandwich(
        residuals, checked.n_units, frame[[cluster, *frame.columns.intersection(["n_clusters"])]] if cluster else None
    )
    table = _ratios(checked, design, x, best.beta, covariance, robust, unknown, conf_level)
    verdict, reason = _verdict(table, best.is_converged, checked.n_events)
    hazard = likelihood.cumulative_hazard(best.beta)
    return CoxFit(
        verdict=verdict,
        reason=reason,
        hazard_ratios=table,
        baseline=pd.DataFrame(
            {"time": likelihood.time.astype(float), "cumulative_hazard": hazard, "survival": np.exp(-hazard)}
        ),
        covariance=covariance,
        robust_covariance=robust,
        log_likelihood=best.log_likelihood,
        concordance=concordance(checked, x @ best.beta),
        coefficients=best.beta,
        **about,
    )


def _complete(cells: pd.DataFrame, covariates: Sequence[str]) -> tuple[Cells, pd.DataFrame]:
    """Spells at risk with all numeric covariates known; the units left out are counted."""
    checked = read_cells(cells)
    frame = cells.iloc[checked.kept]
    known = np.ones(len(frame), bool)
    for name in covariates:
        if name in frame and is_numeric(frame[name]):
            known &= np.isfinite(frame[name].to_numpy(dtype=float, na_value=np.nan))
    return checked.pick(known), frame[known]


def _hopeless(cells: Cells, design: Design) -> str:
    if not len(cells.duration):
        return "nobody was ever at risk"
    if not cells.event.any():
        return "nobody ended, so nothing can be said about who ends sooner"
    if not design.terms:
        return "no covariate varies: " + "; ".join(f"{term.name} is {why}" for term, why in design.dropped.items())
    return ""


def _sandwich(residuals: Array, n_units: Array, clusters: pd.DataFrame | None) -> Array:
    if clusters is None:
        return residuals.T @ (n_units[:, None] * residuals)
    codes, names = pd.factorize(clusters.iloc[:, 0])
    alone = codes < 0
    own = residuals[alone].T @ (n_units[alone, None] * residuals[alone])
    sums, alike = np.zeros((len(names), residuals.shape[1])), np.ones(len(names))
    np.add.at(sums, codes[~alone], (n_units[:, None] * residuals)[~alone])
    if "n_clusters" in clusters:
        alike[codes[~alone]] = clusters["n_clusters"].to_numpy(float)[~alone]
    return own + sums.T @ (sums / alike[:, None])


def _ratios(
    cells: Cells, design: Design, x: Array, beta: Array, covariance: Array, robust: Array, unknown: Array, conf_level: float
) -> pd.DataFrame:  # fmt: skip
    # A centred dummy is positive for its members.
    members = [x[:, k] > 0 if term.level else np.ones(len(x), bool) for k, term in enumerate(design.terms)]
    inside = [cells.pick(member) for member in members]
    with np.errstate(invalid="ignore"):
        model_error, error = np.sqrt(np.diag(covariance)), np.sqrt(np.diag(robust))
    error[error <= ROUNDING * model_error] = np.nan  # all residuals are zero but for rounding: they tell of no spread
    table = term_table(design.terms).assign(
        n_units=[part.size for part in inside], n_events=[part.n_events for part in inside],
        coefficient=beta, std_error=model_error, robust_error=error, verdict="converged", reason="",
    )  # fmt: skip
    table.loc[unknown, ["coefficient", "std_error", "robust_error"]] = np.nan
    table.loc[unknown, "verdict"] = "not identified"
    table.loc[unknown, "reason"] = [_why(row) for row in table[unknown].itertuples()]
    dropped = term_table(design.dropped).assign(verdict="not identified", reason=list(design.dropped.values()))
    return _finished(pd.concat([table, dropped], ignore_index=True), conf_level)


def _finished(table: pd.DataFrame, conf_level: float) -> pd.DataFrame:
    """All columns in their order, with the ratios."""
    names, texts = ["covariate", "level", "reference"], ["verdict", "reason"]
    counts, numbers = ["n_units", "n_events"], ["coefficient", "std_error", "robust_error"]
    kinds: dict[str, Any] = dict.fromkeys([*names, *texts], object)  # also where there is no row
    kinds |= dict.fromkeys(counts, "Int64") | dict.fromkeys(numbers, float)
    table = table.reindex(columns=[*names, *counts, *numbers, *texts]).astype(kinds)
    said = table[texts]
    return with_ratios(table.drop(columns=said.columns), "hazard_ratio", "robust_error", conf_level).join(said)


def _why(term: Any) -> str:
    if term.level and term.n_events == 0:
        return f"none of the {term.n_units:,} ended, so the ratio is 0 without a lower limit to its error"
    return "the data separate on it: those with the higher (or lower) values always end first"


def _verdict(table: pd.DataFrame, is_converged: bool, n_events: int) -> tuple[str, str]:
    bad = table[table["verdict"] != "converged"]
    if len(bad):
        names = bad["covariate"] + ("=" + bad["level"]).where(bad["level"] != "", "")
        return "not identified", "; ".join(names + ": " + bad["reason"])
    if not is_converged:
        return "not identified", "the likelihood has no clear maximum"
    needed = EVENTS_PER_TERM * len(table)
    few = f"{n_events} ends for {len(table)} terms; below {needed} the intervals are rough" if n_events < needed else ""
    return "converged", few


def _degenerate(reason: str, size: int, about: dict[str, Any]) -> CoxFit:
    design = about["design"]
    terms = [*design.terms, *design.dropped]
    table = term_table(terms).assign(verdict="degenerate", reason=[design.dropped.get(term, reason) for term in terms])
    nothing = np.full((size, size), np.nan)
    return CoxFit(
        verdict="degenerate",
        reason=reason,
        hazard_ratios=_finished(table, about["conf_level"]),
        baseline=pd.DataFrame({"time": [], "cumulative_hazard": [], "survival": []}, dtype=float),
        covariance=nothing,
        robust_covariance=nothing,
        log_likelihood=np.nan,
        concordance=np.nan,
        coefficients=np.full(size, np.nan),
        **about,
    )
