"""Taking a daily series apart finds the planted week, level and odd days, and none in plain counts."""

import numpy as np
import pandas as pd
import pytest

from cxkit.areas.engagement.seasons import decompose

WEEKLY = np.array([1.0, 1.0, 0.9, 1.0, 1.1, 1.5, 1.4])


def series(weeks: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    mean = 100 * np.tile(WEEKLY, weeks) * np.linspace(1, 1.3, 7 * weeks)
    return pd.DataFrame({"day": pd.date_range("2026-05-04", periods=7 * weeks), "value": rng.poisson(mean)})


def test_the_parts_add_up_to_what_was_observed():
    parts = decompose(series(26))
    assert (parts.trend + parts.season + parts.residual).to_numpy() == pytest.approx(parts.observed.to_numpy())
    assert parts.expected.to_numpy() == pytest.approx((parts.trend + parts.season).to_numpy())


def test_trend_and_week_are_the_planted_ones():
    parts = decompose(series(26))
    assert parts.trend.iloc[-20:].mean() / parts.trend.iloc[:20].mean() == pytest.approx(1.26, abs=0.06)
    weekday = parts.groupby(parts.day.dt.weekday).season.mean()
    planted = 115 * (WEEKLY - WEEKLY.mean())
    assert np.corrcoef(weekday, planted)[0, 1] > 0.95


def test_a_day_without_records_is_marked_and_its_neighbours_are_not():
    days = series(26)
    days.loc[100, "value"] = 0
    parts = decompose(days)
    assert parts.is_anomaly[100]
    assert not parts.is_anomaly[[99, 101]].any()


def test_plain_counts_have_hardly_an_odd_day():
    odd = sum(decompose(series(26, seed)).is_anomaly.sum() for seed in range(10))
    assert odd <= 10  # of 1,820


def test_less_than_four_weeks_say_nothing():
    assert decompose(series(26).head(27)).empty
