"""Effects of content held against platform and month: planted ratios, robust errors against a jackknife, coverage."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cxkit.areas.social.content_model import _robust_errors, effects

RATIOS = {"image": 1.0, "video": 1.8, "carousel": 1.2, "link": 0.4}


def posts(seed: int, n: int = 234) -> pd.DataFrame:
    """Posts whose kinds are on unlike platforms, with rates of their own, as posts have."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(list(RATIOS), n, p=[0.45, 0.25, 0.15, 0.15])
    platform = np.where(kind == "video", rng.choice(["a", "b"], n, p=[0.9, 0.1]), rng.choice(["a", "b"], n))
    reach = np.round(rng.lognormal(7, 0.5, n)) + 50
    mean = reach * 0.05 * np.array([RATIOS[one] for one in kind]) * np.where(platform == "b", 3.0, 1.0)
    return pd.DataFrame(
        {
            "content_type": kind, "platform": platform, "month": rng.integers(0, 6, n),
            "engagements": rng.poisson(mean * rng.gamma(5, 0.2, n)), "exposure": reach,
        }
    )  # fmt: skip


def test_planted_ratios_are_found_where_plain_rates_mislead():
    frame = posts(1, 2000)
    found = effects(frame).set_index("content_type").ratio
    assert found.to_dict() == pytest.approx({kind: r for kind, r in RATIOS.items() if kind != "image"}, rel=0.1)
    sums = frame.groupby("content_type")[["engagements", "exposure"]].sum()
    plain = sums.engagements / sums.exposure
    assert plain["video"] / plain["image"] < 1.3  # videos are on the platform of low rates


def test_errors_are_those_of_leaving_out_each_post():
    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(60), rng.random(60) < 0.3]).astype(float)
    count = rng.poisson(np.exp(3 + 0.5 * design[:, 1]) * rng.gamma(5, 0.2, 60)).astype(float)

    def fit(keep: np.ndarray) -> sm.GLM:
        return sm.GLM(count[keep], design[keep], family=sm.families.Poisson()).fit()

    every = np.ones(60, bool)
    left = np.array([fit(every & (np.arange(60) != post)).params for post in range(60)])
    jackknife = np.sqrt(59 / 60 * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    assert _robust_errors(design, count, fit(every).mu) == pytest.approx(jackknife, rel=0.05)


def test_a_month_in_which_one_platform_alone_posted_is_no_trouble():
    frame = posts(2).assign(month=lambda f: np.where(f.platform == "b", 7, 1))
    assert np.isfinite(effects(frame)[["ratio", "low", "high", "p_adjusted"]].to_numpy()).all()


@pytest.mark.slow
def test_intervals_hold_what_they_say():
    inside = []
    for seed in range(150):
        found = effects(posts(seed)).set_index("content_type")
        inside += [found.low[kind] < RATIOS[kind] < found.high[kind] for kind in ("video", "carousel", "link")]
    assert 0.92 < np.mean(inside) < 0.985
