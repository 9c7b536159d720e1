"""Who stands behind figures: which tables, metrics and columns count people, and how many people protect a row."""

import numpy as np
import pandas as pd

from cxkit.metric import catalogue
from cxkit.segment import conditions_of
from cxkit.stats.times import ENOUGH_FOR_MEDIAN

#: Tables whose rows are not people: what is measured on them alone needs no hiding.
IMPERSONAL = frozenset({"campaigns", "social_posts", "social_daily", "spend", "series"})
#: Tables and views of recruited participants, who agreed to be reported on and are few by design: every n is shown, with its interval.
RECRUITED = frozenset({"usability_tasks", "attempts", "sus_scores", "task_answers"})
#: Of employees, groups under ten are hidden however small k is.
OF_EMPLOYEES = frozenset({"enps", "employee_satisfaction"})
FEWEST_EMPLOYEES = 10
#: Medians that are no `Metric` of recipe skewed_time.
MEDIANS = frozenset({"social_response_time", "visit_recency"})
#: Columns of which it is nobody's business who is in a group: few with it, or few without it, hide the rate.
SENSITIVE = frozenset({"assistive"})

#: Columns that count the people of a row, whatever frame they stand in: the row's other figures rest on them.
GROUPS = ("n_units", "n", "n_customers", "customers", "people", "visitors", "buyers", "members", "memberships", "delivered", "delivered so far",
          "n_delivered", "at_risk", "mau", "authors")  # fmt: skip
#: The same of the period before: figures that begin with `base_` rest on them.
BASE_GROUPS = ("base_n_units", "base_n")
#: Columns that count some of the people of a row; the row's other figures do not rest on them.
CASES = ("lost", "n_clicked", "n_converted", "dau")
#: Of these the rows do not add up to a total: each holds people of the rows beside it.
NESTED = frozenset({"at_risk", "delivered", "delivered so far", "n_delivered", "buyers", "people", "mau", "authors",
                    "n_clicked", "n_converted", "dau"})  # fmt: skip
PEOPLE = (*GROUPS, *BASE_GROUPS, *CASES)


def is_personal(metric_id: str) -> bool:
    """Whether people stand behind a figure; of one that nobody declared it is assumed."""
    metric = catalogue().get(metric_id)
    named = {one.split(".")[0] for need in metric.needs for one in need.split(" or ")} if metric else {""}
    return not (named <= IMPERSONAL or named <= RECRUITED) and getattr(metric, "view", "") not in RECRUITED


def protecting(rows: pd.DataFrame, prefix: str, metric_id: str, k: int) -> pd.Series:
    """How many people protect each row: those counted, those on one side of a median, those of the smaller answer to a sensitive question."""
    people = rows[f"{prefix}n_units"].astype(float).fillna(0).to_numpy()
    metric = catalogue().get(metric_id)
    unit = str(rows["unit"].iloc[0]) if "unit" in rows else getattr(metric, "unit", "")
    if getattr(metric, "recipe", "") == "skewed_time" or metric_id in MEDIANS:
        people = np.where(people < ENOUGH_FOR_MEDIAN, people, people // 2)
    if unit == "count":
        counted = np.ceil(rows[f"{prefix}value"].astype(float).to_numpy())
        people = np.where(counted > 0, np.fmin(people, counted), people)
    if unit == "share" and {f"{prefix}numerator", f"{prefix}denominator"} <= set(rows):
        of_few = rows.segment.map(_is_sensitive)
        with_it = rows[f"{prefix}numerator"].astype(float)
        for some in (with_it, rows[f"{prefix}denominator"].astype(float) - with_it):
            people = np.where(of_few & is_small(some, k), np.fmin(people, some), people)
    return pd.Series(people, index=rows.index)


def _is_sensitive(segment: object) -> bool:
    return any(condition.column in SENSITIVE for condition in conditions_of(segment))


def is_small(counts: pd.Series, k: int) -> pd.Series:
    return (counts > 0) & (counts < k)
