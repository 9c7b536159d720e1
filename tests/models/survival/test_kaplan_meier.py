import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from pandas.testing import assert_frame_equal
from statsmodels.duration.survfunc import SurvfuncRight
from survival_tables import survival_cells, written_out

from cxkit.errors import DataError
from cxkit.models.survival.kaplan_meier import kaplan_meier, rmst_difference, survival_difference

TICKETS = pd.DataFrame({"duration": [1, 2, 3, 5, 8, 13, 24, 24, 30, 48], "event": [1, 1, 1, 1, 1, 1, 0, 1, 0, 0]})


@pytest.fixture(scope="module")
def lifelines():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifelines

        return lifelines


@pytest.fixture(scope="module")
def rossi(lifelines):
    from lifelines.datasets import load_rossi

    return load_rossi().rename(columns={"week": "duration", "arrest": "event"})


def random_spells(seed, size=400):
    rng = np.random.default_rng(seed)
    ends, stop = rng.exponential(60, size).round() + 1, rng.uniform(5, 200, size).round() + 1
    return pd.DataFrame({"duration": np.minimum(ends, stop), "event": ends <= stop})


def test_check_values_of_the_ticket_hours():
    curve = kaplan_meier(TICKETS)
    assert curve.median().value == 8
    assert curve.survival_at(24).value == pytest.approx(0.30)
    assert curve.rmst(48).value == pytest.approx(20.0)
    assert (curve.n_units, curve.n_events, curve.verdict) == (10, 7, "few events")


def test_equals_lifelines_curve_interval_and_median(lifelines, rossi):
    from lifelines.utils import median_survival_times

    for data in (rossi, random_spells(1)):
        curve = kaplan_meier(data)
        oracle = lifelines.KaplanMeierFitter().fit(data["duration"], data["event"])
        table = curve.table.set_index("time")
        np.testing.assert_allclose(table["survival"], oracle.survival_function_.iloc[:, 0], rtol=1e-12)
        some = table["survival"].between(1e-9, 1 - 1e-9)
        limits = oracle.confidence_interval_
        np.testing.assert_allclose(table.loc[some, "low"], limits.iloc[:, 0][some.to_numpy()], rtol=1e-9)
        np.testing.assert_allclose(table.loc[some, "high"], limits.iloc[:, 1][some.to_numpy()], rtol=1e-9)
        np.testing.assert_array_equal(table["n_at_risk"], oracle.event_table["at_risk"])
        median = median_survival_times(limits)
        expected = [oracle.median_survival_time_, median.iloc[0, 0], median.iloc[0, 1]]
        np.testing.assert_array_equal(curve.median()[:3], np.where(np.isinf(expected), np.nan, expected))


def test_late_entry_equals_lifelines(lifelines):
    data = random_spells(2)
    data["entry"] = np.where(np.arange(len(data)) % 3, np.maximum(data["duration"] - 20.5, 0), 0)
    oracle = lifelines.KaplanMeierFitter().fit(data["duration"], data["event"], entry=data["entry"])
    curve = kaplan_meier(data)
    expected = oracle.survival_function_.iloc[:, 0].reindex(curve.table["time"])
    np.testing.assert_allclose(curve.table["survival"], expected, rtol=1e-12)


def test_late_entry_with_entries_tied_to_events_equals_statsmodels():
    data = random_spells(3)
    data["entry"] = np.where(np.arange(len(data)) % 3, np.maximum(data["duration"] - 20, 0), 0)
    oracle = SurvfuncRight(
        data["duration"], data["event"].astype(int), entry=data["entry"].where(data["entry"] > 0, -1)
    )
    table = kaplan_meier(data).table.set_index("time").loc[oracle.surv_times]
    np.testing.assert_allclose(table["survival"], oracle.surv_prob, rtol=1e-12)
    np.testing.assert_allclose(table["std_error"], oracle.surv_prob_se, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(table["n_at_risk"], oracle.n_risk)


@settings(max_examples=60, deadline=None)
@given(survival_cells())
def test_counts_give_what_rows_give(cells):
    weighted, rows = kaplan_meier(cells), kaplan_meier(written_out(cells))
    assert_frame_equal(weighted.table, rows.table)
    for name in ("n_units", "n_events", "n_excluded", "verdict", "reason"):
        assert getattr(weighted, name) == getattr(rows, name)
    assert str(weighted.median()) == str(rows.median())
    np.testing.assert_allclose(weighted.rmst(5)[:3], rows.rmst(5)[:3])


@settings(max_examples=60, deadline=None)
@given(survival_cells())
def test_every_interval_holds_its_estimate(cells):
    table = kaplan_meier(cells).table
    assert ((table["low"] <= table["survival"] + 1e-12) & (table["survival"] <= table["high"] + 1e-12)).all()
    assert table["survival"].is_monotonic_decreasing


def test_restricted_mean_error_is_that_of_the_bootstrap():
    data = random_spells(4, 150)
    curve = kaplan_meier(data)
    rng = np.random.default_rng(5)
    again = [
        kaplan_meier(data.assign(n_units=rng.multinomial(150, [1 / 150] * 150))).rmst(90).value for _ in range(400)
    ]
    assert curve.rmst_se(90) == pytest.approx(np.std(again), rel=0.12)
    assert curve.rmst(90).low < curve.rmst(90).value < curve.rmst(90).high


def test_restricted_mean_without_censoring_is_the_mean():
    times = np.array([2.0, 4, 4, 7, 9])
    curve = kaplan_meier(pd.DataFrame({"duration": times, "event": True}))
    assert curve.rmst(9).value == pytest.approx(times.mean())
    assert curve.rmst_se(9) == pytest.approx(times.std() / np.sqrt(5))  # the plug-in error of a mean
    assert curve.rmst(100).value == pytest.approx(times.mean())  # nobody is left, so the curve is known to stay at 0


def test_difference_at_a_fixed_time_equals_lifelines(lifelines):
    from lifelines.statistics import survival_difference_at_fixed_point_in_time_test

    a, b = random_spells(6), random_spells(7, 300)
    fitted = [lifelines.KaplanMeierFitter().fit(x["duration"], x["event"]) for x in (a, b)]
    change = survival_difference(kaplan_meier(a), kaplan_meier(b), 40)
    oracle = survival_difference_at_fixed_point_in_time_test(40, *fitted)
    assert change.p_value == pytest.approx(oracle.p_value, rel=1e-9)
    assert change.difference == pytest.approx(fitted[1].predict(40) - fitted[0].predict(40))
    assert change.low < change.difference < change.high


def test_restricted_mean_difference_is_current_minus_base():
    a, b = kaplan_meier(random_spells(6)), kaplan_meier(random_spells(7, 300))
    change = rmst_difference(a, b, 60)
    assert change.difference == pytest.approx(b.rmst(60).value - a.rmst(60).value)
    assert (change.low > 0 or change.high < 0) == (change.p_value < 0.05)


def test_median_that_is_not_reached_says_so():
    curve = kaplan_meier(pd.DataFrame({"duration": [10, 20, 365], "event": [1, 0, 0], "n_units": [20, 40, 40]}))
    median = curve.median()
    assert np.isnan(median.value)
    assert median.method == "not reached: 80% were still there at 365"


def test_reading_limit_is_ten_at_risk():
    curve = kaplan_meier(pd.DataFrame({"duration": np.arange(1, 31), "event": True}))
    assert (curve.readable_from, curve.readable_to) == (0, 21)
    assert np.isnan(kaplan_meier(TICKETS.head(5)).readable_to)


def test_late_entry_makes_the_early_curve_unreadable():
    late = pd.DataFrame({"duration": [3, 20, 50], "event": [1, 1, 0], "entry": [0, 10, 10], "n_units": [2, 30, 30]})
    curve = kaplan_meier(late)
    assert (curve.readable_from, curve.readable_to) == (20, 50)


@pytest.mark.parametrize("event", [0, 1])
def test_nobody_and_everybody_ended(event):
    curve = kaplan_meier(pd.DataFrame({"duration": [5], "event": [event], "n_units": [100]}))
    last = curve.table.iloc[-1]
    exact = 0.025 ** (1 / 100)
    assert (last.survival, last.low, last.high) == ((0, 0, 1 - exact) if event else (1, exact, 1))
    assert curve.verdict == ("estimated" if event else "few events")


def test_one_customer_and_none():
    assert kaplan_meier(pd.DataFrame({"duration": [5], "event": [0]})).verdict == "few events"
    empty = kaplan_meier(pd.DataFrame({"duration": [], "event": []}))
    assert (empty.verdict, empty.reason) == ("degenerate", "nobody was ever at risk")
    assert np.isnan(empty.median().value)
    assert np.isnan(empty.survival_at(3).value)
    assert np.isnan(empty.rmst(3).value)


def test_a_spell_watched_from_its_last_day_is_left_out_and_counted():
    curve = kaplan_meier(pd.DataFrame({"duration": [5, 9], "event": [1, 1], "entry": [5, 2], "n_units": [4, 3]}))
    assert (curve.n_units, curve.n_excluded) == (3, 4)


def test_ends_on_the_first_day_count():
    curve = kaplan_meier(pd.DataFrame({"duration": [0, 4], "event": [1, 0], "n_units": [1, 3]}))
    assert curve.survival_at(0).value == 0.75


def test_nothing_is_said_beyond_the_follow_up():
    curve = kaplan_meier(TICKETS)
    assert np.isnan(curve.survival_at(49).value)
    assert curve.rmst(49).method == "unknown at 49: the follow-up ends at 48"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"duration": [1, -2]}, "1 of 2 rows have a negative duration"),
        ({"duration": [1, np.nan]}, "no finite `duration`"),
        ({"event": [0, 2]}, "`event` neither 0 nor 1"),
        ({"n_units": [1, 1.5]}, "not a count"),
        ({"entry": [0, 9]}, "an entry later than the end"),
        ({"duration": ["a", "b"]}, "column `duration` is not numeric"),
    ],
)
def test_impossible_spells_are_refused_with_the_first_row(change, message):
    cells = pd.DataFrame({"duration": [1, 2], "event": [0, 1], "n_units": [1, 1], "entry": [0, 0]}).assign(**change)
    with pytest.raises(DataError, match=message):
        kaplan_meier(cells)


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="Did you mean `durations`"):
        kaplan_meier(pd.DataFrame({"durations": [1], "event": [1]}))
