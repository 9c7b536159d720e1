"""Hazard by tenure: at which age of the relation do customers leave?"""

import numpy as np
import pandas as pd

from cxkit.models.survival.survival_cells import Array, Cells, read_cells
from cxkit.stats import poisson_rate

DAYS_PER_MONTH = 365.25 / 12


def hazard_by_tenure(
    cells: pd.DataFrame, width: float = DAYS_PER_MONTH, unit: float = DAYS_PER_MONTH, conf_level: float = 0.95
) -> pd.DataFrame:
    """Ends per unit of time at risk in each interval of tenure (piecewise exponential, exact Poisson interval).

    Parameters
    ----------
    cells : DataFrame, one row a distinct spell with a count
        `duration`, `event`, optional `entry` and `n_units`; in days for the defaults.
    width : float
        Length of an interval of tenure, in the unit of `duration`.
    unit : float
        The hazard is given per this much time: ends per customer-month by default.
    conf_level : float

    Returns
    -------
    DataFrame, one row an interval (start, end]
        `start, end, exposure` (in `unit`s), `n_events, hazard, low, high`. An end at time 0 belongs to the first interval. Intervals without exposure are NaN.

    Examples
    --------
    >>> cells = pd.DataFrame({"duration": [10, 20, 20], "event": [1, 1, 0], "n_units": [50, 20, 30]})
    >>> hazard_by_tenure(cells, width=10, unit=10)[["start", "exposure", "n_events", "hazard"]].values.tolist()
    [[0.0, 100.0, 50.0, 0.5], [10.0, 50.0, 20.0, 0.4]]
    """
    checked = read_cells(cells)
    n_intervals = max(int(np.ceil(round(checked.duration.max(initial=0) / width, 9))), 1)
    edges = np.arange(n_intervals + 1) * width
    # An end exactly on an edge belongs to the interval that it closes.
    number = np.clip(np.searchsorted(edges, checked.duration - 1e-9 * width, side="left") - 1, 0, n_intervals - 1)
    events = np.bincount(number, checked.n_units * checked.event, n_intervals)
    exposure = np.diff(_time_at_risk_up_to(checked, edges)) / unit
    rows = [
        (start, end, shown, int(n), *poisson_rate(n, shown, conf_level=conf_level)[:3])
        for start, end, shown, n in zip(edges[:-1], edges[1:], exposure, events, strict=True)
    ]
    return pd.DataFrame(rows, columns=["start", "end", "exposure", "n_events", "hazard", "low", "high"])


def _time_at_risk_up_to(cells: Cells, edges: Array) -> Array:
    """Total time at risk before each edge."""
    entry = np.maximum(cells.entry, 0)
    return np.array([(cells.n_units * (np.minimum(cells.duration, t) - np.minimum(entry, t))).sum() for t in edges])
