"""The strictest k of the data sets that were opened in this process: what holds for figures that do not say whose they are."""

_OPENED = {1}


def opened(k: int) -> None:
    """A data set was opened that hides groups of fewer than k people; opening another never uncovers them."""
    _OPENED.add(k)


def strictest() -> int:
    """The largest k so far; 1, which hides nothing, while no data set is open.

    Examples
    --------
    >>> opened(12), opened(5)
    (None, None)
    >>> strictest() >= 12
    True
    """
    return max(_OPENED)
