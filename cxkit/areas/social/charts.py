"""The charts and tables of the notebook on social media, with captions made from their figures."""

from typing import Any

import pandas as pd

from cxkit import charts
from cxkit.areas.social import content, followers, metrics, response_times, sentiment, share_of_voice, themes
from cxkit.areas.social.content_model import content_effects
from cxkit.charts import Columns, Figure, Words
from cxkit.disclosure.marked import counting
from cxkit.exactness import fitted
from cxkit.measurement.measure import beside
from cxkit.models.survival.kaplan_meier import kaplan_meier
from cxkit.report.notebook.charts import compared
from cxkit.report.notebook.notebook import Report
from cxkit.report.notebook.report_blocks import ReportBlock
from cxkit.text.agreement import Agreement

LANGUAGES = {
    "en": "English",
    "de": "German",
    "pl": "Polish",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
}


def compared_brands(report: Report) -> ReportBlock:
    """Which brands the share of voice is of."""
    if not report.source.has("social_mentions"):
        return report.note("The data have no table social_mentions: nothing is known of what is said about the brand.")
    own, *others = share_of_voice.named_brands(report.source)
    where = "named in dataset.yml" if report.source.settings.competitors else "every other brand in the data"
    return report.note(f"Own brand: {own}. Compared with: {', '.join(others) or 'nobody'} ({where}).")


def voices(report: Report, months: int = 13) -> Figure:
    """Share of voice of every brand, month by month."""
    frame = share_of_voice.by_month(report.ask, months=months)
    last = frame[frame.month == frame.month.max()].sort_values("value", ascending=False)
    said = ", ".join(f"{row.brand_id} {_said(report, row.value, 'share')}" for row in last.itertuples())
    return charts.trend(
        counting(frame, people="authors", k=report.source.settings.k, nested=True),
        columns=Columns(time="month", by="brand_id"), words=Words(unit="share"),
        caption=f"Share of voice by month, last: {said or 'nothing'}. Bands hold for all brands of a month at once ({report.conf_level:.0%}).",
        alt=f"Lines of {frame.brand_id.nunique()} brands over {frame.month.nunique()} months. Last month: {said or 'nothing to show'}.",
    )  # fmt: skip


def _said(report: Report, value: Any, unit: str) -> str:
    return report.style.value(float(value), unit)


def tones(report: Report) -> Figure:
    """Net sentiment of the brands, with the base as an open mark."""
    frame = report.measure(metrics.BRAND_NET_SENTIMENT)
    frame = frame.assign(segment=frame.level)
    shown = frame[frame.value.notna()].sort_values("value", ascending=False)
    said = ", ".join(f"{row.segment} {_said(report, row.value, 'score')}" for row in shown.itertuples())
    return charts.intervals(
        frame, columns=Columns(by="segment"), words=compared(report),
        caption=f"Net sentiment, −100 to +100: {said or 'nothing'}. Whiskers: {report.conf_level:.0%} interval, authors as the unit.",
        alt=f"Points with intervals. {said or 'Nothing to show'}.",
    )  # fmt: skip


def tone_known(report: Report) -> ReportBlock:
    """By language: how the tone of the own mentions is known, or why not."""
    if not report.source.has("social_mentions"):
        return report.note("No mentions, so no tone to know.")
    frame = sentiment.how_known(report.ask)
    return report.table(
        frame.assign(language=[LANGUAGES.get(one, one) for one in frame.language]),
        caption="Own mentions of twelve months by how their tone is known.",
        people=None,  # small counts of mentions are hidden already
    )


def scorer_agreement(report: Report) -> ReportBlock:
    """How far the scorer agrees with people, where people have labelled too."""
    found = sentiment.scorer_agreement(report.ask)
    return _agreements(
        report,
        {LANGUAGES.get(language, language): one for language, one in found.items()},
        "The scorer beside people, on mentions of all brands in the twelve months that a person labelled.",
        "Nobody labelled enough mentions to check a scorer against: its labels are unproved for this brand.",
    )


def _agreements(report: Report, found: dict[str, Agreement], caption: str, nothing: str) -> ReportBlock:
    if not found:
        return report.note(nothing)
    style = report.style
    rows = [
        (
            name, one.n, style.value(one.accuracy, "share"),
            *(f"{end.value:.2f} ({end.low:.2f} … {end.high:.2f})" for end in (one.kappa, one.macro_f1)),
        )
        for name, one in found.items()
    ]  # fmt: skip
    columns = ["language", "mentions", "same label", "Cohen's κ", "macro-F1"]
    few = " Below 100 mentions this is a rough idea." if min(one.n for one in found.values()) < 100 else ""
    return report.table(pd.DataFrame(rows, columns=columns), caption=caption + few, people=None)


def found_themes(report: Report, n_themes: int = 6) -> ReportBlock:
    """Themes found in the texts, by language, with stability and growth."""
    parts = []
    for language in themes.languages(report.ask):
        frame = themes.found_themes(report.ask, language=language, n_themes=n_themes)
        parts.append(frame.assign(language=LANGUAGES.get(language, language)))
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if whole.empty:
        return report.note("Too few texts with words that enough authors share: no themes are looked for.")
    table = pd.DataFrame(
        {
            "theme": whole.language + ": " + whole.terms, "mentions": whole.n_texts, "stability": whole.stability,
            "now": whole.share,
        }
    )  # fmt: skip
    if report.base:
        table["before"], table["verdict"] = whole.base_share, [one.partition(" (")[0] for one in whole.verdict]
    return report.table(
        fitted(table),
        caption="Mentions are those of twelve months. Stability: 1 comes back in every refit, below 0.7 it is a loose bundle. "
        f"Words of fewer than {report.source.settings.k} authors are not looked at.",
        people=None,
        units={"stability": "ratio"} | {name: "share" for name in ("now", "before") if name in table},
    )


def theme_agreement(report: Report, n_themes: int = 6) -> ReportBlock:
    """Found themes beside given ones."""
    found = {}
    for language in themes.languages(report.ask):
        one = themes.theme_agreement(report.ask, language=language, n_themes=n_themes)
        if one.n >= 30:
            found[LANGUAGES.get(language, language)] = one
    return _agreements(
        report, found,
        "Found themes beside those that the data name, matched one to one after the fact, which flatters them.",
        "The data name no themes beside enough texts: what was found is not checked against people.",
    )  # fmt: skip


def kinds(report: Report, days: int = content.YEAR) -> Figure:
    """Engagement rate by kind of content over the year up to the period's end."""
    frame = beside(content.in_year(report.ask, days), metrics.CONTENT_TYPE_PERFORMANCE)
    frame = frame[frame.by == "content_type"].rename(columns={"n_units": "n_posts"})
    frame = frame.assign(segment=frame.level.map(_kind))
    shown = frame[frame.value.notna()].sort_values("value", ascending=False)
    said = ", ".join(
        f"{row.segment} {_said(report, row.value, 'share')} ({row.n_posts:g})" for row in shown.itertuples()
    )
    return charts.intervals(
        counting(frame, people=None), columns=Columns(by="segment"), words=Words(unit="share"),
        caption=f"Interactions ÷ {content.exposure(report.source)} in twelve months by kind (posts): {said or 'nothing'}. "
        f"Whiskers: {report.conf_level:.0%} interval, posts as the unit.",
        alt=f"Points with intervals. {said or 'Nothing to show'}.",
    )  # fmt: skip


def kinds_held_equal(report: Report) -> ReportBlock:
    """Kinds of content over twelve months with platform, month and promotion held equal."""
    frame = content_effects(report.ask)
    if frame.empty:
        return report.note("Too few posts of two kinds or more in the twelve months to compare kinds of content.")
    table = pd.DataFrame(
        {
            "kind": frame.content_type.map(_kind), "posts": frame.n_posts,
            "interactions": [f"× {row.ratio:.2f} ({row.low:.2f} … {row.high:.2f})" for row in frame.itertuples()],
            "verdict": frame.verdict,
        }
    )  # fmt: skip
    return report.table(
        fitted(table),
        caption=f"Twelve months, against the most frequent kind from the same {content.exposure(report.source)}, with platform, month and "
        "promotion held equal; Holm over the rows.",
        people=None,
    )


def _kind(name: str) -> str:
    return name.replace("_", " ")


def hours(report: Report, block: int = 4) -> Figure:
    """When posts were published, and what they did."""
    frame = content.by_hour(report.ask, hours=block)
    known = frame[frame.value.notna()].sort_values("value", ascending=False)
    said = (
        f"{int(frame.n_posts.sum()):,} posts in {len(known)} cells of three posts or more"
        if len(known)
        else "too few posts"
    )
    return charts.heatmap(
        counting(frame, people=None),
        columns=Columns(by="hour", across="weekday"), words=Words(unit="share", y="published", x="weekday"),
        caption=f"Interactions ÷ {content.exposure(report.source)} over twelve months: {said}. No cell is tested; the best of many is partly luck.",
        alt=f"Table of shades, hours by weekdays: {said}.",
    )  # fmt: skip


def audience(report: Report) -> ReportBlock:
    """Followers by bracket beside the target mix."""
    frame = followers.audience(report.source, report.period)
    if frame.empty:
        return report.note("The data do not say who the followers are.")
    return report.table(
        frame.rename(columns={"index": "share ÷ target"}),
        caption="Own followers at the period's end by bracket, and the mix that dataset.yml asks for.",
        people=None,
        units={"followers": "count", "share": "share", "target": "share", "share ÷ target": "ratio"},
    )


def answers(report: Report, days: int = content.YEAR) -> Figure:
    """How fast mentions that needed an answer had one, over the year up to the period's end."""
    cells = response_times.answers(content.in_year(report.ask, days))
    curve = kaplan_meier(cells, report.conf_level)
    answered = 1 - curve.table[["survival", "high", "low"]].rename(
        columns={"survival": "value", "high": "ci_low", "low": "ci_high"}
    )
    words = "nothing to show"
    if curve.n_units:
        day, week = (
            report.style.value(1 - curve.survival_at(hour).value, "share")
            for hour in (24, 24 * response_times.FOLLOWED_DAYS)
        )
        words = f"of {curve.n_units:,} in twelve months {day} within 24 hours, {week} within {response_times.FOLLOWED_DAYS} days"
    return charts.curve(
        counting(
            answered.assign(time=curve.table.time, at_risk=curve.table.n_at_risk),
            people="at_risk",
            k=report.source.settings.k,
            nested=True,
        ),
        words=Words(x="hours since the mention", at_risk="not yet answered"),
        caption=f"Mentions that needed an answer and had one: {words}. Band: {report.conf_level:.0%} interval.",
        alt=f"A rising step curve over {response_times.FOLLOWED_DAYS} days: {words}.",
    )
