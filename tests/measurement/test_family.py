"""A verdict is that of everything that was measured beside it."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from cxkit.measurement.family import Family, distinct, key


def row(metric_id, p_value=0.01, **changes):
    return {
        "metric_id": metric_id, "segment": "", "period": "2026-10", "base_period": "2026-09", "conf_level": 0.95, "definition_version": 1,
        "base_value": 1.0, "difference": 0.5, "p_value": p_value, "test": "delta", "shortfall": "", "flags": "", **changes,
    }  # fmt: skip


def frame_of(*rows):
    return pd.DataFrame(list(rows))


def test_p_values_are_adjusted_over_all_that_were_measured_as_scipy_does():
    family, p_values = Family(), [0.001, 0.02, 0.04, 0.3, 0.9]
    for number, p_value in enumerate(p_values):
        family.judged(frame_of(row(f"metric_{number}", p_value)))
    all_rows = family.judged(frame_of(*(row(f"metric_{number}", p) for number, p in enumerate(p_values))))
    assert all_rows.p_adjusted.to_numpy() == pytest.approx(false_discovery_control(p_values))
    assert all_rows.n_tests.tolist() == [5] * 5


def test_what_was_beyond_noise_among_few_need_not_be_among_many():
    family, first = Family(), frame_of(row("first", 0.04))
    assert family.judged(first).verdict.tolist() == ["up"]
    family.judged(frame_of(*(row(f"metric_{number}", 0.5 + number / 10) for number in range(4))))
    again = family.judged(first)
    assert (again.verdict.tolist(), again.n_tests.tolist()) == (["no change"], [5])


def test_a_comparison_that_comes_up_again_counts_once():
    family = Family([row("a"), row("a"), row("a", segment="device_class=mobile")])
    assert family.n_tests == 2


@pytest.mark.parametrize("nothing", [None, np.nan, ""])
def test_without_a_base_there_is_nothing_to_judge(nothing):
    frame = frame_of(row("a"), row("b", base_period=nothing, p_value=None, verdict=None))
    judged = Family().judged(frame)
    assert judged.verdict.iloc[0] == "up"
    assert pd.isna(judged.verdict.iloc[1])
    assert judged.n_tests.iloc[0] == 1


def test_a_frame_without_a_base_stays_as_it_is():
    frame = pd.DataFrame({"metric_id": ["a"], "value": [1.0]})
    assert Family().judged(frame) is frame


def test_figures_that_cannot_be_measured_alone_are_no_tests():
    off = row("a", p_value=None, difference=None, base_value=None, flags="off", shortfall="no column")
    family = Family([off])
    assert (family.n_tests, family.decide(off)["verdict"]) == (0, "off")


def test_a_key_is_the_same_from_a_frame_and_from_its_json():
    assert key(row("a", base_period=np.nan)) == key(row("a", base_period=None))


def test_each_figure_is_kept_once_as_it_came_up_first():
    frame = frame_of(row("a", p_value=0.1), row("b"), row("a", p_value=0.2))
    assert distinct(frame).p_value.tolist() == [0.1, 0.01]
    assert distinct(pd.DataFrame()).empty
