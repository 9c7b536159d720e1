"""What mentions are about: themes that the data name, and themes that are found in the texts."""

import re
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxkit import stats
from cxkit.areas.social.content import in_year
from cxkit.dataset.source import Source
from cxkit.engine.duckdb import literal
from cxkit.measurement.ask import Ask
from cxkit.measurement.parts import rows_by_part
from cxkit.metric import Metric
from cxkit.period import Period
from cxkit.row import Row
from cxkit.stats import ClusterSums, CrossSums
from cxkit.text.agreement import Agreement, agreement
from cxkit.text.themes import WORD, Themes, find_themes

_of_theme = partial(
    Metric, title="", view="own_mentions", time="mentioned_at", cluster="author", recipe="clustered_ratio", unit="share", definition="",
    source="own", needs=("social_mentions.themes",), denominator="case when trim(themes) <> '' then 1 end",
)  # fmt: skip
_SPLIT = r"regexp_split_to_array(trim(themes), '\s*;\s*')"


def theme_share(ask: Ask) -> list[Row]:
    """Share of the own mentions that are about each theme, among those whose themes the data name; the most frequent of the year first.

    Themes that fewer than k authors touched in the year up to the period's end are left out. Units are authors.
    """
    parts = {
        ("theme", theme): _of_theme(id=f"theme {n}", numerator=f"list_contains({_SPLIT}, {literal(theme)})")
        for n, theme in enumerate(_known_themes(in_year(ask)))
    }
    return rows_by_part(ask, parts)


def _known_themes(ask: Ask) -> list[str]:
    relation, where, _ = ask.scope("own_mentions")
    found = ask.source.sql(
        f"""
        select theme, count(*) as n
        from (select author, unnest({_SPLIT}) as theme from {relation}
              where mentioned_at >= $start and mentioned_at < $end and ({where}))
        where theme <> ''
        group by theme having count(distinct author) >= $k
        order by n desc, theme""",
        **ask.days, k=ask.source.settings.k,
    )  # fmt: skip
    return list(found.theme)


def found_themes(ask: Ask, *, language: str = "en", n_themes: int = 6) -> pd.DataFrame:
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
    texts = _texts(ask, language)
    found = _learned(ask.source, texts, language, n_themes)
    table = found.table.drop(columns="share")
    within = [_within(texts, each) for each in ask.periods]
    sums = [[_sums(texts, found.theme_of == row, side) for side in within] for row in table.index]
    shares = [[side.num / side.den if side.den else np.nan for side in sides] for sides in sums]
    table["share"] = [now for now, *_ in shares]
    if ask.base is None or table.empty:
        return table
    rows = []
    for row, (now, then), (_, base_share) in zip(table.index, sums, shares, strict=True):
        both = _cross(texts, found.theme_of == row, *within)
        change = stats.ratio_change(now, then, both, share=True, conf_level=ask.conf_level)
        lack = stats.shortfall("clustered_ratio", n=now.n) or stats.shortfall("clustered_ratio", n=then.n)
        rows.append((base_share, *change[:4], lack))
    names = ["base_share", "difference", "difference_low", "difference_high", "p_value", "lack"]
    table[names] = rows
    adjusted = stats.adjust(np.where(table.lack == "", table.p_value.astype(float), np.nan), method="holm").p_values
    table["verdict"] = np.select(
        [table.lack != "", ~(adjusted <= 0.05), table.difference > 0],
        ["can't tell (" + table.lack + ")", "no change beyond noise", "more, beyond noise"],
        "less, beyond noise",
    )
    return table.drop(columns="lack")


def theme_agreement(ask: Ask, *, language: str = "en", n_themes: int = 6) -> Agreement:
    """How far found themes agree with the themes that the data name: each found one stands for the named one that it meets most.

    Found and named are matched one to one after the fact, so this flatters somewhat. Mentions with one named theme only.
    """
    texts = _texts(ask, language)
    found = _learned(ask.source, texts, language, n_themes)
    single = texts.themes.notna() & ~texts.themes.fillna("").str.contains(";") & (found.theme_of >= 0)
    named, place = texts.themes[single].str.strip(), found.theme_of[single.to_numpy(bool)]
    if named.empty:
        return agreement([], [])
    meet = pd.crosstab(place, named)
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-meet.to_numpy())
    stands_for = {meet.index[r]: str(meet.columns[c]) for r, c in zip(rows, columns, strict=True)}
    return agreement(list(named), [stands_for.get(one, "none of these") for one in place])


def languages(ask: Ask, *, least: int = 50) -> list[str]:
    """Languages with enough own mentions in the year up to the period's end, the most frequent first."""
    if not ask.source.has("social_mentions", "text"):
        return []
    found = _texts(in_year(ask), "").language.str.split("-").str[0].str.lower().value_counts()
    ordered = sorted(found[found >= least].items(), key=lambda item: (-item[1], str(item[0])))
    return [str(language) for language, _ in ordered]


def _texts(ask: Ask, language: str) -> pd.DataFrame:
    """Own mentions with a text, author and time, of the year up to the period's end and of the base; `language` "" means all."""
    start = min(each.start for each in (in_year(ask).period, *ask.periods[1:]))
    relation, where, _ = ask.scope("own_mentions")
    spoken = f"and lower(split_part(m.language, '-', 1)) = {literal(language)}" if language else ""
    return ask.source.sql(
        f"select m.mentioned_at, m.language, m.themes, case when m.has_author then m.author end as author, t.text"
        f" from (select * from {relation} where mentioned_at >= $start and mentioned_at < $end and ({where})) m"
        f" join social_mentions t using (mention_id) where t.text is not null {spoken} order by m.mention_id",
        start=start, end=ask.period.end,
    )  # fmt: skip


def _learned(source: Source, texts: pd.DataFrame, language: str, n_themes: int) -> Themes:
    brands = source.sql("select brand_id from brands").brand_id
    names = frozenset(part for brand in brands for part in re.findall(WORD, brand.lower()))
    asked = (tuple(texts.text), tuple(texts.author), language)
    learn = partial(find_themes, *asked, n_themes=n_themes, k=source.settings.k, ignore=names)
    return source.memo((find_themes, *asked, n_themes), learn)


def _within(texts: pd.DataFrame, period: Period) -> np.ndarray:
    return texts.mentioned_at.between(pd.Timestamp(period.start), pd.Timestamp(period.end), inclusive="left").to_numpy()


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
