"""Does a purchase model predict? One data set's purchases, split in the middle: fitted before the cut, tested after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from cxkit.areas.value import purchase_history
from cxkit.dataset.kept import kept
from cxkit.exactness import fitted
from cxkit.models.purchase import holdout
from cxkit.models.purchase.bgnbd import fit_bgnbd
from cxkit.models.purchase.choose import compare_models, why_chosen
from cxkit.models.purchase.gammagamma import SpendFit, fit_gammagamma
from cxkit.models.purchase.purchase import PurchaseFit


@dataclass(frozen=True)
class HoldOutStudy:
    """Models of repeat purchase on the first days of a data set, held against what came after.

    Attributes
    ----------
    source : history.Source
    cut : date
        Last day of the calibration; the days after it until `until` are the hold-out.
    until : date
        Last day that is observed.
    unit : str
        week or day, of the models' times.
    conf_level : float
    fitters : sequence of functions
        Purchase models to try, such as `fit_bgnbd`.
    """

    source: purchase_history.Source
    cut: date
    until: date
    unit: str = "week"
    conf_level: float = 0.95
    fitters: Sequence[Callable[[pd.DataFrame], PurchaseFit]] = (fit_bgnbd,)

    @property
    @kept
    def split(self) -> pd.DataFrame:
        """Histories at the cut with what followed."""
        return purchase_history.hold_out_history(self.source, self.cut, self.until, self.unit)

    @property
    @kept
    def calibrations(self) -> list[PurchaseFit]:
        """Every model, fitted to the days up to the cut."""
        customers = purchase_history.purchase_history(self.source, self.cut, self.unit)
        return [fit(customers) for fit in self.fitters]

    @property
    @kept
    def comparison(self) -> pd.DataFrame:
        """The models by likelihood and hold-out, the chosen first."""
        return fitted(compare_models(self.calibrations, self.split))

    @property
    def choice(self) -> str:
        """Why the chosen model was chosen, in a sentence."""
        return why_chosen(self.comparison)

    @property
    @kept
    def calibration(self) -> PurchaseFit:
        """The chosen model, fitted to the days up to the cut."""
        return next(fit for fit in self.calibrations if fit.name == self.comparison.model[0])

    @property
    @kept
    def calibration_spend(self) -> SpendFit:
        """Spend a purchase, from the days up to the cut."""
        return fit_gammagamma(purchase_history.spend_history(self.source, self.cut))

    @property
    @kept
    def hold_out(self) -> pd.DataFrame:
        """The model's forecast of the hold-out beside two that need no model."""
        return fitted(holdout.forecasts_against_truth(self.calibration, self.split, self.conf_level))

    @property
    @kept
    def by_frequency(self) -> pd.DataFrame:
        """Forecast and truth by purchases before the cut."""
        return fitted(holdout.calibration_by_frequency(self.calibration, self.split))

    @property
    @kept
    def weeks(self) -> pd.DataFrame:
        """Repeat purchases of the customers known at the cut, week by week, forecast and truth."""
        days = purchase_history.purchases_by_day(self.source, self.until, born_until=self.cut)
        return fitted(holdout.tracking(self.calibration, days, self.until))

    @property
    @kept
    def deciles(self) -> pd.DataFrame:
        """Spend in the hold-out by tenth of expected spend; empty without a model of purchases and one of spend."""
        if "degenerate" in (self.calibration.verdict, self.calibration_spend.verdict):
            return pd.DataFrame(columns=["decile", "n_customers", "expected", "actual", "share_of_actual"])
        customers = purchase_history.hold_out_spend(self.source, self.cut, self.until, self.unit)
        return fitted(holdout.spend_deciles(self.calibration, self.calibration_spend, customers))

    @property
    def first_day(self) -> date:
        """Day of the first purchase."""
        weeks = float(self.split["T"].max())
        return self.cut - timedelta(days=round(weeks * (7 if self.unit == "week" else 1)))
