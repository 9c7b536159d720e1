"""Own posts by kind of content and by hour, and against competitors' posts."""

from datetime import timedelta
from math import exp, isfinite, log, nan

import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.dataset.windows import POST_DAYS
from cxkit.measurement.measure import beside
from cxkit.measurement.parts import own_columns
from cxkit.measurement.scope import scope
from cxkit.metric import Metric
from cxkit.period import Period
from cxkit.stats import Interval
from cxkit.stats.mover import mover, mover_p_value

YEAR = timedelta(days=365)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RIPE = f"case when not is_mature then 'outcome not known: read before the {POST_DAYS}th day' end"


def exposure(source: Source) -> str:
    """What interactions are divided by: reach where it is known, else followers."""
    return "reach" if source.has("social_posts", "reach") else "followers"


def content_types(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Engagement rate of the own posts by kind of content.

    Returns
    -------
    DataFrame, one row a kind
        For `measure`: segment `content_type=…`.
    """
    rate = Metric(
        id="rate", title="", view="own_posts", time="published_at", excluded=_RIPE, numerator="engagements",
        denominator=exposure(source), recipe="clustered_ratio", unit="share", definition="", source="own", needs=("social_posts.published_at",),
    )  # fmt: skip
    return own_columns(beside(source, rate, period, base, by="content_type", segment=segment, conf_level=conf_level))


def by_hour(
    source: Source, period: Period, *, hours: int = 3, least: int = 3, days: int = 365, segment: str = ""
) -> pd.DataFrame:
    """Engagement rate of the own posts by weekday and hour of publishing, over the year up to the period's end.

    Parameters
    ----------
    hours : int
        Length of a block; a divisor of 24.
    least : int
        Cells of fewer posts have no value.

    Returns
    -------
    DataFrame, one row a weekday and block in which anything was posted
        `weekday, hour` ("06–09"), `value, numerator, denominator, n_posts` (posts).
    """
    if not source.has("social_posts"):
        return pd.DataFrame(columns=["weekday", "hour", "value", "numerator", "denominator", "n_posts"])
    relation, where, _ = scope(source, "own_posts", None, segment)
    found = source.sql(
        f"select isodow(published_at) as day, hour(published_at) // {hours} as block, sum(engagements) as numerator,"
        f" sum({exposure(source)}) as denominator, count(*) as n_posts from {relation}"
        f" where is_mature and published_at >= $start and published_at < $end and engagements is not null"
        f" and {exposure(source)} > 0 and ({where}) group by all order by all",
        start=period.end - timedelta(days=days), end=period.end,
    )  # fmt: skip
    cells = pd.MultiIndex.from_product([range(1, 8), range(24 // hours)], names=["day", "block"])
    grid = found.set_index(["day", "block"]).reindex(cells).reset_index()
    grid["weekday"] = [WEEKDAYS[day - 1] for day in grid.day]
    grid["hour"] = [f"{block * hours:02}–{(block + 1) * hours:02}" for block in grid.block]
    used = grid.groupby("block").n_posts.transform("sum") > 0
    grid["value"] = (grid.numerator / grid.denominator).where(grid.n_posts >= least)
    grid["n_posts"] = grid.n_posts.fillna(0).astype(int)
    return grid.loc[used, ["weekday", "hour", "value", "numerator", "denominator", "n_posts"]].reset_index(drop=True)


def competitive_index(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Median interactions per post and 1,000 followers, own ÷ competitors'.

    The interval joins the order-statistic intervals of the two medians on the scale of logs (MOVER): no draws, no form assumed.

    Returns
    -------
    DataFrame, one row
        For `measure`: numerator and denominator are the two medians, n_units the fewer of the two numbers of posts.
    """
    asked = (period, base) if base else (period,)
    medians = [_medians(source, each, segment) for each in asked]
    sides = [_index(*pair, conf_level) for pair in medians]
    own, others = medians[0]
    lacks = [stats.shortfall("clustered_ratio", n=min(len(one), len(other))) for one, other in medians]
    row: dict[str, object] = {
        "value": sides[0].value, "ci_low": sides[0].low, "ci_high": sides[0].high, "ci_method": sides[0].method,
        "numerator": own.median(), "denominator": others.median(), "n_units": min(len(own), len(others)),
        "flags": "empty_denominator" if others.empty else "low_n" if lacks[0] else "", "shortfall": next(filter(None, lacks), ""),
    }  # fmt: skip
    if base and all(isfinite(side.value) and side.value > 0 for side in sides):
        tested = [_logs(_index(*pair, 0.95)) for pair in medians]
        row |= {
            "base_value": sides[1].value, "base_ci_low": sides[1].low, "base_ci_high": sides[1].high,
            "base_numerator": medians[1][0].median(), "base_denominator": medians[1][1].median(),
            "base_n_units": min(len(medians[1][0]), len(medians[1][1])),
            "p_value": mover_p_value(tested[0], tested[1]), "test": "MOVER on logs of medians",
        }  # fmt: skip
        row |= dict(zip(("difference", "difference_low", "difference_high"), mover(sides[0], sides[1]), strict=True))
    return pd.DataFrame([row])


def _medians(source: Source, period: Period, segment: str) -> tuple[pd.Series, pd.Series]:
    """Interactions per 1,000 followers of each post, own and competitors'."""
    relation, where, _ = scope(source, "posts", None, segment)
    found = source.sql(
        f"select is_own, 1000.0 * engagements / followers as rate from {relation} join brands using (brand_id)"
        f" where is_mature and is_named and followers > 0 and engagements is not null"
        f" and published_at >= $start and published_at < $end and ({where}) order by all",
        start=period.start, end=period.end,
    )  # fmt: skip
    return found.rate[found.is_own], found.rate[~found.is_own]


def _index(own: pd.Series, others: pd.Series, conf_level: float) -> Interval:
    method = "order statistics, MOVER on logs"
    if own.empty or others.empty:
        return Interval(nan, nan, nan, method)
    one, other = (stats.median(side, conf_level=conf_level) for side in (own, others))
    if not (one.value > 0 and other.value > 0):
        return Interval(one.value / other.value if other.value else nan, nan, nan, method)
    value, low, high = mover(_logs(one), _logs(other))
    return Interval(exp(value), exp(low), exp(high), method)


def _logs(interval: Interval) -> Interval:
    return Interval(_log(interval.value), _log(interval.low), _log(interval.high), interval.method)


def _log(value: float) -> float:
    return log(value) if value > 0 else nan
