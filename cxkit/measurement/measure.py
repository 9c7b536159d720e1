"""`measure` and `compare`: metrics over a source, as tidy frames. The only place that divides.

The engine sums (`query`), `recipes` turns sums into intervals and tests, `judge` turns tests into verdicts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.errors import ArgumentError
from cxkit.flags import Flag
from cxkit.measurement.ask import Ask
from cxkit.measurement.judge import judge
from cxkit.measurement.misread import check_reason, check_sql
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
from cxkit.measurement.rows import NO_BASE, cross, number_of, records, row_of, totals
from cxkit.measurement.scope import lack
from cxkit.measurement.window import Window, answer, window_of
from cxkit.metric import Declared, Described, Metric
from cxkit.period import Period
from cxkit.row import CHANGE_COLUMNS, COLUMNS, PART_COLUMNS, Identity, Row
from cxkit.segment import Segment


def measure(
    source: Source,
    metrics: Declared | Iterable[Declared],
    period: Period,
    *,
    by: str | None = None,
    segment: Segment | str = "",
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
        Only these rows: `device_class=mobile`, of several values `device_class=mobile,tablet`, of several columns
        `device_class=mobile; country=PL`. Values stand without quotes unless they hold a comma, a semicolon or a quote.

    Returns
    -------
    DataFrame
        One row a metric and segment; docs/in-python.md says what each column holds. Small groups are not hidden here, only in reports. A metric whose columns were not supplied has one row with flag `off`
        and the reason.

    Raises
    ------
    ArgumentError
        A column or segment that does not exist, a part of a declaration that cannot be read, a confidence level outside 0–1.

    Examples
    --------
    >>> import cxkit as cx
    >>> from cxkit.areas import engagement
    >>> shop = cx.open_data("data/sample")
    >>> rates = cx.measure(shop, engagement.BOUNCE_RATE, cx.Period.parse("2026-10"), by="device_class")
    >>> list(rates.segment)
    ['device_class=desktop', 'device_class=mobile', 'device_class=tablet', 'device_class=unknown']
    """
    return beside(Ask(source, period, None, Segment.parse(segment), conf_level), metrics, by)


def compare(
    source: Source,
    metrics: Declared | Iterable[Declared],
    period: Period,
    base: Period | None,
    *,
    by: str | None = None,
    segment: Segment | str = "",
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
    return judge(beside(Ask(source, period, base, Segment.parse(segment), conf_level), metrics, by))


def beside(ask: Ask, metrics: Declared | Iterable[Declared], by: str | None = None) -> pd.DataFrame:
    """Metrics of a period, beside a base if there is one: as `compare`, without verdicts, for whoever judges more than this call together."""
    cells = [row.cells(ask.segment) for row in rows_of(ask, metrics, by)]
    return pd.DataFrame(cells, columns=[*COLUMNS, *PART_COLUMNS, *(CHANGE_COLUMNS if ask.base else ())])


def rows_of(ask: Ask, metrics: Declared | Iterable[Declared], by: str | None = None) -> list[Row]:
    """The measured rows, metric by metric in the order asked for."""
    asked = [metrics] if isinstance(metrics, Declared) else _declared(metrics)
    if by is not None and not isinstance(by, str):
        raise ArgumentError(
            f"by takes the name of one column, not {by!r}; a second one can choose the rows, as a segment."
        )
    lacks = {metric.id: lack(ask.source, metric, ask.segment) for metric in asked}
    counted = [metric for metric in asked if isinstance(metric, Metric) and not lacks[metric.id]]
    found: dict[str, list[Row]] = {}
    for _, group in groupby(sorted(counted, key=_sort_key), key=_sort_key):
        together = list(group)
        try:
            found |= _measured_together(ask, together, by)
        except ArgumentError:
            check_sql(ask.source, together)
            raise
    rows = []
    for metric in asked:
        if why := lacks[metric.id]:
            own = [Row.off(why)]
        else:
            own = found[metric.id] if isinstance(metric, Metric) else _computed(ask, metric, by)
        identity = Identity.of(metric, ask.period, ask.base, ask.source.settings.timezone, ask.conf_level)
        rows += [replace(row, identity=identity) for row in own]
    return rows


def _declared(metrics: Iterable[Declared]) -> list[Declared]:
    asked: list[object] = [metrics] if isinstance(metrics, str) else list(metrics)
    for one in asked:
        if not isinstance(one, Declared):
            raise ArgumentError(
                f"{one!r} is no metric; give the declaration itself: from cxkit.areas import email, then email.CLICK_RATE."
            )
    return [one for one in asked if isinstance(one, Declared)]


def _sort_key(metric: Metric) -> str:
    return repr((query_group(metric), metric.id if metric.recipe == "skewed_time" else ""))


def _measured_together(ask: Ask, group: list[Metric], by: str | None) -> dict[str, list[Row]]:
    """Rows, by metric id, of metrics that one query answers."""
    one = group[0]
    window = window_of(ask, one)
    relation, where, level = ask.scope(one.view, by)
    chosen = (level, where)
    sums = answer(window, sums_query(relation, group, *chosen, kinds(ask.source, relation, group)))
    levels = _levels(sums.segment_.dropna(), by, window.current)
    reasons = _reasons(group, relation, chosen, window)
    values = answer(window, values_query(relation, one, *chosen)) if one.recipe == "skewed_time" else None
    by_level = {row["segment_"]: row for row in records(sums)}
    found = {}
    for k, metric in zip(endings(group), group, strict=True):
        rows = []
        for name in levels:
            row = by_level.get(name, {})
            sides = [totals(row, k, digit, days, _chosen(values, name, digit)) for digit, days in _days(window)]
            left_out = dict(reasons.get(name, {}))
            if without_value := int(number_of(row, f"x_{k}")):
                left_out["no value"] = without_value
            part = ask.segment.part(by or "", name)
            rows.append(row_of(metric, window, part, sides, cross(metric, row, k), left_out))
        found[metric.id] = rows
    return found


def outside(ask: Ask, metric: Metric) -> int:
    """How many units a metric has in a period in rows that a segment leaves out: by them a figure of all differs from the segment's."""
    relation, where, _ = ask.scope(metric.view)
    rows = rows_query(relation, metric, "''", f"not ({where})")
    units = "count(distinct cluster_)" if metric.cluster else "count(*)"
    query = f"with {rows} select {units} as n from rows_ where is_current_ and reason_ is null"
    return int(answer(window_of(ask.at(ask.period), metric), query).n[0])


def kinds(source: Source, relation: str, metrics: Sequence[Metric]) -> Mapping[str, str]:
    """The engine's types of numerators and denominators that are added up row by row: sums of fractions depend on their order."""
    rowwise = [metric for metric in metrics if not metric.per_cluster]
    return source.types(summands_query(relation, rowwise)) if rowwise else {}


def _computed(ask: Ask, figure: Described, by: str | None) -> list[Row]:
    """Rows of a figure that a plain function computes, for the days that are really compared."""
    if by:
        raise ArgumentError(f"{figure.id} is not a ratio over rows and cannot be grouped by {by}.")
    window = window_of(ask, figure)
    rows = figure.function(ask.at(window.current, window.base)) or [
        Row(flags=(Flag.EMPTY_DENOMINATOR,), shortfall="nothing was counted")
    ]
    if ask.base and not window.base:
        rows = [replace(row, shortfall=row.shortfall or NO_BASE) for row in rows]
    if window.is_unfinished:
        rows = [replace(row, flags=(*row.flags, Flag.UNFINISHED)) for row in rows]
    return rows


def _levels(found: Iterable[str], by: str | None, current: Period) -> list[str]:
    """Levels in order; every day of the period, also one without a row."""
    if by is None:
        return [""]
    if by == "day":
        return [str(current.start + timedelta(days=n)) for n in range(current.days)]
    return sorted(found)


def _reasons(group: list[Metric], relation: str, chosen: tuple[str, str], window: Window) -> dict[str, dict[str, int]]:
    """By level: why rows of the current period were left out, with counts."""
    if not leaves_out(group[0]):
        return {}
    found = answer(window, reasons_query(relation, group[0], *chosen))
    for reason in found.reason:
        check_reason(group[0], reason)
    return {str(name): dict(zip(part.reason, part.n, strict=True)) for name, part in found.groupby("segment_")}


def _days(window: Window) -> list[tuple[int, int]]:
    return [(1, window.current.days), (0, window.base.days if window.base else 0)]


def _chosen(values: pd.DataFrame | None, name: str, digit: int) -> pd.DataFrame | None:
    if values is None:
        return None
    return values[(values.segment_ == name) & (values.is_current_ == bool(digit)) & values.value.notna()]
