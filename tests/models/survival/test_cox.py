import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.duration.hazard_regression import PHReg
from survival_tables import collapsed, survival_cells, written_out

from cxkit.errors import ArgumentError
from cxkit.models.survival.cox import fit_cox
from cxkit.models.survival.design import make_design
from cxkit.models.survival.partial_likelihood import PartialLikelihood
from cxkit.models.survival.survival_cells import read_cells


@pytest.fixture(scope="module")
def lifelines():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifelines

        return lifelines


def members(seed=1, size=800, step=1.0, late=False):
    """Spells with two numbers and a plan; `step` rounds the durations, so large steps make heavy ties."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(["basic", "plus", "pro"], size, p=[0.5, 0.3, 0.2])
    age, is_paid = rng.normal(0, 1, size).round(1), rng.integers(0, 2, size)
    rate = np.exp(0.4 * age - 0.5 * is_paid - 0.4 * (plan == "plus") - 0.9 * (plan == "pro")) / 50
    ends, stop = rng.exponential(1 / rate), rng.uniform(5, 90, size)
    if step:
        ends, stop = np.ceil(ends / step) * step, np.ceil(stop / step) * step
    data = pd.DataFrame(
        {"duration": np.minimum(ends, stop), "event": ends <= stop, "age": age, "is_paid": is_paid, "plan": plan}
    )
    if late:
        data["entry"] = np.where(rng.random(size) < 0.5, 0, (data["duration"] * rng.random(size) * 0.9).round(3))
    return data


def dummies(data):
    wide = pd.get_dummies(data, columns=["plan"], dtype=float).drop(columns="plan_basic")
    return wide[
        ["duration", "event", *(["entry"] if "entry" in wide else []), "age", "is_paid", "plan_plus", "plan_pro"]
    ]


def exact(lifelines, *args, **options):
    """lifelines stops early by default; here it iterates until nothing changes."""
    return lifelines.CoxPHFitter().fit(*args, fit_options={"precision": 1e-14, "r_precision": 1e-14}, **options)


COVARIATES = ["age", "is_paid", "plan"]


@pytest.mark.parametrize("step", [0, 1, 10])
def test_equals_lifelines_on_full_rows(lifelines, step):
    data = members(step=step)
    ours = fit_cox(data, COVARIATES)
    oracle = exact(lifelines, dummies(data), "duration", "event")
    table = ours.hazard_ratios
    assert ours.verdict == "converged"
    np.testing.assert_allclose(table["coefficient"], oracle.params_, rtol=1e-6)
    np.testing.assert_allclose(table["std_error"], oracle.standard_errors_, rtol=1e-6)
    np.testing.assert_allclose(ours.covariance, oracle.variance_matrix_, rtol=1e-5)
    assert ours.log_likelihood == pytest.approx(oracle.log_likelihood_, abs=1e-6)
    assert ours.concordance == pytest.approx(oracle.concordance_index_, abs=1e-12)


def test_robust_errors_without_ties_equal_lifelines(lifelines):
    data = members(step=0)
    oracle = exact(lifelines, dummies(data), "duration", "event", robust=True)
    ours = fit_cox(data, COVARIATES).hazard_ratios
    np.testing.assert_allclose(ours["robust_error"], oracle.standard_errors_, rtol=1e-6)
    np.testing.assert_allclose(ours["low"], np.exp(oracle.confidence_intervals_.iloc[:, 0]), rtol=1e-6)
    np.testing.assert_allclose(ours["p_value"], oracle.summary["p"], rtol=1e-4)


def test_clustered_errors_without_ties_equal_lifelines(lifelines):
    data = members(step=0, size=300)
    data["customer_id"] = np.arange(300) % 120
    wide = dummies(data).assign(customer_id=data["customer_id"])
    oracle = exact(lifelines, wide, "duration", "event", cluster_col="customer_id")
    ours = fit_cox(data, COVARIATES, cluster="customer_id").hazard_ratios
    np.testing.assert_allclose(ours["robust_error"], oracle.standard_errors_, rtol=1e-6)


@pytest.mark.parametrize("step", [0, 10])
def test_late_entry_equals_statsmodels_and_lifelines(lifelines, step):
    data = members(2, step=step, late=True)
    ours = fit_cox(data, COVARIATES)
    wide = dummies(data)
    oracle = exact(lifelines, wide, "duration", "event", entry_col="entry")
    np.testing.assert_allclose(ours.hazard_ratios["coefficient"], oracle.params_, rtol=1e-5)
    np.testing.assert_allclose(ours.hazard_ratios["std_error"], oracle.standard_errors_, rtol=1e-5)
    exog = wide.iloc[:, 3:].to_numpy(float)
    other = PHReg(wide["duration"], exog, wide["event"].astype(int), entry=wide["entry"], ties="efron")
    np.testing.assert_allclose(ours.hazard_ratios["coefficient"], other.fit(disp=0).params, rtol=1e-4)


def efron_row_by_row(data, x, beta, weight):
    """Efron's weighted log-likelihood gradient as written in Therneau & Grambsch, one end at a time."""
    risk = weight * np.exp(x @ beta)
    entry = np.where(data["entry"] == 0, -np.inf, data["entry"]) if "entry" in data else np.full(len(data), -np.inf)
    gradient = np.zeros(x.shape[1])
    for t in np.unique(data["duration"][data["event"]]):
        at_risk = (entry < t) & (data["duration"] >= t).to_numpy()
        end = ((data["duration"] == t) & data["event"]).to_numpy()
        gradient += weight[end] @ x[end]
        d = int(end.sum())
        for m in range(d):
            share = np.where(end, 1 - m / d, 1.0) * at_risk
            gradient -= weight[end].mean() * (share * risk) @ x / (share @ risk)
    return gradient


@pytest.mark.parametrize("late", [False, True])
def test_score_residuals_under_ties_are_derivatives_in_the_weights(late):
    data = members(3, size=40, step=10, late=late)
    checked = read_cells(data)
    design = make_design(data, COVARIATES, checked.n_units, checked.n_units * checked.event)
    x, beta = design.matrix(data), np.array([0.3, -0.2, 0.4, -0.1])
    ours = PartialLikelihood(checked, x).score_residuals(beta)
    one = np.ones(len(data))
    for row in range(0, len(data), 3):
        step = np.zeros(len(data))
        step[row] = 1e-5
        slope = (efron_row_by_row(data, x, beta, one + step) - efron_row_by_row(data, x, beta, one - step)) / 2e-5
        np.testing.assert_allclose(ours[row], slope, atol=1e-7)


def test_gradient_and_information_are_the_derivatives():
    data = members(4, size=60, step=15, late=True)
    checked = read_cells(data)
    design = make_design(data, COVARIATES, checked.n_units, checked.n_units * checked.event)
    likelihood, beta = PartialLikelihood(checked, design.matrix(data)), np.array([0.3, -0.2, 0.4, -0.1])
    _, gradient, information = likelihood(beta)
    np.testing.assert_allclose(gradient, efron_row_by_row(data, likelihood.x, beta, np.ones(60)), atol=1e-9)
    for k in range(4):
        step = np.eye(4)[k] * 1e-5
        up, down = likelihood(beta + step), likelihood(beta - step)
        assert (up[0] - down[0]) / 2e-5 == pytest.approx(gradient[k], abs=1e-6)
        np.testing.assert_allclose((up[1] - down[1]) / -2e-5, information[k], atol=1e-5)


def test_robust_errors_add_up_to_zero_scores():
    data = members(5, step=10)
    fit = fit_cox(data, COVARIATES)
    scores = fit.likelihood.score_residuals(fit.coefficients)
    np.testing.assert_allclose((scores * fit.cells.n_units[:, None]).sum(axis=0), 0, atol=1e-6)


def test_an_error_that_is_only_rounding_gives_no_interval():
    cells = pd.DataFrame(
        {
            "duration": [1, 7, 5, 7, 7, 6, 6, 2], "event": [False, True, False, True, False, False, False, False],
            "entry": [0, 0, 0, 0, 0, 4, 5, 0], "x0": [0, 1, 1, 1, 0, 1, 0.5, 0], "x1": [0.5, 1, 0, 0.5, 0, 0, 0.5, 0.5],
            "n_units": [3, 1, 2, 3, 5, 1, 4, 3],
        }
    )  # fmt: skip
    for data in (cells, written_out(cells)):
        ratio = fit_cox(data, ["x0", "x1"]).hazard_ratios.iloc[1]
        assert ratio.hazard_ratio == pytest.approx(1, abs=1e-6) and ratio.std_error > 1
        assert ratio[["robust_error", "low", "high", "p_value"]].isna().all()


LATE_AND_FAR_APART = [
    (
        {
            "duration": [1, 7, 6, 1, 8, 4, 7], "event": [0, 1, 1, 1, 1, 1, 1], "entry": [0, 4, 0, 0, 7, 0, 0],
            "x0": [0.5, 0, 0, 0.5, 0.5, 0.5, 0], "x1": [0, 0, 0.5, 1, 1.5, 0, 1], "x2": [1, 0.5, 0, 0, 1, 0, 0],
            "n_units": [20, 20, 40, 50, 30, 50, 20],
        },
        ["x1", "x2"],
    ),
    (
        {
            "duration": [2, 3, 6, 3, 7, 7, 4, 7, 8, 4, 6, 5], "event": [1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1],
            "entry": [1, 0, 1, 0, 6, 4, 0, 1, 1, 3, 0, 0], "x0": [0.5, 0.5, 1.5, 1, 1.5, 0, 1.5, 1, 1, 1, 0.5, 1.5],
            "x1": [0.5, 1, 0, 0, 1.5, 1.5, 0, 1.5, 1.5, 1, 0.5, 0], "x2": [0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0.5, 0.5, 0.5, 0.5],
            "n_units": [30, 50, 40, 20, 30, 20, 40, 50, 10, 50, 40, 40],
        },
        ["x0", "x1"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "known"), LATE_AND_FAR_APART)
def test_where_one_ratio_has_no_maximum_the_others_are_the_same_for_counts_and_rows(cells, known):
    """Risks come to differ by e^30 on the way: to take those who enter late off a sum again would leave nothing but its rounding."""
    cells = pd.DataFrame(cells).astype({"event": bool})
    rows, names = written_out(cells), ["x0", "x1", "x2"]
    weighted, by_row = fit_cox(cells, names), fit_cox(rows, names)
    table = weighted.hazard_ratios
    assert table.loc[table["verdict"] == "converged", "covariate"].tolist() == known
    pd.testing.assert_frame_equal(table, by_row.hazard_ratios, rtol=1e-6)

    free = [names.index(name) for name in known]
    x, steps = weighted.design.matrix(rows), 1e-4 * np.eye(3)[free]
    slopes = [
        efron_row_by_row(rows, x, weighted.coefficients + step, np.ones(len(rows)))[free] for step in (*steps, *-steps)
    ]
    information = (np.array(slopes[2:]) - np.array(slopes[:2])) / 2e-4
    np.testing.assert_allclose(table["std_error"].iloc[free], np.sqrt(np.diag(np.linalg.inv(information))), rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(survival_cells(covariates=2, min_rows=8))
def test_counts_give_what_rows_give(cells):
    weighted, rows = fit_cox(cells, ["x0", "x1"]), fit_cox(written_out(cells), ["x0", "x1"])
    assert weighted.verdict == rows.verdict
    assert (weighted.n_units, weighted.n_events, weighted.n_excluded) == (rows.n_units, rows.n_events, rows.n_excluded)
    identified = weighted.hazard_ratios["verdict"] == "converged"
    pd.testing.assert_frame_equal(
        weighted.hazard_ratios[identified], rows.hazard_ratios[identified], rtol=1e-6, atol=1e-9
    )
    assume(weighted.verdict == "converged")
    np.testing.assert_allclose(weighted.log_likelihood, rows.log_likelihood, rtol=1e-9)
    np.testing.assert_allclose(weighted.concordance, rows.concordance, rtol=1e-12)
    np.testing.assert_allclose(weighted.baseline, rows.baseline, rtol=1e-6)


@settings(max_examples=25, deadline=None)
@given(survival_cells(covariates=1, min_rows=8, late_entry=False))
def test_clustered_counts_give_what_rows_give(cells):
    cells["customer_id"] = np.arange(len(cells)) // 3
    weighted, rows = (fit_cox(data, ["x0"], cluster="customer_id") for data in (cells, written_out(cells)))
    assume(weighted.verdict == "converged")
    np.testing.assert_allclose(weighted.robust_covariance, rows.robust_covariance, rtol=1e-6, atol=1e-12)


def test_a_large_count_equals_the_rows_to_the_last_digits():
    data = members(6, size=3000, step=10).assign(age=lambda d: d["age"].round())
    weighted, rows = fit_cox(collapsed(data), COVARIATES), fit_cox(data, COVARIATES)
    np.testing.assert_allclose(weighted.coefficients, rows.coefficients, rtol=1e-9)
    np.testing.assert_allclose(weighted.robust_covariance, rows.robust_covariance, rtol=1e-9)


def test_baseline_without_ties_equals_lifelines(lifelines):
    data = members(7, step=0)
    ours = fit_cox(data, COVARIATES)
    oracle = exact(lifelines, dummies(data), "duration", "event")
    expected = oracle.baseline_cumulative_hazard_.iloc[:, 0].reindex(ours.baseline["time"])
    np.testing.assert_allclose(ours.baseline["cumulative_hazard"], expected, rtol=1e-6)
    some = data.head(5)
    theirs = oracle.predict_survival_function(dummies(some), times=[30]).iloc[0]
    np.testing.assert_allclose(ours.survival(some, np.full(5, 30)), theirs, rtol=1e-6)


def test_survival_beyond_the_follow_up_is_unknown():
    data = members(7)
    fit = fit_cox(data, COVARIATES)
    assert np.isnan(fit.survival(data.head(1), np.array([1e6]))[0])
    assert fit.survival(data.head(1), np.array([0.0]))[0] == 1


def test_concordance_with_late_entry_compares_those_watched_together():
    data = members(8, size=120, step=5, late=True)
    fit = fit_cox(data, COVARIATES)
    score, pairs, right = fit.log_risk(data), 0, 0.0
    entry = data["entry"].where(data["entry"] > 0, -1).to_numpy()
    time, event = data["duration"].to_numpy(), data["event"].to_numpy()
    for i in np.flatnonzero(event):
        for j in np.flatnonzero((entry < time[i]) & ((time > time[i]) | ((time == time[i]) & ~event))):
            pairs += 1
            right += 1 if score[i] > score[j] + 1e-9 else 0.5 if abs(score[i] - score[j]) < 1e-9 else 0
    assert fit.concordance == pytest.approx(right / pairs, abs=1e-12)


@pytest.mark.parametrize(
    ("cells", "verdict", "reason"),
    [
        ({"duration": [5, 9], "event": [0, 0], "plan": ["a", "b"]}, "degenerate", "nobody ended"),
        ({"duration": [5, 9], "event": [1, 1], "plan": ["a", "a"]}, "degenerate", "plan=a is the same for everybody"),
        ({"duration": [5], "event": [1], "plan": ["a"]}, "degenerate", "no covariate varies"),
        ({"duration": [], "event": [], "plan": []}, "degenerate", "nobody was ever at risk"),
        ({"duration": [5, 6, 7], "event": [1, 1, 1], "plan": [None, None, None]}, "degenerate", "plan=not known"),
    ],
)
def test_degenerate_data_give_a_verdict(cells, verdict, reason):
    fit = fit_cox(pd.DataFrame(cells), ["plan"])
    assert fit.verdict == verdict
    assert reason in fit.reason
    assert fit.hazard_ratios["hazard_ratio"].isna().all()
    assert np.isnan(fit.concordance)


def test_a_level_where_nobody_ended_is_named_and_the_others_hold():
    data = members(9)
    data.loc[data["plan"] == "pro", "event"] = False
    fit = fit_cox(data, COVARIATES)
    others = fit_cox(data[data["plan"] != "pro"], COVARIATES)
    assert fit.verdict == "not identified"
    assert fit.reason.startswith("plan=pro: none of the")
    kept = fit.hazard_ratios[fit.hazard_ratios["verdict"] == "converged"]
    np.testing.assert_allclose(kept["coefficient"], others.hazard_ratios["coefficient"], rtol=1e-4)


def test_a_covariate_that_separates_is_not_identified():
    data = pd.DataFrame({"duration": np.arange(1.0, 41), "event": True, "x": np.arange(40.0)})
    fit = fit_cox(data, ["x"])
    assert fit.verdict == "not identified"
    assert "separate" in fit.reason


def test_two_covariates_that_separate_together_are_both_not_identified():
    cells = pd.DataFrame(
        {
            "duration": [2, 8, 7, 4, 6, 2, 8, 5],
            "event": [0, 0, 1, 0, 0, 1, 0, 1],
            "entry": [0, 3, 4, 0, 3, 0, 4, 4],
            "x": [0, 0.5, 0, 0, 0, 0.5, 0, 1],
            "y": [1, 1, 0, 0.5, 0.5, 1, 0.5, 0],
            "n_units": [5, 4, 4, 3, 1, 5, 1, 3],
        }
    )
    assert (fit_cox(cells, ["x", "y"]).hazard_ratios["verdict"] == "not identified").all()


def test_everybody_ended_is_no_hindrance():
    data = members(10).assign(event=True)
    assert fit_cox(data, COVARIATES).verdict == "converged"


def test_redundant_covariates_are_dropped_with_the_reason():
    data = members(11).assign(age_again=lambda d: 2 * d["age"] + 1)
    fit = fit_cox(data, ["age", "age_again"])
    row = fit.hazard_ratios.set_index("covariate").loc["age_again"]
    assert row["reason"] == "a combination of the covariates before it"
    assert fit.hazard_ratios["coefficient"][0] == pytest.approx(fit_cox(data, ["age"]).coefficients[0])


def test_missing_categories_are_a_level_and_missing_numbers_are_counted_out():
    data = members(12)
    data.loc[:9, "plan"] = None
    data.loc[:4, "age"] = np.nan
    fit = fit_cox(data, COVARIATES)
    assert fit.n_excluded == 5
    assert "not known" in set(fit.hazard_ratios["level"])


def test_the_reference_is_the_largest_level_with_ends():
    data = pd.DataFrame({"duration": 5, "event": [0, 1, 1], "plan": ["a", "b", "c"], "n_units": [90, 60, 40]})
    assert set(fit_cox(data, ["plan"]).hazard_ratios["reference"]) == {"b"}


def test_a_new_level_has_no_risk_score():
    data = members(13)
    scores = fit_cox(data, COVARIATES).log_risk(data.head(2).assign(plan=["pro", "gold"]))
    assert np.isfinite(scores[0])
    assert np.isnan(scores[1])


def test_p_values_are_adjusted_over_the_terms():
    from scipy.stats import false_discovery_control

    table = fit_cox(members(14), COVARIATES).hazard_ratios
    np.testing.assert_allclose(table["p_adjusted"], false_discovery_control(table["p_value"]))


def test_a_wrong_covariate_is_named():
    with pytest.raises(ArgumentError, match="Did you mean `plan`"):
        fit_cox(members(), ["plann"])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_errors_by_customer_on_cells_are_those_of_the_rows(seed):
    """Customers with one to three spells: alone, alike (many customers with the same spells), or with spells of their own."""
    rng = np.random.default_rng(seed)
    rows, cells = [], []
    for customer in range(12):
        alike, n_spells = int(rng.integers(1, 5)), int(rng.integers(1, 4))
        spells = [
            {"duration": int(rng.integers(1, 8)), "event": bool(rng.random() < 0.7), "x": int(rng.integers(0, 2))}
            for _ in range(n_spells)
        ]
        rows += [spell | {"customer": f"{customer}.{twin}"} for twin in range(alike) for spell in spells]
        label = f"c{customer}" if n_spells > 1 else None
        cells += [spell | {"cluster": label, "n_clusters": alike, "n_units": alike} for spell in spells]
    by_row = fit_cox(pd.DataFrame(rows), ["x"], cluster="customer")
    by_cell = fit_cox(pd.DataFrame(cells), ["x"], cluster="cluster")
    assert by_cell.robust_covariance == pytest.approx(by_row.robust_covariance, rel=1e-9)
    assert by_cell.coefficients == pytest.approx(by_row.coefficients)
