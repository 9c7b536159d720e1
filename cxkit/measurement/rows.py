"""From the sums of one metric and segment to its row: value, interval, change, flags."""

from collections.abc import Sequence
from math import nan
from typing import Any

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.measurement import recipes
from cxkit.measurement.recipes import Side
from cxkit.measurement.window import Window
from cxkit.metric import Declared, Metric
from cxkit.period import Period
from cxkit.stats import ClusterSums, CrossSums, histogram

COLUMNS = (
    "metric_id", "title", "value", "unit", "better", "numerator", "denominator", "n_units", "ci_low", "ci_high", "ci_method",
    "conf_level", "period", "period_start", "period_end", "timezone", "segment", "n_excluded", "exclusion_reasons", "flags",
    "definition_version",
)  # fmt: skip
PART_COLUMNS = ("by", "level")  # which part of the asked segment a row is; empty for the whole
CHANGE_COLUMNS = (
    "base_period", "base_value", "base_numerator", "base_denominator", "base_n_units", "base_ci_low", "base_ci_high",
    "difference", "difference_low", "difference_high", "relative", "p_value", "test", "shortfall",
)  # fmt: skip


def side(row: dict[str, Any], k: str, digit: int, days: int, values: pd.DataFrame | None) -> Side:
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
    return Side(sums, days, int(number("p")), times)


def number_of(row: dict[str, Any], name: str) -> float:
    value = row.get(name)
    return 0.0 if value is None or value != value else float(value)


def cross(metric: Metric, row: dict[str, Any], k: str) -> CrossSums | None:
    if metric.cluster is None:
        return None
    return CrossSums(
        n=int(number_of(row, f"gx_{k}")),
        numnum=number_of(row, f"nnx_{k}"), numden=number_of(row, f"ndx_{k}"),
        dennum=number_of(row, f"dnx_{k}"), denden=number_of(row, f"ddx_{k}"),
    )  # fmt: skip


def row_of(
    source: Source,
    metric: Metric,
    window: Window,
    segment: str,
    sides: Sequence[Side],
    cross: CrossSums | None,
    left_out: dict[str, int],
    conf_level: float,
) -> dict[str, Any]:
    current, base = sides
    row = identity(source, metric, window.asked) | {
        "segment": segment,
        "conf_level": conf_level,
        "n_excluded": sum(left_out.values()),
        "exclusion_reasons": "; ".join(f"{reason}: {n:,}" for reason, n in left_out.items()),
    }
    row |= _figures(metric, current, conf_level, "")
    shortfall = recipes.shortfall(metric, current)
    row["flags"] = ";".join(_flags(row, window, shortfall))
    if window.base_asked is None:
        return row
    row |= {
        "base_period": window.base_asked.label,
        "difference": nan,
        "p_value": nan,
        "test": "",
        "shortfall": shortfall,
    }
    if window.base is None:
        return row | {"base_value": nan, "shortfall": "no data for the base"}
    row |= _figures(metric, base, conf_level, "base_")
    result = recipes.change(metric, current, base, cross, conf_level)
    row |= {
        "difference": result.difference, "difference_low": result.low, "difference_high": result.high,
        "relative": recipes.relative(row["value"], row["base_value"], metric, current.days, base.days),
        "p_value": result.p_value, "test": result.method,
        "shortfall": recipes.shortfall(metric, current, base),
    }  # fmt: skip
    return row


def _figures(metric: Metric, side: Side, conf_level: float, prefix: str) -> dict[str, Any]:
    """Value, parts and interval of one period."""
    result = recipes.interval(metric, side, conf_level)
    is_count = metric.recipe == "count_rate" and metric.denominator is None
    figures: dict[str, Any] = {
        f"{prefix}value": result.value, f"{prefix}numerator": side.sums.num,
        f"{prefix}denominator": float(side.days) if is_count else side.sums.den,
        f"{prefix}n_units": side.sums.n, f"{prefix}ci_low": result.low, f"{prefix}ci_high": result.high,
    }  # fmt: skip
    return figures if prefix else figures | {"ci_method": result.method}


def identity(source: Source, metric: Declared, period: Period) -> dict[str, Any]:
    return {
        "metric_id": metric.id, "title": metric.title, "unit": metric.unit, "better": metric.better,
        "period": period.label, "period_start": period.start, "period_end": period.end,
        "timezone": source.settings.timezone, "definition_version": metric.version,
    }  # fmt: skip


def _flags(row: dict[str, Any], window: Window, shortfall: str) -> list[str]:
    checks = {
        "empty_denominator": row["denominator"] == 0,
        "low_n": bool(shortfall),
        "unfinished": window.is_unfinished,
        "immature": "outcome not known" in row["exclusion_reasons"],
        "overdispersed": row["ci_method"].startswith("quasi"),
    }
    return [flag for flag, is_set in checks.items() if is_set]


def off_row(source: Source, metric: Declared, period: Period, base: Period | None, lack: str) -> dict[str, Any]:
    """The row of a metric that cannot be measured, and why."""
    row = identity(source, metric, period) | {
        "segment": "", "value": nan, "n_units": 0, "n_excluded": 0, "flags": "off", "exclusion_reasons": lack,
        "ci_method": "",
    }  # fmt: skip
    return row | {"base_period": base.label, "test": "", "shortfall": lack} if base else row
