"""How fast mentions that need an answer get one. Who is still waiting counts."""

from datetime import date, timedelta
from math import ceil, isfinite, nan

import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.stats import Interval
from cxkit.stats.mover import mover

FOLLOWED_DAYS = 7  # how long a mention is watched for an answer


def response_time(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Time within which half of the mentions that needed an answer had one.

    Every mention is watched for 7 days; younger ones are left out and counted. Those without an answer by then count as longer than any,
    so the median is exact as long as half are answered. Order-statistic interval.

    Returns
    -------
    DataFrame, one row
        For `measure`: seconds; numerator mentions answered, denominator mentions that needed it.
    """
    known = source.coverage("social_mentions")[1] + timedelta(days=1)
    sides = [_waits(source, each.start, each.end, segment) for each in (period, base) if each]
    ripe = [side[side.mentioned_at + timedelta(days=FOLLOWED_DAYS) <= pd.Timestamp(known)] for side in sides]
    typical = [_half(side.wait_s, conf_level) for side in ripe]
    lacks = [
        stats.shortfall("skewed_time", n=len(side)) or _unanswered(one) for side, one in zip(ripe, typical, strict=True)
    ]
    young, one = len(sides[0]) - len(ripe[0]), typical[0]
    reasons = [f"outcome not known before {FOLLOWED_DAYS} days: {young:,}"] if young else []
    reasons += [lacks[0]] if lacks[0] and not isfinite(one.value) else []
    flags = ["empty_denominator"] if ripe[0].empty else ["low_n"] if lacks[0] else []
    row: dict[str, object] = {
        "value": _finite(one.value), "ci_low": _finite(one.low), "ci_high": _finite(one.high), "ci_method": one.method,
        "numerator": float(ripe[0].wait_s.lt(float("inf")).sum()), "denominator": float(len(ripe[0])), "n_units": len(ripe[0]),
        "n_excluded": young, "exclusion_reasons": "; ".join(reasons), "flags": ";".join(flags + ["immature"] * bool(young)),
        "shortfall": next(filter(None, lacks), ""),
    }  # fmt: skip
    if base and not any(lacks):
        before = typical[1]
        row |= {"base_value": before.value, "base_ci_low": _finite(before.low), "base_ci_high": _finite(before.high),
                "base_n_units": len(ripe[1]), "test": "Mann–Whitney"}  # fmt: skip
        row |= dict(
            zip(("difference", "difference_low", "difference_high"), map(_finite, mover(one, before)), strict=True)
        )
        row["p_value"] = _ranked_apart(ripe[0].wait_s, ripe[1].wait_s)
    return pd.DataFrame([row])


def answers(source: Source, start: date, end: date, *, segment: str = "") -> pd.DataFrame:
    """Hours until an answer, as cells for `cxkit.models.survival.kaplan_meier`; unanswered mentions are censored where the data end.

    Returns
    -------
    DataFrame, one row a distinct time to a tenth of an hour
        `duration, event, n_units`, up to 7 days.
    """
    if not source.has("social_mentions"):
        return pd.DataFrame(
            {"duration": pd.Series(dtype=float), "event": pd.Series(dtype=bool), "n_units": pd.Series(dtype=int)}
        )
    known = source.in_utc(source.coverage("social_mentions")[1] + timedelta(days=1))
    found = _waits(source, start, end, segment)
    followed = (known - found.mentioned_at_utc).dt.total_seconds().clip(0, FOLLOWED_DAYS * 86400)
    event = found.wait_s <= followed
    duration = (found.wait_s.where(event, followed) / 3600).round(1)
    cells = (
        pd.DataFrame({"duration": duration, "event": event}).value_counts(sort=False).rename("n_units").reset_index()
    )
    return cells.sort_values(["duration", "event"], ignore_index=True)


def _waits(source: Source, start: date, end: date, segment: str) -> pd.DataFrame:
    """`mentioned_at, mentioned_at_utc, wait_s` of mentions that needed an answer; infinite without one within 7 days."""
    relation, where, _ = scope(source, "own_mentions", None, segment)
    found = source.sql(
        f"select mentioned_at, mentioned_at_utc, wait_s from {relation}"
        f" where needs_answer and mentioned_at >= $start and mentioned_at < $end and ({where}) order by all",
        start=start, end=end,
    )  # fmt: skip
    wait = found.wait_s.astype(float)
    return found.assign(wait_s=wait.where(wait <= FOLLOWED_DAYS * 86400, float("inf")))


def _half(waits: pd.Series, conf_level: float) -> Interval:
    """Median with its interval; infinite ends where more are unanswered."""
    ordered = waits.sort_values().to_numpy(float)
    if not len(ordered):
        return Interval(nan, nan, nan, "median, order statistics")
    # Finite stand-ins keep the order, so that the ranks of `stats.median` are right; what falls on one has no time.
    top = FOLLOWED_DAYS * 86400.0 + 1
    found = stats.median([min(wait, top) for wait in ordered], conf_level=conf_level)
    upper_middle = ordered[ceil((len(ordered) - 1) / 2)]
    low, high = (float("inf") if end >= top else end for end in (found.low, found.high))
    return Interval(found.value if isfinite(upper_middle) else float("inf"), low, high, found.method)


def _unanswered(half: Interval) -> str:
    return "" if isfinite(half.value) else f"half had no answer within {FOLLOWED_DAYS} days"


def _finite(value: float) -> float:
    return value if isfinite(value) else nan


def _ranked_apart(now: pd.Series, before: pd.Series) -> float:
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(now, before).pvalue)
