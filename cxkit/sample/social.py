"""Social media: posts of Larkmoor and three competitors, followers by day, mentions with mood, theme and answer."""

from datetime import date

import numpy as np
import pandas as pd

from cxkit.sample import company
from cxkit.sample.drawing import (
    choose,
    clock,
    codes,
    date_of,
    day,
    even,
    even_along,
    in_contract_order,
    only,
    pick,
    table,
    to_utc,
    within,
)
from cxkit.sample.texts import MOODS, THEMES, write_texts
from cxkit.sample.truth import change, each, level

OWN = "larkmoor"
COMPETITORS = tuple(company.SETTINGS["competitors"])
VOICE = {OWN: 0.28, "cuppa-and-co": 0.34, "blatt-und-bluete": 0.24, "herbaciarnia": 0.14}
VOICE_SURGE = 0.42  # Larkmoor's share in April 2026
MENTIONS = 3_400
POSTS, POSTS_OF_OTHERS = 245, 80  # on each platform
MOOD = {"positive": 0.46, "neutral": 0.34, "negative": 0.20}
MOOD_SLOW = {"positive": 0.28, "neutral": 0.32, "negative": 0.40}  # Larkmoor in the slow support month
LANGUAGES = {"en": 45, "pl": 33, "de": 22}
NEEDS_ANSWER = 0.8, 0.45  # of the negative mentions of Larkmoor, of the others
ANSWERED, ANSWERED_SLOW = 0.80, 0.50  # within a day, of Larkmoor's mentions that need an answer
FOLLOWERS = {"instagram": 14_000, "facebook": 9_000, "tiktok": 4_000}
GROWTH = {"instagram": 0.24, "facebook": 0.03, "tiktok": 0.70}  # over the whole time, Larkmoor
SIZES = {OWN: 1.0, "cuppa-and-co": 1.8, "blatt-und-bluete": 0.9, "herbaciarnia": 0.5}
REACH = 0.22  # of the followers
RATES = {"image": 0.045, "short_video": 0.080, "carousel": 0.055, "link": 0.018, "text": 0.025}  # interactions by reach
CONTENT = {"image": 36, "short_video": 24, "carousel": 16, "link": 16, "text": 8}
VIEWS_FROM = date(2025, 12, 1)  # the platforms count views instead of impressions from here on
AUDIENCE = {"18-29": 0.27, "30-44": 0.41, "45-59": 0.22, "60+": 0.10}


def planted() -> list[dict]:
    """What social media were made to show."""
    surge = "2026-04"
    net = {"usual": MOOD["positive"] - MOOD["negative"], "slow": MOOD_SLOW["positive"] - MOOD_SLOW["negative"]}
    own, themes = f"brand_id={OWN}", {theme: w / sum(THEMES.values()) for theme, w in THEMES.items()}
    return [
        *each(level, "share_of_voice", VOICE, "brand_id={}", except_for=surge),
        level("share_of_voice", VOICE_SURGE, own, surge),
        change("share_of_voice", VOICE_SURGE - VOICE[OWN], own, surge, "2026-03"),
        level("net_sentiment", round(100 * net["usual"], 1), own, except_for="2026-01"),
        level("net_sentiment", round(100 * net["slow"], 1), own, "2026-01"),
        level("social_response_rate", ANSWERED, own, except_for="2026-01", note="within 24 hours"),
        level("social_response_rate", ANSWERED_SLOW, own, "2026-01", note="within 24 hours"),
        *each(level, "engagement_rate_reach", RATES, own + ", content_type={}", note="ratio of sums"),
        *each(level, "follower_growth_rate", GROWTH, own + ", platform={}"),
        *each(level, "theme_share", themes, "theme={}", note="of texts of every brand"),
    ]


def followers(brand: str, platform: str, days: np.ndarray) -> np.ndarray:
    """Followers at the end of a day, without noise; day -1 is before the first."""
    growth = GROWTH[platform] if brand == OWN else 0.08
    start = FOLLOWERS[platform] * SIZES[brand]
    return start * (1 + growth * (np.asarray(days) + 1) / company.DAYS)


def posts(rng: np.random.Generator) -> pd.DataFrame:
    """Posts of the four brands; reach and clicks are known of Larkmoor's own alone."""
    parts = [_posts_of(rng, brand, platform) for brand in VOICE for platform in FOLLOWERS]
    frame = pd.concat(parts, ignore_index=True).sort_values(["published_at", "brand_id", "platform"], ignore_index=True)
    frame["post_id"] = _long_ids(rng, len(frame))
    return in_contract_order("social_posts", frame)


def _posts_of(rng: np.random.Generator, brand: str, platform: str) -> pd.DataFrame:
    n = rng.poisson(POSTS if brand == OWN else POSTS_OF_OTHERS)
    days = np.sort(rng.integers(0, company.DAYS, n))
    content = pick(rng, CONTENT, n)
    fans = followers(brand, platform, days)
    reach = np.round(fans * REACH * rng.lognormal(-0.08, 0.4, n)).astype(int)
    # Posts differ more than chance alone: each has a rate of its own around that of its kind.
    own_rate = np.array([RATES[c] for c in content]) * rng.gamma(5, 1 / 5, n)
    total = rng.poisson(reach * own_rate)
    good = rng.binomial(total, 0.82)
    shares = rng.binomial(total - good, 0.4)
    saves = rng.binomial(total - good - shares, 0.3) * (platform == "instagram") * (brand == OWN)
    published = to_utc(days, clock(rng, n))
    snapshot = np.minimum(
        (published + pd.Timedelta(days=14)).tz_convert(None).values,
        company.OBSERVED_UNTIL.tz_convert(None).to_datetime64(),
    )
    own = brand == OWN
    known = np.full(n, own)
    seen = np.round(reach * rng.uniform(1.1, 1.6, n)).astype(int)
    return table(
        platform=platform,
        brand_id=brand,
        is_own=own,
        is_paid=False,
        published_at=published,
        snapshot_at=pd.DatetimeIndex(snapshot).tz_localize("UTC").as_unit("us"),
        content_type=content,
        topic=pick(rng, {"brewing": 4, "people": 2, "new blend": 3, "offer": 2}, n),
        followers_at_post=np.round(fans).astype(int),
        reach=only(known, reach),
        impressions=only(known, seen),
        impression_type=only(known, np.where(days < day(VIEWS_FROM), "impressions", "views")),
        reactions_positive=good,
        reactions_negative=rng.poisson(0.3, n),
        comments=total - good - shares - saves,
        shares=shares,
        saves=only(known & (platform == "instagram"), saves),
        link_clicks=only(known, rng.binomial(reach, np.where(content == "link", 0.02, 0.003))),
        other_clicks=only(known, rng.binomial(reach, 0.006)),
        video_views=only(known & (content == "short_video"), seen),
    )


def _long_ids(rng: np.random.Generator, n: int) -> np.ndarray:
    """Ids of 19 digits, which a float cannot hold: a reader that parses numbers spoils them."""
    head = 1_700_000_000_000_000_001 + np.cumsum(rng.integers(10**9, 9 * 10**12, n))
    return head.astype(str).astype(object)


def daily(rng: np.random.Generator) -> pd.DataFrame:
    """Followers by brand, platform and day; and the audience by age on the last day of each month."""
    dates, days = date_of(np.arange(company.DAYS)), np.arange(company.DAYS)
    parts = []
    for brand in VOICE:
        for platform in FOLLOWERS:
            curve = followers(brand, platform, np.arange(-1, company.DAYS))
            fans = np.round(curve).astype(int)
            net = np.diff(fans)
            lost = rng.poisson(np.maximum(fans[1:] * 0.0004, 0.5))
            gained = np.maximum(net + lost, 0)
            own = np.full(company.DAYS, brand == OWN)
            asked = rng.poisson(0.6 if brand == OWN else 0.1, company.DAYS)
            slow = within(days, company.SLOW_SUPPORT)
            frame = {"brand_id": brand, "platform": platform, "date": dates, "followers": fans[1:]}
            parts.append(
                pd.DataFrame(frame).assign(
                    followers_gained=only(own, gained),
                    followers_lost=only(own, gained - net),
                    n_inbound_conversations=only(own, asked),
                    n_inbound_answered=only(own, rng.binomial(asked, np.where(slow, ANSWERED_SLOW, ANSWERED))),
                )
            )
    return pd.concat([*parts, _audience()], ignore_index=True)


def _audience() -> pd.DataFrame:
    last = date_of(np.array([company.DAYS - 1]))[0]
    rows = []
    for platform in FOLLOWERS:
        fans = round(float(followers(OWN, platform, np.array([company.DAYS - 1]))[0]))
        for bracket, share in AUDIENCE.items():
            row = {"brand_id": OWN, "platform": platform, "date": last, "followers": fans}
            rows.append({**row, "audience_bracket": bracket, "audience_share": share})
    return pd.DataFrame(rows)


def mentions(rng: np.random.Generator, factor: float) -> pd.DataFrame:
    """Mentions of the four brands, one row a brand named; some people write often."""
    n = int(MENTIONS * factor)
    days = np.sort(rng.integers(0, company.DAYS, n))
    surge = within(days, (date(2026, 4, 1), date(2026, 5, 1)))
    rest = (1 - VOICE_SURGE) / (1 - VOICE[OWN])
    loud = {b: VOICE_SURGE if b == OWN else v * rest for b, v in VOICE.items()}
    u = even(rng, n)
    brand = np.where(surge, choose(u, loud), choose(u, VOICE)).astype(object)
    slow = within(days, company.SLOW_SUPPORT) & (brand == OWN)
    # Of each brand evenly over time: what is labelled in a month is little.
    mood = np.full(n, "", dtype=object)
    for chosen, weights in ((slow, MOOD_SLOW), (~slow, MOOD)):
        mood[chosen] = choose(even_along(rng, brand[chosen].astype(str)), weights)
    theme, language = pick(rng, THEMES, n), pick(rng, LANGUAGES, n)
    at = to_utc(days, clock(rng, n))
    needs = (brand == OWN) & (rng.random(n) < np.where(mood == "negative", *NEEDS_ANSWER))
    quick = even_along(rng, needs) < np.where(slow, ANSWERED_SLOW, ANSWERED)
    wait = np.where(quick, rng.uniform(300, 80_000, n), rng.uniform(90_000, 400_000, n)).round()
    answered = at + pd.to_timedelta(wait, unit="s")
    replied = needs & (quick | (rng.random(n) < 0.5)) & (answered < company.OBSERVED_UNTIL)
    human, model, labelled = _labels(rng, mood, brand)
    writers = codes(rng, max(int(n * 0.6), 1), "h-")
    spam, own = rng.random(n) < 0.03, rng.random(n) < 0.015
    return table(
        mention_id=codes(rng, n, "x-"),
        platform=pick(
            rng, {"instagram": 35, "facebook": 25, "reddit": 15, "forum": 10, "blog": 8, "review_site": 7}, n
        ),
        brand_id=brand,
        mentioned_at=at,
        author_id=writers[(len(writers) * rng.random(n) ** 1.6).astype(int)],
        is_direct=rng.random(n) < 0.4,
        is_repost=rng.random(n) < 0.08,
        is_spam=spam,
        is_own=own & (brand == OWN),
        text=write_texts(rng, language, theme, mood),
        language=language,
        sentiment=only(human | model, labelled),
        sentiment_source=only(human | model, np.where(human, "human", "model:lexicon-2")),
        themes=only(human, theme),
        is_recommendation=(mood == "positive") & (rng.random(n) < 0.25),
        needs_answer=needs,
        answered_at=pd.Series(answered).where(replied),
    )


def _labels(rng: np.random.Generator, mood: np.ndarray, brand: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two in five labelled by a person, who is right; a quarter by a model that errs one time in eight."""
    u = even_along(rng, brand.astype(str) + mood.astype(str))
    human, model = u < 0.4, (u >= 0.4) & (u < 0.65)
    wrong = model & (even_along(rng, np.where(model, brand.astype(str), "")) < 0.125)
    return human, model, np.where(wrong, pick(rng, dict.fromkeys(MOODS, 1.0), len(mood)), mood)
