"""The whole company: every table, the planted truth and the settings, from one seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from cxkit.sample import (
    app,
    business,
    campaigns,
    clicks,
    company,
    identities,
    memberships,
    messages,
    moments,
    people,
    service,
    shop,
    social,
    surveys,
    usability,
    web,
)
from cxkit.sample.company import stream
from cxkit.sample.drawing import WORKING
from cxkit.sample.truth import count

AREAS = (people, shop, web, app, memberships, campaigns, service, usability, surveys, moments, social, business)
LATE = {  # tables that began after the shop opened, and their time
    "message_events": "event_at",
    "survey_answers": "submitted_at",
    "tickets": "created_at",
    "referrals": "invited_at",
    "usability_tasks": "started_at",
}


@dataclass(frozen=True)
class Sample:
    """Tables by name, `truth` and `settings` (the content of `truth.yml` and `dataset.yml`)."""

    tables: dict[str, pd.DataFrame]
    truth: dict[str, Any]
    settings: dict[str, Any]


def build(size: str = "small", seed: int = company.SEED) -> Sample:
    """Make the sample company.

    Parameters
    ----------
    size : "small" or "medium"
        About 100 thousand events, or 1 million.
    seed : int
        The same seed gives the same tables, to the last value.

    Examples
    --------
    >>> build("small", 1).tables["orders"].columns[0]
    'order_id'
    """
    n, factor = company.SIZES[size].customers, company.SIZES[size].factor
    customers, traits = people.people(stream(seed, "people"), n)
    orders = shop.orders(stream(seed, "shop"), customers, traits)
    terms = memberships.subscriptions(stream(seed, "memberships"), customers, traits)
    _date_customers(customers, orders, terms)
    plan = web.sessions(stream(seed, "web"), customers, traits, orders, factor)
    visits = web.without_outage(clicks.events(stream(seed, "clicks"), plan, orders))
    apps = app.installs(stream(seed, "installs"), customers, traits)
    readers = campaigns.readers(stream(seed, "readers"), customers, traits)
    sends, log, taps = messages.messages(stream(seed, "messages"), readers, apps, orders, factor)
    used = app.events(stream(seed, "app"), apps, orders, taps)
    calls = app.tastings(stream(seed, "tastings"), customers, traits)
    tickets = service.tickets(stream(seed, "service"), customers, traits, orders)
    attempts = usability.tasks(stream(seed, "usability"))
    answers = surveys.answers(stream(seed, "surveys"), customers, traits, orders, tickets, attempts, factor)
    invites = business.referrals(stream(seed, "referrals"), customers, traits)
    came = invites.loc[~invites["is_fraud"]].dropna(subset=["new_customer_id"])
    customers["referred_by_customer_id"] = customers["customer_id"].map(
        came.set_index("new_customer_id")["referrer_customer_id"]
    )
    links = identities.identities(stream(seed, "identities"), customers, visits, apps, readers, tickets, answers)
    tables = {
        "customers": customers,
        "identities": links,
        "events": pd.concat([visits, used, calls], ignore_index=True),
        "campaigns": sends,
        "message_events": log,
        "social_posts": social.posts(stream(seed, "posts")),
        "social_daily": social.daily(stream(seed, "social days")),
        "social_mentions": social.mentions(stream(seed, "mentions"), factor),
        "usability_tasks": attempts,
        "survey_answers": answers,
        "tickets": tickets,
        "subscriptions": terms,
        "orders": orders,
        "spend": business.spend(stream(seed, "spend"), customers),
        "referrals": invites,
        "series": business.series(stream(seed, "series"), orders, apps, answers, moments.EMPLOYEES),
    }
    tables = {name: frame.drop(columns=[c for c in WORKING if c in frame]) for name, frame in tables.items()}
    entries = [entry for area in AREAS for entry in area.planted()]
    entries += [surveys.worth_of_promoters(traits, customers["country"]), *_counts(tables)]
    return Sample(tables, _truth(seed, size, entries), settings(_begins(tables)))


def _date_customers(customers: pd.DataFrame, orders: pd.DataFrame, terms: pd.DataFrame) -> None:
    """When each was won: first order or first paid term. Old members were seen before the web shop opened."""
    term = customers["customer_id"].map(terms.groupby("customer_id")["term_start_at"].min())
    order = customers["customer_id"].map(orders.groupby("customer_id")["ordered_at"].min())
    customers["acquired_at"] = pd.concat([term, order], axis=1).min(axis=1)
    customers["first_seen_at"] = pd.concat([customers["first_seen_at"], customers["acquired_at"]], axis=1).min(axis=1)


def _counts(tables: dict[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Exact numbers of rows that analyses leave out or show apart."""
    events, orders, terms, log = (tables[name] for name in ("events", "orders", "subscriptions", "message_events"))
    ended = terms["end_reason"].value_counts().sort_index()
    return [
        *(count(f"rows_{name}", len(frame)) for name, frame in tables.items()),
        count("events_by_bots", int(events["is_bot"].sum())),
        count("events_internal", int(events["is_internal"].sum())),
        count("events_without_visitor", int(events["visitor_id"].isna().sum())),
        count("members_seen_late", int(terms.loc[terms["observed_from"].notna(), "subscription_id"].nunique())),
        *(count(f"orders_{name}", int(k)) for name, k in orders["sales_channel"].value_counts().sort_index().items()),
        count("opens_by_machines", int((log["event_type"].eq("open") & log["is_machine"].eq(True)).sum())),
        count("orders_of_guests", int(orders["customer_id"].isna().sum())),
        *(count(f"orders_{status}", int(k)) for status, k in orders["status"].value_counts().sort_index().items()),
        *(count(f"subscriptions_ended_{reason}", int(k)) for reason, k in ended.items()),
        count("tickets_open", int(tables["tickets"]["status"].isin(["new", "open", "pending", "on_hold"]).sum())),
        count("tickets_reopened", int((tables["tickets"]["n_reopens"] > 0).sum())),
    ]


def _truth(seed: int, size: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "company": company.NAME,
        "seed": seed,
        "size": size,
        "covered": {"from": company.START, "to": company.END - company.ONE_DAY},
        "story": _story(),
        "planted": entries,
    }


def _story() -> list[dict[str, Any]]:
    """The days on which something happened, both ends included."""
    out = []
    for (first, *end), what, _, tables in company.STORY:
        last = {"to": end[0] - company.ONE_DAY} if end else {}
        out.append({"from": first, **last, "what": what, "tables": tables.split(", ")})
    return out


def _begins(tables: Mapping[str, pd.DataFrame]) -> dict[str, date]:
    """The first day that each table covers: of those that began later than the shop, the day of the first row."""
    late = {name: tables[name][column].min().tz_convert(company.TIMEZONE).date() for name, column in LATE.items()}
    return {name: late.get(name, company.START) for name in tables}


def settings(begins: Mapping[str, date]) -> dict[str, Any]:
    """What stands in `dataset.yml`, given the first day that each table covers."""
    last = company.END - company.ONE_DAY
    return {**company.SETTINGS, "tables": {name: {"from": first, "to": last} for name, first in begins.items()}}
