"""One system on one file of members: `python benchmarks/churn_run.py SYSTEM FILE` prints CPU seconds a step, peak memory and estimates as JSON.

Every system reads the same file and fits the same nine dummies. Imports come first and are not counted.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

COVARIATES = ["plan", "channel", "region"]
REFERENCE = {"plan": "basic", "channel": "a", "region": "v"}


class Clock:
    """CPU seconds of all threads, step by step."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    def __call__(self, name: str, step: Callable):
        start = time.process_time()
        result = step()
        self.steps[name] = self.steps.get(name, 0) + time.process_time() - start
        return result


def cxkit(path: str, clock: Clock) -> dict:
    from cxkit.engine.duckdb import Engine
    from cxkit.models.survival.cox import fit_cox
    from cxkit.models.survival.kaplan_meier import kaplan_meier
    from cxkit.models.survival.proportional_hazards import check_proportional_hazards
    from cxkit.stats import adjust

    adjust([0.5])  # loads what the correction of p-values needs
    sql = f"select duration, event, plan, channel, region, count(*) as n_units from '{path}' group by all order by all"
    engine = Engine()
    engine.query("select 1")
    cells = clock("aggregate", lambda: engine.query(sql))
    curves = clock("survival curves", lambda: {plan: kaplan_meier(part) for plan, part in cells.groupby("plan")})
    fit = clock("Cox, robust errors, concordance", lambda: fit_cox(cells, COVARIATES))
    check = clock("proportional hazards", lambda: check_proportional_hazards(fit))
    order = fit.hazard_ratios.set_index(["covariate", "level"])
    return {
        "cells": len(cells),
        "survival": curves["basic"].survival_at(365).value,
        "terms": ["=".join(term) for term in order.index],
        "coefficients": order["coefficient"].tolist(),
        "errors": order["std_error"].tolist(),
        "robust_errors": order["robust_error"].tolist(),
        "log_likelihood": fit.log_likelihood,
        "concordance": fit.concordance,
        "trend": check["statistic"].tolist(),
    }


def lifelines(path: str, clock: Clock) -> dict:
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import proportional_hazard_test

    rows, wide = clock("read", lambda: _wide(path))
    fitters = clock(
        "survival curves",
        lambda: {plan: KaplanMeierFitter().fit(part["duration"], part["event"]) for plan, part in rows.groupby("plan")},
    )
    fit = clock("Cox", lambda: CoxPHFitter().fit(wide, "duration", "event"))
    concordance = clock("concordance", lambda: fit.concordance_index_)
    found = {
        "survival": float(fitters["basic"].predict(365)),
        "terms": list(fit.params_.index),
        "coefficients": fit.params_.tolist(),
        "errors": fit.standard_errors_.tolist(),
        "log_likelihood": fit.log_likelihood_,
        "concordance": concordance,
    }
    if len(rows) <= 20_000:  # both are loops of n² steps
        robust = clock("robust errors", lambda: CoxPHFitter().fit(wide, "duration", "event", robust=True))
        test = clock("proportional hazards", lambda: proportional_hazard_test(fit, wide, time_transform="km"))
        found |= {"robust_errors": robust.standard_errors_.tolist(), "trend": test.test_statistic.tolist()}
    return found


def statsmodels(path: str, clock: Clock) -> dict:
    from statsmodels.duration.hazard_regression import PHReg

    _, wide = clock("read", lambda: _wide(path))
    x = wide.drop(columns=["duration", "event"])
    model = clock("Cox", lambda: PHReg(wide["duration"], x, wide["event"].astype(int), ties="efron"))
    fit = clock("Cox", lambda: model.fit(disp=0))
    return {
        "terms": list(x.columns),
        "coefficients": fit.params.tolist(),
        "errors": fit.bse.tolist(),
        "log_likelihood": fit.llf,
    }


def sksurv(path: str, clock: Clock) -> dict:
    import numpy as np
    from sksurv.linear_model import CoxPHSurvivalAnalysis

    _, wide = clock("read", lambda: _wide(path))
    x = wide.drop(columns=["duration", "event"])
    y = np.array(
        list(zip(wide["event"].astype(bool), wide["duration"], strict=True)), dtype=[("event", bool), ("time", float)]
    )
    fit = clock("Cox", lambda: CoxPHSurvivalAnalysis(ties="efron").fit(x, y))
    return {"terms": list(x.columns), "coefficients": fit.coef_.tolist()}


def _wide(path: str):
    import pandas as pd

    rows = pd.read_parquet(path)
    wide = pd.get_dummies(rows, columns=COVARIATES, prefix_sep="=", dtype=float)
    return rows, wide.drop(columns=[f"{name}={level}" for name, level in REFERENCE.items()])


def peak_mb() -> float:
    """Peak resident memory of this process; getrusage would also remember that of the process which started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


PACKAGES = {"cxkit": "cxkit", "lifelines": "lifelines", "statsmodels": "statsmodels", "sksurv": "scikit-survival"}

if __name__ == "__main__":
    system, file = sys.argv[1:]
    clock = Clock()
    found = {"cxkit": cxkit, "lifelines": lifelines, "statsmodels": statsmodels, "sksurv": sksurv}[system](file, clock)
    try:
        found["version"] = version(PACKAGES[system])
    except ModuleNotFoundError:
        found["version"] = "working copy"
    found["steps"] = clock.steps
    found["peak_mb"] = peak_mb()
    print(json.dumps(found))
