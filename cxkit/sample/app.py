"""The app: installs, days on which it is used, removals, orders, notifications; and the monthly online tastings (calls)."""

import numpy as np
import pandas as pd

from cxkit.sample import company
from cxkit.sample.drawing import (
    clock,
    codes,
    in_contract_order,
    local_day,
    lookup,
    numbered,
    only,
    pick,
    repeated,
    since_start,
    table,
    to_utc,
)
from cxkit.sample.people import APP_REMOVAL, APP_USERS
from cxkit.sample.truth import each, level

PLATFORMS = {"android": 0.56, "ios": 0.44}
STRANGERS = 0.2  # installs by people who never become customers, per install of a customer
ACTIVE_FIRST_DAY, ACTIVE_POWER = 0.24, -0.6  # share of installs that use the app on day n: first · n^power
SCREENS = {"home": 30, "shop": 26, "product": 24, "circle": 12, "brew timer": 18, "orders": 8}
TASTINGS, GUESTS = 14, 22  # online tastings, once a month, and how many come on average


def planted() -> list[dict]:
    """What the app was made to show."""
    on_day = {str(n): round(ACTIVE_FIRST_DAY * n**ACTIVE_POWER, 4) for n in (1, 7, 30)}
    still = {str(n): round(float(_still_installed(n)), 4) for n in (30, 90)}
    return [
        *each(level, "install_retention", on_day, "day={}", note="on day n; orders come on top"),
        *each(level, "still_installed", still, "surface=android, day={}", note="iOS does not tell of removals"),
        level("app_user_share", APP_USERS, note="of customers, as far as they install before the data end"),
    ]


def _still_installed(days: float | np.ndarray) -> np.ndarray:
    """Share of the installs that are not removed by then."""
    return np.exp(-((days / APP_REMOVAL["scale"]) ** APP_REMOVAL["shape"]))


def installs(rng: np.random.Generator, customers: pd.DataFrame, traits: pd.DataFrame) -> pd.DataFrame:
    """One row an installed app: `visitor_id`, `customer_id` (null for strangers), `surface`, `day_from`, `day_until`."""
    who = np.flatnonzero((traits["app_from"] < company.DAYS) & traits["ordinary"])
    extra = int(len(who) * STRANGERS)
    first = np.append(traits["app_from"].to_numpy()[who], rng.choice(traits["app_from"].to_numpy()[who], extra))
    kept = APP_REMOVAL["scale"] * rng.weibull(APP_REMOVAL["shape"], extra)
    last = np.append(traits["app_until"].to_numpy()[who], first[len(who) :] + kept)
    person = np.append(who, np.full(extra, -1))
    return table(
        visitor_id=codes(rng, len(person), "a-"),
        person=person,
        customer_id=lookup(customers["customer_id"], person),
        surface=pick(rng, PLATFORMS, len(person)),
        day_from=first,
        day_until=last,
    )


def events(rng: np.random.Generator, apps: pd.DataFrame, orders: pd.DataFrame, opened: pd.DataFrame) -> pd.DataFrame:
    """App events in the contract's columns. `opened` holds notifications that were tapped (app, campaign_id, event_at)."""
    visits = pd.concat([_first(rng, apps), _days(rng, apps), _orders(apps, orders), _taps(opened)], ignore_index=True)
    visits = visits.sort_values(["app", "at", "kind"], ignore_index=True)
    near = visits["app"].eq(visits["app"].shift()) & (visits["at"].diff() < pd.Timedelta(hours=1))
    visits = visits[~near | visits["kind"].isin(["order", "first"])].reset_index(drop=True)
    visits["session_id"] = (
        apps["visitor_id"].to_numpy()[visits["app"]] + "." + (visits.groupby("app").cumcount() + 1).astype(str)
    )
    rows = _screens(rng, visits)
    rows = pd.concat([rows, _marks(visits, "first", "first_open"), _marks(visits, "tap", "notification_open")])
    rows = pd.concat([rows, _marks(visits, "order", "purchase")], ignore_index=True)
    return _dress(rows, visits, apps, orders, _removals(rng, apps))


def _first(rng: np.random.Generator, apps: pd.DataFrame) -> pd.DataFrame:
    return table(app=np.arange(len(apps)), at=to_utc(apps["day_from"], clock(rng, len(apps))), kind="first")


def _days(rng: np.random.Generator, apps: pd.DataFrame) -> pd.DataFrame:
    """Use on later days. The planted share is of all installs, so it is higher among those still installed."""
    first, last = apps["day_from"].to_numpy(), apps["day_until"].to_numpy()
    length = np.maximum(np.minimum(np.floor(last).astype(int), company.DAYS) - first - 1, 0)
    app, step = repeated(length)
    n = step + 1.0
    keen = np.where(np.arange(len(apps)) % 2 == 0, 0.6, 1.4)  # half of them are keen
    chance = np.minimum(ACTIVE_FIRST_DAY * n**ACTIVE_POWER / _still_installed(n + 1) * keen[app], 0.95)
    used = rng.random(len(app)) < chance
    days = first[app[used]] + n[used].astype(int)
    return pd.DataFrame({"app": app[used], "at": to_utc(days, clock(rng, int(used.sum()))), "kind": "use"})


def _orders(apps: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    known = apps[apps["person"] >= 0]
    number = pd.Series(known.index, index=known["person"])
    rows = np.flatnonzero(orders["sales_channel"].eq("app") & orders["status"].ne("cancelled"))
    rows = rows[orders["person"].iloc[rows].isin(number.index)]
    app = number.loc[orders["person"].iloc[rows]].to_numpy()
    at = pd.DatetimeIndex(orders["ordered_at"].iloc[rows])
    return pd.DataFrame({"app": app, "at": at, "kind": "order", "order": rows})


def _taps(opened: pd.DataFrame) -> pd.DataFrame:
    return table(app=opened["app"], at=opened["event_at"], kind="tap", campaign_id=opened["campaign_id"])


def _screens(rng: np.random.Generator, visits: pd.DataFrame) -> pd.DataFrame:
    """Screens of a session, from its start on; before an order the time runs up to the order."""
    n = rng.geometric(0.42, len(visits))
    visit, step = repeated(n)
    gap = np.where(step == 0, 0.0, np.minimum(rng.lognormal(2.7, 0.8, len(visit)), 240)).round(3)
    offset = since_start(gap, n)
    offset = np.where(visits["kind"].to_numpy()[visit] == "order", -offset - 5.0, offset)
    at = visits["at"].iloc[visit].reset_index(drop=True) + pd.to_timedelta(offset.round(3), unit="s")
    seconds = np.where(step == 0, np.nan, (gap * 0.9).round(1))
    frame = {"visit": visit, "event_at": at, "event_name": "screen_view", "screen": pick(rng, SCREENS, len(visit))}
    return pd.DataFrame(frame).assign(engagement_time_s=seconds)


def _marks(visits: pd.DataFrame, kind: str, name: str) -> pd.DataFrame:
    here = visits[visits["kind"] == kind]
    return pd.DataFrame({"visit": here.index, "event_at": here["at"], "event_name": name})


def _removals(rng: np.random.Generator, apps: pd.DataFrame) -> pd.DataFrame:
    """Only Android tells when an app is removed; at the end of the last day on which it was there."""
    gone = np.flatnonzero((apps["day_until"] < company.DAYS) & apps["surface"].eq("android"))
    days = np.maximum(np.floor(apps["day_until"].to_numpy()[gone]), apps["day_from"].to_numpy()[gone]).astype(int)
    frame = pd.DataFrame({"app": gone, "event_at": to_utc(days, 86_000 + rng.random(len(gone)).round(3) * 390)})
    return frame.assign(event_name="app_remove")


def _dress(
    rows: pd.DataFrame, visits: pd.DataFrame, apps: pd.DataFrame, orders: pd.DataFrame, removed: pd.DataFrame
) -> pd.DataFrame:
    visit = visits.iloc[rows["visit"]].reset_index(drop=True)
    rows = rows.reset_index(drop=True).assign(app=visit["app"], session_id=visit["session_id"])
    rows["order"] = visit["order"].where(rows["event_name"] == "purchase")
    rows["campaign_id"] = visit["campaign_id"].where(rows["event_name"] == "notification_open")
    rows = pd.concat([rows, removed], ignore_index=True).sort_values(
        ["event_at", "app", "event_name"], ignore_index=True
    )
    app = apps.iloc[rows["app"]].reset_index(drop=True)
    order = rows["order"].fillna(-1).astype(int).to_numpy()
    covered = (local_day(rows["event_at"]) >= 0) & (local_day(rows["event_at"]) < company.DAYS)
    frame = rows.assign(
        event_id=numbered("a", len(rows), 7),
        **app[["surface", "visitor_id", "customer_id"]],
        is_interaction=rows["event_name"].isin(["purchase", "notification_open"]),
        is_bot=False,
        is_internal=False,
        value_amount=np.where(order >= 0, orders["net_amount"].to_numpy()[np.maximum(order, 0)], np.nan),
        currency=only(order >= 0, company.CURRENCY),
        order_id=lookup(orders["order_id"], order),
    )
    return in_contract_order("events", frame[covered])


def tastings(rng: np.random.Generator, customers: pd.DataFrame, traits: pd.DataFrame) -> pd.DataFrame:
    """Online tastings: who joins, when they leave, and the poll in between; surface `call`."""
    parts = []
    for month in range(TASTINGS):
        around = np.flatnonzero((traits["start_day"] < month * 30 + 12) & traits["ordinary"] & traits["measured"])
        guests = rng.permutation(around)[: rng.poisson(GUESTS)]
        joined = to_utc(np.full(len(guests), month * 30 + 12), 19 * 3600 + rng.normal(0, 180, len(guests)).round(1))
        stay = (np.clip(rng.normal(2700, 900, len(guests)), 120, 4200)).round(1)
        polled = rng.random(len(guests)) < 0.6
        call = f"tasting-{month + 1:02d}"
        base = pd.DataFrame({"person": guests, "session_id": [f"{call}.{i}" for i in guests], "event_at": joined})
        later = base.assign(event_name="call_leave", engagement_time_s=stay)
        half = base.assign(event_name="poll_answer", event_at=joined + pd.to_timedelta((stay * 0.5).round(3), unit="s"))
        later["event_at"] = joined + pd.to_timedelta(stay, unit="s")
        parts += [base.assign(event_name="call_join"), half[polled], later]
    rows = pd.concat(parts, ignore_index=True).sort_values(["event_at", "person"], ignore_index=True)
    ids = customers["customer_id"].to_numpy()[rows["person"]]
    frame = rows.assign(
        event_id=numbered("t", len(rows), 5),
        event_at=rows["event_at"].dt.as_unit("us"),
        surface="call",
        visitor_id="t-" + pd.Series(ids).str[2:],
        customer_id=ids,
        is_interaction=True,
        is_bot=False,
        is_internal=False,
    )
    return in_contract_order("events", frame)
