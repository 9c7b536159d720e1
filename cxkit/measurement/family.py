"""Comparisons that are judged together: each counts once, and its verdict is that of the whole family."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from cxkit.measurement.judge import ALPHA, judge
from cxkit.row import VERDICT_COLUMNS

Cells = Mapping[str, Any]

KEY = ("metric_id", "segment", "period", "base_period", "conf_level", "definition_version")
EVIDENCE = ("p_value", "difference", "base_value", "test", "shortfall", "flags")  # what `judge` decides by
VERDICT = tuple(VERDICT_COLUMNS)


def key(row: Cells) -> tuple[str, ...]:
    """What makes two rows the same figure, and if they have a base the same comparison."""
    return tuple("" if pd.isna(value := row.get(name)) else str(value) for name in KEY)


def keys(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """The `key` of each row of a measurement frame."""
    columns = [name for name in KEY if name in frame]
    return [key(dict(zip(columns, row, strict=True))) for row in zip(*(frame[name] for name in columns), strict=True)]


def distinct(frame: pd.DataFrame) -> pd.DataFrame:
    """A measurement frame with each figure once, as it came up first."""
    return frame[~pd.Series(keys(frame), index=frame.index, dtype=object).duplicated()]


class Family:
    """The comparisons of a report, judged together by `judge`.

    A comparison that comes up again counts once, as it came up first; rows without a base are no comparisons.

    Parameters
    ----------
    rows : iterable of mappings
        Rows of measurement frames.

    Attributes
    ----------
    alpha : float
        The share of changes called beyond noise that may be noise.

    Examples
    --------
    >>> row = {"metric_id": "orders", "base_period": "2026-09", "base_value": 4.0, "difference": 1.0, "p_value": 0.04}
    >>> family = Family([row])
    >>> family.decide(row)["verdict"]
    'up'
    >>> family.add([{**row, "metric_id": "visits", "p_value": 0.9}])
    >>> family.n_tests, family.decide(row)["verdict"]
    (2, 'no change')
    """

    alpha = ALPHA

    def __init__(self, rows: Iterable[Cells] = ()) -> None:
        self._compared: dict[tuple[str, ...], dict[str, Any]] = {}
        self._judged: dict[tuple[str, ...], dict[str, Any]] = {}
        self.add(rows)

    def add(self, rows: Iterable[Cells]) -> None:
        """Let more comparisons into the family; whatever was decided before is decided anew."""
        for row in rows:
            if _is_compared(row) and (name := key(row)) not in self._compared:
                self._compared[name] = {column: row.get(column) for column in EVIDENCE}
                self._judged = {}

    @property
    def n_tests(self) -> int:
        """How many different comparisons were tested."""
        return next((int(found["n_tests"]) for found in self._verdicts().values()), 0)

    def decide(self, row: Cells) -> dict[str, Any]:
        """The row with `p_adjusted`, `n_tests` and `verdict` as the whole family has them."""
        return {**row, **self._verdicts().get(key(row), {})}

    def judged(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A measurement frame whose comparisons join the family, with the verdicts of all that are in it by then."""
        if "base_period" not in frame:
            return frame
        columns = [name for name in (*KEY, *EVIDENCE, *VERDICT) if name in frame]
        values = zip(*(frame[name].tolist() for name in columns), strict=True)
        rows = [dict(zip(columns, row, strict=True)) for row in values]
        self.add(rows)
        decided = [self.decide(row) for row in rows]
        found: dict[str, Any] = {name: [row.get(name) for row in decided] for name in VERDICT}
        return frame.assign(**found)

    def _verdicts(self) -> dict[tuple[str, ...], dict[str, Any]]:
        if self._compared and not self._judged:
            frame = judge(pd.DataFrame(list(self._compared.values()), columns=list(EVIDENCE)), alpha=self.alpha)
            found = zip(*(frame[name].tolist() for name in VERDICT), strict=True)
            self._judged = {
                name: dict(zip(VERDICT, row, strict=True)) for name, row in zip(self._compared, found, strict=True)
            }
        return self._judged


def _is_compared(row: Cells) -> bool:
    """Whether the row has a base; in a frame of several calls NaN says that it has none."""
    base = row.get("base_period")
    return isinstance(base, str) and base != ""
