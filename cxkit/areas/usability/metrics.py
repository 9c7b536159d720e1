"""Usability tests. One row of `attempts` is one participant's try at one task; one row of `sus_scores` one answered questionnaire."""

from functools import partial

from cxkit.areas.usability import time_to_success
from cxkit.metric import PARTICIPANTS, Described, Metric

_TASKS = (
    "usability_tasks.participant_id",
    "usability_tasks.task_id",
    "usability_tasks.outcome",
    "usability_tasks.started_at",
)

attempts = partial(
    Metric, view="attempts", cluster="participant_id", excluded="left_out", time="started_at", better="up"
)
share_of_attempts = partial(attempts, recipe="small_proportion", unit="share")
answers = partial(Metric, time="submitted_at", better="up")

TASK_COMPLETION_RATE = share_of_attempts(
    id="task_completion_rate",
    title="Task completion",
    numerator="is_success",
    definition="Attempts with full success ÷ attempts started. Partial and assisted success count as failure; technical "
    "failures are left out and counted.",
    source="ISO 9241-11; Sauro & Lewis",
    needs=_TASKS,
    differs="Some tools count partial success as half. Where all of a few succeeded, read the interval, not 100%.",
)

ERROR_RATE_PER_OPPORTUNITY = attempts(
    id="error_rate_per_opportunity",
    title="Errors per opportunity",
    numerator="n_errors_capped",
    denominator="n_error_opportunities",
    recipe="clustered_ratio",
    unit="share",
    better="down",
    definition="Errors, at most one an opportunity, ÷ opportunities to err that were fixed before the test.",
    source="Sauro; Tullis & Albert",
    needs=(*_TASKS, "usability_tasks.n_errors", "usability_tasks.n_error_opportunities"),
)

ERRORS_PER_ATTEMPT = attempts(
    id="errors_per_attempt",
    title="Errors per attempt",
    numerator="n_errors",
    recipe="clustered_ratio",
    unit="rate",
    better="down",
    definition="Errors ÷ attempts, not capped: one lost participant can weigh much.",
    source="Sauro",
    needs=(*_TASKS, "usability_tasks.n_errors"),
)

ERROR_INCIDENCE = share_of_attempts(
    id="error_incidence",
    title="Attempts with an error",
    numerator="n_errors > 0",
    better="down",
    definition="Attempts with at least one error ÷ attempts. The most robust of the three forms in small tests.",
    source="Sauro",
    needs=(*_TASKS, "usability_tasks.n_errors"),
)

TIME_ON_TASK = attempts(
    id="time_on_task",
    title="Time on task",
    numerator="time_s",
    denominator="is_success",
    recipe="skewed_time",
    unit="seconds",
    better="down",
    noun="successes",
    definition="Typical time of successful attempts: geometric mean under 25 of them, median from 25 on.",
    source="Sauro & Lewis 2010",
    needs=(*_TASKS, "usability_tasks.time_s"),
    differs="The arithmetic mean, as most tools give it, is pulled up by a few long attempts. Failures are not in it: see the "
    "curve where they are censored.",
)

COMPLETION_TIME_SURVIVAL = Described(
    id="completion_time_survival",
    title="Time to success, half are there",
    function=time_to_success.completion_time_survival,
    unit="seconds",
    better="down",
    counts=PARTICIPANTS,
    definition="Time within which half of the participants succeed at a task, by Kaplan–Meier; who gave up is censored at that moment.",
    source="Probability plotting, Journal of Usability Studies",
    needs=(*_TASKS, "usability_tasks.time_s"),
    differs="A median over successes alone flatters a task that many abandon.",
)

TASK_SUCCESS_RATING = attempts(
    id="task_success_rating",
    title="Self-rated success",
    numerator="rated_success",
    recipe="heavy_tailed_mean",
    unit="score",
    definition="Mean of the participants' own rating of how far they succeeded, scaled to 0 (not at all) – 1 (fully).",
    source="own",
    needs=(*_TASKS, "usability_tasks.self_rated_success", "usability_tasks.self_rated_scale"),
)

FALSE_SUCCESS_RATE = share_of_attempts(
    id="false_success_rate",
    title="False success",
    numerator="rated_success >= 0.75 and not is_success",
    denominator="case when rated_success is not null then 1 end",
    better="down",
    definition="Attempts rated as success (upper quarter of the scale) that were none ÷ rated attempts.",
    source="own",
    needs=(*_TASKS, "usability_tasks.self_rated_success", "usability_tasks.self_rated_scale"),
)

SEQ = attempts(
    id="seq",
    title="Single Ease Question",
    numerator="seq",
    recipe="rating_mean",
    cluster=None,
    unit="score",
    definition="Mean answer to how easy the task was, 1 very difficult – 7 very easy, asked right after it.",
    source="Sauro & Dumas 2009",
    needs=(*_TASKS, "usability_tasks.seq"),
    differs="Published averages lie near 5.5; your own earlier tests are the better yardstick.",
)

POST_TASK_CSAT = answers(
    id="post_task_csat",
    title="Post-task satisfaction",
    view="task_answers",
    numerator="value_num >= 4",
    cluster="respondent_id",
    recipe="small_proportion",
    unit="share",
    definition="Answers 4 and 5 on the scale 1 – 5 asked after a task ÷ answers.",
    source="Delighted",
    needs=("survey_answers.instrument", "survey_answers.value_num", "survey_answers.submitted_at"),
)

SUS = answers(
    id="sus",
    title="System Usability Scale",
    view="sus_scores",
    numerator="score",
    denominator="case when left_out is null then 1 end",
    excluded="left_out",
    recipe="rating_mean",
    unit="score",
    definition="Ten items, odd ones counted up and even ones down, times 2.5: 0 – 100. Not a percentage.",
    source="Brooke 1996",
    needs=(
        "survey_answers.instrument",
        "survey_answers.item_version",
        "survey_answers.value_num",
        "survey_answers.submitted_at",
    ),
)

DIRECT_PATH_SHARE = share_of_attempts(
    id="lostness",
    title="Direct-path share",
    numerator="is_direct_path",
    denominator="case when is_success then 1 end",
    definition="Successful attempts on the expected path ÷ successful attempts.",
    source="Maze",
    needs=(*_TASKS, "usability_tasks.is_direct_path"),
)

TIME_BASED_EFFICIENCY = attempts(
    id="time_based_efficiency",
    title="Successes a minute",
    numerator="case when is_success then 60 / time_s else 0 end",
    recipe="heavy_tailed_mean",
    unit="rate",
    definition="Mean over attempts of success ÷ time: goals reached a minute, failures counting 0.",
    source="ISO 9241-11",
    needs=(*_TASKS, "usability_tasks.time_s"),
)

FIGURES = (
    TASK_COMPLETION_RATE, DIRECT_PATH_SHARE, ERROR_RATE_PER_OPPORTUNITY, ERRORS_PER_ATTEMPT, ERROR_INCIDENCE, TIME_ON_TASK,
    TIME_BASED_EFFICIENCY, TASK_SUCCESS_RATING, FALSE_SUCCESS_RATE, SEQ, POST_TASK_CSAT, SUS,
)  # fmt: skip
