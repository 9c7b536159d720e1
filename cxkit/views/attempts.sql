-- attempts: one row per participant, task and attempt of a usability test; technical failures stay, to be counted as left out.
--   is_success: The task was done without help.
--   is_reached: The goal was reached, be it partly or with help.
--   n_errors_capped: Errors, as many as there were chances at most.
--   rated_success: The participant's own rating of success, from 0 (worst) to 1 (best).
--   left_out: Why the attempt counts in no rate (a technical failure); null: it counts.
select
    study_id, participant_id, task_id, attempt, design, group_type, started_at, outcome,
    outcome = 'success'                                             as is_success,
    outcome in ('success', 'partial', 'assisted')                   as is_reached,
    is_direct_path, time_s, n_errors, n_error_opportunities,
    least(n_errors, n_error_opportunities)                          as n_errors_capped,
    seq, device_class, participant_segment,
    (self_rated_success - cast(split_part(self_rated_scale, '-', 1) as double))
        / nullif(cast(split_part(self_rated_scale, '-', 2) as double)
                 - cast(split_part(self_rated_scale, '-', 1) as double), 0) as rated_success,   -- 0 worst, 1 best
    case when outcome = 'technical' then 'technical failure' end    as left_out
from usability_tasks
