"""Business: what was spent to win and keep customers, who recommended whom, and the named series."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from cxkit.sample import company
from cxkit.sample.drawing import (
    clock,
    codes,
    date_of,
    day,
    in_contract_order,
    local_day,
    lookup,
    month_starts,
    only,
    pick,
    table,
    to_utc,
    weekday,
)
from cxkit.sample.shop import standing
from cxkit.sample.truth import each, level

MEDIA_COST = {"paid_search": 16.0, "paid_social": 24.0, "affiliate": 11.0, "display": 0.0}  # media per new customer
OVERHEAD = {"people": 5200.0, "tools": 780.0, "agency": 1500.0}  # a month, for winning customers
PEOPLE_SHARE = {"paid_search": 0.4, "paid_social": 0.4, "email": 0.2}
REFERRAL_REWARD = 5.0
CONVERTED = 0.22  # of the invitations
FRAUD = 0.015
BETA = 1.1  # of the share against its index


def planted() -> list[dict]:
    """What the business figures were made to show."""
    paid = {channel: cost for channel, cost in MEDIA_COST.items() if cost}
    return [
        *each(level, "paid_cac", paid, "channel={}", note="media per new customer; noise of weeks on top"),
        level("invite_conversion_rate", CONVERTED, note="invitations that led to a customer"),
        level("share_price_beta", BETA, note="of daily returns against the index; nothing abnormal on any day"),
    ]


def spend(rng: np.random.Generator, customers: pd.DataFrame) -> pd.DataFrame:
    """Media by week and channel, as planted per new customer; people, tools and agency by month; rewards; one initiative."""
    acquired = customers.loc[customers["acquired_at"].notna() & customers["customer_type"].isna()]
    days = local_day(acquired["acquired_at"])
    inside = (days >= 0) & (days < company.DAYS)
    week = days[inside] // 7
    channel = acquired["acquisition_channel"].to_numpy()[inside]
    rows = []
    for name, cost in MEDIA_COST.items():
        won = np.bincount(week[channel == name], minlength=company.DAYS // 7 + 1)
        smooth = np.convolve(np.pad(won, 2, mode="edge"), np.ones(5) / 5, "valid")
        amount = smooth * cost * rng.lognormal(-0.02, 0.2, len(won)) if cost else np.zeros(len(won))
        clicks = np.round(amount / 0.42).astype(int)
        frame = {"date": date_of(np.arange(len(won)) * 7), "channel": name, "cost_type": "media", "amount": amount}
        rows.append(
            pd.DataFrame(frame).assign(n_impressions=clicks * rng.integers(28, 60, len(won)), n_clicks=clicks)[
                amount > 0
            ]
        )
    months = pd.DataFrame({"date": np.array(month_starts()[:-1], dtype="datetime64[D]")})
    for kind, cost in OVERHEAD.items():
        for name, share in PEOPLE_SHARE.items():
            rows.append(months.assign(channel=name, cost_type=kind, amount=cost * share))
    rewarded = np.bincount(
        month_of(days[inside & (acquired["acquisition_channel"] == "referral").to_numpy()]), minlength=14
    )
    rows.append(months.assign(channel="referral", cost_type="incentive", amount=rewarded * REFERRAL_REWARD))
    out = pd.concat(rows, ignore_index=True).assign(purpose="acquisition")
    initiatives = pd.DataFrame({"date": [company.CHECKOUT_FIXED, company.REDESIGN], "amount": [4200.0, 6800.0]})
    extra = initiatives.assign(channel="direct", cost_type="cx_initiative", purpose="retention")
    service = months.assign(channel="other", cost_type="people", amount=7400.0, purpose="service")
    out = pd.concat([out, service, extra], ignore_index=True).assign(campaign_id=None, currency=company.CURRENCY)
    out["date"] = pd.to_datetime(out["date"])
    return in_contract_order("spend", out.sort_values(["date", "channel", "cost_type"], ignore_index=True))


def month_of(days: np.ndarray) -> np.ndarray:
    """Number of the covered month, 0 to 13, of day numbers."""
    return np.searchsorted([day(d) for d in month_starts()], days, side="right") - 1


def referrals(rng: np.random.Generator, customers: pd.DataFrame, traits: pd.DataFrame) -> pd.DataFrame:
    """Invitations. Whoever came by referral was invited by a customer of longer standing; most invitations lead nowhere."""
    start = traits["start_day"].to_numpy()
    ordinary = traits["ordinary"].to_numpy()
    won = local_day(customers["acquired_at"].fillna(company.OBSERVED_UNTIL))
    came = np.flatnonzero(
        (customers["acquisition_channel"] == "referral") & ordinary & (won > 20) & (won < company.DAYS)
    )
    extra = int(len(came) * (1 - CONVERTED) / CONVERTED)
    asked = np.maximum(won[came] - 1 - rng.exponential(6, len(came)).astype(int), 3)
    invited = np.append(asked, rng.integers(20, company.DAYS, extra))
    by_start = np.argsort(np.where(ordinary, start, company.DAYS * 2), kind="stable")
    earlier = np.searchsorted(start[by_start][: int(ordinary.sum())], invited - 1)
    # A few inviters do much of the inviting; nobody invites himself.
    place = (np.maximum(earlier, 1) * rng.random(len(invited)) ** 1.5).astype(int)
    itself = by_start[place] == np.append(came, np.full(extra, -1))
    inviter = by_start[np.where(itself, np.maximum(place - 1, 0), place)]
    n, k = len(invited), len(came)
    new = np.append(came, np.full(extra, -1))
    converted = pd.Series(
        pd.DatetimeIndex(customers["acquired_at"].iloc[came]).append(pd.DatetimeIndex([pd.NaT] * extra, tz="UTC"))
    )
    at = pd.Series(to_utc(invited, clock(rng, n)))
    at = at.where(converted.isna() | (at < converted), converted - pd.Timedelta(hours=3)).dt.as_unit("us")
    method = pick(rng, {"link": 62, "code": 28, "listening": 10}, n)
    frame = table(
        invite_id=codes(rng, n, "i-"),
        referrer_customer_id=lookup(customers["customer_id"], inviter),
        invited_at=at,
        invitee_id=only(method != "listening", codes(rng, n, "z-")),
        method=method,
        converted_at=converted.dt.as_unit("us"),
        new_customer_id=lookup(customers["customer_id"], new),
        is_fraud=(rng.random(n) < FRAUD) & (np.arange(n) >= k),
        observed_until=company.OBSERVED_UNTIL,
    )
    return frame.sort_values(["invited_at", "invite_id"], ignore_index=True)


def series(
    rng: np.random.Generator, orders: pd.DataFrame, apps: pd.DataFrame, answers: pd.DataFrame, employees: int
) -> pd.DataFrame:
    """Every reserved series that the company has."""
    parts = [_days_off(), _story(), _targets(), _shares(rng), _by_month(orders, answers, employees), _store(rng, apps)]
    out = in_contract_order("series", pd.concat(parts, ignore_index=True))
    out["date"] = pd.to_datetime(out["date"])
    return out.sort_values(["series_id", "date", "entity"], ignore_index=True)


def _named(series_id: str, dates: Any, values: Any, unit: str, frequency: str = "day", **more: Any) -> pd.DataFrame:
    columns = {"series_id": series_id, "date": dates, "value": values, "unit": unit, "frequency": frequency}
    return pd.DataFrame({**columns, **more})


def _days_off() -> pd.DataFrame:
    return _named("holiday", list(company.HOLIDAYS), 1.0, "flag", note=list(company.HOLIDAYS.values()))


def _story() -> pd.DataFrame:
    notes = {company.START: "Web shop opens"} | {days[0]: note for days, _, note, _ in company.STORY}
    changed = {company.REDESIGN: "product finder", company.CHECKOUT_FIXED: "mobile checkout"}
    return pd.concat(
        [
            _named("annotation", list(notes), 1.0, "flag", note=list(notes.values())),
            _named("initiative", list(changed), 1.0, "flag", entity=list(changed.values())),
            _named("data_gap", [company.WEB_OUTAGE], 1.0, "flag", entity="events", note="web tool down"),
        ]
    )


def _targets() -> pd.DataFrame:
    """What the company aims at in a month."""
    targets = {
        "bounce_rate": (0.40, "share"),
        "session_conversion_rate": (0.14, "share"),
        "nps": (35.0, "score"),
        "csat_top2": (0.82, "share"),
        "customer_churn_rate": (0.04, "share"),
        "first_response_time": (14_400.0, "seconds"),
    }
    return pd.concat(
        _named(f"target:{name}", [company.START], value, unit, "month") for name, (value, unit) in targets.items()
    )


def _shares(rng: np.random.Generator) -> pd.DataFrame:
    """Share price and index on weekdays; the share follows the index."""
    days = np.arange(company.DAYS)
    days = days[weekday(days) < 5]
    market = rng.normal(0.0003, 0.009, len(days))
    own = BETA * market + rng.normal(0, 0.011, len(days))
    price, index = 38.0 * np.exp(np.cumsum(own)), 2_400 * np.exp(np.cumsum(market))
    return pd.concat(
        [
            _named("share_price", date_of(days), price.round(2), "EUR"),
            _named("share_index", date_of(days), index.round(2), "points"),
        ]
    )


def _by_month(orders: pd.DataFrame, answers: pd.DataFrame, employees: int) -> pd.DataFrame:
    """Active customers (an order in the last 90 days), employees, sales target, invitations to surveys."""
    rows: list[dict] = []
    stood = orders[standing(orders)]
    invited = answers[answers["survey_id"] == "relationship"].drop_duplicates("response_id")["wave"].value_counts()
    for first, end in zip(month_starts()[:-1], month_starts()[1:], strict=True):
        last = day(end)
        active = stood.loc[(stood["day"] < last) & (stood["day"] >= last - 90), "person"].nunique()
        values = [("active_customers", active, "customers"), ("employees", employees, "people")]
        values.append(("sales_target", 8_000 + 1_600 * int(month_of(np.array([last - 1]))[0]), company.CURRENCY))
        rows += [{"series_id": s, "date": first, "value": float(v), "unit": u} for s, v, u in values]
        wave = f"{first:%Y-%m}"
        if wave in invited.index:
            row = {"series_id": "n_invited", "date": first, "entity": "relationship"}
            rows.append({**row, "value": float(invited[wave]), "unit": "people"})
    for month in (date(2026, 2, 1), date(2026, 9, 1)):
        row = {"series_id": "n_invited", "date": month, "entity": "staff"}
        rows.append({**row, "value": float(employees), "unit": "people"})
    return pd.DataFrame(rows).assign(frequency="month")


def _store(rng: np.random.Generator, apps: pd.DataFrame) -> pd.DataFrame:
    """What the app stores print, by week and platform: installs, active devices, devices lost. iOS counts consenting users only."""
    rows = []
    for platform, part in apps.groupby("surface"):
        seen = part.sample(frac=0.8, random_state=rng) if platform == "ios" else part
        for week in range(company.DAYS // 7):
            a, b = week * 7, week * 7 + 7
            installed = int(((seen["day_from"] >= a) & (seen["day_from"] < b)).sum() * 1.1)
            there = int(((seen["day_from"] < b) & (seen["day_until"] >= b)).sum())
            lost = int(((seen["day_until"] >= a) & (seen["day_until"] < b) & (seen["day_from"] < b)).sum())
            when = company.START + timedelta(days=a)
            for name, value in (("installs", installed), ("active_devices", there), ("user_loss", lost)):
                row = {"series_id": f"store_{name}", "date": when, "entity": platform, "value": float(value)}
                rows.append({**row, "unit": "devices", "frequency": "week", "platform": platform})
    return pd.DataFrame(rows)
