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
from cxkit.models.survival.design import Design, is_numeric, make_design
from cxkit.models.survival.partial_likelihood import PartialLikelihood
from cxkit.models.survival.survival_cells import Array, Cells, read_cells
from cxkit.stats import adjust
from cxkit.stats.normal import z_p_value, z_quantile

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
    if reason := _hopeless(checked, design):
        return _degenerate(checked, design, x, reason, conf_level)
    likelihood = PartialLikelihood(checked, x)
    best = likelihood.maximise(np.zeros(x.shape[1]))
    covariance = likelihood.covariance(best)
    unknown = likelihood.not_identified(best)
    residuals = likelihood.score_residuals(best.beta) @ covariance
    robust = _sandwich(
        residuals, checked.n_units, frame[[cluster, *frame.columns.intersection(["n_clusters"])]] if cluster else None
    )
    table = _ratios(checked, design, x, best.beta, covariance, robust, unknown, conf_level)
    verdict, reason = _verdict(table, best.is_converged, int((checked.n_units * checked.event).sum()))
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
        n_units=int(checked.n_units.sum()),
        n_events=int((checked.n_units * checked.event).sum()),
        n_excluded=checked.n_excluded,
        conf_level=conf_level,
        design=design,
        coefficients=best.beta,
        likelihood=likelihood,
        cells=checked,
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
    cells: Cells,
    design: Design,
    x: Array,
    beta: Array,
    covariance: Array,
    robust: Array,
    unknown: Array,
    conf_level: float,
) -> pd.DataFrame:
    z = z_quantile(conf_level)
    rows: list[dict[str, Any]] = []
    for number, term in enumerate(design.terms):
        member = (
            x[:, number] > 0 if term.level else np.ones(len(x), bool)
        )  # a centred dummy is positive for its members
        n_units, n_events = _units(cells, member)
        row: dict[str, Any] = {"covariate": term.covariate, "level": term.level, "reference": term.reference}
        row |= {"n_units": n_units, "n_events": n_events}
        if unknown[number]:
            rows.append(row | {"verdict": "not identified", "reason": _why(n_units, n_events, term.level)})
            continue
        b, model_error = beta[number], float(np.sqrt(covariance[number, number]))
        error = float(np.sqrt(robust[number, number]))
        if error <= ROUNDING * model_error:  # all residuals are zero but for rounding: they tell of no spread
            error = np.nan
        rows.append(
            row
            | {
                "coefficient": b,
                "std_error": model_error,
                "robust_error": error,
                "hazard_ratio": np.exp(b),
                "low": np.exp(b - z * error),
                "high": np.exp(b + z * error),
                "p_value": z_p_value(b / error),
                "verdict": "converged",
                "reason": "",
            }
        )
    for term, why in design.dropped.items():
        rows.append(
            {"covariate": term.covariate, "level": term.level, "reference": term.reference, "verdict": "not identified"}
            | {"reason": why}
        )
    return _with_columns(rows)


def _units(cells: Cells, member: Array) -> tuple[int, int]:
    units = cells.n_units * member
    return int(units.sum()), int((units * cells.event).sum())


def _with_columns(rows: list[dict[str, Any]]) -> pd.DataFrame:
    numbers = ["coefficient", "std_error", "robust_error", "hazard_ratio", "low", "high", "p_value", "p_adjusted"]
    counts = ["n_units", "n_events"]
    names = ["covariate", "level", "reference", *counts, *numbers, "verdict", "reason"]
    table = pd.DataFrame(rows, columns=names)
    table = table.astype({name: float for name in numbers} | {name: "Int64" for name in counts})
    table["p_adjusted"] = adjust(table["p_value"].to_numpy(), "fdr_bh").p_values
    return table


def _why(n_units: int, n_events: int, level: str) -> str:
    if level and n_events == 0:
        return f"none of the {n_units:,} ended, so the ratio is 0 without a lower limit to its error"
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


def _degenerate(cells: Cells, design: Design, x: Array, reason: str, conf_level: float) -> CoxFit:
    rows: list[dict[str, Any]] = [
        {"covariate": term.covariate, "level": term.level, "reference": term.reference}
        | {"verdict": "degenerate", "reason": design.dropped.get(term, reason)}
        for term in (*design.terms, *design.dropped)
    ]
    size = len(design.terms)
    nothing = np.full((size, size), np.nan)
    return CoxFit(
        verdict="degenerate",
        reason=reason,
        hazard_ratios=_with_columns(rows),
        baseline=pd.DataFrame({"time": [], "cumulative_hazard": [], "survival": []}, dtype=float),
        covariance=nothing,
        robust_covariance=nothing,
        log_likelihood=np.nan,
        concordance=np.nan,
        n_units=int(cells.n_units.sum()),
        n_events=int((cells.n_units * cells.event).sum()),
        n_excluded=cells.n_excluded,
        conf_level=conf_level,
        design=design,
        coefficients=np.full(size, np.nan),
        likelihood=PartialLikelihood(cells, x),
        cells=cells,
    )
