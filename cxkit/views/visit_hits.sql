-- visit_hits: one row per event of an identified visitor, with the visit that it belongs to.
-- The vendor's session_id wins; without one a visit ends after 30 minutes of silence (stretch_no counts those).
-- place orders the events of a visitor in time; ties are broken by event_id.
select
    hits.* exclude (session_id),
    coalesce(session_id, hits.visitor_id || '#' || cast(stretches.stretch_no as varchar)) as session_id,
    session_id                                                           as given_session_id,
    case when session_id is null then stretches.stretch_no end           as stretch_no,
    (event_at_utc, event_id)                                             as place
from hits
join stretches
  on stretches.visitor_id = hits.visitor_id and event_at_utc >= begins_at and event_at_utc < next_begins_at
