"""How fast mentions that need an answer get one. Who is still waiting counts."""

from datetime import date, timedelta
from math import ceil, isfinite, nan

import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.flags import Flag
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import few, first
from cxkit.row import Row, Side
from cxkit.stats import Change, Interval
from cxkit.stats.mover import mover
from cxkit.stats.results import empty_change

FOLLOWED_DAYS = 7  # how long a mention is watched for an answer


def response_time(ask: Ask) -> list[Row]:
    """Time in seconds within which half of the mentions that needed an answer had one.

    Every mention is watched for 7 days; younger ones are left out and counted. Those without an answer by then count as longer than any,
    so the median is exact as long as half are answered. Order-statistic interval. The numerator is the mentions answered.
    """
    known = pd.Timestamp(_known_until(ask.source))
    sides = [_waits(ask.at(each)) for each in ask.periods]
    ripe = [side[side.mentioned_at + timedelta(days=FOLLOWED_DAYS) <= known].wait_s for side in sides]
    typical = [_half(waits, ask.conf_level) for waits in ripe]
    lacks = [
        stats.shortfall("skewed_time", n=len(waits)) or _unanswered(one)
        for waits, one in zip(ripe, typical, strict=True)
    ]
    young = len(sides[0]) - len(ripe[0])
    base, change = None, empty_change("")
    if ask.base and not any(lacks):
        base = Side.of(_told(typical[1]), n_units=len(ripe[1]))
        difference, low, high = map(_finite, mover(typical[0], typical[1]))
        change = Change(difference, low, high, _ranked_apart(ripe[0], ripe[1]), "Mann–Whitney")
    told = few(len(ripe[0]), lacks[0])
    return [
        Row(
            now=Side.of(_told(typical[0]), float(ripe[0].lt(float("inf")).sum()), float(len(ripe[0]))),
            base=base,
            change=change,
            left_out={f"outcome not known before {FOLLOWED_DAYS} days": young} if young else {},
            why="" if isfinite(typical[0].value) else lacks[0],
            flags=(*told, Flag.IMMATURE) if young else told,
            shortfall=first(lacks),
        )
    ]


def answers(ask: Ask) -> pd.DataFrame:
    """Hours until an answer, as cells for `cxkit.models.survival.kaplan_meier`; unanswered mentions are censored where the data end.

    Returns
    -------
    DataFrame, one row a distinct time to a tenth of an hour
        `duration, event, n_units`, up to 7 days.
    """
    if not ask.source.has("social_mentions"):
        return pd.DataFrame(
            {"duration": pd.Series(dtype=float), "event": pd.Series(dtype=bool), "n_units": pd.Series(dtype=int)}
        )
    known = ask.source.in_utc(_known_until(ask.source))
    found = _waits(ask)
    followed = (known - found.mentioned_at_utc).dt.total_seconds().clip(0, FOLLOWED_DAYS * 86400)
    event = found.wait_s <= followed
    duration = (found.wait_s.where(event, followed) / 3600).round(1)
    cells = (
        pd.DataFrame({"duration": duration, "event": event}).value_counts(sort=False).rename("n_units").reset_index()
    )
    return cells.sort_values(["duration", "event"], ignore_index=True)


def _known_until(source: Source) -> date:
    return source.coverage("social_mentions")[1] + timedelta(days=1)


def _waits(ask: Ask) -> pd.DataFrame:
    """`mentioned_at, mentioned_at_utc, wait_s` of mentions that needed an answer; infinite without one within 7 days."""
    relation, where, _ = ask.scope("own_mentions")
    found = ask.source.sql(
        f"select mentioned_at, mentioned_at_utc, wait_s from {relation}"
        f" where needs_answer and mentioned_at >= $start and mentioned_at < $end and ({where}) order by all",
        **ask.days,
    )
    wait = found.wait_s.astype(float)
    return found.assign(wait_s=wait.where(wait <= FOLLOWED_DAYS * 86400, float("inf")))


def _half(waits: pd.Series, conf_level: float) -> Interval:
    """Median with its interval; infinite ends where more are unanswered."""
    ordered = waits.sort_values().to_numpy(float)
    if not len(ordered):
        return Interval(nan, nan, nan, "median, order statistics")
    # Finite stand-ins keep the order, so that the ranks of `stats.median` are right; what falls on one has no time.
    top = FOLLOWED_DAYS * 86400.0 + 1
    found = stats.median([min(wait, top) for wait in ordered], conf_level=conf_level)
    upper_middle = ordered[ceil((len(ordered) - 1) / 2)]
    low, high = (float("inf") if end >= top else end for end in (found.low, found.high))
    return Interval(found.value if isfinite(upper_middle) else float("inf"), low, high, found.method)


def _unanswered(half: Interval) -> str:
    return "" if isfinite(half.value) else f"half had no answer within {FOLLOWED_DAYS} days"


def _finite(value: float) -> float:
    return value if isfinite(value) else nan


def _told(half: Interval) -> Interval:
    """The interval without infinite times."""
    value, low, high = map(_finite, half[:3])
    return Interval(value, low, high, half.method)


def _ranked_apart(now: pd.Series, before: pd.Series) -> float:
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(now, before).pvalue)
