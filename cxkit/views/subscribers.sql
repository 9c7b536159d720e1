-- subscribers: one row per list, month and contact who was on the list at the month's start or joined in it.
-- A list's monthly size (campaigns.n_list_start) counts where it is given. Without it, a contact is on the list from
-- the first e-mail until the first unsubscribe, hard bounce or complaint, unless no e-mail came for `list_days()`.
--   list_id: The list; null where it is known by its e-mails alone.
--   month_at: The month, by its first day.
--   recipient_id: The contact; of a list known by its size, a number.
--   is_from_totals: Made from the list's stated size; the contact is then nobody in particular.
--   is_subscriber: On the list at the month's start.
--   is_lost: On it at the start, and left in the month.
--   has_joined: Joined in the month.
--   n_gained: 1 joined, −1 left, 0 neither or both.
with
sizes as (
    select list_id, sent_at as month_at, n_list_start, n_list_left, coalesce(n_list_joined, 0) as n_list_joined,
           unnest(range(n_list_start + coalesce(n_list_joined, 0))) as place
    from campaigns
    where n_list_start is not null
),

contacts as (
    select
        recipient_id,
        min(event_at)                                                       as joined_at,
        min(event_at) filter (where event_type in ('unsubscribe', 'hard_bounce', 'complaint')) as left_at
    from message_moments
    where channel = 'email'
    group by recipient_id
),

sent as (
    select distinct recipient_id, date_trunc('month', sent_at) as month_at, sent_at
    from message_moments
    where channel = 'email'
),

months as (
    select unnest(generate_series(min(month_at), max(month_at), interval 1 month)) as month_at
    from sent
),

seen as (                                     -- who belongs to a month's list, by the e-mails of `list_days()` before it
    select
        m.month_at, c.recipient_id, c.joined_at, c.left_at,
        c.joined_at < m.month_at                                            as was_there,
        coalesce(c.left_at < m.month_at + interval 1 month, false)          as has_left
    from months as m
    join contacts as c
      on c.joined_at < m.month_at + interval 1 month
     and (c.left_at is null or c.left_at >= m.month_at)
    semi join sent as s
      on s.recipient_id = c.recipient_id
     and s.sent_at < m.month_at + interval 1 month and s.sent_at >= m.month_at - to_days(list_days())
    where not exists (select 1 from sizes)
)

select
    list_id, month_at, coalesce(list_id, '') || '#' || cast(place as varchar) as recipient_id, true as is_from_totals,
    place < n_list_start                                                    as is_subscriber,
    place < n_list_start and place < n_list_left                            as is_lost,
    place >= n_list_start                                                   as has_joined,
    cast(place >= n_list_start as integer) - cast(place < n_list_left as integer) as n_gained
from sizes
union all by name
select
    cast(null as varchar) as list_id, month_at, recipient_id, false         as is_from_totals,
    was_there                                                               as is_subscriber,
    was_there and has_left                                                  as is_lost,
    not was_there                                                           as has_joined,
    cast(not was_there as integer) - cast(has_left as integer)              as n_gained
from seen
