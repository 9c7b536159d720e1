"""Surveys that belong to one moment: after an order, a ticket or a visit, reviews, staff, usability studies."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from cxkit.sample import company
from cxkit.sample.drawing import clock, codes, lookup, pick, table, to_utc, within
from cxkit.sample.shop import standing
from cxkit.sample.truth import change, each, level
from cxkit.sample.usability import sus_answers

CSAT = {"store": 0.88, "online": 0.80, "app": 0.72}  # top-2-box after orders
CSAT_RESPONSE = 0.16
CES = 5.4  # mean ease after a ticket, 1–7
CES_SLOW, CES_SPREAD = -1.1, 1.1
TICKET_RESPONSE = 0.33
TICKET_CSAT, TICKET_CSAT_SLOW = 0.78, 0.52
INTENT = {"browse": 0.34, "buy": 0.30, "order status": 0.18, "contact": 0.10, "other": 0.08}
COMPLETED = {"browse": 0.90, "buy": 0.70, "order status": 0.84, "contact": 0.46, "other": 0.60}
EXIT_ANSWERS = 560
EMPLOYEES, ENPS_ANSWERS, ENPS = 43, 36, (0.42, 0.22)
STARS = {5: 58, 4: 20, 3: 7, 2: 5, 1: 10}


def planted() -> list[dict]:
    """What these surveys were made to show."""
    slow, answering = "2026-01", f"{ENPS_ANSWERS} of {EMPLOYEES} employees answer a wave"
    return [
        *each(level, "csat_top2", CSAT, "channel={}, touchpoint=order"),
        level("ticket_csat", TICKET_CSAT, except_for=slow),
        level("ticket_csat", TICKET_CSAT_SLOW, period=slow),
        level("ces", _mean_ease(CES), except_for=slow, note="mean of whole points from 1 to 7"),
        change("ces", _mean_ease(CES + CES_SLOW) - _mean_ease(CES), "", slow, "other months"),
        *each(level, "visit_task_completion", COMPLETED, "purpose={}"),
        *each(level, "visitor_intent", INTENT, "purpose={}"),
        level("enps", round(100 * (ENPS[0] - ENPS[1]), 1), note=answering),
    ]


def _mean_ease(centre: float) -> float:
    """Mean of the answers after rounding to whole points and stopping at 1 and 7."""
    edges = np.append(np.arange(1.5, 7), np.inf)
    share = np.diff(norm.cdf((edges - centre) / CES_SPREAD), prepend=0.0)
    return round(float(share @ np.arange(1, 8)), 3)


def after_orders(
    rng: np.random.Generator, customers: pd.DataFrame, orders: pd.DataFrame, contacts: np.ndarray
) -> pd.DataFrame:
    """Satisfaction a few days after an order, 1–5; some say which product area it was about."""
    rows = np.flatnonzero(standing(orders) & (rng.random(len(orders)) < CSAT_RESPONSE))
    made, n = orders.iloc[rows], len(rows)
    happy = rng.random(n) < made["sales_channel"].map(CSAT).to_numpy()
    score = np.where(happy, rng.choice([4, 5], n, p=[0.42, 0.58]), rng.choice([1, 2, 3], n, p=[0.2, 0.3, 0.5]))
    invited = pd.DatetimeIndex(made["ordered_at"]) + pd.Timedelta(days=4)
    submitted = invited + pd.to_timedelta(rng.exponential(60_000, n).round(), unit="s")
    return table(
        response_id=codes(rng, n, "g-", 6),
        item_id="csat",
        survey_id="after_order",
        respondent_id=contacts[made["person"]],
        customer_id=lookup(customers["customer_id"], made["person"]),
        invited_at=invited,
        submitted_at=submitted,
        instrument="csat",
        value_num=score,
        channel=made["sales_channel"].to_numpy(),
        order_id=made["order_id"].to_numpy(),
    )


def after_tickets(
    rng: np.random.Generator, customers: pd.DataFrame, tickets: pd.DataFrame, contacts: np.ndarray
) -> pd.DataFrame:
    """Effort, satisfaction and whether the first contact was enough, after solved tickets of known customers."""
    known = (
        tickets["last_solved_at"].notna()
        & tickets["customer_id"].notna()
        & tickets["status"].isin(["solved", "closed"])
    )
    rows = np.flatnonzero(known & (rng.random(len(tickets)) < TICKET_RESPONSE))
    asked, n = tickets.iloc[rows].reset_index(drop=True), len(rows)
    slow = within(asked["day"], company.SLOW_SUPPORT)
    z = rng.normal(0, 1, n)
    ease = np.clip(np.round(CES + CES_SLOW * slow + CES_SPREAD * z), 1, 7)
    # Whoever found it easy is more often satisfied; the share that is satisfied stays as planted.
    happy = norm.cdf(0.6 * z + 0.8 * rng.normal(0, 1, n)) > 1 - np.where(slow, TICKET_CSAT_SLOW, TICKET_CSAT)
    score = np.where(happy, rng.choice([4, 5], n), rng.choice([1, 2, 3], n, p=[0.3, 0.3, 0.4]))
    single = ~asked["chain"].duplicated(keep=False) & asked["n_reopens"].eq(0)
    invited = asked["last_solved_at"] + pd.Timedelta(hours=2)
    base = table(
        response_id=codes(rng, n, "j-", 6),
        survey_id="after_ticket",
        respondent_id=contacts[asked["person"]],
        customer_id=lookup(customers["customer_id"], asked["person"]),
        invited_at=invited.dt.as_unit("us"),
        submitted_at=(invited + pd.to_timedelta(rng.exponential(40_000, n).round(), unit="s")).dt.as_unit("us"),
        channel=asked["channel"],
        ticket_id=asked["ticket_id"],
    )
    return pd.concat(
        [
            base.assign(item_id="ces", instrument="ces", item_version="ces2", value_num=ease),
            base.assign(item_id="csat", instrument="csat", value_num=score),
            base.assign(
                item_id="first_contact",
                instrument="resolved_first_contact",
                value_choice=np.where(single & (rng.random(n) < 0.95), "yes", "no"),
            ),
        ],
        ignore_index=True,
    )


def exit(rng: np.random.Generator, factor: float) -> pd.DataFrame:
    """Why did you come, and did you do it? Asked of visitors as they leave."""
    n = int(EXIT_ANSWERS * factor)
    days = np.sort(rng.integers(60, company.DAYS, n))
    intent = pick(rng, INTENT, n)
    done = rng.random(n) < pd.Series(intent).map(COMPLETED).to_numpy()
    base = table(
        response_id=codes(rng, n, "l-", 6),
        survey_id="exit",
        respondent_id=codes(rng, n, "lv-", 6),
        submitted_at=to_utc(days, clock(rng, n)),
    )
    return pd.concat(
        [
            base.assign(item_id="intent", instrument="intent", value_choice=intent),
            base.assign(item_id="done", instrument="task_complete", value_choice=np.where(done, "yes", "no")),
        ],
        ignore_index=True,
    )


def reviews(rng: np.random.Generator, customers: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Stars for a product, some weeks after an order; most love it, some hate it, few are in between."""
    rows = np.flatnonzero(standing(orders) & (rng.random(len(orders)) < 0.07))
    made, n = orders.iloc[rows], len(rows)
    stars = rng.choice(list(STARS), n, p=np.array(list(STARS.values())) / sum(STARS.values()))
    at = pd.DatetimeIndex(made["ordered_at"]) + pd.to_timedelta(rng.uniform(5, 40, n).round(3), unit="D")
    products = {
        "sencha": 24,
        "assam": 20,
        "earl-grey": 18,
        "oolong": 12,
        "rooibos": 10,
        "mint": 8,
        "darjeeling": 6,
        "matcha": 2,
    }
    return table(
        response_id=codes(rng, n, "d-", 6),
        item_id="stars",
        survey_id="reviews",
        customer_id=lookup(customers["customer_id"], made["person"]),
        submitted_at=at.as_unit("us"),
        instrument="review_stars",
        value_num=stars,
        order_id=made["order_id"].to_numpy(),
        product_id=pick(rng, products, n),
    )


def employees(rng: np.random.Generator) -> pd.DataFrame:
    """Two waves among the staff, without any id that leads to a person."""
    parts = []
    for wave, at in (("2026-02", 160), ("2026-09", 375)):
        u, n = rng.random(ENPS_ANSWERS), ENPS_ANSWERS
        score = np.select(
            [u < ENPS[0], u > 1 - ENPS[1]], [rng.choice([9, 10], n), rng.integers(0, 7, n)], rng.choice([7, 8], n)
        )
        base = pd.DataFrame({"response_id": codes(rng, n, f"n{wave[5:]}-", 5), "survey_id": "staff", "wave": wave})
        base = base.assign(submitted_at=to_utc(np.full(n, at), clock(rng, n)))
        content = np.clip(np.round(7.4 + 0.4 * (score - 7.5) + rng.normal(0, 1, n)), 1, 10)
        parts += [
            base.assign(item_id="enps", instrument="enps", value_num=score),
            base.assign(item_id="esat", instrument="esat", value_num=content),
        ]
    return pd.concat(parts, ignore_index=True)


def after_tasks(rng: np.random.Generator, attempts: pd.DataFrame) -> pd.DataFrame:
    """The System Usability Scale after the finder study, and satisfaction after each of its tasks."""
    sus = sus_answers(rng, attempts)
    sus = sus.assign(response_id="sus-" + sus["participant_id"], instrument="sus", item_version=sus["item_id"])
    tried = attempts[(attempts["study_id"] == "finder") & (attempts["outcome"] != "technical")].reset_index(drop=True)
    happy = rng.random(len(tried)) < np.where(tried["outcome"] == "success", 0.86, 0.25)
    score = np.where(happy, rng.choice([4, 5], len(tried)), rng.choice([1, 2, 3], len(tried)))
    task = tried["task_id"].str.replace(" ", "-")
    post = table(
        participant_id=tried["participant_id"],
        design=tried["design"],
        at=tried["started_at"] + pd.Timedelta(minutes=6),
        item_id="post_task_csat",
        response_id=tried["participant_id"] + "-" + task,
        instrument="post_task_csat",
        value_num=score,
        task_id=tried["task_id"],
    )
    frame = pd.concat([sus, post], ignore_index=True)
    frame["submitted_at"] = frame["at"].dt.as_unit("us")
    frame = frame.rename(columns={"participant_id": "respondent_id", "design": "x_design"})
    return frame.assign(survey_id="finder_study")
