"""Surveys: recommendation (NPS), satisfaction, effort, the web site's exit survey, reviews, employees, usability questionnaires.

Who recommends depends on country and on how much a customer is worth: promoters are worth more, and by how much is planted.
"""

from datetime import date

import numpy as np
import pandas as pd

from cxkit.sample import company, moments
from cxkit.sample.drawing import codes, day, in_contract_order, midnight, month_starts, only, pick, table, to_utc
from cxkit.sample.texts import THEMES, write_texts
from cxkit.sample.truth import change, each, level, parameter

NPS_CLASSES = {"PL": (0.54, 0.16), "DE": (0.40, 0.26), "IE": (0.50, 0.20), "NL": (0.48, 0.20)}  # promoters, detractors
WORTH_TILT = 0.35  # how much the chance to promote rises from the least to the most valuable customer
SLOW_PROMOTERS, SLOW_DETRACTORS = -0.14, 0.14  # in the slow support month
SURVEYS_FROM = date(2025, 11, 1)  # nobody was asked anything before
INVITED, RESPONSE = 170, 0.36  # per wave; share that answers
PARTIAL = 0.05  # begun and not finished, of those who begin
# Weights of the areas in the overall mood.
AREAS = {"delivery": 0.45, "taste": 0.80, "price": 0.30, "app": 0.15, "staff": 0.35}

SURVEYS = {  # who answers, at which point of contact and stage, by which channel where it is always the same
    "relationship": ("customer", "relationship", "loyalty", "email"),
    "after_order": ("customer", "order", "purchase", None),
    "after_ticket": ("customer", "support", "use", None),
    "exit": ("visitor", "website", "consideration", "web"),
    "reviews": ("customer", "product", "use", None),
    "staff": ("employee", None, None, None),
    "finder_study": ("participant", "product finder", None, None),
}
SCALES = {"nps": (0, 10), "enps": (0, 10), "esat": (1, 10), "ces": (1, 7)} | dict.fromkeys(
    ("csat", "area_score", "review_stars", "sus", "post_task_csat"), (1, 5)
)


def planted() -> list[dict]:
    """What the surveys were made to show."""
    slow, net = "2026-01", {c: round(100 * (p - d), 1) for c, (p, d) in NPS_CLASSES.items()}
    return [
        *each(level, "nps", net, "country={}", except_for=slow),
        change("nps", 100 * (SLOW_PROMOTERS - SLOW_DETRACTORS), "", slow, "2025-12"),
        level("survey_response_rate", RESPONSE, "survey_id=relationship", note="of those invited, finished or not"),
        *each(parameter, "key_driver_weight", AREAS, "area={}", unit="points", note="in the latent mood behind NPS"),
    ]


def worth_of_promoters(traits: pd.DataFrame, countries: pd.Series) -> dict:
    """How much more a promoter is worth than a detractor, expected over the customers that there are."""
    promoter, detractor = _chances(traits, countries, np.zeros(len(traits), bool))
    worth = (traits["rate"] / traits["scale"]).to_numpy()
    use = (traits["ordinary"] & (traits["first_day"] >= 0)).to_numpy()
    mean = [np.average(worth[use], weights=w[use]) for w in (promoter, detractor)]
    return parameter(
        "worth_of_promoters", round(float(mean[0] / mean[1]), 3), "ratio", "nps=promoter", against="nps=detractor",
        note="expected spending a day while active, promoters to detractors",
    )  # fmt: skip


def _chances(traits: pd.DataFrame, countries: pd.Series, slow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    p = countries.map({c: v[0] for c, v in NPS_CLASSES.items()}).fillna(0.5).to_numpy()
    d = countries.map({c: v[1] for c, v in NPS_CLASSES.items()}).fillna(0.2).to_numpy()
    lean = WORTH_TILT * (traits["worth_rank"].to_numpy() - 0.5)
    p = np.clip(p + lean + SLOW_PROMOTERS * slow, 0.02, 0.9)
    return p, np.clip(d - 0.6 * lean + SLOW_DETRACTORS * slow, 0.02, 0.95 - p)


def answers(
    rng: np.random.Generator,
    customers: pd.DataFrame,
    traits: pd.DataFrame,
    orders: pd.DataFrame,
    tickets: pd.DataFrame,
    attempts: pd.DataFrame,
    factor: float,
) -> pd.DataFrame:
    """All answers, one row an answer, sorted by survey, response and item."""
    contacts = codes(rng, len(customers), "u-")
    parts = [
        _relationship(rng, customers, traits, contacts, factor),
        moments.after_orders(rng, customers, orders, contacts),
        moments.after_tickets(rng, customers, tickets, contacts),
        moments.exit(rng, factor),
        moments.reviews(rng, customers, orders),
        moments.employees(rng),
        moments.after_tasks(rng, attempts),
    ]
    frame = in_contract_order("survey_answers", _completed(pd.concat(parts, ignore_index=True)))
    sent = frame["submitted_at"].fillna(frame["invited_at"])
    kept = frame[(sent >= midnight(day(SURVEYS_FROM))) & (sent < company.OBSERVED_UNTIL)]
    return kept.sort_values(["survey_id", "response_id", "item_id"], ignore_index=True)


def _completed(frame: pd.DataFrame) -> pd.DataFrame:
    """With what every answer has from its survey and its instrument."""
    about = pd.DataFrame.from_dict(SURVEYS, orient="index").loc[frame["survey_id"]].reset_index(drop=True)
    scale = pd.DataFrame.from_dict(SCALES, orient="index").reindex(frame["instrument"]).reset_index(drop=True)
    is_rated = scale[0].notna() & about[0].ne("employee")
    return frame.assign(
        respondent_type=about[0], touchpoint=about[1], stage=about[2],
        channel=frame["channel"].where(about[3].isna(), about[3]),
        is_complete=frame["survey_id"].ne("relationship") | frame["is_complete"].eq(True),
        scale_min=scale[0], scale_max=scale[1],
        is_reversed=frame["is_reversed"].where(frame["is_reversed"].notna() | ~is_rated, False),
    )  # fmt: skip


def _relationship(
    rng: np.random.Generator, customers: pd.DataFrame, traits: pd.DataFrame, contacts: np.ndarray, factor: float
) -> pd.DataFrame:
    """A wave each month from November on: recommendation, five areas, and for some a sentence of their own."""
    parts = []
    for month in month_starts()[2:-1]:
        at = day(month) + 9
        around = np.flatnonzero((traits["start_day"] < at - 25) & traits["ordinary"] & customers["country"].notna())
        who = rng.permutation(around)[: int(INVITED * factor)]
        slow = np.full(len(customers), company.SLOW_SUPPORT[0] == month)
        promoter, detractor = _chances(traits, customers["country"], slow)
        u = rng.random(len(who))
        group = np.where(u < promoter[who], 2, np.where(u > 1 - detractor[who], 0, 1))
        parts.append(_wave(rng, customers, contacts, who, group, at, f"{month:%Y-%m}"))
    return pd.concat(parts, ignore_index=True)


def _wave(
    rng: np.random.Generator,
    customers: pd.DataFrame,
    contacts: np.ndarray,
    who: np.ndarray,
    group: np.ndarray,
    at: int,
    wave: str,
) -> pd.DataFrame:
    n = len(who)
    score = np.select([group == 2, group == 1], [rng.choice([9, 10], n), rng.choice([7, 8], n)], rng.integers(0, 7, n))
    begun = rng.random(n) < RESPONSE / (1 - PARTIAL)
    done = begun & (rng.random(n) > PARTIAL)
    invited = to_utc(np.full(n, at), np.full(n, 11 * 3600))
    started = invited + pd.to_timedelta(np.minimum(rng.exponential(90_000, n), 860_000).round(), unit="s")
    submitted = started + pd.to_timedelta(rng.uniform(40, 400, n).round(), unit="s")
    base = table(
        response_id=codes(rng, n, f"f{wave[2:4]}{wave[5:]}-", 5),
        survey_id="relationship",
        wave=wave,
        respondent_id=contacts[who],
        customer_id=customers["customer_id"].to_numpy()[who],
        invited_at=invited,
        started_at=pd.Series(started).where(begun).dt.as_unit("us"),
        submitted_at=pd.Series(submitted).where(done).dt.as_unit("us"),
        is_complete=done,
    )
    invite = base[~done].assign(item_id="_invite", instrument="custom")
    nps = base.assign(item_id="nps", instrument="nps", value_num=score)
    angry = done & (score <= 6) & (rng.random(n) < 0.62)
    hours = pd.to_timedelta(rng.exponential(30, n).round(2), unit="h")
    followed = (pd.Series(submitted) + hours).where(angry)
    nps["followed_up_at"] = followed.where(followed < company.EXPORTED_AT).dt.as_unit("us")
    parts = [invite, nps[done]]
    mood = (score - 7.2) / 2.6
    for area, weight in AREAS.items():
        value = np.clip(np.round(3.9 + weight * 0.75 * mood + rng.normal(0, 0.75, n)), 1, 5)
        row = base.assign(item_id=f"area_{area}", instrument="area_score", item_version=area)
        parts.append(row.assign(value_num=value)[done])
    parts.append(_own_words(rng, base, customers["language"].to_numpy()[who], group)[done & (rng.random(n) < 0.4)])
    return pd.concat(parts, ignore_index=True)


def _own_words(rng: np.random.Generator, base: pd.DataFrame, language: np.ndarray, group: np.ndarray) -> pd.DataFrame:
    n = len(base)
    mood = np.select([group == 2, group == 1], ["positive", "neutral"], "negative").astype(object)
    theme = pick(rng, THEMES, n)
    text = write_texts(rng, language, theme, mood)
    known = rng.random(n) < 0.5
    return base.assign(
        item_id="why",
        instrument="open_text",
        value_text=text,
        sentiment=only(known, mood),
        sentiment_source=only(known, "human"),
        themes=only(known, theme),
    )
