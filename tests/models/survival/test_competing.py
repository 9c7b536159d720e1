import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from statsmodels.duration.survfunc import CumIncidenceRight
from survival_tables import survival_cells, written_out

from cxkit.models.survival.competing import cumulative_incidence
from cxkit.models.survival.kaplan_meier import kaplan_meier


def ends(seed=1, size=500, step=1.0):
    rng = np.random.default_rng(seed)
    times = np.column_stack([rng.exponential(60, size), rng.exponential(120, size), rng.uniform(5, 90, size)])
    first = times.argmin(axis=1)
    duration = times.min(axis=1)
    reason = np.array(["voluntary", "payment_failed", None])[first]
    return pd.DataFrame({"duration": np.ceil(duration / step) * step if step else duration, "end_reason": reason})


def test_ties_equal_statsmodels():
    data = ends(step=5)
    code = data["end_reason"].map({"payment_failed": 1, "voluntary": 2}).fillna(0).astype(int)
    oracle = CumIncidenceRight(data["duration"].to_numpy(), code.to_numpy())
    ours = cumulative_incidence(data).table
    for number, name in enumerate(["payment_failed", "voluntary"]):
        mine = ours[ours["reason"] == name].set_index("time").loc[oracle.times]
        np.testing.assert_allclose(mine["incidence"], oracle.cinc[number], rtol=1e-9)


def test_error_and_interval_without_ties_equal_lifelines():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import AalenJohansenFitter

        fitter = AalenJohansenFitter()
    data = ends(step=0)
    code = data["end_reason"].map({"payment_failed": 1, "voluntary": 2}).fillna(0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # log of 0 before the first event
        fitter.fit(data["duration"], code, event_of_interest=2)
    ours = cumulative_incidence(data).table.query("reason == 'voluntary'").set_index("time")
    some = (ours["incidence"] > 0).to_numpy()
    theirs = fitter.variance_.loc[ours.index]
    np.testing.assert_allclose(ours["std_error"][some], np.sqrt(theirs[some]), rtol=1e-8)
    limits = np.sort(fitter.confidence_interval_.loc[ours.index].to_numpy()[some], axis=1)
    np.testing.assert_allclose(ours[["low", "high"]][some], limits, rtol=1e-8)


def test_error_under_ties_is_that_of_the_bootstrap():
    data = ends(2, 200, step=10)
    rng = np.random.default_rng(3)
    ours = cumulative_incidence(data).table.query("reason == 'voluntary' and time == 50")["std_error"].iloc[0]
    draws = [
        cumulative_incidence(data.assign(n_units=rng.multinomial(200, [1 / 200] * 200)))
        .at(50)
        .set_index("reason")
        .value
        for _ in range(300)
    ]
    assert ours == pytest.approx(np.std([draw["voluntary"] for draw in draws]), rel=0.15)


@settings(max_examples=40, deadline=None)
@given(survival_cells(reasons=True))
def test_counts_give_what_rows_give_and_parts_add_up(cells):
    weighted = cumulative_incidence(cells, "event")
    rows = cumulative_incidence(written_out(cells), "event")
    pd.testing.assert_frame_equal(weighted.table, rows.table)
    if weighted.verdict == "estimated":
        survival = kaplan_meier(cells.assign(event=cells["event"].notna())).table
        total = weighted.table.groupby("time")["incidence"].sum()
        expected = survival.set_index("time")["survival"].reindex(total.index)
        np.testing.assert_allclose(total, 1 - expected, atol=1e-12)
        assert (weighted.table["low"] <= weighted.table["incidence"] + 1e-12).all()
        assert (weighted.table["incidence"] <= weighted.table["high"] + 1e-12).all()


def test_one_reason_is_one_minus_kaplan_meier():
    data = ends(4).assign(end_reason=lambda d: d["end_reason"].notna().map({True: "left", False: None}))
    survival = kaplan_meier(data.assign(event=data["end_reason"].notna()))
    assert cumulative_incidence(data).at(40)["value"][0] == pytest.approx(1 - survival.survival_at(40).value)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"duration": [5, 9], "end_reason": [None, ""]}, "nobody ended"),
        ({"duration": [], "end_reason": []}, "nobody was ever at risk"),
    ],
)
def test_degenerate_data_give_a_verdict(cells, reason):
    fit = cumulative_incidence(pd.DataFrame(cells))
    assert (fit.verdict, fit.reason) == ("degenerate", reason)
    assert fit.at(3).empty


def test_everybody_ended_and_beyond_the_follow_up():
    everybody = cumulative_incidence(pd.DataFrame({"duration": [5, 6], "end_reason": ["a", "b"]}))
    assert everybody.at(100)["value"].sum() == 1
    some = cumulative_incidence(pd.DataFrame({"duration": [5, 6], "end_reason": ["a", None]}))
    assert np.isnan(some.at(7)["value"][0])
    assert some.at(4)["value"][0] == 0
