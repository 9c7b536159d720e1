import numpy as np
import pandas as pd
import pytest
from survival_tables import collapsed

from cxkit.areas.churn.contractual_value import contractual_value, value_of_survival
from cxkit.errors import ArgumentError


@pytest.mark.parametrize("known", [2, 13, 200])
def test_check_values_whatever_part_is_known(known):
    survival = 0.95 ** np.arange(known)
    assert value_of_survival(survival, 20, 0.01, 0, np.inf, 0.95)[0] == pytest.approx(336.67, abs=0.005)
    assert value_of_survival(survival, 20, 0.01, 1, np.inf, 0.95)[0] == pytest.approx(316.67, abs=0.005)
    assert value_of_survival(survival, 20, 0, 0, np.inf, 0.95)[0] == pytest.approx(400)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("horizon", [1, 5, 24, 60])
def test_a_horizon_equals_the_sum_written_out(first, horizon):
    survival = np.array([1, 0.9, 0.85, 0.83, 0.8])
    whole = np.append(survival, 0.8 * 0.97 ** np.arange(1, 80))
    months = np.arange(first, first + horizon)
    expected = (whole[months] * 30 / 1.008**months).sum()
    seen = months[months < 5]
    assert value_of_survival(survival, 30, 0.008, first, horizon, 0.97) == pytest.approx(
        (expected, (whole[seen] * 30 / 1.008**seen).sum())
    )


def test_no_churn_and_no_discount():
    assert value_of_survival(np.ones(3), 10, 0, 0, 12, 1.0)[0] == 120
    assert value_of_survival(np.ones(3), 10, 0, 0, np.inf, 1.0)[0] == np.inf


def test_another_first_payment_is_refused():
    with pytest.raises(ArgumentError, match="expected 0 "):
        value_of_survival(np.ones(3), 10, 0, 2, 12, 1.0)


def subscribers(seed=1, size=3000, retention=0.95):
    rng = np.random.default_rng(seed)
    months, stop = rng.geometric(1 - retention, size), rng.integers(1, 30, size)
    return pd.DataFrame({"duration": np.minimum(months, stop) * 30.0, "event": months <= stop})


def test_finds_the_planted_value():
    found = contractual_value(
        subscribers(), 20, annual_discount=1.01**12 - 1, horizon_months=np.inf, days_per_month=30, n_boot=100
    )
    assert found.value.low < 336.67 < found.value.high
    assert found.value.low > 300
    assert found.retention_beyond == pytest.approx(0.95, abs=0.02)
    assert found.share_beyond == pytest.approx((0.95 / 1.01) ** 30, abs=0.06)


def test_counts_give_what_rows_give():
    rows = subscribers(2, 400)
    assert contractual_value(rows, 20, n_boot=20) == contractual_value(collapsed(rows), 20, n_boot=20)


def test_bootstrap_error_is_that_of_new_samples():
    found = contractual_value(subscribers(3, 800), 20, days_per_month=30, n_boot=200)
    again = [
        contractual_value(subscribers(s, 800), 20, days_per_month=30, n_boot=1).value.value for s in range(100, 220)
    ]
    assert found.value.high - found.value.low == pytest.approx(2 * 1.96 * np.std(again), rel=0.25)


def test_retention_beyond_is_that_of_the_last_six_months():
    """A hazard that falls to 0 after month 10: nobody is assumed to leave beyond month 20."""
    early = pd.DataFrame({"duration": 30.0 * np.arange(1, 11), "event": True, "n_units": 20})
    late = pd.DataFrame({"duration": [600.0], "event": [False], "n_units": [800]})
    found = contractual_value(pd.concat([early, late]), 20, days_per_month=30, n_boot=5)
    assert found.retention_beyond == 1
    assert found.observed_months == 20


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"duration": [], "event": []}, "nobody was ever at risk"),
        ({"duration": [20], "event": [0]}, "the follow-up of 20 days is shorter than a month"),
    ],
)
def test_degenerate_data_give_a_verdict(cells, reason):
    found = contractual_value(pd.DataFrame(cells), 20)
    assert (found.verdict, found.reason) == ("degenerate", reason)
    assert np.isnan(found.value.value)


def test_nobody_left():
    found = contractual_value(pd.DataFrame({"duration": [100], "event": [0], "n_units": [50]}), 10, 0.0)
    assert found.value[:3] == pytest.approx((240, 240, 240))


def test_nobody_left_and_no_end_in_sight_is_worth_infinity():
    cells = pd.DataFrame({"duration": [100], "event": [0], "n_units": [50]})
    found = contractual_value(cells, 10, 0.0, horizon_months=np.inf)
    assert (found.value.value, found.share_beyond) == (np.inf, 1)


def test_everybody_left_on_one_day():
    found = contractual_value(pd.DataFrame({"duration": [100], "event": [1], "n_units": [50]}), 10, 0.0)
    assert found.value.value == pytest.approx(40)  # the payments of months 0 to 3, none after
    assert found.retention_beyond == 0


def test_late_entry_is_respected_by_the_redraws():
    cells = subscribers(4, 2000).assign(entry=lambda d: np.where(np.arange(2000) % 2, 0, d["duration"] - 15))
    found = contractual_value(cells, 20, n_boot=100)
    assert found.value.low < found.value.value < found.value.high
