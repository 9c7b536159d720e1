"""From sums to intervals and tests: which statistic answers for which recipe of a metric."""

from dataclasses import dataclass
from math import isnan, nan, sqrt

from cxkit import stats
from cxkit.metric import Metric
from cxkit.stats import Change, ClusterSums, CrossSums, Interval, Times
from cxkit.stats.mover import mover, mover_p_value
from cxkit.stats.times import ENOUGH_FOR_MEDIAN


@dataclass(frozen=True)
class Totals:
    """What one period says about one metric in one segment.

    Attributes
    ----------
    sums : ClusterSums
        Over clusters, or over rows where every row is independent.
    days : int
        Length of the period: the exposure of a plain count.
    n_positive : int
        Clusters with a positive numerator.
    times : Times, optional
        The distribution, for recipe skewed_time.
    """

    sums: ClusterSums
    days: int
    n_positive: int = 0
    times: Times | None = None


def interval(metric: Metric, side: Totals, conf_level: float) -> Interval:
    """The figure with its interval, by the metric's recipe."""
    sums = side.sums
    match metric.recipe:
        case "skewed_time" if side.times is not None:
            return stats.typical_time(side.times.values, side.times.counts, conf_level=conf_level)
        case "count_rate" if metric.denominator is None:
            return stats.count_rate(sums.num, 1, sums.num2, conf_level=conf_level)
        case "proportion" if _is_independent(sums):
            return stats.proportion(sums.num, sums.den, conf_level=conf_level)
        case "small_proportion" if _is_independent(sums):
            return stats.small_proportion(sums.num, sums.den, conf_level=conf_level)
        case "heavy_tailed_mean":
            return stats.abc_ratio(sums, conf_level=conf_level)
        case "rating_mean" if metric.cluster is None:
            return stats.rating_mean(sums.n, sums.num, sums.num2, conf_level=conf_level)
        case "net_score":
            return stats.net_score(*_classes(sums), conf_level=conf_level)
    return stats.ratio(sums, share=_is_part(metric, sums), conf_level=conf_level)


def change(metric: Metric, current: Totals, base: Totals, cross: CrossSums | None, conf_level: float) -> Change:
    """Current − base with interval and test. People in both periods are counted once in what varies."""
    one, zero = current.sums, base.sums
    match metric.recipe:
        case "skewed_time":
            return _time_change(current, base, conf_level)
        case "count_rate" if metric.denominator is None:
            return _count_change(current, base, cross, conf_level)
        case "proportion" | "small_proportion" if (
            _is_independent(one) and _is_independent(zero) and not (cross and cross.denden)
        ):
            return stats.proportion_change(one.num, one.den, zero.num, zero.den, conf_level=conf_level)
        case "heavy_tailed_mean":
            return stats.mean_change(one, zero, cross, conf_level=conf_level)
        case "rating_mean" if metric.cluster is None:
            return stats.rating_change((one.n, one.num, one.num2), (zero.n, zero.num, zero.num2), conf_level=conf_level)
        case "net_score":
            return stats.net_score_change(_classes(one), _classes(zero), conf_level=conf_level)
    is_part = _is_part(metric, one) and _is_part(metric, zero)
    return stats.ratio_change(one, zero, cross, share=is_part, conf_level=conf_level)


def shortfall(metric: Metric, current: Totals, base: Totals | None = None) -> str:
    """What is missing for a verdict, "n = 18, needs 30"; empty if both periods have enough."""
    sides = [side for side in (current, base) if side is not None]
    if metric.recipe == "count_rate":
        return stats.shortfall("count_rate", events=sum(side.sums.num for side in sides))
    lacks = (
        stats.shortfall(
            metric.recipe,
            n=side.times.n if side.times else side.sums.n,
            events=side.sums.num,
            non_events=side.sums.den - side.sums.num,
            positive=side.n_positive,
        )
        for side in sides
    )
    return next(filter(None, lacks), "")


def _is_part(metric: Metric, sums: ClusterSums) -> bool:
    """Whether the numerator is a part of the denominator; interactions by reach are told in percent and may exceed 100."""
    return metric.unit == "share" and 0 <= sums.num <= sums.den


def _time_change(current: Totals, base: Totals, conf_level: float) -> Change:
    """Difference in seconds; the test is on the ratio of geometric means, for times grow and shrink by factors."""
    assert current.times is not None and base.times is not None
    sides = (current.times, base.times)
    # One statistic for both: a median minus a geometric mean would be the difference of nothing.
    typical = stats.typical_time if all(times.n >= ENOUGH_FOR_MEDIAN for times in sides) else stats.geometric_mean
    now, then = (typical(times.values, times.counts, conf_level=conf_level) for times in sides)
    test = stats.times_change(*sides, conf_level=conf_level)
    return Change(*mover(now, then), test.p_value, test.method)


def _count_change(current: Totals, base: Totals, cross: CrossSums | None, conf_level: float) -> Change:
    """Counts of two periods, the base scaled to as many days; bunched events and people in both periods allowed for."""
    scale = current.days / base.days
    one, zero = current.sums, base.sums
    joint = sqrt(one.num2 * zero.num2)
    rho = cross.numnum / joint if cross and joint > 0 else 0.0

    def pair(level: float) -> tuple[Interval, Interval]:
        now = stats.count_rate(one.num, 1, one.num2, conf_level=level)
        then = stats.count_rate(zero.num, 1 / scale, zero.num2, conf_level=level)
        return now, then

    limits = mover(*pair(conf_level), rho)
    method = "rate per day" if current.days != base.days else "count"
    return Change(*limits, mover_p_value(*pair(0.95), rho), method)


def _is_independent(sums: ClusterSums) -> bool:
    """Whether every cluster has one row: then a share is a plain proportion."""
    return sums.den == sums.den2 == sums.n or sums.den == 0


def _classes(sums: ClusterSums) -> tuple[float, float, float]:
    """Positives, neutrals, negatives from sums of +1, 0 and −1."""
    positive, negative = (sums.num2 + sums.num) / 2, (sums.num2 - sums.num) / 2
    return positive, sums.den - positive - negative, negative


def relative(current: float, base: float, metric: Metric, days: int, base_days: int) -> float:
    """Current ÷ base − 1, counts per day; NaN without a positive base."""
    scale = base_days / days if metric.denominator is None and metric.recipe == "count_rate" else 1.0
    return current / base * scale - 1 if not isnan(base) and base > 0 else nan
