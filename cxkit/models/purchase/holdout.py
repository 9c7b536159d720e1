"""Hold-out validation: what the model, fitted until a cut, says of the time after it. Read it before any value."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline

from cxkit.models.purchase.gammagamma import SpendFit
from cxkit.models.purchase.predict import forecast_total
from cxkit.models.purchase.purchase import DAYS, PurchaseFit, as_date
from cxkit.models.rows import Array, correlation, counts
from cxkit.stats.ties import settled


def forecasts_against_truth(fit: PurchaseFit, histories: pd.DataFrame, conf_level: float = 0.95) -> pd.DataFrame:
    """The model beside two forecasts that need no model.

    Parameters
    ----------
    fit : fitted on the calibration part of the same histories
    histories : DataFrame from `hold_out_history`

    Returns
    -------
    DataFrame, one row a forecast: the model, "past rate" (repeat purchases ÷ T × hold-out), "repeat last period"
        `forecast, expected, low, high, actual, error` (relative to the actual total; negative is too low), and over customers
        `mae, rmse, correlation`. `low, high` is the predictive interval of the total, only for the model.
    """
    n, actual = counts(histories), histories["n_after"].to_numpy(dtype=float)
    length = hold_out_length(fit, histories)
    x, T = histories["frequency"].to_numpy(dtype=float), histories["T"].to_numpy(dtype=float)
    total = forecast_total(fit, histories, length, conf_level)
    rate = np.divide(x, T, out=np.zeros_like(x), where=T > 0)
    return pd.DataFrame(
        [
            _scores(fit.name, fit.expected_purchases(histories, length).to_numpy(), actual, n, total.low, total.high),
            _scores("past rate", rate * length, actual, n),
            _scores("repeat last period", histories["n_before"].to_numpy(dtype=float), actual, n),
        ]
    )


def calibration_by_frequency(fit: PurchaseFit, histories: pd.DataFrame, most: int = 7) -> pd.DataFrame:
    """Mean purchases in the hold-out by repeat purchases before it: `frequency, n_customers, actual, expected`.

    Frequencies of `most` and more are one row, labelled as "7+".
    """
    n = counts(histories)
    expected = fit.expected_purchases(histories, hold_out_length(fit, histories)).to_numpy()
    frame = pd.DataFrame(
        {
            "frequency": histories["frequency"].clip(upper=most).astype(int),
            "n_customers": n,
            "actual": histories["n_after"].to_numpy(dtype=float) * n,
            "expected": expected * n,
        }
    )
    table = _means_by("frequency", frame)
    table["frequency"] = [f"{value}+" if value == most else str(value) for value in table["frequency"]]
    return table


def tracking(fit: PurchaseFit, by_day: pd.DataFrame, until: str | date, step_days: int = 7) -> pd.DataFrame:
    """Repeat purchases of all customers week by week, actual beside expected, through calibration and hold-out.

    Parameters
    ----------
    by_day : DataFrame from `purchases_by_day` (`day, n_first, n_repeat`), to the end of the hold-out
    until : last day of the hold-out
    step_days : length of a step; the last one that is not complete is left out

    Returns
    -------
    DataFrame, one row a step
        `week_end` (last day), `actual, expected, cumulative_actual, cumulative_expected, is_hold_out`. Customers count from their
        first purchase on, those who first bought after the calibration are left out.
    """
    day = pd.to_datetime(by_day["day"]).dt.date
    if by_day.empty:
        names = ["week_end", "actual", "expected", "cumulative_actual", "cumulative_expected", "is_hold_out"]
        return pd.DataFrame(columns=names)
    first_day, last_day = min(day), as_date(until)
    births = by_day.loc[by_day["n_first"] > 0].assign(day=day)
    if fit.until is not None:
        births = births[births["day"] <= fit.until]
    steps = ((last_day - first_day).days + 1) // step_days
    ends = [first_day + timedelta(days=step_days * (k + 1) - 1) for k in range(steps)]
    at = ((pd.to_datetime(day) - pd.Timestamp(first_day)).dt.days // step_days).to_numpy()
    kept = at < steps
    actual = np.bincount(at[kept], weights=by_day["n_repeat"].to_numpy(dtype=float)[kept], minlength=steps)
    by_age = _expected_by_age(fit, (last_day - first_day).days)
    cumulative = np.array([_expected_until(end, births, by_age) for end in ends])
    return pd.DataFrame(
        {
            "week_end": ends,
            "actual": actual,
            "expected": np.diff(cumulative, prepend=0.0),
            "cumulative_actual": np.cumsum(actual),
            "cumulative_expected": cumulative,
            "is_hold_out": [fit.until is not None and end > fit.until for end in ends],
        }
    )


def spend_deciles(fit: PurchaseFit, spend: SpendFit, histories: pd.DataFrame, groups: int = 10) -> pd.DataFrame:
    """Spend in the hold-out by tenth of expected spend: a model that ranks well rises from row to row, a calibrated one agrees.

    Parameters
    ----------
    histories : DataFrame from `hold_out_spend`

    Returns
    -------
    DataFrame, one row a tenth of customers, the lowest expected first
        `decile, n_customers, expected, actual` (mean net amount a customer), `share_of_actual`.
    """
    n = counts(histories)
    expected = (
        fit.expected_purchases(histories, hold_out_length(fit, histories)) * spend.expected_spend(histories)
    ).to_numpy()
    # Equal expectations fall the same way on every machine: by what was seen of the customers.
    order = np.lexsort((*(histories[name].to_numpy() for name in ("T", "recency", "frequency")), settled(expected)))
    rank = np.empty(len(n))
    rank[order] = (np.cumsum(n[order]) - n[order] / 2) / n.sum()
    frame = pd.DataFrame(
        {
            "decile": np.minimum((rank * groups).astype(int), groups - 1) + 1,
            "n_customers": n,
            "expected": expected * n,
            "actual": histories["amount_after"].to_numpy(dtype=float) * n,
        }
    )
    table = _means_by("decile", frame)
    total = frame.groupby("decile")["actual"].sum()
    table["share_of_actual"] = total.to_numpy() / max(float(total.sum()), 1e-12)
    return table


def _means_by(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Means a customer of totals, one row a group."""
    table = frame.groupby(name, as_index=False).sum()
    table[["expected", "actual"]] = table[["expected", "actual"]].div(table["n_customers"], axis=0)
    table["n_customers"] = table["n_customers"].round().astype(int)
    return table


def hold_out_length(fit: PurchaseFit, histories: pd.DataFrame) -> float:
    """Length of the hold-out in the fit's unit, from the dates that the histories carry."""
    return (histories.attrs["hold_out_until"] - histories.attrs["until"]).days / DAYS[fit.time_unit]


def _scores(
    name: str, expected: Array, actual: Array, n: Array, low: float = np.nan, high: float = np.nan
) -> dict[str, object]:
    miss, size = expected - actual, n.sum() or np.nan  # without customers there is no mean
    total, truth = float(n @ expected), float(n @ actual)
    return {
        "forecast": name,
        "expected": total,
        "low": low,
        "high": high,
        "actual": truth,
        "error": total / truth - 1 if truth > 0 else np.nan,
        "mae": float(n @ np.abs(miss) / size),
        "rmse": float(np.sqrt(n @ miss**2 / size)),
        "correlation": correlation(expected, actual, n),
    }


def _expected_by_age(fit: PurchaseFit, oldest: int) -> Array:
    """Expected repeat purchases of a customer in the first 0, 1 … `oldest` days.

    The curve bends ever less with age, so it is computed at ages that lie ever farther apart (6 %), and a cubic spline between
    them is right to six digits.
    """
    if not fit.usable:
        return np.full(oldest + 1, np.nan)
    new = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0]})
    ages = np.union1d(
        np.arange(16), np.rint(np.geomspace(16, max(oldest, 17), int(np.log(max(oldest, 17) / 16) / 0.06) + 2))
    )
    known = [fit.expected_purchases(new, age / DAYS[fit.time_unit])[0] for age in ages]
    return CubicSpline(ages, known)(np.arange(oldest + 1))


def _expected_until(end: date, births: pd.DataFrame, by_age: Array) -> float:
    age = np.array([(end - day).days for day in births["day"]])
    born = age >= 0
    return float(births["n_first"].to_numpy(dtype=float)[born] @ by_age[age[born]])
