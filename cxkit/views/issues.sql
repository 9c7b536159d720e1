-- issues: one row per issue of a customer: contacts for one reason, each within `issue_days()` of the one before it.
-- The customer is the ticket's, or the one that `identities` knows its requester as. Tickets without a customer or without a reason
-- are issues of their own, as nobody can tell whether they came back; has_identity and has_reason say so.
--   issue_id: Number of the issue's first ticket.
--   customer_id: The customer, or the one that the requester is known as; null: unknown.
--   first_contact_at: Time of the first contact.
--   last_contact_at: Time of the last contact.
--   channel: Channel of the first contact.
--   n_contacts: Contacts (tickets) of the issue.
--   n_channels: Different channels among them.
--   is_solved: Every ticket of it is solved or closed.
--   solved_at: When the last of them was solved.
--   is_window_closed: `issue_days()` have passed since the last contact, so that no other can join.
--   has_identity: The customer is known.
--   has_reason: The reason is known.
with
contacts as (
    select t.*,
           coalesce(t.customer_id, k.customer_id)                               as person_id
    from tickets as t
    left join known_ids as k
           on k.id_value = t.requester_id
          and k.id_type in ('ticket_requester', 'email_hash', 'phone_hash', 'social_handle_hash')
          and k.is_current_at_end
    where t.status not in ('merged', 'spam', 'deleted')
      and coalesce(t.direction, 'inbound') = 'inbound'
    qualify row_number() over (partition by t.ticket_id order by k.trust, k.id_type) = 1
),

spaced as (
    select *,
           person_id is not null and reason is not null                         as can_repeat,
           created_at_utc <= lag(created_at_utc) over same_matter + to_days(issue_days()) as is_repeat
    from contacts
    window same_matter as (partition by person_id, reason order by created_at_utc, ticket_id)
),

numbered as (
    select *,
           case when can_repeat
                then cast(count(*) filter (where is_repeat is not true) over
                     (partition by person_id, reason order by created_at_utc, ticket_id rows unbounded preceding) as varchar)
                else ticket_id end                                              as issue_no
    from spaced
)

select
    arg_min(ticket_id, (created_at_utc, ticket_id))                             as issue_id,
    any_value(person_id)                                                        as customer_id,
    any_value(reason)                                                           as reason,
    local_time(min(created_at_utc))                                             as first_contact_at,
    local_time(max(created_at_utc))                                             as last_contact_at,
    min(created_at_utc)                                                         as first_contact_at_utc,
    max(created_at_utc)                                                         as last_contact_at_utc,
    arg_min(channel, (created_at_utc, ticket_id))                               as channel,
    count(*)                                                                    as n_contacts,
    count(distinct channel)                                                     as n_channels,
    bool_and(status in ('solved', 'closed'))                                    as is_solved,
    local_time(max(last_solved_at_utc))                                         as solved_at,
    max(observed_until_utc) >= max(created_at_utc) + to_days(issue_days())      as is_window_closed,
    bool_and(person_id is not null)                                             as has_identity,
    bool_and(reason is not null)                                                as has_reason
from numbered
group by case when can_repeat then person_id end, case when can_repeat then reason end, issue_no
