"""From planned web sessions to events: pages, products, carts, checkouts, orders, with time spent on each."""

import numpy as np
import pandas as pd

from cxkit.sample import company
from cxkit.sample.drawing import local_day, numbered, only, pick, repeated, since_start, table

PRODUCTS = [
    f"/tea/{name}" for name in ("sencha", "assam", "earl-grey", "oolong", "rooibos", "mint", "darjeeling", "matcha")
]
LANDINGS = {"/": 34, "/tea": 18, "/gifts": 11, "/guide/brewing": 13, "/club": 7} | {p: 17 / 8 for p in PRODUCTS}
INNER = {"/tea": 26, "/gifts": 10, "/guide/brewing": 8, "/club": 6, "/delivery": 6, "/": 4} | {p: 5.0 for p in PRODUCTS}
REFERRERS = {
    "organic_search": ["google.com", "bing.com", "ecosia.org"],
    "organic_social": ["instagram.com", "facebook.com", "reddit.com"],
    "referral": ["teatime-notes.example", "slow-living.example"],
}
UTM = {
    "paid_search": ("google", "cpc"),
    "paid_social": ("instagram", "paid_social"),
    "email": ("newsletter", "email"),
    "affiliate": ("partner", "affiliate"),
}
EXTRA = {"search": 0.16, "click": 0.12, "scroll": 0.10, "video_play": 0.05, "file_download": 0.03, "share": 0.02}
INTERACTIONS = {  # what a person does; scrolling and looking are not counted
    *(set(EXTRA) - {"scroll"}),
    "add_to_cart",
    "remove_from_cart",
    "begin_checkout",
    "form_submit",
    "sign_up",
    "login",
    "poll_answer",
    "purchase",
}
COLUMNS = ["session", "offset", "place", "event_name", "page", "engagement_time_s", "link_target"]


def events(rng: np.random.Generator, plan: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Web events in the contract's columns, sorted by time.

    Every session gets its pages; a product page and its `view_item` happen at the same instant. The last event of a session
    with an order is the purchase, exactly at the time of the order.
    """
    pages = _pages(rng, plan)
    parts = [pages, _products(pages), _extras(rng, plan, pages), _ends(rng, plan, pages), *_funnel(rng, plan, pages)]
    rows = pd.concat([p.reindex(columns=COLUMNS) for p in parts if len(p)], ignore_index=True)
    rows = rows.sort_values(["session", "offset", "place", "event_name"], ignore_index=True)
    return _dress(rows, plan, orders)


def _pages(rng: np.random.Generator, plan: pd.DataFrame) -> pd.DataFrame:
    """One row a page view, with seconds since the session's start; a gap is never longer than nine minutes."""
    kind = plan["kind"].to_numpy()
    more = np.minimum(1 + rng.geometric(0.55, len(plan)), 12)
    n = np.where(np.isin(kind, ["bounce", "glance"]), 1, more)
    n = np.where(np.isin(kind, ["cart", "checkout", "purchase"]), np.maximum(n, 2) + 1, n)
    n = np.where(kind == "bot", 12, n)
    session, step = repeated(n)
    gap = np.minimum(rng.lognormal(3.1, 0.9, len(session)), 540.0)
    gap = np.where(kind[session] == "bot", 1.0, gap)
    gap[step == 0] = 0.0
    page = np.where(step == 0, pick(rng, LANDINGS, len(session)), pick(rng, INNER, len(session))).astype(object)
    # The page before a cart is a product.
    buying = np.isin(kind[session], ["cart", "checkout", "purchase"]) & (step == n[session] - 1)
    page[buying] = rng.choice(PRODUCTS, int(buying.sum()))
    offset = since_start(gap, n)
    # Time in the foreground is a little less than the time between two pages.
    engaged = np.where(step > 0, gap * rng.uniform(0.7, 1.0, len(gap)), np.nan)
    engaged = np.where(kind[session] == "bot", 0.0, engaged)
    frame = pd.DataFrame({"session": session, "offset": offset, "event_name": "page_view", "page": page})
    return frame.assign(place=0, engagement_time_s=engaged, step=step, n=n[session])


def _products(pages: pd.DataFrame) -> pd.DataFrame:
    seen = pages[pages["page"].str.startswith("/tea/")]
    return seen.assign(event_name="view_item", place=1, engagement_time_s=np.nan)


def _extras(rng: np.random.Generator, plan: pd.DataFrame, pages: pd.DataFrame) -> pd.DataFrame:
    """Searches, clicks and the like, on some pages of sessions that go on for at least two pages."""
    able = pages[(pages["n"] > 1) & ~plan["kind"].isin(["bot"]).to_numpy()[pages["session"]]]
    able = able[rng.random(len(able)) < 0.28]
    name = pick(rng, EXTRA, len(able))
    later = able["offset"] + np.round(rng.uniform(0.5, 3.0, len(able)), 3)
    out = able.assign(event_name=name, offset=later, place=2, engagement_time_s=np.nan)
    out["link_target"] = only(name == "click", pick(rng, {"instagram.com": 1, "larkmoor.example": 2}, len(out)))
    return out


def _ends(rng: np.random.Generator, plan: pd.DataFrame, pages: pd.DataFrame) -> pd.DataFrame:
    """The closing beacon with the last page's foreground time: under ten seconds after a bounce, over after a glance."""
    last = pages[pages["step"] == pages["n"] - 1]
    kind = plan["kind"].to_numpy()[last["session"]]
    seconds = rng.lognormal(2.7, 0.8, len(last)).clip(1, 400)
    seconds = np.where(kind == "bounce", rng.uniform(0.5, 9.5, len(last)), seconds)
    seconds = np.where(kind == "glance", rng.uniform(11, 120, len(last)), seconds)
    sent = (kind == "glance") | ((rng.random(len(last)) < 0.35) & (kind != "purchase") & (kind != "bot"))
    out = last.assign(event_name="user_engagement", offset=last["offset"] + seconds, engagement_time_s=seconds, place=9)
    return out[sent]


def _funnel(rng: np.random.Generator, plan: pd.DataFrame, pages: pd.DataFrame) -> list[pd.DataFrame]:
    """What follows the last page: into the cart, to the checkout, through it; or a newsletter sign-up."""
    last = pages[pages["step"] == pages["n"] - 1]
    kind = plan["kind"].to_numpy()[last["session"]]
    buyer, checkout = kind == "purchase", np.isin(kind, ["checkout", "purchase"])
    cart = np.isin(kind, ["cart", "checkout", "purchase"])
    wait = rng.uniform(3, 40, (4, len(last))).round(3)
    add = last.assign(event_name="add_to_cart", offset=last["offset"] + wait[0], place=3, engagement_time_s=np.nan)
    begin = add.assign(event_name="begin_checkout", offset=add["offset"] + wait[1], page="/checkout", place=4)
    opened = begin.assign(event_name="page_view", place=4, engagement_time_s=wait[1] * 0.9)
    bought = begin.assign(
        event_name="purchase", offset=begin["offset"] + 20 + wait[2], page="/checkout/thanks", place=5
    )
    thanks = bought.assign(event_name="page_view", place=5, engagement_time_s=(20 + wait[2]) * 0.9)
    out = add.assign(event_name="remove_from_cart", offset=add["offset"] + wait[3], place=6)
    leave = out[(kind == "cart") & (rng.random(len(last)) < 0.25)]
    sign = last.assign(event_name="sign_up", offset=last["offset"] + wait[0], place=3, engagement_time_s=wait[0] * 0.9)
    return [add[cart], begin[checkout], opened[checkout], bought[buyer], thanks[buyer], leave, sign[kind == "sign_up"]]


def _dress(rows: pd.DataFrame, plan: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Times, ids and everything that an event has from its session."""
    mine = plan.iloc[rows["session"]].reset_index(drop=True)
    order = mine["order"].to_numpy()
    bought = (rows["event_name"] == "purchase").to_numpy()
    # Sessions with an order are moved so that the purchase falls on the order's own time.
    moment = rows.loc[bought].set_index("session")["offset"]
    start = plan["started_at"].copy()
    ordered = pd.DatetimeIndex(orders["ordered_at"])[plan.loc[moment.index, "order"]]
    start.loc[moment.index] = (ordered - pd.to_timedelta(moment.to_numpy().round(3), unit="s")).as_unit("us")
    at = start.iloc[rows["session"]].reset_index(drop=True) + pd.to_timedelta(rows["offset"].round(3), unit="s")
    cart = rows["event_name"].isin(["add_to_cart", "remove_from_cart", "begin_checkout", "purchase"]).to_numpy()
    group = mine["channel_group"]
    paid = group.map(UTM)
    referrers = group.map({k: v[0] for k, v in REFERRERS.items()})
    spread = (rows["session"] % 3).to_numpy()
    for k, domains in REFERRERS.items():
        for i, domain in enumerate(domains[1:], start=1):
            referrers = referrers.mask((group == k) & (spread == i), domain)
    first = ~rows["session"].duplicated()
    frame = table(
        event_at=at.dt.round("ms").dt.as_unit("us"),
        event_name=rows["event_name"],
        surface="web",
        visitor_id=mine["visitor_id"],
        customer_id=mine["customer_id"],
        session_id=mine["session_id"],
        page=rows["page"],
        screen=None,
        referrer_domain=referrers.where(first),
        utm_source=paid.str[0].where(first),
        utm_medium=paid.str[1].where(first),
        channel_group=group,
        device_class=mine["device_class"],
        engagement_time_s=rows["engagement_time_s"].round(1),
        is_interaction=rows["event_name"].isin(INTERACTIONS),
        is_bot=mine["is_bot"],
        is_internal=mine["is_internal"],
        value_amount=np.where(bought, orders["net_amount"].to_numpy()[order], np.nan),
        currency=only(bought, company.CURRENCY),
        order_id=only(bought, orders["order_id"].to_numpy()[order]),
        cart_id=only(cart, numbered("k", len(plan))[rows["session"]]),
        link_target=rows["link_target"],
    )
    covered = (local_day(frame["event_at"]) >= 0) & (local_day(frame["event_at"]) < company.DAYS)
    inside = frame[covered].sort_values("event_at", kind="stable", ignore_index=True)
    inside.insert(0, "event_id", numbered("w", len(inside), 7))
    return inside
