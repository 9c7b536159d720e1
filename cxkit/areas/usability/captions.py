"""What the frames of a `UsabilityStudy` say, in a sentence each: the captions of `charts`."""

from cxkit.areas.usability.study import UsabilityStudy
from cxkit.period import span


def taking_part(study: UsabilityStudy) -> str:
    """Who took part in what."""
    if not study.study_id:
        return "There is no usability study up to the end of the period."
    people, tasks = study.attempts.participant_id.nunique(), study.attempts.task_id.nunique()
    days = span(study.period.start, study.period.last_day)
    return (
        f"Study {study.study_id}, {days}: {people} participants, {tasks} tasks, {len(study.attempts)} attempts. "
        "Its figures are of its own days, not of the report's period."
    )


def designs(study: UsabilityStudy) -> str:
    """Which designs, by whom."""
    if len(study.design_names) < 2:
        return "there is one design only."
    who = "the same people on each" if study.is_within else "different people for each"
    return f"{' → '.join(study.design_names)}; {who}."


def better_designs(study: UsabilityStudy) -> str:
    """Which design is better, in how many of the comparisons; nothing if there is one design only."""
    verdicts = study.designs().verdict
    if verdicts.empty:
        return ""
    found = verdicts[verdicts.str.endswith(" is better")].value_counts()
    said = " and ".join(f"{name} in {n}" for name, n in found.items()) or "no design is better in any"
    return f"Beyond noise, {said} of {len(verdicts)} comparisons of completion and time."
