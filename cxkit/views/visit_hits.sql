-- visit_hits: one row per event of an identified visitor, with the session that it belongs to.
-- The vendor's session_id wins; without one a session ends after 30 minutes of silence (stretch_no counts those).
-- place orders the events of a visitor in time; ties are broken by event_id. It is microseconds times 2^32 plus the number of the tie, one
-- number and not a pair, because the first and last of a pair take the engine nearly three times as long to find.
--   session_id: The session: the vendor's, else visitor and stretch joined.
--   given_session_id: The vendor's session; null: none.
--   stretch_no: Number of the session among the visitor's where the vendor gives none; see `stretches`.
--   place: Orders the visitor's events in time, as one number.
select
    hits.* exclude (session_id),
    coalesce(session_id, hits.visitor_id || '#' || cast(stretches.stretch_no as varchar)) as session_id,
    session_id                                                           as given_session_id,
    case when session_id is null then stretches.stretch_no end           as stretch_no,
    cast(epoch_us(event_at_utc) as hugeint) * 4294967296 + coalesce(tie_no, 0) as place
from hits
left join stretches
       on session_id is null
      and stretches.visitor_id = hits.visitor_id and event_at_utc >= begins_at and event_at_utc < next_begins_at
left join ties on ties.event_id = hits.event_id
where hits.visitor_id is not null
