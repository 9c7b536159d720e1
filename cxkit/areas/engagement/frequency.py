"""How often people come: frequency, recency, active users and stickiness."""

from datetime import date, timedelta
from math import nan, sqrt

import pandas as pd

from cxkit import stats
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import against_stock, first
from cxkit.period import DAY
from cxkit.row import Row, Side
from cxkit.stats import Change, Interval
from cxkit.stats.mover import mover, mover_p_value
from cxkit.stats.normal import z_p_value, z_quantile

MONTH_DAYS = 30  # of MAU; Google Analytics takes 30 for stickiness
WINDOWS = {"7 days": 7, "30 days": MONTH_DAYS}
DAYS_SILENT = "date_diff('day', max(started_at)::date, date '{}')"  # from the last visit to a day
ACTIVE = "(is_engaged or is_new_visitor)"  # Google Analytics: an engaged visit, or the first


def visit_recency(ask: Ask) -> list[Row]:
    """Days from a visitor's last visit to the end of the period; half of the visitors were here more recently.

    Returns
    -------
    list of Row, one
        Median with its order-statistic interval; the change is tested by Mann–Whitney.
    """
    silent = [per_visitor(ask.at(each), DAYS_SILENT.format(each.last_day)) for each in ask.periods]
    now, *before = (stats.histogram(days.value, days.n) for days in silent)
    median = stats.median(now.values, now.counts, conf_level=ask.conf_level)
    side = Side.of(median, denominator=float(now.n), n_units=now.n)
    if not before:
        return [Row(now=side)]
    then = before[0]
    return [
        Row(
            now=side,
            base=Side(stats.median(then.values, then.counts, conf_level=ask.conf_level).value, n_units=then.n),
            change=stats.median_change(now, then, conf_level=ask.conf_level),
            shortfall=first(stats.shortfall("skewed_time", n=times.n) for times in (now, then)),
        )
    ]


def active_users(ask: Ask) -> list[Row]:
    """Visitors active in 1 day (mean over the period's days), and in the 7 and 30 days up to its end.

    Active is who had an engaged visit or a first one. Days before the data began are not taken for days without visitors: a window that
    reaches back beyond them has no value.

    Returns
    -------
    list of Row, three
        Segments `window=1 day`, `window=7 days`, `window=30 days`. Changes: visitors gained less visitors lost.
    """
    return [_daily_mean(ask), *(_stock(ask, name, n_days) for name, n_days in WINDOWS.items())]


def stickiness(ask: Ask) -> list[Row]:
    """Mean over days of the visitors active that day ÷ visitors active in the 30 days up to it.

    Only days whose 30 days lie wholly in the data count. The interval linearises the mean of ratios in each visitor's days (the
    infinitesimal jackknife): visitors are the independent unit, also those who are in both periods.

    Returns
    -------
    list of Row, one
        Denominator the mean MAU, numerator the mean DAU, n_units visitors.
    """
    days = [daily_activity(ask.at(each)) for each in ask.periods]
    values = [float(each.stickiness.mean()) for each in days]
    sums = _influence(ask, [day for day in days if len(day)])
    shown = _around(values[0], sums.s11, sums.n1, ask.conf_level)
    now = Side.of(shown, days[0].dau.mean(), days[0].mau.mean(), sums.n1)
    if not ask.base:
        return [Row(now=now)]
    spread = sums.s11 + sums.s00 - 2 * sums.s10
    difference = _around(values[0] - values[1], spread, sums.n, ask.conf_level, share=False)
    half = (difference.high - difference.low) / 2 / z_quantile(ask.conf_level)
    p_value = z_p_value(difference.value / half) if half > 0 else nan
    lacks = (stats.shortfall("clustered_ratio", n=n) for n in (sums.n1, sums.n0))
    return [
        Row(
            now=now,
            base=Side(values[1], n_units=sums.n0),
            change=Change(*difference[:3], p_value, difference.method),
            shortfall=first(lacks) if len(days[1]) else "the data begin later than 30 days before the base",
        )
    ]


def daily_activity(ask: Ask) -> pd.DataFrame:
    """Active visitors day by day, of the days of the period whose 30 days lie wholly in the data.

    Returns
    -------
    DataFrame, one row a day
        `day, dau, mau, stickiness` (NaN where nobody was active in 30 days).
    """
    period = ask.period
    start = max(period.start, _first_day(ask) + (MONTH_DAYS - 1) * DAY)
    if start >= period.end:
        return pd.DataFrame(columns=["day", "dau", "mau", "stickiness"])
    found = ask.source.sql(
        f"with {_spans(ask, start, period.end)}"
        " select day, sum(starts) as starts, sum(ends) as ends"
        " from (select a as day, 1 as starts, 0 as ends from spans union all select b, 0, 1 from spans)"
        " group by day order by day"
    )
    every = pd.date_range(start - (MONTH_DAYS - 1) * DAY, period.last_day, unit="us")
    moves = found.assign(day=pd.to_datetime(found.day)).set_index("day").reindex(every, fill_value=0)
    mau = (moves.starts - moves.ends).cumsum()
    frame = pd.DataFrame({"day": every, "dau": moves.starts.to_numpy(), "mau": mau.to_numpy()})
    frame = frame[frame.day >= pd.Timestamp(start)].reset_index(drop=True)
    return frame.assign(stickiness=frame.dau / frame.mau.where(frame.mau > 0))


def _active_days(ask: Ask, start: date, end: date) -> str:
    """SQL for the days on which each visitor was active."""
    relation, where, _ = ask.scope("sessions")
    return (
        f"select distinct visitor_id, cast(started_at as date) as active_on from {relation}"
        f" where started_at >= date '{start}' and started_at < date '{end}' and {ACTIVE} and ({where})"
    )


def _spans(ask: Ask, start: date, end: date) -> str:
    """SQL: an active day `a` keeps its visitor among the monthly active until `b`: 30 days on, or until the next active day."""
    active = _active_days(ask, start - (MONTH_DAYS - 1) * DAY, end)
    return (
        f"spans as (select visitor_id, active_on as a, least(active_on + {MONTH_DAYS},"
        " coalesce(lead(active_on) over (partition by visitor_id order by active_on), date '9999-12-31')) as b"
        f" from ({active}))"
    )


def _first_day(ask: Ask) -> date:
    return ask.source.coverage("events")[0]


def _daily_mean(ask: Ask) -> Row:
    """Mean of the daily active visitors; visitors who come on many days are counted as the bunches that they are."""
    sides = ask.periods
    counts = ", ".join(
        f"count(*) filter (where active_on >= date '{each.start}' and active_on < date '{each.end}') as x{k}"
        for k, each in enumerate(sides)
    )
    active = _active_days(ask, min(each.start for each in sides), max(each.end for each in sides))
    sums = ask.source.sql(
        f"select {', '.join(f'sum(x{k}) as x{k}, sum(x{k} * x{k}) as x{k}2, count(*) filter (where x{k} > 0) as n{k}' for k in range(len(sides)))},"
        f" sum(x0 * x{len(sides) - 1}) as cross_ from (select visitor_id, {counts} from ({active}) group by visitor_id)"
    ).fillna(0).iloc[0]  # fmt: skip

    def mean(k: int, level: float) -> Interval:
        return stats.count_rate(sums[f"x{k}"], sides[k].days, sums[f"x{k}2"], conf_level=level)

    level, label = ask.conf_level, ask.segment.part("window", "1 day")
    now = Side.of(mean(0, level), sums.x0, float(ask.period.days), int(sums.n0))
    if not ask.base:
        return Row(segment=label, now=now)
    joint = sqrt(sums.x02 * sums.x12)
    rho = sums.cross_ / joint if joint > 0 else 0.0
    p_value = mover_p_value(mean(0, 0.95), mean(1, 0.95), rho)
    return Row(
        segment=label,
        now=now,
        base=Side(sums.x1 / ask.base.days, n_units=int(sums.n1)),
        change=Change(*mover(mean(0, level), mean(1, level), rho), p_value, "mean per day"),
        shortfall=stats.shortfall("count_rate", events=float(sums.x0 + sums.x1)),
    )


def _stock(ask: Ask, name: str, n_days: int) -> Row:
    """Visitors active in so many days up to the period's end."""
    period, base = ask.period, ask.base
    window, begun = timedelta(days=n_days), _first_day(ask)
    label = ask.segment.part("window", name)
    if period.end - window < begun:
        nothing = Side(denominator=1.0)
        return Row(segment=label, now=nothing, shortfall=f"the data begin less than {name} before the period's end")
    other = base.end if base else period.end
    start = min(period.end, other) - window
    found = ask.source.sql(
        f"""
        select is_now, was_then, count(*) as n
        from (select visitor_id,
                     bool_or(active_on >= date '{period.end - window}' and active_on < date '{period.end}') as is_now,
                     bool_or(active_on >= date '{other - window}' and active_on < date '{other}') as was_then
              from ({_active_days(ask, start, max(period.end, other))}) group by visitor_id)
        group by all"""
    )
    now = int(found.n[found.is_now].sum())
    side = Side.of(stats.poisson_rate(now, 1, conf_level=ask.conf_level), now, 1.0, now)
    if not base or base.end - window < begun:
        lack = f"the data begin less than {name} before the end of the base" if base else ""
        return Row(segment=label, now=side, shortfall=lack)
    return against_stock(Row(segment=label, now=side), found, ask.conf_level)


class _Sums:
    """Over visitors: how many, and the sums of squares and products of their influence on the two means."""

    def __init__(self, n: float, n1: float, n0: float, s11: float, s00: float, s10: float) -> None:
        self.n, self.n1, self.n0 = int(n), int(n1), int(n0)
        self.s11, self.s00, self.s10 = s11, s00, s10


def _influence(ask: Ask, days: list[pd.DataFrame]) -> _Sums:
    """What each visitor adds to the mean of DAU ÷ MAU, beyond what the ratio gives them: Σ 1/(D·MAU) over their active days less
    Σ ratio/(D·MAU) over the days on which they are monthly active. It sums to zero over all visitors."""
    if not days:
        return _Sums(0, 0, 0, nan, nan, nan)
    lists = []
    for k, frame in enumerate(days):
        every = pd.date_range(
            frame.day.iloc[0] - (MONTH_DAYS - 1) * DAY, frame.day.iloc[-1] + (MONTH_DAYS + 1) * DAY, unit="us"
        )
        indexed = frame.set_index("day").reindex(every)
        weight = (1 / (indexed.mau * len(frame))).where(indexed.mau > 0, 0.0).fillna(0.0)
        before = (weight * indexed.stickiness.fillna(0.0)).cumsum().shift(fill_value=0.0)
        rows = ", ".join(f"(date '{d:%Y-%m-%d}', {w!r}, {c!r})" for d, w, c in zip(every, weight.tolist(), before.tolist(), strict=True))  # fmt: skip
        lists.append(f"weights{k}_ as (select * from (values {rows}) as t(day, weight, before))")
        start, end = frame.day.iloc[0].date(), frame.day.iloc[-1].date() + DAY
        spans = _spans(ask, start, end)
        lists.append(spans.replace("spans as", f"spans{k}_ as", 1))
        lists.append(
            f"shares{k}_ as (select visitor_id, sum(w.weight + w.before - e.before order by a) as u from spans{k}_"
            f" join weights{k}_ as w on w.day = a join weights{k}_ as e on e.day = b group by visitor_id)"
        )
    other = "shares1_" if len(days) > 1 else "(select visitor_id, u from shares0_ where false)"
    found = ask.source.sql(
        f"with {', '.join(lists)} select count(*) as n, count(o.u) as n1, count(z.u) as n0,"
        " exact_sum(o.u * o.u, p * p) as s11, exact_sum(z.u * z.u, p * p) as s00, exact_sum(o.u * z.u, p * p) as s10"
        f" from shares0_ as o full join {other} as z using (visitor_id)"
        f" cross join (select power_above(u) as p from (select u from shares0_ union all select u from {other}))"
    )
    values = found.fillna({"s10": 0.0, "s00": nan}).iloc[0]
    return _Sums(values.n, values.n1, values.n0, values.s11, values.s00, values.s10)


def _around(value: float, squares: float, n: int, conf_level: float, *, share: bool = True) -> Interval:
    """Normal limits from squared influences of n people."""
    method = "linearised by visitor"
    if not n > 1 or squares != squares:
        return Interval(value, nan, nan, method)
    half = z_quantile(conf_level) * sqrt(max(squares, 0.0) * n / (n - 1))
    low, high = (max(value - half, 0.0), min(value + half, 1.0)) if share else (value - half, value + half)
    return Interval(value, low, high, method)


def per_visitor(ask: Ask, value: str) -> pd.DataFrame:
    """How many visitors have each value of an aggregate over their visits of a period."""
    relation, where, _ = ask.scope("sessions")
    return ask.source.sql(
        f"""
        select value, count(*) as n
        from (select visitor_id, {value} as value from {relation}
              where started_at >= $start and started_at < $end and ({where}) group by visitor_id)
        group by value order by value""",
        **ask.days,
    )
