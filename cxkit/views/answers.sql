-- answers: one row per item that a complete response answers: who answered, about what, and the answer on the item's own scale.
-- The customer is the response's own, else the one that `known_ids` knows the respondent as when it was sent; never an employee's.
-- value turns items round that count downwards, so that more is always better; value_share is the same from 0 to 1.
-- next_submitted_at: when the respondent answered the same item of the survey again, so that the latest of a period can be taken.
--   respondent: Who answered; the response's own number where nobody knows who.
--   has_respondent: Whether the respondent is known.
--   customer_id: The customer of the response, or the one that the respondent is known as; never an employee.
--   next_submitted_at: When the respondent next answered the same item of the survey; null: never.
--   value: The answer as a number, turned round where the item counts downwards.
--   value_share: The same from 0 (worst) to 1 (best).
--   has_text: Whether there is an answer in words.
--   stage: Stage of the journey: the response's own, else that of its touchpoint in dataset.yml.
--   weight: Weight of the respondent; 1 where the sample is not weighted.
with
given as (
    select *,
           coalesce(respondent_id, response_id)                                 as respondent,
           case when is_reversed then scale_min + scale_max - value_num else value_num end as value
    from survey_answers
    where is_complete and item_id <> '_invite'
      and (value_num is not null or value_choice is not null or value_text is not null or themes is not null)
),

linked as (
    select g.response_id, g.item_id, k.customer_id
    from given as g
    join known_ids as k
      on k.id_value = g.respondent_id and k.id_type in ('survey_contact', 'email_hash', 'phone_hash')
     and g.submitted_at_utc >= k.valid_from_utc and g.submitted_at_utc < k.valid_to_utc
    where g.respondent_type <> 'employee'
    qualify row_number() over (partition by g.response_id, g.item_id
                               order by k.trust, k.valid_from_utc desc, k.customer_id) = 1
)

select
    g.response_id, g.item_id, g.survey_id, g.wave, g.respondent, g.respondent_id is not null as has_respondent, g.respondent_type,
    coalesce(g.customer_id, l.customer_id)                                      as customer_id,
    g.invited_at, g.started_at, g.submitted_at, g.submitted_at_utc,
    lead(g.submitted_at) over (partition by g.respondent, g.survey_id, g.item_id
                               order by g.submitted_at_utc, g.response_id)      as next_submitted_at,
    g.instrument, g.item_version, g.scale_min, g.scale_max, g.value_num, g.value_choice, g.value,
    (g.value - g.scale_min) / nullif(g.scale_max - g.scale_min, 0)              as value_share,
    g.value_text is not null                                                    as has_text,
    g.touchpoint, coalesce(g.stage, s.stage) as stage, g.channel,
    g.ticket_id, g.order_id, g.session_id, g.task_id, g.product_id,
    coalesce(g.weight, 1)                                                       as weight,
    g.followed_up_at, g.sentiment, g.sentiment_source, g.themes
from given as g
left join linked as l using (response_id, item_id)
left join stages as s on s.touchpoint = g.touchpoint
