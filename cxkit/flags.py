"""What is told beside a figure: that its period is not over, that there were too few, that it is hidden.

In a frame, a file or a block they stand as one text, joined with `;`. Whoever asks for one asks here.
"""

from collections.abc import Iterable
from enum import StrEnum

import pandas as pd


class Flag(StrEnum):
    """One thing that a reader of a figure must know."""

    OFF = "off"  # could not be measured; the reasons say why
    EMPTY_DENOMINATOR = "empty_denominator"  # nothing to divide by
    LOW_N = "low_n"  # too few for a verdict
    UNFINISHED = "unfinished"  # the data end before the period
    IMMATURE = "immature"  # of the youngest units the outcome is not known yet
    OVERDISPERSED = "overdispersed"  # counts come in bunches; the interval is wider for it
    MACHINE_OPENS = "machine_opens"  # opens of machines are in it
    SUPPRESSED = "suppressed"  # hidden, as few people stand behind it or behind its neighbour
    RESTATED = "restated"  # published otherwise at the time
    METHOD_CHANGED = "method_changed"  # published by another definition at the time


_KNOWN = {flag.value: flag for flag in Flag}  # a file of another version may hold others


def flags_of(cell: object) -> tuple[Flag, ...]:
    """The flags in a cell of a frame or file.

    Examples
    --------
    >>> flags_of("low_n;unfinished") == (Flag.LOW_N, Flag.UNFINISHED), flags_of(None)
    (True, ())
    """
    named = cell.split(";") if isinstance(cell, str) else []
    return tuple(_KNOWN[name] for name in named if name in _KNOWN)


def joined(flags: Iterable[Flag]) -> str:
    """Flags as a cell holds them, each once.

    Examples
    --------
    >>> joined([*flags_of("low_n"), Flag.UNFINISHED, Flag.LOW_N])
    'low_n;unfinished'
    """
    return ";".join(dict.fromkeys(flags))


def flagged(frame: pd.DataFrame, flag: Flag) -> pd.Series:
    """Which rows of a measurement frame have a flag.

    Examples
    --------
    >>> flagged(pd.DataFrame({"flags": ["", "low_n;off", None]}), Flag.OFF).tolist()
    [False, True, False]
    """
    return pd.Series([flag in flags_of(cell) for cell in frame["flags"]], index=frame.index, dtype=bool)
