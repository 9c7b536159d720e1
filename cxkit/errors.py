"""Mistakes that a person can mend: told in words, without a traceback, exit code 2."""

from collections.abc import Iterable
from difflib import get_close_matches


class CxError(Exception):
    """A mistake in data or arguments. The message says what was found, what was expected and what to do."""


class ArgumentError(CxError):
    """A parameter, option, period or name that cxkit does not know or cannot use."""


class DataError(CxError):
    """A data set that does not keep its contract."""


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """End a message with the nearest known name, or with nothing.

    Examples
    --------
    >>> did_you_mean("perido", ["period", "compare"])
    ' Did you mean `period`?'
    >>> did_you_mean("xyz", ["period", "compare"])
    ''
    """
    close = get_close_matches(name, list(choices), n=1, cutoff=0.6)
    return f" Did you mean `{close[0]}`?" if close else ""
