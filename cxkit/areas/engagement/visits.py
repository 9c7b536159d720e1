"""Figures of visits with a row for each part: kinds of interactions, goals, channels, devices, surfaces."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from math import nan

from cxkit import stats
from cxkit.engine.duckdb import literal
from cxkit.measurement.ask import Ask
from cxkit.measurement.parts import rows_by_part
from cxkit.metric import Metric
from cxkit.row import Row, Side

PERSON = "coalesce(customer_id, visitor_id)"  # who logs in is one person on web, in the app and in calls
_EVENTS = ("events.event_at", "events.event_name", "events.visitor_id")
_share = partial(
    Metric,
    title="",
    cluster="visitor_id",
    recipe="clustered_ratio",
    unit="share",
    definition="",
    source="own",
    needs=_EVENTS,
)
APP = "surface in ('ios', 'android')"
SURFACES = {"web": "surface = 'web'", "app": APP, "call": "surface = 'call'"}


def interaction_rate_by_type(ask: Ask) -> list[Row]:
    """Visits with at least one interaction of a kind ÷ visits, most frequent first; Holm over the kinds.

    Returns
    -------
    list of Row, one a kind of interaction
        Segment `event_name=…`. p_value is adjusted within the family, as the test says.
    """
    return _by_list(ask, "actions")


def goal_conversion_rate(ask: Ask) -> list[Row]:
    """Visits that reached a goal ÷ visits, one row a goal; Holm over the goals.

    Returns
    -------
    list of Row, one a goal
        Segment `event_name=…`. p_value is adjusted within the family, as the test says.
    """
    return _by_list(ask, "goals")


def channel_mix(ask: Ask) -> list[Row]:
    """Share of each channel in the visits. Intervals hold for all channels at once (Goodman), widened for visitors who come again.

    Returns
    -------
    list of Row, one a channel, largest first
        Segment `channel_group=…`, numerator and denominator visits, n_units visitors. Changes are tested with visitors
        as the independent unit; Holm over the channels.
    """
    found = _values(ask, "sessions", "channel_group")
    parts = {
        ("channel_group", name): _share(id=f"channel {place}", view="sessions", numerator=f"channel_group = {literal(name)}")
        for place, name in enumerate(found)
    }  # fmt: skip
    rows = _holm(rows_by_part(ask, parts), "channels")
    now = _at_once([row.now for row in rows], ask.conf_level)
    if not all(row.base for row in rows):
        return [replace(row, now=side) for row, side in zip(rows, now, strict=True)]
    # The method names the intervals of the period.
    then = _at_once([row.base for row in rows if row.base], ask.conf_level)
    return [replace(row, now=side, base=before) for row, side, before in zip(rows, now, then, strict=True)]


def _at_once(sides: Sequence[Side], conf_level: float) -> list[Side]:
    """Shares of one whole with intervals that hold for all at once; as many visits as there are visitors are independent, for those of one come by alike channels."""
    scaled = [side.numerator * side.n_units / side.denominator for side in sides]
    shares = stats.class_shares(scaled, conf_level=conf_level) if sides else []
    return [
        replace(side, low=share.low, high=share.high, method=f"{share.method}, visitors")
        for side, share in zip(sides, shares, strict=True)
    ]


def device_breakdown(ask: Ask) -> list[Row]:
    """Conversion of visits by kind of device and, where visitors told of it, by use of assistive technology; Holm over the rows.

    Returns
    -------
    list of Row, one a kind of device
        Segment `device_class=…` or `assistive=…`.
    """
    wanted = [("device_class", name) for name in _values(ask, "sessions", "device_class")]
    if ask.source.has("events", "assistive"):
        named = _values(ask, "session_actions", "cast(assistive as varchar)")
        wanted += [("assistive", name) for name in named]
    parts = {
        (column, name): _share(
            id=f"device {place}", view="session_actions", numerator="n_key_events > 0",
            denominator=f"case when cast({column} as varchar) = {literal(name)} then 1 end",
        )
        for place, (column, name) in enumerate(wanted)
    }  # fmt: skip
    return _holm(rows_by_part(ask, parts), "devices")


def time_spent_per_user(ask: Ask) -> list[Row]:
    """Seconds a person spent: in all, and apart on the web, in the app and in calls; the parts add up to the whole.

    Foreground time on web and app, first to last event of a call. Everybody active anywhere is in each denominator.

    Returns
    -------
    list of Row, four
        Segment "" and `surface=web`, `surface=app`, `surface=call`.
    """
    seconds = "case when surface = 'call' then duration_s else engagement_time_s end"
    kinds = {("", ""): "true", **{("surface", name): condition for name, condition in SURFACES.items()}}
    parts = {
        part: Metric(
            id=f"time {place}", title="", view="sessions", cluster=PERSON, per_cluster=True, recipe="heavy_tailed_mean", unit="seconds",
            numerator=f"coalesce(sum({seconds}) filter (where {condition}), 0)", definition="", source="own", needs=_EVENTS,
        )
        for place, (part, condition) in enumerate(kinds.items())
    }  # fmt: skip
    return rows_by_part(ask, parts)


def _by_list(ask: Ask, column: str) -> list[Row]:
    """Share of the visits that have an entry in a list, for every entry that occurs."""
    found = _values(ask, "session_actions", f"unnest({column})")
    parts = {
        ("event_name", name): _share(id=f"kind {place}", view="session_actions", numerator=f"list_contains({column}, {literal(name)})")
        for place, name in enumerate(found)
    }  # fmt: skip
    return _holm(rows_by_part(ask, parts), column)


def _values(ask: Ask, view: str, value: str) -> Sequence[str]:
    """Values that occur in the period, most frequent first."""
    relation, where, _ = ask.scope(view)
    found = ask.source.sql(
        f"""
        select value, count(*) as n
        from (select {value} as value from {relation} where started_at >= $start and started_at < $end and ({where}))
        where value is not null
        group by value
        order by n desc, value""",
        **ask.days,
    )
    return [str(value) for value in found.value]


def _holm(rows: list[Row], family: str) -> list[Row]:
    """Adjust the p-values of a short family where they arise; the report's own correction comes on top."""
    p_values = [nan if row.shortfall else row.change.p_value for row in rows]
    adjusted, n_tests = stats.adjust(p_values, method="holm")
    if n_tests < 2:
        return rows
    said = f"; Holm over {n_tests} {family}"
    return [
        row if row.shortfall else replace(row, change=row.change._replace(p_value=p, method=row.change.method + said))
        for row, p in zip(rows, adjusted, strict=True)
    ]
