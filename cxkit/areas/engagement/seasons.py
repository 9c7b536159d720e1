"""A daily series taken apart into trend, week and rest (STL), with days marked that the rest cannot explain.

Cleveland, Cleveland, McRae & Terpenning (1990), Journal of Official Statistics 6, 3–73; statsmodels' implementation.
"""

import numpy as np
import pandas as pd

from cxkit.exactness import fitted

WEEK = 7
LEAST_DAYS = 4 * WEEK  # two seasons to know one, and as many to judge it
WEEKS_ALIKE = 15  # odd; the weekly pattern is smoothed over so many weeks: over fewer it follows single days
LIMIT = 3.5  # robust standard deviations (Iglewicz & Hoaglin 1993): one regular day in 2,000 lies beyond
TO_SD = 1.4826  # median absolute deviation to standard deviation, for a normal distribution


def decompose(days: pd.DataFrame, *, day: str = "day", value: str = "value") -> pd.DataFrame:
    """Trend, weekly season and rest of a daily count, by robust STL.

    A day is an anomaly if its rest, divided by √trend as counts vary, lies more than 3.5 robust standard deviations from the
    median, a standard deviation being 1 at least as for independent visits.

    Parameters
    ----------
    days : DataFrame
        One row a day without gaps, in order.

    Returns
    -------
    DataFrame, one row a day
        `day, observed, trend, season, residual, expected` (trend + season), `is_anomaly`. observed = trend + season + residual.
        Empty for fewer than 28 days.

    Examples
    --------
    >>> days = pd.DataFrame({"day": pd.date_range("2026-08-03", periods=56), "value": [10, 10, 10, 10, 12, 20, 19] * 8})
    >>> parts = decompose(days)
    >>> bool(parts.season[5] > parts.season[0]), int(parts.is_anomaly.sum())
    (True, 0)
    """
    columns = ["day", "observed", "trend", "season", "residual", "expected", "is_anomaly"]
    if len(days) < LEAST_DAYS:
        return pd.DataFrame(columns=columns)
    from statsmodels.tsa.seasonal import STL

    observed = days[value].to_numpy(float)
    fit = STL(observed, period=WEEK, seasonal=WEEKS_ALIKE, robust=True).fit()
    rest = fit.resid / np.sqrt(np.maximum(fit.trend, 1.0))
    spread = TO_SD * float(np.median(np.abs(rest - np.median(rest))))
    # Counts of independent visits vary by √mean at least; what the smoothing took away of that is not precision.
    odd = np.abs(rest - np.median(rest)) > LIMIT * max(spread, 1.0)
    parts = pd.DataFrame(
        {
            "day": days[day].to_numpy(), "observed": observed, "trend": fit.trend, "season": fit.seasonal, "residual": fit.resid,
            "expected": fit.trend + fit.seasonal, "is_anomaly": odd,
        }
    )  # fmt: skip
    return fitted(parts[columns])
