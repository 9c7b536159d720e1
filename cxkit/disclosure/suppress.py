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

from collections.abc import Collection, Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd

from cxkit.disclosure.hidden_cells import hidden_cells
from cxkit.disclosure.marked import UNSAID, People, counting, mark, marked, refuse_unmarked
from cxkit.disclosure.people import fewest, is_personal, is_small, protecting
from cxkit.disclosure.strictest import strictest
from cxkit.errors import ArgumentError
from cxkit.flags import Flag, flags_of, joined
from cxkit.metric import Declared, catalogue
from cxkit.row import EVERY_COLUMN, Rests, rests_on
from cxkit.segment import Segment, conditions_of


def suppress(
    frame: pd.DataFrame, k: int = 0, people: str | None = UNSAID, by: Sequence[str] = (), nested: bool = False
) -> pd.DataFrame:
    """Hide what fewer than k people stand behind, and what would give it away.

    Parameters
    ----------
    frame : DataFrame
        A measurement frame (from `measure` or `compare`), or one row a group with counts of people.
    k : int
        Groups of 1 to k − 1 people are hidden; where the frame knows a k, the stricter holds (see `counting`).
    people : str or None
        The column that counts people, None where none does; without it the one that the frame says (see `counting`).
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
        A frame that does not say who is counted, or whose column of people is gone; a column that is not there, or more than two columns
        in `by`, or groups that come up twice.

    Examples
    --------
    >>> counts = pd.DataFrame({"plan": ["basic", "plus", "gold"], "n": [80, 15, 4], "mrr": [9.0, 19.0, 49.0]})
    >>> labelled(suppress(counts, 10, people="n"))[["plan", "mrr", "n"]].values.tolist()
    [['basic', 9.0, 80.0], ['plus', nan, 'hidden'], ['gold', nan, '< 10']]
    """
    return hide(frame, "suppress", 'suppress(frame, k, people="…")', k, people, by, nested)


def hide(
    frame: pd.DataFrame,
    where: str,
    write: str,
    k: int = 0,
    people: str | None = UNSAID,
    by: Sequence[str] = (),
    nested: bool = False,
) -> pd.DataFrame:
    """As `suppress`; an error names the place of the frame, and what to write there."""
    if people != UNSAID:
        frame = counting(frame, people, k, nested=nested)
    said = mark(frame)
    if is_measured(frame):
        return hide_measured(frame, said.limit(k) if said else k or strictest())
    if said is None:
        if len(frame) and (k or strictest()) > 1:
            raise refuse_unmarked(where, write)
        return frame.copy()
    if said.column is not None and said.column not in frame and len(frame):
        if said.hidden_below >= said.limit(k):
            return frame.copy()  # what rests on few was hidden while they were counted
        raise ArgumentError(
            f"{where}: the column `{said.column}`, which counts people, is not in the frame any more. Write {write} with its new name, "
            "or leave the column out after small groups are hidden."
        )
    return _counts(frame, said._replace(nested=said.nested or nested), said.limit(k), list(by))


def is_measured(frame: pd.DataFrame) -> bool:
    """Whether a frame is one of `measure`, whose metrics say what they count."""
    return {"metric_id", "n_units", "value", "period"} <= set(frame.columns)


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers, be it among words."""
    if column.dtype == object:
        return any(isinstance(one, Number) and not isinstance(one, bool) for one in column)
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def as_float(column: pd.Series) -> pd.Series:
    """A column as floats; what is no number is missing."""
    return pd.to_numeric(column, errors="coerce").astype(float)


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


def refuse_small(frame: pd.DataFrame, where: str) -> None:
    """The lock behind the door: stop before a small group is shown.

    Raises
    ------
    ArgumentError
        A column that counts people holds a number from 1 to k − 1, or the frame does not say which one does.
    """
    said = mark(frame)
    if said is None:
        if len(frame) and strictest() > 1:
            raise refuse_unmarked(where, 'counting(frame, people="…")')
        return
    for name in said.columns(frame):
        if is_small(as_float(frame[name]), said.limit()).any():
            raise ArgumentError(
                f"{where}: column `{name}` counts groups of fewer than {said.limit()} people. "
                "Pass the frame through `suppress` before it is shown."
            )


def hide_measured(frame: pd.DataFrame, k: int, declared: Mapping[str, Declared] | None = None) -> pd.DataFrame:
    """As `suppress`, of a measurement frame; `declared` are metrics by id that the catalogue may not have."""
    said, known = mark(frame), {**catalogue(), **(declared or {})}
    if frame.empty or (said and said.column is None and said.hidden_below):
        return frame
    result = frame.copy()
    personal = result.metric_id.map(lambda metric_id: is_personal(known.get(metric_id)))
    now, base = pd.Series(False, index=result.index), pd.Series(False, index=result.index)
    labels: dict[str, dict[Any, str]] = {}
    parts = result.segment.map(_beside)
    keys = [result.metric_id, result.period, parts]
    for (metric_id, *_), rows in result[personal].groupby([key[personal] for key in keys]):
        metric = known.get(str(metric_id))
        least = fewest(metric, k)
        for prefix, hidden in (("", now), ("base_", base)):
            if f"{prefix}n_units" in rows:
                people = protecting(rows, prefix, metric, least)
                if not is_small(people, least).any():
                    continue
                hidden[rows.index] = hidden_cells(people.to_numpy(float)[None, :], least)[0]
                named = labels.setdefault(f"{prefix}n_units", {})
                named |= _labels(people[hidden[rows.index]], least)
    result = _remembering(_withheld(result, now, base), frame, labels)
    return marked(result, People("n_units" if personal.any() else None, k, hidden_below=k))


def _withheld(result: pd.DataFrame, now: pd.Series, base: pd.Series) -> pd.DataFrame:
    """The frame without the figures of some rows now, of some in the base, and without the changes that rest on either."""
    some = now | base
    if not some.any():
        return result
    few = {Rests.NOW: now, Rests.BASE: base, Rests.CHANGE: some}
    for name in map(str, result.columns):
        if (rests := rests_on(name)) in few:
            _blank(result, [name], few[rests])
    if "flags" in result:
        told = [joined([*flags_of(cell), Flag.SUPPRESSED]) for cell in result.loc[some, "flags"]]
        result.loc[some, "flags"] = told
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


def _blank(frame: pd.DataFrame, columns: Sequence[Any], rows: pd.Series) -> None:
    """Empty cells: NaN for numbers, "" for words."""
    for name in columns:
        if name in EVERY_COLUMN and EVERY_COLUMN[name].unit == "text":
            frame.loc[rows, name] = ""
        elif rows.any():
            frame[name] = frame[name].astype(object if frame[name].dtype == object else float).mask(rows)


def _labels(people: pd.Series, k: int) -> dict[Any, str]:
    return {row: f"< {k}" if count < k else "hidden" for row, count in people.items()}


def _remembering(result: pd.DataFrame, frame: pd.DataFrame, labels: dict[str, dict[Any, str]]) -> pd.DataFrame:
    before = frame.attrs.get("hidden", {})
    result.attrs["hidden"] = {name: before.get(name, {}) | labels.get(name, {}) for name in {**before, **labels}}
    return result


def _counts(frame: pd.DataFrame, said: People, k: int, by: list[str]) -> pd.DataFrame:
    there = [str(name) for name in frame.columns]
    if len(by) > 2 or not {*by} <= set(there):
        raise ArgumentError(
            f"suppress: name the one or two columns that name a group; found by={by}. The frame has {', '.join(there)}."
        )
    if by and frame.duplicated(by).any():
        raise ArgumentError(f"suppress: two rows have the same {' and '.join(by)}. Add them up first.")
    numbers = [name for name in frame if name not in by and is_number(frame[name])]
    base = f"base_{said.column}"
    of_base = [name for name in numbers if str(name).startswith("base_")] if base in frame else []
    rests: dict[Any, list[Any]] = {name: [name] for name in said.cases if name in frame}
    if said.column in frame:
        if not (said.hidden_below or as_float(frame[said.column]).notna().any() or frame[said.column].isna().all()):
            raise ArgumentError(f"people: column `{said.column}` holds no numbers, so it can't count people.")
        rests = {said.column: [name for name in numbers if name not in of_base]} | rests
        rests |= {base: of_base} if of_base else {}
    return marked(hide_counts(frame, rests, k, by, said.nested), said._replace(hidden_below=k))


def hide_counts(
    frame: pd.DataFrame, rests: Mapping[Any, list[Any]], k: int, by: Sequence[str], nested: bool
) -> pd.DataFrame:
    """Each column of counts in turn, and with a hidden count the columns that rest on it."""
    frame = frame if frame.index.is_unique else frame.reset_index(drop=True)
    result, labels = frame.copy(), {}
    for name, columns in rests.items():
        counts = as_float(frame[name])
        before = counts.isna() & frame.index.isin(list(frame.attrs.get("hidden", {}).get(name, {})))
        counts = counts.fillna(0)
        hidden = pd.Series(is_small(counts, k) if nested else _hidden(frame, counts, k, by), index=frame.index)
        _blank(result, columns, hidden | before)
        labels[name] = _labels(counts[hidden & ~before], k)
    return _remembering(result, frame, labels)


def _hidden(frame: pd.DataFrame, counts: pd.Series, k: int, by: Sequence[str]) -> np.ndarray:
    index = [pd.factorize(frame[name])[0] for name in by] or [np.arange(len(frame))]
    rows, columns = index if len(by) == 2 else (np.zeros(len(frame), int), index[0])
    table = np.zeros((rows.max(initial=0) + 1, columns.max(initial=0) + 1))
    table[rows, columns] = counts
    return hidden_cells(table, k)[rows, columns]
