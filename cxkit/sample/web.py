"""Web sessions: how many, whose, when and of what kind. `clicks.py` turns them into events.

The orders are given. In each stretch of time and on each device so many sessions without an order are added that the planted
share of sessions ends in one. Visitors differ in how easily they leave, so that sessions of one visitor resemble each other.
"""

from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import beta

from cxkit.sample import company
from cxkit.sample.drawing import clock, codes, day, even, local_day, lookup, pick, table, to_utc, weekday
from cxkit.sample.truth import change, level

PURCHASE = {"desktop": 0.15, "mobile": 0.095, "tablet": 0.12}  # share of sessions with an order
DEVICES = list(PURCHASE)
PURCHASE_MOBILE_FIXED = 0.165  # from the day of the faster checkout on
PURCHASE_MOBILE_BROKEN = PURCHASE["mobile"] * 0.25
SIGN_UP = 0.024  # share of the sessions without an order that sign up for the newsletter
BOUNCE = {"desktop": 0.34, "mobile": 0.47, "tablet": 0.40}
BOUNCE_SPREAD = 3.0  # a + b of the Beta from which each visitor's own bounce chance comes: small means they differ much
SINGLE_PAGE_ENGAGED = 0.13  # of the engaged sessions: one page, read for ten seconds or more
TO_CART, TO_CHECKOUT = 0.17, 0.38  # of the engaged sessions without order; of those with a cart
TO_CHECKOUT_BROKEN = 0.9  # everybody tries, nothing happens
NO_CONSENT = 0.14  # share of the visitors whose events carry no visitor id
SESSION_IDS_FROM = 61  # 1 November 2025: before that the web tool exported no session ids
BOT_SESSIONS, INTERNAL_SESSIONS = 130, 45
KNOWN = 0.30  # share of the sessions without an order that belong to customers
CROWDED = 1.028  # so many are drawn for one that stays: visits on the heels of another are dropped afterwards
CLOCK_CHANGES = (date(2025, 10, 26), date(2026, 3, 29), date(2026, 10, 25))
MIN_GAP = np.timedelta64(2, "h")

CHANNELS = {
    "organic_search": 27,
    "direct": 21,
    "paid_search": 14,
    "email": 12,
    "paid_social": 9,
    "organic_social": 7,
    "referral": 6,
    "affiliate": 4,
}
WEEKDAYS = np.array([1.05, 1.0, 0.98, 0.98, 0.95, 0.92, 1.12])


def stretches(device: str) -> list[tuple[int, int, float]]:
    """(first day, end day, share of sessions with an order) in order of time."""
    usual = PURCHASE[device]
    if device != "mobile":
        return [(0, company.DAYS, usual)]
    a, b, c = day(company.CHECKOUT_BROKEN[0]), day(company.CHECKOUT_BROKEN[1]), day(company.CHECKOUT_FIXED)
    return [(0, a, usual), (a, b, PURCHASE_MOBILE_BROKEN), (b, c, usual), (c, company.DAYS, PURCHASE_MOBILE_FIXED)]


def planted() -> list[dict]:
    """What the web log was made to show."""
    out = []
    mobile, rate = "device_class=mobile", "session_conversion_rate"
    broken = f"{company.CHECKOUT_BROKEN[0]}..{company.CHECKOUT_BROKEN[1] - company.ONE_DAY}"
    fixed, usual = _converted(PURCHASE_MOBILE_FIXED), _converted(PURCHASE["mobile"])
    for device, share in PURCHASE.items():
        segment, end = f"device_class={device}", company.CHECKOUT_FIXED if device == "mobile" else company.END
        period = f"{company.START}..{end - company.ONE_DAY}"
        except_for = broken if device == "mobile" else None
        out += [
            level("bounce_rate", BOUNCE[device], segment, note="rule ga4; sessions of one visitor resemble each other"),
            level("purchase_session_rate", share, segment, period, except_for=except_for),
            level(rate, _converted(share), segment, period, except_for=except_for),
        ]
    out += [
        level(rate, _converted(PURCHASE_MOBILE_BROKEN), mobile, broken, note="checkout broken"),
        level(rate, fixed, mobile, "2026-10", note="faster checkout"),
        change(rate, fixed - usual, mobile, "2026-10", "2026-09"),
        change(rate, 0.0, "device_class=desktop", "2026-10", "2026-09"),
        change("bounce_rate", 0.0, "", "2026-10", "2026-09", note="about as many visits on each device as before"),
        change("bounce_rate", 0.0, "device_class=desktop", "2026-10", "2026-09"),
        change("bounce_rate", 0.0, mobile, "2026-10", "2026-09"),
    ]
    return out


def _converted(share: float) -> float:
    return round(1 - (1 - share) * (1 - SIGN_UP), 5)


def sessions(
    rng: np.random.Generator, customers: pd.DataFrame, traits: pd.DataFrame, orders: pd.DataFrame, factor: float
) -> pd.DataFrame:
    """One row a planned session, sorted by start.

    Columns: `visitor_id` (null without consent), `person` (-1 unknown), `customer_id` (null unless logged in), `started_at`
    (UTC), `day`, `device_class`, `channel_group`, `kind` (bounce, glance, browse, cart, checkout, sign_up, purchase, bot,
    internal), `order` (row of the order, -1 none), `session_id` (null before the tool exported it), `is_bot`, `is_internal`.
    """
    bought = _purchases(rng, orders, traits)
    others = pd.concat([_without_order(rng, bought, traits, d) for d in PURCHASE], ignore_index=True)
    plan = pd.concat([bought, others, _clock_changes(rng), _machines(rng, factor)], ignore_index=True)
    plan = _apart(plan.sort_values(["visitor", "started_at", "order"], ignore_index=True))
    plan["channel_group"] = pick(rng, CHANNELS, len(plan))
    logged_in = np.where(plan["order"] >= 0, 0.8, 0.35)
    known = (plan["person"] >= 0) & (rng.random(len(plan)) < logged_in) & plan["consent"]
    plan["customer_id"] = lookup(customers["customer_id"], np.where(known, plan["person"], -1))
    _ids(rng, plan)
    return plan.sort_values(["started_at", "visitor"], ignore_index=True)


def _purchases(rng: np.random.Generator, orders: pd.DataFrame, traits: pd.DataFrame) -> pd.DataFrame:
    """A session for every online order that stands; it ends at the moment of the order."""
    rows = np.flatnonzero(orders["sales_channel"].eq("online") & ~orders["status"].eq("cancelled"))
    made = orders.iloc[rows]
    person = made["person"].to_numpy()
    # A customer's visitor on each device is always the same cookie; a guest gets one for the occasion.
    visitor = np.where(person >= 0, person * 3 + made["device"].map(DEVICES.index).to_numpy(), -rows - 1)
    measured = np.where(person >= 0, traits["measured"].to_numpy()[person], rng.random(len(rows)) > NO_CONSENT)
    return table(
        visitor=visitor,
        person=person,
        started_at=pd.to_datetime(made["ordered_at"]) - pd.to_timedelta(rng.integers(240, 1500, len(rows)), unit="s"),
        device_class=made["device"].to_numpy(),
        kind="purchase",
        order=rows,
        consent=measured.astype(bool),
    )


def _without_order(rng: np.random.Generator, bought: pd.DataFrame, traits: pd.DataFrame, device: str) -> pd.DataFrame:
    """Sessions without an order on one device: as many as the planted share asks for in each stretch."""
    days = local_day(bought.loc[bought["device_class"] == device, "started_at"])
    wanted = [_wanted(rng, days[(days >= a) & (days < b)], a, b, share) for a, b, share in stretches(device)]
    crowd = _visits(rng, np.concatenate(wanted), traits, device)
    share = np.repeat([share for _, _, share in stretches(device)], [len(w) for w in wanted])
    crowd["kind"] = _kinds(rng, crowd["ease"].to_numpy(), BOUNCE[device], share)
    return crowd


def _wanted(rng: np.random.Generator, bought: np.ndarray, first: int, end: int, share: float) -> np.ndarray:
    """Days of the sessions to add: the shop's own growth, smoothed over four weeks, with a weekly rhythm."""
    total = round(CROWDED * len(bought) * (1 - share) / share)
    per_day = np.bincount(bought - first, minlength=end - first).astype(float)
    window = np.ones(28) / 28
    smooth = np.convolve(np.pad(per_day, 14, mode="reflect" if len(per_day) > 14 else "edge"), window, "same")[14:-14]
    weight = (smooth + 0.02) * WEEKDAYS[weekday(np.arange(first, end))]
    return np.sort(rng.choice(np.arange(first, end), total, p=weight / weight.sum()))


def _visits(rng: np.random.Generator, days: np.ndarray, traits: pd.DataFrame, device: str) -> pd.DataFrame:
    """Give each session a visitor: a customer who is around by then, or one of a changing crowd of strangers."""
    n = len(days)
    number = DEVICES.index(device)
    person = np.full(n, -1)
    known = np.flatnonzero(rng.random(n) < KNOWN)
    users = np.flatnonzero(traits["device"].to_numpy() == device)
    users = users[np.argsort(traits["start_day"].to_numpy()[users], kind="stable")]
    around = np.searchsorted(
        traits["start_day"].to_numpy()[users], days[known] + 10
    )  # they look around before they buy
    person[known] = users[(np.maximum(around, 1) * rng.random(len(known)) ** 0.7).astype(int)]
    # Strangers: a window of visitors that slides with time; a visitor returns now and then and is gone.
    crowd = 10_000_000 * (number + 1) + (np.arange(n) * 0.55).astype(int) - rng.geometric(1 / 60, n)
    visitor = np.where(person >= 0, person * 3 + number, crowd)
    ease, consent = _traits_of(rng, visitor, person, traits)
    return table(
        visitor=visitor,
        person=person,
        started_at=to_utc(days, clock(rng, n)),
        device_class=device,
        order=-1,
        consent=consent,
        ease=ease,
    )


def _traits_of(
    rng: np.random.Generator, visitor: np.ndarray, person: np.ndarray, traits: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Each visitor's rank in leaving early, and whether the visits may be measured."""
    _, first, who = np.unique(visitor, return_index=True, return_inverse=True)
    ease = even(rng, len(first))[who]
    stranger = (rng.random(len(first)) > NO_CONSENT)[who]
    return ease, np.where(person >= 0, traits["measured"].to_numpy()[person], stranger).astype(bool)


def _kinds(rng: np.random.Generator, ease: np.ndarray, bounce: float, share: np.ndarray) -> np.ndarray:
    """What happens in sessions without an order, given the share of sessions with one at the time."""
    n = len(ease)
    broken = share == PURCHASE_MOBILE_BROKEN
    among = bounce / (1 - share)  # sessions with an order never bounce: so the planted rate holds among all
    bounced = even(rng, n) < beta.ppf(ease, among * BOUNCE_SPREAD, (1 - among) * BOUNCE_SPREAD)
    u = rng.random((3, n))
    kind = np.where(u[0] < SINGLE_PAGE_ENGAGED, "glance", "browse").astype(object)
    cart = u[0] > 1 - TO_CART * np.where(broken, 1.4, 1.0)
    kind[cart] = "cart"
    kind[cart & (u[1] < np.where(broken, TO_CHECKOUT_BROKEN, TO_CHECKOUT))] = "checkout"
    kind[bounced] = "bounce"
    # Signing up happens in the planted share of them, out of those that neither bounced nor have a cart.
    free = (kind == "browse") | (kind == "glance")
    kind[free & (u[2] < SIGN_UP * n / max(int(free.sum()), 1))] = "sign_up"
    return kind


def _clock_changes(rng: np.random.Generator) -> pd.DataFrame:
    """A few visits across each of the three nights in which the clocks change, so that the odd hours are not empty."""
    days = np.repeat([day(d) for d in CLOCK_CHANGES], 8)
    n = len(days)
    return table(
        visitor=80_000_000 + np.arange(n),
        person=-1,
        started_at=to_utc(days, 2.4 * 3600 + rng.random(n) * 3000),
        device_class="tablet",
        kind=np.where(np.arange(n) % 8 < 3, "bounce", "browse").astype(object),
        order=-1,
        consent=True,
    )


def _machines(rng: np.random.Generator, factor: float) -> pd.DataFrame:
    bots, staff = int(BOT_SESSIONS * factor), int(INTERNAL_SESSIONS * factor)
    n = bots + staff
    days = rng.integers(0, company.DAYS, n)
    return table(
        visitor=90_000_000 + np.where(np.arange(n) < bots, np.arange(n) // 4, 5_000 + np.arange(n) % 6),
        person=-1,
        started_at=to_utc(days, rng.random(n) * 86_000),
        device_class="desktop",
        kind=np.where(np.arange(n) < bots, "bot", "internal").astype(object),
        order=-1,
        consent=True,
    )


def _apart(plan: pd.DataFrame) -> pd.DataFrame:
    """Drop sessions that start within two hours of another of the same visitor: the kit would rightly join some of them."""
    same_next = plan["visitor"].eq(plan["visitor"].shift(-1))
    near_next = same_next & (plan["started_at"].shift(-1) - plan["started_at"] < MIN_GAP)
    near_previous = near_next.shift(1, fill_value=False)
    outside = plan["started_at"] > company.EXPORTED_AT - pd.Timedelta(hours=3, minutes=40)
    return plan[(plan["order"] >= 0) | ~(near_next | near_previous | outside)].reset_index(drop=True)


def _ids(rng: np.random.Generator, plan: pd.DataFrame) -> None:
    plan["is_bot"], plan["is_internal"] = plan["kind"].eq("bot"), plan["kind"].eq("internal")
    labels, who = np.unique(plan["visitor"].to_numpy(), return_inverse=True)
    plan["visitor_id"] = pd.Series(codes(rng, len(labels), "v-")[who]).where(plan["consent"])
    plan["day"] = local_day(plan["started_at"])
    order = plan.sort_values(["visitor", "started_at"]).groupby("visitor").cumcount() + 1
    number = plan["visitor_id"] + "." + order.reindex(plan.index).astype(str)
    plan["session_id"] = number.where(plan["consent"] & (plan["day"] >= SESSION_IDS_FROM))


def without_outage(events: pd.DataFrame) -> pd.DataFrame:
    """The log without the day on which the tool recorded nothing."""
    return events[local_day(events["event_at"]) != day(company.WEB_OUTAGE)].reset_index(drop=True)
