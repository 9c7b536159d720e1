"""For metrics that a plain function computes (`Described`): what their rows lack for a verdict, and who is in both periods."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.flags import Flag
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


def few(n_units: float, lack: str) -> tuple[Flag, ...]:
    """What is told beside a figure of nobody, or of too few for a verdict."""
    return (Flag.EMPTY_DENOMINATOR,) if not n_units else (Flag.LOW_N,) if lack else ()


def against_stock(row: Row, units: pd.DataFrame, conf_level: float) -> Row:
    """The row of a stock of units beside the same stock at an earlier moment: units gained less units lost.

    Parameters
    ----------
    units : DataFrame
        `is_now, was_then`, and `n` of each combination.
    """
    then, gained, lost = (
        int(units.n[there].sum())
        for there in (units.was_then, units.is_now & ~units.was_then, units.was_then & ~units.is_now)
    )
    return replace(
        row,
        base=Side(float(then), n_units=then),
        change=stats.stock_change(gained, lost, conf_level=conf_level),
        shortfall=stats.shortfall("count_rate", events=gained + lost),
    )


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
