"""How long members stay: curves, lifetimes, the hazard by tenure and the ends, from cells that one query gives.

Each frame is computed once, when first asked for; too little data gives an empty frame and a reason, never an error.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from cxkit.areas.churn import spells
from cxkit.areas.churn.spells import COVARIATES, joined
from cxkit.dataset.kept import kept
from cxkit.dataset.source import Source
from cxkit.disclosure.marked import counting
from cxkit.measurement.ask import EVERYBODY
from cxkit.models.survival.competing import CumulativeIncidence, cumulative_incidence
from cxkit.models.survival.hazard import DAYS_PER_MONTH, hazard_by_tenure
from cxkit.models.survival.kaplan_meier import READABLE, KaplanMeier, kaplan_meier
from cxkit.models.survival.logrank import logrank
from cxkit.segment import Segment
from cxkit.stats import adjust

YEAR = 365.0
UNSEEN = "not seen for so long"
CURVE = ["months", "value", "ci_low", "ci_high", "at_risk"]


@dataclass(frozen=True)
class SurvivalStudy:
    """Survival of members on a data set, from spells known at the end of a day.

    Attributes
    ----------
    source : Source
    until : date
        Last day that is seen.
    segment : Segment
    conf_level : float
    """

    source: Source
    until: date
    segment: Segment = EVERYBODY
    conf_level: float = 0.95

    @property
    @kept
    def cells(self) -> pd.DataFrame:
        """Spells with a count, as `spells.spell_cells`."""
        return spells.spell_cells(self.source, self.until, segment=self.segment)

    @property
    def n_spells(self) -> int:
        """How many memberships the study rests on."""
        return int(self.cells["n_units"].sum())

    @property
    def is_hidden(self) -> bool:
        """Fewer spells than the small-cell limit: nothing is shown of so few people."""
        return self.n_spells < self.source.settings.k

    @property
    @kept
    def covariates(self) -> list[str]:
        """Traits at the start that differ between members."""
        return varying(self.cells)

    @property
    @kept
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
            return self._at_risk(_drawn(self.curve))
        parts = [_drawn(curve).assign(group=name) for name, curve in self._curves(by).items()]
        return self._at_risk(pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*CURVE, "group"]))

    def _at_risk(self, curves: pd.DataFrame) -> pd.DataFrame:
        return counting(curves, people="at_risk", k=self.source.settings.k, nested=True)

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
            shares = _text(tuple(100 * limit for limit in curve.survival_at(YEAR)[:3]), "%")
            middle, area = (_text(found) for found in months)
            rows.append((name, curve.n_units, curve.n_events, shares, middle.replace(UNSEEN, "not reached"), area))
        table = pd.DataFrame(
            rows, columns=["members", "memberships", "lost", "after_12_months", "median", "first_year"]
        )
        return counting(table, people="memberships", k=self.source.settings.k, cases=["lost"])

    @property
    @kept
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
        return counting(table, people=None)

    @property
    @kept
    def hazard(self) -> pd.DataFrame:
        """Members lost per 100 and month, by month of membership in the first two years, while at least ten member-months were seen."""
        table = hazard_by_tenure(self.cells.iloc[:0] if self.is_hidden else self.cells, conf_level=self.conf_level)
        table = table[table["exposure"] >= READABLE].head(24).reset_index(drop=True)
        per_hundred = {f"{name}_per_100": table[name] * 100 for name in ("hazard", "low", "high")}
        table = table.assign(month=(table["start"] / DAYS_PER_MONTH).round().astype(int) + 1, **per_hundred)
        return counting(table, people=None, k=self.source.settings.k, cases=["n_events"], nested=True)

    @property
    @kept
    def ends(self) -> CumulativeIncidence:
        """How many have left by now, for each reason."""
        return cumulative_incidence(self.cells.iloc[:0] if self.is_hidden else self.cells, conf_level=self.conf_level)

    def ends_curves(self) -> pd.DataFrame:
        """Cumulative incidence for a chart, as far as ten are at risk: as `survival`, `group` the reason."""
        if self.ends.table.empty:
            return self._at_risk(pd.DataFrame(columns=[*CURVE, "group"]))
        table = self.ends.table[self.ends.table["n_at_risk"] >= READABLE]
        named = {"incidence": "value", "low": "ci_low", "high": "ci_high", "n_at_risk": "at_risk"}
        drawn = table.rename(columns=named).assign(
            months=table["time"] / DAYS_PER_MONTH, group=table["reason"].str.replace("_", " ")
        )
        return self._at_risk(drawn[[*CURVE, "group"]].reset_index(drop=True))

    def _curves(self, by: str) -> dict[str, KaplanMeier]:
        """A curve for each group, the largest first."""
        if self.is_hidden or by not in self.covariates:
            return {}
        cells = joined(self.cells, by)
        sizes = cells.groupby(by)["n_units"].sum().sort_values(ascending=False, kind="stable")
        shown = sizes[sizes >= self.source.settings.k].index
        return {str(name): kaplan_meier(cells[cells[by] == name], self.conf_level) for name in shown}


def varying(cells: pd.DataFrame) -> list[str]:
    """Traits at the start that differ between spells."""
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
