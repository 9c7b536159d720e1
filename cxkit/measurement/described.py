"""For metrics that a plain function computes (`Described`): what their rows lack for a verdict, and who is in both periods."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from cxkit import stats
from cxkit.measurement.ask import Ask
from cxkit.row import Row, Side
from cxkit.segment import Segment
from cxkit.stats import Change, CrossSums
from cxkit.stats.results import empty_change

Figure = Callable[[Ask], list[Row]]


def first(lacks: Iterable[str]) -> str:
    """The first thing that is missing; empty if nothing is."""
    return next(filter(None, lacks), "")


def shortfall_of(*parts: tuple[float, float]) -> str:
    """What proportions (numerator, denominator) lack for a verdict."""
    return first(stats.shortfall("proportion", n=n, events=x, non_events=n - x) for x, n in parts)


def untested(segment: Segment, sides: Sequence[Side], why: str) -> Row:
    """A row whose base, if it has one, stands beside it without a test; `why` says for what reason."""
    now, *before = sides
    if not before:
        return Row(segment=segment, now=now, shortfall=why)
    base = before[0]
    difference = empty_change("")._replace(difference=now.value - base.value)
    return Row(segment=segment, now=now, base=base, change=difference, shortfall=why)


def relative(change: Change, base: Side) -> float:
    """The change as a share of a positive base."""
    return change.difference / base.value if base.value > 0 else float("nan")


def cross_sums(n: np.ndarray, now: tuple[np.ndarray, np.ndarray], then: tuple[np.ndarray, np.ndarray]) -> CrossSums:
    """Products over units that are in both periods, from distinct rows with a count `n` and (numerator, denominator) of each side."""
    in_any = (now[1] > 0) | (then[1] > 0)
    products = {
        f"{a}{b}": float(n @ (x * y))
        for a, x in zip(("num", "den"), now, strict=True)
        for b, y in zip(("num", "den"), then, strict=True)
    }
    return CrossSums(n=int(n[in_any].sum()), **products)


def named(function: Figure, name: str) -> Figure:
    """A function under the name that its definition shows."""
    function.__name__ = function.__qualname__ = name
    return function
