"""Figures of visits with a row for each part: kinds of interactions, goals, channels, devices, surfaces."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from cxkit import stats
from cxkit.dataset.source import Source
from cxkit.engine.duckdb import literal
from cxkit.measurement.parts import measure_parts
from cxkit.measurement.scope import scope
from cxkit.metric import Metric
from cxkit.period import Period

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


def interaction_rate_by_type(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Visits with at least one interaction of a kind ÷ visits, most frequent first; Holm over the kinds.

    Returns
    -------
    DataFrame, one row a kind of interaction
        For `measure`: segment `event_name=…`. p_value is adjusted within the family, as the test says.
    """
    return _by_list(source, "actions", period, base, segment, conf_level)


def goal_conversion_rate(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Visits that reached a goal ÷ visits, one row a goal; Holm over the goals.

    Returns
    -------
    DataFrame, one row a goal
        For `measure`: segment `event_name=…`. p_value is adjusted within the family, as the test says.
    """
    return _by_list(source, "goals", period, base, segment, conf_level)


def channel_mix(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Share of each channel in the visits. Intervals hold for all channels at once (Goodman), widened for visitors who come again.

    Returns
    -------
    DataFrame, one row a channel, largest first
        For `measure`: segment `channel_group=…`, numerator and denominator visits, n_units visitors. Changes are tested with visitors
        as the independent unit; Holm over the channels.
    """
    found = _values(source, "sessions", "channel_group", period, segment)
    parts = {
        ("channel_group", name): _share(id=f"channel {place}", view="sessions", numerator=f"channel_group = {literal(name)}")
        for place, name in enumerate(found)
    }  # fmt: skip
    frame = _holm(measure_parts(source, parts, period, base, segment=segment, conf_level=conf_level), "channels")
    for prefix in ("", "base_") if base and len(frame) else ("",):
        if len(frame) and frame[f"{prefix}numerator"].notna().all():
            # Visits of one visitor come by alike channels: as many visits as there are visitors are independent.
            scale = frame[f"{prefix}n_units"] / frame[f"{prefix}denominator"]
            shares = stats.class_shares(list(frame[f"{prefix}numerator"] * scale), conf_level=conf_level)
            frame[f"{prefix}ci_low"], frame[f"{prefix}ci_high"] = [s.low for s in shares], [s.high for s in shares]
            if not prefix:
                frame["ci_method"] = [f"{s.method}, visitors" for s in shares]
    return frame


def device_breakdown(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Conversion of visits by kind of device and, where visitors told of it, by use of assistive technology; Holm over the rows.

    Returns
    -------
    DataFrame, one row a kind of device
        For `measure`: segment `device_class=…` or `assistive=…`.
    """
    wanted = [("device_class", name) for name in _values(source, "sessions", "device_class", period, segment)]
    if source.has("events", "assistive"):
        named = _values(source, "session_actions", "cast(assistive as varchar)", period, segment)
        wanted += [("assistive", name) for name in named]
    parts = {
        (column, name): _share(
            id=f"device {place}", view="session_actions", numerator="n_key_events > 0",
            denominator=f"case when cast({column} as varchar) = {literal(name)} then 1 end",
        )
        for place, (column, name) in enumerate(wanted)
    }  # fmt: skip
    return _holm(measure_parts(source, parts, period, base, segment=segment, conf_level=conf_level), "devices")


def time_spent_per_user(
    source: Source, period: Period, base: Period | None = None, *, segment: str = "", conf_level: float = 0.95
) -> pd.DataFrame:
    """Seconds a person spent: in all, and apart on the web, in the app and in calls; the parts add up to the whole.

    Foreground time on web and app, first to last event of a call. Everybody active anywhere is in each denominator.

    Returns
    -------
    DataFrame, four rows
        For `measure`: segment "" and `surface=web`, `surface=app`, `surface=call`.
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
    return measure_parts(source, parts, period, base, segment=segment, conf_level=conf_level)


def _by_list(
    source: Source, column: str, period: Period, base: Period | None, segment: str, conf_level: float
) -> pd.DataFrame:
    """Share of the visits that have an entry in a list, for every entry that occurs."""
    found = _values(source, "session_actions", f"unnest({column})", period, segment)
    parts = {
        ("event_name", name): _share(id=f"kind {place}", view="session_actions", numerator=f"list_contains({column}, {literal(name)})")
        for place, name in enumerate(found)
    }  # fmt: skip
    return _holm(measure_parts(source, parts, period, base, segment=segment, conf_level=conf_level), column)


def _values(source: Source, view: str, value: str, period: Period, segment: str) -> Sequence[str]:
    """Values that occur in the period, most frequent first."""
    relation, where, _ = scope(source, view, None, segment)
    found = source.sql(
        f"""
        select value, count(*) as n
        from (select {value} as value from {relation} where started_at >= $start and started_at < $end and ({where}))
        where value is not null
        group by value
        order by n desc, value""",
        start=period.start,
        end=period.end,
    )
    return [str(value) for value in found.value]


def _holm(frame: pd.DataFrame, family: str) -> pd.DataFrame:
    """Adjust the p-values of a short family where they arise; the report's own correction comes on top."""
    if "p_value" not in frame or frame.empty:
        return frame
    testable = frame.shortfall.fillna("") == ""
    adjusted, n_tests = stats.adjust(frame.p_value.where(testable).to_numpy(float), method="holm")
    if n_tests < 2:
        return frame
    return frame.assign(
        p_value=adjusted, test=frame.test.where(~testable, frame.test + f"; Holm over {n_tests} {family}")
    )
