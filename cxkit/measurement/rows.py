"""From the sums of one metric and segment to its row: value, interval, change, flags."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxkit.flags import Flag
from cxkit.measurement import recipes
from cxkit.measurement.recipes import Totals
from cxkit.measurement.window import Window
from cxkit.metric import Metric
from cxkit.row import Row, Side
from cxkit.segment import Segment
from cxkit.stats import ClusterSums, CrossSums, histogram

NO_BASE = "no data for the base"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a frame as dictionaries by column name."""
    # Column by column: a frame of few rows and many sums takes pandas ten times as long by rows.
    names = [str(name) for name in frame.columns]
    columns = [[_native(value) for value in frame[name].tolist()] for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _native(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def totals(row: dict[str, Any], k: str, digit: int, days: int, values: pd.DataFrame | None) -> Totals:
    """What one period (digit 1: current, 0: base) says about the metric whose columns end with `k`."""

    def number(name: str) -> float:
        return number_of(row, f"{name}{digit}_{k}")

    thirds = {}
    if f"nnn{digit}_{k}" in row:
        thirds = {"num3": number("nnn"), "num2den": number("nnd"), "numden2": number("ndd"), "den3": number("ddd")}
    sums = ClusterSums(
        n=int(number("g")), num=number("n"), den=number("d"),
        num2=number("nn"), numden=number("nd"), den2=number("dd"), **thirds,
    )  # fmt: skip
    times = None if values is None else histogram(values.value.to_numpy(float), values.n.to_numpy(int))
    return Totals(sums, days, int(number("p")), times)


def number_of(row: dict[str, Any], name: str) -> float:
    """A number of a query's row; 0 where there is none."""
    value = row.get(name)
    return 0.0 if value is None or value != value else float(value)


def cross(metric: Metric, row: dict[str, Any], k: str) -> CrossSums | None:
    """Products over who is in both periods; none where every row is independent."""
    if metric.cluster is None:
        return None
    return CrossSums(
        n=int(number_of(row, f"gx_{k}")),
        numnum=number_of(row, f"nnx_{k}"), numden=number_of(row, f"ndx_{k}"),
        dennum=number_of(row, f"dnx_{k}"), denden=number_of(row, f"ddx_{k}"),
    )  # fmt: skip


def row_of(
    metric: Metric,
    window: Window,
    segment: Segment,
    sides: Sequence[Totals],
    cross: CrossSums | None,
    left_out: Mapping[str, int],
) -> Row:
    """The row of a metric and segment; `sides` are the period's totals and the base's."""
    current, base = sides
    conf_level = window.ask.conf_level
    lack = recipes.shortfall(metric, current)
    now = _side(metric, current, conf_level)
    flags = _flags(now, window, left_out, lack)
    if window.base is None:
        return Row(
            segment=segment, now=now, left_out=left_out, flags=flags, shortfall=NO_BASE if window.ask.base else lack
        )
    then = _side(metric, base, conf_level)
    return Row(
        segment=segment,
        now=now,
        base=then,
        change=recipes.change(metric, current, base, cross, conf_level),
        relative=recipes.relative(now.value, then.value, metric, current.days, base.days),
        left_out=left_out,
        flags=flags,
        shortfall=recipes.shortfall(metric, current, base),
    )


def _side(metric: Metric, totals: Totals, conf_level: float) -> Side:
    """Value, parts and interval of one period."""
    is_count = metric.recipe == "count_rate" and metric.denominator is None
    denominator = float(totals.days) if is_count else totals.sums.den
    return Side.of(recipes.interval(metric, totals, conf_level), totals.sums.num, denominator, totals.sums.n)


def _flags(now: Side, window: Window, left_out: Mapping[str, int], lack: str) -> tuple[Flag, ...]:
    checks = {
        Flag.EMPTY_DENOMINATOR: now.denominator == 0,
        Flag.LOW_N: bool(lack),
        Flag.UNFINISHED: window.is_unfinished,
        Flag.IMMATURE: any("outcome not known" in reason for reason in left_out),
        Flag.OVERDISPERSED: now.method.startswith("quasi"),
    }
    return tuple(flag for flag, is_set in checks.items() if is_set)
