"""The study of members: its cells against a walk and against lifelines, and what was planted in the sample."""

import sys
import weakref
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter

import cxkit as cx
from cxkit.areas.churn import captions, spells
from cxkit.areas.churn.study import ChurnStudy, churn_study
from cxkit.dataset.naming import shipped_views
from cxkit.measurement.ask import Ask
from cxkit.metric import catalogue
from cxkit.models.survival.cox import fit_cox
from cxkit.models.survival.logrank import logrank
from cxkit.models.survival.survival_cells import read_cells, units_at_risk

sys.path.insert(0, str(Path(__file__).parents[2] / "views"))
from test_memberships import club, random_terms, term

END = date(2026, 10, 31)
OCTOBER = cx.Period.parse("2026-10")


@pytest.fixture(scope="module")
def study():
    return churn_study(Ask(cx.open_data("data/sample"), OCTOBER))


@pytest.fixture(scope="module")
def truth():
    import yaml

    planted = yaml.safe_load(Path("data/sample/truth.yml").read_text())["planted"]
    return {entry["segment"]: entry["value"] for entry in planted if entry["metric"] == "churn_hazard_ratio"}


@pytest.mark.parametrize("seed", range(3))
def test_cells_as_walked(seed):
    source = club(*random_terms(seed))
    day = pd.Timestamp("2026-04-01")
    expected = []
    for spell in source.sql("select * from spells").itertuples():
        if spell.started_at >= day or spell.watched_from >= day:
            continue
        is_over = spell.ended_at < day
        stop = spell.ended_at if is_over else day
        days = [(moment.normalize() - spell.started_at.normalize()).days for moment in (spell.watched_from, stop)]
        expected.append(
            (*days, bool(is_over and spell.is_lost), spell.end_reason if is_over and spell.is_lost else None)
        )
    cells = spells.spell_cells(source, date(2026, 3, 31))
    found = [
        row
        for cell in cells.itertuples()
        for row in [(cell.entry, cell.duration, cell.event, cell.end_reason)] * cell.n_units
    ]
    assert sorted(map(str, expected)) == sorted(
        str((*row[:3], row[3] if isinstance(row[3], str) else None)) for row in found
    )


def test_what_comes_after_the_day_is_not_known():
    source = club(term(ended_at="2026-01-20", end_reason="voluntary"), term("b", "s2", start="2026-01-25"))
    cells = spells.spell_cells(source, date(2026, 1, 19))
    assert cells[["duration", "event", "n_units"]].values.tolist() == [[19, False, 1]]


def test_the_parts_of_a_cut_spell_are_the_spell(study):
    whole, parts = study.cells, spells.split_cells(study.source, END, date(2026, 5, 1))
    assert (parts.groupby("cluster")["n_clusters"].max() == parts.groupby("cluster")["n_clusters"].min()).all()
    assert (parts["event"] * parts["n_units"]).sum() == (whole["event"] * whole["n_units"]).sum()
    curves = [fit_cox(cells, ["plan", "billing_interval"]).hazard_ratios.hazard_ratio for cells in (whole, parts)]
    assert curves[0].tolist() == pytest.approx(curves[1].tolist(), rel=1e-9)


def test_curve_as_lifelines(study):
    rows = study.cells.loc[study.cells.index.repeat(study.cells["n_units"])]
    rows = rows[(rows["entry"] < rows["duration"]) | (rows["duration"] == 0)]
    theirs = KaplanMeierFitter().fit(rows["duration"], rows["event"], entry=rows["entry"].where(rows["entry"] > 0, -1))
    for day in (90, 365, 700):
        assert study.curve.survival_at(day).value == pytest.approx(float(theirs.predict(day)), abs=1e-9)


def test_hazard_ratios_as_lifelines(study):
    rows = study.cells.loc[study.cells.index.repeat(study.cells["n_units"])]
    rows = rows[rows["entry"] < rows["duration"]].assign(
        premium=lambda f: (f["plan"] == "premium") * 1.0, year=lambda f: (f["billing_interval"] == "year") * 1.0
    )
    theirs = CoxPHFitter().fit(
        rows[["entry", "duration", "event", "premium", "year"]], "duration", "event", entry_col="entry",
        fit_options={"precision": 1e-12},  # it stops early otherwise
    )  # fmt: skip
    ours = fit_cox(study.cells[study.cells["duration"] > 0], ["plan", "billing_interval"]).hazard_ratios
    assert ours.coefficient.tolist() == pytest.approx(theirs.params_.tolist(), abs=1e-6)


def test_planted_ratios_lie_in_the_intervals(study, truth):
    """Paid social stands against all other channels, as it was planted; the plan is judged before its price rose."""
    cells = spells.split_cells(study.source, END, date(2026, 5, 1))
    cells["is_social"] = cells["acquisition_channel"] == "paid_social"
    cells["risen"] = ((cells["plan"] == "premium") & cells["is_after"]).astype(float)
    table = fit_cox(cells, ["plan", "billing_interval", "is_social", "household", "risen"]).hazard_ratios
    found = table.set_index(table.covariate + "=" + table.level)
    planted = {
        "plan=premium": truth["plan=premium"], "billing_interval=year": truth["billing_interval=year"],
        "is_social=True": truth["acquisition_channel=paid_social"], "risen=": truth["plan=premium from 2026-05-01"],
    }  # fmt: skip
    for name, ratio in planted.items():
        assert found.low[name] <= ratio <= found.high[name], name
        assert not found.low[name] <= 1 <= found.high[name] or name == "plan=premium", name
    for name in found.index[found.covariate == "household"]:
        assert found.low[name] <= 1 <= found.high[name], name


def test_the_price_rise_is_found(study, truth):
    table = study.since("2026-05-01").set_index("group")
    for plan, verdict in {"premium": "left more", "basic": "no change beyond noise"}.items():
        assert table.low[plan] <= truth[f"plan={plan} from 2026-05-01"] <= table.high[plan]
        assert table.verdict[plan] == verdict
    assert f"premium {table.hazard_ratio['premium']:.2f} times" in captions.since(
        study, "2026-05-01", study.since("2026-05-01")
    )


def test_the_first_ninety_days_are_worse(study, truth):
    early, late = study.hazard[study.hazard.month <= 3], study.hazard[study.hazard.month > 3]
    ratio = (early.n_events.sum() / early.exposure.sum()) / (late.n_events.sum() / late.exposure.sum())
    error = np.sqrt(1 / early.n_events.sum() + 1 / late.n_events.sum())
    # Later months hold more survivors of low risk, which widens the gap; plans and price rise pull it back.
    assert abs(np.log(ratio / truth["first_90_days"])) < 3 * error


def test_reasons_add_up_to_those_who_left(study):
    at_year = study.ends.at(365)
    assert at_year.value.sum() == pytest.approx(1 - study.curve.survival_at(365).value)


def test_risks_are_tested_on_days_that_the_fit_did_not_see(study):
    later = spells.member_cells(study.source, date(2026, 10, 1), END)
    assert later["n_units"].sum() == study.validation(30).n_units
    for days in (30, 90):
        found = study.validation(days)
        held = found.observed.low <= found.predicted <= found.observed.high
        assert found.verdict == ("calibrated" if held else "off")
        assert ("no risk is shown" in captions.risk(found, days)) == (not held)
    off = replace(found, verdict="off")
    assert "no risk is shown" in captions.risk(off, 90)
    assert "No forecast" in captions.expected(study, off, 90)


def test_values_rest_on_curve_and_margin(study):
    table = study.values(24, 0.10, by="plan").set_index("members")
    months = np.arange(24)
    for name, row in table.iterrows():
        curve = study._curves("plan")[name]
        survival = [curve.survival_at(month * 365.25 / 12).value for month in months]
        assert row.value == pytest.approx(row.monthly_margin * (survival * 1.1 ** (-months / 12)).sum())
        assert row.low < row.value < row.high


def test_too_few_people_are_hidden_and_rare_traits_joined():
    small = ChurnStudy(club(*[term(f"c{n}", f"s{n}") for n in range(9)]), date(2026, 6, 30))
    assert (small.curve.verdict, small.reason) == (
        "degenerate",
        "fewer than 10 memberships: nothing is shown of so few people",
    )
    plans = ["rare"] * 9 + ["basic"] * 20
    cells = spells.spell_cells(
        club(*[term(f"c{n}", f"s{n}", plan=plan) for n, plan in enumerate(plans)]), date(2026, 6, 30)
    )
    assert set(cells["plan"]) == {"basic", "other"}


def test_two_groups_have_one_degree_of_freedom(study):
    """Also where rounding gives the covariance a second, tiny dimension."""
    for name in ("plan", "billing_interval"):
        assert logrank(study.cells, name).degrees_of_freedom == 1


def test_where_a_ratio_does_not_hold_another_model_is_fitted():
    rng = np.random.default_rng(1)
    rows = []
    for n in range(400):
        is_premium = n % 2
        days = int(rng.weibull(3 if is_premium else 0.7) * 70) + 1
        end = pd.Timestamp("2025-10-01", tz="UTC") + pd.Timedelta(days=days)
        more = {"ended_at": str(end.date())} if end < pd.Timestamp("2026-06-01", tz="UTC") else {}
        rows.append(term(f"c{n}", f"s{n}", start="2025-10-01", plan="premium" if is_premium else "basic", **more))
    study = ChurnStudy(club(*rows), date(2026, 6, 30))
    assert study.fails_proportionality == ["plan: premium"]
    assert study.aft is not None and study.aft.verdict == "converged"
    assert "read both" in captions.proportionality(study)
    assert captions.aft(study).startswith("By which factor")


def test_errors_by_customer_from_the_cells_are_those_of_the_spells():
    """The study's cells against one row a spell with its customer; and the parts of a cut spell against one row a part."""
    source = club(*random_terms(5, 200))
    cells = spells.spell_cells(source, date(2026, 6, 30))
    each = source.sql(
        """select customer_id, plan, greatest(date_diff('day', started_at, watched_from), 0) as entry,
                  date_diff('day', started_at, coalesce(ended_at, least(observed_until, timestamp '2026-07-01'))) as duration,
                  coalesce(is_lost, false) as event
           from spells where started_at < timestamp '2026-07-01' and watched_from < timestamp '2026-07-01'
             and (ended_at is null or ended_at < timestamp '2026-07-01')"""
    )
    assert len(each) == cells["n_units"].sum()
    assert each.customer_id.duplicated().any() and cells["cluster"].notna().any()
    by_row, by_cell = fit_cox(each, ["plan"], "customer_id"), fit_cox(cells, ["plan"], "cluster")
    assert by_cell.robust_covariance == pytest.approx(by_row.robust_covariance, rel=1e-9)
    alone = fit_cox(cells, ["plan"])
    assert not np.allclose(alone.robust_covariance, by_row.robust_covariance, rtol=1e-4)


@pytest.mark.parametrize("seed", range(2))
def test_the_risk_of_all_months_together_is_the_whole_risk(seed):
    """Cut at the turns of months, spells are at risk on the same days as uncut: at each tenure the counts add up."""
    source = club(*random_terms(seed, 80))
    last = date(2026, 6, 30)
    whole = spells.spell_cells(source, last, since=date(2020, 1, 1))
    assert (whole["n_units"] * whole["event"]).sum() == source.sql(
        "select count(*) as n from spells where is_lost and ended_at < '2026-07-01'"
    ).n[0]
    months = [cx.Period.parse(f"{year}-{month:02}") for year in (2025, 2026) for month in range(1, 13)]
    first = min(month.start for month in months)
    parts = [spells.spell_cells(source, m.last_day, since=m.start) for m in months if m.last_day <= last]
    began_before = whole["duration"] > (last - first).days
    assert not began_before.any()  # nothing lies before the months
    times = np.unique(whole["duration"][whole["event"]])
    counted = [read_cells(each) for each in (whole, pd.concat(parts, ignore_index=True))]
    at_risk = [units_at_risk(cells, times) for cells in counted]
    ended = [[(c.n_units * c.event * (c.duration == t)).sum() for t in times] for c in counted]
    assert ended[0] == ended[1]
    assert at_risk[0].tolist() == at_risk[1].tolist()


def test_a_study_follows_a_change_of_its_view():
    """Of 1,217 memberships the view keeps 700: the study that stands, another one and the figures all say so."""
    source = cx.open_data("data/sample")
    standing = churn_study(Ask(source, OCTOBER))
    figure = catalogue()["median_lifetime"]
    before = cx.measure(source, figure, OCTOBER).iloc[0]
    assert standing.n_spells == standing.curve.n_units == before.n_units == 1217
    source.create_view(
        "spells", f"select * from ({shipped_views()['spells']}) order by customer_id, started_at limit 700"
    )
    known = int(
        source.sql(
            "select count(*) as n from spells where started_at < '2026-11-01' and watched_from < '2026-11-01'"
        ).n[0]
    )
    after = cx.measure(source, figure, OCTOBER).iloc[0]
    found = {standing.n_spells, standing.curve.n_units, churn_study(Ask(source, OCTOBER)).n_spells, after.n_units}
    assert found == {known} and known <= 700


def test_no_engine_outlives_its_source():
    """Even while the studies of four others were made, and without waiting for the garbage collector."""
    engines = []
    for seed in range(4):
        source = club(*random_terms(seed))
        assert churn_study(Ask(source, cx.Period.parse("2026-03"))).curve.n_units
        engines.append(weakref.ref(source.engine))
    assert [engine() is None for engine in engines] == [True, True, True, False]


def test_without_a_stated_period_subscriptions_are_covered_until_they_were_observed():
    """Nobody joined after January, and all are known to have stayed until the end of June."""
    rows = pd.DataFrame([term(f"c{n}", f"s{n}", start="2026-01-05") for n in range(40)]).assign(currency="EUR")
    source = cx.open_data({"subscriptions": rows}, settings={"timezone": "UTC"})
    assert source.coverage("subscriptions") == (date(2026, 1, 5), date(2026, 6, 30))
    assert churn_study(Ask(source, cx.Period.parse("2026-12"))).until == date(2026, 6, 30)
    churn = cx.measure(source, catalogue()["customer_churn_rate"], cx.Period.parse("2026-06")).iloc[0]
    assert (churn.value, churn.denominator, churn["flags"]) == (0, 40, "low_n")


def test_captions_of_months_and_cohorts_state_the_finding():
    months = pd.DataFrame(
        {"month": pd.to_datetime(["2026-08-01", "2026-09-01", "2026-10-01"]), "value": [0.03, 0.069, 0.052]}
    )
    assert captions.monthly(months, 0.95) == (
        "Customer churn was 5.2% in October 2026; over 3 months it lay between 3.0% (August 2026) and 6.9% (September 2026)."
        " Band: 95% interval of each month."
    )
    assert captions.monthly(months.tail(1), 0.95).startswith("Customer churn was 5.2% in October 2026. Band")
    assert captions.monthly(months.head(0), 0.95) == "There is nothing to show: no month is covered whole."
    cells = pd.DataFrame(
        {"cohort": ["2026-09", "all", "all", "all"], "month": [1, 0, 1, 12], "value": [0.8, 1.0, 0.93, 0.59]}
    )
    assert captions.cohorts(cells) == "Of those who joined, still members: 93% one month later and 59% 12 months later."
    assert captions.cohorts(cells.head(2)) == "Members still there."
    assert captions.cohorts(cells.head(0)) == "There is nothing to show."
