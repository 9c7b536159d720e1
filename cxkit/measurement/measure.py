"""`measure` and `compare`: metrics over a source, as tidy frames. The only place that divides.

The engine sums (`query`), `recipes` turns sums into intervals and tests, `judge` turns tests into verdicts.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from cxkit.dataset.source import Source
from cxkit.errors import ArgumentError
from cxkit.measurement.judge import judge
from cxkit.measurement.query import (  # fmt: skip
    endings,
    leaves_out,
    query_group,
    reasons_query,
    rows_query,
    summands_query,
    sums_query,
    values_query,
)
from cxkit.measurement.rows import (
    CHANGE_COLUMNS,
    COLUMNS,
    PART_COLUMNS,
    cross,
    identity,
    number_of,
    off_row,
    row_of,
    side,
)
from cxkit.measurement.scope import lack, scope
from cxkit.measurement.window import Window, ask, window_of
from cxkit.metric import Declared, Described, Metric
from cxkit.period import Period
from cxkit.segment import Segment, part_of


def measure(
    source: Source,
    metrics: Declared | Iterable[Declared],
    period: Period,
    *,
    by: str | None = None,
    segment: str = "",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Metrics of one period, each with numerator, denominator, n and interval.

    Parameters
    ----------
    source : Source
        From `open_data`.
    metrics : Metric, Described, or several
        Any views; metrics of one view are answered by one query.
    period : Period
        Cut to the days that the data cover; then flagged `unfinished`.
    by : str, optional
        A column of the view or of `customers`, or day, week, month, weekday, hour. One row a value.
    segment : str
        Only these rows, such as `device_class=mobile`.

    Returns
    -------
    DataFrame
        One row a metric and segment, with `COLUMNS`. A metric whose columns were not supplied has one row with flag `off`
        and the reason.

    Raises
    ------
    ArgumentError
        A column or segment that does not exist, a confidence level outside 0–1.

    Examples
    --------
    >>> import cxkit as cx
    >>> from cxkit.areas import engagement
    >>> shop = cx.open_data("data/sample")
    >>> rates = cx.measure(shop, engagement.BOUNCE_RATE, cx.Period.parse("2026-10"), by="device_class")
    >>> list(rates.segment)
    ['device_class=desktop', 'device_class=mobile', 'device_class=tablet', 'device_class=unknown']
    """
    return beside(source, metrics, period, None, by=by, segment=segment, conf_level=conf_level)


def compare(
    source: Source,
    metrics: Declared | Iterable[Declared],
    period: Period,
    base: Period | None,
    *,
    by: str | None = None,
    segment: str = "",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Metrics of a period beside a base period: difference, interval, test and verdict.

    Differences are current − base. People in both periods are recognised by the metric's cluster, so that their
    habits do not count as chance. An unfinished period is compared with as many first days of its base. Counts of
    periods of unequal length are compared per day.

    Parameters
    ----------
    base : Period, optional
        Without one there is no change to judge.

    Returns
    -------
    DataFrame
        As `measure`, with the base's figures, the difference and the verdict of `judge` over the rows of this call as one family. A
        `Report` decides over everything that it measured: `Report.measure`.

    Examples
    --------
    >>> import cxkit as cx
    >>> from cxkit.areas import engagement
    >>> october = cx.Period.parse("2026-10")
    >>> change = cx.compare(cx.open_data("data/sample"), engagement.SESSIONS, october, october.previous())
    >>> list(change.base_period)
    ['2026-09']
    """
    return judge(beside(source, metrics, period, base, by=by, segment=segment, conf_level=conf_level))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries by column name."""
    # Column by column: a frame of few rows and many sums takes pandas ten times as long by rows.
    names = [str(name) for name in frame.columns]
    columns = [[_native(value) for value in frame[name].tolist()] for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _native(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def beside(
    source: Source,
    metrics: Declared | Iterable[Declared],
    period: Period,
    base: Period | None,
    *,
    by: str | None = None,
    segment: str = "",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Metrics of a period, beside a base if there is one: as `compare`, without verdicts, for whoever judges more than this call together."""
    if not 0 < conf_level < 1:
        raise ArgumentError(f"conf_level is {conf_level}; it must lie between 0 and 1, for example 0.95.")
    if base and base.start < period.end and period.start < base.end:
        raise ArgumentError(f"period {period} and its base {base} overlap; a change needs two separate spans.")
    asked = [metrics] if isinstance(metrics, Declared) else list(metrics)
    rows: list[dict[str, Any]] = []
    usable = [metric for metric in asked if not lack(source, metric, segment)]
    counted = sorted((metric for metric in usable if isinstance(metric, Metric)), key=_sort_key)
    for _, group in groupby(counted, key=_sort_key):
        rows += _measure_group(source, list(group), period, base, by, segment, conf_level)
    for figure in (metric for metric in usable if isinstance(metric, Described)):
        rows += _computed(source, figure, period, base, by, segment, conf_level)
    rows += [
        off_row(source, metric, period, base, lack(source, metric, segment)) for metric in asked if metric not in usable
    ]
    order = {metric.id: place for place, metric in enumerate(asked)}
    rows.sort(key=lambda row: order[row["metric_id"]])  # stable: segments keep their order
    asked_of = Segment.parse(segment)
    for row in rows:
        part = Segment.parse(row["segment"])
        row["segment"], row["by"], row["level"] = str(part), *(("", "") if part == asked_of else (part.by, part.level))
    return pd.DataFrame(rows, columns=[*COLUMNS, *PART_COLUMNS, *(CHANGE_COLUMNS if base else ())])


def _sort_key(metric: Metric) -> str:
    return repr((query_group(metric), metric.id if metric.recipe == "skewed_time" else ""))


def _measure_group(
    source: Source,
    group: list[Metric],
    period: Period,
    base: Period | None,
    by: str | None,
    segment: str,
    conf_level: float,
) -> list[dict[str, Any]]:
    """Rows for metrics that one query answers."""
    one = group[0]
    window = window_of(source, one, period, base)
    relation, where, segment_sql = scope(source, one.view, by, segment)
    chosen = (segment_sql, where)
    sums = ask(source, sums_query(relation, group, *chosen, kinds(source, relation, group)), window)
    segments = _segments(sums.segment_.dropna(), by, window.current)
    reasons = _reasons(source, group, relation, chosen, window)
    values = ask(source, values_query(relation, one, *chosen), window) if one.recipe == "skewed_time" else None
    by_segment = {row["segment_"]: row for row in records(sums)}
    rows = []
    for k, metric in zip(endings(group), group, strict=True):
        for name in segments:
            row = by_segment.get(name, {})
            sides = [side(row, k, digit, days, _chosen(values, name, digit)) for digit, days in _days(window)]
            left_out = dict(reasons.get(name, {}))
            if without_value := int(number_of(row, f"x_{k}")):
                left_out["no value"] = without_value
            rows.append(
                row_of(
                    source,
                    metric,
                    window,
                    part_of(segment, by or "", name),
                    sides,
                    cross(metric, row, k),
                    left_out,
                    conf_level,
                )
            )
    return rows


def outside(source: Source, metric: Metric, period: Period, segment: str) -> int:
    """How many units a metric has in a period in rows that a segment leaves out: by them a figure of all differs from the segment's."""
    relation, where, _ = scope(source, metric.view, None, segment)
    rows = rows_query(relation, metric, "''", f"not ({where})")
    units = "count(distinct cluster_)" if metric.cluster else "count(*)"
    found = ask(
        source,
        f"with {rows} select {units} as n from rows_ where is_current_ and reason_ is null",
        window_of(source, metric, period, None),
    )
    return int(found.n[0])


def kinds(source: Source, relation: str, metrics: Sequence[Metric]) -> dict[str, str]:
    """The engine's types of numerators and denominators that are added up row by row: sums of fractions depend on their order."""
    rowwise = [metric for metric in metrics if not metric.per_cluster]
    return source.types(summands_query(relation, rowwise)) if rowwise else {}


def _computed(
    source: Source,
    figure: Described,
    period: Period,
    base: Period | None,
    by: str | None,
    segment: str,
    conf_level: float,
) -> list[dict[str, Any]]:
    """Rows of a figure that a plain function computes, with whatever it left to say."""
    if by:
        raise ArgumentError(f"{figure.id} is not a ratio over rows and cannot be grouped by {by}.")
    window = window_of(source, figure, period, base)
    found = figure.function(source, window.current, window.base, segment=segment, conf_level=conf_level)
    usual = {
        "numerator": nan, "denominator": nan, "n_units": 0, "ci_low": nan, "ci_high": nan, "ci_method": "",
        "conf_level": conf_level, "segment": str(Segment.parse(segment)), "n_excluded": 0, "exclusion_reasons": "", "flags": "",
    }  # fmt: skip
    if base:
        usual |= {"base_period": base.label, "base_value": nan, "difference": nan, "p_value": nan, "test": ""}
        usual["shortfall"] = "" if window.base else "no data for the base"
    nothing = {"value": nan, "flags": "empty_denominator", "shortfall": "nothing was counted"}
    rows = [identity(source, figure, period) | usual | row for row in records(found) or [nothing]]
    for row in rows if window.is_unfinished else ():
        row["flags"] = ";".join(filter(None, [row["flags"], "unfinished"]))
    return rows


def _segments(found: Iterable[str], by: str | None, current: Period) -> list[str]:
    """Segments in order; every day of the period, also one without a row."""
    if by is None:
        return [""]
    if by == "day":
        return [str(current.start + timedelta(days=n)) for n in range(current.days)]
    return sorted(found)


def _reasons(
    source: Source, group: list[Metric], relation: str, scope: tuple[str, str], window: Window
) -> dict[str, dict[str, int]]:
    """By segment: why rows of the current period were left out, with counts."""
    if not leaves_out(group[0]):
        return {}
    found = ask(source, reasons_query(relation, group[0], *scope), window)
    return {str(name): dict(zip(part.reason, part.n, strict=True)) for name, part in found.groupby("segment_")}


def _days(window: Window) -> list[tuple[int, int]]:
    return [(1, window.current.days), (0, window.base.days if window.base else 0)]


def _chosen(values: pd.DataFrame | None, name: str, digit: int) -> pd.DataFrame | None:
    if values is None:
        return None
    return values[(values.segment_ == name) & (values.is_current_ == bool(digit)) & values.value.notna()]
