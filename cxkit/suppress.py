"""Small groups stay hidden: the one function that every table and chart of a report goes through.

A cell of 1 to k − 1 people is hidden. Where the total of its row or column can be known, it is hidden together with others, so that it
cannot be found by subtraction, and so that what is hidden in a line is never fewer than k people in all.

References
----------
Hundepool et al. (2012), Statistical Disclosure Control, chapter 4 (primary and secondary cell suppression).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from cxkit.errors import ArgumentError
from cxkit.metric import catalogue

#: Tables whose rows are not people: what is measured on them alone needs no hiding.
IMPERSONAL = frozenset({"campaigns", "social_posts", "social_daily", "spend", "series"})
#: Views of recruited participants, who agreed to be reported on and are few by design: every n is shown, with its interval.
RECRUITED = frozenset({"attempts", "sus_scores", "task_answers"})
#: Of employees, groups under ten are hidden however small k is.
OF_EMPLOYEES = frozenset({"enps", "employee_satisfaction"})
FEWEST_EMPLOYEES = 10

# What stays of a hidden row: which figure of which group it is, not how much.
_NAMES = (
    "metric_id", "title", "unit", "better", "conf_level", "period", "period_start", "period_end", "timezone", "segment",
    "definition_version", "base_period", "n_tests", "flags", "verdict",
)  # fmt: skip
_WORDS = ("ci_method", "exclusion_reasons", "test", "shortfall")


def suppress(frame: pd.DataFrame, k: int, people: str = "", by: Sequence[str] = ()) -> pd.DataFrame:
    """Hide what fewer than k people stand behind, and what would give it away.

    Parameters
    ----------
    frame : DataFrame
        A measurement frame (from `measure` or `compare`), or one row a group with a count of people.
    k : int
        Groups of 1 to k − 1 people are hidden.
    people : str
        For a frame of counts: the column that counts people.
    by : sequence of str
        For a frame of counts: the one or two columns that name a group. Sums over either are taken to be known to the reader.

    Returns
    -------
    DataFrame
        A copy with the same rows. Hidden numbers are NaN. Measurement rows get the flag `suppressed` and the verdict `hidden`; where only
        the base is small, its figures and the change are hidden. A frame of counts gets a column `shown`: "12", or "< 10" for a group of
        1 to 9, or "hidden" where a larger one protects it.

    Raises
    ------
    ArgumentError
        A frame of counts whose columns are not named, or more than two columns in `by`, or groups that come up twice.

    Examples
    --------
    >>> counts = pd.DataFrame({"plan": ["basic", "plus", "gold"], "n": [80, 15, 4], "mrr": [9.0, 19.0, 49.0]})
    >>> suppress(counts, 10, people="n", by=["plan"])[["plan", "mrr", "shown"]].values.tolist()
    [['basic', 9.0, '80'], ['plus', nan, 'hidden'], ['gold', nan, '< 10']]
    """
    if {"metric_id", "n_units", "value"} <= set(frame.columns):
        return _measurements(frame, k)
    return _counts(frame, k, people, list(by))


def hidden_cells(counts: np.ndarray, k: int) -> np.ndarray:
    """Which cells of a table of counts must be hidden, given that a reader may know the totals of rows and columns.

    Parameters
    ----------
    counts : array of shape (rows, columns)
        People in each cell.
    k : int
        Smallest group that may be seen. A total of 1 to k − 1 is taken to be hidden itself.

    Returns
    -------
    array of bool, same shape

    Examples
    --------
    >>> hidden_cells(np.array([[30, 4], [25, 40]]), 10).tolist()
    [[True, True], [True, True]]
    """
    hidden = (counts > 0) & (counts < k)
    lines = [line for line in _lines(counts.shape) if counts[line].sum() >= k]
    while True:
        exposed = next((line for line in lines if _is_exposed(counts[line], hidden[line], k)), None)
        if exposed is None:
            exposed = _line_of_a_derivable_cell(hidden, lines)
        if exposed is None:
            return hidden
        hidden[_next_smallest(counts, hidden, exposed)] = True


Line = tuple[np.ndarray, np.ndarray]


def _lines(shape: tuple[int, ...]) -> Iterator[Line]:
    """Rows and columns of two cells or more, and the whole table."""
    cells = np.indices(shape)
    lines = [cells[:, row, :] for row in range(shape[0])] + [cells[:, :, column] for column in range(shape[1])]
    lines.append(cells.reshape(2, -1))
    for rows, columns in lines:
        if len(rows) > 1:
            yield rows, columns


def _is_exposed(counts: np.ndarray, hidden: np.ndarray, k: int) -> bool:
    """Total less the visible cells gives one cell, or a group of fewer than k."""
    return bool(hidden.any() and not hidden.all() and (hidden.sum() == 1 or counts[hidden].sum() < k))


def _line_of_a_derivable_cell(hidden: np.ndarray, lines: list[Line]) -> Line | None:
    """A line with a hidden cell that the known totals determine together, and something left to hide."""
    unknown = np.argwhere(hidden)
    if not len(unknown):
        return None
    place = {(row, column): number for number, (row, column) in enumerate(unknown.tolist())}
    sums = np.zeros((len(lines), len(unknown)))
    for number, (rows, columns) in enumerate(lines):
        for cell in zip(rows.tolist(), columns.tolist(), strict=True):
            if cell in place:
                sums[number, place[cell]] = 1
    _, values, vectors = np.linalg.svd(sums)
    freedom = vectors[int((values > 1e-9).sum()) :]  # the ways in which hidden cells could differ and all totals stay
    fixed = unknown[(np.abs(freedom) < 1e-9).all(axis=0)] if len(freedom) else unknown
    for row, column in fixed.tolist():
        for line in lines:
            if not hidden[line].all() and ((line[0] == row) & (line[1] == column)).any():
                return line
    return None


def _next_smallest(counts: np.ndarray, hidden: np.ndarray, line: Line) -> tuple[int, int]:
    """The smallest visible cell of a line; empty ones only when there is no other."""
    cells = [
        (counts[cell] == 0, counts[cell], cell)
        for cell in zip(*map(np.ndarray.tolist, line), strict=True)
        if not hidden[cell]
    ]
    return min(cells)[2]


def _measurements(frame: pd.DataFrame, k: int) -> pd.DataFrame:
    if frame.empty:
        return frame
    result = frame.copy()
    personal = result.metric_id.map(_is_personal)
    now, base = pd.Series(False, index=result.index), pd.Series(False, index=result.index)
    parts = result.segment.map(lambda text: str(text).rpartition("=")[0])
    keys = [result.metric_id, result.period, parts]
    for (metric_id, *_), rows in result[personal].groupby([key[personal] for key in keys]):
        least = max(k, FEWEST_EMPLOYEES) if metric_id in OF_EMPLOYEES else k
        now[rows.index] = _hidden_in(rows.n_units, least)
        if "base_n_units" in rows:
            base[rows.index] = _hidden_in(rows.base_n_units, least)
    if not (now | base).any():
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
    _blank(result, change, now | base)
    some = now | base
    result.loc[some, "flags"] = [_with_flag(flags) for flags in result.loc[some, "flags"]]
    if "verdict" in result:
        result.loc[some, "verdict"] = "hidden"
    return result


def _is_personal(metric_id: str) -> bool:
    """Whether people stand behind a figure; of one that nobody declared it is assumed."""
    metric = catalogue().get(metric_id)
    named = {one.split(".")[0] for need in metric.needs for one in need.split(" or ")} if metric else {""}
    return not named <= IMPERSONAL and getattr(metric, "view", "") not in RECRUITED


def _hidden_in(people: pd.Series, k: int) -> np.ndarray:
    counts = people.fillna(0).to_numpy(float)
    return hidden_cells(counts[None, :], k)[0]


def _with_flag(flags: object) -> str:
    named = [flag for flag in str(flags or "").split(";") if flag and flag != "suppressed"]
    return ";".join([*named, "suppressed"])


def _blank(frame: pd.DataFrame, columns: Sequence[str], rows: pd.Series) -> None:
    """Empty cells: NaN for numbers, "" for words."""
    for name in columns:
        if name in _WORDS:
            frame.loc[rows, name] = ""
        elif rows.any():
            frame[name] = frame[name].astype(object if frame[name].dtype == object else float).mask(rows)


def _counts(frame: pd.DataFrame, k: int, people: str, by: list[str]) -> pd.DataFrame:
    if not people or not 1 <= len(by) <= 2 or not {people, *by} <= set(frame.columns):
        raise ArgumentError(
            f"suppress: name the column that counts people and the one or two that name a group; found people={people!r}, by={by}. "
            f"The frame has {', '.join(map(str, frame.columns))}."
        )
    if frame.duplicated(by).any():
        raise ArgumentError(f"suppress: two rows have the same {' and '.join(by)}. Add them up first.")
    index = [pd.factorize(frame[name])[0] for name in by]
    rows, columns = index if len(by) == 2 else (np.zeros(len(frame), int), index[0])
    table = np.zeros((rows.max(initial=0) + 1, columns.max(initial=0) + 1))
    table[rows, columns] = frame[people].fillna(0)
    hidden = hidden_cells(table, k)[rows, columns]
    n = table[rows, columns]
    result = frame.copy()
    numbers = [str(name) for name in frame.select_dtypes("number") if name not in by]
    _blank(result, numbers, pd.Series(hidden, index=frame.index))
    result["shown"] = [
        f"{count:,.0f}" if not is_hidden else (f"< {k}" if count < k else "hidden")
        for count, is_hidden in zip(n, hidden, strict=True)
    ]
    return result
