-- sus_scores: one row per answered System Usability Scale (Brooke 1996): odd items count up, even items down, times 2.5.
-- One missing item is replaced by the mean of the others; with more missing there is no score.
--   respondent_id: Who answered; the response's own number where nobody knows who.
--   n_items: Items answered, of ten.
--   score: The score, from 0 to 100; null with more than one item missing.
--   left_out: Why there is no score; null: there is one.
with
contributions as (
    select
        response_id, respondent_id, survey_id, task_id, submitted_at,
        case when cast(right(item_version, 2) as integer) % 2 = 1 then value_num - 1 else 5 - value_num end as contribution
    from survey_answers
    where instrument = 'sus' and is_complete and value_num is not null
),

responses as (
    select response_id, respondent_id, survey_id, min(submitted_at) as submitted_at,
           count(contribution) as n_items, sum(contribution) as total
    from contributions
    group by response_id, respondent_id, survey_id
)

select
    response_id, coalesce(respondent_id, response_id) as respondent_id, survey_id, study_id, design, submitted_at, n_items,
    case when n_items >= 9 then total * 10 / n_items * 2.5 end as score,
    case when n_items < 9 then 'more than one item missing' end as left_out
from responses
left join participants on participants.participant_id = responses.respondent_id
