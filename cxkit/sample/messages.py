"""What each recipient did with newsletters, text messages and notifications.

Conversions are real orders. Where a campaign lifted sales, the orders are as the purchase process made them and it is the
assignment to campaign and hold-out that leans: the data come out as if the campaign had done it, and the process stays whole.
"""

from typing import Any

import numpy as np
import pandas as pd

from cxkit.sample import campaigns, company
from cxkit.sample.drawing import day, midnight, pick, to_utc


def messages(
    rng: np.random.Generator, people: pd.DataFrame, apps: pd.DataFrame, orders: pd.DataFrame, factor: float
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Campaigns, message events, and the notifications that were tapped (for the app's own log).

    `people` comes from `readers`; its `left` is filled in with the day on which a reader unsubscribed or bounced for good.
    """
    plan, logs, taps = campaigns.calendar(), [], []
    bought = _orders_by_person(orders)
    for _, campaign in plan.iterrows():
        size = int(campaign["sent"] * factor) if campaign["sent"] > 30 else int(campaign["sent"])
        if campaign["channel"] == "push":
            log, tapped = _push(rng, campaign, apps, size)
            taps.append(tapped)
        else:
            chosen = _audience(rng, campaign, people, bought, size)
            log = _send(rng, campaign, people, chosen, bought)
        logs.append(log.assign(campaign_id=campaign["campaign_id"]))
    log = pd.concat(logs, ignore_index=True).sort_values(["event_at", "recipient_id", "event_type"], ignore_index=True)
    log = log[log["event_at"] < midnight(company.DAYS)].reset_index(drop=True)
    sends, log = campaigns.tables(rng, plan, log)
    sends = pd.concat([sends, campaigns.list_by_month(people)], ignore_index=True)
    return sends, log, pd.concat(taps, ignore_index=True)


def _orders_by_person(orders: pd.DataFrame) -> pd.DataFrame:
    return orders.loc[
        (orders["person"] >= 0) & orders["status"].ne("cancelled"), ["person", "ordered_at", "net_amount"]
    ]


def _audience(
    rng: np.random.Generator, campaign: pd.Series, people: pd.DataFrame, bought: pd.DataFrame, size: int
) -> np.ndarray:
    """Rows of `people` who are on the list that day; the spring campaign and its hold-out share one list between them."""
    when = day(campaign["when"])
    if campaign["flow"] != "spring":
        listed = np.flatnonzero((people["joined"] < when) & (people["left"] > when))
        return rng.permutation(listed)[:size]
    chosen = _split(people, bought) == (not campaign["holdout"])
    return np.flatnonzero(chosen & (people["left"] > when))


def _split(people: pd.DataFrame, bought: pd.DataFrame) -> pd.Series:
    """Who got the spring campaign (True), who was held out (False), the same in each of its weeks; missing for whoever came later.

    Drawn from a stream of its own, so that all sends see the same split; by quota among those who buy in each week.
    """
    first = day(company.CAMPAIGN_SURGE)
    split, share = np.random.default_rng(first), campaigns.SURGE["share"]
    listed = people.index[(people["joined"] < first) & (people["person"] >= 0)]
    weeks = [_soon(bought, first + 7 * week)["person"] for week in range(campaigns.SURGE_WEEKS)]
    lean = campaigns.SURGE["lift"] * share / (campaigns.SURGE["lift"] * share + 1 - share)
    treated = pd.Series(None, index=listed, dtype=object)
    for buyers, quota in [*((week, lean) for week in weeks), (people["person"], None)]:
        here = people.loc[listed, "person"].isin(buyers) & treated.isna()
        # Whoever never buys fills the campaign up to its share of the list.
        many = quota * here.sum() if quota else share * len(listed) - treated.eq(True).sum()
        treated[here] = split.permutation(np.arange(here.sum()) < round(many))
    return treated.reindex(people.index)


def _soon(bought: pd.DataFrame, when: int) -> pd.DataFrame:
    """First order of each person in the window after ten in the morning of a day."""
    start = to_utc(np.array([when]), np.array([10.2 * 3600]))[0]
    inside = bought[
        (bought["ordered_at"] > start) & (bought["ordered_at"] < start + pd.Timedelta(days=campaigns.WINDOW))
    ]
    return inside.drop_duplicates("person")


def _send(
    rng: np.random.Generator, campaign: pd.Series, people: pd.DataFrame, chosen: np.ndarray, bought: pd.DataFrame
) -> pd.DataFrame:
    n, when = len(chosen), day(campaign["when"])
    who = people.iloc[chosen].reset_index(drop=True)
    sent = to_utc(np.full(n, when), 10 * 3600 + np.sort(rng.random(n)).round(3) * 600)
    bounce = pick(
        rng, {"": 1 - campaigns.HARD - campaigns.SOFT, "hard_bounce": campaigns.HARD, "soft_bounce": campaigns.SOFT}, n
    )
    if campaign["holdout"]:
        bounce[:] = ""
    base = pd.DataFrame({"reader": chosen, "recipient_id": who["recipient_id"], "client": who["client"], "at": sent})
    base["event_at"] = base["at"]
    delivered = bounce == ""
    parts = [base.assign(event_type="sent"), _after(rng, base[~delivered], 5, event_type=bounce[~delivered])]
    parts.append(_after(rng, base[delivered], 5, event_type="delivered"))
    reached = base[delivered].reset_index(drop=True)
    soon = _soon(bought, when).set_index("person")
    person = who["person"].to_numpy()[delivered]
    buys = np.isin(person, soon.index) & (person >= 0)
    if campaign["channel"] == "email" and not campaign["holdout"]:
        scanner = who["scanner"].to_numpy()[delivered]
        parts += _reactions(rng, campaign, reached, buys, scanner, people)
    won = soon.loc[person[buys]]
    gain = reached[buys].assign(
        event_type="conversion", event_at=won["ordered_at"].to_numpy(), value_amount=won["net_amount"].to_numpy()
    )
    gain["event_at"] = pd.DatetimeIndex(won["ordered_at"])
    parts.append(gain)
    people.loc[chosen[bounce == "hard_bounce"], "left"] = when + 1
    return pd.concat(parts, ignore_index=True)


def _reactions(
    rng: np.random.Generator,
    campaign: pd.Series,
    reached: pd.DataFrame,
    buys: np.ndarray,
    scanner: np.ndarray,
    people: pd.DataFrame,
) -> list[pd.DataFrame]:
    """Opens by machines and by people, clicks, unsubscribes, complaints, forwards of one newsletter."""
    n = len(reached)
    usual = 1 / (1 + np.exp(-(np.log(campaigns.CLICK / (1 - campaigns.CLICK)) + rng.normal(0, campaigns.CLICK_SPREAD))))
    rate = usual if pd.isna(campaign["click"]) else campaign["click"]
    apple = (reached["client"] == "apple_mail").to_numpy()
    lucky = campaign["lucky"]
    clicked = _clickers(rng, n, rate if pd.isna(lucky) else int(lucky) / n, buys, exact=not pd.isna(lucky))
    # Whoever clicks has opened; the other opens make up the planted share.
    opens = (rng.random(n) < (campaigns.HUMAN_OPEN - rate) / (1 - rate)) | clicked
    human, machine = opens & ~apple, apple & (rng.random(n) < campaigns.MACHINE_OPEN)
    waits = np.clip(rng.lognormal(np.log(5 * 3600), 1.4, n), 30, 6 * 86_400)
    opened = _at(reached, waits).assign(event_type="open", is_machine=False)
    again = _at(reached, waits + rng.uniform(600, 90_000, n)).assign(event_type="open", is_machine=False)
    proxy = _at(reached, rng.uniform(20, 1200, n)).assign(event_type="open", is_machine=True)
    click = _at(reached, waits + rng.uniform(4, 300, n)).assign(
        event_type="click", is_machine=False, is_content_link=True
    )
    click["link"] = pick(rng, {"/tea": 4, "/gifts": 2, "/club": 2, "/guide/brewing": 1}, n)
    left = rng.random(n) < (campaigns.UNSUBSCRIBE if pd.isna(campaign["leave"]) else campaign["leave"])
    leave = _at(reached, waits + 320).assign(event_type="unsubscribe", is_machine=False)
    leave_click = leave.assign(event_type="click", link="/unsubscribe", is_content_link=False)
    scan = _at(reached, np.full(n, 9.0)).assign(event_type="click", is_machine=True)
    scan = scan.assign(link="/tea", is_content_link=True)
    other = _at(reached, waits + 400)
    people.loc[reached.loc[left, "reader"], "left"] = day(campaign["when"]) + 2
    return [
        opened[human],
        again[human & (rng.random(n) < 0.25)],
        proxy[machine],
        click[clicked],
        scan[scanner],
        leave_click[left],
        leave[left],
        other.assign(event_type="complaint")[rng.random(n) < campaigns.COMPLAINT],
        other.assign(event_type="forward")[(rng.random(n) < campaigns.FORWARD / campaigns.HUMAN_OPEN) & opens],
    ]


def _clickers(rng: np.random.Generator, n: int, rate: float, buys: np.ndarray, exact: bool) -> np.ndarray:
    """As many as the rate asks for, with those who then buy more likely among them."""
    many = round(rate * n) if exact else int(rng.binomial(n, rate))
    weight = np.where(buys, 6.0, 1.0)
    out = np.zeros(n, bool)
    out[rng.choice(n, many, replace=False, p=weight / weight.sum())] = True
    return out


def _push(
    rng: np.random.Generator, campaign: pd.Series, apps: pd.DataFrame, size: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    when = day(campaign["when"])
    there = np.flatnonzero((apps["day_from"] < when) & (apps["day_until"] > when + 1))
    app = rng.permutation(there)[:size]
    n = len(app)
    base = pd.DataFrame({"app": app, "recipient_id": apps["visitor_id"].to_numpy()[app]})
    base["at"] = to_utc(np.full(n, when), 18 * 3600 + np.sort(rng.random(n)).round(3) * 120)
    base["event_at"] = base["at"]
    ok = rng.random(n) < 0.975
    reached = base[ok].reset_index(drop=True)
    m = len(reached)
    later = _at(reached, np.minimum(rng.exponential(4000, m) + 5, 80_000))
    u = rng.random((3, m))
    tapped = u[0] < campaigns.PUSH["direct_open"]
    influenced = ~tapped & (u[1] < campaigns.PUSH["influenced_open"] / (1 - campaigns.PUSH["direct_open"]))
    log = pd.concat(
        [
            base.assign(event_type="sent"),
            base[~ok].assign(event_type="dropped"),
            _after(rng, reached, 3, event_type="delivered"),
            later[tapped].assign(event_type="direct_open"),
            later[influenced].assign(event_type="influenced_open"),
            _at(reached, np.full(m, 600.0))[u[2] < campaigns.PUSH["opt_out"]].assign(event_type="opt_out"),
        ],
        ignore_index=True,
    )
    return log, later.loc[tapped, ["app", "event_at"]].assign(campaign_id=campaign["campaign_id"])


def _after(rng: np.random.Generator, base: pd.DataFrame, seconds: float, **columns: Any) -> pd.DataFrame:
    return _at(base, 1 + rng.random(len(base)).round(2) * seconds).assign(**columns)


def _at(base: pd.DataFrame, seconds: np.ndarray) -> pd.DataFrame:
    return base.assign(event_at=base["at"] + pd.to_timedelta(np.round(seconds), unit="s"))
