"""How visitors spread over numbers of visits and over days since the last one."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from cxkit.areas.engagement.frequency import DAYS_SILENT, per_visitor
from cxkit.measurement.ask import Ask
from cxkit.period import Period

FREQUENCIES = {"1": 1, "2": 2, "3–5": 5, "6–10": 10}
RECENCIES = {"the last day": 0, "1–2 days": 2, "3–6 days": 6, "7–13 days": 13, "14–30 days": 30}


def frequency_distribution(ask: Ask) -> pd.DataFrame:
    """Visitors by their number of visits.

    Returns
    -------
    DataFrame, one row a class
        `bin` (1, 2, 3–5, 6–10, more), `n`, `base_n`.
    """
    return _classes(ask, lambda _: "count(*)", FREQUENCIES, "more than 10")


def recency_distribution(ask: Ask) -> pd.DataFrame:
    """Visitors by the days from their last visit to the period's end.

    Returns
    -------
    DataFrame, one row a class
        `bin`, `n`, `base_n`.
    """
    return _classes(ask, lambda period: DAYS_SILENT.format(period.last_day), RECENCIES, "longer ago")


def _classes(ask: Ask, value: Callable[[Period], str], edges: Mapping[str, int], beyond: str) -> pd.DataFrame:
    columns: dict[str, np.ndarray] = {}
    for name, each in zip(("n", "base_n"), ask.periods, strict=False):
        if ask.source.has("events", "visitor_id"):
            found = per_visitor(ask.at(each), value(each))
            place = np.searchsorted(list(edges.values()), found.value.to_numpy(float))
            columns[name] = np.bincount(place, weights=found.n.to_numpy(float), minlength=len(edges) + 1).astype(int)
    if not columns.get("base_n", np.zeros(1)).any():
        columns.pop("base_n", None)  # the data do not cover the base
    return pd.DataFrame({"bin": [*edges, beyond], "n": 0} | columns)
