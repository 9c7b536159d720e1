"""The tone of mentions: net sentiment with authors as the independent unit, and how many mentions have a known tone at all."""

from datetime import date, timedelta
from math import nan

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.areas.social.share_of_voice import named_brands
from cxkit.dataset.source import Source
from cxkit.disclosure import suppress as hiding
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.segment import part_of
from cxkit.stats import ClusterSums, Interval
from cxkit.stats.ratios import standard_error
from cxkit.text import sentiment
from cxkit.text.agreement import Agreement, agreement

POLARITY = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}
WAYS = ("labelled by a person", "labelled in the data", "scored here", "not scored")
METHOD = "adjusted Wald, authors clustered"


def labelled(
    source: Source, start: date, end: date, *, view: str = "own_mentions", segment: str = "", anew: bool = False
) -> pd.DataFrame:
    """Mentions with their tone, for further counting in memory; nothing of it may be shown row by row.

    Parameters
    ----------
    anew : bool
        Score the texts that have a given label too, to compare the two; in the column `scored`.

    Returns
    -------
    DataFrame, one row a mention
        `brand_id, author, language, label` (None if not known), `how` (human, given, scored, or why not: no text, no language, no
        scorer), `human` (the person's label or None).
    """
    relation, where, _ = scope(source, view, None, segment)
    wanted = "true" if anew else "m.sentiment is null"
    found = source.sql(
        f"select m.brand_id, m.author, m.language, m.sentiment, m.sentiment_source, case when {wanted} then t.text end as text"
        f" from (select * from {relation} where mentioned_at >= $start and mentioned_at < $end and ({where})) m"
        " left join social_mentions t using (mention_id) order by m.mention_id",
        start=start, end=end,
    )  # fmt: skip
    given = found.sentiment.astype(object).mask(found.sentiment.isna(), other=None)
    human = found.sentiment_source.eq("human").fillna(False).to_numpy(bool)
    languages = [one if isinstance(one, str) else None for one in found.language]
    scored = pd.Series(sentiment.score(list(found.text), languages), index=found.index, dtype=object)
    how = np.select(
        [given.notna() & human, given.notna(), scored.notna(), found.text.isna(), found.language.isna()],
        [*WAYS[:3], "no text", "language unknown"],
        "no scorer for the language",
    )
    return pd.DataFrame(
        {
            "brand_id": found.brand_id, "author": found.author, "language": found.language,
            "label": given.where(given.notna(), scored), "how": how, "human": given.mask(~human, other=None), "scored": scored,
        }
    )  # fmt: skip


def net_sentiment(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Net sentiment of the own brand, neutral mentions in the denominator.

    The interval is the adjusted Wald of net scores at the effective number of mentions: the more an author's mentions resemble each
    other, the fewer they count for. Fewer than k authors: hidden.

    Returns
    -------
    DataFrame, one row
        For `measure`: −100…+100; numerator positive less negative, denominator scored mentions, n_units authors.
    """
    return _net(source, period, base, segment, conf_level, with_neutral=True)


def net_sentiment_polar(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """As `net_sentiment`, over positive and negative mentions only."""
    return _net(source, period, base, segment, conf_level, with_neutral=False)


def brand_net_sentiment(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Net sentiment of every named brand, one row each, the own first."""
    sides = [
        labelled(source, each.start, each.end, view="mentions", segment=segment) for each in (period, base) if each
    ]
    rows = [
        _row([side[side.brand_id == brand] for side in sides], source.settings.k, conf_level)
        | {"segment": part_of(segment, "brand_id", brand)}
        for brand in named_brands(source)
    ]
    return pd.DataFrame(rows)


def coverage(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Share of the own mentions whose tone is known; a full count, so without interval."""
    from cxkit.measurement.judge import CENSUS

    shares = []
    for each in (period, base):
        if each:
            labels = labelled(source, each.start, each.end, segment=segment).label
            shares.append((int(labels.notna().sum()), len(labels)))
    values = [known / of if of else nan for known, of in shares]
    row = {"value": values[0], "numerator": shares[0][0], "denominator": shares[0][1], "n_units": shares[0][1]}
    if base:
        row |= {"base_value": values[1], "difference": values[0] - values[1]}
    return pd.DataFrame([row | {"test": CENSUS, "flags": "" if shares[0][1] else "empty_denominator"}])


def how_known(source: Source, end: date, *, days: int = 365, segment: str = "") -> pd.DataFrame:
    """Own mentions by language and by how their tone is known, languages of fewer than k authors together.

    Returns
    -------
    DataFrame, one row a language
        `language, mentions`, and a column for each of `WAYS`; small counts, and those that protect them, are missing and keep a label
        for `suppress.labelled`.
    """
    found = labelled(source, end - timedelta(days=days), end, segment=segment)
    authors = found.groupby("language").author.nunique()
    kept = set(authors[authors >= source.settings.k].index)
    language = found.language.where(found.language.isin(kept), "other or unknown")
    way = found.how.where(found.how.isin(WAYS), WAYS[-1])
    counts = pd.crosstab(language, way).reindex(columns=list(WAYS), fill_value=0)
    counts.insert(0, "mentions", counts.sum(axis=1))
    counts = counts.sort_values("mentions", ascending=False, kind="stable").rename_axis(columns=None).reset_index()
    each = counts.melt(["language", "mentions"], list(WAYS), "way", "n")
    said = hiding.labelled(hiding.suppress(each, source.settings.k, people="n", by=["language", "way"])).n
    names: dict[str, dict[int, str]] = {column: {} for column in counts.columns[1:]}
    names["mentions"] = {
        row: f"< {source.settings.k}" for row, n in enumerate(counts.mentions) if 0 < n < source.settings.k
    }
    for place, (way, label) in enumerate(zip(each.way, said, strict=True)):
        if isinstance(label, str):
            names[way][place % len(counts)] = label  # melted column by column
    for column in counts.columns[1:]:
        counts[column] = counts[column].astype("Int64").mask(counts.index.isin(list(names[column])))
    counts.attrs["hidden"] = names
    return counts


def scorer_agreement(source: Source, end: date, *, days: int = 365, conf_level: float = 0.95) -> dict[str, Agreement]:
    """How far the scorer agrees with people, by language: mentions of all brands that a person labelled are scored anew.

    Returns
    -------
    dict of language to Agreement
        Languages with a scorer and 30 or more such mentions by k or more authors.
    """
    if not source.has("social_mentions", "text"):
        return {}
    found = labelled(source, end - timedelta(days=days), end, view="mentions", anew=True)
    both = found[found.human.notna() & found.scored.notna()]
    return {
        str(language): agreement(list(part.human), list(part.scored), conf_level=conf_level)
        for language, part in both.groupby("language")
        if len(part) >= 30 and part.author.nunique() >= source.settings.k
    }


def _net(
    source: Source, period: Period, base: Period | None, segment: str, conf_level: float, *, with_neutral: bool
) -> pd.DataFrame:
    sides = [labelled(source, each.start, each.end, segment=segment) for each in (period, base) if each]
    if not with_neutral:
        sides = [side[side.label != "neutral"] for side in sides]
    return pd.DataFrame([_row(sides, source.settings.k, conf_level) | {"segment": segment.strip()}])


def _row(sides: list[pd.DataFrame], k: int, conf_level: float) -> dict[str, object]:
    """The figures of one brand; `sides` are its mentions now and, if compared, before."""
    now, *before = [_Tone(side) for side in sides]
    lacks = [stats.shortfall("net_score", n=tone.n_authors) for tone in (now, *before)]
    row: dict[str, object] = {
        "n_units": now.n_authors, "numerator": now.net, "denominator": now.n, "n_excluded": now.n_unknown,
        "exclusion_reasons": f"tone not known: {now.n_unknown:,}" if now.n_unknown else "",
        "flags": "empty_denominator" if now.n == 0 else "low_n" if lacks[0] else "",
        "shortfall": next(filter(None, lacks), ""), "test": METHOD,
    }  # fmt: skip
    if 0 < now.n_authors < k:
        return row | {"value": nan, "numerator": nan, "denominator": nan, "n_units": nan, "n_excluded": nan,
                      "exclusion_reasons": "", "flags": "suppressed"}  # fmt: skip
    shown = now.interval(conf_level)
    row |= {"value": shown.value, "ci_low": shown.low, "ci_high": shown.high, "ci_method": METHOD}
    if not before or before[0].n == 0 or before[0].n_authors < k:
        return row | ({"base_value": nan} if before else {})
    then = before[0]
    old, change = (
        then.interval(conf_level),
        stats.net_score_change(now.effective, then.effective, conf_level=conf_level),
    )
    return row | {
        "base_value": old.value, "base_ci_low": old.low, "base_ci_high": old.high, "base_numerator": then.net,
        "base_denominator": then.n, "base_n_units": then.n_authors, "difference": shown.value - old.value,
        "difference_low": change.low, "difference_high": change.high, "p_value": change.p_value,
    }  # fmt: skip


class _Tone:
    """Counts of positive, neutral and negative mentions, and what they are worth once authors are told apart."""

    def __init__(self, mentions: pd.DataFrame) -> None:
        known = mentions[mentions.label.notna()]
        self.n_unknown = len(mentions) - len(known)
        polarity = known.label.map(POLARITY).astype(float)
        per_author = polarity.groupby(known.author).agg(["sum", "count"])
        self.n, self.n_authors, self.net = len(known), len(per_author), float(polarity.sum())
        self.counts = (float((polarity > 0).sum()), float((polarity == 0).sum()), float((polarity < 0).sum()))
        shrunk = self._design_effect(per_author)
        self.effective = (self.counts[0] / shrunk, self.counts[1] / shrunk, self.counts[2] / shrunk)

    def _design_effect(self, per_author: pd.DataFrame) -> float:
        """Variance with authors as the unit ÷ variance as if every mention were another author's; at least 1."""
        if self.n < 2:
            return 1.0
        clustered = standard_error(ClusterSums.of(per_author["sum"], per_author["count"]))
        mean = self.net / self.n
        alone = (self.counts[0] + self.counts[2]) / self.n - mean**2
        return max(1.0, clustered**2 / (alone / (self.n - 1))) if alone > 0 and clustered > 0 else 1.0

    def interval(self, conf_level: float) -> Interval:
        if self.n == 0:
            return Interval(nan, nan, nan, METHOD)
        return stats.net_score(*self.effective, conf_level=conf_level)
