"""Scores a customer: they are those of the studies, under pseudonyms, and no spreadsheet runs them."""

from datetime import date

import pandas as pd
import pytest

import cxkit as cx
from cxkit.areas.churn.study import churn_study
from cxkit.commands import main
from cxkit.commands.customer_scores import customer_scores, write_scores
from cxkit.engine.duckdb import Engine
from cxkit.errors import DataError
from cxkit.measurement.ask import Ask

END = date(2026, 10, 31)


def test_scores_are_those_of_the_studies():
    source = cx.open_data("data/sample")
    scores = customer_scores(source, END)
    study = churn_study(Ask(source, cx.Period.parse("2026-10")))
    assert scores.customer_id.is_unique
    refusing = set(source.sql("select customer_id from customers where not consent_profiling").customer_id)
    assert refusing and not refusing & set(scores.customer_id)
    held = study.validation(30).verdict == "calibrated"
    members = scores[scores.is_churn_risk_calibrated.notna()].set_index("customer_id")
    risks = study.risks(30, by_customer=True).set_index("customer_id").risk
    agreeing = risks[~risks.index.isin(refusing)]
    assert len(members) == len(agreeing) > 100
    assert (members.is_churn_risk_calibrated == held).all()
    if held:
        pd.testing.assert_series_equal(
            members.churn_risk, agreeing, check_like=True, check_names=False, check_dtype=False
        )
    else:
        assert members.churn_risk.isna().all()  # risks that did not come true are not given
    buyers = scores[scores.clv.notna()]
    assert ((buyers.clv_low <= buyers.clv) & (buyers.clv_low <= buyers.clv_high) & buyers.p_alive.between(0, 1)).all()
    there = buyers[buyers.p_alive > 0.05]
    assert (there.clv <= there.clv_high).all()


def test_csv_holds_no_formula_and_parquet_the_ids_as_they_are(tmp_path):
    scores = pd.DataFrame({"customer_id": ["=1+1", "c-2"], "clv": [1.5, 2.0]})
    parquet, csv = write_scores(scores, tmp_path / "scores")
    engine = Engine()
    assert engine.query(f"select customer_id from read_parquet('{parquet}')", {}).customer_id.tolist() == [
        "=1+1",
        "c-2",
    ]
    assert pd.read_csv(csv).customer_id.tolist() == ["'=1+1", "c-2"]


def test_addresses_are_no_pseudonyms():
    rows = [
        (f"o{n}.{k}", f"a{n}@example.org", f"2026-0{1 + k}-{1 + n % 27:02}T10:00Z") for n in range(40) for k in range(3)
    ]
    orders = pd.DataFrame(rows, columns=["order_id", "customer_id", "ordered_at"])
    orders = orders.assign(
        ordered_at=pd.to_datetime(orders.ordered_at), status="paid", net_amount=range(120), currency="EUR"
    )
    orders["net_amount"] = orders.net_amount % 17 + 5.0
    with pytest.raises(DataError, match=r"look like e-mail addresses|e-mail"):
        customer_scores(cx.open_data({"orders": orders}), date(2026, 4, 30))


def test_the_report_command_refuses_to_put_scores_beside_the_pages(tmp_path, capsys):
    code = main(
        [
            "report",
            "--data",
            "data/sample",
            "--period",
            "2026-10",
            "--out",
            str(tmp_path),
            "--export",
            str(tmp_path / "scores"),
        ]
    )
    assert code == 2
    assert "outside" in capsys.readouterr().err
