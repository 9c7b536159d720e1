"""The sample company: who it is, when its data begin and end, and the days on which something happened.

Larkmoor Tea is invented. It sells tea on the web, in an app and in two shops (Warsaw and Berlin), and runs a membership,
the Larkmoor Circle. The shop's new systems went live on 1 September 2025, so every customer's first recorded order is a
real first order; the Circle is older, so some members are observed late.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import yaml


def written_down(name: str) -> Any:
    """The content of a YAML file beside this module."""
    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))


SETTINGS: dict[str, Any] = written_down("dataset.yml")
NAME: str = SETTINGS["title"]
TIMEZONE: str = SETTINGS["timezone"]
CURRENCY: str = SETTINGS["currency"]
SEED = 6  # of data/sample
ONE_DAY = timedelta(days=1)
START = date(2025, 9, 1)
END = date(2026, 11, 1)  # half-open: the last covered day is 31 October 2026
DAYS = (END - START).days
OBSERVED_UNTIL = pd.Timestamp("2026-11-01T00:00:00+01:00").tz_convert("UTC").as_unit("us")
EXPORTED_AT = pd.Timestamp("2026-11-01T03:00:00+01:00").tz_convert("UTC").as_unit("us")

Window = tuple[date, date]  # half-open
CHECKOUT_BROKEN: Window = (date(2026, 3, 9), date(2026, 3, 23))  # mobile checkout fails
CHECKOUT_FIXED = date(2026, 10, 1)  # faster mobile checkout released
PRICE_RISE = date(2026, 5, 1)  # Circle, plan `premium`
SLOW_SUPPORT: Window = (date(2026, 1, 1), date(2026, 2, 1))  # two of five agents away
REDESIGN = date(2026, 6, 15)  # new product finder, the design `new` of the usability studies
WEB_OUTAGE = date(2026, 2, 11)  # the web tool recorded nothing on this day
CAMPAIGN_SURGE = date(2026, 4, 14)  # the spring campaign that worked
STORY = (  # day or window, what happened, how the charts call it, the tables in which it shows
    (
        SLOW_SUPPORT,
        "Slow support month",
        "Two of five support agents away until the end of January",
        "tickets, survey_answers",
    ),
    ((WEB_OUTAGE, WEB_OUTAGE + ONE_DAY), "Web tool recorded nothing", "Web tool recorded nothing", "events"),
    (CHECKOUT_BROKEN, "Mobile checkout broken", "Mobile checkout broken until 22 March", "events"),
    ((CAMPAIGN_SURGE,), "Spring campaign that worked", "Spring campaign", "message_events, social_mentions"),
    ((PRICE_RISE,), "Price rise for the plan premium", "Circle premium rises from 19.90 to 23.90", "subscriptions"),
    ((REDESIGN,), "New product finder", "New product finder", "usability_tasks, survey_answers"),
    ((CHECKOUT_FIXED,), "Faster mobile checkout", "Faster mobile checkout", "events"),
)


@dataclass(frozen=True)
class Size:
    """How much to make: people, and a factor for what does not hang on people."""

    customers: int
    factor: float


SIZES = {"small": Size(2_600, 1.0), "medium": Size(18_000, 4.0)}


def stream(seed: int, area: str) -> np.random.Generator:
    """A random stream of its own for each area, so that a new area leaves the others as they were.

    Examples
    --------
    >>> bool(stream(1, "web").random() == stream(1, "web").random())
    True
    >>> bool(stream(1, "web").random() == stream(1, "app").random())
    False
    """
    return np.random.default_rng([seed, crc32(area.encode())])


HOLIDAYS = {
    date(2025, 11, 1): "All Saints",
    date(2025, 11, 11): "Independence Day",
    date(2025, 12, 25): "Christmas Day",
    date(2025, 12, 26): "Second Christmas Day",
    date(2026, 1, 1): "New Year",
    date(2026, 1, 6): "Epiphany",
    date(2026, 4, 5): "Easter Sunday",
    date(2026, 4, 6): "Easter Monday",
    date(2026, 5, 1): "May Day",
    date(2026, 5, 3): "Constitution Day",
    date(2026, 6, 4): "Corpus Christi",
    date(2026, 8, 15): "Assumption",
}
