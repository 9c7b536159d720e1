"""Customer lifetime value by hand, by simulation and on CDNOW."""

import time
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from simulated_customers import drawn, purchases_ahead

from cxkit.errors import ArgumentError
from cxkit.models.purchase.bgnbd import fit_bgnbd, fit_mbgnbd
from cxkit.models.purchase.clv import concentration, customer_values, horizon_months, value_by
from cxkit.models.purchase.gammagamma import fit_gammagamma
from cxkit.models.purchase.paretonbd import fit_paretonbd
from cxkit.models.purchase.value_intervals import customer_value_intervals


@pytest.fixture(scope="module")
def fits(cdnow):
    return fit_bgnbd(cdnow), fit_gammagamma(cdnow)


def test_months_are_calendar_months_and_the_discount_is_a_years(fits):
    months = horizon_months(fits[0], 24, 0.10)
    assert months.times[[0, 1, 11]] * 7 == pytest.approx(
        [30, 61, 365]
    )  # 30 October, 30 November, a year after 30 September
    assert months.factors[[11, 23]] == pytest.approx([1 / 1.1, 1 / 1.21])
    to_a_date = horizon_months(fits[0], "1998-01-10", 0.10)
    assert to_a_date.times * 7 == pytest.approx([30, 61, 91, 102])
    with pytest.raises(ArgumentError, match="leaves no time after"):
        horizon_months(fits[0], "1997-01-01")
    with pytest.raises(ArgumentError, match="above −1"):
        horizon_months(fits[0], 12, -1.0)


@pytest.mark.parametrize("fitter", [fit_bgnbd, fit_mbgnbd, fit_paretonbd])
def test_value_is_the_sum_over_months_of_purchases_times_spend_times_margin(cdnow, fits, fitter):
    fit, spend, some = fitter(cdnow), fits[1], cdnow.iloc[::40]
    values = customer_values(fit, spend, some, until=24, margin_share=0.3, annual_discount=0.10)
    months = horizon_months(fit, 24, 0.10)
    until = [np.zeros(len(some)), *(fit.expected_purchases(some, float(time)).to_numpy() for time in months.times)]
    purchases = sum(
        factor * (after - before) for factor, before, after in zip(months.factors, until, until[1:], strict=False)
    )
    p, q, v = spend.values
    x, m = some.frequency.to_numpy(), some.monetary_value.to_numpy()
    own = p * (v + x * m) / (p * x + q - 1)
    assert values.discounted_purchases.to_numpy() == pytest.approx(purchases, rel=1e-8)
    assert values.clv.to_numpy() == pytest.approx(purchases * own * 0.3, rel=1e-8)
    assert values.expected_purchases.to_numpy() == pytest.approx(until[-1], rel=1e-8)


def test_customers_without_repeat_get_the_mean_of_all_and_are_marked(cdnow, fits):
    values = customer_values(*fits, cdnow)
    once = cdnow.frequency == 0
    assert (values.is_population_mean == once).all()
    assert np.ptp(values.expected_spend[once]) == 0
    p, q, v = fits[1].values
    assert values.expected_spend[once].iloc[0] == pytest.approx(p * v / (q - 1)) == fits[1].population_mean


def test_without_discount_and_at_no_discount_the_value_is_purchases_times_spend(cdnow, fits):
    values = customer_values(*fits, cdnow, until=12, annual_discount=0.0)
    assert values.clv.to_numpy() == pytest.approx((values.expected_purchases * values.expected_spend).to_numpy())


def test_groups_add_up_to_all(cdnow, fits):
    table = cdnow.assign(group=np.where(cdnow.frequency > 0, "again", "once"))
    whole, parts = value_by(*fits, table), value_by(*fits, table, by="group")
    assert whole.n_customers[0] == 2_357 == parts.n_customers.sum()
    assert parts.clv.sum() == pytest.approx(whole.clv[0]) == pytest.approx(customer_values(*fits, cdnow).clv.sum())
    assert parts.share_of_value.sum() == pytest.approx(1)
    assert parts.group.tolist() == ["again", "once"]
    assert parts.share_population_mean.tolist() == [0, 1]
    assert (parts.clv_low < parts.mean_low).all() and (parts.mean_high < parts.clv_high).all()
    missing = value_by(*fits, table.assign(group=[None, *table.group[1:]]), by="group")
    assert missing.group.tolist() == ["again", "once", "(none)"]


@pytest.mark.parametrize("fitter", [fit_bgnbd, fit_paretonbd])
def test_the_spread_of_a_total_is_that_of_simulated_customers(cdnow, fits, fitter):
    """With known parameters only the customers' freedom is left: simulate it, with months, spend and discount in full."""
    fit, spend, some = fitter(cdnow), fits[1], cdnow.iloc[::5]
    months = horizon_months(fit, 24)
    rng = np.random.default_rng(3)
    x, T, m = (some[name].to_numpy(dtype=float) for name in ("frequency", "T", "monetary_value"))
    p, q, v = spend.values
    alive, totals = fit.p_alive(some).to_numpy(), []
    for _ in range(400):
        bought = purchases_ahead(fit.model, fit.values, x, T, months.times, rng) * (rng.random(len(x)) < alive)[:, None]
        rate = rng.gamma(p * x + q, 1 / (v + x * m))
        totals.append(float((rng.gamma(p * bought) / rate[:, None] @ months.factors).sum()))
    known = value_by(_certain(fit), _certain(spend), some).iloc[0]
    assert np.mean(totals) == pytest.approx(known.clv, rel=0.02)
    assert np.quantile(totals, [0.025, 0.975]) == pytest.approx([known.clv_low, known.clv_high], rel=0.06)


def _certain(fit):
    """The same fit without doubt about its parameters."""
    return replace(fit, spread=np.zeros_like(fit.spread))


def simulated(fit, spend, some, n_draws, seed=0):
    """Values of each customer over 24 months in many futures: parameters, life, purchases and spend drawn; undiscounted."""
    length = float(horizon_months(fit, 24).times[-1])
    rng = np.random.default_rng(seed)
    x, T, m = (some[name].to_numpy(float) for name in ("frequency", "T", "monetary_value"))
    futures = np.empty((n_draws, len(x)))
    for draw, (params, (p, q, v)) in enumerate(
        zip(drawn(fit, n_draws, seed), drawn(spend, n_draws, seed + 1), strict=True)
    ):
        alive = rng.random(len(x)) < fit.at(params).p_alive(some).to_numpy()
        bought = purchases_ahead(fit.model, params, x, T, np.array([length]), rng)[:, 0] * alive
        futures[draw] = rng.gamma(p * bought) / rng.gamma(p * x + q, 1 / (v + x * m))
    return futures


@pytest.mark.parametrize("fitter", [fit_bgnbd, fit_mbgnbd, fit_paretonbd])
def test_intervals_of_customers_hold_95_of_100_simulated_futures(cdnow, fits, fitter):
    fit, spend = fitter(cdnow), fits[1]
    some = cdnow.iloc[::40]
    values = customer_value_intervals(fit, spend, some, annual_discount=0.0)
    futures = simulated(fit, spend, some, 2000)
    above = (futures > values.clv_high.to_numpy()).mean(axis=0)
    below = (futures < values.clv_low.to_numpy()).mean(axis=0)
    assert above.mean() == pytest.approx(0.025, abs=0.003)
    assert above.max() < 0.045 and below.max() < 0.045
    assert (values.clv_low < values.clv_high).all()


def test_intervals_without_doubt_are_the_quantiles_themselves(cdnow, fits):
    fit, spend = _certain(fits[0]), _certain(fits[1])
    some = cdnow[fits[0].p_alive(cdnow) > 0.2].sort_values("frequency").iloc[[0, 5, -40, -3, -1]]
    values = customer_value_intervals(fit, spend, some, annual_discount=0.0)
    futures = simulated(fit, spend, some, 3000)
    above = (futures > values.clv_high.to_numpy()).mean(axis=0)
    below = (futures < values.clv_low.to_numpy()).mean(axis=0)
    assert above == pytest.approx([0.025] * 5, abs=0.011)  # 0.003 is the error of a share of 3,000
    assert below[values.clv_low > 0] == pytest.approx([0.025] * int((values.clv_low > 0).sum()), abs=0.011)
    pd.testing.assert_frame_equal(values[["clv"]], customer_values(fit, spend, some, annual_discount=0.0)[["clv"]])


def test_intervals_of_a_hundred_thousand_customers_take_seconds(cdnow, fits):
    rng = np.random.default_rng(5)
    many = pd.concat([cdnow] * 43, ignore_index=True)
    weeks = rng.integers(1, 100, len(many))
    many["T"] = many["recency"] + weeks
    many["monetary_value"] = many["monetary_value"] * rng.uniform(0.8, 1.2, len(many))
    many.attrs = cdnow.attrs
    begun = time.process_time()
    values = customer_value_intervals(*fits, many)
    assert time.process_time() - begun < 20  # 4 s alone on a core
    assert len(values) == 101_351
    assert (values.clv_low <= values.clv_high).all() and values.clv_high.notna().all()


def test_concentration():
    table = concentration(pd.Series([0.0, 10.0, 0.0, 0.0, 30.0]), shares=(0.2, 0.4, 1.0))
    assert table.share_of_value.tolist() == pytest.approx([0.75, 1.0, 1.0])
    ties = concentration(pd.Series([1.0, 1.0, 1.0, 1.0]), shares=(0.1, 0.5))
    assert ties.share_of_value.tolist() == pytest.approx([0.1, 0.5])


def test_degenerate_models_give_no_value_and_no_error(fits):
    once = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [10.0], "monetary_value": [0.0]})
    once.attrs = {"time_unit": "week", "until": date(2026, 10, 31)}
    nothing, no_spend = fit_bgnbd(once), fit_gammagamma(once)
    assert np.isnan(customer_values(nothing, no_spend, once).clv[0])
    assert np.isnan(value_by(nothing, no_spend, once).clv[0])
    assert np.isnan(customer_value_intervals(nothing, no_spend, once).clv_high[0])
