-- app_sessions: one row per app session, with its screens: the same screen again within 1 s is one view (a turned phone).
--   engagement_time_s: Seconds in the foreground during the session.
--   n_screens: Screens viewed; the same screen again within 1 s is one view.
with
screens as (
    select
        visitor_id, session_id, event_at_utc,
        coalesce(screen = lag(screen) over moves
                 and event_at_utc < lag(event_at_utc) over moves + interval 1 second, false) as is_repeat
    from hits
    where event_name = 'screen_view' and surface in ('ios', 'android') and visitor_id is not null
    window moves as (partition by visitor_id order by event_at_utc, event_id)
),

repeats as (
    select s.session_id, s.visitor_id, count(*) as n_repeats
    from screens as r
    join sessions as s
      on s.visitor_id = r.visitor_id
     and (r.session_id = s.session_id
          or r.session_id is null and r.event_at_utc between s.started_at_utc and s.ended_at_utc
             and s.session_id like s.visitor_id || '#%')
    where r.is_repeat
    group by s.session_id, s.visitor_id
)

select
    s.session_id, s.visitor_id, s.customer_id, s.surface, s.device_class, s.started_at, s.ended_at, s.duration_s,
    s.engagement_time_s, s.n_interactions, s.n_key_events, s.session_no, s.is_new_visitor,
    s.n_screen_views - coalesce(r.n_repeats, 0)                             as n_screens
from sessions as s
left join repeats as r on r.session_id = s.session_id and r.visitor_id = s.visitor_id
where s.surface in ('ios', 'android')
