"""Partial pooling: luck is taken out, real differences stay, and intervals cover what was drawn."""

import numpy as np
import pytest
from scipy import integrate, special

from cxkit.errors import ArgumentError
from cxkit.stats.pooling import pooled_shares


def test_four_clicks_of_twenty_one_are_not_the_campaign_of_the_year():
    rates = pooled_shares([4, 60, 18, 20, 22, 19], [21, 360, 360, 360, 360, 360])
    assert np.argmax(rates.value) == 1
    assert rates.low[0] < rates.mean < rates.high[0]


def test_every_estimate_lies_between_its_own_share_and_the_mean():
    x, n = np.array([1, 9, 40, 33]), np.array([30, 60, 400, 700])
    rates = pooled_shares(x, n)
    low, high = np.minimum(x / n, rates.mean), np.maximum(x / n, rates.mean)
    assert ((low <= rates.value) & (rates.value <= high)).all()


def test_it_equals_the_integral_over_the_precision_done_by_another_routine():
    x, n = np.array([3, 30, 12, 25]), np.array([40, 300, 280, 310])
    mean = (x.sum() + 0.5) / (n.sum() + 1)

    def density(log_precision: float) -> float:
        a, b = mean * np.exp(log_precision), (1 - mean) * np.exp(log_precision)
        return float(np.exp(np.sum(special.betaln(x + a, n - x + b) - special.betaln(a, b)) - log_precision / 2 + 250))

    def drawn(log_precision: float) -> float:
        return density(log_precision) * (x[0] + mean * np.exp(log_precision)) / (n[0] + np.exp(log_precision))

    end = np.log(1e6)
    expected = integrate.quad(drawn, 0, end, limit=200)[0] / integrate.quad(density, 0, end, limit=200)[0]
    assert pooled_shares(x, n).value[0] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("precision", [50, 400, 1e7])
def test_intervals_cover_what_was_drawn(precision):
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(60):
        truth = rng.beta(0.05 * precision, 0.95 * precision, 25)
        n = rng.integers(20, 600, 25)
        rates = pooled_shares(rng.binomial(n, truth), n)
        covered += list((rates.low <= truth) & (truth <= rates.high))
    assert np.mean(covered) > 0.89


def test_the_ends_and_nothing_at_all():
    assert np.isnan(pooled_shares([], []).mean)
    assert np.isnan(pooled_shares([0, 0], [0, 0]).value).all()
    nobody = pooled_shares([0, 0], [50, 10])
    assert (nobody.low >= 0).all()
    assert nobody.high[1] < 0.1
    everybody = pooled_shares([9, 9], [9, 9])
    assert (everybody.value < 1).all()


def test_a_share_above_one_is_refused():
    with pytest.raises(ArgumentError, match="more successes than units"):
        pooled_shares([5], [4])
