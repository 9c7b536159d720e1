"""Every fitted model on small made-up data; run as a program, it prints the parameters that it finds as JSON."""

import json

import numpy as np
import pandas as pd

from cxkit.areas.social.content_model import effects
from cxkit.models.purchase.bgnbd import fit_bgnbd, fit_mbgnbd
from cxkit.models.purchase.gammagamma import fit_gammagamma
from cxkit.models.purchase.paretonbd import fit_paretonbd
from cxkit.models.survival.aft import fit_aft
from cxkit.models.survival.cox import fit_cox
from cxkit.models.survival.sbg import fit_sbg


def buyers() -> pd.DataFrame:
    """Customers of many rates, who leave at their own."""
    rng = np.random.default_rng(5)
    T = rng.integers(100, 400, 1500)
    stays = np.minimum(rng.exponential(1 / rng.gamma(0.8, 1 / 150, 1500)), T)
    x = rng.poisson(rng.gamma(0.9, 1 / 40, 1500) * stays)
    last = np.ceil(stays * rng.beta(np.maximum(x, 1), 1))
    recency = np.where(x > 0, np.clip(last, 1, T), 0)
    return pd.DataFrame({"frequency": x, "recency": recency, "T": T})


def spenders() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    x = rng.integers(1, 12, 800)
    value = rng.gamma(4 * x, 1 / (x * rng.gamma(4, 1 / 60, 800))).round(2)
    return pd.DataFrame({"frequency": x, "monetary_value": value})


def members() -> pd.DataFrame:
    """Lifetimes by plan and a number, half of them watched from later on."""
    rng = np.random.default_rng(7)
    plan, z = rng.choice(["a", "b", "c"], 900), rng.integers(-3, 4, 900)
    ends = np.ceil(100 * rng.weibull(1.5, 900) * np.where(plan == "b", 2, 1) * np.exp(z / 10))
    stop = rng.integers(20, 400, 900)
    lifetime = np.minimum(ends, stop)
    entry = np.where(np.arange(900) % 2, 0, np.floor(lifetime / 2))
    return pd.DataFrame({"duration": lifetime, "event": ends <= stop, "entry": entry, "plan": plan, "z": z})


def posts() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    kind, platform = rng.choice(["image", "video", "link"], 240), rng.choice(["x", "y"], 240)
    reach = rng.integers(200, 4000, 240)
    mean = reach * 0.05 * np.where(kind == "video", 1.6, 1) * rng.gamma(5, 0.2, 240)
    return pd.DataFrame(
        {"content_type": kind, "platform": platform, "engagements": rng.poisson(mean), "exposure": reach}
    )


LOST = [131, 126, 90, 60, 42, 34, 26]  # of 1,000 at each renewal (Fader & Hardie 2007)
TERMS = pd.DataFrame(
    {
        "n_terms": [1, 2, 3, 4, 5, 6, 7, 7],
        "has_ended": [True] * 7 + [False],
        "n_customers": [*LOST, 1000 - sum(LOST)],
    }
)
TRAITS = ["plan", "z"]


def every_fit() -> dict[str, list[float]]:
    """Parameters and standard errors of each model."""
    bought = buyers()
    fits = [fit(bought) for fit in (fit_bgnbd, fit_mbgnbd, fit_paretonbd)]
    fits += [fit_gammagamma(spenders()), fit_sbg(TERMS)]
    found = {fit.name: [*fit.params.values(), *fit.standard_errors().values()] for fit in fits}
    cells = members()
    ratios = fit_cox(cells, TRAITS).hazard_ratios
    found["Cox"] = ratios[["coefficient", "std_error", "robust_error"]].to_numpy().ravel().tolist()
    for family in ("weibull", "lognormal"):
        ratios = fit_aft(cells, TRAITS, family).time_ratios
        found[f"AFT {family}"] = ratios[["coefficient", "std_error"]].to_numpy().ravel().tolist()
    found["content"] = effects(posts())[["ratio", "low", "high"]].to_numpy().ravel().tolist()
    return found


if __name__ == "__main__":
    print(json.dumps(every_fit()))
