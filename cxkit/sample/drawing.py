"""Drawing a company: values by weight, ids, days and times, and columns that hold something in some rows only."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cxkit.contract import tables
from cxkit.sample import company

WORKING = ("person", "day", "device", "chain")  # columns that areas hand to each other and that are not written

LETTERS = np.array(list("bcdfghjklmnpqrst"))
GOLDEN = (5**0.5 - 1) / 2  # steps of this size leave no stretch of a sequence with a gap or a cluster


def even(rng: np.random.Generator, n: int) -> np.ndarray:
    """n numbers from 0 to 1 that fill it evenly, and so does every stretch of them: golden-ratio steps from a random start.

    A truth planted in a small company would often be hidden by chance. Draws made from these numbers, in an order in which
    neighbours are alike, keep the planted distribution and scatter much less around it than independent draws.

    Examples
    --------
    >>> u = even(company.stream(1, "doc"), 100)
    >>> [int(np.sum(u[k : k + 20] < 0.3)) for k in (0, 33, 80)]
    [7, 6, 7]
    """
    return (rng.random() + np.arange(n) * GOLDEN) % 1.0


def even_along(rng: np.random.Generator, key: np.ndarray | pd.Series) -> np.ndarray:
    """Numbers from 0 to 1, one for each value of the key, evenly among those whose keys are near each other.

    Examples
    --------
    >>> u = even_along(company.stream(1, "doc"), np.array([3, 1, 2, 1]))
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
    >>> out = codes(company.stream(1, "doc"), 3, "c-")
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
    return (when - company.START).days


def within(days: np.ndarray | pd.Series, window: company.Window) -> np.ndarray:
    """Which day numbers lie in a window.

    Examples
    --------
    >>> within(np.array([0, 1]), (date(2025, 9, 2), date(2025, 9, 3))).tolist()
    [False, True]
    """
    days = np.asarray(days)
    return (days >= day(window[0])) & (days < day(window[1]))


def date_of(days: np.ndarray | pd.Series) -> np.ndarray:
    """Calendar dates of day numbers."""
    return np.datetime64(company.START, "D") + np.asarray(days).astype("timedelta64[D]")


def weekday(days: np.ndarray) -> np.ndarray:
    """0 Monday … 6 Sunday."""
    return (np.asarray(days) + company.START.weekday()) % 7


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
    zoned = local.tz_localize(company.TIMEZONE, ambiguous=summer, nonexistent=pd.Timedelta(hours=1))
    return zoned.tz_convert("UTC").as_unit("us")


def midnight(number: int) -> pd.Timestamp:
    """When a day begins.

    Examples
    --------
    >>> midnight(0)
    Timestamp('2025-08-31 22:00:00+0000', tz='UTC')
    """
    return to_utc(np.array([number]), np.array([0]))[0]


def local_day(times: pd.DatetimeIndex | pd.Series) -> np.ndarray:
    """Day numbers, in the reporting time zone, of UTC times."""
    local = pd.DatetimeIndex(times).tz_convert(company.TIMEZONE).tz_localize(None)
    return (local.values.astype("datetime64[D]") - np.datetime64(company.START, "D")).astype(int)


WEB_HOURS = np.array([6, 3, 2, 1, 1, 2, 5, 12, 20, 26, 28, 28, 30, 27, 25, 25, 27, 31, 36, 42, 48, 44, 30, 15], float)


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


def in_contract_order(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of the contract that are there, in its order, then the company's own (`x_`) and those that areas hand on."""
    named = [*tables()[table].columns, *(name for name in frame if str(name).startswith("x_")), *WORKING]
    return frame[[name for name in named if name in frame]]


def table(**columns: Any) -> pd.DataFrame:
    """A table of these columns; a single value stands in every row."""
    return pd.DataFrame(columns)


def lookup(values: np.ndarray | pd.Series, rows: np.ndarray | pd.Series) -> np.ndarray:
    """The values at these rows; row -1 gives None.

    Examples
    --------
    >>> lookup(np.array(["a", "b"]), np.array([1, -1])).tolist()
    ['b', None]
    """
    rows = np.asarray(rows)
    return only(rows >= 0, np.asarray(values, dtype=object)[np.maximum(rows, 0)])


def repeated(n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row i so many times as n says, and the number of each among its row's.

    Examples
    --------
    >>> rows, step = repeated(np.array([2, 0, 1]))
    >>> rows.tolist(), step.tolist()
    ([0, 0, 2], [0, 1, 0])
    """
    rows = np.repeat(np.arange(len(n)), n)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(n) - n, n)


def since_start(gap: np.ndarray, n: np.ndarray) -> np.ndarray:
    """The sum of the gaps since the first of each row that is repeated n times."""
    total = np.cumsum(gap)
    return total - total[np.repeat(np.cumsum(n) - n, n)]


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks spread over 0–1: to let one thing depend on another without touching either's distribution."""
    return (np.argsort(np.argsort(values)) + 0.5) / max(len(values), 1)
