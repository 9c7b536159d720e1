"""The published figures of CDNOW, calibration to 1997-09-30 in weeks."""

import numpy as np
import pandas as pd
import pytest

from cxkit.models.purchase.bgnbd import fit_bgnbd, fit_mbgnbd
from cxkit.models.purchase.gammagamma import fit_gammagamma


def test_the_data_set_is_the_published_one(cdnow_days, cdnow):
    assert len(cdnow_days) == 6_696
    assert len(cdnow) == 2_357
    assert (cdnow.frequency > 0).sum() == 946
    assert cdnow.frequency.sum() == 2_457
    assert cdnow.holdout.sum() == 1_882


def test_bgnbd_is_the_published_fit(cdnow):
    fit = fit_bgnbd(cdnow)
    assert fit.verdict == "converged"
    assert list(fit.params.values()) == pytest.approx([0.2425945, 4.4136020, 0.7929220, 2.4259068], rel=1e-6)
    assert list(fit.standard_errors().values()) == pytest.approx([0.012557, 0.37822, 0.18573, 0.70541], rel=1e-4)
    assert fit.log_likelihood == pytest.approx(-9582.4292, abs=1e-4)


def test_mbgnbd_is_the_published_fit(cdnow):
    fit = fit_mbgnbd(cdnow)
    assert fit.verdict == "converged"
    assert list(fit.params.values()) == pytest.approx([0.52484, 6.18299, 0.89136, 1.61400], rel=1e-4)


def test_gammagamma_is_the_published_fit(cdnow):
    fit = fit_gammagamma(cdnow)
    assert list(fit.params.values()) == pytest.approx([6.25, 3.74, 15.44], abs=0.005)
    assert (fit.n_customers, fit.n_excluded) == (946, 0)
    assert fit.correlation == pytest.approx(0.114, abs=5e-4)


def test_gammagamma_on_means_in_cents_is_the_fit_of_the_shipped_summary(cdnow):
    # The summary that lifetimes ships rounds mean spend to cents, half a cent up; the papers' software read that file.
    cents = cdnow.assign(monetary_value=np.floor(cdnow.monetary_value * 100 + 0.5 + 1e-9) / 100)
    fit = fit_gammagamma(cents)
    assert list(fit.params.values()) == pytest.approx([6.2488025, 3.7445885, 15.4477480], rel=1e-6)
    assert list(fit.standard_errors().values()) == pytest.approx([1.1897, 0.2902, 4.1600], abs=5e-5)
    assert fit.log_likelihood == pytest.approx(-4055.9232, abs=1e-4)


def test_expected_purchases_of_the_papers_customer(cdnow):
    one = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
    assert fit_bgnbd(cdnow).expected_purchases(one, 39)[0] == pytest.approx(1.226, abs=5e-4)


def test_hold_out_by_calibration_frequency(cdnow):
    expected = fit_bgnbd(cdnow).expected_purchases(cdnow, "1998-06-30")
    assert expected.sum() == pytest.approx(1653.4, abs=0.05)
    error = expected - cdnow.holdout
    assert error.abs().mean() == pytest.approx(0.7855, abs=5e-5)
    assert np.sqrt((error**2).mean()) == pytest.approx(1.608, abs=5e-4)
    by_frequency = expected.groupby(cdnow.frequency.clip(upper=7)).mean()
    assert by_frequency.tolist() == pytest.approx([0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157], abs=5e-4)
