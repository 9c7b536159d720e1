"""Half-times with the unfinished kept: the check value of the catalogue, and lifelines on random data."""

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times

import cxkit as cx
from cxkit.areas import usability
from cxkit.areas.usability.time_to_success import half_time

OCTOBER = cx.Period.parse("2026-10")


def test_the_tickets_of_the_catalogue_have_a_median_of_8_hours():
    hours = pd.Series([1, 2, 3, 5, 8, 13, 24, 24, 30, 48])
    assert half_time(hours, pd.Series([1, 1, 1, 1, 1, 1, 0, 1, 0, 0], dtype=bool)).value == 8


@pytest.mark.parametrize("seed", range(5))
def test_median_and_limits_are_those_of_lifelines(seed):
    rng = np.random.default_rng(seed)
    times, ended = rng.integers(1, 90, 60), rng.random(60) < 0.8
    fit = KaplanMeierFitter().fit(times, ended)
    found = half_time(pd.Series(times), pd.Series(ended))
    expected = median_survival_times(fit.confidence_interval_).to_numpy()[0]
    assert found.value == fit.median_survival_time_
    assert [found.low, found.high] == sorted(expected)


def test_where_fewer_than_half_succeed_there_is_no_value():
    assert np.isnan(half_time(pd.Series([5, 6, 7, 8]), pd.Series([True, False, False, False])).value)


def test_a_task_has_its_row_and_who_gave_up_counts():
    frame = pd.DataFrame(
        {
            "study_id": "s", "participant_id": [str(n) for n in range(40)], "task_id": "find", "attempt": 1,
            "started_at": pd.Timestamp("2026-10-05T10:00Z"), "outcome": ["success"] * 24 + ["give_up"] * 16,
            "time_s": [*range(10, 34), *range(10, 26)], "design": "a",
        }
    )  # fmt: skip
    source = cx.open_data({"usability_tasks": frame}, settings={"timezone": "UTC"})
    row = cx.measure(source, usability.COMPLETION_TIME_SURVIVAL, OCTOBER).iloc[0]
    assert (row.segment, row.numerator, row.denominator) == ("task_id=find", 24, 40)
    assert row.value > np.median(range(10, 34))
