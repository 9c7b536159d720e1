"""Engagement on web and app. One row of `sessions` is one visit; one row of `hits` is one event of a person."""

from functools import partial

from cxkit.metric import Metric

_EVENTS = ("events.event_at", "events.event_name", "events.visitor_id")
_ENGAGED = (*_EVENTS, "events.engagement_time_s")

visits = partial(Metric, view="sessions", cluster="visitor_id")
share_of_visits = partial(visits, recipe="PC", unit="share")
mean_per_visit = partial(visits, recipe="K")

SESSIONS = visits(
    id="sessions",
    title="Sessions",
    numerator="true",
    denominator=None,
    recipe="R",
    unit="count",
    better="up",
    definition="Visits that started in the period: the vendor's sessions where given, else cut after 30 minutes of silence.",
    source="GA4, Matomo",
    needs=_EVENTS,
    differs="Visits without consent have no visitor and are not counted; they are listed under data quality. "
    "Universal Analytics also cut visits at midnight.",
)

UNIQUE_VISITORS = visits(
    id="unique_visitors",
    title="Visitors",
    numerator="true",
    denominator=None,
    per_cluster=True,
    recipe="R",
    unit="count",
    better="up",
    definition="Distinct visitor ids with at least one session in the period. Not additive over days or segments.",
    source="GA4",
    needs=_EVENTS,
    differs="Counts devices or browsers, not persons: cleared cookies raise it.",
)

PAGE_VIEWS = Metric(
    id="page_views",
    title="Page views",
    view="hits",
    numerator="event_name = 'page_view'",
    denominator=None,
    cluster="coalesce(visitor_id, event_id)",
    recipe="R",
    unit="count",
    better="up",
    definition="Page views, reloads included; bots, internal traffic and staff left out.",
    source="GA4, Matomo",
    needs=("events.event_at", "events.event_name", "events.page"),
    time="event_at",
    differs="Views without consent are counted here but belong to no session.",
)

PAGES_PER_SESSION = visits(
    id="pages_per_session",
    title="Pages per session",
    numerator="n_page_views",
    recipe="PC",
    unit="ratio",
    better="up",
    definition="Page views ÷ sessions.",
    source="Matomo",
    needs=(*_EVENTS, "events.page"),
)

EVENTS_PER_SESSION = visits(
    id="events_per_session",
    title="Interactions per session",
    numerator="n_interactions",
    recipe="PC",
    unit="ratio",
    better="up",
    definition="Events that a person starts (click, scroll, form, play, search, share, poll) ÷ sessions.",
    source="own",
    needs=_EVENTS,
)

AVG_SESSION_DURATION = mean_per_visit(
    id="avg_session_duration",
    title="Session duration",
    numerator="duration_s",
    unit="seconds",
    definition="Seconds from the first to the last event ÷ sessions. Sessions of one event last 0 s and stay in.",
    source="GA4, Matomo",
    needs=_EVENTS,
    differs="The time on the last page is unknown without heartbeats. Capped at 24 hours.",
)

AVG_ENGAGEMENT_TIME = mean_per_visit(
    id="avg_engagement_time_per_session",
    title="Engagement time per session",
    numerator="engagement_time_s",
    unit="seconds",
    better="up",
    definition="Seconds in the foreground ÷ sessions.",
    source="GA4",
    needs=_ENGAGED,
    differs="Idle tabs do not count, so it is shorter than session duration and not comparable with it.",
)

SESSION_ENGAGEMENT_RATE = share_of_visits(
    id="session_engagement_rate",
    title="Engagement rate",
    numerator="is_engaged",
    better="up",
    definition="Engaged sessions ÷ sessions; engaged is 10 s in the foreground, 2 views or a key event.",
    source="GA4",
    needs=_ENGAGED,
)

BOUNCE_RATE = share_of_visits(
    id="bounce_rate",
    title="Bounce rate",
    numerator="not is_engaged",
    better="down",
    definition="Sessions that were not engaged ÷ sessions (engaged: 10 s in the foreground, 2 views or a key event).",
    source="GA4",
    needs=_ENGAGED,
    differs="Before 2023 Google Analytics counted single-page visits; that form is given beside it.",
)

SINGLE_PAGE_BOUNCE_RATE = share_of_visits(
    id="single_page_bounce_rate",
    title="Single-page bounce rate",
    numerator="n_page_views = 1 and n_interactions = 0",
    better="down",
    definition="Sessions with exactly one page view and no other interaction ÷ sessions.",
    source="Matomo, Universal Analytics",
    needs=(*_EVENTS, "events.page"),
)

SESSION_CONVERSION_RATE = share_of_visits(
    id="session_conversion_rate",
    title="Conversion, sessions",
    numerator="n_key_events > 0",
    better="up",
    definition="Sessions with at least one key event ÷ sessions. Two goals in one session count once.",
    source="GA4 (session key-event rate)",
    needs=_EVENTS,
)

USER_CONVERSION_RATE = share_of_visits(
    id="user_conversion_rate",
    title="Conversion, visitors",
    numerator="bool_or(n_key_events > 0)",
    per_cluster=True,
    better="up",
    definition="Visitors with at least one key event ÷ visitors.",
    source="GA4 (user key-event rate)",
    needs=_EVENTS,
)

VISIT_FREQUENCY = visits(
    id="visit_frequency",
    title="Sessions per visitor",
    numerator="count(*)",
    per_cluster=True,
    recipe="PC",
    unit="ratio",
    better="up",
    definition="Sessions ÷ distinct visitors of the period.",
    source="GA4",
    needs=_EVENTS,
)
