"""The tone of mentions: net sentiment with authors as the independent unit, and how many mentions have a known tone at all."""

from math import nan

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.areas.social.content import YEAR, in_year
from cxkit.areas.social.followers import counted
from cxkit.areas.social.share_of_voice import named_brands
from cxkit.disclosure import suppress as hiding
from cxkit.flags import Flag
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import few, first
from cxkit.row import Row, Side
from cxkit.segment import Segment
from cxkit.stats import Change, ClusterSums
from cxkit.stats.ratios import standard_error
from cxkit.stats.results import empty_change, empty_interval
from cxkit.text import sentiment
from cxkit.text.agreement import Agreement, agreement

POLARITY = {"positive": 1.0, "neutral": 0.0, "negative": -1.0}
WAYS = ("labelled by a person", "labelled in the data", "scored here", "not scored")
METHOD = "adjusted Wald, authors clustered"


def labelled(ask: Ask, *, view: str = "own_mentions", anew: bool = False) -> pd.DataFrame:
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
    relation, where, _ = ask.scope(view)
    wanted = "true" if anew else "m.sentiment is null"
    found = ask.source.sql(
        f"select m.brand_id, m.author, m.language, m.sentiment, m.sentiment_source, case when {wanted} then t.text end as text"
        f" from (select * from {relation} where mentioned_at >= $start and mentioned_at < $end and ({where})) m"
        " left join social_mentions t using (mention_id) order by m.mention_id",
        **ask.days,
    )
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


def net_sentiment(ask: Ask) -> list[Row]:
    """Net sentiment of the own brand, −100…+100: positive less negative over scored mentions, neutral ones in the denominator.

    The interval is the adjusted Wald of net scores at the effective number of mentions: the more an author's mentions resemble each
    other, the fewer they count for. Units are authors; fewer than k of them: hidden.
    """
    return [_row(ask, [labelled(ask.at(each)) for each in ask.periods])]


def net_sentiment_polar(ask: Ask) -> list[Row]:
    """As `net_sentiment`, over positive and negative mentions only."""
    sides = [labelled(ask.at(each)) for each in ask.periods]
    return [_row(ask, [side[side.label != "neutral"] for side in sides])]


def brand_net_sentiment(ask: Ask) -> list[Row]:
    """Net sentiment of every named brand, a row each, the own first."""
    sides = [labelled(ask.at(each), view="mentions") for each in ask.periods]
    return [
        _row(ask, [side[side.brand_id == brand] for side in sides], ask.segment.part("brand_id", brand))
        for brand in named_brands(ask.source)
    ]


def coverage(ask: Ask) -> list[Row]:
    """Share of the own mentions whose tone is known; a full count, so without interval."""
    sides = []
    for each in ask.periods:
        labels = labelled(ask.at(each)).label
        known, n = int(labels.notna().sum()), len(labels)
        sides.append(Side(known / n if n else nan, numerator=known, denominator=n, n_units=n))
    return [counted(*sides, flags=() if sides[0].n_units else (Flag.EMPTY_DENOMINATOR,))]


def how_known(ask: Ask, *, days: int = YEAR) -> pd.DataFrame:
    """Own mentions of the year up to the period's end by language and by how their tone is known.

    Languages of fewer than k authors stand together.

    Returns
    -------
    DataFrame, one row a language
        `language, mentions`, and a column for each of `WAYS`; small counts, and those that protect them, are missing and keep a label
        for `suppress.labelled`.
    """
    k = ask.source.settings.k
    found = labelled(in_year(ask, days))
    authors = found.groupby("language").author.nunique()
    kept = set(authors[authors >= k].index)
    language = found.language.where(found.language.isin(kept), "other or unknown")
    way = found.how.where(found.how.isin(WAYS), WAYS[-1])
    counts = pd.crosstab(language, way).reindex(columns=list(WAYS), fill_value=0)
    counts.insert(0, "mentions", counts.sum(axis=1))
    counts = counts.sort_values("mentions", ascending=False, kind="stable").rename_axis(columns=None).reset_index()
    each = counts.melt(["language", "mentions"], list(WAYS), "way", "n")
    said = hiding.labelled(hiding.suppress(each, k, people="n", by=["language", "way"])).n
    names: dict[str, dict[int, str]] = {column: {} for column in counts.columns[1:]}
    names["mentions"] = {row: f"< {k}" for row, n in enumerate(counts.mentions) if 0 < n < k}
    for place, (way, label) in enumerate(zip(each.way, said, strict=True)):
        if isinstance(label, str):
            names[way][place % len(counts)] = label  # melted column by column
    for column in counts.columns[1:]:
        counts[column] = counts[column].astype("Int64").mask(counts.index.isin(list(names[column])))
    counts.attrs["hidden"] = names
    return counts


def scorer_agreement(ask: Ask, *, days: int = YEAR) -> dict[str, Agreement]:
    """How far the scorer agrees with people, by language: mentions of all brands, whatever the segment, that a person labelled are
    scored anew.

    Returns
    -------
    dict of language to Agreement
        Languages with a scorer and 30 or more such mentions by k or more authors.
    """
    if not ask.source.has("social_mentions", "text"):
        return {}
    found = labelled(in_year(ask, days).of(""), view="mentions", anew=True)
    both = found[found.human.notna() & found.scored.notna()]
    return {
        str(language): agreement(list(part.human), list(part.scored), conf_level=ask.conf_level)
        for language, part in both.groupby("language")
        if len(part) >= 30 and part.author.nunique() >= ask.source.settings.k
    }


def _row(ask: Ask, sides: list[pd.DataFrame], segment: Segment | None = None) -> Row:
    """The figure of some mentions now and, if compared, before."""
    k = ask.source.settings.k
    now, *before = [_Tone(side) for side in sides]
    lacks = [stats.shortfall("net_score", n=tone.n_authors) for tone in (now, *before)]
    lack, untold = first(lacks), empty_change(METHOD)
    if 0 < now.n_authors < k:
        return Row(segment=segment, now=Side(n_units=nan), change=untold, flags=(Flag.SUPPRESSED,), shortfall=lack)
    shown = now.side(ask.conf_level)
    then = before[0].side(ask.conf_level) if before and before[0].n and before[0].n_authors >= k else None
    change = untold
    if then:
        found = stats.net_score_change(now.effective, before[0].effective, conf_level=ask.conf_level)
        change = Change(shown.value - then.value, found.low, found.high, found.p_value, METHOD)
    return Row(
        segment=segment,
        now=shown,
        base=then,
        change=change,
        left_out={"tone not known": now.n_unknown} if now.n_unknown else {},
        flags=few(now.n, lacks[0]),
        shortfall=lack,
    )


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

    def side(self, conf_level: float) -> Side:
        found = stats.net_score(*self.effective, conf_level=conf_level) if self.n else empty_interval(METHOD)
        return Side.of(found._replace(method=METHOD), self.net, self.n, self.n_authors)
