"""Own posts by kind of content and by hour, and against competitors' posts."""

from datetime import timedelta
from math import exp, isfinite, log, nan

import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.dataset.windows import POST_DAYS
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import few, first
from cxkit.measurement.measure import rows_of
from cxkit.metric import Metric
from cxkit.period import Period
from cxkit.row import Row, Side
from cxkit.stats import Change, Interval
from cxkit.stats.mover import mover, mover_p_value
from cxkit.stats.results import empty_change

YEAR = 365
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RIPE = f"case when not is_mature then 'outcome not known: read before the {POST_DAYS}th day' end"


def exposure(source: Source) -> str:
    """What interactions are divided by: reach where it is known, else followers."""
    return "reach" if source.has("social_posts", "reach") else "followers"


def in_year(ask: Ask, days: int = YEAR) -> Ask:
    """The same question about the year, or so many days, up to the period's end."""
    end = ask.period.end
    return ask.at(Period("days", end - timedelta(days=days), end))


def content_types(ask: Ask) -> list[Row]:
    """Engagement rate of the own posts, a row a kind of content."""
    rate = Metric(
        id="rate", title="", view="own_posts", time="published_at", excluded=_RIPE, numerator="engagements",
        denominator=exposure(ask.source), recipe="clustered_ratio", unit="share", definition="", source="own",
        needs=("social_posts.published_at",),
    )  # fmt: skip
    return rows_of(ask, rate, "content_type")


def by_hour(ask: Ask, *, hours: int = 3, least: int = 3, days: int = YEAR) -> pd.DataFrame:
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
    if not ask.source.has("social_posts"):
        return pd.DataFrame(columns=["weekday", "hour", "value", "numerator", "denominator", "n_posts"])
    relation, where, _ = ask.scope("own_posts")
    by = exposure(ask.source)
    found = ask.source.sql(
        f"select isodow(published_at) as day, hour(published_at) // {hours} as block, sum(engagements) as numerator,"
        f" sum({by}) as denominator, count(*) as n_posts from {relation}"
        f" where is_mature and published_at >= $start and published_at < $end and engagements is not null"
        f" and {by} > 0 and ({where}) group by all order by all",
        **in_year(ask, days).days,
    )
    cells = pd.MultiIndex.from_product([range(1, 8), range(24 // hours)], names=["day", "block"])
    grid = found.set_index(["day", "block"]).reindex(cells).reset_index()
    grid["weekday"] = [WEEKDAYS[day - 1] for day in grid.day]
    grid["hour"] = [f"{block * hours:02}–{(block + 1) * hours:02}" for block in grid.block]
    used = grid.groupby("block").n_posts.transform("sum") > 0
    grid["value"] = (grid.numerator / grid.denominator).where(grid.n_posts >= least)
    grid["n_posts"] = grid.n_posts.fillna(0).astype(int)
    return grid.loc[used, ["weekday", "hour", "value", "numerator", "denominator", "n_posts"]].reset_index(drop=True)


def competitive_index(ask: Ask) -> list[Row]:
    """Median interactions per post and 1,000 followers, own ÷ competitors'; numerator and denominator are the two medians.

    The interval joins the order-statistic intervals of the two medians on the scale of logs (MOVER): no draws, no form assumed. Units
    are the fewer of the two numbers of posts.
    """
    rates = [_rates(ask.at(each)) for each in ask.periods]
    fewest = [min(len(own), len(others)) for own, others in rates]
    sides = [
        Side.of(_index(own, others, ask.conf_level), own.median(), others.median(), n)
        for (own, others), n in zip(rates, fewest, strict=True)
    ]
    lacks = [stats.shortfall("clustered_ratio", n=n) for n in fewest]
    now, base, change = sides[0], None, empty_change("")
    if ask.base and all(isfinite(side.value) and side.value > 0 for side in sides):
        base, tested = sides[1], [_logs(_index(*pair, 0.95)) for pair in rates]
        change = Change(
            *mover(now.interval, base.interval), mover_p_value(tested[0], tested[1]), "MOVER on logs of medians"
        )
    told = few(len(rates[0][1]), lacks[0])
    return [Row(now=now, base=base, change=change, flags=told, shortfall=first(lacks))]


def _rates(ask: Ask) -> tuple[pd.Series, pd.Series]:
    """Interactions per 1,000 followers of each post, own and competitors'."""
    relation, where, _ = ask.scope("posts")
    found = ask.source.sql(
        f"select is_own, 1000.0 * engagements / followers as rate from {relation} join brands using (brand_id)"
        f" where is_mature and is_named and followers > 0 and engagements is not null"
        f" and published_at >= $start and published_at < $end and ({where}) order by all",
        **ask.days,
    )
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
