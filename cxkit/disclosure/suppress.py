"""Small groups stay hidden: the one function that every table and chart of a report goes through.

A cell of 1 to k − 1 people is hidden, and with it every figure that rests on those people. Where the total of its row or column can be
known, it is hidden together with others: see `cxkit.disclosure.hidden_cells`. `Report` passes whatever is measured or shown through `suppress`, `charts`
pass every frame before it is drawn, and a figure with a small group in its numbers is refused (`refuse_small`).

A rate stands on its denominator: its numerator, and those whom it does not count, may be few, except where belonging to them is
sensitive (`SENSITIVE`). A count of people is a group itself. A median needs k people on either side.

References
----------
Hundepool et al. (2012), Statistical Disclosure Control, chapter 4 (primary and secondary cell suppression).
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit.disclosure.hidden_cells import hidden_cells
from cxkit.disclosure.people import (
    BASE_GROUPS,
    CASES,
    FEWEST_EMPLOYEES,
    NESTED,
    OF_EMPLOYEES,
    PEOPLE,
    is_personal,
    is_small,
    protecting,
)
from cxkit.errors import ArgumentError
from cxkit.segment import Segment, conditions_of

# What stays of a hidden row: which figure of which group it is, not how much.
_NAMES = (
    "metric_id", "title", "unit", "better", "conf_level", "period", "period_start", "period_end", "timezone", "segment", "by", "level",
    "definition_version", "base_period", "n_tests", "flags", "verdict",
)  # fmt: skip
_WORDS = ("ci_method", "exclusion_reasons", "test", "shortfall")

_LIMIT = {"k": 1}


def limit(k: int | None = None) -> int:
    """The k of the report that is open in this process, for charts, which are called without one; 1 while none is open.

    Examples
    --------
    >>> before = limit()
    >>> limit(12), limit(before) == before
    (12, True)
    """
    if k is not None:
        _LIMIT["k"] = k
    return _LIMIT["k"]


def suppress(
    frame: pd.DataFrame, k: int, people: str = "", by: Sequence[str] = (), nested: bool = False
) -> pd.DataFrame:
    """Hide what fewer than k people stand behind, and what would give it away.

    Parameters
    ----------
    frame : DataFrame
        A measurement frame (from `measure` or `compare`), or one row a group with counts of people.
    k : int
        Groups of 1 to k − 1 people are hidden.
    people : str
        The column that counts people; without it every column that is in `PEOPLE`.
    by : sequence of str
        The one or two columns that name a group; without it every row is one. Sums over either are taken to be known to the reader.
    nested : bool
        The rows do not add up to a total, as stages of a funnel: only small ones are hidden.

    Returns
    -------
    DataFrame
        A copy with the same rows. Hidden numbers are NaN. Measurement rows get the flag `suppressed` and the verdict `hidden`; where only
        the base is small, its figures and the change are hidden. What a hidden count shall be called is kept for `labelled`.

    Raises
    ------
    ArgumentError
        A column that is not there, or more than two columns in `by`, or groups that come up twice.

    Examples
    --------
    >>> counts = pd.DataFrame({"plan": ["basic", "plus", "gold"], "n": [80, 15, 4], "mrr": [9.0, 19.0, 49.0]})
    >>> labelled(suppress(counts, 10))[["plan", "mrr", "n"]].values.tolist()
    [['basic', 9.0, 80.0], ['plus', nan, 'hidden'], ['gold', nan, '< 10']]
    """
    if {"metric_id", "n_units", "value", "period"} <= set(frame.columns):
        return _measurements(frame, k)
    return _counts(frame, k, people, list(by), nested)


def labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """A suppressed frame with words for the counts that are hidden: "< 10" for a group of 1 to 9, "hidden" for one that protects it."""
    result = frame.copy()
    for name, labels in frame.attrs.get("hidden", {}).items():
        rows = [row for row in labels if row in result.index and name in result and pd.isna(result.loc[row, name])]
        if rows:
            result[name] = result[name].astype(object)
            for row in rows:
                result.loc[row, name] = labels[row]
    return result


def refuse_small(frame: pd.DataFrame, k: int, where: str) -> None:
    """The lock behind the door: stop before a small group is shown.

    Raises
    ------
    ArgumentError
        A column of `PEOPLE` holds a number from 1 to k − 1, and `suppress` has not found that other things are counted there.
    """
    for name in PEOPLE if frame.attrs.get("of_people", True) else ():
        if name in frame and is_small(pd.to_numeric(frame[name], errors="coerce"), k).any():
            raise ArgumentError(
                f"{where}: column `{name}` counts groups of fewer than {k} people. Pass the frame through `suppress` before it is shown."
            )


def _measurements(frame: pd.DataFrame, k: int) -> pd.DataFrame:
    if frame.empty:
        return frame
    result = frame.copy()
    personal = result.metric_id.map(is_personal)
    result.attrs["of_people"] = bool(personal.any())
    now, base = pd.Series(False, index=result.index), pd.Series(False, index=result.index)
    labels: dict[str, dict[Any, str]] = {}
    parts = result.segment.map(_beside)
    keys = [result.metric_id, result.period, parts]
    for (metric_id, *_), rows in result[personal].groupby([key[personal] for key in keys]):
        least = max(k, FEWEST_EMPLOYEES) if metric_id in OF_EMPLOYEES else k
        for prefix, hidden in (("", now), ("base_", base)):
            if f"{prefix}n_units" in rows:
                people = protecting(rows, prefix, str(metric_id), least)
                if not is_small(people, least).any():
                    continue
                hidden[rows.index] = hidden_cells(people.to_numpy(float)[None, :], least)[0]
                named = labels.setdefault(f"{prefix}n_units", {})
                named |= _labels(people[hidden[rows.index]], least)
    return _remembering(_withheld(result, now, base), frame, labels)


def _withheld(result: pd.DataFrame, now: pd.Series, base: pd.Series) -> pd.DataFrame:
    """The frame without the figures of some rows now, of some in the base, and without the changes that rest on either."""
    some = now | base
    if not some.any():
        return result
    names = [str(name) for name in result]
    of_base = [name for name in names if name.startswith("base_") and name not in _NAMES]
    change = [
        name for name in ("difference", "difference_low", "difference_high", "relative", "p_value", "p_adjusted", "test")
        if name in result
    ]  # fmt: skip
    of_now = [name for name in names if name not in (*_NAMES, *of_base, *change)]
    _blank(result, of_now, now)
    _blank(result, of_base, base)
    _blank(result, change, some)
    if "flags" in result:
        result.loc[some, "flags"] = [_with_flag(flags) for flags in result.loc[some, "flags"]]
    if "verdict" in result:
        result.loc[some, "verdict"] = "hidden"
    return result


def withhold(frame: pd.DataFrame, metric_ids: Collection[str]) -> pd.DataFrame:
    """A measurement frame without the figures of some metrics, where the same figure of all people would tell of the few left out.

    Examples
    --------
    >>> frame = pd.DataFrame({"metric_id": ["sessions"], "value": [40.0], "n_units": [38], "flags": [""]})
    >>> withhold(frame, ["sessions"]).values.tolist()
    [['sessions', nan, nan, 'suppressed']]
    """
    rows = frame.metric_id.isin(metric_ids)
    return _withheld(frame.copy(), rows, rows)


def _beside(segment: object) -> str:
    """What parts of one whole have in common: all but the last value."""
    *conditions, last = conditions_of(segment) or (None,)
    return f"{Segment(tuple(conditions))}; {last.column}" if last else ""


def _with_flag(flags: object) -> str:
    named = [flag for flag in str(flags or "").split(";") if flag and flag != "suppressed"]
    return ";".join([*named, "suppressed"])


def _blank(frame: pd.DataFrame, columns: Sequence[Any], rows: pd.Series) -> None:
    """Empty cells: NaN for numbers, "" for words."""
    for name in columns:
        if name in _WORDS:
            frame.loc[rows, name] = ""
        elif rows.any():
            frame[name] = frame[name].astype(object if frame[name].dtype == object else float).mask(rows)


def _labels(people: pd.Series, k: int) -> dict[Any, str]:
    return {row: f"< {k}" if count < k else "hidden" for row, count in people.items()}


def _remembering(result: pd.DataFrame, frame: pd.DataFrame, labels: dict[str, dict[Any, str]]) -> pd.DataFrame:
    before = frame.attrs.get("hidden", {})
    result.attrs["hidden"] = {name: before.get(name, {}) | labels.get(name, {}) for name in {**before, **labels}}
    return result


def _counts(frame: pd.DataFrame, k: int, people: str, by: list[str], nested: bool) -> pd.DataFrame:
    there = [str(name) for name in frame.columns]
    if len(by) > 2 or not {*by, *([people] if people else [])} <= set(there):
        raise ArgumentError(
            f"suppress: name the column that counts people and the one or two that name a group; found people={people!r}, by={by}. "
            f"The frame has {', '.join(there)}."
        )
    if by and frame.duplicated(by).any():
        raise ArgumentError(f"suppress: two rows have the same {' and '.join(by)}. Add them up first.")
    frame = frame if frame.index.is_unique else frame.reset_index(drop=True)
    counting = [
        name
        for name in ([people] if people else PEOPLE)
        if name in there and pd.api.types.is_numeric_dtype(frame[name])
    ]
    result, labels = frame.copy(), {}
    numbers = [name for name in frame.select_dtypes("number") if name not in by]
    for name in counting:
        counts = frame[name].astype(float).fillna(0)
        hidden = pd.Series(
            is_small(counts, k) if nested or name in NESTED else _hidden(frame, counts, k, by), index=frame.index
        )
        _blank(result, _resting_on(name, numbers, counting), hidden)
        labels[name] = _labels(counts[hidden], k)
    return _remembering(result, frame, labels)


def _hidden(frame: pd.DataFrame, counts: pd.Series, k: int, by: list[str]) -> np.ndarray:
    index = [pd.factorize(frame[name])[0] for name in by] or [np.arange(len(frame))]
    rows, columns = index if len(by) == 2 else (np.zeros(len(frame), int), index[0])
    table = np.zeros((rows.max(initial=0) + 1, columns.max(initial=0) + 1))
    table[rows, columns] = counts
    return hidden_cells(table, k)[rows, columns]


def _resting_on(name: str, numbers: list[Any], counting: list[str]) -> list[Any]:
    """The columns that go with a hidden count."""
    if name in CASES:
        return [name]
    of_base = [column for column in numbers if str(column).startswith("base_")]
    if name in BASE_GROUPS:
        return of_base
    others = [column for column in counting if column != name and column not in CASES]
    return [column for column in numbers if column not in (*of_base, *others)]
