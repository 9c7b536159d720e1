"""Usability figures by hand, against published examples, and against what was planted in the sample."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import cxkit as cx
from cxkit.areas import usability
from cxkit.areas.usability import captions
from cxkit.areas.usability.study import cronbach_alpha, grade, paired_time_ratio, usability_study
from cxkit.dataset.naming import shipped_views
from cxkit.errors import ArgumentError

MAY = cx.Period.parse("2026-05")


def test_of(rows: list[dict], answers: list[dict] | None = None) -> object:
    """A source with one attempt a row."""
    usual = {"study_id": "s", "task_id": "t", "attempt": 1, "started_at": "2026-05-04T10:00:00Z", "outcome": "success"}
    tables = {
        "usability_tasks": pd.DataFrame([usual | {"participant_id": f"p{n}"} | row for n, row in enumerate(rows)])
    }
    if answers:
        tables["survey_answers"] = pd.DataFrame(answers)
    return cx.open_data(tables, settings={"timezone": "UTC", "currency": "EUR"})


test_of.__test__ = False


def one(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1
    return frame.iloc[0]


def test_nine_of_ten_have_the_adjusted_wald_interval_and_technical_failures_are_counted_out():
    source = test_of([{}] * 9 + [{"outcome": "give_up"}, {"outcome": "technical"}])
    row = one(cx.measure(source, usability.TASK_COMPLETION_RATE, MAY))
    assert (row.numerator, row.denominator) == (9, 10)
    assert (row.ci_low, row.ci_high) == (pytest.approx(0.5740, abs=5e-5), 1)
    assert row.exclusion_reasons == "technical failure: 1"


def test_partial_and_assisted_success_are_failures():
    source = test_of([{"outcome": "partial"}, {"outcome": "assisted"}, {}])
    assert one(cx.measure(source, usability.TASK_COMPLETION_RATE, MAY)).value == pytest.approx(1 / 3)


def test_errors_in_three_forms():
    errors = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
    source = test_of([{"n_errors": n, "n_error_opportunities": 5} for n in errors])
    assert one(cx.measure(source, usability.ERROR_RATE_PER_OPPORTUNITY, MAY)).value == pytest.approx(9 / 60)
    assert one(cx.measure(source, usability.ERRORS_PER_ATTEMPT, MAY)).value == pytest.approx(0.75)
    assert one(cx.measure(source, usability.ERROR_INCIDENCE, MAY)).value == pytest.approx(0.5)


def test_eight_times_have_the_published_geometric_mean():
    source = test_of(
        [{"time_s": seconds} for seconds in (34, 40, 41, 55, 62, 71, 88, 130)] + [{"outcome": "failure", "time_s": 900}]
    )
    row = one(cx.measure(source, usability.TIME_ON_TASK, MAY))
    assert [row.value, row.ci_low, row.ci_high] == pytest.approx([59.37, 40.78, 86.44], abs=0.01)


def test_false_success_is_rated_success_that_was_none():
    rated = {"self_rated_scale": "1-5"}
    source = test_of([rated | {"self_rated_success": 5}, rated | {"self_rated_success": 4, "outcome": "failure"}, {}])
    row = one(cx.measure(source, usability.FALSE_SUCCESS_RATE, MAY))
    assert (row.numerator, row.denominator) == (1, 2)


def sus(values: list, respondent: str = "p0") -> list[dict]:
    return [
        {
            "response_id": f"r-{respondent}", "item_id": f"sus_{n:02}", "item_version": f"sus_{n:02}", "survey_id": "s",
            "respondent_id": respondent, "respondent_type": "participant", "submitted_at": "2026-05-04T11:00:00Z",
            "is_complete": True, "instrument": "sus", "scale_min": 1, "scale_max": 5, "value_num": value,
        }
        for n, value in enumerate(values, start=1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ([4, 2, 4, 1, 5, 2, 4, 2, 4, 3], 77.5),
        ([4, 2, 4, 1, 5, 2, 4, 2, 4, None], (3 + 3 + 3 + 4 + 4 + 3 + 3 + 3 + 3) * 10 / 9 * 2.5),
    ],
)
def test_sus_is_scored_as_published_and_bears_one_gap(values, score):
    assert one(cx.measure(test_of([{}], sus(values)), usability.SUS, MAY)).value == pytest.approx(score)


def test_sus_with_two_gaps_is_left_out_and_counted():
    row = one(cx.measure(test_of([{}], sus([4, 2, 4, 1, 5, 2, 4, 2, None, None])), usability.SUS, MAY))
    assert np.isnan(row.value)
    assert row.exclusion_reasons == "more than one item missing: 1"


def test_grades_follow_the_curved_scale():
    assert [grade(score) for score in (90, 84.1, 80.8, 71.2, 68, 51.6)] == ["A+", "A+", "A", "C+", "C", "F"]


def test_alpha_equals_its_definition_on_random_answers():
    rng = np.random.default_rng(3)
    items = pd.DataFrame(rng.integers(1, 6, (30, 4)), columns=["i_01", "i_02", "i_03", "i_04"])
    turned = items.assign(i_02=6 - items.i_02, i_04=6 - items.i_04)
    covariance = turned.cov().to_numpy()
    assert cronbach_alpha(items) == pytest.approx(4 / 3 * (1 - np.trace(covariance) / covariance.sum()))


def test_paired_times_equal_the_paired_t_test_on_logs():
    from scipy.stats import ttest_rel

    rng = np.random.default_rng(4)
    before = pd.DataFrame({"participant_id": range(12), "time_s": rng.lognormal(4, 0.5, 12)})
    after = before.assign(time_s=before.time_s * rng.lognormal(-0.2, 0.2, 12))
    ratio, low, high, p = paired_time_ratio(before, after)
    expected = ttest_rel(np.log(after.time_s), np.log(before.time_s))
    assert p == pytest.approx(expected.pvalue)
    assert np.log([low, high]) == pytest.approx(list(expected.confidence_interval()))
    assert low < ratio < high


def test_the_same_people_on_two_designs_are_compared_by_mcnemar():
    rows = [
        {"participant_id": f"p{n}", "design": design, "group_type": "within", "attempt": place,
         "outcome": "success" if n < wins else "failure", "time_s": 10 + n, "started_at": f"2026-05-04T1{place}:00:00Z"}
        for place, (design, wins) in enumerate([("old", 4), ("new", 10)], start=1)
        for n in range(10)
    ]  # fmt: skip
    study = usability_study(test_of(rows), date(2026, 5, 31))
    table = study.designs()
    row = table[table.figure == "completion"].iloc[0]
    assert (row.before, row.after) == ("40%", "100%")
    assert row["p (Holm)"] == "0.031"  # exact: 2 · 0.5⁶; equal times are not tested, so the family is one
    assert row.verdict == "new is better"
    assert captions.better_designs(study) == "Beyond noise, new is better in 1 of 2 comparisons of completion and time."


def test_a_curve_ends_where_fewer_than_five_are_at_the_task():
    rows = [
        {"participant_id": f"p{n}", "outcome": "success", "time_s": 10 + n, "started_at": "2026-05-04T10:00:00Z"}
        for n in range(8)
    ]
    curve = usability_study(test_of(rows), date(2026, 5, 31)).success_curve()
    assert curve.participants.min() == 5 and curve.time.max() == 13


def test_a_name_that_is_no_study_names_the_nearest():
    with pytest.raises(ArgumentError, match="Did you mean `finder`"):
        usability_study(cx.open_data("data/sample"), date(2026, 10, 31), "findr")


def test_without_studies_everything_is_empty_and_nothing_breaks():
    orders = pd.DataFrame(
        {"order_id": ["1"], "customer_id": ["c"], "ordered_at": ["2026-05-01T10:00:00Z"], "status": ["paid"],
         "net_amount": [5.0], "currency": ["EUR"]}
    )  # fmt: skip
    study = usability_study(cx.open_data({"orders": orders}, settings={"timezone": "UTC"}), date(2026, 5, 31))
    assert (
        captions.taking_part(study).startswith("There is no usability study") and captions.better_designs(study) == ""
    )
    for frame in (study.tasks(), study.success_curve(), study.designs(), study.sus()):
        assert frame.empty


def test_the_planted_designs_of_the_sample_are_found():
    planted = yaml.safe_load(Path("data/sample/truth.yml").read_text(encoding="utf-8"))["planted"]
    levels = {
        (row["metric"], row["segment"]): row["value"]
        for row in planted
        if row["segment"].startswith("study_id=finder") and row.get("kind") == "level"
    }
    source = cx.open_data("data/sample")
    for metric in (usability.ERROR_RATE_PER_OPPORTUNITY, usability.SUS):
        for design in ("old", "new"):
            segment = f"study_id=finder; design={design}"
            row = one(cx.measure(source, metric, MAY, segment=segment, conf_level=0.999))
            assert row.ci_low < levels[metric.id, f"study_id=finder, design={design}"] < row.ci_high, (
                metric.id,
                design,
            )


def test_a_study_follows_a_change_of_its_view():
    source = test_of([{}] * 9)
    study = usability_study(source, MAY.last_day)
    assert len(study.attempts) == 9
    source.create_view("attempts", f"select * from ({shipped_views()['attempts']}) where participant_id < 'p5'")
    assert len(study.attempts) == 5 and "5 participants" in captions.taking_part(study)
