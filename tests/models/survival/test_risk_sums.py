"""Sums over who is at risk: one by one, and without loss where values are far apart."""

import numpy as np
import pytest

from cxkit.models.survival.risk_sums import RiskSums


@pytest.mark.parametrize("n_times", [0, 1, 2, 7, 8, 33])
def test_sums_are_those_taken_one_by_one(n_times):
    rng = np.random.default_rng(n_times)
    first, last = rng.integers(0, n_times + 1, 40), rng.integers(-1, max(n_times, 1), 40)
    last = np.minimum(last, n_times - 1)
    of_cells, at_times = np.exp(rng.uniform(-40, 40, (40, 2))), np.exp(rng.uniform(-40, 40, n_times))
    sums = RiskSums(first, last, n_times)
    at_risk = [(first <= time) & (time <= last) for time in range(n_times)]
    by_time = [of_cells[there].sum(axis=0) for there in at_risk]
    np.testing.assert_allclose(sums.by_time(sums.spans @ of_cells), np.reshape(by_time, (n_times, 2)), rtol=1e-13)
    by_cell = [at_times[max(a, 0) : max(b + 1, 0)].sum() for a, b in zip(first, last, strict=True)]
    np.testing.assert_allclose(sums.spans.T @ sums.by_span(at_times), by_cell, rtol=1e-13)
