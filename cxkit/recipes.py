"""From sums to intervals and tests: which statistic answers for which recipe of a metric."""

from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy as np

from cxkit import stats
from cxkit.metric import Metric
from cxkit.stats import Change, ClusterSums, CrossSums, Interval


@dataclass(frozen=True)
class Side:
    """What one period says about one metric in one segment.

    Attributes
    ----------
    sums : ClusterSums
        Over clusters, or over rows where every row is independent.
    days : int
        Length of the period: the exposure of a plain count.
    values, counts : ndarray
        The distribution, for times only.
    """

    sums: ClusterSums
    days: int
    values: np.ndarray | None = None
    counts: np.ndarray | None = None


def interval(metric: Metric, side: Side, conf_level: float) -> Interval:
    """The figure with its interval, by the metric's recipe."""
    sums = side.sums
    is_share = metric.unit == "share"
    match metric.recipe:
        case "T":
            return stats.typical_time(side.values, side.counts, conf_level=conf_level)
        case "R" if metric.denominator is None:
            return stats.count_rate(sums.num, 1, sums.num2, conf_level=conf_level)
        case "P" if metric.cluster is None or metric.per_cluster:
            return stats.proportion(sums.num, sums.den, conf_level=conf_level)
        case "PA" if metric.cluster is None or metric.per_cluster:
            return stats.small_proportion(sums.num, sums.den, conf_level=conf_level)
        case "K":
            return stats.abc_ratio(sums, conf_level=conf_level)
        case "M" if metric.cluster is None:
            return stats.mean(sums.n, sums.num, sums.num2, conf_level=conf_level)
        case "N":
            return stats.net_score(*_classes(sums), conf_level=conf_level)
    return stats.ratio(sums, share=is_share, conf_level=conf_level)


def change(metric: Metric, current: Side, base: Side, cross: CrossSums | None, conf_level: float) -> Change:
    """Current − base with interval and test. People in both periods are counted once in what varies."""
    one, zero = current.sums, base.sums
    is_share = metric.unit == "share"
    match metric.recipe:
        case "T":
            return stats.times_change(current.values, current.counts, base.values, base.counts, conf_level=conf_level)
        case "R" if metric.denominator is None:
            return _count_change(current, base, cross, conf_level)
        case "P" | "PA" if metric.cluster is None:
            return stats.proportion_change(one.num, one.den, zero.num, zero.den, conf_level=conf_level)
        case "K":
            return stats.abc_change(one, zero, cross, conf_level=conf_level)
        case "M" if metric.cluster is None:
            return stats.mean_change(one.n, one.num, one.num2, zero.n, zero.num, zero.num2, conf_level=conf_level)
        case "N":
            return stats.net_score_change(_classes(one), _classes(zero), conf_level=conf_level)
    return stats.ratio_change(one, zero, cross, share=is_share, conf_level=conf_level)


def verdict_needs(metric: Metric, side: Side) -> str:
    """Empty if there is enough for a verdict, else what is missing: "n = 18, needs 30"."""
    sums = side.sums
    return stats.gates.shortfall(metric.recipe, n=sums.n, events=sums.num, total=sums.den)


def _count_change(current: Side, base: Side, cross: CrossSums | None, conf_level: float) -> Change:
    """Counts of two periods, the base scaled to as many days; bunched events and people in both periods allowed for."""
    scale = current.days / base.days
    one, zero = current.sums, base.sums
    joint = sqrt(one.num2 * zero.num2)
    rho = cross.numnum / joint if cross and joint > 0 else 0.0

    def pair(level: float) -> tuple[Interval, Interval]:
        now = stats.count_rate(one.num, 1, one.num2, conf_level=level)
        then = stats.count_rate(zero.num, 1 / scale, zero.num2, conf_level=level)
        return now, then

    limits = stats.mover(*pair(conf_level), rho)
    method = "rate per day" if current.days != base.days else "count"
    return Change(*limits, stats.mover_p_value(*pair(0.95), rho), method)


def _classes(sums: ClusterSums) -> tuple[float, float, float]:
    """Positives, neutrals, negatives from sums of +1, 0 and −1."""
    positive, negative = (sums.num2 + sums.num) / 2, (sums.num2 - sums.num) / 2
    return positive, sums.den - positive - negative, negative


def relative(current: float, base: float, metric: Metric, days: int, base_days: int) -> float:
    """Current ÷ base − 1, counts per day; NaN without a positive base."""
    scale = base_days / days if metric.denominator is None and metric.recipe == "R" else 1.0
    return current / base * scale - 1 if not isnan(base) and base > 0 else nan
