-- session_actions: one row per session, with the kinds of interactions and the goals in it, and whether assistive technology was told of.
--   actions: Names of the session's interactions, each once, in no order.
--   goals: Names of the session's key events, each once, in no order.
--   assistive: Assistive technology was in use; null: not told.
with
actions as (
    select visitor_id, session_id,
           list(distinct event_name order by event_name) filter (where is_interaction)       as actions,
           list(distinct event_name order by event_name) filter (where is_key_event)         as goals,
           bool_or(assistive)                                            as assistive
    from visit_hits
    where is_interaction or is_key_event or assistive is not null
    group by visitor_id, session_id
)

select
    s.*,
    coalesce(a.actions, [])                                              as actions,
    coalesce(a.goals, [])                                                as goals,
    a.assistive
from sessions as s
left join actions as a on a.visitor_id = s.visitor_id and a.session_id = s.session_id
