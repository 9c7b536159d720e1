-- ties: one row per event at whose very instant the same visitor has another event: tie_no counts them by event_id, from 1.
-- (Instants are found by hash, eight bytes each; an event whose hash another shares by chance has tie_no 1, as if it stood alone.)
--   tie_no: Number among the visitor's events of the same instant, from 1.
with
twice as (
    select hash(visitor_id, event_at_utc) as instant
    from hits
    where visitor_id is not null
    group by hash(visitor_id, event_at_utc)
    having count(*) > 1
)

select event_id, row_number() over (partition by visitor_id, event_at_utc order by event_id) as tie_no
from hits
where visitor_id is not null and hash(visitor_id, event_at_utc) in (select instant from twice)
