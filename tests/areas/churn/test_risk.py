import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survival_tables import collapsed

from cxkit.areas.churn.risk import churn_risk, tenure_risk, validate_on_split, validate_risk
from cxkit.models.survival.cox import fit_cox
from cxkit.models.survival.kaplan_meier import kaplan_meier


def company(seed=1, size=20_000, drift=1.0):
    """Customers who join over 600 days; the hazard of plan b is a third of plan a's; split on day 600, followed to day 700."""
    rng = np.random.default_rng(seed)
    start, plan = rng.integers(0, 600, size), rng.choice(["a", "b"], size)
    rate = np.where(plan == "b", 1, 3) / 1500
    end = start + np.ceil(rng.exponential(1 / rate))
    after = end > 600
    end[after] = 600 + np.ceil((end[after] - 600) / drift)
    left = end <= 600
    known = pd.DataFrame({"duration": np.where(left, end, 600) - start, "event": left, "plan": plan})
    stop = 600 + np.where(rng.random(size) < 0.3, rng.integers(1, 100, size), 100)
    later = pd.DataFrame(
        {"tenure": 600 - start, "plan": plan, "duration": np.minimum(end, stop) - 600, "event": end <= stop}
    )
    return collapsed(known), collapsed(later[~left])


def test_risks_of_a_steady_company_come_true():
    known, later = company()
    found = validate_on_split(known, later, ["plan"], 90, n_boot=20)
    assert found.verdict == "calibrated", found.reason
    assert found.observed.value == pytest.approx(0.11, abs=0.02)
    assert 0.6 < found.concordance.low < found.concordance.value < found.concordance.high < 0.7
    assert found.brier < found.brier_null
    assert 0 < found.skill.low < found.skill.value
    shares = found.calibration
    assert (shares["n_units"].sum(), shares["n_events"].sum()) == (found.n_units, found.n_events)
    assert ((shares["low"] <= shares["predicted"]) & (shares["predicted"] <= shares["high"])).mean() >= 0.5


def test_a_company_that_gets_worse_is_off():
    found = validate_on_split(*company(2, drift=2.0), ["plan"], 90, n_boot=0)
    assert found.verdict == "off"
    assert found.predicted < found.observed.low


def test_risk_is_the_known_probability():
    known, later = company(3)
    risk = churn_risk(fit_cox(known, ["plan"]), later.assign(tenure=100), 90)["risk"]
    for plan, rate in (("a", 3 / 1500), ("b", 1 / 1500)):
        assert risk[later["plan"] == plan].iloc[0] == pytest.approx(1 - np.exp(-rate * 90), rel=0.07)


def test_tenure_risk_is_the_conditional_curve():
    known, later = company(4)
    curve = kaplan_meier(known)
    expected = 1 - curve.survival_at(190).value / curve.survival_at(100).value
    assert tenure_risk(known, later.head(1).assign(tenure=100), 90)["risk"].iloc[0] == pytest.approx(
        expected, rel=1e-3
    )  # 1 − S and exp(−H) differ by ties


def test_beyond_the_readable_time_the_hazard_is_held_and_flagged():
    known, later = company(5)
    risk = churn_risk(fit_cox(known, ["plan"]), later.head(2).assign(tenure=[400, 580], plan="a"), 90)
    assert risk["is_extrapolated"].tolist() == [False, True]
    assert risk["risk"].iloc[1] == pytest.approx(1 - np.exp(-90 * 3 / 1500), rel=0.35)


def test_a_level_that_the_fit_has_not_seen_has_no_risk_and_is_left_out():
    known, later = company(6, 3000)
    later.loc[later.index[:50], "plan"] = "new"
    risk = churn_risk(fit_cox(known, ["plan"]), later, 90)["risk"]
    assert risk.isna().sum() == 50
    found = validate_on_split(known, later, ["plan"], 90, n_boot=0)
    assert found.n_units == later["n_units"].iloc[50:].sum()


def test_brier_is_the_mean_square_without_censoring():
    scored = pd.DataFrame(
        {"risk": [0.2, 0.6, 0.9], "null_risk": 0.5, "duration": [90, 30, 90], "event": [0, 1, 0], "n_units": [2, 3, 1]}
    )
    found = validate_risk(scored, 90, n_boot=0)
    assert found.brier == pytest.approx((2 * 0.2**2 + 3 * 0.4**2 + 0.9**2) / 6)
    assert found.brier_null == pytest.approx(0.25)
    assert found.skill.value == pytest.approx(1 - found.brier / 0.25)


def test_brier_weights_by_the_chance_of_being_seen():
    """By hand: at 10 one of 4 ends; at 20 one of the 3 left is censored, so G(30−) = 2/3; one ends at 30, one stays."""
    scored = pd.DataFrame(
        {"risk": [0.5, 0.5, 0.25, 0.25], "null_risk": 0.5, "duration": [10, 20, 30, 90], "event": [1, 0, 1, 0]}
    )
    found = validate_risk(scored.assign(n_units=1), 90, n_boot=0)
    assert found.brier == pytest.approx((0.5**2 + 0.75**2 / (2 / 3) + 0.25**2 / (2 / 3)) / 4)


def test_brier_without_ties_equals_scikit_survival():
    rng = np.random.default_rng(7)
    risk, ends, stop = rng.random(60).round(3), rng.exponential(80, 60).round(4), rng.uniform(20, 160, 60).round(4)
    scored = pd.DataFrame({"risk": risk, "null_risk": 0.5, "duration": np.minimum(ends, stop), "event": ends <= stop})
    found = validate_risk(scored.assign(n_units=1), 90, n_boot=0)
    assert found.brier == pytest.approx(0.29798226, abs=5e-9)  # brier_score of scikit-survival 0.28.0


def test_at_a_shared_time_ends_come_before_censorings():
    scored = pd.DataFrame({"risk": 0.5, "null_risk": 0.5, "duration": [10, 10, 90], "event": [1, 0, 0], "n_units": 1})
    # G(90−): one of the two left after the end at 10 is censored there.
    assert validate_risk(scored, 90, n_boot=0).brier == pytest.approx((0.25 + 0.25 / 0.5) / 3)


def test_auc_without_censoring_is_the_rank_sum():
    rng = np.random.default_rng(8)
    risk, event = rng.integers(0, 6, 80) / 10, rng.random(80) < 0.4
    scored = pd.DataFrame(
        {"risk": risk, "null_risk": 0.3, "duration": np.where(event, 30, 90), "event": event, "n_units": 1}
    )
    pairs = [(a > b) + (a == b) / 2 for a in risk[event] for b in risk[~event]]
    found = validate_risk(scored, 90, n_boot=50)
    assert found.auc.value == pytest.approx(np.mean(pairs))
    assert found.auc.low < found.auc.value < found.auc.high


def test_auc_weights_cases_by_the_chance_of_being_seen():
    """By hand: the case at 10 counts once, that at 30 after one of three was lost to sight 3/2 times; one is still there."""
    scored = pd.DataFrame(
        {
            "risk": [0.5, 0.1, 0.2, 0.3],
            "null_risk": 0.5,
            "duration": [10, 20, 30, 90],
            "event": [1, 0, 1, 0],
            "n_units": 1,
        }
    )
    assert validate_risk(scored, 90, n_boot=0).auc.value == pytest.approx(1 / 2.5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_counts_give_what_rows_give(seed):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "risk": rng.choice([0.1, 0.2, 0.5, 0.8], 40),
            "null_risk": rng.choice([0.3, 0.4], 40),
            "duration": rng.integers(1, 12, 40),
            "event": rng.random(40) < 0.5,
        }
    )
    weighted, plain = (validate_risk(data, 8, n_boot=0) for data in (collapsed(rows), rows.assign(n_units=1)))
    pd.testing.assert_frame_equal(weighted.calibration, plain.calibration)
    for name in ("brier", "brier_null", "predicted"):
        assert getattr(weighted, name) == pytest.approx(getattr(plain, name))
    for name in ("concordance", "auc", "skill"):
        assert getattr(weighted, name).value == pytest.approx(getattr(plain, name).value, nan_ok=True)


@pytest.mark.parametrize("event", [0, 1])
def test_nobody_and_everybody_left(event):
    known = pd.DataFrame({"duration": [100, 200], "event": event, "plan": ["a", "b"], "n_units": 50})
    later = known.assign(tenure=50, duration=[80, 90])
    found = validate_on_split(known, later, ["plan"], 90, n_boot=5)
    assert found.verdict == ("calibrated" if event else "can't tell")
    if not event:
        assert found.predicted == 0
        assert np.isnan(found.concordance.value)


def test_one_customer_and_none():
    one = pd.DataFrame({"duration": [100], "event": [1], "plan": ["a"]})
    later = pd.DataFrame({"tenure": [50], "duration": [80], "event": [1], "plan": ["a"], "n_units": [1]})
    assert validate_on_split(one, later, ["plan"], 90, n_boot=5).verdict == "can't tell"
    assert validate_on_split(one.head(0), later, ["plan"], 90, n_boot=5).n_units == 0
    assert validate_on_split(one, later.head(0), ["plan"], 90, n_boot=5).verdict == "can't tell"
