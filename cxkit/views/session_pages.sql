-- session_pages: one row per session and page that it viewed. Time counts for the page that an event names.
--   n_views: Views of the page in the session.
--   engagement_time_s: Seconds in the foreground on the page.
--   is_funnel_step: Something was put into a cart or checkout was begun on the page.
--   is_entry: The session began on the page.
--   is_exit: The session ended on the page.
--   leads_to_goal: A key event followed the page's first view.
with
pages as (
    select visitor_id, session_id, page,
           count(*) filter (where event_name = 'page_view')              as n_views,
           min(place) filter (where event_name = 'page_view')            as first_place,
           cast(sum(engagement_time_s) as decimal(18, 6))                as engagement_time_s,
           bool_or(event_name in ('add_to_cart', 'begin_checkout'))      as is_funnel_step
    from visit_hits
    where page is not null
    group by visitor_id, session_id, page
    having count(*) filter (where event_name = 'page_view') > 0
),

goals as (                                    -- where each session reached its last goal
    select visitor_id, session_id, max(place) as last_place
    from visit_hits
    where is_key_event
    group by visitor_id, session_id
)

select
    s.session_id, s.visitor_id, s.customer_id, s.surface, s.device_class, s.channel_group, s.is_new_visitor, s.started_at,
    p.page, p.n_views, p.engagement_time_s, p.is_funnel_step,
    p.page = s.entry_page                                                as is_entry,
    p.page = s.exit_page                                                 as is_exit,
    coalesce(g.last_place > p.first_place, false)                        as leads_to_goal
from pages as p
join sessions as s on s.visitor_id = p.visitor_id and s.session_id = p.session_id
left join goals as g on g.visitor_id = p.visitor_id and g.session_id = p.session_id
