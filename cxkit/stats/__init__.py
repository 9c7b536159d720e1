"""Intervals and tests behind every figure of cxkit: pure functions on numbers, one recipe a module.

`Interval` and `Change` are what they return; a change is always current − base. An empty denominator gives NaN, never 0
and never infinity. Every function takes `conf_level`, by default 0.95.
"""

from cxkit.stats.clusters import ClusterSums, CrossSums
from cxkit.stats.means import rating_change, rating_mean
from cxkit.stats.minimum_sizes import shortfall
from cxkit.stats.money import abc_ratio, mean_change
from cxkit.stats.multiple import Adjusted, adjust
from cxkit.stats.net import adjusted_net_score, net_score, net_score_change
from cxkit.stats.planning import n_for_change, n_for_half_width, net_score_half_width
from cxkit.stats.proportions import (
    boschloo,
    laplace,
    mcnemar_change,
    proportion,
    proportion_change,
    proportions_test,
    small_proportion,
)
from cxkit.stats.rate import count_rate, dispersion, poisson_rate, rate_change, rate_ratio, stock_change
from cxkit.stats.ratios import ratio, ratio_change, ratio_log_change
from cxkit.stats.results import Change, GroupTest, Interval, empty_change, empty_interval
from cxkit.stats.shares import TableTest, class_shares, table_test
from cxkit.stats.times import Times, geometric_mean, histogram, median, quantile, split_zeros, typical_time
from cxkit.stats.times_change import mann_whitney_p_value, median_change, times_change
