"""Distinct rows with a count give what the replicated rows give: every estimate, standard error, prediction and diagnostic."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxkit.models.purchase.bgnbd import fit_bgnbd, fit_mbgnbd
from cxkit.models.purchase.choose import compare_models
from cxkit.models.purchase.clv import concentration, value_by
from cxkit.models.purchase.gammagamma import fit_gammagamma
from cxkit.models.purchase.holdout import calibration_by_frequency, forecasts_against_truth, spend_deciles
from cxkit.models.purchase.paretonbd import fit_paretonbd
from cxkit.models.purchase.predict import forecast_total
from cxkit.models.survival.sbg import fit_sbg

FITS = [fit_bgnbd, fit_mbgnbd, fit_paretonbd]
QUICK = settings(max_examples=8, deadline=None, derandomize=True)


@st.composite
def tables(draw):
    """Histories at a cut with what came before and after it; some rows stand for many customers."""
    seed = draw(st.integers(0, 10_000))
    size = draw(st.integers(3, 40))
    rng = np.random.default_rng(seed)
    T = rng.integers(2, 60, size)
    x = rng.poisson(rng.gamma(0.5, 4.0, size))
    recency = np.where(x > 0, np.ceil(rng.random(size) * T), 0)
    table = pd.DataFrame(
        {
            "frequency": x,
            "recency": recency,
            "T": T,
            "monetary_value": np.where(x > 0, np.round(rng.gamma(3.0, 10.0, size) + 0.01, 2), 0.0),
            "n_before": rng.poisson(1.0, size),
            "n_after": rng.poisson(1.0, size),
            "amount_after": np.round(rng.gamma(1.0, 30.0, size), 2),
            "n_customers": rng.integers(1, 6, size),
        }
    )
    table.attrs = {"time_unit": "week", "until": date(1997, 9, 30), "hold_out_until": date(1998, 6, 30)}
    return table


def replicated(table):
    rows = table.loc[table.index.repeat(table.n_customers)].drop(columns="n_customers").reset_index(drop=True)
    rows.attrs = table.attrs
    return rows


def assert_same_fit(weighted, rows):
    assert weighted.n_customers == rows.n_customers
    assert weighted.log_likelihood == pytest.approx(rows.log_likelihood, rel=1e-9, nan_ok=True)
    if weighted.verdict == rows.verdict == "converged":
        assert weighted.values == pytest.approx(rows.values, rel=1e-4)
        assert weighted.covariance.to_numpy() == pytest.approx(rows.covariance.to_numpy(), rel=1e-3)


@QUICK
@given(tables())
def test_purchase_fits_and_their_forecasts(table):
    rows = replicated(table)
    for fit in FITS:
        weighted = fit(table)
        assert_same_fit(weighted, fit(rows))
        assert forecast_total(weighted, table, 10) == pytest.approx(
            forecast_total(weighted, rows, 10), rel=1e-9, nan_ok=True
        )


@QUICK
@given(tables())
def test_gammagamma(table):
    weighted, rows = fit_gammagamma(table), fit_gammagamma(replicated(table))
    assert_same_fit(weighted, rows)
    assert weighted.correlation == pytest.approx(rows.correlation, nan_ok=True)


@QUICK
@given(tables())
def test_hold_out_and_choice(table):
    rows = replicated(table)
    fit, spend = fit_bgnbd(table), fit_gammagamma(table)
    for diagnostic in (forecasts_against_truth, calibration_by_frequency):
        pd.testing.assert_frame_equal(diagnostic(fit, table), diagnostic(fit, rows))
    fits = [fit, fit_mbgnbd(table)]
    pd.testing.assert_frame_equal(compare_models(fits, table), compare_models(fits, rows))
    if len(table) > 20:  # a tenth of the customers must not cut a row in two for the comparison to be exact
        single, twice = table.assign(n_customers=1), pd.concat([table, table]).assign(n_customers=1)
        twice.attrs = table.attrs
        once, doubled = spend_deciles(fit, spend, single.assign(n_customers=2), 2), spend_deciles(fit, spend, twice, 2)
        assert once.n_customers.sum() == doubled.n_customers.sum()
        assert once.share_of_actual.sum() == pytest.approx(doubled.share_of_actual.sum())


@QUICK
@given(tables())
def test_value_and_concentration(table):
    rows = replicated(table)
    fit, spend = fit_bgnbd(table), fit_gammagamma(table)
    pd.testing.assert_frame_equal(value_by(fit, spend, table, "n_before"), value_by(fit, spend, rows, "n_before"))
    worth, each = table.amount_after + 1, rows.amount_after + 1
    pd.testing.assert_frame_equal(concentration(worth, table.n_customers), concentration(each))


@QUICK
@given(tables())
def test_sbg(table):
    terms = pd.DataFrame({"n_terms": table.recency.clip(upper=9), "has_ended": table.n_after > 0})
    terms = terms.assign(n_customers=table.n_customers)[(terms.n_terms > 0) | ~terms.has_ended]
    assert_same_fit(fit_sbg(terms), fit_sbg(replicated(terms)))
