"""Growth of traffic: as many days, with the same weekdays, before and a year before."""

from dataclasses import replace
from datetime import timedelta
from math import exp, log, sqrt

import pandas as pd

from cxkit.measurement.ask import Ask
from cxkit.period import DAY, Period
from cxkit.row import Row, Side
from cxkit.stats import Interval
from cxkit.stats.normal import z_quantile

SMALLEST_BASE = 30
YEAR_OF_WEEKS = 364
IS_A_CHANGE = "is itself a change"


def traffic_growth_rate(ask: Ask) -> list[Row]:
    """(Now − then) ÷ then for visits and for visitors; then is as many days with the same weekdays, just before and a year before.

    The period is compared with the days whole weeks earlier, as few as do not overlap with it, whatever the report's base is: five
    Saturdays against four are not growth.

    Returns
    -------
    list of Row, four
        Segments such as `of=sessions against 5 weeks before`. Numerator now, denominator then, n_units visitors in either. NaN where
        then is below 30 or not covered by the data. A growth is itself a change: it is not compared again.
    """
    return [
        _growth(ask, days_back, of)
        for of in ("sessions", "visitors")
        for days_back in (whole_weeks(ask.period), YEAR_OF_WEEKS)
    ]


def whole_weeks(period: Period) -> int:
    """Days to go back so that weekdays match and the spans do not overlap.

    Examples
    --------
    >>> whole_weeks(Period.parse("2026-10")), whole_weeks(Period.parse("2026-W40"))
    (35, 7)
    """
    return -(-period.days // 7) * 7


def daily_visits(ask: Ask, days: int) -> pd.DataFrame:
    """Visits day by day up to the period's end, as far back as asked and covered; days without a visit are 0.

    Returns
    -------
    DataFrame, one row a day
        `day`, `value`.
    """
    source, until = ask.source, ask.period
    if not source.has("events", "visitor_id"):
        return pd.DataFrame(columns=["day", "value"])
    start = max(until.end - timedelta(days=days), source.coverage("events")[0])
    relation, where, _ = ask.scope("sessions")
    found = source.sql(
        f"select cast(started_at as date) as day, count(*) as value from {relation}"
        f" where started_at >= $start and started_at < $end and ({where}) group by 1 order by 1",
        start=start,
        end=until.end,
    )
    last = min(until.last_day, source.coverage("events")[1])  # days after the data are unknown, not empty
    every = pd.date_range(start, max(last, start), unit="us")
    values = found.assign(day=pd.to_datetime(found.day)).set_index("day").value.reindex(every, fill_value=0)
    return pd.DataFrame({"day": every, "value": values.to_numpy(float)})


def _growth(ask: Ask, days_back: int, of: str) -> Row:
    period, ago = ask.period, "a year before" if days_back == YEAR_OF_WEEKS else f"{days_back // 7} weeks before"
    label = ask.segment.part("of", f"{of} against {ago}")
    then = Period("days", period.start - days_back * DAY, period.end - days_back * DAY)
    begun = ask.source.coverage("events")[0]
    if then.start < begun:
        return Row(segment=label, shortfall=f"the data begin on {begun}, after {then.start}")
    relation, where, _ = ask.scope("sessions")
    spans = [f"started_at >= date '{each.start}' and started_at < date '{each.end}'" for each in (period, then)]
    x1, x0 = (
        f"count(*) filter (where {span})" if of == "sessions" else f"cast(bool_or({span}) as integer)" for span in spans
    )
    per_visitor = f"(select {x1} as x1, {x0} as x0 from {relation} where ({' or '.join(spans)}) and ({where}) group by visitor_id)"
    sums = ask.source.sql(
        "select count(*) as n, sum(x1) as x1, sum(x0) as x0, sum(x1 * x1) as x11, sum(x0 * x0) as x00, sum(x1 * x0) as x10"
        f" from {per_visitor}"
    ).fillna(0).iloc[0]  # fmt: skip
    now, before = float(sums.x1), float(sums.x0)
    side = Side(numerator=now, denominator=before, n_units=int(sums.n))
    if before < SMALLEST_BASE:
        return Row(segment=label, now=side, shortfall=f"base = {before:g}, needs {SMALLEST_BASE}")
    growth = now / before - 1
    if not now:
        return Row(segment=label, now=replace(side, value=growth), shortfall=IS_A_CHANGE)
    # Counts of visitors as bunches, as a quasi-Poisson count; who was there both times moves both alike.
    squares = sums.x11 / now**2 + sums.x00 / before**2 - 2 * sums.x10 / (now * before)
    half = z_quantile(ask.conf_level) * sqrt(max(float(squares), 0.0))
    low, high = (exp(log(1 + growth) + step) - 1 for step in (-half, half))
    shown = Interval(growth, low, high, "log ratio, bunched by visitor")
    return Row(segment=label, now=Side.of(shown, now, before, side.n_units), shortfall=IS_A_CHANGE)
