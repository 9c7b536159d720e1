"""The Larkmoor Circle: members, their terms, why they end, who comes back.

A member may leave on any day, so the time to leaving has the planted hazard exactly. The Circle is older than the data:
some members joined up to two and a half years before and are seen only from 1 September 2025 on, because those who left
earlier are not in the records (left truncation).
"""

import numpy as np
import pandas as pd

from cxkit.sample import company
from cxkit.sample.drawing import codes, day, even_along, midnight, only, pick, repeated, table, to_utc
from cxkit.sample.truth import level, parameter

MEMBERS = 0.50  # of the customers
OLD_MEMBERS = 0.28  # of the members
OLDEST = 900  # days before the data begin
PLANS = {"basic": 0.58, "premium": 0.42}
INTERVALS = {"month": 0.72, "year": 0.28}
PRICES = {"basic": 9.9, "premium": 19.9}
PREMIUM_PRICE_AFTER = 23.9
HAZARD = 0.0016  # a day, for a basic monthly member after the first 90 days
HAZARD_RATIOS = {
    "first_90_days": 1.5,
    "plan=premium": 0.75,
    "billing_interval=year": 0.5,
    "acquisition_channel=paid_social": 1.7,
}
PRICE_RISE_RATIO = 2.2  # premium, from the day of the rise on
REASONS = {"voluntary": 0.74, "payment_failed": 0.18, "other": 0.08}
UPGRADE_HAZARD = 0.00015
WIN_BACK = 0.12  # of those lost, after 20 to 85 days


def planted() -> list[dict]:
    """What the memberships were made to show."""
    nulls = [
        ("household=family", "household=single", "no effect"),
        (f"plan=basic from {company.PRICE_RISE}", "plan=basic before", "its price did not rise"),
    ]
    against = {"plan=premium": "plan=basic", "billing_interval=year": "billing_interval=month"}
    return [
        parameter("churn_hazard", HAZARD, "per day", "plan=basic, billing_interval=month, tenure over 90 days"),
        *(
            parameter("churn_hazard_ratio", ratio, "ratio", segment, against=against.get(segment, "the others"))
            for segment, ratio in HAZARD_RATIOS.items()
        ),
        parameter(
            "churn_hazard_ratio",
            PRICE_RISE_RATIO,
            "ratio",
            f"plan=premium from {company.PRICE_RISE}",
            against="plan=premium before",
            note="price rise, on top of the ratio of the plan",
        ),
        *(parameter("churn_hazard_ratio", 1.0, "ratio", here, against=other, note=why) for here, other, why in nulls),
        *(level("end_reason_share", share, f"end_reason={reason}") for reason, share in REASONS.items()),
        level("winback_rate", WIN_BACK, note="of the lost, within 90 days, where 90 days can be seen"),
    ]


def subscriptions(rng: np.random.Generator, customers: pd.DataFrame, traits: pd.DataFrame) -> pd.DataFrame:
    """One row a term. Terms before the data begin are there for members who were still there, with `observed_from`."""
    members = _members(rng, customers, traits)
    _end(rng, members)
    spells = pd.concat([members, _upgrades(rng, members), _returns(rng, members)], ignore_index=True)
    spells["subscription_id"] = codes(rng, len(spells), "s-")
    return _terms(rng, spells, customers)


def _members(rng: np.random.Generator, customers: pd.DataFrame, traits: pd.DataFrame) -> pd.DataFrame:
    """Who joined, when (day number, negative before the data), with which plan. Frequent buyers join more often."""
    chance = MEMBERS * (0.5 + traits["rate_rank"].to_numpy())
    who = np.flatnonzero((rng.random(len(traits)) < chance) & traits["ordinary"].to_numpy())
    old = rng.random(len(who)) < OLD_MEMBERS
    joined = traits["start_day"].to_numpy()[who] + rng.exponential(25, len(who)).astype(int)
    # More old members joined than are left: draw them long ago and keep those who are still there.
    joined = np.where(old, -rng.integers(1, OLDEST, len(who)), joined)
    frame = table(
        person=who,
        joined=joined,
        plan=pick(rng, PLANS, len(who)),
        billing_interval=pick(rng, INTERVALS, len(who)),
        paid_social=customers["acquisition_channel"].eq("paid_social").to_numpy()[who],
        household=customers["household"].fillna("").to_numpy()[who],
    )
    return frame[frame["joined"] < company.DAYS - 1].reset_index(drop=True)


def _hazards(members: pd.DataFrame, days: np.ndarray) -> np.ndarray:
    """Hazard of every member (row) on every day (column); nought before joining."""
    tenure = days[None, :] - members["joined"].to_numpy()[:, None]
    premium = members["plan"].eq("premium").to_numpy()[:, None]
    yearly = members["billing_interval"].eq("year").to_numpy()[:, None]
    ratio = np.where(tenure < 90, HAZARD_RATIOS["first_90_days"], 1.0)
    for holds, times in (
        (premium, HAZARD_RATIOS["plan=premium"]),
        (yearly, HAZARD_RATIOS["billing_interval=year"]),
        (members["paid_social"].to_numpy()[:, None], HAZARD_RATIOS["acquisition_channel=paid_social"]),
        (premium & (days[None, :] >= day(company.PRICE_RISE)), PRICE_RISE_RATIO),
    ):
        ratio = ratio * np.where(holds, times, 1.0)
    return np.where(tenure >= 0, HAZARD * ratio, 0.0)


def _end(rng: np.random.Generator, members: pd.DataFrame, upgrades: bool = True) -> None:
    """Draw when each membership ends (in days, with fractions; infinite if not yet) and why."""
    days = np.arange(company.DAYS)
    total = np.cumsum(_hazards(members, days), axis=1)
    ended = _crossing(total, _limits(rng, members))
    basic = members["plan"].eq("basic").to_numpy() & upgrades
    upgraded = np.maximum(members["joined"], 0) + rng.exponential(1 / UPGRADE_HAZARD, len(members))
    upgraded = np.where(basic & (upgraded < np.minimum(ended, company.DAYS - 5)), np.floor(upgraded) + 0.5, np.inf)
    members["ended"] = np.minimum(ended, upgraded)
    members["end_reason"] = np.where(upgraded < ended, "upgrade", pick(rng, REASONS, len(members)))


def _limits(rng: np.random.Generator, members: pd.DataFrame) -> np.ndarray:
    """How much hazard each takes before leaving: exponential, and evenly so among members who are alike and joined near each other."""
    alike = members.sort_values(["plan", "billing_interval", "paid_social", "household", "joined"], kind="stable").index
    return -np.log1p(-even_along(rng, np.argsort(alike)))


def _crossing(total: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """The time at which each row's cumulative hazard reaches its limit, linear within the day."""
    column = (total < limit[:, None]).sum(axis=1)
    done = column < total.shape[1]
    at = np.minimum(column, total.shape[1] - 1)
    row = np.arange(len(limit))
    before = np.where(at > 0, total[row, np.maximum(at - 1, 0)], 0.0)
    step = np.maximum(total[row, at] - before, 1e-12)
    return np.where(done, at + np.clip((limit - before) / step, 0.01, 0.99), np.inf)


def _upgrades(rng: np.random.Generator, members: pd.DataFrame) -> pd.DataFrame:
    """The premium memberships that follow upgrades, from the very moment on."""
    moved = members[members["end_reason"].eq("upgrade") & np.isfinite(members["ended"])].reset_index(drop=True)
    moved = moved.assign(joined=np.floor(moved["ended"]).astype(int), at=moved["ended"], plan="premium")
    _end(rng, moved)
    return moved


def _returns(rng: np.random.Generator, members: pd.DataFrame) -> pd.DataFrame:
    lost = members[np.isfinite(members["ended"]) & members["end_reason"].ne("upgrade")]
    back = lost[rng.random(len(lost)) < WIN_BACK]
    joined = np.floor(back["ended"]).astype(int) + rng.integers(20, 86, len(back))
    back = back.assign(joined=joined)[joined < company.DAYS - 1].reset_index(drop=True)
    _end(rng, back, upgrades=False)
    return back


def _terms(rng: np.random.Generator, spells: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    start = pd.DatetimeIndex(to_utc(spells["joined"], (rng.random(len(spells)) * 0.4 + 0.4) * 86_400))
    moved = spells["at"].notna().to_numpy()
    end = _moment(spells["ended"])
    start = (
        pd.DatetimeIndex(np.where(moved, _moment(spells["at"]), start.tz_convert(None)))
        .tz_localize("UTC")
        .as_unit("us")
    )
    end = np.where(np.isnat(end), end, np.maximum(end, (start + pd.Timedelta(hours=6)).tz_convert(None).values))
    months = np.where(spells["billing_interval"] == "year", 12, 1)
    until = np.where(np.isnat(end), np.datetime64(company.OBSERVED_UNTIL.tz_localize(None)), end)
    elapsed = (until - start.tz_convert(None).values) / np.timedelta64(1, "D") / 30.436875
    n = np.maximum(np.floor(elapsed / months).astype(int) + 2, 1)  # at least enough; the surplus falls below
    row, number = repeated(n)
    begins, due = _shift(start[row], number * months[row]), _shift(start[row], (number + 1) * months[row])
    keep = (begins.tz_convert(None).values < until[row]) | (number == 0)
    row, number, begins, due = row[keep], number[keep], begins[keep], due[keep]
    last = np.append(row[1:] != row[:-1], True)
    spell = spells.iloc[row].reset_index(drop=True)
    ended = np.where(last, end[row], np.datetime64("NaT"))
    frame = table(
        subscription_id=spell["subscription_id"],
        term_no=number + 1,
        customer_id=customers["customer_id"].to_numpy()[spell["person"]],
        plan=spell["plan"],
        billing_interval=spell["billing_interval"],
        term_start_at=begins,
        term_end_at=due,
        ended_at=pd.DatetimeIndex(ended).tz_localize("UTC").as_unit("us"),
    )
    return _dress(rng, frame, spell, last)


def _dress(rng: np.random.Generator, frame: pd.DataFrame, spell: pd.DataFrame, last: np.ndarray) -> pd.DataFrame:
    n = len(frame)
    gone = frame["ended_at"].notna()
    frame["renewed_at"] = frame["term_end_at"].where(~last)
    ahead = frame["ended_at"] - pd.to_timedelta(rng.uniform(0.1, 12, n).round(2), unit="D")
    asked = ahead.where(ahead > frame["term_start_at"], frame["term_start_at"])
    frame["cancel_requested_at"] = asked.where(gone & spell["end_reason"].eq("voluntary")).dt.as_unit("us")
    frame["end_reason"] = only(gone, spell["end_reason"])
    # The status is the subscription's own, on all of its terms. Some have given notice and still run.
    over = gone.groupby(frame["subscription_id"]).transform("any")
    running = ~over & last
    late = (running & (rng.random(n) < 0.015)).groupby(frame["subscription_id"]).transform("any")
    frame["status"] = np.where(over, "ended", np.where(late, "past_due", "active"))
    notice = running & (frame["term_start_at"] < company.OBSERVED_UNTIL - pd.Timedelta(days=8)) & (rng.random(n) < 0.02)
    given = pd.Series(company.OBSERVED_UNTIL - pd.Timedelta(days=3), index=frame.index)
    frame["cancel_requested_at"] = frame["cancel_requested_at"].mask(notice, given)
    frame["is_auto_renew"] = rng.random(n) < 0.9
    dear = frame["term_start_at"] >= midnight(day(company.PRICE_RISE))
    price = frame["plan"].map(PRICES).mask(frame["plan"].eq("premium") & dear, PREMIUM_PRICE_AFTER)
    frame["mrr_amount"] = (price * np.where(frame["billing_interval"] == "year", 10 / 12, 1)).round(2)
    frame["margin_share"] = 0.6
    frame["currency"] = company.CURRENCY
    begin = midnight(0)
    early = (spell["joined"] < 0).to_numpy()
    frame["observed_from"] = pd.Series(begin, index=frame.index).where(early)
    frame["observed_until"] = company.OBSERVED_UNTIL
    return frame.sort_values(["subscription_id", "term_no"], ignore_index=True)


def _moment(days: pd.Series) -> np.ndarray:
    """UTC times (naive) of day numbers with fractions; none for infinite ones."""
    known = np.isfinite(days.to_numpy(float))
    whole = np.floor(np.where(known, days, 0))
    at = to_utc(whole.astype(int), (np.where(known, days, 0) - whole) * 86_399).tz_convert(None).values
    return np.where(known, at, np.datetime64("NaT"))


def _shift(start: pd.DatetimeIndex, months: np.ndarray) -> pd.DatetimeIndex:
    """The same day and time so many months later, on the 28th at the latest."""
    naive = start.tz_convert(None)
    month = naive.values.astype("datetime64[M]")
    dom = np.minimum((naive.values.astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int), 27)
    dom = np.where(months == 0, (naive.values.astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int), dom)
    time = naive.values - naive.values.astype("datetime64[D]")
    out = (month + months).astype("datetime64[D]") + dom.astype("timedelta64[D]") + time
    return pd.DatetimeIndex(out).tz_localize("UTC").as_unit("us")
