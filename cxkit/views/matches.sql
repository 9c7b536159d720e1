-- matches: one row per record of a source that tells of people, and whether a customer is known for it.
-- Known is the record's own, or one through `identities` by a link that held at the time. is_probable: no trusted link, but a probable one, which analyses do not follow.
-- Records: events, message events, tickets, answers of customers, orders and mentions.
--   source: The table that the record stands in.
--   recorded_at: Time of the record.
--   who: The customer, else the id, else the record itself.
--   is_matched: A customer is known for it.
--   is_probable: Only a probable link leads to a customer.
with
records as (
    select 'events' as source, event_at as recorded_at, event_at_utc as at_utc, 'visitor' as id_kind, visitor_id as id_value,
           customer_id, event_id as record_id
    from hits
    union all
    select 'message_events', event_at, event_at_utc, 'recipient', recipient_id, null, message_event_id
    from message_events
    union all
    select 'tickets', created_at, created_at_utc, 'requester', requester_id, customer_id, ticket_id
    from tickets
    where status not in ('merged', 'spam', 'deleted')
    union all
    select 'survey_answers', submitted_at, submitted_at_utc, 'respondent', respondent_id, customer_id, response_id
    from survey_answers
    where respondent_type = 'customer' and item_id <> '_invite' and submitted_at is not null
    union all
    select 'orders', ordered_at, ordered_at_utc, 'customer', null, customer_id, order_id
    from orders
    where status not in ('cancelled', 'pending')
    union all
    select 'social_mentions', mentioned_at, mentioned_at_utc, 'author', author_id, null, mention_id
    from social_mentions
    where not coalesce(is_spam, false) and not coalesce(is_own, false)
)

select
    r.source, r.recorded_at, coalesce(r.customer_id, r.id_value, r.record_id)   as who,
    r.customer_id is not null or k.id_value is not null                         as is_matched,
    not is_matched and p.id_value is not null                                   as is_probable
from records as r
left join known_stretches as k
       on k.is_certain and k.id_kind = r.id_kind and k.id_value = r.id_value
      and r.at_utc >= k.begins_at and r.at_utc < k.ends_at
left join known_stretches as p
       on not p.is_certain and p.id_kind = r.id_kind and p.id_value = r.id_value
      and r.at_utc >= p.begins_at and r.at_utc < p.ends_at
