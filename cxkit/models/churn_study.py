"""One study of a membership: how long members stay, who leaves sooner, what the risk is worth knowing, and what a member is worth.

A notebook shows its frames. Each is computed once, when first asked for, from cells that one query gives; too little data gives an
empty frame and a reason, never an error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from cxkit.measurement import records
from cxkit.models import churn_cells
from cxkit.models.aft import AftFit, fit_aft
from cxkit.models.churn_cells import COVARIATES, joined
from cxkit.models.competing import CumulativeIncidence, cumulative_incidence
from cxkit.models.contractual_value import contractual_value
from cxkit.models.cox import CoxFit, fit_cox
from cxkit.models.hazard import DAYS_PER_MONTH, hazard_by_tenure
from cxkit.models.kaplan_meier import READABLE, KaplanMeier, kaplan_meier
from cxkit.models.logrank import logrank, pairwise_logrank
from cxkit.models.proportional_hazards import check_proportional_hazards
from cxkit.models.risk import RiskValidation, churn_risk, validate_on_split
from cxkit.source import Source
from cxkit.stats import adjust

YEAR = 365.0
UNSEEN = "not seen for so long"
CURVE = ["months", "value", "ci_low", "ci_high", "at_risk"]


@dataclass(frozen=True)
class ChurnStudy:
    """Survival of members on a data set, from spells known at the end of a day.

    Attributes
    ----------
    source : Source
    until : date
        Last day that is seen.
    segment : str
    conf_level : float

    Examples
    --------
    >>> import cxkit as cx
    >>> study = ChurnStudy(cx.open_data("data/sample"), date(2026, 10, 31))
    >>> study.curve.verdict, study.covariates[:2]
    ('estimated', ['plan', 'billing_interval'])
    """

    source: Source
    until: date
    segment: str = ""
    conf_level: float = 0.95

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Spells with a count, as `churn_cells.spell_cells`."""
        return churn_cells.spell_cells(self.source, self.until, segment=self.segment)

    @property
    def n_spells(self) -> int:
        """How many memberships the study rests on."""
        return int(self.cells["n_units"].sum())

    @property
    def is_hidden(self) -> bool:
        """Fewer spells than the small-cell limit: nothing is shown of so few people."""
        return self.n_spells < self.source.settings.k

    @cached_property
    def covariates(self) -> list[str]:
        """Traits at the start that differ between members."""
        return _varying(self.cells)

    @cached_property
    def curve(self) -> KaplanMeier:
        """Survival of all members."""
        return kaplan_meier(self.cells.iloc[:0] if self.is_hidden else self.cells, self.conf_level)

    @property
    def reason(self) -> str:
        """Why there is no curve, in words; empty if there is one."""
        if not self.n_spells:
            return "no membership was seen"
        if self.is_hidden:
            return f"fewer than {self.source.settings.k} memberships: nothing is shown of so few people"
        return self.curve.reason

    def survival(self, by: str | None = None) -> pd.DataFrame:
        """Curves for a chart, as far as ten are at risk: `months, value, ci_low, ci_high, at_risk` and, with `by`, `group`."""
        if by is None:
            return _drawn(self.curve)
        parts = [_drawn(curve).assign(group=name) for name, curve in self._curves(by).items()]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*CURVE, "group"])

    def lifetimes(self, by: str | None = None) -> pd.DataFrame:
        """How long members stay: `members, memberships, lost`, and with its interval as text each the share `after_12_months`, the
        `median` in months (missing while more than half are still there) and the months of the `first_year` that a member stays.
        """
        rows = []
        for name, curve in ({"all": self.curve} if by is None else self._curves(by)).items():
            months = [
                tuple(limit / DAYS_PER_MONTH for limit in found[:3])
                for found in (curve.median(), curve.rmst(12 * DAYS_PER_MONTH))
            ]
            shares = _text(tuple(100 * limit for limit in curve.survival_at(YEAR)[:3]), " %")
            middle, area = (_text(found) for found in months)
            rows.append((name, curve.n_units, curve.n_events, shares, middle.replace(UNSEEN, "not reached"), area))
        return pd.DataFrame(rows, columns=["members", "memberships", "lost", "after_12_months", "median", "first_year"])

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Do the groups of a trait share one curve? Log-rank, one row a trait, corrected for all of them (Holm)."""
        columns = ["trait", "groups", "chi_square", "degrees_of_freedom", "p_value", "p_adjusted", "verdict"]
        found = [
            (name, logrank(joined(self.cells, name), name)) for name in ([] if self.is_hidden else self.covariates)
        ]
        rows = [
            (name.replace("_", " "), len(t.groups), t.statistic, t.degrees_of_freedom, t.p_value, np.nan, t.reason)
            for name, t in found
        ]
        table = pd.DataFrame(rows, columns=columns)
        table["p_adjusted"] = adjust(table["p_value"].to_numpy(float), "holm").p_values
        told = np.where(table["p_adjusted"] <= 0.05, "differ beyond noise", "no difference beyond noise")
        table["verdict"] = np.where(table["verdict"] != "", table["verdict"], told)
        return table

    def pairs(self, by: str) -> pd.DataFrame:
        """Every pair of a trait's groups by log-rank, corrected (Holm)."""
        return pairwise_logrank(joined(self.cells, by), by)

    @cached_property
    def hazard(self) -> pd.DataFrame:
        """Members lost per 100 and month, by month of membership in the first two years, while at least ten member-months were seen."""
        table = hazard_by_tenure(self.cells.iloc[:0] if self.is_hidden else self.cells, conf_level=self.conf_level)
        table = table[table["exposure"] >= READABLE].head(24).reset_index(drop=True)
        per_hundred = {f"{name}_per_100": table[name] * 100 for name in ("hazard", "low", "high")}
        return table.assign(month=(table["start"] / DAYS_PER_MONTH).round().astype(int) + 1, **per_hundred)

    @cached_property
    def ends(self) -> CumulativeIncidence:
        """How many have left by now, for each reason."""
        return cumulative_incidence(self.cells.iloc[:0] if self.is_hidden else self.cells, conf_level=self.conf_level)

    def ends_curves(self) -> pd.DataFrame:
        """Cumulative incidence for a chart, as far as ten are at risk: as `survival`, `group` the reason."""
        if self.ends.table.empty:
            return pd.DataFrame(columns=[*CURVE, "group"])
        table = self.ends.table[self.ends.table["n_at_risk"] >= READABLE]
        named = {"incidence": "value", "low": "ci_low", "high": "ci_high", "n_at_risk": "at_risk"}
        drawn = table.rename(columns=named).assign(
            months=table["time"] / DAYS_PER_MONTH, group=table["reason"].str.replace("_", " ")
        )
        return drawn[[*CURVE, "group"]].reset_index(drop=True)

    @cached_property
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
                ["can't tell: " + table["reason"].fillna(""), "no difference", "leave sooner"], "stay longer",
            ),
        )[names]  # fmt: skip
        strength = table["hazard_ratio"].astype(float).map(np.log).abs()
        return table.iloc[(-strength.fillna(-1)).argsort(kind="stable")].reset_index(drop=True)

    @cached_property
    def proportionality(self) -> pd.DataFrame:
        """Do the ratios hold over the whole time? One row a trait: early and late ratio, test, verdict in words."""
        names = ["trait", "early", "late", "change", "from", "to", "p_adjusted", "verdict"]
        if self.cox.verdict == "degenerate":
            return pd.DataFrame(columns=names)
        table = check_proportional_hazards(self.cox)
        shown = table.assign(
            trait=_named(table),
            early=table["ratio_early"],
            late=table["ratio_late"],
            **{"from": table["low"], "to": table["high"]},
        )
        shown["verdict"] = shown["verdict"] + (": " + shown["reason"]).where(shown["reason"] != "", "")
        return shown[names]

    @property
    def fails_proportionality(self) -> list[str]:
        """Traits whose ratio changes over time beyond noise, and by enough to matter."""
        return self.proportionality.loc[self.proportionality["verdict"].str.startswith("fails"), "trait"].tolist()

    @cached_property
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
        nothing = pd.DataFrame(columns=names)
        if not day or self.is_hidden or not date.fromisoformat(day) <= self.until:
            return nothing
        cells = churn_cells.split_cells(self.source, self.until, date.fromisoformat(day), segment=self.segment)
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
        return pd.DataFrame(rows, columns=names)

    def validation(self, days: int) -> RiskValidation | None:
        """Risks given `days` before the end of the data, from what was known then, against what came; None with fewer than 5 k members."""
        cut = self.until - timedelta(days=days)
        if self.is_hidden:
            return None
        known = churn_cells.spell_cells(self.source, cut, segment=self.segment)
        later = churn_cells.member_cells(self.source, cut, self.until, segment=self.segment)
        if min(known["n_units"].sum(), later["n_units"].sum()) < 5 * self.source.settings.k:
            return None
        later = _as_levels_of(later, known)
        return validate_on_split(known, later, _varying(known), float(days), self.conf_level)

    @cached_property
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
        return members.join(churn_risk(self.cox, members, float(days)))

    def _members(self, by_customer: bool) -> pd.DataFrame:
        members = churn_cells.member_cells(
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
        for one in records(churn_cells.monthly_margin(self.source, self.until, by, segment=self.segment)):
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
        return pd.DataFrame(rows, columns=names)

    def _curves(self, by: str) -> dict[str, KaplanMeier]:
        """A curve for each group, the largest first."""
        if self.is_hidden or by not in self.covariates:
            return {}
        cells = joined(self.cells, by)
        sizes = cells.groupby(by)["n_units"].sum().sort_values(ascending=False, kind="stable")
        shown = sizes[sizes >= self.source.settings.k].index
        return {str(name): kaplan_meier(cells[cells[by] == name], self.conf_level) for name in shown}


@lru_cache(maxsize=4)  # the figures of a page and its charts rest on the same studies
def churn_study(source: Source, until: date, segment: str = "", conf_level: float = 0.95) -> ChurnStudy:
    """Study the members of a data set up to the end of a day, or to where the subscriptions end."""
    if source.has("subscriptions"):
        until = min(until, source.coverage("subscriptions")[1])
    return ChurnStudy(source, until, segment, conf_level)


def _varying(cells: pd.DataFrame) -> list[str]:
    return [name for name in COVARIATES if len(set(cells[name].dropna())) > 1]


def _drawn(curve: KaplanMeier) -> pd.DataFrame:
    if curve.verdict == "degenerate":
        return pd.DataFrame(columns=CURVE)
    table = (
        curve.table[curve.table["time"] <= curve.readable_to]
        if np.isfinite(curve.readable_to)
        else curve.table.iloc[:0]
    )
    return pd.DataFrame(
        {
            "months": table["time"].to_numpy() / DAYS_PER_MONTH, "value": table["survival"].to_numpy(),
            "ci_low": table["low"].to_numpy(), "ci_high": table["high"].to_numpy(), "at_risk": table["n_at_risk"].to_numpy(),
        }
    )  # fmt: skip


def _text(found: tuple[float, ...], unit: str = "") -> str:
    value, low, high = (f"{limit:.1f}" if np.isfinite(limit) else "?" for limit in found)
    return f"{value}{unit} ({low} – {high})" if np.isfinite(found[0]) else UNSEEN


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
        members[name] = values.where(values.isna() | values.isin(known), churn_cells.OTHER)
    return members
