"""Short dates on an axis: Mondays within a month or two, months within some years, then years."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from cxkit.charts.text import text_width

_EPOCH = date(1970, 1, 1)
_MONTHLY = 28  # days from one row to the next, from which on data are not of days or weeks


def day(number: float) -> date:
    """Days since 1970 as a date."""
    return _EPOCH + timedelta(days=int(np.floor(number)))


def number(when: date) -> float:
    return float((when - _EPOCH).days)


def ticks(days: np.ndarray, width: float) -> tuple[list[float], list[str]]:
    """Positions and labels for days since 1970 on an axis of `width` px, as many as stand side by side.

    Daily and weekly data get Mondays, so that weeks can be told apart; from a quarter on the first of months.
    """
    finite = np.unique(np.floor(days[np.isfinite(days)]))
    if not len(finite):
        return [], []
    low, high = day(finite[0]), day(finite[-1])
    for shown, labels in _candidates(finite, low, high):
        at = [number(d) for d in shown]
        if len(shown) >= min(2, len(finite)) and _fits(at, labels, finite, width):
            return at, labels
    ends = [low, high] if high > low else [low]
    year = "" if low.year == high.year else " %Y"
    return [number(d) for d in ends], [f"{d.day} {d.strftime(f'%b{year}')}" for d in ends]


def _candidates(finite: np.ndarray, low: date, high: date) -> Iterator[tuple[list[date], list[str]]]:
    """Ways to mark an axis, the finest first."""
    span, by_month = (high - low).days, ("%-d %b", "%-d", "%m")
    one_year = str(low.year) if low.year == high.year else ""
    monthly = len(finite) > 1 and float(np.median(np.diff(finite))) >= _MONTHLY
    if span <= 9 or (len(finite) <= 6 and not monthly):
        every = [day(f) for f in finite]
        yield every, _labels(every, *by_month)
    if span <= 100 and not monthly:
        mondays = [d for d in (low + timedelta(days=i) for i in range(span + 1)) if d.weekday() == 0]
        for step in (1, 2, 4):
            yield mondays[::step], _labels(mondays[::step], *by_month)
    if span > 45 or monthly:
        for step in (1, 2, 3, 6):
            months = _first_of_months(low, high, step)
            yield months, _labels(months, "%b %Y", "%b", "%Y", one_year)
        for step in (1, 2, 5, 10, 20, 50, 100):
            years = [d for d in (date(y, 1, 1) for y in range(low.year, high.year + 1) if y % step == 0) if d >= low]
            yield years, [str(d.year) for d in years]


def _first_of_months(low: date, high: date, step: int) -> list[date]:
    months = range(low.year * 12 + low.month - 1, high.year * 12 + high.month)
    return [d for d in (date(m // 12, m % 12 + 1, 1) for m in months if m % step == 0) if low <= d <= high]


def _labels(days: list[date], whole: str, part: str, same: str, known: str = "") -> list[str]:
    """Each day by its part of the name, and by the whole of it where what they have in the same begins anew."""
    out = []
    for d in days:
        out.append(f"{d:{part if f'{d:{same}}' == known else whole}}")
        known = f"{d:{same}}"
    return out


def _fits(positions: list[float], labels: list[str], days: np.ndarray, width: float) -> bool:
    px = width / max(days[-1] - days[0], 1.0)
    edges = [(p * px - text_width(t) / 2, p * px + text_width(t) / 2) for p, t in zip(positions, labels, strict=True)]
    return all(b[0] - a[1] >= 8 for a, b in pairwise(edges))


def weekends(low: float, high: float) -> list[tuple[float, float]]:
    """Saturdays and Sundays within [low, high] as spans of half days about the points."""
    out = []
    for n in range(int(np.floor(low)), int(np.ceil(high)) + 1):
        if day(n).weekday() == 5:
            out.append((max(n - 0.5, low), min(n + 1.5, high)))
        elif day(n).weekday() == 6 and n == int(np.floor(low)):
            out.append((low, min(n + 0.5, high)))
    return [(a, b) for a, b in out if b > a]


def span_name(days: np.ndarray) -> str:
    """A name for dates within one month or year: `October`, `2026`; else nothing."""
    finite = days[np.isfinite(days)]
    if not len(finite):
        return ""
    low, high = day(finite.min()), day(finite.max())
    if (low.year, low.month) == (high.year, high.month):
        return f"{low:%B}"
    return str(low.year) if low.year == high.year and (high - low).days > 300 else ""
