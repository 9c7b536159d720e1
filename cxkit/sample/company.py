"""The sample company: who it is, when its data begin and end, and the days on which something happened.

Larkmoor Tea is invented. It sells tea on the web, in an app and in two shops (Warsaw and Berlin), and runs a membership,
the Larkmoor Circle. The shop's new systems went live on 1 September 2025, so every customer's first recorded order is a
real first order; the Circle is older, so some members are observed late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import yaml

NAME = "Larkmoor Tea"
SEED = 6  # of data/sample
TIMEZONE = "Europe/Warsaw"
CURRENCY = "EUR"
START = date(2025, 9, 1)
END = date(2026, 11, 1)  # half-open: the last covered day is 31 October 2026
DAYS = (END - START).days
OBSERVED_UNTIL = pd.Timestamp("2026-11-01T00:00:00+01:00").tz_convert("UTC").as_unit("us")
EXPORTED_AT = pd.Timestamp("2026-11-01T03:00:00+01:00").tz_convert("UTC").as_unit("us")

CHECKOUT_BROKEN = (date(2026, 3, 9), date(2026, 3, 23))  # mobile checkout fails, half-open
CHECKOUT_FIXED = date(2026, 10, 1)  # faster mobile checkout released
PRICE_RISE = date(2026, 5, 1)  # Circle, plan `premium`
SLOW_SUPPORT = (date(2026, 1, 1), date(2026, 2, 1))  # two of five agents away
REDESIGN = date(2026, 6, 15)  # new product finder, the design `new` of the usability studies
WEB_OUTAGE = date(2026, 2, 11)  # the web tool recorded nothing on this day
CAMPAIGN_SURGE = date(2026, 4, 14)  # the spring campaign that worked

LETTERS = np.array(list("bcdfghjklmnpqrst"))


@dataclass(frozen=True)
class Size:
    """How much to make: people, and a factor for what does not hang on people."""

    customers: int
    factor: float


SIZES = {"small": Size(2_600, 1.0), "medium": Size(18_000, 4.0)}


def written_down(name: str) -> Any:
    """The content of a YAML file beside this module."""
    return yaml.safe_load(files(__package__).joinpath(name).read_text(encoding="utf-8"))


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


GOLDEN = (5**0.5 - 1) / 2  # steps of this size leave no stretch of a sequence with a gap or a cluster


def even(rng: np.random.Generator, n: int) -> np.ndarray:
    """n numbers from 0 to 1 that fill it evenly, and so does every stretch of them: golden-ratio steps from a random start.

    A truth planted in a small company would often be hidden by chance. Draws made from these numbers, in an order in which
    neighbours are alike, keep the planted distribution and scatter much less around it than independent draws.

    Examples
    --------
    >>> u = even(stream(1, "doc"), 100)
    >>> [int(np.sum(u[k : k + 20] < 0.3)) for k in (0, 33, 80)]
    [7, 6, 7]
    """
    return (rng.random() + np.arange(n) * GOLDEN) % 1.0


def even_along(rng: np.random.Generator, key: np.ndarray | pd.Series) -> np.ndarray:
    """Numbers from 0 to 1, one for each value of the key, evenly among those whose keys are near each other.

    Examples
    --------
    >>> u = even_along(stream(1, "doc"), np.array([3, 1, 2, 1]))
    >>> len(u), bool(((u >= 0) & (u < 1)).all())
    (4, True)
    """
    out = np.empty(len(key))
    out[np.argsort(np.asarray(key), kind="stable")] = even(rng, len(key))
    return out


def codes(rng: np.random.Generator, n: int, prefix: str, letters: int = 7) -> np.ndarray:
    """n different ids of consonants alone: they cannot be read as a number, a word or a telephone number.

    Examples
    --------
    >>> out = codes(stream(1, "doc"), 3, "c-")
    >>> len(set(out)), len(out[0])
    (3, 9)
    """
    space = len(LETTERS) ** letters
    drawn = np.unique(rng.integers(0, space, int(n * 1.1) + 50))
    if len(drawn) < n:
        raise ValueError(f"{letters} letters are too few for {n} different ids")
    chosen = rng.permutation(drawn)[:n]
    digits = [LETTERS[(chosen // len(LETTERS) ** k) % len(LETTERS)] for k in range(letters)]
    text = digits[0].astype(object)
    for d in digits[1:]:
        text = text + d.astype(object)
    return prefix + text


def numbered(prefix: str, n: int, width: int = 6) -> np.ndarray:
    """Ids that count up: `w000001`, `w000002`, …"""
    return np.array([f"{prefix}{i:0{width}d}" for i in range(1, n + 1)], dtype=object)


def day(when: date) -> int:
    """Days since the first covered day.

    Examples
    --------
    >>> day(date(2025, 9, 2))
    1
    """
    return (when - START).days


def date_of(days: np.ndarray | pd.Series) -> np.ndarray:
    """Calendar dates of day numbers."""
    return np.datetime64(START, "D") + np.asarray(days).astype("timedelta64[D]")


def weekday(days: np.ndarray) -> np.ndarray:
    """0 Monday … 6 Sunday."""
    return (np.asarray(days) + START.weekday()) % 7


def month_starts() -> list[date]:
    """The first days of the covered months, and the end: fifteen dates.

    Examples
    --------
    >>> len(month_starts())
    15
    """
    return [date(2025 + (8 + i) // 12, (8 + i) % 12 + 1, 1) for i in range(15)]


def to_utc(days: np.ndarray | pd.Series, seconds: np.ndarray | pd.Series) -> pd.DatetimeIndex:
    """Local calendar day and seconds after midnight, as UTC.

    The hour that a change to summer time skips is moved one hour on; the hour that a change back repeats is taken
    as summer and winter time in turn, so that both are there.
    """
    local = pd.DatetimeIndex(
        date_of(days).astype("datetime64[ms]") + (np.asarray(seconds) * 1000).astype("timedelta64[ms]")
    )
    summer = np.arange(len(local)) % 2 == 0
    zoned = local.tz_localize(TIMEZONE, ambiguous=summer, nonexistent=pd.Timedelta(hours=1))
    return zoned.tz_convert("UTC").as_unit("us")


def local_day(times: pd.DatetimeIndex | pd.Series) -> np.ndarray:
    """Day numbers, in the reporting time zone, of UTC times."""
    local = pd.DatetimeIndex(times).tz_convert(TIMEZONE).tz_localize(None)
    return (local.values.astype("datetime64[D]") - np.datetime64(START, "D")).astype(int)


WEB_HOURS = np.array([6, 3, 2, 1, 1, 2, 5, 12, 20, 26, 28, 28, 30, 27, 25, 25, 27, 31, 36, 42, 48, 44, 30, 15], float)
SHOP_HOURS = np.array([0] * 10 + [5, 7, 9, 8, 7, 8, 9, 10, 9, 5] + [0] * 4, float)


def clock(rng: np.random.Generator, n: int, hours: np.ndarray = WEB_HOURS) -> np.ndarray:
    """Seconds after midnight that follow an hourly profile."""
    hour = rng.choice(24, n, p=hours / hours.sum())
    return hour * 3600 + np.round(rng.random(n) * 3599.99, 3)


def pick(rng: np.random.Generator, choices: Mapping[str, float], n: int) -> np.ndarray:
    """n values with the given weights."""
    weights = np.array(list(choices.values()), float)
    return np.array(list(choices), dtype=object)[rng.choice(len(choices), n, p=weights / weights.sum())]


def choose(u: np.ndarray, choices: Mapping[str, float]) -> np.ndarray:
    """The value that stands at each number from 0 to 1 when the choices share that line by their weights.

    Examples
    --------
    >>> choose(np.array([0.1, 0.7]), {"a": 1, "b": 1}).tolist()
    ['a', 'b']
    """
    edges = np.cumsum(list(choices.values())) / sum(choices.values())
    return np.array(list(choices), dtype=object)[np.searchsorted(edges[:-1], u, "right")]


def only(mask: np.ndarray | pd.Series, values: object) -> np.ndarray:
    """The values where the mask holds, None elsewhere.

    Examples
    --------
    >>> only(np.array([True, False]), "EUR").tolist()
    ['EUR', None]
    """
    mask = np.asarray(mask, bool)
    out = np.full(len(mask), None, dtype=object)
    out[mask] = np.broadcast_to(np.asarray(values, dtype=object), mask.shape)[mask]
    return out


def lookup(values: np.ndarray | pd.Series, rows: np.ndarray | pd.Series) -> np.ndarray:
    """The values at these rows; row -1 gives None.

    Examples
    --------
    >>> lookup(np.array(["a", "b"]), np.array([1, -1])).tolist()
    ['b', None]
    """
    rows = np.asarray(rows)
    return only(rows >= 0, np.asarray(values, dtype=object)[np.maximum(rows, 0)])


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks spread over 0–1: to let one thing depend on another without touching either's distribution."""
    return (np.argsort(np.argsort(values)) + 0.5) / max(len(values), 1)


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


def shops_closed(days: np.ndarray) -> np.ndarray:
    """True on Sundays and public holidays, when neither shop opens."""
    closed = np.array([day(d) for d in HOLIDAYS])
    return (weekday(days) == 6) | np.isin(days, closed)


def all_dates() -> list[date]:
    """Every covered day."""
    return [START + timedelta(days=i) for i in range(DAYS)]
