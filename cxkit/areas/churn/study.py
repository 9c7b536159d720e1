"""One study of a membership: how long members stay, who leaves sooner, what the risk is worth knowing, and what a member is worth.

A notebook shows its frames. What concerns staying is in `survival_study`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxkit.areas.churn import spells
from cxkit.areas.churn.contractual_value import contractual_value
from cxkit.areas.churn.risk import RiskValidation, churn_risk, validate_on_split
from cxkit.areas.churn.spells import COVARIATES, joined
from cxkit.areas.churn.survival_study import SurvivalStudy, varying
from cxkit.dataset.kept import kept
from cxkit.disclosure.marked import counting
from cxkit.exactness import fitted
from cxkit.measurement.ask import Ask
from cxkit.measurement.rows import records
from cxkit.models.survival.aft import AftFit, fit_aft
from cxkit.models.survival.cox import CoxFit, fit_cox
from cxkit.models.survival.proportional_hazards import check_proportional_hazards
from cxkit.stats import adjust

if TYPE_CHECKING:
    from cxkit.report.notebook.notebook import Report


@dataclass(frozen=True)
class ChurnStudy(SurvivalStudy):
    """Who leaves sooner, the risk of today's members and the worth of a new one; how long members stay, see `SurvivalStudy`.

    Examples
    --------
    >>> import cxkit as cx
    >>> study = ChurnStudy(cx.open_data("data/sample"), date(2026, 10, 31))
    >>> study.curve.verdict, study.covariates[:2]
    ('estimated', ['plan', 'billing_interval'])
    """

    @property
    @kept
    def cox(self) -> CoxFit:
        """What goes with leaving: traits known at the start, all in one model."""
        cells = self.cells.iloc[:0] if self.is_hidden else self.cells
        return fit_cox(cells, self.covariates, "cluster", self.conf_level)

    def drivers(self) -> pd.DataFrame:
        """Hazard ratios for a chart and a table: `trait, hazard_ratio, low, high, p_adjusted, memberships, lost, verdict`, strongest first."""
        table = self.cox.hazard_ratios
        names = ["trait", "against", "hazard_ratio", "low", "high", "p_adjusted", "memberships", "lost", "verdict"]
        table = table.assign(
            trait=_named(table), against=table["reference"].str.replace("_", " "), memberships=table["n_units"], lost=table["n_events"],
            verdict=np.select(
                [table["verdict"] != "converged", table["p_adjusted"] > 0.05, table["hazard_ratio"] > 1],
                ["can't tell: " + table["reason"].fillna(""), "not beyond noise", "leave sooner"], "stay longer",
            ),
        )[names]  # fmt: skip
        strength = table["hazard_ratio"].astype(float).map(np.log).abs()
        table = fitted(table.iloc[(-strength.fillna(-1)).argsort(kind="stable")].reset_index(drop=True))
        return counting(table, people="memberships", k=self.source.settings.k, cases=["lost"])

    @property
    @kept
    def proportionality(self) -> pd.DataFrame:
        """Do the ratios hold over the whole time? One row a trait: early and late ratio, test, verdict in words."""
        names = ["trait", "early", "late", "change", "from", "to", "p_adjusted", "verdict"]
        if self.cox.verdict == "degenerate":
            return counting(pd.DataFrame(columns=names), people=None)
        table = check_proportional_hazards(self.cox)
        shown = table.assign(
            trait=_named(table),
            early=table["ratio_early"],
            late=table["ratio_late"],
            **{"from": table["low"], "to": table["high"]},
        )
        shown["verdict"] = shown["verdict"] + (": " + shown["reason"]).where(shown["reason"] != "", "")
        return fitted(counting(shown[names], people=None))

    @property
    def fails_proportionality(self) -> list[str]:
        """Traits whose ratio changes over time beyond noise, and by enough to matter."""
        return self.proportionality.loc[self.proportionality["verdict"].str.startswith("fails"), "trait"].tolist()

    @property
    @kept
    def aft(self) -> AftFit | None:
        """Accelerated failure time, of two families the likelier; only where a ratio is not constant."""
        if not self.fails_proportionality:
            return None
        fits = [fit_aft(self.cells, self.covariates, family, self.conf_level) for family in ("weibull", "lognormal")]
        return min(fits, key=lambda fit: fit.aic if np.isfinite(fit.aic) else np.inf)

    def since(self, day: str, by: str = "plan") -> pd.DataFrame:
        """Did leaving change on a day, in each group of a trait? Rate of leaving after it against before, tenure and traits being equal.

        Returns
        -------
        DataFrame, one row a group
            `group, hazard_ratio, low, high, p_adjusted, lost_before, lost_after, verdict`; empty where the day is not within the data.
        """
        names = ["group", "hazard_ratio", "low", "high", "p_adjusted", "lost_before", "lost_after", "verdict"]
        nothing = counting(pd.DataFrame(columns=names), people=None)
        if not day or self.is_hidden or not date.fromisoformat(day) <= self.until:
            return nothing
        cells = spells.split_cells(self.source, self.until, date.fromisoformat(day), segment=self.segment)
        cells = joined(cells, by)
        groups = sorted(cells[by].unique())
        if len(set(cells["is_after"])) < 2:
            return nothing
        terms = {
            f"after_{number}": (cells["is_after"] & (cells[by] == name)).astype(float)
            for number, name in enumerate(groups)
        }
        fit = fit_cox(cells.assign(**terms), [*self.covariates, *terms], "cluster", self.conf_level)
        found = fit.hazard_ratios[fit.hazard_ratios["covariate"].isin(terms)].set_index("covariate")
        lost = cells.assign(lost=cells["n_units"] * cells["event"]).groupby([by, "is_after"])["lost"].sum()
        p_adjusted = adjust(found["p_value"].reindex(list(terms)).to_numpy(float), "holm").p_values
        rows = []
        for term, name, p in zip(terms, groups, p_adjusted, strict=True):
            row = found.loc[term]
            known = row["verdict"] == "converged"
            said = (
                "no change beyond noise" if not p <= 0.05 else "left more" if row["hazard_ratio"] > 1 else "left less"
            )
            rows.append(
                (name, row["hazard_ratio"], row["low"], row["high"], p, int(lost.get((name, False), 0)), int(lost.get((name, True), 0)),
                 said if known else f"can't tell: {row['reason']}")
            )  # fmt: skip
        table = fitted(pd.DataFrame(rows, columns=names))
        return counting(table, people=None, k=self.source.settings.k, cases=["lost_before", "lost_after"])

    def validation(self, days: int) -> RiskValidation | None:
        """Risks given `days` before the end of the data, from what was known then, against what came; None with fewer than 5 k members."""
        cut = self.until - timedelta(days=days)
        if self.is_hidden:
            return None
        known = spells.spell_cells(self.source, cut, segment=self.segment)
        later = spells.member_cells(self.source, cut, self.until, segment=self.segment)
        if min(known["n_units"].sum(), later["n_units"].sum()) < 5 * self.source.settings.k:
            return None
        later = _as_levels_of(later, known)
        return validate_on_split(known, later, varying(known), float(days), self.conf_level)

    @property
    @kept
    def members(self) -> pd.DataFrame:
        """Members at the end of the last day with a count: covariates and `tenure`; empty of too few people."""
        return self._members(by_customer=False)

    @property
    def n_members(self) -> int:
        """How many members there are at the end of the last day."""
        return int(self.members["n_units"].sum())

    def risks(self, days: int, by_customer: bool = False) -> pd.DataFrame:
        """Today's members with their chance of leaving within `days`: covariates, `tenure, n_units, risk, is_extrapolated`.

        With `by_customer` a row each with `customer_id`: for scores, not for a shared report.
        """
        members = self._members(by_customer) if by_customer else self.members
        if members.empty:
            return members.assign(risk=np.nan, is_extrapolated=False)
        return fitted(members.join(churn_risk(self.cox, members, float(days))))

    def _members(self, by_customer: bool) -> pd.DataFrame:
        members = spells.member_cells(
            self.source, self.until, self.until, segment=self.segment, by_customer=by_customer
        )
        members = _as_levels_of(members.drop(columns=["duration", "event"]), self.cells)
        is_few = self.is_hidden or members["n_units"].sum() < self.source.settings.k
        return members.iloc[:0] if is_few else members

    def values(self, months: int, annual_discount: float, by: str | None = None) -> pd.DataFrame:
        """What a new member is worth in the months to come: monthly margin × survival, discounted, first payment at once.

        Returns
        -------
        DataFrame, one row a group
            `members, memberships, monthly_margin, value, low, high, beyond_the_data` (share of the value that rests on extrapolation),
            `months_seen`.
        """
        names = ["members", "memberships", "monthly_margin", "value", "low", "high", "beyond_the_data", "months_seen"]
        if self.is_hidden:
            return pd.DataFrame(columns=names)
        rows = []
        k = self.source.settings.k
        for one in records(spells.monthly_margin(self.source, self.until, by, segment=self.segment)):
            cells = self.cells
            if by is not None:
                cells = joined(self.cells, by)
                cells = cells[cells[by] == one["group"]]
            if one["n_members"] < k or cells["n_units"].sum() < k:
                continue
            worth = contractual_value(
                cells, one["margin"], annual_discount, horizon_months=months, conf_level=self.conf_level
            )
            n_spells = int(cells["n_units"].sum())
            rows.append(
                (one["group"], n_spells, one["margin"], *worth.value[:3], worth.share_beyond, worth.observed_months)
            )
        return fitted(pd.DataFrame(rows, columns=names))


def churn_study(ask: Ask) -> ChurnStudy:
    """Study the members as known at the end of a period, or where the subscriptions end."""
    until = ask.period.last_day
    if ask.source.has("subscriptions"):
        until = min(until, ask.source.coverage("subscriptions")[1])
    return ChurnStudy(ask.source, until, ask.segment, ask.conf_level)


def open_study(report: "Report") -> ChurnStudy:
    """The study of a report's members, as known at the end of its period.

    Examples
    --------
    >>> import cxkit as cx
    >>> study = open_study(cx.open_report("data/sample", "2026-10"))
    >>> study.lifetimes(by="plan")["members"].tolist()
    ['basic', 'premium']
    """
    return churn_study(report.ask)


def _named(table: pd.DataFrame) -> Sequence[str]:
    level = table["level"].fillna("").astype(str)
    return (
        table["covariate"].str.replace("_", " ") + (": " + level.str.replace("_", " ")).where(level != "", "")
    ).tolist()


def _as_levels_of(members: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Levels that were joined as "other" in the cells, joined here too."""
    for name in COVARIATES:
        known = set(cells[name].dropna())
        values = members[name].astype(object)
        members[name] = values.where(values.isna() | values.isin(known), spells.OTHER)
    return members
