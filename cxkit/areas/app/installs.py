"""How many devices have the app and how many stop: stocks and losses from the app's own events, and the store's beside them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from math import nan

import pandas as pd

from cxkit import stats
from cxkit.measurement.ask import Ask
from cxkit.measurement.described import Figure, against_stock, named, shortfall_of
from cxkit.measurement.rows import records
from cxkit.row import Row, Side
from cxkit.segment import Segment

ACTIVE_DAYS = 30  # Google Play and App Store: used within 30 days
MECHANISMS = {"": ["removed", "silent"], "uninstall": ["removed"], "inactivity": ["silent"]}


def active_installs(ask: Ask) -> list[Row]:
    """Devices whose app was used in the last 30 days, at the end of the period, by platform.

    The change against the base is that of one stock: devices gained less devices lost, tested as counts (Poisson).

    Returns
    -------
    list of Row, one a platform
        Platforms are never added: the stores define them differently.
    """
    rows = []
    for platform, part in _stock(ask).groupby("surface"):
        n = int(part.n[part.is_now].sum())
        now = Side.of(stats.count_rate(n, 1, n, conf_level=ask.conf_level), n, 1.0, n)
        row = Row(segment=ask.segment.part("surface", platform), now=now)
        rows.append(against_stock(row, part, ask.conf_level) if ask.base else row)
    return rows


def active_install_ratio(ask: Ask) -> list[Row]:
    """Devices active in the last 30 days ÷ devices that ever installed, at the end of the period, by platform.

    Returns
    -------
    list of Row, one a platform
    """
    counts = [_ever(ask, each.end).set_index("surface")[["active", "ever"]].astype(int) for each in ask.periods]
    rows = []
    for platform in sorted({surface for found in counts for surface in found.index}):
        pairs = [tuple(found.reindex([platform], fill_value=0).iloc[0].tolist()) for found in counts]
        rows.append(_share(ask.segment.part("surface", platform), pairs, ask.conf_level))
    return rows


def user_loss_rate(ask: Ask) -> list[Row]:
    """Devices lost in the period ÷ devices with the app at its start, by platform and mechanism.

    With the app at the start: used in the 30 days before it and not removed. Lost: removed in the period (uninstall), or not used in
    the last 30 days of it (inactivity). One device is lost once.

    Returns
    -------
    list of Row
        One row a platform, and one each for what was `lost` by uninstall and by inactivity; a platform that never tells of removals
        (iOS) has the first only, which is inactivity.
    """
    rows = []
    sides = [_losses(ask.at(each)) for each in ask.periods]
    for platform in sorted({surface for found in sides for surface in found.surface}):
        parts = [found[found.surface == platform] for found in sides]
        tells = any(part.tells_removal.any() for part in parts)
        for mechanism, columns in MECHANISMS.items() if tells else [("", MECHANISMS[""])]:
            pairs = [(int(part[columns].to_numpy().sum()), int(part.there.sum())) for part in parts]
            segment = ask.segment.part("surface", platform)
            segment = segment.part("lost_by", mechanism) if mechanism else segment
            rows.append(_share(segment, pairs, ask.conf_level))
    return rows


def store_series(series_id: str, is_stock: bool) -> Figure:
    """A function that reads a figure of the stores from `series`: the last value of a stock, the sum of a flow, by platform."""

    def read(ask: Ask) -> list[Row]:
        """The store's own figure, with the interval of a count; a stock's change is surer than that, for most devices are in both."""
        now_and_then = [_store(ask.at(each), series_id, is_stock) for each in ask.periods]
        rows = []
        for platform, (now, points) in now_and_then[0].items():
            shown = stats.poisson_rate(now, 1, conf_level=ask.conf_level)
            row = Row(segment=Segment().part("platform", platform), now=Side.of(shown, now, float(points), int(now)))
            if ask.base and platform in now_and_then[1]:
                then, points_then = now_and_then[1][platform]
                scale = 1.0 if is_stock else points / points_then
                row = replace(
                    row,
                    base=Side(then, n_units=int(then)),
                    change=stats.rate_change(now, 1, then, 1 / scale, conf_level=ask.conf_level),
                    shortfall=stats.shortfall("count_rate", events=now + then),
                )
            rows.append(row)
        return rows

    return named(read, f"store_series[{series_id}]")


def _store(ask: Ask, series_id: str, is_stock: bool) -> dict[str, tuple[float, int]]:
    """By platform: the figure, and over how many points of the series."""
    found = ask.source.sql(
        """
        select coalesce(platform, entity, 'all') as platform, date, sum(value order by value) as value
        from series where series_id = $name and date >= $start and date < $end group by all order by all""",
        name=series_id,
        **ask.days,
    )
    values = found.groupby("platform").value.agg(["last", "sum", "size"])
    return {
        str(platform): (float(row["last" if is_stock else "sum"]), int(row["size"]))
        for platform, row in values.iterrows()
    }


def install_cells(ask: Ask) -> pd.DataFrame:
    """Days until the app was removed, of installs up to the period's end, as cells for `cxkit.models.survival.kaplan_meier`.

    Returns
    -------
    DataFrame, one row a distinct platform and time with a count
        `surface, duration` (days), `event, n_units`. An app still there at the period's end is censored, one installed again, too.
        Platforms that never tell of removals are left out.
    """
    relation, where, _ = ask.scope("installs")
    end = min(ask.period.end, ask.source.coverage("events")[1] + timedelta(days=1))
    return ask.source.sql(
        f"""
        select surface,
               date_diff('day', installed_on, least(coalesce(removed_at, $end), $end)) as duration,
               coalesce(removed_at < $end, false) as event, count(*) as n_units
        from {relation}
        where installed_at < $end and tells_removal and ({where})
        group by all order by all""",
        end=datetime.combine(end, time()),
    )


def retention_by_day(ask: Ask, days: int = 30) -> pd.DataFrame:
    """Share of installs that were used on day n, of those whose day n lies in the period.

    Returns
    -------
    DataFrame, one row a day and platform
        `surface, day, value, ci_low, ci_high` (Wilson), `at_risk` installs whose day n was in the period. Others are not in: their day n
        has not come, or came before.
    """
    relation, where, _ = ask.scope("installs")
    found = ask.source.sql(
        f"""
        with due as (
            select i.visitor_id, i.surface, n as day, cast(i.installed_on as date) + cast(n as integer) as due_on
            from (select * from {relation} where {where}) as i, range(1, {days + 1}) as steps(n)
            where i.installed_on + interval 1 day * n >= $start and i.installed_on + interval 1 day * n < $end
        )
        select due.surface, due.day, count(*) as at_risk, count(d.used_on) as active
        from due left join app_days as d on d.visitor_id = due.visitor_id and d.used_on = due.due_on
        group by all order by all""",
        **ask.moments,
    )
    shares = [stats.proportion(row["active"], row["at_risk"], conf_level=ask.conf_level) for row in records(found)]
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


def _stock(ask: Ask) -> pd.DataFrame:
    relation, where, _ = ask.scope("app_days")
    before = _present(relation, where, ask.base.end if ask.base else date(1970, 1, 1))
    return ask.source.sql(
        f"""
        select coalesce(n.surface, t.surface) as surface, n.visitor_id is not null as is_now, t.visitor_id is not null as was_then,
               count(*) as n
        from ({_present(relation, where, ask.period.end)}) as n
        full join ({before}) as t on t.visitor_id = n.visitor_id and t.surface = n.surface
        group by all order by all"""
    )


def _ever(ask: Ask, end: date) -> pd.DataFrame:
    relation, where, _ = ask.scope("installs")
    return ask.source.sql(
        f"""
        select i.surface, count(*) as ever, count(p.visitor_id) as active
        from (select distinct visitor_id, surface from (select * from {relation} where {where}) where installed_at < $end) as i
        left join ({_present("app_days", "true", end)}) as p on p.visitor_id = i.visitor_id and p.surface = i.surface
        group by i.surface order by i.surface""",
        end=datetime.combine(end, time()),
    )


def _losses(ask: Ask) -> pd.DataFrame:
    relation, where, _ = ask.scope("app_days")
    return ask.source.sql(
        f"""
        select t.surface, count(*) as there, count(r.visitor_id) as removed,
               bool_or(t.surface in (select surface from hits where event_name = 'app_remove')) as tells_removal,
               count(*) filter (where r.visitor_id is null and e.visitor_id is null) as silent
        from ({_present(relation, where, ask.period.start)}) as t
        left join (select distinct visitor_id from hits
                   where event_name = 'app_remove' and event_at >= $start and event_at < $end) as r using (visitor_id)
        left join ({_present("app_days", "true", ask.period.end)}) as e on e.visitor_id = t.visitor_id and e.surface = t.surface
        group by t.surface order by t.surface""",
        **ask.moments,
    )


def _share(segment: Segment, pairs: Sequence[tuple[int, int]], conf_level: float) -> Row:
    """The row of a share; `pairs` are (part, whole) of the period and, if it is compared, of the base."""
    now = Side.of(stats.proportion(*pairs[0], conf_level=conf_level), pairs[0][0], float(pairs[0][1]), pairs[0][1])
    if len(pairs) == 1:
        return Row(segment=segment, now=now)
    part, whole = pairs[1]
    return Row(
        segment=segment,
        now=now,
        base=Side(part / whole if whole else nan, n_units=whole),
        change=stats.proportion_change(*pairs[0], part, whole, conf_level=conf_level),
        shortfall=shortfall_of(*pairs),
    )
