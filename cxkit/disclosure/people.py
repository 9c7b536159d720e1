"""Who stands behind measured figures: whether they are people, and how many of them protect a row."""

import numpy as np
import pandas as pd

from cxkit.metric import EMPLOYEES, PEOPLE, Declared
from cxkit.segment import conditions_of
from cxkit.stats.times import ENOUGH_FOR_MEDIAN

#: Groups of employees under ten are hidden however small k is.
FEWEST_EMPLOYEES = 10
#: Columns of which it is nobody's business who is in a group: few with it, or few without it, hide the rate.
SENSITIVE = frozenset({"assistive"})


def is_personal(metric: Declared | None) -> bool:
    """Whether groups behind a figure are hidden when small; of one that nobody declared it is assumed."""
    return metric is None or metric.counts in (PEOPLE, EMPLOYEES)


def fewest(metric: Declared | None, k: int) -> int:
    """The smallest group of a metric that may be seen."""
    return max(k, FEWEST_EMPLOYEES) if metric and metric.counts == EMPLOYEES else k


def protecting(rows: pd.DataFrame, prefix: str, metric: Declared | None, k: int) -> pd.Series:
    """How many people protect each row: those counted, those on one side of a median, those of the smaller answer to a sensitive question."""
    people = rows[f"{prefix}n_units"].astype(float).fillna(0).to_numpy()
    unit = str(rows["unit"].iloc[0]) if "unit" in rows else getattr(metric, "unit", "")
    if metric and metric.is_median:
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
