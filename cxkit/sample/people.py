"""Customers: who they are, where they come from, and what drives them (kept apart, never written out)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from cxkit.sample import company
from cxkit.sample.drawing import clock, codes, day, even, month_starts, pick, ranks, table, to_utc
from cxkit.sample.truth import each, level

# The purchase process, in days. From BG/NBD: a customer buys at a rate drawn from Gamma(r, rate alpha) and after every
# repeat purchase leaves for good with a chance drawn from Beta(a, b). Order values: Gamma-Gamma with shapes p, q, scale gamma.
BG_NBD = {"r": 0.9, "alpha": 75.0, "a": 0.8, "b": 2.6}
GAMMA_GAMMA = {"p": 6.0, "q": 4.5, "gamma": 26.0}

BUYER_SHARE = 0.78  # the others signed up or joined the Circle without an order
GROWTH = (6, 6.5, 9, 11, 5, 5.5, 6.5, 8, 7, 7, 7, 7.5, 8, 8.5)  # first orders by month: Christmas, then steady growth

COUNTRIES = {"PL": 0.45, "DE": 0.30, "IE": 0.15, "NL": 0.10}
REGIONS = {
    "PL": {"PL-14": 5, "PL-12": 3, "PL-22": 2},
    "DE": {"DE-BE": 5, "DE-HH": 2, "DE-BY": 2},
    "IE": {"IE-L": 4, "IE-M": 2},
    "NL": {"NL-NH": 3, "NL-ZH": 2},
}
LANGUAGES = {
    "PL": {"pl": 93, "en": 7},
    "DE": {"de": 90, "en": 10},
    "IE": {"en": 96, "pl": 4},
    "NL": {"en": 55, "de": 10, "nl": 35},
}
CHANNELS = {
    "organic_search": 26,
    "paid_search": 18,
    "paid_social": 14,
    "organic_social": 7,
    "direct": 12,
    "referral": 8,
    "email": 4,
    "affiliate": 4,
    "offline": 7,
}
# Share of daily drinkers and of gift givers: at rank 0 in buying often, and how it changes to rank 1.
DAILY, GIFT = (0.15, 0.5), (0.35, -0.25)
APP_USERS = 0.33
# Days until the app is removed: Weibull, many soon, few late. The shape below one is what app stores see.
APP_REMOVAL = {"shape": 0.55, "scale": 240.0}
DEVICES = {"mobile": 0.53, "desktop": 0.39, "tablet": 0.08}


def planted() -> list[dict]:
    """What the customers were made to show."""
    rank = 0.5  # the mean of the ranks in buying often
    personas = {"daily drinker": DAILY[0] + DAILY[1] * rank, "gift giver": GIFT[0] + GIFT[1] * rank}
    personas["explorer"] = 1 - sum(personas.values())
    spoken: dict[str, float] = {}
    for country, share in COUNTRIES.items():
        for language, percent in LANGUAGES[country].items():
            spoken[language] = spoken.get(language, 0.0) + share * percent / 100
    answered = "of those who answered the segmentation survey"
    shares = {name: round(share, 4) for name, share in personas.items()}
    return [
        *each(level, "customer_share", COUNTRIES, "country={}"),
        *each(level, "customer_share", spoken, "language={}"),
        *each(level, "customer_share", shares, "persona={}", note=answered),
    ]


def people(rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers as the contract wants them, and their hidden traits in the same order.

    Returns
    -------
    customers, traits
        `traits` has, one row a customer: `first_day` (day of the first order, -1 for none), `rate` (purchases a day while
        active), `leave` (chance to leave after a repeat purchase), `scale` (Gamma-Gamma scale of the order values), their
        ranks, `worth_rank` (of purchases times value), the usual device, the days on which the app was installed and
        removed, and whether visits may be measured.
    """
    traits = _traits(rng, n)
    country = pick(rng, COUNTRIES, n)
    seen = _first_seen(rng, traits)
    frame = table(
        customer_id=codes(rng, n, "c-", 6),
        first_seen_at=seen,
        acquisition_channel=pick(rng, CHANNELS, n),
        country=country,
        region=_by(rng, country, REGIONS),
        language=_by(rng, country, LANGUAGES),
        age_band=pick(rng, {"18-29": 20, "30-44": 38, "45-59": 27, "60+": 15}, n),
        household=pick(rng, {"single": 30, "couple": 38, "family": 32}, n),
        persona=_persona(rng, traits),
        psychographic_cluster=pick(rng, {"value": 35, "quality": 40, "green": 25}, n),
        job_to_be_done=pick(rng, {"calm evening": 40, "fuel for work": 35, "host guests": 25}, n),
        consent_analytics=traits["measured"].to_numpy() | (rng.random(n) < 0.8),
        consent_marketing=rng.random(n) < 0.72,
        consent_profiling=rng.random(n) < 0.9,
        x_favourite=pick(rng, {"green": 30, "black": 34, "herbal": 24, "tea & <b>cake</b>": 12}, n),
    )
    _assign_segments(rng, frame)
    _staff_and_erased(rng, frame, traits)
    return frame, traits


def _traits(rng: np.random.Generator, n: int) -> pd.DataFrame:
    starts = np.array([day(d) for d in month_starts()])
    weights = np.array(GROWTH) / sum(GROWTH)
    month = rng.choice(len(GROWTH), n, p=weights)
    first = starts[month] + (rng.random(n) * (starts[month + 1] - starts[month])).astype(int)
    buyer = rng.random(n) < BUYER_SHARE
    # Evenly drawn, each in an order of its own, so that the customers of a small company are spread as the laws say.
    rate, leave, scale = (
        law.ppf(rng.permutation(even(rng, n)))
        for law in (
            stats.gamma(BG_NBD["r"], scale=1 / BG_NBD["alpha"]),
            stats.beta(BG_NBD["a"], BG_NBD["b"]),
            stats.gamma(GAMMA_GAMMA["q"], scale=1 / GAMMA_GAMMA["gamma"]),  # larger scale, smaller orders
        )
    )
    installed = first + rng.exponential(12, n).astype(int)
    uses_app = (rng.random(n) < APP_USERS) & (installed < company.DAYS)
    kept = APP_REMOVAL["scale"] * rng.weibull(APP_REMOVAL["shape"], n)
    return table(
        first_day=np.where(buyer, first, -1),
        start_day=first,
        rate=rate,
        leave=leave,
        scale=scale,
        rate_rank=ranks(rate),
        value_rank=1 - ranks(scale),
        worth_rank=ranks(rate / scale),
        device=pick(rng, DEVICES, n),
        app_from=np.where(uses_app, installed, company.DAYS * 9),
        app_until=np.where(uses_app, installed + kept, 0.0),
        measured=rng.random(n) < 0.86,
    )


def _first_seen(rng: np.random.Generator, traits: pd.DataFrame) -> pd.DatetimeIndex:
    lag = np.minimum(rng.exponential(9, len(traits)).astype(int), traits["start_day"])
    return to_utc(traits["start_day"] - lag, clock(rng, len(traits)) * np.where(lag == 0, 0.25, 1.0))


def _by(rng: np.random.Generator, key: np.ndarray, table: Mapping[str, Mapping[str, float]]) -> np.ndarray:
    out = np.empty(len(key), dtype=object)
    for value, choices in table.items():
        here = key == value
        out[here] = pick(rng, choices, int(here.sum()))
    return out


def _persona(rng: np.random.Generator, traits: pd.DataFrame) -> np.ndarray:
    """Frequent buyers are more often daily drinkers; the purchase process itself stays as it was drawn."""
    u = rng.random(len(traits))
    daily, gift = (share[0] + share[1] * traits["rate_rank"].to_numpy() for share in (DAILY, GIFT))
    return np.where(u < daily, "daily drinker", np.where(u < daily + gift, "gift giver", "explorer")).astype(object)


def _assign_segments(rng: np.random.Generator, frame: pd.DataFrame) -> None:
    """A quarter never answered the segmentation survey; the others got their labels two weeks after they came."""
    assigned = (frame["first_seen_at"] + pd.Timedelta(days=14)).dt.tz_convert(None).dt.normalize()
    unknown = (rng.random(len(frame)) < 0.25) | (assigned >= company.EXPORTED_AT.tz_convert(None))
    frame.loc[unknown, ["persona", "psychographic_cluster", "job_to_be_done"]] = None
    frame["segment_assigned_at"] = assigned.where(~unknown)


def _staff_and_erased(rng: np.random.Generator, frame: pd.DataFrame, traits: pd.DataFrame) -> None:
    special = rng.permutation(len(frame))[: max(16, len(frame) // 190)]
    frame["customer_type"] = None
    frame.loc[special[:8], "customer_type"] = "staff"
    frame.loc[special[8:12], "customer_type"] = "test"
    erased = special[12:16]
    names = list(frame.columns)
    bare = names[names.index("country") : names.index("job_to_be_done") + 1]
    frame["erased_at"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
    frame.loc[erased, "erased_at"] = to_utc(np.full(4, company.DAYS - 20), clock(rng, 4))
    frame.loc[erased, [*bare, "segment_assigned_at", "x_favourite"]] = None
    traits["ordinary"] = frame["customer_type"].isna() & frame["erased_at"].isna()
