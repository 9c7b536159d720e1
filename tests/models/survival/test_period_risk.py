"""The risk of one period against that of another: no false alarm where nothing changed, though most members are in both."""

import numpy as np
import pandas as pd
import pytest

from cxkit.models.survival.kaplan_meier import kaplan_meier, rmst_difference, survival_difference
from cxkit.models.survival.logrank import logrank

DAYS = 30


def windows(seed, change=1.0, size=1500):
    """Spells of a steady club with a risk that falls with tenure, cut into the last thirty days and the thirty before."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 400, size)
    lived = np.ceil(200 * rng.weibull(0.8, size)).astype(int)
    late = np.clip(start + lived - (400 - DAYS), 0, lived)  # days within the last window
    lived = np.where(late > 0, lived - late + np.ceil(late / change).astype(int), lived)
    parts = []
    for window, begins, ends in (("base", 400 - 2 * DAYS, 400 - DAYS), ("period", 400 - DAYS, 400)):
        at_begin, at_end = begins - start, ends - start
        there = (lived >= at_begin) & (at_end > 0)
        parts.append(
            pd.DataFrame(
                {
                    "window": window,
                    "entry": np.where(at_begin > 0, at_begin - 0.5, 0.0)[there],
                    "duration": np.minimum(lived, at_end - 1)[there],
                    "event": (lived <= at_end - 1)[there],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def p_values(seed, change=1.0):
    cells = windows(seed, change)
    then, now = (kaplan_meier(cells[cells.window == name]) for name in ("base", "period"))
    return (
        survival_difference(then, now, 90).p_value,
        rmst_difference(then, now, 90).p_value,
        logrank(cells, "window").p_value,
    )


def test_steady_risk_gives_no_more_alarms_than_promised():
    found = np.array([p_values(seed) for seed in range(200)])
    shares = (found < 0.05).mean(axis=0)
    assert shares == pytest.approx([0.05] * 3, abs=0.045)  # 0.015 is the error of a share of 200


def test_a_risk_that_doubles_is_seen():
    found = np.array([p_values(seed, change=2.0) for seed in range(30)])
    assert (found < 0.05).mean(axis=0).min() > 0.5
