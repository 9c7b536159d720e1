"""Scores a customer: value with interval, chance of still being one, risk of leaving. For the inside, never for a shared report."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from cxkit.areas.churn.study import churn_study
from cxkit.areas.value.study import FITTERS, purchase_study
from cxkit.dataset.source import Source
from cxkit.engine.duckdb import Engine
from cxkit.errors import DataError
from cxkit.measurement.ask import Ask
from cxkit.models.purchase.value_intervals import customer_value_intervals
from cxkit.period import DAY, Period

COLUMNS = ["customer_id", "p_alive", "clv", "clv_low", "clv_high", "churn_risk", "is_churn_risk_calibrated"]
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula (OWASP, CSV injection)


def customer_scores(
    source: Source,
    until: date,
    months: int = 24,
    annual_discount: float = 0.10,
    risk_days: int = 30,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Score every known customer at the end of a day.

    Parameters
    ----------
    until : date
        Last day that is seen.
    months, annual_discount
        Horizon and discount of the value, at the settings' margin share (all of the revenue without one).
    risk_days : int
        How far ahead the churn risk looks.

    Returns
    -------
    DataFrame, one row a customer with an order or a running membership
        `customer_id`; `p_alive, clv, clv_low, clv_high` (predictive) of buyers, by the model that the page uses; `churn_risk` of members
        and whether such risks held in the test on a split in time, without which none is given. Null where it does not apply or could
        not be estimated. The value of who has almost surely gone, a mean, can lie above the interval: a chance of 1 % lies outside
        of 95 %. Who does not agree to profiling is left out.

    Raises
    ------
    DataError
        Customer ids that look like e-mail addresses: scores go out under pseudonyms only.
    """
    frames = [
        frame
        for frame in (_buyers(source, until, months, annual_discount, conf_level), _members(source, until, risk_days))
        if len(frame)
    ]
    if not frames:
        return pd.DataFrame(columns=COLUMNS)
    scores = frames[0] if len(frames) == 1 else frames[0].merge(frames[1], on="customer_id", how="outer")
    scores = scores.reindex(columns=COLUMNS).sort_values("customer_id", ignore_index=True)
    if (direct := scores["customer_id"].str.contains("@", regex=False)).any():
        raise DataError(
            f"customers: {int(direct.sum()):,} of {len(scores):,} ids look like e-mail addresses. Scores are written under pseudonyms only: "
            "replace such ids by keyed hashes before loading."
        )
    return scores


def write_scores(scores: pd.DataFrame, folder: Path) -> list[Path]:
    """Write scores as `customer_scores.parquet` and a CSV file whose texts no spreadsheet takes for formulas."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"customer_scores.{kind}" for kind in ("parquet", "csv")]
    engine = Engine()
    engine.register("scores", scores)
    engine.write_parquet("select * from scores order by customer_id", paths[0])
    scores.assign(customer_id=scores["customer_id"].map(_harmless)).to_csv(paths[1], index=False)
    return paths


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _buyers(source: Source, until: date, months: int, annual_discount: float, conf_level: float) -> pd.DataFrame:
    if not source.has("orders"):
        return pd.DataFrame()
    study = purchase_study(source, until, conf_level=conf_level, fitters=FITTERS)
    if "degenerate" in (study.fit.verdict, study.spend.verdict):
        return pd.DataFrame()
    margin_share = source.settings.margin_share or 1.0
    customers = _agreeing(source, study.customers)
    values = customer_value_intervals(
        study.fit, study.spend, customers, months, margin_share, annual_discount, conf_level
    )
    return values[["customer_id", "p_alive", "clv", "clv_low", "clv_high"]]


def _members(source: Source, until: date, risk_days: int) -> pd.DataFrame:
    study = churn_study(Ask(source, Period("days", until, until + DAY)))
    members = _agreeing(source, study.risks(risk_days, by_customer=True))
    if members.empty:
        return pd.DataFrame()
    validation = study.validation(risk_days)
    held = validation is not None and validation.verdict == "calibrated"
    shown = members[["customer_id"]].assign(churn_risk=members["risk"] if held else np.nan)
    return shown.assign(is_churn_risk_calibrated=held)


def _agreeing(source: Source, people: pd.DataFrame) -> pd.DataFrame:
    """Without those who do not agree to be scored (`consent_profiling`)."""
    if not source.has("customers", "consent_profiling"):
        return people
    refusing = source.sql("select customer_id from customers where not consent_profiling")["customer_id"]
    return people[~people["customer_id"].isin(refusing)].reset_index(drop=True)
