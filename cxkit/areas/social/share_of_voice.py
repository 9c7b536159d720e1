"""Share of voice: how much of the talk about a set of brands is about each, by mentions, by authors and by month."""

from dataclasses import replace
from datetime import date
from functools import partial
from math import isnan
from typing import Any

import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.engine.duckdb import literal
from cxkit.measurement.ask import Ask
from cxkit.measurement.parts import rows_by_part
from cxkit.metric import Metric
from cxkit.row import Row, Side

_of_brand = partial(
    Metric, title="", view="mentions", time="mentioned_at", cluster="author", recipe="clustered_ratio", unit="share", definition="",
    source="own", needs=("social_mentions.brand_id",),
)  # fmt: skip


def named_brands(source: Source) -> list[str]:
    """The own brand first, then the named competitors: the set that every share of voice is of.

    Examples
    --------
    >>> import cxkit as cx
    >>> shop = cx.open_data({"social_mentions": pd.DataFrame({"mention_id": ["1", "2"], "platform": "x", "brand_id": ["b", "a"],
    ...     "mentioned_at": pd.to_datetime(["2026-10-01T08:00Z"] * 2)})}, {"competitors": ["a"]})
    >>> named_brands(shop)
    ['b', 'a']
    """
    found = source.sql("select brand_id from brands where is_named order by is_own_brand desc, brand_id")
    return list(found.brand_id)


def share_of_voice(ask: Ask) -> list[Row]:
    """Share of each named brand in the mentions of all of them, a row a brand, the own first.

    Intervals are Goodman's, which hold for all brands at once. Changes are tested with authors as the independent unit: who writes
    ten times about a brand is one voice that is loud.
    """
    rows = _by_brand(ask, "brand_id = {}", "case when is_named then 1 end")
    now = _together([row.now for row in rows], ask.conf_level)
    rows = [replace(row, now=side) for row, side in zip(rows, now, strict=True)]
    base = _together([row.base for row in rows if row.base], ask.conf_level)
    return [replace(row, base=side) for row, side in zip(rows, base, strict=True)] if base else rows


def share_of_authors(ask: Ask) -> list[Row]:
    """As `share_of_voice`, each author counted once a brand; the denominator is authors added up over the named brands."""
    authors = "max(case when brand_id = {} then 1 else 0 end)"
    return _by_brand(ask, authors, "count(distinct brand_id) filter (where is_named)", per_cluster=True)


def _by_brand(ask: Ask, numerator: str, denominator: str, **more: Any) -> list[Row]:
    """A share of each named brand; `{}` in the numerator stands for the brand."""
    parts = {
        ("brand_id", brand): _of_brand(
            id=f"voice {place}", numerator=numerator.format(literal(brand)), denominator=denominator, **more
        )
        for place, brand in enumerate(named_brands(ask.source))
    }
    return rows_by_part(ask, parts)


def _together(sides: list[Side], conf_level: float) -> list[Side]:
    """Shares with intervals that hold for all of them at once; as they are where one is not known."""
    if not sides or any(isnan(side.numerator) for side in sides):
        return sides
    shares = stats.class_shares([side.numerator for side in sides], conf_level=conf_level)
    return [
        replace(side, low=share.low, high=share.high, method=share.method)
        for side, share in zip(sides, shares, strict=True)
    ]


def by_month(ask: Ask, *, months: int = 13) -> pd.DataFrame:
    """Share of voice of every named brand, month by month up to the period's end.

    Returns
    -------
    DataFrame, one row a month and brand
        `month` (its first day), `brand_id, value, ci_low, ci_high` (Goodman within the month), `numerator, denominator`, and
        `authors` of the month.
    """
    columns = ["month", "brand_id", "value", "ci_low", "ci_high", "numerator", "denominator", "authors"]
    if not ask.source.has("social_mentions"):
        return pd.DataFrame(columns=columns)
    relation, where, _ = ask.scope("mentions")
    end = ask.period.end
    last = end.year * 12 + end.month - (1 if end.day == 1 else 0)  # the month that the day before `end` lies in
    first = last - months
    counts = ask.source.sql(
        f"select distinct date_trunc('month', mentioned_at) as month, brand_id, count(*) over (partition by month, brand_id) as n,"
        f" count(distinct author) over (partition by month) as authors from {relation}"
        f" where is_named and mentioned_at >= $start and mentioned_at < $end and ({where})",
        start=date(first // 12, first % 12 + 1, 1),
        end=end,
    )
    rows = []
    brands = named_brands(ask.source)
    for month, part in counts.groupby("month"):
        n = part.set_index("brand_id").n.reindex(brands, fill_value=0)
        for brand, share in zip(brands, stats.class_shares(list(n), conf_level=ask.conf_level), strict=True):
            rows.append((month, brand, share.value, share.low, share.high, n[brand], n.sum(), part.authors.iloc[0]))
    return pd.DataFrame(rows, columns=columns)
