"""Time to success with those who gave up kept: they had not succeeded when they left."""

from math import isfinite, nan

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.segment import part_of
from cxkit.stats import Interval
from cxkit.stats.mover import mover, mover_p_value
from cxkit.stats.normal import z_quantile

METHOD = "Kaplan–Meier, log-log limits"


def completion_time_survival(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Time within which half of the participants succeed at a task, by Kaplan–Meier; who gave up is censored then.

    Giving up is not random: the figure is what would be seen had those who left gone on like the others.

    Returns
    -------
    DataFrame, one row a task
        For `measure`: segment `task_id=…`, value in seconds (NaN where fewer than half succeed in sight), numerator successes, denominator
        and n_units attempts.
    """
    sides = [_attempts(source, each, segment) for each in (period, base) if each]
    rows = []
    for task in sorted(set(sides[0].task_id)):
        parts = [side[side.task_id == task] for side in sides]
        halves = [half_time(part.time_s, part.is_success, conf_level=conf_level) for part in parts]
        successes = [int(part.is_success.sum()) for part in parts]
        now = halves[0]
        row: dict[str, object] = {
            "segment": part_of(segment, "task_id", task), "value": now.value, "ci_low": now.low,
            "ci_high": now.high, "ci_method": now.method, "numerator": successes[0], "denominator": float(len(parts[0])),
            "n_units": len(parts[0]),
        }  # fmt: skip
        if base:
            lacks = [stats.shortfall("survival", events=n) for n in successes]
            lacks += ["fewer than half succeed in sight" for half in halves if not isfinite(half.value)]
            low, high = halves
            tested = all(isfinite(limit) for half in halves for limit in half[:3])
            limits = mover(low, high) if tested else (now.value - halves[1].value, nan, nan)
            now_wide, base_wide = (half_time(part.time_s, part.is_success, conf_level=0.95) for part in parts)
            is_wide = all(isfinite(one.high) for one in (now_wide, base_wide))
            row |= {
                "base_value": halves[1].value, "base_n_units": len(parts[1]), "difference": limits[0],
                "difference_low": limits[1], "difference_high": limits[2],
                "p_value": mover_p_value(now_wide, base_wide) if tested and is_wide else nan,
                "test": "medians, MOVER", "shortfall": next(filter(None, lacks), ""),
            }  # fmt: skip
        rows.append(row)
    return pd.DataFrame(
        rows or [{"value": nan, "flags": "empty_denominator"} | ({"shortfall": "no attempt"} if base else {})]
    )


def half_time(times: pd.Series, ended: pd.Series, *, conf_level: float = 0.95) -> Interval:
    """Median of times of which some only say "longer than": the first time at which the Kaplan–Meier curve is at or under one half.

    References
    ----------
    Kaplan & Meier (1958), Journal of the American Statistical Association 53, 457–481; Brookmeyer & Crowley (1982), Biometrics 38, 29–41.

    Examples
    --------
    >>> half = half_time(pd.Series([1, 2, 3, 5, 8, 13, 24, 24, 30, 48]), pd.Series([1, 1, 1, 1, 1, 1, 0, 1, 0, 0]).astype(bool))
    >>> half.value
    8.0
    """
    z = z_quantile(conf_level)
    counts = (
        pd.DataFrame({"time": np.asarray(times, float), "ended": np.asarray(ended, bool)})
        .groupby("time")
        .ended.agg(["sum", "size"])
    )
    if counts.empty:
        return Interval(nan, nan, nan, METHOD)
    at_risk = counts["size"].iloc[::-1].cumsum().iloc[::-1].to_numpy(float)
    ends = counts["sum"].to_numpy(float)
    survival = np.cumprod(1 - ends / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(ends / (at_risk * (at_risk - ends)))
        reach = z * np.sqrt(variance) / np.log(survival)
        low, high = survival ** np.exp(-reach), survival ** np.exp(reach)
    # Before the first success and after the last participant the limits are the curve itself.
    low, high = (np.where(np.isfinite(limit), limit, survival) for limit in (low, high))
    grid = counts.index.to_numpy(float)
    value, first, last = (_first_under(grid, curve) for curve in (survival, low, high))
    return Interval(value, min(first, value) if isfinite(value) else first, last, METHOD)


def _first_under(grid: np.ndarray, curve: np.ndarray) -> float:
    under = np.flatnonzero(curve <= 0.5)
    return float(grid[under[0]]) if len(under) else nan


def _attempts(source: Source, period: Period, segment: str) -> pd.DataFrame:
    relation, where, _ = scope(source, "attempts", None, segment)
    return source.sql(
        f"""
        select task_id, time_s, is_success from {relation}
        where started_at >= $start and started_at < $end and left_out is null and time_s is not null and ({where})
        order by task_id, time_s""",
        start=period.start,
        end=period.end,
    )
