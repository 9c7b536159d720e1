"""Social tables made up at random, with every edge that the views have to know."""

import numpy as np
import pandas as pd

import cxkit as cx

OWN, RIVALS, OTHER = "own", ("rival", "second"), "elsewhere"  # the last brand is not among the named competitors
SETTINGS = {
    "timezone": "UTC",
    "currency": "EUR",
    "competitors": list(RIVALS),
    "audience_targets": {"18-29": 0.5, "30+": 0.5},
}
OCTOBER = cx.Period.parse("2026-10")
SEPTEMBER = OCTOBER.previous()


def maybe(rng: np.random.Generator, values: np.ndarray, missing: float = 0.15) -> pd.Series:
    return pd.Series(values).astype("Int64").mask(rng.random(len(values)) < missing)


def posts(n: int = 400, seed: int = 1) -> pd.DataFrame:
    """Two months; counts that were not exported, posts read too early, posts without followers."""
    rng = np.random.default_rng(seed)
    published = pd.Timestamp("2026-09-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 61 * 24 * 60, n), unit="min")
    age = rng.choice([1, 6, 7, 8, 30], n, p=[0.1, 0.1, 0.1, 0.2, 0.5])
    brand = rng.choice([OWN, *RIVALS, OTHER], n, p=[0.5, 0.2, 0.2, 0.1])
    reach = rng.integers(0, 500, n)
    return pd.DataFrame(
        {
            "post_id": [str(1_700_000_000_000_000_000 + i) for i in range(n)],
            "platform": rng.choice(["facebook", "x"], n),
            "brand_id": brand,
            "is_own": brand == OWN,
            "published_at": published,
            "snapshot_at": published + pd.to_timedelta(age, unit="D"),
            "content_type": rng.choice(["image", "video", None], n),
            "followers_at_post": maybe(rng, rng.integers(100, 5000, n), 0.4),
            "reach": maybe(rng, reach),
            "impressions": maybe(rng, reach * 2),
            "impression_type": np.where(published < pd.Timestamp("2026-09-20", tz="UTC"), "impressions", "views"),
            "reactions_positive": maybe(rng, rng.poisson(20, n), 0.3),
            "reactions_negative": maybe(rng, rng.poisson(1, n), 0.3),
            "comments": maybe(rng, rng.poisson(3, n), 0.3),
            "shares": maybe(rng, rng.poisson(2, n), 0.3),
            "saves": maybe(rng, rng.poisson(1, n), 0.8),
            "link_clicks": maybe(rng, rng.poisson(5, n)),
            "other_clicks": maybe(rng, rng.poisson(2, n)),
        }
    )


def daily(seed: int = 1) -> pd.DataFrame:
    """Followers with days left out, inbound conversations, and rows about the audience that are no followers of their own."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2026-08-25", "2026-10-31")
    parts = []
    for brand in (OWN, *RIVALS):
        for platform in ("facebook", "x"):
            kept = rng.random(len(days)) < 0.8
            kept[-1] = True
            asked = rng.poisson(2, kept.sum())
            parts.append(
                pd.DataFrame(
                    {
                        "brand_id": brand, "platform": platform, "date": days[kept],
                        "followers": 1000 + np.arange(len(days))[kept] * 3,
                        "n_inbound_conversations": asked, "n_inbound_answered": rng.binomial(asked, 0.6),
                    }
                )
            )  # fmt: skip
    brackets = [
        {
            "brand_id": OWN,
            "platform": platform,
            "date": days[-1],
            "followers": 1000,
            "audience_bracket": name,
            "audience_share": share,
        }
        for platform in ("facebook", "x")
        for name, share in (("18-29", 0.3), ("30+", 0.695), ("13-17", 0.004))
    ]
    return pd.concat([*parts, pd.DataFrame(brackets)], ignore_index=True)


def mentions(n: int = 900, seed: int = 1) -> pd.DataFrame:
    """Loud authors, unknown authors, spam, own words, labels of people and programs, texts in three languages."""
    rng = np.random.default_rng(seed)
    at = pd.Timestamp("2026-09-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 61 * 24 * 60, n), unit="min")
    authors = np.minimum(rng.geometric(0.01, n), 300)
    tone = rng.choice(["positive", "neutral", "negative"], n, p=[0.5, 0.3, 0.2])
    labelled = rng.random(n) < 0.5
    needs = rng.random(n) < 0.3
    wait = pd.to_timedelta(rng.choice([1, 23, 24, 25, 24 * 7, 24 * 9], n), unit="h")
    words = {
        "positive": "I love this great tea",
        "neutral": "The tea came on Monday",
        "negative": "awful tea, I hate it",
    }
    return pd.DataFrame(
        {
            "mention_id": [f"m{i:04}" for i in range(n)],
            "platform": rng.choice(["x", "forum"], n),
            "brand_id": rng.choice([OWN, *RIVALS, OTHER], n, p=[0.4, 0.3, 0.2, 0.1]),
            "mentioned_at": at,
            "author_id": np.where(rng.random(n) < 0.1, None, [f"a{a}" for a in authors]),
            "is_direct": rng.choice([True, False, None], n),
            "is_spam": rng.choice([True, False, None], n, p=[0.1, 0.5, 0.4]),
            "is_own": rng.choice([True, False, None], n, p=[0.05, 0.55, 0.4]),
            "text": [words[one] for one in tone],
            "language": rng.choice(["en", "en-GB", "pl", None], n),
            "sentiment": np.where(labelled, tone, None),
            "sentiment_source": np.where(labelled, rng.choice(["human", "model:x"], n), None),
            "themes": rng.choice(["taste", "taste; price", "price;delivery", " ", None], n),
            "is_recommendation": rng.random(n) < 0.2,
            "needs_answer": needs,
            "answered_at": pd.Series(at + wait).where(needs & (rng.random(n) < 0.8)),
        }
    )


def social(**tables: pd.DataFrame):
    covered = {name: {"from": "2026-09-01", "to": "2026-10-31"} for name in tables}
    return cx.open_data(tables, settings=SETTINGS | {"tables": covered})


def everything(seed: int = 1):
    return social(social_posts=posts(seed=seed), social_daily=daily(seed), social_mentions=mentions(seed=seed))
