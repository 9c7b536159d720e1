"""Followers and who they are. These are full counts by the platforms: there is nothing to estimate, so no interval and no test."""

from collections.abc import Callable
from datetime import timedelta
from math import nan
from typing import Any

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.dataset.windows import FOLLOWERS_DAYS
from cxkit.flags import Flag
from cxkit.measurement.ask import Ask
from cxkit.measurement.judge import CENSUS
from cxkit.period import Period
from cxkit.row import Row, Side
from cxkit.stats.results import empty_change


def counted(now: Side, *base: Side, **more: Any) -> Row:
    """The row of a figure without chance in it; of the base its value alone is told."""
    then = Side(base[0].value, n_units=nan) if base else None
    difference = now.value - then.value if then else nan
    return Row(now=now, base=then, change=empty_change(CENSUS)._replace(difference=difference), **more)


def followers(ask: Ask) -> list[Row]:
    """Followers of the own brand at the end of the period: a row in all, and one a platform if there are several."""
    return _by_platform(ask, lambda _, end: Side(end, numerator=end, n_units=end))


def follower_growth(ask: Ask) -> list[Row]:
    """Growth of the followers over the period: (end − start) ÷ start, the start being the end of the day before.

    Below 100 at the start it is flagged `low_n`.
    """

    def growth(start: float, end: float) -> Side:
        gained = end - start
        return Side(gained / start if start > 0 else nan, numerator=gained, denominator=start, n_units=start)

    return _by_platform(ask, growth, least=100)


def audience(source: Source, period: Period) -> pd.DataFrame:
    """The own followers by bracket at the period's end, beside the mix that `audience_targets` of dataset.yml asks for.

    Returns
    -------
    DataFrame, one row a bracket
        `bracket, followers, share, target, index` (share ÷ target; NaN without a target). Platforms are added up by their followers;
        brackets with fewer than k followers are left out before shares are taken.
    """
    found = source.sql(
        """
        select a.audience_bracket as bracket, sum(a.audience_share * a.followers order by a.platform, a.brand_id) as followers,
               any_value(t.target_share) as target
        from social_daily a
        join brands b using (brand_id)
        left join audience_targets t using (audience_bracket)
        where b.is_own_brand and a.audience_bracket is not null and a.audience_share is not null
          and a.date = (select max(date) from social_daily d where d.audience_bracket is not null and d.date < $end
                          and d.brand_id = a.brand_id and d.platform = a.platform)
        group by 1 order by 1""",
        end=period.end,
    )
    found = found[found.followers >= source.settings.k].reset_index(drop=True)
    share = found.followers / found.followers.sum()
    return found.assign(share=share, index=share / found.target)[["bracket", "followers", "share", "target", "index"]]


def persona_fit(ask: Ask) -> list[Row]:
    """How much of the audience lies within the target mix, Σ min(share, target); the denominator is followers in known brackets."""
    if ask.segment:
        return [Row(why="the audience is known for all followers only")]
    if not ask.source.settings.audience_targets:
        return [Row(why="needs audience_targets in dataset.yml")]
    return [counted(*[_fit(audience(ask.source, each)) for each in ask.periods])]


def _fit(brackets: pd.DataFrame) -> Side:
    known = float(brackets.followers.sum())
    fit = float(brackets[["share", "target"]].fillna(0).min(axis=1).sum()) if len(brackets) else nan
    return Side(fit, numerator=fit * known, denominator=known, n_units=known)


def _by_platform(ask: Ask, figure: Callable[[float, float], Side], least: float = 0) -> list[Row]:
    """A figure of the followers at start and end, in all and by platform."""
    stocks = [_stock(ask.at(each)) for each in ask.periods]
    rows = []
    for platform in map(str, stocks[0].index):
        now, *base = (figure(*stock.reindex([platform]).iloc[0]) for stock in stocks)
        flags = (Flag.LOW_N,) if now.denominator < least else ()
        part = ask.segment.part("platform" if platform else "", platform)
        rows.append(counted(now, *base, segment=part, flags=flags))
    return rows


def _stock(ask: Ask) -> pd.DataFrame:
    """Followers at the period's start and end, in all ("") and by platform; NaN where not read in the week before.

    Platforms that were not read at both ends would make a jump, so the whole leaves them out.
    """
    relation, where, _ = ask.scope("social_days")
    query = f"""
        select platform, sum(followers) as followers
        from (select platform, brand_id, arg_max(followers, date) as followers from {relation}
              where date < $end and date >= $start and ({where}) group by all)
        group by platform"""
    ends = [
        ask.source.sql(query, start=day - timedelta(days=FOLLOWERS_DAYS), end=day)
        .set_index("platform")
        .followers.rename(name)
        for name, day in ask.days.items()
    ]
    side = pd.concat(ends, axis=1).astype(float).sort_index()
    whole = side.dropna() if len(side.dropna()) else side
    total = whole.sum(min_count=max(len(whole), 1)).to_frame("").T
    return pd.concat([total, side]) if len(side) > 1 else total
