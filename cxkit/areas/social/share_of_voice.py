"""Share of voice: how much of the talk about a set of brands is about each, by mentions, by authors and by month."""

from datetime import date
from functools import partial

import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.engine.duckdb import literal
from cxkit.measurement.parts import measure_parts
from cxkit.measurement.scope import scope
from cxkit.metric import Metric
from cxkit.period import Period

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


def share_of_voice(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Share of each named brand in the mentions of all of them.

    Intervals are Goodman's, which hold for all brands at once. Changes are tested with authors as the independent unit: who writes
    ten times about a brand is one voice that is loud.

    Returns
    -------
    DataFrame, one row a brand, the own first
        For `measure`: segment `brand_id=…`, numerator and denominator mentions, n_units authors.
    """
    parts = {
        ("brand_id", brand): _of_brand(
            id=f"voice {place}",
            numerator=f"brand_id = {literal(brand)}",
            denominator="case when is_named then 1 end",
        )
        for place, brand in enumerate(named_brands(source))
    }
    frame = measure_parts(source, parts, period, base, segment=segment, conf_level=conf_level)
    for prefix in ("", "base_") if base and "base_numerator" in frame else ("",):
        if parts and frame[f"{prefix}numerator"].notna().all():
            shares = stats.class_shares(list(frame[f"{prefix}numerator"]), conf_level=conf_level)
            frame[f"{prefix}ci_low"], frame[f"{prefix}ci_high"] = [s.low for s in shares], [s.high for s in shares]
            if not prefix:
                frame["ci_method"] = [s.method for s in shares]
    return frame


def share_of_authors(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """As `share_of_voice`, each author counted once a brand.

    Returns
    -------
    DataFrame, one row a brand, the own first
        For `measure`: numerator authors of the brand, denominator the same added up over the named brands.
    """
    parts = {
        ("brand_id", brand): _of_brand(
            id=f"voice {place}",
            numerator=f"max(case when brand_id = {literal(brand)} then 1 else 0 end)",
            denominator="count(distinct brand_id) filter (where is_named)",
            per_cluster=True,
        )
        for place, brand in enumerate(named_brands(source))
    }
    return measure_parts(source, parts, period, base, segment=segment, conf_level=conf_level)


def by_month(
    source: Source, end: date, *, months: int = 13, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Share of voice of every named brand, month by month up to a day.

    Returns
    -------
    DataFrame, one row a month and brand
        `month` (its first day), `brand_id, value, ci_low, ci_high` (Goodman within the month), `numerator, denominator`, and
        `authors` of the month.
    """
    columns = ["month", "brand_id", "value", "ci_low", "ci_high", "numerator", "denominator", "authors"]
    if not source.has("social_mentions"):
        return pd.DataFrame(columns=columns)
    relation, where, _ = scope(source, "mentions", None, segment)
    last = end.year * 12 + end.month - (1 if end.day == 1 else 0)  # the month that the day before `end` lies in
    first = last - months
    counts = source.sql(
        f"select distinct date_trunc('month', mentioned_at) as month, brand_id, count(*) over (partition by month, brand_id) as n,"
        f" count(distinct author) over (partition by month) as authors from {relation}"
        f" where is_named and mentioned_at >= $start and mentioned_at < $end and ({where})",
        start=date(first // 12, first % 12 + 1, 1),
        end=end,
    )
    rows = []
    brands = named_brands(source)
    for month, part in counts.groupby("month"):
        n = part.set_index("brand_id").n.reindex(brands, fill_value=0)
        for brand, share in zip(brands, stats.class_shares(list(n), conf_level=conf_level), strict=True):
            rows.append((month, brand, share.value, share.low, share.high, n[brand], n.sum(), part.authors.iloc[0]))
    return pd.DataFrame(rows, columns=columns)
