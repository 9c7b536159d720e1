"""Orders: drawn from the purchase process itself, then given a channel, a device, refunds and the odd cancellation."""

from typing import Any

import numpy as np
import pandas as pd

from cxkit.sample import company
from cxkit.sample.drawing import (
    clock,
    codes,
    day,
    even_along,
    in_contract_order,
    lookup,
    only,
    pick,
    table,
    to_utc,
    weekday,
    within,
)
from cxkit.sample.people import BG_NBD, DEVICES, GAMMA_GAMMA
from cxkit.sample.truth import level, parameter

CHANNELS = {"online": 0.55, "store": 0.45}
APP_SHARE = 0.60  # of the orders of those who have the app
RATES = {
    "cancelled": 0.025,
    "refunded": 0.018,
    "partially_refunded": 0.03,
    "guest": 0.07,
    "lost_on_broken_checkout": 0.75,
    "won_by_faster_checkout": 0.50,
}


SHOP_HOURS = np.array([0] * 10 + [5, 7, 9, 8, 7, 8, 9, 10, 9, 5] + [0] * 4, float)


def orders(rng: np.random.Generator, customers: pd.DataFrame, traits: pd.DataFrame) -> pd.DataFrame:
    """All orders, sorted by time, with a working column `device` (device class of online orders) for the web log.

    The days come from BG/NBD, the amounts that are kept from Gamma-Gamma; the time of day is drawn afterwards from an hourly
    profile, which changes neither (models see days). Cancelled and wholly refunded orders are added on top and belong to no
    process; where a part is refunded, the rest is what the process gave.
    """
    who, when = purchase_days(rng, traits)
    amount = rng.gamma(GAMMA_GAMMA["p"], 1 / traits["scale"].to_numpy()[who])
    frame = pd.DataFrame({"person": who, "day": when, "net_amount": np.maximum(amount, 0.5), "status": "completed"})
    on_top = [_on_top(rng, frame, status) for status in ("cancelled", "refunded")]
    frame = pd.concat([frame, _guests(rng, len(frame)), *on_top], ignore_index=True)
    _channel_and_device(rng, frame, traits)
    _status(rng, frame)
    return _finish(rng, frame, customers)


def standing(orders: pd.DataFrame) -> pd.Series:
    """Which orders of known customers came to something."""
    return (orders["person"] >= 0) & ~orders["status"].isin(["cancelled", "pending"])


def purchase_days(rng: np.random.Generator, traits: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Row of the customer and day of every purchase under BG/NBD, first purchases included.

    All customers take a step at once: an exponential wait, then the chance to leave. The loop ends when nobody is left
    inside the covered days. A second purchase on one day is put on the next, as models see one a day.
    """
    first, rate, leave = (traits[name].to_numpy() for name in ("first_day", "rate", "leave"))
    who = np.flatnonzero(first >= 0)
    at = first[who] + rng.random(len(who))
    on = np.floor(at).astype(int)
    people, days = [who], [on]
    while len(who):
        at = at - np.log1p(-even_along(rng, rate[who])) / rate[who]
        on = np.maximum(np.floor(at).astype(int), on + 1)
        inside = on < company.DAYS
        who, at, on = who[inside], at[inside], on[inside]
        people.append(who)
        days.append(on)
        stays = even_along(rng, leave[who]) >= leave[who]
        who, at, on = who[stays], at[stays], on[stays]
    return np.concatenate(people), np.concatenate(days)


def _guests(rng: np.random.Generator, n: int) -> pd.DataFrame:
    many = int(n * RATES["guest"])
    amount = rng.gamma(GAMMA_GAMMA["p"], 1 / rng.gamma(GAMMA_GAMMA["q"], 1 / GAMMA_GAMMA["gamma"], many))
    return table(
        person=-1,
        day=rng.integers(0, company.DAYS, many),
        net_amount=np.maximum(amount, 0.5),
        status="completed",
    )


def _on_top(rng: np.random.Generator, frame: pd.DataFrame, status: str) -> pd.DataFrame:
    """Orders that came to nothing, some days after a real one of the same customer; the last cancelled ones are still pending."""
    extra = frame.sample(int(len(frame) * RATES[status]), random_state=rng).copy()
    extra["day"] = np.minimum(extra["day"] + rng.integers(0, 5, len(extra)), company.DAYS - 1)
    extra["status"] = status
    if status == "cancelled":
        extra.loc[extra["day"] >= company.DAYS - 2, "status"] = "pending"
    return extra[extra["status"].ne("refunded") | (extra["day"] < company.DAYS - 4)]


def _channel_and_device(rng: np.random.Generator, frame: pd.DataFrame, traits: pd.DataFrame) -> None:
    n, days = len(frame), frame["day"].to_numpy()
    channel = pick(rng, CHANNELS, n)
    channel[_shops_closed(days) & (channel == "store")] = "online"
    person = frame["person"].to_numpy()
    # A day's distance from installing and removing keeps orders clear of both.
    has_app = (traits["app_from"].to_numpy()[person] < days) & (days + 1 < traits["app_until"].to_numpy()[person])
    has_app &= person >= 0
    channel[has_app & (rng.random(n) < APP_SHARE)] = "app"
    usual = np.where(frame["person"] >= 0, traits["device"].to_numpy()[frame["person"]], pick(rng, DEVICES, n))
    device = np.where(rng.random(n) < 0.85, usual, pick(rng, DEVICES, n)).astype(object)
    # While the mobile checkout was broken, three in four buyers found another way on the same day.
    broken = (channel == "online") & (device == "mobile")
    broken &= within(days, company.CHECKOUT_BROKEN)
    away = broken & (rng.random(n) < RATES["lost_on_broken_checkout"])
    device[away] = "desktop"
    other = away & (rng.random(n) < 0.45)
    channel[other] = np.where(_shops_closed(days[other]), "online", "store")
    # The faster checkout won mobile orders over from the shops: so many that as many people visit as before, and the mix of
    # devices stays, though more of them buy.
    won = (
        (channel == "store") & (days >= day(company.CHECKOUT_FIXED)) & (rng.random(n) < RATES["won_by_faster_checkout"])
    )
    channel[won], device[won] = "online", "mobile"
    frame["sales_channel"], frame["device"] = channel, only(channel == "online", device)


def _shops_closed(days: np.ndarray) -> np.ndarray:
    """True on Sundays and public holidays, when neither shop opens."""
    closed = np.array([day(d) for d in company.HOLIDAYS])
    return (weekday(days) == 6) | np.isin(days, closed)


def _status(rng: np.random.Generator, frame: pd.DataFrame) -> None:
    real = frame["status"].to_numpy() == "completed"
    u = rng.random(len(frame))
    recent = frame["day"].to_numpy() >= company.DAYS - 4
    status = frame["status"].to_numpy().astype(object)
    status[real & ~recent & (u < RATES["partially_refunded"])] = "partially_refunded"
    status[real & recent] = np.where(u[real & recent] < 0.5, "paid", "shipped")
    frame["status"] = status
    part = np.where(status == "partially_refunded", rng.uniform(0.2, 0.7, len(frame)), 0.0)
    frame["net_amount"] = (frame["net_amount"] / (1 - part)).round(2)
    share = np.where(status == "refunded", 1.0, part)
    frame["refund_amount"] = (frame["net_amount"] * share).round(2)
    frame["refund_days"] = np.where(share > 0, rng.integers(1, 4, len(frame)), -1)


def _finish(rng: np.random.Generator, frame: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    n = len(frame)
    in_store = frame["sales_channel"] == "store"
    seconds = np.where(in_store, clock(rng, n, SHOP_HOURS), clock(rng, n))
    frame["ordered_at"] = to_utc(frame["day"], seconds)
    frame = frame.sort_values(["ordered_at", "person", "net_amount"], ignore_index=True)
    net = frame["net_amount"]
    discount = np.where(rng.random(n) < 0.18, net * rng.choice([0.05, 0.1, 0.2], n), 0)
    home = ~frame["sales_channel"].eq("store")
    columns: dict[str, Any] = {
        "order_id": codes(rng, n, "o-"),
        "customer_id": lookup(customers["customer_id"], frame["person"]),
        "discount_amount": np.round(discount, 2),
        "tax_amount": (net * 0.23).round(2),
        "shipping_amount": np.where(home & (net < 50), 4.9, 0.0),
        "refunded_at": _refunded(frame),
        "currency": company.CURRENCY,
        "n_items": 1 + rng.poisson(net / 25),
        "category": pick(rng, {"loose leaf": 48, "tea bags": 27, "gifts": 15, "teaware": 10}, n),
    }
    return in_contract_order("orders", frame.assign(**columns))


def _refunded(frame: pd.DataFrame) -> pd.Series:
    local = frame["ordered_at"].dt.tz_convert(company.TIMEZONE) + pd.to_timedelta(
        frame["refund_days"].clip(lower=0), unit="D"
    )
    return local.dt.tz_convert("UTC").where(frame["refund_days"] > 0).astype("datetime64[us, UTC]")


def planted() -> list[dict]:
    """What the orders were made to show."""
    note = "days; orders that are neither cancelled nor wholly refunded"
    mean = GAMMA_GAMMA["p"] * GAMMA_GAMMA["gamma"] / (GAMMA_GAMMA["q"] - 1)
    return [
        *(parameter(f"bg_nbd_{name}", value, "days", note=note) for name, value in BG_NBD.items()),
        *(parameter(f"gamma_gamma_{name}", value, "EUR") for name, value in GAMMA_GAMMA.items()),
        parameter("gamma_gamma_mean", round(mean, 4), "EUR", note="mean order value over customers, less refunds"),
        level(
            "full_refund_share",
            round(RATES["refunded"] / (1 + RATES["refunded"] + RATES["guest"]), 4),
            note="of standing orders older than four days",
        ),
        level("partial_refund_share", RATES["partially_refunded"], note="of standing orders older than four days"),
        level("guest_order_share", round(RATES["guest"] / (1 + RATES["guest"]), 4)),
    ]
