"""The charts and tables of the notebook on customer value, with captions made from their figures."""

import math

import numpy as np
import pandas as pd

from cxkit import charts
from cxkit.areas.value import captions, engagement_level
from cxkit.areas.value.rfm import migration
from cxkit.areas.value.study import PurchaseStudy
from cxkit.charts import Columns, Figure, Words
from cxkit.disclosure.marked import counting
from cxkit.exactness import fitted
from cxkit.measurement.rows import records
from cxkit.models.fit import Fit
from cxkit.report.notebook.notebook import Report
from cxkit.report.notebook.report_blocks import ReportBlock


def rfm(study: PurchaseStudy) -> Figure:
    """Customers by number of purchases and time since the last."""
    bands = study.rfm()
    return charts.heatmap(
        bands,
        columns=Columns(by="purchases", across="last_purchase", value="n_customers"),
        words=Words(unit="count", y="purchases", x="last purchase, days ago"),
        caption=f"{bands.n_customers.sum():,} customers by number of purchases and time since the last.",
        alt="Table of shades: customers by purchases and time since the last purchase.",
    )  # fmt: skip


def moves(report: Report) -> Figure:
    """From which class to which buyers moved since the base."""
    return charts.heatmap(
        counting(migration(report.ask), people="n_customers", k=report.source.settings.k),
        columns=Columns(by="from", across="to", value="n_customers"), words=Words(unit="count", y="before", x="now"),
        caption="Buyers by class at the end of the base period and now; new ones first bought in between.",
        alt="Table of shades: buyers by class at the end of the base and of the period.",
    )  # fmt: skip


def models(report: Report, study: PurchaseStudy) -> ReportBlock:
    """The models by likelihood and hold-out, and which was chosen."""
    names = ["model", "verdict", "log_likelihood", "aic_difference", "expected", "actual", "error", "rmse"]
    heads = {"log_likelihood": "log-likelihood", "aic_difference": "AIC difference", "rmse": "RMSE"}
    return report.table(
        study.comparison[names].rename(columns=heads).round({"AIC difference": 2}),
        caption=f"Which model? {study.choice}",
        units={"expected": "count", "actual": "count", "error": "share"},
        people=None,
    )


def forecasts(report: Report, study: PurchaseStudy) -> ReportBlock:
    """The forecast of the hold-out beside two that need no model."""
    names = ["forecast", "expected", "low", "high", "actual", "error", "mae", "rmse"]
    return report.table(
        study.hold_out[names].rename(columns={"mae": "MAE", "rmse": "RMSE"}),
        caption=f"{captions.hold_out(study)} Repeat purchases in the hold-out: total, and error per customer.",
        units={"expected": "count", "low": "count", "high": "count", "actual": "count", "error": "share"},
        people=None,
    )


def tracking(study: PurchaseStudy) -> Figure:
    """Repeat purchases added up, actual and expected."""
    return charts.tracking(
        counting(study.weeks, people=None), cut=study.cut,
        columns=Columns(time="week_end", value="cumulative_actual", predicted="cumulative_expected"),
        caption=captions.tracking(study),
        alt="Line chart of cumulative repeat purchases, actual and expected, with the end of the calibration marked.",
    )  # fmt: skip


def weekly(study: PurchaseStudy) -> Figure:
    """Repeat purchases week by week, actual and expected."""
    return charts.tracking(
        counting(study.weeks, people=None), cut=study.cut,
        columns=Columns(time="week_end", value="actual", predicted="expected"),
        caption="The same, each week by itself: a season or a campaign shows as weeks off the line.",
        alt="Line chart of repeat purchases week by week, actual and expected, with the end of the calibration marked.",
    )  # fmt: skip


def calibration(study: PurchaseStudy) -> Figure:
    """Purchases in the hold-out by repeat purchases before it, forecast and truth."""
    return charts.calibration(
        counting(study.by_frequency, people="n_customers", k=study.source.settings.k),
        columns=Columns(predicted="expected", by="frequency"), words=Words(unit="ratio"),
        caption="Purchases per customer in the hold-out, by repeat purchases before it. On the line forecast and truth agree.",
        alt="Points near a diagonal: expected against actual purchases a customer, by frequency in the calibration.",
    )  # fmt: skip


def deciles(report: Report, study: PurchaseStudy) -> ReportBlock:
    """Spend in the hold-out by tenth of expected spend."""
    return report.table(
        study.deciles.rename(columns={"n_customers": "customers"}),
        caption="Spend in the hold-out by tenth of expected spend: a model that ranks well rises from row to row",
        units={"expected": "money", "actual": "money", "share_of_actual": "share"},
        people="customers",
    )


def parameters_at_cut(report: Report, study: PurchaseStudy) -> ReportBlock:
    """Every model as fitted to the days up to the cut."""
    table = parameters(*study.calibrations, study.calibration_spend, conf_level=study.conf_level)
    return report.table(
        table, people=None, caption=f"Calibration to {study.cut.day} {study.cut:%B %Y}, time in {study.unit}s"
    )


def parameters_now(report: Report, study: PurchaseStudy) -> ReportBlock:
    """The chosen model as fitted to everything that is observed."""
    fit, until = study.fit, study.until
    return report.table(
        parameters(fit, study.spend, conf_level=study.conf_level),
        caption=f"Fitted to {until.day} {until:%B %Y}, time in {study.unit}s. {fit.reason} {captions.correlation(study)}",
        people=None,
    )


def alive(report: Report, study: PurchaseStudy) -> Figure:
    """Customers by their chance of still being one."""
    frame = report.classes(study.alive())
    return charts.distribution(
        frame, words=Words(x="chance of still being a customer, P(alive)"), caption=captions.alive(frame),
        alt="Bars: number of customers by probability of being alive, in tenths.",
    )  # fmt: skip


def forecast(report: Report, study: PurchaseStudy, months: int = 12) -> ReportBlock:
    """Purchases expected from today's customers."""
    return report.note(captions.forecast(study, months))


def worth(report: Report, study: PurchaseStudy, months: int = 24, annual_discount: float = 0.10) -> ReportBlock:
    """Expected margin of today's customers, by purchases so far."""
    margin_share = _margin_share(report)
    heads = {
        "group": "purchases so far", "n_customers": "customers", "clv_per_customer": "value each",
        "clv": "value", "clv_low": "low", "clv_high": "high", "share_of_value": "share_of_value",
    }  # fmt: skip
    return report.table(
        study.value(months, margin_share, annual_discount, by="purchases")[list(heads)].rename(columns=heads),
        caption=f"Value in {months} months at {margin_share:.0%} margin and {annual_discount:.0%} discount a year",
        units={"value each": "money", "value": "money", "low": "money", "high": "money", "share_of_value": "share"},
        people="customers",
    )


def worth_in_all(report: Report, study: PurchaseStudy, months: int = 24, annual_discount: float = 0.10) -> ReportBlock:
    """Expected margin of all customers together."""
    total, style = study.value(months, _margin_share(report), annual_discount).iloc[0], report.style
    return report.note(
        f"All {total.n_customers:,} customers together: {style.value(total.clv, 'money', 0)} "
        f"({study.conf_level:.0%} predictive interval {style.interval(total.clv_low, total.clv_high, 'money', 0)})."
    )


def concentration(report: Report, study: PurchaseStudy, months: int = 24, annual_discount: float = 0.10) -> Figure:
    """Which share of the value the best customers hold."""
    held = study.concentration(months, _margin_share(report), annual_discount, report.source.settings.k)
    alt = "Curve of cumulative value over customers, the best first."
    return charts.concentration(counting(held, people=None), caption=captions.concentration(held), alt=alt)


def value_at_risk(report: Report, study: PurchaseStudy, months: int = 24, annual_discount: float = 0.10) -> ReportBlock:
    """Where value may be lost, by chance of still being a customer."""
    table = study.value_at_risk(months, _margin_share(report), annual_discount)
    return report.table(
        table.rename(columns={"p_alive": "P(alive)", "n_customers": "customers"}),
        caption="Value at risk: value × chance that the customer has gone",
        units={"value": "money", "at_risk": "money"},
        people="customers",
    )


def engagement_trend(report: Report) -> ReportBlock:
    """Whether value rises or falls with the engagement before it."""
    return report.note(engagement_level.says_trend(report.ask))


def parameters(*fits: Fit, conf_level: float = 0.95) -> pd.DataFrame:
    """Estimates with standard errors, a row each; numbers as text, for their digits follow from their errors."""
    rows = [
        {
            "parameter": f"{fit.name} {row['parameter']}",
            "estimate": significant(row["value"], 4),
            "standard error": significant(row["standard_error"], 3),
            "interval": f"{significant(row['ci_low'], 3)} – {significant(row['ci_high'], 3)}" if np.isfinite(row["ci_low"]) else "–",
            "log-likelihood": f"{fit.log_likelihood:,.2f}".replace("-", "−") if np.isfinite(fit.log_likelihood) else "–",
            "verdict": fit.verdict,
        }
        for fit in fits
        for row in records(fit.summary(conf_level))
    ]  # fmt: skip
    return fitted(pd.DataFrame(rows))


def significant(number: float, digits: int) -> str:
    """So many significant digits, written out.

    Examples
    --------
    >>> significant(0.008971, 3), significant(2.5, 3), significant(20_731, 3)
    ('0.00897', '2.50', '20,700')
    """
    if not np.isfinite(number):
        return "–"
    decimals = digits - 1 - (math.floor(math.log10(abs(number))) if number else 0)
    return f"{round(number, decimals):,.{max(decimals, 0)}f}".replace("-", "−")


def _margin_share(report: Report) -> float:
    return report.source.settings.margin_share or 1.0
