"""Ranks of values with counts, against scipy's on the values written out."""

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from cxkit.stats.ranks import middle_ranks, spearman


@pytest.mark.parametrize("seed", range(5))
def test_counts_stand_for_so_many_units(seed):
    rng = np.random.default_rng(seed)
    one, other, counts = rng.integers(0, 6, 30).astype(float), rng.normal(size=30).round(), rng.integers(1, 9, 30)
    written_out = [np.repeat(values, counts) for values in (one, other)]
    assert np.repeat(middle_ranks(one, counts), counts).tolist() == rankdata(written_out[0]).tolist()
    assert spearman(one, other, counts) == pytest.approx(spearmanr(*written_out).statistic)


def test_a_side_without_spread_has_no_correlation():
    assert np.isnan(spearman(np.array([1.0, 1.0]), np.array([1.0, 2.0]), np.array([3, 4])))
