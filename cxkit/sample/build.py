"""The whole company: every table, the planted truth and the settings, from one seed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from . import clicks, people, shop, web
from .company import (
    CHECKOUT_BROKEN,
    CHECKOUT_FIXED,
    CURRENCY,
    END,
    NAME,
    SIZES,
    START,
    TIMEZONE,
    stream,
)
from .truth import count

WORKING = ("person", "day", "device")  # columns that areas hand to each other and that are not written


@dataclass(frozen=True)
class Sample:
    """Tables by name, `truth` and `settings` (the content of `truth.yml` and `dataset.yml`)."""

    tables: dict[str, pd.DataFrame]
    truth: dict[str, Any]
    settings: dict[str, Any]


def build(size: str = "small", seed: int = 1) -> Sample:
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
    n, factor = SIZES[size].customers, SIZES[size].factor
    customers, traits = people.people(stream(seed, "people"), n)
    orders = shop.orders(stream(seed, "shop"), customers, traits)
    plan = web.sessions(stream(seed, "web"), customers, traits, orders, factor)
    events = clicks.events(stream(seed, "clicks"), plan, orders)
    customers["acquired_at"] = customers["customer_id"].map(orders.groupby("customer_id")["ordered_at"].min())
    tables = {"customers": customers, "events": events, "orders": orders.drop(columns=list(WORKING))}
    return Sample(tables, _truth(seed, size, tables), _settings(tables))


def _truth(seed: int, size: str, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    events, orders = tables["events"], tables["orders"]
    counts = [
        count("events_by_bots", int(events["is_bot"].sum())),
        count("events_internal", int(events["is_internal"].sum())),
        count("events_without_visitor", int(events["visitor_id"].isna().sum())),
        count("orders_of_guests", int(orders["customer_id"].isna().sum())),
        *(count(f"orders_{s}", int(k)) for s, k in orders["status"].value_counts().sort_index().items()),
    ]
    return {
        "company": NAME,
        "seed": seed,
        "size": size,
        "covered": {"from": START, "to": END - timedelta(days=1)},
        "story": _story(),
        "planted": [*shop.planted(), *web.planted(), *counts],
    }


def _story() -> list[dict[str, Any]]:
    """The days on which something happened."""
    return [
        {"from": CHECKOUT_BROKEN[0], "to": CHECKOUT_BROKEN[1] - timedelta(days=1), "what": "Mobile checkout broken"},
        {"from": CHECKOUT_FIXED, "what": "Faster mobile checkout"},
    ]


def _settings(tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    covered = {"from": START, "to": END - timedelta(days=1)}
    return {
        "title": NAME,
        "origin": "Synthetic: made by `cxkit sample`. No person, order or message in it is real.",
        "licence": "MIT, as the kit",
        "consent_basis": "none needed: no real people",
        "timezone": TIMEZONE,
        "currency": CURRENCY,
        "tables": {name: dict(covered) for name in tables},
        "key_events": ["purchase", "sign_up"],
        "k": 10,
        "margin_share": 0.42,
        "guests": "keep",
    }
