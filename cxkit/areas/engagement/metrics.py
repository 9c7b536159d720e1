"""Engagement on web and app. One row of `sessions` is one visit; one row of `hits` is one event of a person."""

from functools import partial

from cxkit.areas.engagement import engagement_score, frequency, growth, pages
from cxkit.areas.engagement.visits import (
    channel_mix,
    device_breakdown,
    goal_conversion_rate,
    interaction_rate_by_type,
    time_spent_per_user,
)
from cxkit.metric import Described, Metric

_EVENTS = ("events.event_at", "events.event_name", "events.visitor_id")
_ENGAGED = (*_EVENTS, "events.engagement_time_s")
_PAGES = (*_EVENTS, "events.page")

visits = partial(Metric, view="sessions", cluster="visitor_id")
share_of_visits = partial(visits, recipe="clustered_ratio", unit="share")
mean_per_visit = partial(visits, recipe="heavy_tailed_mean")

SESSIONS = visits(
    id="sessions",
    title="Sessions",
    numerator="true",
    denominator=None,
    recipe="count_rate",
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
    recipe="count_rate",
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
    recipe="count_rate",
    unit="count",
    better="up",
    definition="Page views, reloads included; bots, internal traffic and staff left out.",
    source="GA4, Matomo",
    needs=("events.event_at", "events.event_name", "events.page"),
    time="event_at",
    differs="Views without consent are counted here but belong to no session.",
)

of_pages = partial(
    Metric,
    view="session_pages",
    cluster="visitor_id",
    denominator=None,
    recipe="count_rate",
    unit="count",
    needs=_PAGES,
)

UNIQUE_PAGE_VIEWS = of_pages(
    id="unique_page_views",
    title="Unique page views",
    numerator="true",
    better="up",
    definition="Distinct pairs of session and page: a page viewed three times in one visit counts once.",
    source="Universal Analytics",
)

ENTRANCES = of_pages(
    id="entrances",
    title="Entrances",
    numerator="is_entry",
    better="up",
    definition="Sessions by the page that they began on; in all, sessions with a page view.",
    source="GA4",
)

EXIT_RATE = Described(
    id="exit_rate",
    title="Exit rate",
    function=pages.exit_rate,
    unit="share",
    better="down",
    definition="Sessions whose last page it was ÷ sessions that included it, page by page. Changes are judged inside the funnel only: where "
    "things are put into the cart or a checkout begins.",
    source="Matomo",
    needs=_PAGES,
    differs="Universal Analytics divided by page views, reloads included. Site-wide the figure means nothing: every visit ends.",
)

PAGE_VALUE = Described(
    id="page_value_table",
    title="Goal after view",
    function=pages.page_value,
    unit="share",
    better="up",
    definition="Sessions that reached a goal after viewing the page ÷ sessions that viewed it. What comes after is not caused by it.",
    source="own",
    needs=_PAGES,
)

PAGES_PER_SESSION = visits(
    id="pages_per_session",
    title="Pages per session",
    numerator="n_page_views",
    recipe="clustered_ratio",
    unit="ratio",
    better="up",
    definition="Page views ÷ sessions.",
    source="Matomo",
    needs=_PAGES,
)

EVENTS_PER_SESSION = visits(
    id="events_per_session",
    title="Interactions per session",
    numerator="n_interactions",
    recipe="clustered_ratio",
    unit="ratio",
    better="up",
    definition="Events that a person starts (click, scroll, form, play, search, share, poll) ÷ sessions.",
    source="own",
    needs=_EVENTS,
)

INTERACTION_RATE = share_of_visits(
    id="interaction_rate",
    title="Interaction rate",
    numerator="n_interactions > 0",
    better="up",
    definition="Sessions with at least one interaction of any kind ÷ sessions.",
    source="own",
    needs=_EVENTS,
)

INTERACTION_RATE_BY_TYPE = Described(
    id="interaction_rate_by_type",
    title="Interaction rate by kind",
    function=interaction_rate_by_type,
    unit="share",
    better="up",
    definition="Sessions with at least one interaction of the kind ÷ sessions; Holm over the kinds.",
    source="own",
    needs=_EVENTS,
)

WEIGHTED_ENGAGEMENT_SCORE = Described(
    id="weighted_engagement_score",
    title="Engagement score",
    function=engagement_score.weighted_engagement_score,
    unit="score",
    better="up",
    definition="Points per person in the last 28 days of the period: Σ weight × events of a kind, 20 of a kind at most. The weights are the "
    "company's choice, in dataset.yml; persons are ranked by percentile.",
    source="own",
    needs=_EVENTS,
    differs="With other weights it is another figure; the sensitivity beside it says how far people would be ranked otherwise.",
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

ZERO_LENGTH_SHARE = share_of_visits(
    id="zero_length_session_share",
    title="Sessions of 0 seconds",
    numerator="duration_s = 0",
    definition="Sessions of a single moment ÷ sessions. They stay in the mean duration.",
    source="own",
    needs=_EVENTS,
)

MEDIAN_SESSION_DURATION = Metric(
    id="median_session_duration",
    title="Session duration, half are longer",
    view="sessions",
    numerator="nullif(duration_s, 0)",
    recipe="skewed_time",
    unit="seconds",
    definition="Median of the sessions longer than 0 seconds (geometric mean below 25 of them).",
    source="own",
    needs=_EVENTS,
    differs="Sessions are taken as independent; who visits often weighs more.",
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
    needs=_PAGES,
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
    recipe="clustered_ratio",
    unit="ratio",
    better="up",
    definition="Sessions ÷ distinct visitors of the period.",
    source="GA4",
    needs=_EVENTS,
)

GOAL_CONVERSION_RATE = Described(
    id="goal_conversion_rate",
    title="Conversion per goal",
    function=goal_conversion_rate,
    unit="share",
    better="up",
    definition="Sessions that reached the goal ÷ sessions, one row a key event; Holm over the goals.",
    source="GA4 (session key-event rate of one event)",
    needs=_EVENTS,
)

NEW_VS_RETURNING = share_of_visits(
    id="new_vs_returning",
    title="New visitors",
    numerator="bool_or(is_new_visitor)",
    per_cluster=True,
    recipe="proportion",
    definition="Visitors whose first visit ever fell in the period ÷ visitors; the others are returning. A visitor's first session in the "
    "period decides.",
    source="GA4, Matomo",
    needs=_EVENTS,
    differs="Before the data began nobody is known, so early periods look newer than they were; cleared cookies make returning people new.",
)

VISIT_RECENCY = Described(
    id="visit_recency",
    title="Days since the last visit",
    function=frequency.visit_recency,
    unit="days",
    better="down",
    is_median=True,
    definition="Median over the period's visitors of the days from their last visit to the period's end.",
    source="own",
    needs=_EVENTS,
    differs="Who did not come in the period is not in it; it cannot exceed the period's length.",
)

ACTIVE_USERS = Described(
    id="active_users",
    title="Active visitors",
    function=frequency.active_users,
    unit="count",
    better="up",
    definition="Distinct visitors with an engaged or a first visit: mean per day (DAU), in the 7 days (WAU) and the 30 days (MAU) up to the "
    "period's end.",
    source="GA4",
    needs=_EVENTS,
    differs="Some tools take 28 days for a month; then every weekday counts alike.",
)

STICKINESS = Described(
    id="stickiness",
    title="Stickiness",
    function=frequency.stickiness,
    unit="share",
    better="up",
    definition="Mean over the period's days of visitors active that day ÷ visitors active in the 30 days up to it (DAU ÷ MAU).",
    source="GA4",
    needs=_EVENTS,
    differs="The ratio of a single last day swings with the weekday; this is the mean of the daily ratios.",
)

REFERRAL_TRAFFIC_SHARE = share_of_visits(
    id="referral_traffic_share",
    title="Referral traffic",
    numerator="channel_group = 'referral'",
    definition="Sessions that came by a link on another site ÷ sessions. Social networks, search and e-mail have channels of their own.",
    source="GA4 default channel group",
    needs=(*_EVENTS, "events.channel_group or events.referrer_domain or events.utm_medium"),
    differs="A payment provider that sends people back counts as a referral unless the source names the channel otherwise.",
)

CHANNEL_MIX = Described(
    id="channel_mix",
    title="Channel mix",
    function=channel_mix,
    unit="share",
    definition="Sessions of a channel ÷ sessions. Intervals hold for all channels at once (Goodman); direct means unknown.",
    source="GA4 default channel group",
    needs=REFERRAL_TRAFFIC_SHARE.needs,
)

TRAFFIC_GROWTH_RATE = Described(
    id="traffic_growth_rate",
    title="Traffic growth",
    function=growth.traffic_growth_rate,
    unit="share",
    better="up",
    definition="(Now − then) ÷ then, for sessions and visitors; then is as many days with the same weekdays, just before and a year before. "
    "No figure where then is below 30.",
    source="own",
    needs=_EVENTS,
    differs="Two calendar months compared raw differ by their weekends already.",
)

click_through = partial(
    Metric,
    view="hits",
    time="event_at",
    recipe="clustered_ratio",
    unit="share",
    better="up",
    source="own",
    needs=_EVENTS,
    differs="Impressions count as logged, seen or not. A click on an own module is known as custom:module_click only.",
)
_SHOWN, _CLICKED = (
    "event_name in ('ad_impression', 'module_impression')",
    "event_name in ('ad_click', 'custom:module_click')",
)

CLICK_THROUGH_RATE = click_through(
    id="click_through_rate",
    title="Click-through rate",
    cluster="coalesce(visitor_id, event_id)",
    numerator=_CLICKED,
    denominator=_SHOWN,
    definition="Clicks on ads and own modules ÷ their impressions.",
)

UNIQUE_CLICK_THROUGH_RATE = click_through(
    id="click_through_rate_visitors",
    title="Click-through rate, visitors",
    cluster="visitor_id",
    per_cluster=True,
    numerator=f"bool_or({_CLICKED}) and bool_or({_SHOWN})",
    denominator=f"bool_or({_SHOWN})",
    definition="Visitors who clicked on an ad or module ÷ visitors who were shown one.",
)

DEVICE_BREAKDOWN = Described(
    id="device_breakdown",
    title="Conversion by device",
    function=device_breakdown,
    unit="share",
    better="up",
    definition="Sessions with a key event ÷ sessions, by kind of device and, where visitors agreed to tell, by assistive technology; Holm over "
    "the rows.",
    source="own",
    needs=(*_EVENTS, "events.device_class or events.assistive"),
)

TIME_SPENT_PER_USER = Described(
    id="time_spent_per_user",
    title="Time spent per person",
    function=time_spent_per_user,
    unit="seconds",
    definition="Seconds in the foreground on web and app and in calls ÷ people active anywhere, in all and by surface. Longer is not better: "
    "read it beside conversion and bounces.",
    source="own",
    needs=_ENGAGED,
)

FIGURES = (
    PAGE_VIEWS, UNIQUE_PAGE_VIEWS, ENTRANCES, PAGES_PER_SESSION, EVENTS_PER_SESSION, INTERACTION_RATE, VISIT_FREQUENCY, VISIT_RECENCY,
    AVG_SESSION_DURATION, ZERO_LENGTH_SHARE, MEDIAN_SESSION_DURATION, AVG_ENGAGEMENT_TIME, SESSION_ENGAGEMENT_RATE, BOUNCE_RATE,
    SINGLE_PAGE_BOUNCE_RATE, SESSION_CONVERSION_RATE, USER_CONVERSION_RATE, REFERRAL_TRAFFIC_SHARE, CLICK_THROUGH_RATE,
    UNIQUE_CLICK_THROUGH_RATE,
)  # fmt: skip
