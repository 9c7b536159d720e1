"""Followers and who they are. These are full counts by the platforms: there is nothing to estimate, so no interval and no test."""

from collections.abc import Callable
from datetime import timedelta
from math import nan

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.dataset.windows import FOLLOWERS_DAYS
from cxkit.measurement.judge import CENSUS
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.segment import part_of


def followers(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Followers of the own brand at the end of the period, in all and by platform.

    Returns
    -------
    DataFrame
        For `measure`: one row in all, and one a platform if there are several.
    """
    return _by_platform(source, period, base, segment, lambda stock: stock.end)


def follower_growth(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Growth of the followers over the period: (end − start) ÷ start, the start being the end of the day before.

    Returns
    -------
    DataFrame
        For `measure`: numerator followers gained net, denominator followers at the start. Below 100 at the start it is flagged `low_n`.
    """
    return _by_platform(
        source, period, base, segment, lambda stock: stock.end - stock.start, lambda stock: stock.start, least=100
    )


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


def persona_fit(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """How much of the audience lies within the target mix: Σ min(share, target).

    Returns
    -------
    DataFrame, one row
        For `measure`: numerator followers within the mix, denominator followers in known brackets.
    """
    if segment.strip():
        return pd.DataFrame([{"value": nan, "exclusion_reasons": "the audience is known for all followers only"}])
    if not source.settings.audience_targets:
        return pd.DataFrame([{"value": nan, "exclusion_reasons": "needs audience_targets in dataset.yml"}])
    sides = [audience(source, each) for each in (period, base) if each]
    fits = [
        float(side[["share", "target"]].fillna(0).min(axis=1).sum()) if len(side) else nan for side in sides
    ]  # fmt: skip
    known = float(sides[0].followers.sum())
    row = {"value": fits[0], "numerator": fits[0] * known, "denominator": known, "n_units": known, "test": CENSUS}
    if base:
        row |= {"base_value": fits[1], "difference": fits[0] - fits[1]}
    return pd.DataFrame([row])


def _by_platform(
    source: Source,
    period: Period,
    base: Period | None,
    segment: str,
    numerator: Callable[[pd.DataFrame], pd.Series],
    denominator: Callable[[pd.DataFrame], pd.Series] | None = None,
    least: float = 0,
) -> pd.DataFrame:
    """A figure of the stock of followers, in all and by platform."""
    now = _stock(source, period, segment)
    rows = pd.DataFrame({"value": numerator(now), "numerator": numerator(now)})
    if denominator:
        rows["denominator"] = denominator(now)
        rows["value"] = rows.value / rows.denominator.where(rows.denominator > 0)
        rows["flags"] = ["low_n" if start < least else "" for start in rows.denominator]
    if base:
        then = _stock(source, base, segment).reindex(now.index)
        rows["base_value"] = numerator(then) / denominator(then) if denominator else numerator(then)
        rows["difference"] = rows.value - rows.base_value
    named = [part_of(segment, "platform" if name else "", name) for name in rows.index]
    return rows.assign(segment=named, test=CENSUS, n_units=rows.numerator if not denominator else rows.denominator)


def _stock(source: Source, period: Period, segment: str) -> pd.DataFrame:
    """Followers at the period's start and end, in all ("") and by platform; NaN where not read in the week before.

    Platforms that were not read at both ends would make a jump, so the whole leaves them out.
    """
    relation, where, _ = scope(source, "social_days", None, segment)
    query = f"""
        select platform, sum(followers) as followers
        from (select platform, brand_id, arg_max(followers, date) as followers from {relation}
              where date < $end and date >= $start and ({where}) group by all)
        group by platform"""
    ends = [
        source.sql(query, start=day - timedelta(days=FOLLOWERS_DAYS), end=day)
        .set_index("platform")
        .followers.rename(name)
        for name, day in (("start", period.start), ("end", period.end))
    ]
    side = pd.concat(ends, axis=1).astype(float).sort_index()
    whole = side.dropna() if len(side.dropna()) else side
    total = whole.sum(min_count=max(len(whole), 1)).to_frame("").T
    return pd.concat([total, side]) if len(side) > 1 else total
