"""Time to success with those who gave up kept: they had not succeeded when they left."""

from math import isfinite, nan

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.flags import Flag
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import first
from cxkit.row import Row, Side
from cxkit.stats import Change, Interval, empty_change
from cxkit.stats.mover import mover, mover_p_value
from cxkit.stats.normal import z_quantile

METHOD = "Kaplan–Meier, log-log limits"


def completion_time_survival(ask: Ask) -> list[Row]:
    """Time within which half of the participants succeed at a task, by Kaplan–Meier; who gave up is censored then.

    Giving up is not random: the figure is what would be seen had those who left gone on like the others.

    Returns
    -------
    list of Row, one a task
        In seconds (NaN where fewer than half succeed in sight); numerator successes, denominator attempts.
    """
    attempts = [_attempts(ask.at(each)) for each in ask.periods]
    rows = [
        _of_task(ask, task, [side[side.task_id == task] for side in attempts])
        for task in sorted(set(attempts[0].task_id))
    ]
    return rows or [Row(flags=(Flag.EMPTY_DENOMINATOR,), shortfall="no attempt")]


def _of_task(ask: Ask, task: str, sides: list[pd.DataFrame]) -> Row:
    halves = [half_time(side.time_s, side.is_success, conf_level=ask.conf_level) for side in sides]
    successes = [int(side.is_success.sum()) for side in sides]
    segment, now = ask.segment.part("task_id", task), Side.of(halves[0], successes[0], len(sides[0]))
    if not ask.base:
        return Row(segment=segment, now=now)
    lacks = [stats.shortfall("survival", events=n) for n in successes]
    lacks += ["fewer than half succeed in sight" for half in halves if not isfinite(half.value)]
    base = Side(halves[1].value, n_units=len(sides[1]))
    change = empty_change("medians, MOVER")._replace(difference=now.value - base.value)
    if all(isfinite(limit) for half in halves for limit in half[:3]):
        now_95, base_95 = (half_time(side.time_s, side.is_success) for side in sides)
        p_value = mover_p_value(now_95, base_95) if isfinite(now_95.high) and isfinite(base_95.high) else nan
        change = Change(*mover(halves[0], halves[1]), p_value, change.method)
    return Row(segment=segment, now=now, base=base, change=change, shortfall=first(lacks))


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


def _attempts(ask: Ask) -> pd.DataFrame:
    relation, where, _ = ask.scope("attempts")
    return ask.source.sql(
        f"""
        select task_id, time_s, is_success from {relation}
        where started_at >= $start and started_at < $end and left_out is null and time_s is not null and ({where})
        order by task_id, time_s""",
        **ask.days,
    )
