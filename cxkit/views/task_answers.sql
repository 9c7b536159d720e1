-- task_answers: one row per answer to a satisfaction question right after a usability task.
--   respondent_id: Who answered; the response's own number where nobody knows who.
select
    response_id, coalesce(respondent_id, response_id) as respondent_id, survey_id, task_id, study_id, design, submitted_at,
    value_num
from survey_answers
left join participants on participants.participant_id = survey_answers.respondent_id
where instrument = 'post_task_csat' and is_complete and value_num is not null
