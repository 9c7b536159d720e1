"""Growth of traffic: as many days, with the same weekdays, before and a year before."""

from datetime import timedelta
from math import exp, log, nan, sqrt

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.measurement.scope import scope
from cxkit.period import DAY, Period
from cxkit.segment import part_of
from cxkit.stats.normal import z_quantile

SMALLEST_BASE = 30
YEAR_OF_WEEKS = 364


def traffic_growth_rate(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """(Now − then) ÷ then for visits and for visitors; then is as many days with the same weekdays, just before and a year before.

    The period is compared with the days whole weeks earlier, as few as do not overlap with it, whatever the report's base is: five
    Saturdays against four are not growth.

    Returns
    -------
    DataFrame, four rows, for `measure`
        Segments such as `of=sessions against 5 weeks before`. Numerator now, denominator then, n_units visitors in either. NaN where
        then is below 30 or not covered by the data. A growth is itself a change: it is not compared again.
    """
    rows: list[dict[str, object]] = []
    for of in ("sessions", "visitors"):
        for days_back in (whole_weeks(period), YEAR_OF_WEEKS):
            name = "a year before" if days_back == YEAR_OF_WEEKS else f"{days_back // 7} weeks before"
            label = part_of(segment, "of", f"{of} against {name}")
            row = _growth(source, period, days_back, of, segment, conf_level)
            rows.append(
                {"segment": label, **row}
                | ({"shortfall": row.get("shortfall") or "is itself a change"} if base else {})
            )
    return pd.DataFrame(rows)  # fmt: skip


def whole_weeks(period: Period) -> int:
    """Days to go back so that weekdays match and the spans do not overlap.

    Examples
    --------
    >>> whole_weeks(Period.parse("2026-10")), whole_weeks(Period.parse("2026-W40"))
    (35, 7)
    """
    return -(-period.days // 7) * 7


def daily_visits(source: Source, until: Period, days: int, *, segment: str = "") -> pd.DataFrame:
    """Visits day by day up to the period's end, as far back as asked and covered; days without a visit are 0.

    Returns
    -------
    DataFrame, one row a day
        `day`, `value`.
    """
    if not source.has("events", "visitor_id"):
        return pd.DataFrame(columns=["day", "value"])
    start = max(until.end - timedelta(days=days), source.coverage("events")[0])
    relation, where, _ = scope(source, "sessions", None, segment)
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


def _growth(
    source: Source, period: Period, days_back: int, of: str, segment: str, conf_level: float
) -> dict[str, object]:
    then = Period("days", period.start - days_back * DAY, period.end - days_back * DAY)
    first = source.coverage("events")[0]
    if then.start < first:
        return {"value": nan, "shortfall": f"the data begin on {first}, after {then.start}"}
    relation, where, _ = scope(source, "sessions", None, segment)
    spans = [f"started_at >= date '{each.start}' and started_at < date '{each.end}'" for each in (period, then)]
    x1, x0 = (
        f"count(*) filter (where {span})" if of == "sessions" else f"cast(bool_or({span}) as integer)" for span in spans
    )
    per_visitor = f"(select {x1} as x1, {x0} as x0 from {relation} where ({' or '.join(spans)}) and ({where}) group by visitor_id)"
    sums = source.sql(
        "select count(*) as n, sum(x1) as x1, sum(x0) as x0, sum(x1 * x1) as x11, sum(x0 * x0) as x00, sum(x1 * x0) as x10"
        f" from {per_visitor}"
    ).fillna(0).iloc[0]  # fmt: skip
    now, before = float(sums.x1), float(sums.x0)
    row: dict[str, object] = {"numerator": now, "denominator": before, "n_units": int(sums.n)}
    if before < SMALLEST_BASE:
        return row | {"value": nan, "shortfall": f"base = {before:g}, needs {SMALLEST_BASE}"}
    growth = now / before - 1
    if not now:
        return row | {"value": growth}
    # Counts of visitors as bunches, as a quasi-Poisson count; who was there both times moves both alike.
    squares = sums.x11 / now**2 + sums.x00 / before**2 - 2 * sums.x10 / (now * before)
    half = z_quantile(conf_level) * sqrt(max(float(squares), 0.0))
    return row | {
        "value": growth, "ci_low": exp(log(1 + growth) - half) - 1, "ci_high": exp(log(1 + growth) + half) - 1,
        "ci_method": "log ratio, bunched by visitor",
    }  # fmt: skip
