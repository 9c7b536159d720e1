"""For metrics that a plain function computes (`Described`): their rows in one shape, with the base, and what the comparison lacks."""

from collections.abc import Callable
from datetime import datetime, time
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from cxkit import stats
from cxkit.period import Period
from cxkit.segment import part_of
from cxkit.stats import Change, CrossSums, Interval

Figure = Callable[..., pd.DataFrame]
WHOLE = ("", "")


def described_row(
    segment: str, part: tuple[str, object], rate: Interval, numerator: float, denominator: float
) -> dict[str, Any]:
    """One row of a figure, for `measure`; `part` is the column and value that make it a part of the segment, `WHOLE` for all of it."""
    return {
        "segment": part_of(segment, *part), "value": rate.value, "numerator": numerator, "denominator": denominator,
        "n_units": int(denominator), "ci_low": rate.low, "ci_high": rate.high, "ci_method": rate.method,
        "n_excluded": 0, "exclusion_reasons": "", "flags": "" if denominator else "empty_denominator",
    }  # fmt: skip


def compared(change: Change, before: Interval, numerator: float, denominator: float, lack: str) -> dict[str, Any]:
    """What a row needs beside its base; `lack` says why no verdict can be given."""
    return {
        "base_value": before.value, "base_numerator": numerator, "base_denominator": denominator, "base_n_units": int(denominator),
        "base_ci_low": before.low, "base_ci_high": before.high,
        "difference": change.difference, "difference_low": change.low, "difference_high": change.high,
        "relative": change.difference / before.value if before.value > 0 else nan,
        "p_value": change.p_value, "test": change.method, "shortfall": lack,
    }  # fmt: skip


def beside_base(now: Interval, before: Interval, numerator: float, denominator: float) -> dict[str, Any]:
    """The base's figures beside a row that is not tested."""
    return {
        "base_value": before.value, "base_numerator": numerator, "base_denominator": denominator,
        "base_n_units": int(denominator), "base_ci_low": before.low, "base_ci_high": before.high,
        "difference": now.value - before.value,
    }  # fmt: skip


def shortfall_of(*parts: tuple[float, float]) -> str:
    """What proportions (numerator, denominator) lack for a verdict."""
    lacks = (stats.shortfall("proportion", n=n, events=x, non_events=n - x) for x, n in parts)
    return next(filter(None, lacks), "")


def cross_sums(n: np.ndarray, now: tuple[np.ndarray, np.ndarray], then: tuple[np.ndarray, np.ndarray]) -> CrossSums:
    """Products over units that are in both periods, from distinct rows with a count `n` and (numerator, denominator) of each side."""
    in_any = (now[1] > 0) | (then[1] > 0)
    products = {
        f"{a}{b}": float(n @ (x * y))
        for a, x in zip(("num", "den"), now, strict=True)
        for b, y in zip(("num", "den"), then, strict=True)
    }
    return CrossSums(n=int(n[in_any].sum()), **products)


def joined_words(one: str, other: str, by: str = ";") -> str:
    """Two words with a sign between them, or the one that is there."""
    return by.join(filter(None, [one, other]))


def named(function: Figure, name: str) -> Figure:
    """A function under the name that its definition shows."""
    function.__name__ = function.__qualname__ = name
    return function


def interval_of(rate: dict[str, Any]) -> Interval:
    """The interval in a row of rates."""
    return Interval(rate["value"], rate["ci_low"], rate["ci_high"], rate["ci_method"])


def moments(period: Period) -> dict[str, datetime]:
    """Start and end of a period as parameters of a query."""
    return {"start": datetime.combine(period.start, time()), "end": datetime.combine(period.end, time())}
