-- touches: one row per touch of a person with the company, over all channels, joined to one customer through `known_ids`.
-- customer_id is null where no link is known; id_value is then all there is. The link is the one valid at the time of the touch.
-- A session is one touch, a message one for each thing that became of it, a response, a ticket, an order and an invitation one each.
--   source: The table that the touch stands in.
--   touch_id: The session, message event, ticket, response, order or invitation.
--   customer_id: The customer, the record's own or by a link; null: unknown.
--   id_value: The id that the record carries.
--   linked_by: How the customer is known: `own` for the record's own, else the link's method.
--   touched_at: Time of the touch.
--   channel: Channel of the touch; app for sessions in an app.
--   channel_class: `digital` or `offline`.
--   touchpoint: The touchpoint, else the channel.
--   stage: Stage of the journey: the response's own, else that of the touchpoint in dataset.yml.
--   kind: What it was: visit, contact, answer, purchase, invitation, or what became of a message.
--   value_amount: Value of an order or conversion.
with
facts as (
    select 'events' as source, session_id as touch_id, customer_id, visitor_id as id_value, 'visitor' as id_kind,
           started_at_utc as at_utc, case when surface in ('ios', 'android') then 'app' else surface end as channel,
           'visit' as kind, cast(null as varchar) as touchpoint, cast(null as varchar) as own_stage,
           cast(null as decimal(18, 4)) as value_amount
    from sessions
    union all
    select 'message_events', m.message_event_id, null, m.recipient_id, 'recipient',
           m.event_at_utc, c.channel, m.event_type, c.channel, null, m.value_amount
    from message_events as m
    left join campaigns as c using (campaign_id)
    where not coalesce(m.is_machine, false)
    union all
    select 'tickets', ticket_id, customer_id, requester_id, 'requester',
           created_at_utc, channel, 'contact', channel, null, null
    from tickets
    where status not in ('merged', 'spam', 'deleted')
    union all
    select 'survey_answers', response_id, arg_min(customer_id, (submitted_at_utc, item_id)),
           arg_min(respondent_id, (submitted_at_utc, item_id)), 'respondent',
           min(submitted_at_utc), coalesce(arg_min(channel, (submitted_at_utc, item_id)), 'survey'), 'answer',
           arg_min(touchpoint, (submitted_at_utc, item_id)), arg_min(stage, (submitted_at_utc, item_id)), null
    from survey_answers
    where respondent_type = 'customer' and item_id <> '_invite' and submitted_at_utc is not null
    group by response_id
    union all
    select 'orders', order_id, customer_id, null, 'customer',
           ordered_at_utc, coalesce(sales_channel, 'online'), 'purchase', 'checkout', null, net_amount
    from orders
    where status not in ('cancelled', 'pending')
    union all
    select 'referrals', invite_id, referrer_customer_id, null, 'customer',
           invited_at_utc, 'referral', 'invitation', 'referral', null, null
    from referrals
    where not coalesce(is_fraud, false)
),

linked as (
    select f.*, k.customer_id as known_customer_id, k.method
    from facts as f
    left join (select * from id_kinds join known_ids using (id_type)) as k
           on k.id_kind = f.id_kind and k.id_value = f.id_value
          and f.at_utc >= k.valid_from_utc and f.at_utc < k.valid_to_utc
    qualify row_number() over (partition by f.source, f.touch_id, f.id_value
                               order by k.trust, k.valid_from_utc desc, k.customer_id, k.method) = 1
)

select
    l.source, l.touch_id,
    coalesce(l.customer_id, l.known_customer_id)                                as customer_id,
    l.id_value,
    case when l.customer_id is not null then 'own' else l.method end            as linked_by,
    local_time(l.at_utc)                                                        as touched_at,
    l.at_utc                                                                    as touched_at_utc,
    l.channel,
    case when l.channel in ('store', 'phone', 'in_person', 'call', 'kiosk', 'offline', 'partner') then 'offline' else 'digital' end
                                                                                as channel_class,
    coalesce(l.touchpoint, l.channel)                                           as touchpoint,
    coalesce(l.own_stage, s.stage)                                              as stage,
    l.kind, l.value_amount
from linked as l
left join stages as s on s.touchpoint = coalesce(l.touchpoint, l.channel)
