"""Survival data as cells: distinct rows with a count, and who is at risk when.

A *cell* is one distinct combination of entry, duration, event and covariates with the number of spells (`n_units`) that share it.
Everything in the survival part counts units, never rows, so a table of cells gives exactly what the same table written out row by row gives.

A spell is at risk at time t when entry < t <= duration (Therneau & Grambsch 2000, counting-process form). An `entry` of 0 means that the
spell was watched from its first moment, so it is also at risk at t = 0; a spell that ends at the very time at which watching began
(entry = duration > 0) was never at risk and is left out and counted.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxkit.models.rows import numeric, refuse
from cxkit.stats.normal import z_quantile

Array = NDArray[Any]


@dataclass(frozen=True)
class Cells:
    """Checked columns of a table of cells; arrays of one length.

    `entry` is -inf where the spell was watched from the start. `kept` are the positions of these rows in the table they came from,
    `n_excluded` the units that were never at risk.
    """

    entry: Array
    duration: Array
    event: Array
    n_units: Array
    kept: Array
    n_excluded: int

    @property
    def size(self) -> int:
        """Units in the cells."""
        return int(self.n_units.sum())

    @property
    def n_events(self) -> int:
        """Units that ended."""
        return int((self.n_units * self.event).sum())

    def pick(self, mask: Array) -> "Cells":
        """The cells where `mask` is true; the units of the others count as excluded."""
        lost = self.n_excluded + int(self.n_units[~mask].sum())
        return Cells(self.entry[mask], self.duration[mask], self.event[mask], self.n_units[mask], self.kept[mask], lost)


@dataclass(frozen=True)
class RiskTable:
    """Counts at each distinct time at which a spell ended (event or censoring), in ascending order."""

    time: Array
    n_at_risk: Array
    n_events: Array
    n_censored: Array


def read_cells(cells: pd.DataFrame, event: str = "event") -> Cells:
    """Check a table of cells.

    Parameters
    ----------
    cells : DataFrame, one row a distinct spell with a count
        `duration` (any unit, >= 0), `event` (true, 1: ended; false, 0: still running), and if present
        `entry` (same unit, 0 = watched from the start) and `n_units` (whole, >= 0; 1 if absent).
    event : str
        Name of the event column.

    Raises
    ------
    DataError
        A missing column, or null, negative or contradictory values: says how many rows, and the first.
    """
    size = len(cells)
    duration, happened = numeric(cells, "duration", "cells"), numeric(cells, event, "cells")
    entry = numeric(cells, "entry", "cells") if "entry" in cells else np.zeros(size)
    n_units = numeric(cells, "n_units", "cells") if "n_units" in cells else np.ones(size)
    broken = (n_units < 0) | (n_units != np.floor(n_units))
    for wrong, found, advice in (
        (duration < 0, "have a negative duration", "The end lies before the start."),
        (~np.isin(happened, (0, 1)), f"have `{event}` neither 0 nor 1", "Use true for ended, false for still running."),
        (broken, "have `n_units` that is not a count", "Use whole numbers >= 0."),
        (entry < 0, "have a negative entry", "Use 0 for spells watched from the start."),
        (
            entry > duration,
            "have an entry later than the end",
            "A spell that ended before watching began is not in the data.",
        ),
    ):
        refuse(cells, wrong, found, advice, "cells")

    entry = np.where(entry == 0, -np.inf, entry)
    at_risk = (entry < duration) & (n_units > 0)
    return Cells(
        entry=entry[at_risk],
        duration=duration[at_risk],
        event=happened[at_risk].astype(bool),
        n_units=n_units[at_risk],
        kept=np.flatnonzero(at_risk),
        n_excluded=int(n_units[~at_risk].sum()),
    )


def risk_table(cells: Cells) -> RiskTable:
    """Count who is at risk, ends and is censored at each distinct time."""
    time, at = np.unique(cells.duration, return_inverse=True)
    ended = np.bincount(at, cells.n_units * cells.event, len(time))
    left = np.bincount(at, cells.n_units, len(time))
    return RiskTable(time, units_at_risk(cells, time), ended, left - ended)


def log_log_limits(share: Array, error: Array, conf_level: float) -> tuple[Array, Array]:
    """Limits of shares strictly between 0 and 1 on the scale of log(−log) (Kalbfleisch & Prentice 2002)."""
    half = z_quantile(conf_level) * error / (share * np.abs(np.log(share)))
    return share ** np.exp(half), share ** np.exp(-half)


def units_at_risk(cells: Cells, time: Array) -> Array:
    """Units with entry < t <= duration for each of the ascending `time`."""
    size = len(time) + 1
    come = np.bincount(np.searchsorted(time, cells.entry, side="right"), cells.n_units, size)[:-1].cumsum()
    gone = np.bincount(np.searchsorted(time, cells.duration, side="right"), cells.n_units, size)[:-1].cumsum()
    return come - gone
