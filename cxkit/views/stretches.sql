-- stretches: one row per stretch of a visitor's events without a silence of more than 30 minutes.
-- Silences are counted in UTC: local time jumps twice a year. Visitors whose every event has the vendor's session need none.
--   begins_at: First event of the stretch, in UTC.
--   stretch_no: Number of the stretch among the visitor's, from 1.
--   next_begins_at: First event of the next one, in UTC; the year 9999 for the last.
with
silences as (                                 -- how long nothing had happened before each moment of a visitor
    select visitor_id, event_at_utc,
           event_at_utc - lag(event_at_utc) over (partition by visitor_id order by event_at_utc) as silence
    from hits
    where visitor_id in (select visitor_id from hits where session_id is null)
)

select visitor_id, event_at_utc as begins_at,
       row_number() over by_time as stretch_no,
       coalesce(lead(event_at_utc) over by_time, timestamp '9999-12-31') as next_begins_at
from silences
where silence is null or silence > interval 30 minute
window by_time as (partition by visitor_id order by event_at_utc)
