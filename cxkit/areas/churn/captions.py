"""What the frames of a `ChurnStudy` say, in a sentence each: the captions of `charts`.

A sentence calls something a difference only where its test, corrected for all beside it, does.
"""

from datetime import date

import numpy as np
import pandas as pd

from cxkit.areas.churn.risk import RiskValidation
from cxkit.areas.churn.study import ChurnStudy
from cxkit.areas.churn.survival_study import YEAR
from cxkit.measurement.rows import records
from cxkit.models.survival.hazard import DAYS_PER_MONTH
from cxkit.models.survival.kaplan_meier import MIN_EVENTS
from cxkit.models.survival.logrank import logrank
from cxkit.stats import Interval

NOTHING = "There is nothing to show"


def survival(study: ChurnStudy) -> str:
    """How long members stay, in all."""
    if study.curve.verdict == "degenerate":
        return f"{NOTHING}: {study.reason}."
    curve = study.curve
    said = [] if not study.reason else [f"Read with care: {study.reason}."]
    at_year, middle = curve.survival_at(YEAR), curve.median()
    if not np.isnan(at_year.value):
        said.append(f"{_share(at_year)} of the members are still there after 12 months.")
    if np.isnan(middle.value):
        said.append(
            f"A median lifetime is not reached: {curve.table['survival'].iloc[-1]:.0%} were still there at the end."
        )
    else:
        said.append(f"Half have left after {_months(middle)} months.")
    return " ".join([*said, f"Band: {study.conf_level:.0%} interval; drawn while ten are at risk."])


def monthly(table: pd.DataFrame, conf_level: float) -> str:
    """Churn of the last month beside the lowest and the highest; rows of `member_rates.monthly_churn`."""
    if table.empty:
        return f"{NOTHING}: no month is covered whole."
    now, low, high = (table.loc[place] for place in (table.index[-1], table["value"].idxmin(), table["value"].idxmax()))
    said = f"Customer churn was {now['value']:.1%} in {now['month']:%B %Y}"
    if len(table) > 1:
        ends = (f"{row['value']:.1%} ({row['month']:%B %Y})" for row in (low, high))
        said += f"; over {len(table)} months it lay between {' and '.join(ends)}"
    return f"{said}. Band: {conf_level:.0%} interval of each month."


def cohorts(triangle: pd.DataFrame) -> str:
    """How many stay, all cohorts together; rows of `cohorts.triangle`."""
    later = triangle[(triangle["cohort"] == "all") & (triangle["month"] > 0)].sort_values("month")
    if triangle.empty:
        return f"{NOTHING}."
    if later.empty:
        return "Members still there."
    ends = {row["month"]: row["value"] for row in records(later.iloc[[0, -1]])}
    said = " and ".join(f"{value:.0%} {_months_later(month)}" for month, value in ends.items())
    return f"Of those who joined, still members: {said}."


def period_risk(cells: pd.DataFrame) -> str:
    """Whether the risk within the period differs from that within its base at equal tenure; cells of `figures.period_cells`."""
    lost = (cells["n_units"] * cells["event"]).groupby(cells["window"]).sum()
    if len(lost) < 2:
        return "Without members in both periods there is no risk to compare."
    test = logrank(cells, "window")
    if np.isnan(test.p_value) or lost.min() < MIN_EVENTS:
        return f"Can't tell whether the risk changed: {lost['period']:.0f} lost in the period, {lost['base']:.0f} in its base; {MIN_EVENTS} each are needed."
    said = "differs" if test.p_value <= 0.05 else "does not differ"
    return (
        f"At equal tenure the risk within the period {said} from that within its base beyond noise "
        f"(log-rank, {_p(test.p_value)}; {lost['period']:.0f} lost against {lost['base']:.0f})."
    )


def groups(study: ChurnStudy, by: str) -> str:
    """Whether the curves of a trait's groups differ."""
    name = by.replace("_", " ")
    row = study.tests[study.tests["trait"] == name]
    if row.empty:
        return f"{NOTHING} by {name}: {study.reason or 'all members are alike in it'}."
    found = row.iloc[0]
    if np.isnan(found["p_value"]):
        return f"By {name}: no test, for {found['verdict']}."
    return f"By {name} the curves {_not(found['p_adjusted'])} (log-rank, {_p(found['p_adjusted'])} after Holm's correction)."


def hazard(study: ChurnStudy) -> str:
    """When in their life members leave: the first three months against the rest of the first year."""
    table = study.hazard
    early, later = table[table["month"] <= 3], table[table["month"].between(4, 12)]
    if early["exposure"].sum() == 0 or later["exposure"].sum() == 0:
        return f"{NOTHING} by tenure." if table.empty else "Share of the members lost a month, by month of membership."
    rates = [100 * part["n_events"].sum() / part["exposure"].sum() for part in (early, later)]
    return (
        f"In 100 months of membership {rates[0]:.1f} members are lost in the first three months, {rates[1]:.1f} in months 4 to 12. "
        f"Band: {study.conf_level:.0%} interval of each month."
    )


def ends(study: ChurnStudy) -> str:
    """Why members leave, by 12 months or as long as it is known."""
    if not study.ends.reasons:
        return f"{NOTHING}: {study.reason or study.ends.reason}."
    time = min(YEAR, study.ends.last_time)
    found = study.ends.at(time).sort_values("value", ascending=False)
    parts = ", ".join(f"{row['value']:.0%} {row['reason'].replace('_', ' ')}" for row in records(found))
    return f"Left after {time / DAYS_PER_MONTH:.0f} months: {parts}. The shares add up: nobody leaves twice."


def drivers(study: ChurnStudy) -> str:
    """Which traits go with leaving."""
    if study.cox.verdict == "degenerate":
        return f"{NOTHING}: {study.reason if study.is_hidden else study.cox.reason}."
    table = study.drivers()
    sure = table[table["verdict"].isin(["leave sooner", "stay longer"])]
    named = "; ".join(f"{row.trait}, {row.hazard_ratio:.2f} times that of {row.against}" for row in sure.itertuples())
    start = f"Rate of leaving beyond noise: {named}." if len(sure) else "No trait goes with leaving beyond noise."
    return f"{start} Whiskers: {study.conf_level:.0%} interval."


def proportionality(study: ChurnStudy) -> str:
    """Whether the ratios hold over the whole time, and what to do where they do not."""
    table = study.proportionality
    if table.empty:
        return "Without a model there is nothing to check."
    kinds = table["verdict"].str.split(":").str[0]
    if not (kinds.isin(["fails", "small"])).any():
        largest = table.iloc[
            (-table["change"].astype(float).map(np.log).abs().fillna(0)).argsort(kind="stable").iloc[0]
        ]
        return (
            f"No ratio changes over time beyond noise. The largest difference seen: {largest.trait}, {largest.early:.2f} among the early half "
            f"of the losses and {largest.late:.2f} among the late half; as much is to be expected by chance."
        )
    said = []
    for row in records(table[kinds.isin(["fails", "small"])]):
        does_matter = "read both, not the average" if row["verdict"].startswith("fails") else "too little to matter"
        said.append(
            f"{row['trait']}: {row['early']:.2f} among early losses, {row['late']:.2f} among late ones; {does_matter}."
        )
    return " ".join(said)


def aft(study: ChurnStudy) -> str:
    """Whether another model is needed, and what it says."""
    if study.aft is None:
        return (
            "The ratios hold, so no model of another kind is needed." if len(study.proportionality) else NOTHING + "."
        )
    kind = "Weibull" if study.aft.family == "weibull" else "log-normal"
    return f"By which factor lifetimes are longer or shorter ({kind} model of lifetimes, {study.aft.verdict}), for where a ratio does not hold"


def since(study: ChurnStudy, day: str, table: pd.DataFrame) -> str:
    """Whether leaving changed on a day."""
    if table.empty:
        return f"{NOTHING} before and after {in_words(day)}." if day else "No day was named."
    sure = table[table["verdict"].isin(["left more", "left less"])]
    named = "; ".join(
        f"{row.group} {row.hazard_ratio:.2f} times ({row.low:.2f} – {row.high:.2f})" for row in sure.itertuples()
    )
    said = (
        f"Rate of leaving from {in_words(day)} on against before: {named}."
        if len(sure)
        else f"No group left more or less from {in_words(day)} on, beyond noise."
    )
    return f"{said} Tenure and the other traits being equal."


def risk(validation: RiskValidation | None, days: int) -> str:
    """Whether risks may be used: calibration first, then whether they beat knowing tenure alone."""
    if validation is None:
        return f"Too few members were there {days} days before the end to test a forecast. No risk is shown."
    if validation.verdict == "can't tell":
        return f"Can't tell whether the risks hold: {validation.reason}. No risk is shown."
    said = f"{validation.reason[0].upper()}{validation.reason[1:]} within {days} days. "
    c, skill = validation.concordance, validation.skill
    said += f"Of two members, the one with the higher risk left first in {_share(c)} of the cases (AUC {validation.auc.value:.2f}). "
    if skill.low > 0:
        said += "The traits tell more than tenure alone, beyond noise. "
    else:
        said += "Within so few days the traits do not foretell better than tenure alone, beyond noise: use the total, do not rank members. "
    return said + ("The level holds." if validation.verdict == "calibrated" else "The level is off: no risk is shown.")


def expected(study: ChurnStudy, validation: RiskValidation | None, days: int) -> str:
    """How many of today's members are expected to leave; only from a model whose level held."""
    if validation is None or validation.verdict != "calibrated":
        return "No forecast is given, for the one before did not hold or could not be tested."
    members = study.risks(days)
    members = members[members["risk"].notna()]
    n, lost = int(members["n_units"].sum()), float((members["risk"] * members["n_units"]).sum())
    if not n:
        return "Too few members are left for a forecast."
    return f"Of {n:,} members today {lost:,.0f} are expected to be lost within {days} days ({lost / n:.1%})."


def values(table: pd.DataFrame, months: int) -> str:
    """How far the value rests on what was seen."""
    if table.empty:
        return f"{NOTHING}: no price, or too few members."
    beyond = table["beyond_the_data"].max()
    rests = (
        "All of it lies within what was seen"
        if beyond < 0.005
        else f"Up to {beyond:.0%} of it lies beyond what was seen"
    )
    return f"Margin of a new member in {months} months, discounted, first payment at once. {rests}."


def in_words(day: str) -> str:
    """2026-05-01 as "1 May 2026"."""
    found = date.fromisoformat(day)
    return f"{found.day} {found:%B %Y}"


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def _months_later(months: int) -> str:
    return "one month later" if months == 1 else f"{months} months later"


def _share(found: Interval) -> str:
    return f"{found.value:.1%} ({found.low:.1%} – {found.high:.1%})"


def _months(found: Interval) -> str:
    low, high = (f"{limit / DAYS_PER_MONTH:.1f}" if not np.isnan(limit) else "?" for limit in (found.low, found.high))
    return f"{found.value / DAYS_PER_MONTH:.1f} ({low} – {high})"


def _not(p_adjusted: float) -> str:
    return "differ beyond noise" if p_adjusted <= 0.05 else "do not differ beyond noise"
