-- known_ids: one row per outside id, kind of id and stretch of time: the customer behind it, by the most trusted link.
-- Trust: 1 login or loyalty card, 2 hash of a verified e-mail or phone, 3 order number at the till, 4 set by hand.
-- Links that are only probable are left out. Of equally trusted links the more certain, then the later one counts.
-- An open end of validity is written as the year 1 or 9999, so that joins need no special case.
--   trust: Trust in the link, from 1 (login, loyalty card) to 4 (set by hand).
--   valid_from_utc: From when the link holds, in UTC; the year 1 where open.
--   valid_to_utc: Until when it holds, in UTC; the year 9999 where open.
--   is_current_at_end: The id's one link that holds longest, which counts where no time is asked for.
with
ranked as (
    select
        id_type, id_value, customer_id, method,
        case when method in ('login', 'loyalty')         then 1
             when method in ('email_hash', 'phone_hash') then 2
             when method = 'order_number'                then 3
             when method = 'manual'                      then 4 end             as trust,
        coalesce(valid_from_utc, timestamp '0001-01-01')                        as valid_from_utc,
        coalesce(valid_to_utc, timestamp '9999-12-31')                          as valid_to_utc,
        coalesce(confidence, 1)                                                 as confidence
    from identities
    where method <> 'probabilistic'
)

select
    id_type, id_value, customer_id, method, trust, valid_from_utc, valid_to_utc,
    row_number() over (partition by id_type, id_value
                       order by valid_to_utc desc, trust, confidence desc, valid_from_utc desc, customer_id) = 1
                                                                                as is_current_at_end
from ranked
qualify row_number() over (partition by id_type, id_value, valid_from_utc, valid_to_utc
                           order by trust, confidence desc, customer_id) = 1
