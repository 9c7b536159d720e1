"""What a frame says about people: which column counts them, or that none does, and how few of them may be seen."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from cxkit.disclosure.strictest import strictest
from cxkit.errors import ArgumentError, did_you_mean

_KEY = "people"
UNSAID = ""  # of `people=`: the frame's own word holds


class People(NamedTuple):
    """Who stands behind the rows of a frame. A tuple, for `attrs` are written to Parquet as JSON.

    Attributes
    ----------
    column : str or None
        Counts the people of a row: its other figures rest on them, those that begin with `base_` on the column `base_…` of that name.
        None: no figure of a row rests on a count of people in it.
    k : int
        Groups of 1 to k − 1 people are hidden; 0 where only the process knows, whose strictest k holds then.
    cases : tuple of str
        Columns that count some of the people of a row; the row's other figures do not rest on them.
    nested : bool
        The rows hold people of the rows beside them, as stages of a funnel, and do not add up to a total.
    hidden_below : int
        The k for which the frame's small groups are hidden already; 0 before they are.
    """

    column: str | None
    k: int = 0
    cases: tuple[str, ...] = ()
    nested: bool = False
    hidden_below: int = 0

    def limit(self, k: int = 0) -> int:
        """The k that holds: the stricter of the frame's and another, in a frame without one that of the process."""
        return max(self.k, k) or strictest()

    def columns(self, frame: pd.DataFrame) -> list[str]:
        """The columns of a frame that count people."""
        named = [] if self.column is None else [self.column, f"base_{self.column}"]
        return [name for name in (*named, *self.cases) if name in frame]


def counting(
    frame: pd.DataFrame, people: str | None, k: int = 0, *, cases: Sequence[str] = (), nested: bool = False
) -> pd.DataFrame:
    """A frame that says which of its columns counts people, so that tables and charts can hide small groups.

    Parameters
    ----------
    frame : DataFrame
        One row a group.
    people : str or None
        The column that counts the people of a row; None where no column does.
    k : int
        Smallest group that may be seen, as `source.settings.k` says it. Without it the strictest of all data sets opened so far. Where
        the frame knows one already, the stricter holds.
    cases : sequence of str
        Columns that count some of those people, such as those lost.
    nested : bool
        The rows do not add up to a total, as stages of a funnel.

    Returns
    -------
    DataFrame
        A copy.

    Raises
    ------
    ArgumentError
        A column that is not there.

    Examples
    --------
    >>> plans = pd.DataFrame({"plan": ["basic", "gold"], "guests": [80, 4]})
    >>> mark(counting(plans, people="guests", k=10)).column
    'guests'
    """
    there = [str(name) for name in frame.columns]
    for name in (people, *cases):
        if name is not None and name not in there and len(frame):
            raise ArgumentError(
                f"people: no column `{name}` to count people; there are {', '.join(there)}.{did_you_mean(name, there)}"
            )
    known = mark(frame)
    stricter = max(k, known.k if known else 0)
    return marked(frame, People(people, stricter, tuple(cases), nested))


def marked(frame: pd.DataFrame, people: People) -> pd.DataFrame:
    """A copy of a frame with another mark."""
    result = frame.copy()
    result.attrs[_KEY] = people
    return result


def mark(frame: pd.DataFrame) -> People | None:
    """What a frame says about people; None where it does not say, as after some joins of frames, which lose their `attrs`."""
    found = frame.attrs.get(_KEY)
    return found if isinstance(found, People) else None


def refuse_unmarked(where: str, write: str) -> ArgumentError:
    """What a person is told whose frame does not say who is counted."""
    return ArgumentError(
        f"{where}: the frame does not say who is counted, so small groups can't be hidden. "
        f'Write {write}: people="…" names the column that counts people, people=None says that none does.'
    )
