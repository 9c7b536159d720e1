"""Surveys and usability studies."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def nps(sample):
    answers = sample.tables["survey_answers"]
    frame = answers[answers["instrument"].eq("nps")].merge(
        sample.tables["customers"][["customer_id", "country"]], on="customer_id"
    )
    frame["net"] = np.select([frame["value_num"] >= 9, frame["value_num"] <= 6], [100, -100], 0)
    return frame


def test_nps_by_country_and_in_the_slow_month(nps, planted):
    usual = nps[nps["wave"].ne("2026-01")]
    for entry in planted("nps", kind="level"):
        here = usual.loc[usual["country"].eq(entry["segment"].split("=")[1]), "net"]
        assert abs(here.mean() - entry["value"]) < 3 * here.std() / np.sqrt(len(here)), entry
    slow, drop = nps.loc[nps["wave"].eq("2026-01"), "net"], planted("nps", kind="change")[0]["value"]
    assert abs(slow.mean() - usual["net"].mean() - drop) < 3 * slow.std() / np.sqrt(len(slow))


def test_promoters_are_worth_more(nps, sample, planted):
    orders = sample.tables["orders"]
    standing = orders[~orders["status"].isin(["cancelled", "pending"])]
    value = nps["customer_id"].map(standing.groupby("customer_id")["net_amount"].sum())
    promoters, detractors = value[nps["net"].eq(100)].dropna(), value[nps["net"].eq(-100)].dropna()
    assert promoters.mean() > detractors.mean() + 1.64 * promoters.std() / np.sqrt(len(promoters))
    assert 1.2 < planted("worth_of_promoters")[0]["value"] < 3


def test_response_rate_and_partials(sample, planted):
    answers = sample.tables["survey_answers"]
    waves = answers[answers["survey_id"].eq("relationship")].drop_duplicates("response_id")
    truth = planted("survey_response_rate")[0]["value"]
    assert abs(waves["is_complete"].mean() - truth) < 3 * np.sqrt(truth * (1 - truth) / len(waves))
    partial = waves["started_at"].notna() & ~waves["is_complete"]
    assert partial.sum() > 5 and waves.loc[partial, "submitted_at"].isna().all()


def test_satisfaction_and_effort(sample, planted):
    answers, tickets = sample.tables["survey_answers"], sample.tables["tickets"].set_index("ticket_id")
    for entry in planted("csat_top2"):
        channel = entry["segment"].split(",")[0].split("=")[1]
        here = answers[answers["survey_id"].eq("after_order") & answers["channel"].eq(channel)]
        error = np.sqrt(entry["value"] * (1 - entry["value"]) / len(here))
        assert abs((here["value_num"] >= 4).mean() - entry["value"]) < 3 * error, entry
    after = answers[answers["survey_id"].eq("after_ticket")]
    asked = after["ticket_id"].map(tickets["created_at"]).dt.tz_convert("Europe/Warsaw").dt.strftime("%Y-%m")
    slow = asked.eq("2026-01")
    ease = after.loc[after["item_id"].eq("ces"), "value_num"]
    assert abs(ease[~slow].mean() - planted("ces", kind="level")[0]["value"]) < 3 * ease.std() / np.sqrt(len(ease))
    assert abs(ease[slow].mean() - ease[~slow].mean() - planted("ces", kind="change")[0]["value"]) < 0.7
    good = after[after["item_id"].eq("csat")]["value_num"] >= 4
    for entry in planted("ticket_csat"):
        here = good[slow[good.index] == (entry["period"] == "2026-01")]
        assert abs(here.mean() - entry["value"]) < 3 * np.sqrt(entry["value"] * (1 - entry["value"]) / len(here))
    wide = after.pivot_table(index="response_id", columns="item_id", values="value_num")
    assert wide[["ces", "csat"]].corr().iloc[0, 1] > 0.15, "ease and satisfaction point the same way"


def test_exit_survey(sample, planted):
    answers = sample.tables["survey_answers"]
    exits = answers[answers["survey_id"].eq("exit")].pivot_table(
        index="response_id", columns="item_id", values="value_choice", aggfunc="first"
    )
    for entry in planted("visit_task_completion"):
        here = exits[exits["intent"].eq(entry["segment"].split("=")[1])]
        error = np.sqrt(entry["value"] * (1 - entry["value"]) / len(here))
        assert abs(here["done"].eq("yes").mean() - entry["value"]) < 3 * error, entry


def test_employees_carry_no_person(sample):
    staff = sample.tables["survey_answers"].query("respondent_type == 'employee'")
    assert len(staff) > 100
    assert staff["customer_id"].isna().all() and staff["respondent_id"].isna().all()


def test_overall_mood_follows_the_areas(sample, planted):
    answers = sample.tables["survey_answers"]
    wide = answers[answers["instrument"].isin(["nps", "area_score"])].pivot_table(
        index="response_id", columns="item_id", values="value_num"
    )
    strength = wide.corr()["nps"].drop("nps")
    weights = {f"area_{e['segment'].split('=')[1]}": e["value"] for e in planted("key_driver_weight")}
    assert strength.idxmax() == max(weights, key=weights.get) and strength.idxmin() == min(weights, key=weights.get)


def test_usability_designs(sample, planted):
    tasks = sample.tables["usability_tasks"]
    valid = tasks[tasks["outcome"].ne("technical")]
    for entry in planted("task_completion_rate"):
        study, *design = (part.split("=")[1] for part in entry["segment"].split(", "))
        here = valid[valid["study_id"].eq(study)]
        here = here[here["design"].eq(design[0])] if design else here
        error = np.sqrt(entry["value"] * (1 - entry["value"]) / len(here))
        assert abs(here["outcome"].eq("success").mean() - entry["value"]) <= 2.6 * error, entry
    done = valid[valid["study_id"].eq("finder") & valid["outcome"].eq("success")]
    logs = np.log(done["time_s"]) - np.log(done["time_s"]).groupby(done["task_id"]).transform("mean")
    gap = logs[done["design"].eq("new")].mean() - logs[done["design"].eq("old")].mean()
    assert abs(gap - np.log(planted("time_on_task")[0]["value"])) < 0.2
    for entry in planted("error_rate_per_opportunity"):
        here = valid[valid["study_id"].eq("finder") & valid["design"].eq(entry["segment"].split("design=")[1])]
        found = here["n_errors"].sum() / here["n_error_opportunities"].sum()
        assert abs(found - entry["value"]) < 3 * np.sqrt(entry["value"] / here["n_error_opportunities"].sum())


def test_sus(sample, planted):
    answers = sample.tables["survey_answers"]
    sus = answers[answers["instrument"].eq("sus")]
    assert sus.groupby("response_id").size().eq(10).all()
    points = (sus["value_num"] - 1).where(~sus["is_reversed"].astype(bool), 5 - sus["value_num"])
    score = points.groupby(sus["response_id"]).sum() * 2.5
    design = sus.groupby("response_id")["x_design"].first()
    for entry in planted("sus"):
        here = score[design.eq(entry["segment"].split("design=")[1])]
        assert abs(here.mean() - entry["value"]) < 3 * here.std() / np.sqrt(len(here)) + 1
    between = pd.crosstab(design, "n")["n"]
    assert between.eq(40).all()
