"""What mentions are about: themes that the data name, and themes that are found in the texts."""

import re
from datetime import timedelta
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.engine.duckdb import literal
from cxkit.measurement.parts import measure_parts
from cxkit.measurement.scope import scope
from cxkit.metric import Metric
from cxkit.period import Period
from cxkit.stats import ClusterSums, CrossSums
from cxkit.text.agreement import Agreement, agreement
from cxkit.text.themes import WORD, Themes, find_themes

YEAR = timedelta(days=365)
_of_theme = partial(
    Metric, title="", view="own_mentions", time="mentioned_at", cluster="author", recipe="clustered_ratio", unit="share", definition="",
    source="own", needs=("social_mentions.themes",), denominator="case when trim(themes) <> '' then 1 end",
)  # fmt: skip
_SPLIT = r"regexp_split_to_array(trim(themes), '\s*;\s*')"


def theme_share(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Share of the own mentions that are about each theme, among those whose themes the data name.

    Themes that fewer than k authors touched in the year up to the period's end are left out.

    Returns
    -------
    DataFrame, one row a theme, the most frequent of the year first
        For `measure`: segment `theme=…`, numerator and denominator mentions, n_units authors.
    """
    themes = _known_themes(source, period, segment)
    parts = {
        ("theme", theme): _of_theme(id=f"theme {n}", numerator=f"list_contains({_SPLIT}, {literal(theme)})")
        for n, theme in enumerate(themes)
    }
    return measure_parts(source, parts, period, base, segment=segment, conf_level=conf_level)


def _known_themes(source: Source, period: Period, segment: str) -> list[str]:
    relation, where, _ = scope(source, "own_mentions", None, segment)
    found = source.sql(
        f"""
        select theme, count(*) as n
        from (select author, unnest({_SPLIT}) as theme from {relation}
              where mentioned_at >= $start and mentioned_at < $end and ({where}))
        where theme <> ''
        group by theme having count(distinct author) >= $k
        order by n desc, theme""",
        start=period.end - YEAR, end=period.end, k=source.settings.k,
    )  # fmt: skip
    return list(found.theme)


def found_themes(
    source: Source,
    period: Period,
    base: Period | None = None,
    *,
    language: str = "en",
    n_themes: int = 6,
    segment: str = "",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Themes found in the own mentions of one language over the year up to the period's end, and how they grew.

    Parameters
    ----------
    language : str
        ISO 639-1.
    n_themes : int
        How many; more make each finer and less stable.

    Returns
    -------
    DataFrame, one row a theme, the most frequent first
        `theme, terms, stability, n_texts` (of the year), `share` in the period, and with a base `base_share, difference, difference_low,
        difference_high, p_value, verdict` (Holm over the themes, authors as the independent unit). Empty where there is too little text.
    """
    texts = _texts(source, period, base, language, segment)
    found = _learned(source, texts, language, n_themes)
    table = found.table.drop(columns="share")
    now = texts.mentioned_at >= pd.Timestamp(period.start)
    sums = [[_sums(texts, found.theme_of == row, now) for row in table.index]]
    table["share"] = [s.num / s.den if s.den else np.nan for s in sums[0]]
    if base is None or table.empty:
        return table
    then = (texts.mentioned_at >= pd.Timestamp(base.start)) & (texts.mentioned_at < pd.Timestamp(base.end))
    rows = []
    for row, one in zip(table.index, sums[0], strict=True):
        zero = _sums(texts, found.theme_of == row, then)
        change = stats.ratio_change(
            one, zero, _cross(texts, found.theme_of == row, now, then), share=True, conf_level=conf_level
        )
        lack = stats.shortfall("clustered_ratio", n=one.n) or stats.shortfall("clustered_ratio", n=zero.n)
        rows.append(
            (
                zero.num / zero.den if zero.den else np.nan,
                change.difference,
                change.low,
                change.high,
                change.p_value,
                lack,
            )
        )
    names = ["base_share", "difference", "difference_low", "difference_high", "p_value", "lack"]
    table[names] = rows
    adjusted = stats.adjust(np.where(table.lack == "", table.p_value.astype(float), np.nan), method="holm").p_values
    table["verdict"] = np.select(
        [table.lack != "", ~(adjusted <= 0.05), table.difference > 0],
        ["can't tell (" + table.lack + ")", "no change beyond noise", "more, beyond noise"],
        "less, beyond noise",
    )
    return table.drop(columns="lack")


def theme_agreement(
    source: Source, period: Period, base: Period | None = None, *, language: str = "en", n_themes: int = 6, segment: str = ""
) -> Agreement:  # fmt: skip
    """How far found themes agree with the themes that the data name: each found one stands for the named one that it meets most.

    Found and named are matched one to one after the fact, so this flatters somewhat. Mentions with one named theme only.
    """
    texts = _texts(source, period, base, language, segment)
    found = _learned(source, texts, language, n_themes)
    single = texts.themes.notna() & ~texts.themes.fillna("").str.contains(";") & (found.theme_of >= 0)
    named, place = texts.themes[single].str.strip(), found.theme_of[single.to_numpy(bool)]
    if named.empty:
        return agreement([], [])
    meet = pd.crosstab(place, named)
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-meet.to_numpy())
    stands_for = {meet.index[r]: str(meet.columns[c]) for r, c in zip(rows, columns, strict=True)}
    return agreement(list(named), [stands_for.get(one, "none of these") for one in place])


def languages(source: Source, period: Period, *, least: int = 50, segment: str = "") -> list[str]:
    """Languages with enough own mentions in the year up to the period's end, the most frequent first."""
    if not source.has("social_mentions", "text"):
        return []
    found = _texts(source, period, None, "", segment).language.str.split("-").str[0].str.lower().value_counts()
    ordered = sorted(found[found >= least].items(), key=lambda item: (-item[1], str(item[0])))
    return [str(language) for language, _ in ordered]


def _texts(source: Source, period: Period, base: Period | None, language: str, segment: str) -> pd.DataFrame:
    """Texts of own mentions with author and time, for counting in memory; `language` "" means all."""
    start = min(period.end - YEAR, base.start) if base else period.end - YEAR
    relation, where, _ = scope(source, "own_mentions", None, segment)
    spoken = f"and lower(split_part(m.language, '-', 1)) = {literal(language)}" if language else ""
    return source.sql(
        f"select m.mentioned_at, m.language, m.themes, case when m.has_author then m.author end as author, t.text"
        f" from (select * from {relation} where mentioned_at >= $start and mentioned_at < $end and ({where})) m"
        f" join social_mentions t using (mention_id) where t.text is not null {spoken} order by m.mention_id",
        start=start, end=period.end,
    )  # fmt: skip


def _learned(source: Source, texts: pd.DataFrame, language: str, n_themes: int) -> Themes:
    brands = source.sql("select brand_id from brands").brand_id
    names = frozenset(part for brand in brands for part in re.findall(WORD, brand.lower()))
    asked = (tuple(texts.text), tuple(texts.author), language)
    learn = partial(find_themes, *asked, n_themes=n_themes, k=source.settings.k, ignore=names)
    return source.memo((find_themes, *asked, n_themes), learn)


def _authors(texts: pd.DataFrame) -> np.ndarray:
    unknown = np.array([f"of {place}" for place in range(len(texts))], dtype=object)
    return np.where(texts.author.notna(), texts.author.astype(object), unknown)


def _per_author(texts: pd.DataFrame, has_theme: np.ndarray, within: ArrayLike) -> pd.DataFrame:
    chosen = np.asarray(within, bool)
    theme = pd.Series(has_theme[chosen].astype(float))
    return theme.groupby(_authors(texts)[chosen]).agg(["sum", "count"])


def _sums(texts: pd.DataFrame, has_theme: np.ndarray, within: ArrayLike) -> ClusterSums:
    per = _per_author(texts, has_theme, within)
    return ClusterSums.of(per["sum"], per["count"])


def _cross(texts: pd.DataFrame, has_theme: np.ndarray, now: ArrayLike, then: ArrayLike) -> CrossSums:
    both = (
        _per_author(texts, has_theme, now)
        .join(_per_author(texts, has_theme, then), how="outer", lsuffix="1", rsuffix="0")
        .fillna(0)
    )
    return CrossSums.of(both["sum1"], both["count1"], both["sum0"], both["count0"])
