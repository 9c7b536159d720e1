"""The base of whatever a notebook cell shows: one object that says itself as words, as HTML and as JSON.

A block gives words for a terminal and for nbval (`text/plain`), HTML for JupyterLab (`text/html`) and its raw numbers as JSON
(`application/vnd.cxkit+json`). The report page is made from the JSON, because only there the whole report is known: how many tests it
holds, which language it speaks. Pictures never stand in the JSON.
"""

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cxkit.exactness import DIGITS, FITTED_DIGITS, rounded, tolerance

MIME = "application/vnd.cxkit+json"


class Block:
    """The base of everything that a cell shows.

    A subclass sets `kind` (the word that the page renders by) and writes three methods. All three must give the same result in every
    run: no ids from memory addresses, no clock, sorted rows.
    """

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Raw numbers and words, unrounded up to `DIGITS`; no pictures, no HTML."""
        raise NotImplementedError

    def to_text(self) -> str:
        """Rounded and readable; this is what a terminal shows."""
        raise NotImplementedError

    def to_html(self) -> str:
        """HTML without script, ids or outside addresses; text from data is escaped."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        payload = {"block": self.kind, **plain(self.to_json())}
        return {"text/plain": self.to_text(), "text/html": self.to_html(), MIME: payload}


def plain(value: Any, digits: int = DIGITS) -> Any:
    """Turn numpy, pandas, Decimal and dates into what JSON knows.

    A number that is not there (NaN, NaT, NA, infinite) becomes None; floats keep so many significant digits.

    Examples
    --------
    >>> plain({"n": np.int64(3), "share": 0.1 + 0.2, "low": float("nan"), "day": dt.date(2026, 10, 1)})
    {'n': 3, 'share': 0.3, 'low': None, 'day': '2026-10-01'}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item, digits) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        return frame_to_json(value)
    if isinstance(value, (list, tuple, np.ndarray, pd.Series, pd.Index)):
        return [plain(item, digits) for item in value]
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating, Decimal)):
        return rounded(float(value), digits) if math.isfinite(value) else None
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, (pd.Period, pd.Timedelta, pd.Interval)):
        return str(value)
    raise TypeError(
        f"A block cannot hold a {type(value).__name__}: {value!r}. Turn it into a number, a date or text first."
    )


def frame_to_json(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Columns and rows of a frame; of a fitted one, the digits that the fit determines. The index is left out: `reset_index()` first if it means something."""
    columns = [str(name) for name in frame.columns]
    digits = FITTED_DIGITS if tolerance(frame) else DIGITS
    rows = [[plain(value, digits) for value in row] for row in frame.itertuples(index=False, name=None)]
    return {"columns": columns, "rows": rows}


def frame_from_json(data: Mapping[str, Any]) -> pd.DataFrame:
    """The frame that `frame_to_json` wrote; dates stay text."""
    return pd.DataFrame(data["rows"], columns=data["columns"])
