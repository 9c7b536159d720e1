-- message_moments: one row per message event, with when its message went out and whether a machine did it.
-- What took how long is counted in UTC, as local time jumps twice a year; moments without _utc are local, for the reader.
-- Where nobody flags machines, a filter is who clicked every link of a campaign (two or more) within 10 seconds of arrival.
--   arrived_at_utc: When its message arrived, in UTC, as near as the data tell.
--   sent_at: When its message went out, as near as the data tell.
--   is_machine: Done by a privacy proxy or scanner, as flagged or as the clicks show.
with
messages as (
    select
        campaign_id, recipient_id,
        min(event_at_utc) filter (where event_type = 'sent')                as sent_at_utc,
        min(event_at_utc) filter (where event_type = 'delivered')           as delivered_at_utc,
        min(event_at_utc)                                                   as first_at_utc
    from message_events
    group by campaign_id, recipient_id
),

links as (
    select campaign_id, count(distinct link) as n_links
    from message_events
    where event_type = 'click'
    group by campaign_id
),

filters as (
    select campaign_id, recipient_id
    from message_events
    join messages using (campaign_id, recipient_id)
    join links using (campaign_id)
    where event_type = 'click' and is_machine is null
      and event_at_utc <= coalesce(delivered_at_utc, messages.sent_at_utc) + interval 10 second
    group by campaign_id, recipient_id, n_links
    having n_links >= 2 and count(distinct link) = n_links
)

select
    e.message_event_id, e.campaign_id, e.recipient_id, c.channel, e.event_at, e.event_at_utc, e.event_type,
    coalesce(m.sent_at_utc, m.delivered_at_utc, c.sent_at_utc, m.first_at_utc) as sent_at_utc,
    coalesce(m.delivered_at_utc, m.sent_at_utc, c.sent_at_utc, m.first_at_utc) as arrived_at_utc,
    local_time(coalesce(m.sent_at_utc, m.delivered_at_utc, c.sent_at_utc, m.first_at_utc)) as sent_at,
    coalesce(e.is_machine,
             e.event_type = 'click' and f.recipient_id is not null
             and e.event_at_utc <= coalesce(m.delivered_at_utc, m.sent_at_utc) + interval 10 second) as is_machine,
    coalesce(e.is_content_link, true)                                       as is_content_link,
    e.mail_client, e.value_amount
from message_events as e
join messages as m on m.campaign_id = e.campaign_id and m.recipient_id = e.recipient_id
left join filters as f on f.campaign_id = e.campaign_id and f.recipient_id = e.recipient_id
left join campaigns as c on c.campaign_id = e.campaign_id
