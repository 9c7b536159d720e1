"""Usability studies: the old and the new product finder, the checkout in two forms for the same people, and a tiny one."""

import numpy as np
import pandas as pd

from cxkit.sample import company
from cxkit.sample.drawing import day, numbered, only, pick, table, to_utc
from cxkit.sample.truth import each, level, ratio

TASKS = {"find a gift": 95.0, "compare two teas": 70.0, "pick by taste": 60.0, "check stock in a shop": 45.0}  # seconds
SUCCESS = {"old": 0.62, "new": 0.84}  # product finder, different people
TIME_RATIO = 0.72  # new to old
SPREAD = 0.45  # of the logarithm of times
ERRORS = {"old": 0.16, "new": 0.07}  # per opportunity
OPPORTUNITIES = 6
SEATS = 8  # participants a day
PER_DESIGN = 40
WITHIN = {"one_page": 0.88, "three_pages": 0.70}  # checkout, the same 24 people with both
SUS = {"old": 62.0, "new": 77.0}
FALSE_SUCCESS = 0.25  # of the failures are taken for successes by the participant
TECHNICAL = 0.025


def planted() -> list[dict]:
    """What the studies were made to show."""
    finder, checkout = "study_id=finder", "study_id=checkout"
    return [
        *each(level, "task_completion_rate", SUCCESS, finder + ", design={}"),
        *each(level, "task_completion_rate", WITHIN, checkout + ", design={}"),
        level("task_completion_rate", 1.0, "study_id=label", note="ten of ten: Laplace 0.917"),
        ratio("time_on_task", TIME_RATIO, f"{finder}, design=new", "design=old", note="geometric means of successes"),
        *each(level, "error_rate_per_opportunity", ERRORS, finder + ", design={}"),
        *each(level, "sus", SUS, finder + ", design={}"),
        level("false_success_share", FALSE_SUCCESS, note="failures that the participant took for a success"),
    ]


def tasks(rng: np.random.Generator) -> pd.DataFrame:
    """One row an attempt; `design` of the finder study is also needed for the surveys after it."""
    return pd.concat([_finder(rng), _checkout(rng), _label(rng)], ignore_index=True)


def _finder(rng: np.random.Generator) -> pd.DataFrame:
    people = 2 * PER_DESIGN
    design = np.repeat(["old", "new"], PER_DESIGN)
    frame = _grid(rng, "finder", numbered("pf-", people, 3), list(TASKS), day(company.REDESIGN) - 40)
    frame["design"] = np.repeat(design, len(TASKS)).astype(object)
    skill = np.repeat(rng.normal(0, 0.25, people), len(TASKS))
    usual = np.tile(list(TASKS.values()), people) * np.where(frame["design"] == "new", TIME_RATIO, 1.0)
    ok = rng.random(len(frame)) < frame["design"].map(SUCCESS).to_numpy()
    return _measure(rng, frame.assign(group_type="between"), ok, usual * np.exp(-skill), frame["design"].map(ERRORS))


def _checkout(rng: np.random.Generator) -> pd.DataFrame:
    """The same people with both designs; who is able with one is more often able with the other."""
    people = numbered("pc-", 24, 3)
    able = np.repeat(rng.random(24), 2)
    parts = []
    frame = _grid(rng, "checkout", people, ["pay by card", "use a voucher"], day(company.REDESIGN) + 60)
    for design, chance in WITHIN.items():
        u = np.where(rng.random(len(frame)) < 0.5, able, rng.random(len(frame)))
        usual = np.full(len(frame), 80.0 if design == "one_page" else 105.0)
        one = frame.assign(design=design, group_type="within", attempt=1 if design == "one_page" else 2)
        parts.append(_measure(rng, one, u < chance, usual, pd.Series(0.1, index=frame.index)))
    return pd.concat(parts, ignore_index=True)


def _label(rng: np.random.Generator) -> pd.DataFrame:
    frame = _grid(rng, "label", numbered("pl-", 10, 3), ["read the label"], day(company.REDESIGN) + 90)
    frame = frame.assign(design="label", group_type="between")
    return _measure(rng, frame, np.ones(10, bool), np.full(10, 20.0), pd.Series(0.0, index=frame.index), 0.0)


def _grid(rng: np.random.Generator, study: str, people: np.ndarray, names: list[str], first: int) -> pd.DataFrame:
    seat = np.repeat(np.arange(len(people)), len(names))
    session = to_utc(first + seat // SEATS, 9 * 3600 + (seat % SEATS) * 3600)
    return table(
        study_id=study,
        participant_id=people[seat],
        task_id=np.tile(names, len(people)).astype(object),
        attempt=1,
        started_at=session + pd.to_timedelta(np.tile(np.arange(len(names)) * 420, len(people)), unit="s"),
        device_class=np.repeat(pick(rng, {"desktop": 5, "mobile": 5}, len(people)), len(names)),
        participant_segment=np.repeat(pick(rng, {"member": 4, "customer": 4, "stranger": 2}, len(people)), len(names)),
    )


def _measure(
    rng: np.random.Generator,
    frame: pd.DataFrame,
    ok: np.ndarray,
    usual: np.ndarray,
    slips: pd.Series,
    technical: float = TECHNICAL,
) -> pd.DataFrame:
    n = len(frame)
    fail = pick(rng, {"failure": 35, "give_up": 35, "partial": 15, "assisted": 10, "timeout": 5}, n)
    outcome = np.where(ok, "success", fail).astype(object)
    outcome[rng.random(n) < technical] = "technical"
    seconds = usual * rng.lognormal(0, SPREAD, n) * np.where(ok, 1.0, 1.5)
    errors = rng.binomial(OPPORTUNITIES, slips.to_numpy(float))
    clicks = rng.poisson(14, n) + 4
    ease = np.clip(np.round(np.where(ok, 5.9, 3.4) - 0.35 * errors + rng.normal(0, 0.9, n)), 1, 7)
    thinks = ok | (rng.random(n) < FALSE_SUCCESS)
    rated = np.where(thinks, rng.choice([4, 5], n, p=[0.4, 0.6]), rng.choice([1, 2, 3], n, p=[0.35, 0.4, 0.25]))
    broken = outcome == "technical"
    return frame.assign(
        outcome=outcome,
        is_direct_path=only((outcome == "success"), rng.random(n) < 0.7),
        time_s=np.where(broken, np.nan, seconds.round(1)),
        n_errors=only(~broken, errors),
        n_error_opportunities=OPPORTUNITIES,
        n_misclicks=only(~broken, np.minimum(errors + rng.poisson(0.8, n), clicks)),
        n_clicks=only(~broken, clicks),
        seq=only(~broken, ease.astype(int)),
        self_rated_success=only(~broken, rated.astype(float)),
        self_rated_scale="1-5",
    )


def sus_answers(rng: np.random.Generator, attempts: pd.DataFrame) -> pd.DataFrame:
    """Ten answers of the System Usability Scale from each participant of the finder study, in the questionnaire's direction."""
    people = attempts[attempts["study_id"] == "finder"].drop_duplicates("participant_id").reset_index(drop=True)
    n = len(people)
    level_ = people["design"].map(SUS).to_numpy() / 100 * 4  # contribution of an item, 0–4
    liking = rng.normal(0, 0.45, n)
    rows = []
    for item in range(1, 11):
        gain = np.clip(np.round(level_ + liking + rng.normal(0, 0.6, n)), 0, 4)
        rows.append(
            table(
                participant_id=people["participant_id"],
                design=people["design"],
                at=people["started_at"] + pd.Timedelta(minutes=40),
                item_id=f"sus_{item:02d}",
                is_reversed=item % 2 == 0,
                value_num=np.where(item % 2 == 1, gain + 1, 5 - gain),
            )
        )
    return pd.concat(rows, ignore_index=True).sort_values(["participant_id", "item_id"], ignore_index=True)
