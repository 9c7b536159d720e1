"""Churn risk of each customer over the next h days, and whether such risks came true.

The test is a split in time: fit on what was known on a day, score those who were customers on that day, look at what happened after it.
Covariates are those known on the day, so nothing of the future leaks in. Calibration comes first (do 10 % leave of those given 10 %?),
then discrimination (who leaves first?), then the Brier score against the null model that knows tenure only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxkit.models.survival.concordance import concordance
from cxkit.models.survival.cox import CoxFit, fit_cox
from cxkit.models.survival.kaplan_meier import MIN_EVENTS, READABLE, kaplan_meier
from cxkit.models.survival.partial_likelihood import PartialLikelihood
from cxkit.models.survival.survival_cells import Array, Cells, read_cells, units_at_risk
from cxkit.stats import Interval
from cxkit.stats.ties import settled


@dataclass(frozen=True)
class RiskValidation:
    """How risks compare with what happened.

    Attributes
    ----------
    verdict, reason : str
        "calibrated": the predicted share lies in the interval of the observed one; "off": it does not, `reason` gives both;
        "can't tell": fewer than 10 ends.
    calibration : DataFrame, one row a group of similar risk
        `group, n_units, n_events, predicted, observed, low, high`; observed is 1 − Kaplan–Meier at the horizon.
    predicted : float
        Mean risk; to be held against `observed` with its interval.
    concordance, auc, skill : Interval
        Harrell's c up to the horizon; the area under the ROC curve at the horizon, cases weighted by 1/G(u−) (Uno et al. 2007);
        skill = 1 − Brier ÷ Brier of the null model (0: no better than tenure alone). Bootstrap intervals over units.
    brier, brier_null : float
        Weighted by the inverse probability of being uncensored, G(u−) at u = min(time of end, horizon) (Graf et al. 1999).
    """

    verdict: str
    reason: str
    calibration: pd.DataFrame
    predicted: float
    observed: Interval
    concordance: Interval
    auc: Interval
    brier: float
    brier_null: float
    skill: Interval
    horizon: float
    n_units: int
    n_events: int


def churn_risk(fit: CoxFit, customers: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """Probability that each customer leaves within the next `horizon`, given the tenure so far.

    Parameters
    ----------
    fit : CoxFit
        If it is degenerate the risk depends on tenure alone.
    customers : DataFrame
        `tenure` (time since the start of the spell, same unit as the fit) and the covariates of the fit, as known now.
    horizon : float

    Returns
    -------
    DataFrame with the index of `customers`
        `risk` in 0–1; NaN where a covariate is missing or has a level that the fit has not seen. `is_extrapolated`: tenure + horizon lies
        beyond the time that can be read (10 at risk); the hazard there is held at its average over the last `horizon` before it.
    """
    hazard, readable_to = _cumulative_hazard(fit.cells, fit)
    tenure = customers["tenure"].to_numpy(dtype=float)
    log_risk = np.zeros(len(customers)) if fit.verdict == "degenerate" else fit.log_risk(customers)
    gain = _between(hazard, readable_to, tenure, horizon)
    return pd.DataFrame(
        {"risk": -np.expm1(-gain * np.exp(log_risk)), "is_extrapolated": tenure + horizon > readable_to},
        index=customers.index,
    )


def tenure_risk(cells: pd.DataFrame, customers: pd.DataFrame, horizon: float) -> pd.DataFrame:
    """As `churn_risk`, from tenure alone: the null model that covariates have to beat."""
    checked = read_cells(cells)
    hazard, readable_to = _cumulative_hazard(checked, None)
    tenure = customers["tenure"].to_numpy(dtype=float)
    gain = _between(hazard, readable_to, tenure, horizon)
    return pd.DataFrame(
        {"risk": -np.expm1(-gain), "is_extrapolated": tenure + horizon > readable_to}, index=customers.index
    )


def validate_on_split(
    known: pd.DataFrame,
    later: pd.DataFrame,
    covariates: Sequence[str],
    horizon: float,
    conf_level: float = 0.95,
    n_boot: int = 100,
    seed: int = 0,
) -> RiskValidation:
    """Fit on what was known on a day, score the customers of that day, compare with what happened.

    Parameters
    ----------
    known : DataFrame, one row a distinct spell with a count
        Spells as they stood on the day of the split: `duration`, `event`, covariates, optional `entry` and `n_units`.
    later : DataFrame, one row a distinct customer with a count
        Customers of that day: `tenure` on the day, covariates as known then, `duration` and `event` counted from the day on, `n_units`.
    """
    fit = fit_cox(known, covariates)
    scored = later.assign(
        risk=churn_risk(fit, later, horizon)["risk"], null_risk=tenure_risk(known, later, horizon)["risk"]
    )
    return validate_risk(scored, horizon, conf_level, n_boot, seed)


def validate_risk(
    scored: pd.DataFrame, horizon: float, conf_level: float = 0.95, n_boot: int = 100, seed: int = 0
) -> RiskValidation:
    """Compare risks with what happened afterwards.

    Parameters
    ----------
    scored : DataFrame, one row a distinct customer with a count
        `risk`, `null_risk`, `duration` and `event` after the day of the risks, `n_units`. Rows without a risk are left out.
    """
    scored = scored[scored["risk"].notna()].reset_index(drop=True)
    # Whoever is still there at the horizon has kept the promise; what happened afterwards is no part of it.
    ended = scored["event"].astype(bool) & (scored["duration"] <= horizon)
    scored = scored.assign(event=ended, duration=scored["duration"].clip(upper=horizon))
    cells = read_cells(scored.drop(columns="entry", errors="ignore"))
    scored = scored.iloc[cells.kept].reset_index(drop=True)
    n_events = int((cells.n_units * cells.event).sum())
    scored["risk"] = settled(scored["risk"].to_numpy(float))  # equal risks are one group, and half a pair
    risk, null = (scored[name].to_numpy(float) for name in ("risk", "null_risk"))
    predicted = float(np.average(risk, weights=cells.n_units)) if len(risk) else np.nan
    observed = _observed(scored, horizon, conf_level)

    def measures(units: Array) -> tuple[float, ...]:
        part = Cells(cells.entry, cells.duration, cells.event, units, cells.kept, 0)
        own, other = _brier(part, risk, horizon), _brier(part, null, horizon)
        return concordance(part, risk), _auc(part, risk, horizon), float(_skill(own, other)), own, other

    *found, brier, brier_null = measures(cells.n_units)
    c, auc, skill = _bootstrap(measures, cells.n_units, found, conf_level, n_boot, seed)
    verdict, reason = _verdict(predicted, observed, n_events)
    return RiskValidation(
        verdict=verdict,
        reason=reason,
        calibration=_calibration(scored.assign(n_units=cells.n_units), horizon, conf_level),
        predicted=predicted,
        observed=observed,
        concordance=c,
        auc=auc,
        brier=brier,
        brier_null=brier_null,
        skill=skill,
        horizon=horizon,
        n_units=int(cells.n_units.sum()),
        n_events=n_events,
    )


def _cumulative_hazard(cells: Cells, fit: CoxFit | None) -> tuple[Callable[[Array], Array], float]:
    """The baseline hazard as a step function, and the last time at which 10 are at risk (or anybody, if never 10)."""
    if fit is not None and fit.verdict != "degenerate":
        time, hazard = fit.baseline["time"].to_numpy(), fit.baseline["cumulative_hazard"].to_numpy()
    else:
        nothing = PartialLikelihood(cells, np.zeros((len(cells.duration), 0)))
        time, hazard = nothing.time, nothing.cumulative_hazard(np.zeros(0))
    if not len(cells.duration):
        return lambda t: np.full(np.shape(t), np.nan), np.nan
    times = np.unique(cells.duration)
    enough = times[units_at_risk(cells, times) >= READABLE]
    steps = np.append(0.0, hazard)
    return lambda t: steps[np.searchsorted(time, t, side="right")], float(enough[-1] if len(enough) else times[-1])


def _between(hazard: Callable[[Array], Array], readable_to: float, tenure: Array, horizon: float) -> Array:
    """Hazard collected from tenure to tenure + horizon; beyond the readable time at the average rate of the last stretch before it."""
    start, stop = np.minimum(tenure, readable_to), np.minimum(tenure + horizon, readable_to)
    stretch = min(horizon, readable_to) if readable_to > 0 else 1.0
    recent = (hazard(np.array([readable_to])) - hazard(np.array([readable_to - stretch]))) / stretch
    return hazard(stop) - hazard(start) + recent * (horizon - (stop - start))


def _observed(scored: pd.DataFrame, horizon: float, conf_level: float) -> Interval:
    """1 − Kaplan–Meier at the horizon (or at the end of the follow-up, if all ended before)."""
    curve = kaplan_meier(scored[["duration", "event", "n_units"]], conf_level)
    value, low, high, method = curve.survival_at(horizon)
    return Interval(1 - value, 1 - high, 1 - low, f"1 − Kaplan–Meier, {method}")


def _calibration(scored: pd.DataFrame, horizon: float, conf_level: float) -> pd.DataFrame:
    """Ten groups of rising risk with about the same number of units; equal risks stay together."""
    columns = ["group", "n_units", "n_events", "predicted", "observed", "low", "high"]
    levels = scored.groupby("risk")["n_units"].sum()
    middle = (levels.cumsum() - levels / 2) / max(levels.sum(), 1)
    group_of = (middle * 10).astype(int).clip(upper=9)
    rows: list[tuple[float, ...]] = []
    for number, (_, part) in enumerate(scored.groupby(scored["risk"].map(group_of)), start=1):
        units = part["n_units"].sum()
        predicted = (part["risk"] * part["n_units"]).sum() / units
        events = (part["event"] * part["n_units"]).sum()
        rows.append((number, units, events, predicted, *_observed(part, horizon, conf_level)[:3]))
    return pd.DataFrame(rows, columns=columns).astype({"group": int, "n_units": int, "n_events": int})


def _brier(cells: Cells, risk: Array, horizon: float) -> float:
    """Mean squared error of the risk at the horizon over those whose fate is known, weighted by 1/G(u−)."""
    known = cells.event | (cells.duration >= horizon)
    weight = cells.n_units[known] / _uncensored_before(cells, cells.duration[known])
    total = cells.n_units.sum()
    return float((weight * (cells.event[known] - risk[known]) ** 2).sum() / total) if total else np.nan


def _uncensored_before(cells: Cells, at: Array) -> Array:
    """G(t−): probability of not being censored before t; at a shared time ends come before censorings."""
    time, number = np.unique(cells.duration, return_inverse=True)
    ended = np.bincount(number, cells.n_units * cells.event, len(time))
    censored = np.bincount(number, cells.n_units * ~cells.event, len(time))
    n_at_risk = units_at_risk(cells, time) - ended
    step = 1 - np.divide(censored, n_at_risk, out=np.zeros(len(time)), where=n_at_risk > 0)
    return np.append(1.0, np.cumprod(step))[np.searchsorted(time, at, side="left")]


def _auc(cells: Cells, risk: Array, horizon: float) -> float:
    """Chance that who ends by the horizon had a higher risk than who is still there, equal risks half; NaN without both kinds."""
    case, control = cells.event, ~cells.event & (cells.duration >= horizon)
    weight = np.zeros(len(risk))
    weight[case] = cells.n_units[case] / _uncensored_before(cells, cells.duration[case])
    levels, level = np.unique(risk, return_inverse=True)
    cases, controls = np.bincount(level, weight, len(levels)), np.bincount(level, cells.n_units * control, len(levels))
    pairs = cases.sum() * controls.sum()
    return float(cases @ (np.cumsum(controls) - controls / 2) / pairs) if pairs else np.nan


def _bootstrap(
    measures: Callable[[Array], tuple[float, ...]],
    n_units: Array,
    found: Sequence[float],
    conf_level: float,
    n_boot: int,
    seed: int,
) -> list[Interval]:
    """Percentile intervals of the first measures; the counts of the cells are redrawn."""
    random, total = np.random.default_rng(seed), int(n_units.sum())
    redrawn = (random.multinomial(total, n_units / total).astype(float) for _ in range(n_boot if total else 0))
    draws = np.array([measures(units)[: len(found)] for units in redrawn], dtype=float).reshape(-1, len(found))
    return [_percentile(value, column, conf_level) for value, column in zip(found, draws.T, strict=True)]


def _skill(brier: Array | float, null: Array | float) -> Array:
    null = np.asarray(null, dtype=float)
    return 1 - np.divide(brier, null, out=np.full(null.shape, np.nan), where=null > 0)


def _percentile(value: Array | float, draws: Array, conf_level: float) -> Interval:
    draws = draws[np.isfinite(draws)]
    if not len(draws) or not np.isfinite(value):
        return Interval(float(value), np.nan, np.nan, "bootstrap of units")
    low, high = np.quantile(draws, [(1 - conf_level) / 2, (1 + conf_level) / 2])
    return Interval(float(value), float(min(low, value)), float(max(high, value)), "bootstrap of units")


def _verdict(predicted: float, observed: Interval, n_events: int) -> tuple[str, str]:
    if n_events < MIN_EVENTS:
        return "can't tell", f"{n_events} ended within the horizon; {MIN_EVENTS} are needed"
    said = f"{predicted:.1%} predicted, {observed.value:.1%} left ({observed.low:.1%} to {observed.high:.1%})"
    return ("calibrated" if observed.low <= predicted <= observed.high else "off"), said
