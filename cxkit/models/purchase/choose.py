"""Which purchase model: by likelihood, and where that leaves it open, by the hold-out. The table shows both."""

from collections.abc import Sequence

import pandas as pd

from cxkit.models.purchase.holdout import forecasts_against_truth
from cxkit.models.purchase.purchase import PurchaseFit
from cxkit.stats.ties import settled

UNDECIDED = 2.0  # a difference in AIC below it says little (Burnham & Anderson 2002, section 2.6)
RANK = {"converged": 0, "not identified": 1, "degenerate": 2}


def compare_models(fits: Sequence[PurchaseFit], histories: pd.DataFrame | None = None) -> pd.DataFrame:
    """Compare models fitted to the same customers.

    Parameters
    ----------
    fits : fits of the calibration part
    histories : DataFrame from `hold_out_history`, optional

    Returns
    -------
    DataFrame, one row a model, the chosen first
        `model, verdict, log_likelihood, aic, aic_difference` and, with `histories`, of the hold-out
        `expected, low, high, actual, error, mae, rmse`; `is_chosen`.

    Notes
    -----
    Chosen is a converged model before one that is not identified; then the smallest AIC; among models within 2 of it, the
    smallest hold-out RMSE.
    """
    table = pd.DataFrame(
        {
            "model": [fit.name for fit in fits],
            "verdict": [fit.verdict for fit in fits],
            "log_likelihood": [fit.log_likelihood for fit in fits],
            "aic": [fit.aic for fit in fits],
        }
    )
    table["aic_difference"] = table["aic"] - table["aic"].min()
    if histories is not None:
        scores = pd.concat([forecasts_against_truth(fit, histories).iloc[[0]] for fit in fits], ignore_index=True)
        table = table.join(scores[["expected", "low", "high", "actual", "error", "mae", "rmse"]])
    best_verdict = table["verdict"].map(RANK)
    in_question = (best_verdict == best_verdict.min()) & table["aic"].notna()
    close = in_question & (table["aic"] <= table.loc[in_question, "aic"].min() + UNDECIDED)
    by = settled(table["rmse" if histories is not None else "aic"].to_numpy(float))
    order = table.assign(verdict_rank=best_verdict, far=~close, by=by)
    table = table.loc[order.sort_values(["verdict_rank", "far", "by"], kind="stable").index].reset_index(drop=True)
    table["is_chosen"] = [i == 0 and table["verdict"][0] != "degenerate" for i in range(len(table))]
    return table


def why_chosen(table: pd.DataFrame) -> str:
    """The choice in a sentence, from the table of `compare_models`."""
    first = table.iloc[0]
    if not first["is_chosen"]:
        return (
            "No model could be fitted: "
            + "; ".join(f"{row.model} is {row.verdict}" for row in table.itertuples())
            + "."
        )
    close = table[(table["verdict"] == first["verdict"]) & (table["aic"] <= table["aic"].min() + UNDECIDED)]
    if len(close) > 1 and "rmse" in table:
        others = ", ".join(close["model"].iloc[1:])
        errors = " against ".join(f"{rmse:.3f}" for rmse in close["rmse"])
        return f"{first['model']}: as likely as {others} (AIC within {UNDECIDED:.0f}), and the smallest error per customer in the hold-out (RMSE {errors})."
    those = "converged" if first["verdict"] == "converged" else f"are {first['verdict']}"
    return f"{first['model']}: the most likely of the models that {those} (AIC {first['aic']:,.1f})."
