"""Small groups in frames that a cell shows without a block: they can't be refused, so what they do not say is taken to be people."""

from numbers import Integral

import pandas as pd

from cxkit.disclosure.marked import mark
from cxkit.disclosure.strictest import strictest
from cxkit.disclosure.suppress import as_float, hide_counts, is_measured, is_number, labelled, suppress

MOST_SHOWN = 60  # rows of a bare frame that a notebook prints


def guarded(frame: pd.DataFrame, k: int) -> pd.DataFrame:
    """As `suppress`, for a frame that can't be refused: where it does not say who is counted, every whole number may count people.

    Examples
    --------
    >>> guarded(pd.DataFrame({"plan": ["a", "b"], "guests": [80, 4], "spend": [9.5, 2.5]}), 10).values.tolist()
    [['a', 'hidden', nan], ['b', '< 10', nan]]
    """
    said = mark(frame)
    if is_measured(frame) or (said and (said.column is None or said.column in frame or said.hidden_below >= k)):
        return labelled(suppress(frame, k))
    plain = frame.set_axis(range(frame.shape[1]), axis=1).reset_index(drop=True)
    numbers = [name for name in plain if is_number(plain[name])]
    whole = [name for name in numbers if _may_count(plain[name])]
    others = [name for name in numbers if name not in whole]
    # A reader who sees a part of the rows can't subtract them from a total.
    found = hide_counts(
        plain, {name: [name, *others] for name in whole}, max(k, strictest()), [], len(plain) > MOST_SHOWN
    )
    result = labelled(found).set_axis(frame.columns, axis=1).set_axis(frame.index, axis=0)
    result.attrs = {}
    return result


def _may_count(column: pd.Series) -> bool:
    if column.dtype == object:  # as a row of a frame is, with names and amounts beside a count
        return any(isinstance(one, Integral) and not isinstance(one, bool) for one in column)
    return bool((as_float(column).dropna() % 1 == 0).all())
