"""Hold-out validation of CDNOW, 39 weeks and 39 weeks: the anchors of the literature, each by a second way."""

import numpy as np
import pandas as pd
import pytest
from cdnow_in_pandas import CDNOW, CUT

from cxkit.areas.value.purchase_history import (
    hold_out_history,
    hold_out_spend,
    purchase_history,
    purchases_by_day,
    spend_history,
)
from cxkit.dataset.source import open_data
from cxkit.models.purchase.bgnbd import fit_bgnbd, fit_mbgnbd
from cxkit.models.purchase.choose import compare_models, why_chosen
from cxkit.models.purchase.gammagamma import fit_gammagamma
from cxkit.models.purchase.holdout import calibration_by_frequency, forecasts_against_truth, spend_deciles, tracking
from cxkit.models.purchase.paretonbd import fit_paretonbd

END = "1998-06-30"


@pytest.fixture(scope="module")
def source():
    return open_data(CDNOW)


@pytest.fixture(scope="module")
def fit(source):
    return fit_bgnbd(purchase_history(source, CUT))


@pytest.fixture(scope="module")
def histories(source):
    return hold_out_history(source, CUT, END)


def test_the_model_beside_the_forecasts_that_need_none(fit, histories):
    table = forecasts_against_truth(fit, histories).set_index("forecast")
    model, rate, last = table.loc["BG/NBD"], table.loc["past rate"], table.loc["repeat last period"]
    assert (table.actual == 1_882).all()
    assert [model.expected, model.error] == pytest.approx([1653.4, -0.1215], rel=1e-3)
    assert [model.mae, model.rmse, model.correlation] == pytest.approx([0.7855, 1.608, 0.6256], abs=5e-4)
    assert [rate.expected, rate.mae, rate.rmse] == pytest.approx([2930, 1.024, 2.212], rel=5e-4)
    assert last.expected == 2_457
    # The model misses the truth, and its interval says so: it must not be read as if it held everything.
    assert model.low < model.expected < model.high < model.actual


def test_by_frequency(fit, histories):
    table = calibration_by_frequency(fit, histories)
    assert table.frequency.tolist() == ["0", "1", "2", "3", "4", "5", "6", "7+"]
    assert table.expected.tolist() == pytest.approx([0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157], abs=5e-4)
    assert table.actual.tolist() == pytest.approx([0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359], abs=5e-4)
    assert table.n_customers.tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]


def test_tracking_counts_every_repeat_purchase_and_expects_what_the_formula_does(fit, source, cdnow):
    weeks = tracking(fit, purchases_by_day(source, END), END)
    assert len(weeks) == 78
    assert weeks.cumulative_actual.iloc[-1] == 2_457 + 1_882
    assert weeks.actual[weeks.is_hold_out].sum() == 1_882
    ages = cdnow["T"] + 39  # every customer's age at the end
    new = pd.DataFrame({"frequency": 0, "recency": 0.0, "T": 0.0}, index=[0])
    expected = sum(count * fit.expected_purchases(new, age)[0] for age, count in ages.value_counts().items())
    assert weeks.cumulative_expected.iloc[-1] == pytest.approx(expected)


def test_spend_deciles_rise_and_add_up(fit, source):
    money = hold_out_spend(source, CUT, END)
    table = spend_deciles(fit, fit_gammagamma(spend_history(source, CUT)), money)
    assert table.decile.tolist() == list(range(1, 11))
    assert table.n_customers.sum() == 2_357
    assert table.expected.is_monotonic_increasing
    assert table.share_of_actual.sum() == pytest.approx(1)
    assert (table.actual * table.n_customers).sum() == pytest.approx((money.amount_after * money.n_customers).sum())
    assert table.share_of_actual.iloc[-1] > 0.45  # half of the spend comes from the tenth that the model puts first


def test_choice_by_likelihood_then_hold_out(source, histories):
    rows = purchase_history(source, CUT)
    fits = [fit_paretonbd(rows), fit_bgnbd(rows), fit_mbgnbd(rows)]
    table = compare_models(fits, histories)
    assert table.model.tolist() == ["MBG/NBD", "BG/NBD", "Pareto/NBD"]
    assert table.is_chosen.tolist() == [True, False, False]
    assert table.log_likelihood.tolist() == pytest.approx([-9582.14, -9582.43, -9594.98], abs=5e-3)
    assert why_chosen(table).startswith("MBG/NBD: as likely as BG/NBD")
    assert compare_models(fits).model.tolist() == ["MBG/NBD", "BG/NBD", "Pareto/NBD"]


def test_no_model_is_chosen_when_none_can_be_fitted():
    once = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [10.0], "n_customers": [5]})
    table = compare_models([fit_bgnbd(once), fit_paretonbd(once)])
    assert not table.is_chosen.any()
    assert why_chosen(table) == "No model could be fitted: BG/NBD is degenerate; Pareto/NBD is degenerate."
    assert np.isnan(table.aic).all()
