-- sessions: one row per session of one visitor.
-- Durations are counted in UTC (local time jumps twice a year); started_at and ended_at are local.
--   session_id: The session; where events carry none, visitor and a number joined.
--   customer_id: The customer, by the session's first event that knows one.
--   started_at: Time of the first event.
--   ended_at: Time of the last event.
--   duration_s: Seconds from the first to the last event, one day at most.
--   engagement_time_s: Seconds in the foreground during the session.
--   n_page_views: Page views, repeated ones too.
--   n_screen_views: Screen views of the app, repeated ones too.
--   n_interactions: Events that the visitor did, as against automatic ones.
--   n_key_events: Events that count as conversions.
--   entry_page: First page viewed; null: none.
--   exit_page: Last page viewed.
--   device_class: Kind of device; `unknown` where not told.
--   channel_group: Channel of the session: as the events say, else from campaign tags and referrer.
--   session_no: Number of the session among the visitor's, from 1.
--   is_new_visitor: The visitor's first session in the data.
--   is_engaged: 10 s in the foreground, two page or screen views, or a key event.
with
visits as (
    select
        visitor_id,
        coalesce(given_session_id, visitor_id || '#' || cast(stretch_no as varchar)) as session_id,
        min(event_at_utc)                                                       as started_at_utc,
        max(event_at_utc)                                                       as ended_at_utc,
        arg_min(customer_id, place) filter (where customer_id is not null)         as customer_id,
        arg_min(surface, place)                                                    as surface,
        arg_min(device_class, place) filter (where device_class is not null)       as device_class,
        cast(sum(engagement_time_s) as decimal(18, 6))                          as engagement_time_s,
        count(*) filter (where event_name = 'page_view')                        as n_page_views,
        count(*) filter (where event_name = 'screen_view')                      as n_screen_views,
        count(*) filter (where is_interaction)                                  as n_interactions,
        count(*) filter (where is_key_event)                                    as n_key_events,
        arg_min(page, place) filter (where event_name = 'page_view')               as entry_page,
        arg_max(page, place) filter (where event_name = 'page_view')               as exit_page,
        arg_min(channel_group, place) filter (where channel_group is not null)     as given_channel,
        lower(arg_min(utm_medium, place) filter (where utm_medium is not null))    as medium,
        lower(arg_min(utm_source, place) filter (where utm_source is not null))    as traffic_source,
        lower(arg_min(referrer_domain, place) filter (where referrer_domain is not null)) as referrer
    from visit_hits
    group by visitor_id, given_session_id, stretch_no
)

select
    session_id, visitor_id, customer_id, surface,
    local_time(started_at_utc) as started_at, local_time(ended_at_utc) as ended_at, started_at_utc, ended_at_utc,
    cast(least(date_diff('microsecond', started_at_utc, ended_at_utc), 86400000000) / 1000000 as decimal(18, 6))
                                                                   as duration_s,   -- a session of days is a lost clock
    engagement_time_s, n_page_views, n_screen_views, n_interactions, n_key_events,
    entry_page, exit_page,
    coalesce(device_class, 'unknown')                              as device_class,
    case                                                           -- the default channel groups, coarse
        when given_channel is not null                              then given_channel
        when medium in ('email', 'e-mail', 'newsletter')            then 'email'
        when medium in ('affiliate', 'affiliates')                  then 'affiliate'
        when medium in ('display', 'banner', 'cpm')                 then 'display'
        when medium in ('cpc', 'ppc', 'paid', 'paidsearch')         then 'paid_search'
        when medium in ('paid_social', 'paidsocial', 'cpc_social')  then 'paid_social'
        when medium in ('social', 'social-media', 'sm')
          or regexp_matches(coalesce(referrer, traffic_source, ''),
               '(^|\.)(facebook|instagram|linkedin|pinterest|reddit|tiktok|twitter|youtube|x)\.|^t\.co$')
                                                                    then 'organic_social'
        when medium = 'organic'
          or regexp_matches(coalesce(referrer, ''), '(^|\.)(google|bing|duckduckgo|yahoo|ecosia|yandex|baidu)\.')
                                                                    then 'organic_search'
        when medium = 'referral' or referrer is not null            then 'referral'
        when medium is null and traffic_source is null              then 'direct'
        else 'other'
    end                                                            as channel_group,
    row_number() over visit_order                                  as session_no,
    row_number() over visit_order = 1                              as is_new_visitor,
    engagement_time_s >= 10 or n_page_views + n_screen_views >= 2 or n_key_events >= 1 as is_engaged
from visits
window visit_order as (partition by visitor_id order by started_at_utc, session_id)
