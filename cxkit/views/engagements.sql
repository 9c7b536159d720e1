-- engagements: one row per engagement of a known customer, over all channels: a session, an answer to a message, a call, a contact.
-- A message counts once, when a person first opened, clicked or answered it.
--   customer_id: The customer.
--   engaged_at: Time of the engagement.
--   channel: Channel: web, app, store, service, or the channel of the message.
with
answers as (
    select
        d.customer_id, m.channel,
        min(m.event_at)                                                     as engaged_at
    from message_moments as m
    join deliveries as d using (campaign_id, recipient_id)
    where d.customer_id is not null and not m.is_machine
      and (m.event_type in ('open', 'direct_open', 'in_app_click', 'reply') or m.event_type = 'click' and m.is_content_link)
    group by d.customer_id, m.channel, m.campaign_id
)

select
    customer_id, started_at                                                 as engaged_at,
    case when surface in ('ios', 'android') then 'app' else surface end     as channel
from sessions
where customer_id is not null
union all by name
select customer_id, engaged_at, channel from answers
union all by name
select customer_id, created_at as engaged_at, 'service' as channel from tickets where customer_id is not null
union all by name
select customer_id, ordered_at as engaged_at, 'store' as channel
from purchases
where sales_channel = 'store' and customer_id is not null
