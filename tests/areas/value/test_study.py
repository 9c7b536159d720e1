"""The published anchors of CDNOW, from the CSV file to the tables of the notebook."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import cxkit as cx
from cxkit.areas import value
from cxkit.areas.value import captions
from cxkit.areas.value.charts import parameters, significant
from cxkit.areas.value.figures import mean_alive
from cxkit.areas.value.study import FITTERS, purchase_study
from cxkit.errors import ArgumentError
from cxkit.measurement.fitted import with_options
from cxkit.models.purchase import clv


@pytest.fixture(scope="module")
def study():
    source = cx.open_data("data/cdnow")
    return purchase_study(source, date(1998, 6, 30))


def test_6919_rows_are_6696_customer_days(study):
    assert study.source.sql("select count(*) as n from orders").n[0] == 6_919
    assert study.source.sql("select count(*) as n from purchase_days").n[0] == 6_696


def test_the_middle_of_the_data_is_the_published_cut(study):
    assert study.cut == date(1997, 9, 30)
    assert (
        captions.hold_out(study) == "Fitted to 1 January – 30 September 1997, tested on 1 October 1997 – 30 June 1998."
    )


def test_946_of_2357_customers_bought_again_before_the_cut(study):
    assert study.split.n_customers.sum() == 2_357
    assert study.split.n_customers[study.split.frequency > 0].sum() == 946


def test_bgnbd_is_the_published_fit(study):
    expected = {"r": 0.2426, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert study.calibration.params == pytest.approx(expected, rel=5e-4)
    assert study.calibration.log_likelihood == pytest.approx(-9582.43, abs=0.005)


def test_gamma_gamma_is_the_published_fit(study):
    assert list(study.calibration_spend.params.values()) == pytest.approx([6.25, 3.74, 15.44], rel=2e-3)


def test_the_hold_out_is_printed_with_the_naive_forecasts_beside_it(study):
    table = study.hold_out.set_index("forecast")
    assert table.loc["BG/NBD", ["actual", "expected"]].round().tolist() == [1882, 1653]
    assert round(table.expected["past rate"]) == 2930
    assert table.loc["BG/NBD", ["mae", "rmse"]].tolist() == pytest.approx([0.7855, 1.608], abs=5e-4)


def test_expected_and_actual_by_frequency_are_the_published_ones(study):
    assert study.by_frequency.expected.tolist() == pytest.approx(
        [0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157], abs=6e-4
    )
    assert study.by_frequency.actual.tolist() == pytest.approx(
        [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359], abs=6e-4
    )


def test_tracking_ends_at_the_actual_total(study):
    after = study.weeks[study.weeks.is_hold_out]
    assert after.actual.sum() == pytest.approx(1882, abs=60)  # whole weeks only


def test_groups_by_purchases_add_up_to_all_customers(study):
    groups, everybody = study.value(24, 1.0, 0.1, by="purchases"), study.value(24, 1.0, 0.1).iloc[0]
    assert groups.n_customers.sum() == everybody.n_customers == 2_357
    assert groups.clv.sum() == pytest.approx(everybody.clv)


def test_every_customer_has_one_place_in_the_recency_and_alive_tables(study):
    assert study.rfm().n_customers.sum() == study.alive().n.sum() == 2_357


def test_the_parameter_table_reads_in_the_digits_that_the_errors_allow(study):
    row = parameters(study.calibration).iloc[0]
    assert row.tolist() == ["BG/NBD r", "0.2426", "0.0126", "0.219 – 0.268", "−9,582.43", "converged"]


@pytest.mark.parametrize(("cut", "words"), [("soon", "is no date"), ("1999-01-01", "must lie between")])
def test_an_impossible_cut_is_refused_in_words(study, cut, words):
    with pytest.raises(ArgumentError, match=words):
        purchase_study(study.source, date(1998, 6, 30), cut)


def test_tracking_follows_the_customers_of_the_cut_where_others_join_later():
    source = cx.open_data("data/sample")
    study = purchase_study(source, date(2026, 10, 31))
    weeks = study.weeks[study.weeks.is_hold_out]
    came = study.hold_out.actual[0]
    days_left = (study.until - weeks.week_end.iloc[-1]).days
    assert days_left < 7
    assert 0.95 * came <= weeks.actual.sum() <= 1.05 * came  # weeks and hold-out begin and end a few days apart
    assert weeks.expected.sum() == pytest.approx(study.hold_out.expected[0], rel=0.05)


def test_value_at_risk_is_what_the_chance_takes_away():
    source = cx.open_data("data/sample")
    study = purchase_study(source, date(2026, 10, 31))
    values = clv.customer_values(study.fit, study.spend, study.customers, 24, 0.4, 0.1)
    table = study.value_at_risk(24, 0.4, 0.1)
    assert table.n_customers.sum() == len(values)
    assert table.at_risk.sum() == pytest.approx((values.clv * (1 - values.p_alive)).sum())
    assert study.deciles.n_customers.sum() == study.split.n_customers.sum()


def test_a_segment_is_studied_alone():
    source = cx.open_data("data/sample")
    study = purchase_study(source, date(2026, 10, 31), segment="country=PL")
    of_poland = source.sql(
        "select count(distinct customer_id) as n from purchase_days join customers using (customer_id) where country = 'PL' and purchased_on <= '2026-10-31'"
    ).n[0]
    assert len(study.customers) == study.rfm().n_customers.sum() == of_poland
    assert study.split.n_customers.sum() < of_poland
    everybody = purchase_study(source, date(2026, 10, 31))
    assert study.fit.log_likelihood != everybody.fit.log_likelihood
    row = cx.measure(source, value.P_ALIVE, cx.Period.parse("2026-10"), segment="country=PL").iloc[0]
    assert (row.denominator, row.segment) == (of_poland, "country=PL")


def test_the_figures_of_a_model_are_those_of_the_study():
    source = cx.open_data("data/cdnow")
    june = cx.Period.parse("1998-06")
    chosen = purchase_study(source, june.last_day, fitters=FITTERS)
    asked = [
        with_options(metric, study=chosen) for metric in (value.P_ALIVE, value.EXPECTED_PURCHASES, value.CLV_PREDICTED)
    ]
    frame = cx.compare(source, asked, june, june.previous()).set_index("metric_id")
    assert frame.value["p_alive"] == pytest.approx(chosen.fit.p_alive(chosen.customers).mean())
    total = chosen.forecast(12)
    found = frame.loc["expected_purchases", ["numerator", "ci_low", "ci_high"]]
    assert found.tolist() == pytest.approx([total.value, total.low / 2357, total.high / 2357])
    worth = chosen.value(24, 1.0, 0.10).iloc[0]
    assert frame.loc["clv_predicted", "value"] == pytest.approx(worth.clv / 2357)
    assert (frame.ci_low < frame.value).all() and (frame.value < frame.ci_high).all()
    assert set(frame.verdict) == {""}
    may = chosen.customers_at(june.previous().last_day)
    assert frame.base_value["p_alive"] == pytest.approx(chosen.fit.p_alive(may).mean())


def test_mean_p_alive_has_the_spread_of_drawn_parameters(study):
    found = mean_alive(study.calibration, study.split)
    centre = np.log(study.calibration.values)
    drawn = np.exp(np.random.default_rng(1).multivariate_normal(centre, study.calibration.spread, 300))
    draws = [study.calibration.at(params).p_alive(study.split) for params in drawn]
    n = study.split.n_customers
    means = [np.average(each, weights=n) for each in draws]
    assert found.value == pytest.approx(np.average(study.calibration.p_alive(study.split), weights=n))
    assert [found.low, found.high] == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.012)


def test_parameters_are_written_out_with_as_many_digits_as_they_are_known_to():
    assert [significant(x, 3) for x in (0.00897, 2.5, 20_731.0, -44.0, 0.0, float("nan"))] == [
        "0.00897", "2.50", "20,700", "−44.0", "0.00", "–",
    ]  # fmt: skip


def test_captions_of_chances_and_concentration_state_the_finding():
    classes = pd.DataFrame({"bin": ["0 – 10%", "90 – 100%"], "n": [20, 30], "share": [0.4, 0.6]})
    assert captions.alive(classes).startswith("60% of the customers, the largest class, are still customers with")
    assert captions.alive(classes.assign(share=float("nan"))) == "There is nothing to show."
    held = pd.DataFrame({"share_of_customers": [0.1, 0.2], "share_of_value": [0.35, 0.49]})
    assert captions.concentration(held) == "The best 20% of the customers hold 49% of the expected value."
    assert "hold" in captions.concentration(held.head(0))
