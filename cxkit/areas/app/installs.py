"""How many devices have the app and how many stop: stocks and losses from the app's own events, and the store's beside them."""

from datetime import date, datetime, time, timedelta
from math import sqrt

import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.measurement.measure import records
from cxkit.measurement.scope import scope
from cxkit.period import Period
from cxkit.segment import part_of
from cxkit.stats import Change
from cxkit.stats.normal import z_p_value, z_quantile

ACTIVE_DAYS = 30  # Google Play and App Store: used within 30 days
MECHANISMS = {"": ["removed", "silent"], "uninstall": ["removed"], "inactivity": ["silent"]}


def active_installs(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Devices whose app was used in the last 30 days, at the end of the period, by platform.

    The change against the base is that of one stock: devices gained less devices lost, tested as counts (Poisson).

    Returns
    -------
    DataFrame, one row a platform, for `measure`
        Platforms are never added: the stores define them differently.
    """
    rows = []
    for platform, part in _stock(source, period, base, segment).groupby("surface"):
        n, n_base = int(part.n[part.is_now].sum()), int(part.n[part.was_then].sum())
        shown = stats.count_rate(n, 1, n, conf_level=conf_level)
        row = _row(segment, ("surface", platform), shown, numerator=n, denominator=1.0, n_units=n)
        if base:
            gained, lost = (
                int(part.n[mask].sum()) for mask in (part.is_now & ~part.was_then, part.was_then & ~part.is_now)
            )
            half = z_quantile(conf_level) * sqrt(gained + lost)
            p_value = z_p_value((gained - lost) / sqrt(gained + lost)) if gained + lost else 1.0
            change = Change(gained - lost, gained - lost - half, gained - lost + half, p_value, "gained − lost")
            row |= _compared(change, float(n_base), n_base, stats.shortfall("count_rate", events=gained + lost))
        rows.append(row)
    return pd.DataFrame(rows)


def active_install_ratio(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Devices active in the last 30 days ÷ devices that ever installed, at the end of the period, by platform.

    Returns
    -------
    DataFrame, one row a platform, for `measure`
    """
    rows = []
    counts = [_ever(source, segment, each.end) for each in (period, base) if each]
    for platform in sorted({surface for found in counts for surface in found.surface}):
        sides = [
            found.set_index("surface")[["active", "ever"]].astype(int).reindex([platform], fill_value=0).iloc[0]
            for found in counts
        ]
        now = sides[0]
        rate = stats.proportion(now.active, now.ever, conf_level=conf_level)
        row = _row(
            segment,
            ("surface", platform),
            rate,
            numerator=now.active,
            denominator=float(now.ever),
            n_units=int(now.ever),
        )
        if base:
            then = sides[1]
            change = stats.proportion_change(now.active, now.ever, then.active, then.ever, conf_level=conf_level)
            lacks = (
                stats.shortfall("proportion", n=s.ever, events=s.active, non_events=s.ever - s.active) for s in sides
            )
            row |= _compared(
                change,
                then.active / then.ever if then.ever else float("nan"),
                int(then.ever),
                next(filter(None, lacks), ""),
            )
        rows.append(row)
    return pd.DataFrame(rows)


def user_loss_rate(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Devices lost in the period ÷ devices with the app at its start, by platform and mechanism.

    With the app at the start: used in the 30 days before it and not removed. Lost: removed in the period (uninstall), or not used in
    the last 30 days of it (inactivity). One device is lost once.

    Returns
    -------
    DataFrame, for `measure`
        One row a platform, and one each for what was `lost` by uninstall and by inactivity; a platform that never tells of removals
        (iOS) has the first only, which is inactivity.
    """
    rows = []
    sides = [_losses(source, each, segment) for each in (period, base) if each]
    for platform in sorted({surface for found in sides for surface in found.surface}):
        parts = [found[found.surface == platform] for found in sides]
        tells = any(part.tells_removal.any() for part in parts)
        for mechanism, columns in MECHANISMS.items() if tells else [("", MECHANISMS[""])]:
            pairs = [(int(part[columns].to_numpy().sum()), int(part.there.sum())) for part in parts]
            rate = stats.proportion(*pairs[0], conf_level=conf_level)
            within = part_of(segment, "surface", platform) if mechanism else segment
            part = ("lost_by", mechanism) if mechanism else ("surface", platform)
            row = _row(within, part, rate, numerator=pairs[0][0], denominator=float(pairs[0][1]), n_units=pairs[0][1])
            if base:
                change = stats.proportion_change(*pairs[0], *pairs[1], conf_level=conf_level)
                lacks = (stats.shortfall("proportion", n=n, events=x, non_events=n - x) for x, n in pairs)
                before = pairs[1][0] / pairs[1][1] if pairs[1][1] else float("nan")
                row |= _compared(change, before, pairs[1][1], next(filter(None, lacks), ""))
            rows.append(row)
    return pd.DataFrame(rows)


def store_series(series_id: str, is_stock: bool):  # type: ignore[no-untyped-def]  # gives a function for `Described`
    """A function that reads a figure of the stores from `series`: the last value of a stock, the sum of a flow, by platform."""

    def read(
        source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
    ) -> pd.DataFrame:
        """The store's own figure, with the interval of a count; a stock's change is surer than that, for most devices are in both."""
        sides = [_store(source, series_id, each, is_stock) for each in (period, base) if each]
        rows = []
        for platform, (now, points) in sides[0].items():
            shown = stats.poisson_rate(now, 1, conf_level=conf_level)
            row = _row("", ("platform", platform), shown, numerator=now, denominator=float(points), n_units=int(now))
            if base and platform in sides[1]:
                then, points_then = sides[1][platform]
                scale = 1.0 if is_stock else points / points_then
                change = stats.rate_change(now, 1, then, 1 / scale, conf_level=conf_level)
                row |= _compared(change, then, int(then), stats.shortfall("count_rate", events=now + then))
            rows.append(row)
        return pd.DataFrame(rows)

    read.__name__ = read.__qualname__ = f"store_series[{series_id}]"
    return read


def _store(source: Source, series_id: str, period: Period, is_stock: bool) -> dict[str, tuple[float, int]]:
    """By platform: the figure, and over how many points of the series."""
    found = source.sql(
        """
        select coalesce(platform, entity, 'all') as platform, date, sum(value order by value) as value
        from series where series_id = $name and date >= $start and date < $end group by all order by all""",
        name=series_id, start=period.start, end=period.end,
    )  # fmt: skip
    values = found.groupby("platform").value.agg(["last", "sum", "size"])
    return {
        str(platform): (float(row["last" if is_stock else "sum"]), int(row["size"]))
        for platform, row in values.iterrows()
    }


def install_cells(source: Source, period: Period, *, segment: str = "") -> pd.DataFrame:
    """Days until the app was removed, of installs up to the period's end, as cells for `cxkit.models.survival.kaplan_meier`.

    Returns
    -------
    DataFrame, one row a distinct platform and time with a count
        `surface, duration` (days), `event, n_units`. An app still there at the period's end is censored, one installed again, too.
        Platforms that never tell of removals are left out.
    """
    relation, where, _ = scope(source, "installs", None, segment)
    end = min(period.end, source.coverage("events")[1] + timedelta(days=1))
    return source.sql(
        f"""
        select surface,
               date_diff('day', installed_on, least(coalesce(removed_at, $end), $end)) as duration,
               coalesce(removed_at < $end, false) as event, count(*) as n_units
        from {relation}
        where installed_at < $end and tells_removal and ({where})
        group by all order by all""",
        end=datetime.combine(end, time()),
    )


def retention_by_day(
    source: Source, period: Period, days: int = 30, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Share of installs that were used on day n, of those whose day n lies in the period.

    Returns
    -------
    DataFrame, one row a day and platform
        `surface, day, value, ci_low, ci_high` (Wilson), `at_risk` installs whose day n was in the period. Others are not in: their day n
        has not come, or came before.
    """
    relation, where, _ = scope(source, "installs", None, segment)
    found = source.sql(
        f"""
        with due as (
            select i.visitor_id, i.surface, n as day, cast(i.installed_on as date) + cast(n as integer) as due_on
            from (select * from {relation} where {where}) as i, range(1, {days + 1}) as steps(n)
            where i.installed_on + interval 1 day * n >= $start and i.installed_on + interval 1 day * n < $end
        )
        select due.surface, due.day, count(*) as at_risk, count(d.used_on) as active
        from due left join app_days as d on d.visitor_id = due.visitor_id and d.used_on = due.due_on
        group by all order by all""",
        start=datetime.combine(period.start, time()), end=datetime.combine(period.end, time()),
    )  # fmt: skip
    shares = [stats.proportion(row["active"], row["at_risk"], conf_level=conf_level) for row in records(found)]
    return found.assign(
        **{name: [share[k] for share in shares] for k, name in enumerate(("value", "ci_low", "ci_high"))}
    )


def _present(relation: str, where: str, at: date) -> str:
    """SQL for the devices that have the app at a moment: used in the 30 days before it, and not removed since."""
    return f"""
        select d.visitor_id, d.surface
        from (select visitor_id, surface, max(last_used_at) as last_used_at
              from (select * from {relation} where {where})
              where used_on < date '{at}' and used_on >= date '{at}' - {ACTIVE_DAYS}
              group by visitor_id, surface) as d
        left join (select visitor_id, max(event_at) as removed_at
                   from hits where event_name = 'app_remove' and event_at < date '{at}'
                   group by visitor_id) as r using (visitor_id)
        where r.removed_at is null or r.removed_at < d.last_used_at"""


def _stock(source: Source, period: Period, base: Period | None, segment: str) -> pd.DataFrame:
    relation, where, _ = scope(source, "app_days", None, segment)
    before = _present(relation, where, base.end if base else date(1970, 1, 1))
    return source.sql(
        f"""
        select coalesce(n.surface, t.surface) as surface, n.visitor_id is not null as is_now, t.visitor_id is not null as was_then,
               count(*) as n
        from ({_present(relation, where, period.end)}) as n
        full join ({before}) as t on t.visitor_id = n.visitor_id and t.surface = n.surface
        group by all order by all"""
    )


def _ever(source: Source, segment: str, end: date) -> pd.DataFrame:
    relation, where, _ = scope(source, "installs", None, segment)
    return source.sql(
        f"""
        select i.surface, count(*) as ever, count(p.visitor_id) as active
        from (select distinct visitor_id, surface from (select * from {relation} where {where}) where installed_at < $end) as i
        left join ({_present("app_days", "true", end)}) as p on p.visitor_id = i.visitor_id and p.surface = i.surface
        group by i.surface order by i.surface""",
        end=datetime.combine(end, time()),
    )


def _losses(source: Source, period: Period, segment: str) -> pd.DataFrame:
    relation, where, _ = scope(source, "app_days", None, segment)
    return source.sql(
        f"""
        select t.surface, count(*) as there, count(r.visitor_id) as removed,
               bool_or(t.surface in (select surface from hits where event_name = 'app_remove')) as tells_removal,
               count(*) filter (where r.visitor_id is null and e.visitor_id is null) as silent
        from ({_present(relation, where, period.start)}) as t
        left join (select distinct visitor_id from hits
                   where event_name = 'app_remove' and event_at >= $start and event_at < $end) as r using (visitor_id)
        left join ({_present("app_days", "true", period.end)}) as e on e.visitor_id = t.visitor_id and e.surface = t.surface
        group by t.surface order by t.surface""",
        start=datetime.combine(period.start, time()), end=datetime.combine(period.end, time()),
    )  # fmt: skip


def _row(segment: str, part: tuple[str, object], shown: stats.Interval, **counts: float) -> dict[str, object]:
    return {
        "segment": part_of(segment, *part), "value": shown.value, "ci_low": shown.low,
        "ci_high": shown.high, "ci_method": shown.method, **counts,
    }  # fmt: skip


def _compared(change: Change, before: float, n_before: int, lack: str) -> dict[str, object]:
    return {
        "base_value": before, "base_n_units": n_before, "difference": change.difference, "difference_low": change.low,
        "difference_high": change.high, "p_value": change.p_value, "test": change.method, "shortfall": lack,
    }  # fmt: skip
