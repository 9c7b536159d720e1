"""The mean risk: its interval holds the share that is really lost, and counts give what rows give."""

import numpy as np
import pandas as pd
import pytest
from survival_tables import collapsed

from cxkit.areas.churn.mean_risk import _of_baseline, _of_coefficients, mean_risk
from cxkit.areas.churn.risk import churn_risk
from cxkit.models.survival.cox import fit_cox


def club(seed, size=400, horizon=60):
    """Spells of two plans known on day 500; today's members; the share of them that really leaves within the horizon."""
    rng = np.random.default_rng(seed)
    start, plan = rng.integers(0, 500, size), rng.choice(["a", "b"], size)
    end = start + np.ceil(rng.exponential(np.where(plan == "b", 900, 300)))
    gone = end <= 500
    known = pd.DataFrame({"duration": np.where(gone, end, 500) - start, "event": gone, "plan": plan})
    members = pd.DataFrame({"tenure": 500 - start, "plan": plan, "n_units": 1})[~gone]
    return known, members, float((end[~gone] <= 500 + horizon).mean())


def test_the_interval_holds_the_share_that_leaves():
    held = wide = 0
    for seed in range(150):
        known, members, came = club(seed)
        found = mean_risk(fit_cox(known, ["plan"]), members, 60)
        held += found.low <= came <= found.high
        wide += found.high - found.low
    assert 0.90 <= held / 150 <= 0.99
    assert wide / 150 < 0.14  # chance alone, 2 × 1.96 × √(0.11 × 0.89 / 260), is 0.08


def test_the_doubt_is_the_spread_over_redrawn_clubs():
    """Coefficients and baseline: against the expected losses of the same members by models of other clubs of the same kind."""
    _, members, _ = club(1, 2000)
    expected, doubt = [], []
    for seed in range(100, 160):
        fit = fit_cox(club(seed, 2000)[0], ["plan"])
        risk = churn_risk(fit, members, 60)["risk"].to_numpy()
        n = np.ones(len(members))
        expected.append(risk.sum())
        doubt.append(_of_baseline(fit, members, n * (1 - risk), 60) + _of_coefficients(fit, members, n, risk, 60))
    assert np.std(expected) == pytest.approx(np.sqrt(np.mean(doubt)), rel=0.3)  # a spread of 60 draws is known to 9 %


def test_value_is_the_mean_risk_and_counts_give_what_rows_give():
    known, members, _ = club(3)
    fit = fit_cox(known, ["plan"])
    rows = mean_risk(fit, members, 60)
    cells = mean_risk(fit_cox(collapsed(known), ["plan"]), collapsed(members.drop(columns="n_units")), 60)
    assert rows.value == pytest.approx(churn_risk(fit, members, 60)["risk"].mean())
    assert cells[:3] == pytest.approx(rows[:3], rel=1e-6)
    assert rows.low < rows.value < rows.high


def test_nobody_leaves_and_nobody_is_there():
    known, members, _ = club(4)
    nobody = mean_risk(fit_cox(known.assign(event=False), ["plan"]), members, 60)
    assert (nobody.value, nobody.low, nobody.high) == (0, 0, 0)
    assert np.isnan(mean_risk(fit_cox(known, ["plan"]), members.iloc[:0], 60).value)
