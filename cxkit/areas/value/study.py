"""One data set's purchases: split in the middle to test the models, then fitted whole to look ahead."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxkit.areas.value import purchase_history
from cxkit.areas.value.hold_out_study import HoldOutStudy
from cxkit.dataset.kept import kept
from cxkit.dataset.source import Source
from cxkit.disclosure.marked import counting
from cxkit.errors import ArgumentError
from cxkit.exactness import fitted
from cxkit.models.purchase import clv
from cxkit.models.purchase.bgnbd import fit_bgnbd, fit_mbgnbd
from cxkit.models.purchase.gammagamma import SpendFit, fit_gammagamma
from cxkit.models.purchase.paretonbd import fit_paretonbd
from cxkit.models.purchase.predict import Total, forecast_total
from cxkit.models.purchase.purchase import PurchaseFit

if TYPE_CHECKING:
    from cxkit.report.notebook.notebook import Report

FITTERS = (fit_bgnbd, fit_mbgnbd, fit_paretonbd)
# Days since the last purchase: up to, and how a reader calls the band.
RECENCY = ((30, "0–30"), (90, "31–90"), (180, "91–180"), (365, "181–365"))
ALIVE_BINS = np.linspace(0, 1, 11)
ALIVE_BANDS = [0.0, 0.25, 0.5, 0.75, 0.9, 1.0]


@dataclass(frozen=True)
class PurchaseStudy(HoldOutStudy):
    """Models of repeat purchase on a data set: validated first, see `HoldOutStudy`, then fitted to everything that is observed.

    Examples
    --------
    >>> import cxkit as cx
    >>> study = PurchaseStudy(cx.open_data("data/cdnow"), date(1997, 9, 30), date(1998, 6, 30))
    >>> round(study.calibration.params["r"], 4), round(study.hold_out.actual[0])
    (0.2426, 1882)
    """

    @property
    @kept
    def fit(self) -> PurchaseFit:
        """The chosen model, fitted to everything that is observed."""
        chosen = self.fitters[[fit.name for fit in self.calibrations].index(self.calibration.name)]
        return chosen(purchase_history.purchase_history(self.source, self.until, self.unit))

    @property
    @kept
    def spend(self) -> SpendFit:
        """Spend a purchase, from everything that is observed."""
        return fit_gammagamma(purchase_history.spend_history(self.source, self.until))

    @property
    @kept
    def customers(self) -> pd.DataFrame:
        """One row a customer, for scores. Not for a shared report."""
        return self.customers_at(self.until)

    def customers_at(self, day: date) -> pd.DataFrame:
        """As `customers`, as they were known at the end of a day."""
        return purchase_history.customer_history(self.source, day, self.unit)

    def forecast(self, months: int) -> Total:
        """Purchases of all customers together in the months to come, with a predictive interval."""
        horizon = float(clv.horizon_months(self.fit, months).times[-1])
        return forecast_total(self.fit, self.customers, horizon, self.conf_level)

    def value_at_risk(self, months: int, margin_share: float, annual_discount: float) -> pd.DataFrame:
        """Where value may be lost: by chance of still being a customer, the value and the part of it at risk.

        Returns
        -------
        DataFrame, one row a band of P(alive)
            `p_alive, n_customers, value`, and `at_risk` = value × (1 − P(alive)), summed over customers.
        """
        names = ["p_alive", "n_customers", "value", "at_risk"]
        if "degenerate" in (self.fit.verdict, self.spend.verdict):
            return pd.DataFrame(columns=names)
        values = clv.customer_values(self.fit, self.spend, self.customers, months, margin_share, annual_discount)
        customers = pd.DataFrame(
            {
                "p_alive": pd.cut(
                    values["p_alive"], ALIVE_BANDS, labels=_shares(ALIVE_BANDS), include_lowest=True
                ).astype(str),
                "n_customers": 1,
                "value": values["clv"],
                "at_risk": values["clv"] * (1 - values["p_alive"]),
            }
        )
        return fitted(customers.groupby("p_alive").sum().reset_index())

    def alive(self) -> pd.DataFrame:
        """How many customers there are by chance of still being one: `bin, n`."""
        chance = self.fit.p_alive(self.customers)
        counts, _ = np.histogram(chance[chance.notna()], ALIVE_BINS)
        return fitted(pd.DataFrame({"bin": _shares(list(ALIVE_BINS)), "n": counts}))

    def value(self, months: int, margin_share: float, annual_discount: float, by: str | None = None) -> pd.DataFrame:
        """Value of all customers, or of groups of them, in the months to come; rows of `clv.value_by`."""
        return fitted(
            clv.value_by(
                self.fit, self.spend, self._grouped(by), by, months, margin_share, annual_discount, self.conf_level
            )
        )

    def concentration(self, months: int, margin_share: float, annual_discount: float, k: int = 1) -> pd.DataFrame:
        """Which share of the value the best customers hold, at shares with k customers or more on either side."""
        values = clv.customer_values(self.fit, self.spend, self.customers, months, margin_share, annual_discount)
        shares = np.linspace(0, 1, 101)
        fewer = np.minimum(shares, 1 - shares) * len(values)
        return fitted(clv.concentration(values.clv, shares=tuple(shares[(fewer == 0) | (fewer >= k)])))

    def rfm(self) -> pd.DataFrame:
        """Customers by purchases and time since the last one: `purchases, last_purchase, n_customers, spend_each`.

        Bands instead of quintiles: half of all customers bought once, which no quintile can split.
        """
        query = """
            with buyers_so_far as (
                select customer_id, count(*) as n_days, max(purchased_on) as last_on, sum(net_amount) as spend
                from purchase_days where purchased_on <= $until group by customer_id
            )
            select least(n_days, 5) as purchases, $until - last_on as days_ago,
                   count(*) as n_customers, cast(sum(spend) as double) as spend
            from buyers_so_far group by 1, 2"""
        rows = self.source.sql(query, until=self.until)
        band = pd.cut(
            rows.days_ago, [-1, *(last for last, _ in RECENCY), np.inf], labels=[*(n for _, n in RECENCY), "longer"]
        )
        table = rows.groupby(["purchases", band], observed=False)[["n_customers", "spend"]].sum().reset_index()
        bands = pd.DataFrame(
            {
                "purchases": table.purchases.map(lambda n: "5 or more" if n == 5 else str(n)),
                "last_purchase": table.days_ago.astype(str),
                "n_customers": table.n_customers,
                "spend_each": np.divide(
                    table.spend, table.n_customers, where=table.n_customers > 0, out=np.full(len(table), np.nan)
                ),
            }
        )
        return counting(bands, people="n_customers", k=self.source.settings.k)

    def _grouped(self, by: str | None) -> pd.DataFrame:
        if by is None:
            return self.customers
        if by == "purchases":
            repeats = self.customers.frequency.clip(upper=4).astype(int)
            return self.customers.assign(purchases=(repeats + 1).map(lambda n: f"{n} or more" if n == 5 else str(n)))
        known = self.source.sql(f"select customer_id, {by} from customers")
        return self.customers.merge(known, on="customer_id", how="left")


def purchase_study(
    source: Source,
    until: date,
    cut: str = "",
    unit: str = "week",
    conf_level: float = 0.95,
    fitters: Sequence[Callable[[pd.DataFrame], PurchaseFit]] = (fit_bgnbd,),
    segment: str = "",
    k: int = 1,
) -> PurchaseStudy:
    """Study the purchases of a data set.

    Parameters
    ----------
    until : date
        Last day to look at; later days are left alone, as if unknown.
    cut : str
        Last day of the calibration; empty for the middle of the days that the orders cover.
    segment : str
        Only these customers, such as `country=PL`.
    k : int
        Of fewer customers nothing is shown.

    Raises
    ------
    ArgumentError
        A cut outside the days, or no date.
    """
    # Without orders a year of nothing, so that the study says so.
    first, last = source.coverage("orders") if source.has("orders") else (until - timedelta(days=365), until)
    until = min(last, until)
    if (until - first).days < 2:  # too short for a cut between: nothing can be held out
        first, until = until - timedelta(days=1), until + timedelta(days=1)
    middle = first + (until - first) / 2
    try:
        day = date.fromisoformat(cut) if cut else middle
    except ValueError:
        raise ArgumentError(
            f"cut {cut!r} is no date; expected a day such as {middle}, or nothing for the middle."
        ) from None
    if not first < day < until:
        raise ArgumentError(f"cut {day} must lie between the first day of the orders, {first}, and the last, {until}.")
    chosen = purchase_history.within(source, segment)
    chosen = purchase_history.WithheldIfFew(chosen, k) if k > 1 else chosen
    return PurchaseStudy(chosen, day, until, unit, conf_level, tuple(fitters))


def open_study(report: "Report", cut: str = "") -> PurchaseStudy:
    """The study of a report's purchases up to the end of its period, by the best of all models.

    Examples
    --------
    >>> import cxkit as cx
    >>> study = open_study(cx.open_report("data/sample", "2026-10"))
    >>> study.until.isoformat(), len(study.fitters)
    ('2026-10-31', 3)
    """
    return purchase_study(
        report.source, report.period.last_day, cut, conf_level=report.conf_level, fitters=FITTERS, segment=report.segment,
        k=report.source.settings.k,
    )  # fmt: skip


def _shares(edges: Sequence[float]) -> list[str]:
    return [f"{100 * low:.0f} – {high:.0%}" for low, high in itertools.pairwise(edges)]
