"""`measure` and `compare`: metrics over a source, as tidy frames. The only place that divides.

The engine sums (`query`), `recipes` turns sums into intervals and tests, `judge` turns tests into verdicts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from cxkit import recipes
from cxkit.contract import tables
from cxkit.errors import ArgumentError
from cxkit.judge import judge
from cxkit.metric import Declared, Described, Metric
from cxkit.period import Period
from cxkit.query import (
    GRAINS,
    leaves_out,
    query_group,
    reasons_query,
    rows_query,
    summands_query,
    sums_query,
    values_query,
)  # fmt: skip
from cxkit.recipes import Side
from cxkit.segment import known_column, parse_segment
from cxkit.source import Source
from cxkit.stats import ClusterSums, CrossSums, histogram

COLUMNS = (
    "metric_id", "title", "value", "unit", "better", "numerator", "denominator", "n_units", "ci_low", "ci_high", "ci_method",
    "conf_level", "period", "period_start", "period_end", "timezone", "segment", "n_excluded", "exclusion_reasons", "flags",
    "definition_version",
)  # fmt: skip
CHANGE_COLUMNS = (
    "base_period", "base_value", "base_numerator", "base_denominator", "base_n_units", "base_ci_low", "base_ci_high",
    "difference", "difference_low", "difference_high", "relative", "p_value", "test", "shortfall",
)  # fmt: skip
NAMING = ("customers", "campaigns", "identities")  # they say who and what; their last row is not where the data end


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
    >>> from cxkit.metrics import engagement
    >>> shop = cx.open_data("data/sample")
    >>> rates = cx.measure(shop, engagement.BOUNCE_RATE, cx.Period.parse("2026-10"), by="device_class")
    >>> list(rates.segment)
    ['device_class=desktop', 'device_class=mobile', 'device_class=tablet', 'device_class=unknown']
    """
    return _run(source, metrics, period, None, by, segment, conf_level)


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
        As `measure`, with the base's figures, the difference and the verdict of `judge` over all rows as one family.

    Examples
    --------
    >>> import cxkit as cx
    >>> from cxkit.metrics import engagement
    >>> october = cx.Period.parse("2026-10")
    >>> change = cx.compare(cx.open_data("data/sample"), engagement.SESSIONS, october, october.previous())
    >>> list(change.base_period)
    ['2026-09']
    """
    frame = _run(source, metrics, period, base, by, segment, conf_level)
    return judge(frame)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries by column name."""
    # Column by column: a frame of few rows and many sums takes pandas ten times as long by rows.
    names = [str(name) for name in frame.columns]
    columns = [[_native(value) for value in frame[name].tolist()] for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _native(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


@dataclass(frozen=True)
class Window:
    """The days that are really compared; `base` is None where the data do not cover it."""

    asked: Period
    current: Period
    base: Period | None
    base_asked: Period | None
    known_until: date

    @property
    def is_unfinished(self) -> bool:
        return self.current.days < self.asked.days

    @property
    def parameters(self) -> dict[str, datetime]:
        base = self.base or Period("days", date.max, date.max)
        moments = {
            "start": self.current.start, "end": self.current.end,
            "base_start": base.start, "base_end": base.end,
            "known_until": self.known_until + timedelta(days=1),
        }  # fmt: skip
        return {name: datetime.combine(day, time()) for name, day in moments.items()}


def _run(
    source: Source,
    metrics: Declared | Iterable[Declared],
    period: Period,
    base: Period | None,
    by: str | None,
    segment: str,
    conf_level: float,
) -> pd.DataFrame:
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
        _off(source, metric, period, base, lack(source, metric, segment)) for metric in asked if metric not in usable
    ]
    order = {metric.id: place for place, metric in enumerate(asked)}
    rows.sort(key=lambda row: order[row["metric_id"]])  # stable: segments keep their order
    return pd.DataFrame(rows, columns=[*COLUMNS, *CHANGE_COLUMNS] if base else list(COLUMNS))


def missing(source: Source, metric: Declared) -> list[str]:
    """The columns that would switch a metric on, as `table.column`; of `a.x or b.y` one is enough."""
    return [need for need in metric.needs if not any(source.has(*one.split(".")) for one in need.split(" or "))]


def _sort_key(metric: Metric) -> str:
    return repr((query_group(metric), metric.id if metric.recipe == "T" else ""))


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
    values = ask(source, values_query(relation, one, *chosen), window) if one.recipe == "T" else None
    by_segment = {row["segment_"]: row for row in records(sums)}
    rows = []
    for k, metric in enumerate(group):
        for name in segments:
            row = by_segment.get(name, {})
            sides = [_side(row, k, digit, days, _chosen(values, name, digit)) for digit, days in _days(window)]
            left_out = dict(reasons.get(name, {}))
            if without_value := int(_number(row, f"x_{k}")):
                left_out["no value"] = without_value
            label = "; ".join(filter(None, [segment.strip(), f"{by}={name}" if by else ""]))
            rows.append(_row(source, metric, window, label, sides, _cross(metric, row, k), left_out, conf_level))
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


def ask(source: Source, query: str, window: Window) -> pd.DataFrame:
    """Run a query of `cxkit.query` with the days of a window."""
    named = set(re.findall(r"\$(\w+)", query))
    return source.sql(query, **{name: moment for name, moment in window.parameters.items() if name in named})


def kinds(source: Source, relation: str, metrics: Sequence[Metric]) -> dict[str, str]:
    """The engine's types of numerators and denominators that are added up row by row: sums of fractions depend on their order."""
    rowwise = [metric for metric in metrics if not metric.per_cluster]
    return source.types(summands_query(relation, rowwise)) if rowwise else {}


def window_of(source: Source, metric: Declared, period: Period, base: Period | None) -> Window:
    """Cut an unfinished period, and its base alike; drop a base that the data do not cover."""
    spans = [source.coverage(table) for table in dating(source, metric)]
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    covered = period.days_covered(last)
    compared = base.first_days(covered) if base and covered < period.days else base
    if compared and (compared.start < first or compared.last_day > last):
        compared = None
    return Window(period, period.first_days(covered), compared, base, last)


def dating(source: Source, metric: Declared) -> list[str]:
    """The supplied tables that say how far a metric's data go: what happened, not the names of campaigns or customers."""
    named = {one.split(".")[0] for need in metric.needs for one in need.split(" or ")}
    supplied = sorted(table for table in named if source.has(table))
    return [table for table in supplied if table not in NAMING] or supplied


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
        "conf_level": conf_level, "segment": segment.strip(), "n_excluded": 0, "exclusion_reasons": "", "flags": "",
    }  # fmt: skip
    if base:
        usual |= {"base_period": base.label, "base_value": nan, "difference": nan, "p_value": nan, "test": ""}
        usual["shortfall"] = "" if window.base else "no data for the base"
    nothing = {"value": nan, "flags": "empty_denominator", "shortfall": "nothing was counted"}
    rows = [_identity(source, figure, period) | usual | row for row in records(found) or [nothing]]
    for row in rows if window.is_unfinished else ():
        row["flags"] = ";".join(filter(None, [row["flags"], "unfinished"]))
    return rows


def scope(source: Source, view: str, by: str | None, segment: str) -> tuple[str, str, str]:
    """The relation to read, the condition on its rows and the SQL that names a row's segment, for queries of one's own.

    No row is chosen where the segment is one that only other tables know.

    Raises
    ------
    ArgumentError
        A column that neither the view nor `customers` has.
    """
    own = source.columns(view)
    foreign = _foreign(source, view, segment)
    conditions = [condition for condition in parse_segment(segment) if condition.column not in foreign]
    wanted = [condition.column for condition in conditions] + ([by] if by and by not in GRAINS else [])
    of_customers = source.columns("customers") if "customer_id" in own else []
    borrowed = sorted({column for column in wanted if column not in own})
    for column in borrowed:
        known_column(column, [*own, *(c for c in of_customers if c not in own)], view)
    relation = view
    if borrowed:
        relation = f"(select {view}.*, {', '.join(f'c.{name}' for name in borrowed)} from {view} left join customers c using (customer_id))"
    where = "false" if foreign else " and ".join(condition.sql for condition in conditions) or "true"
    if by is None:
        return relation, where, "''"
    return relation, where, GRAINS.get(by, f"coalesce(cast({by} as varchar), 'none')")


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


def _side(row: dict[str, Any], k: int, digit: int, days: int, values: pd.DataFrame | None) -> Side:
    def number(name: str) -> float:
        return _number(row, f"{name}{digit}_{k}")

    thirds = {}
    if f"nnn{digit}_{k}" in row:
        thirds = {"num3": number("nnn"), "num2den": number("nnd"), "numden2": number("ndd"), "den3": number("ddd")}
    sums = ClusterSums(
        n=int(number("g")), num=number("n"), den=number("d"),
        num2=number("nn"), numden=number("nd"), den2=number("dd"), **thirds,
    )  # fmt: skip
    times = None if values is None else histogram(values.value.to_numpy(float), values.n.to_numpy(int))
    return Side(sums, days, int(number("p")), times)


def _number(row: dict[str, Any], name: str) -> float:
    value = row.get(name)
    return 0.0 if value is None or value != value else float(value)


def _chosen(values: pd.DataFrame | None, name: str, digit: int) -> pd.DataFrame | None:
    if values is None:
        return None
    return values[(values.segment_ == name) & (values.is_current_ == bool(digit)) & values.value.notna()]


def _cross(metric: Metric, row: dict[str, Any], k: int) -> CrossSums | None:
    if metric.cluster is None:
        return None
    return CrossSums(
        n=int(_number(row, f"gx_{k}")),
        numnum=_number(row, f"nnx_{k}"), numden=_number(row, f"ndx_{k}"),
        dennum=_number(row, f"dnx_{k}"), denden=_number(row, f"ddx_{k}"),
    )  # fmt: skip


def _row(
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
    row = _identity(source, metric, window.asked) | {
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
    is_count = metric.recipe == "R" and metric.denominator is None
    figures: dict[str, Any] = {
        f"{prefix}value": result.value, f"{prefix}numerator": side.sums.num,
        f"{prefix}denominator": float(side.days) if is_count else side.sums.den,
        f"{prefix}n_units": side.sums.n, f"{prefix}ci_low": result.low, f"{prefix}ci_high": result.high,
    }  # fmt: skip
    return figures if prefix else figures | {"ci_method": result.method}


def _identity(source: Source, metric: Declared, period: Period) -> dict[str, Any]:
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


def lack(source: Source, metric: Declared, segment: str) -> str:
    """Why a metric cannot be measured: columns not supplied, or a segment that its rows do not know; else empty."""
    if columns := missing(source, metric):
        return f"needs {', '.join(columns)}"
    unknown = _foreign(source, metric.view, segment) if isinstance(metric, Metric) else []
    return f"{metric.view} cannot be chosen by {', '.join(unknown)}" if isinstance(metric, Metric) and unknown else ""


def _foreign(source: Source, view: str, segment: str) -> list[str]:
    """Columns of a segment that neither the view nor its customers have, but some other table of the contract does.

    A report on one segment goes on without the figures that do not know it; a name that nobody knows is a mistake.
    """
    own = source.columns(view)
    known = [*own, *(source.columns("customers") if "customer_id" in own else [])]
    elsewhere = {column for table in tables().values() for column in table.columns}
    wanted = [condition.column for condition in parse_segment(segment)]
    return [column for column in wanted if column not in known and column in elsewhere]


def _off(source: Source, metric: Declared, period: Period, base: Period | None, lack: str) -> dict[str, Any]:
    """The row of a metric that cannot be measured, and why."""
    row = _identity(source, metric, period) | {
        "segment": "", "value": nan, "n_units": 0, "n_excluded": 0, "flags": "off", "exclusion_reasons": lack,
        "ci_method": "",
    }  # fmt: skip
    return row | {"base_period": base.label, "test": "", "shortfall": lack} if base else row
