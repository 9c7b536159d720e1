"""Values of metrics over successive periods, with one query for all of them where the calendar gives the periods."""

from collections.abc import Iterable, Sequence

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.flags import Flag, flagged
from cxkit.measurement.measure import measure
from cxkit.metric import Declared, Metric
from cxkit.period import Period
from cxkit.segment import Segment

CALENDAR = ("month", "week")
COLUMNS = ["metric_id", "period", "segment", "value", "n_units", "flags"]


def values_over(
    source: Source, metrics: Iterable[Declared], periods: Sequence[Period], *, segment: Segment | str = ""
) -> pd.DataFrame:
    """Values of each period, as `measure` gives them one by one.

    Parameters
    ----------
    source : Source
    metrics : Metric or Described, several
    periods : sequence of Period
        Of one kind, each the next of the one before, all covered by the data.
    segment : str
        Only these rows.

    Returns
    -------
    DataFrame, one row a period and metric, in the order of `periods`
        `metric_id, period, segment, value, n_units, flags`.

    Examples
    --------
    >>> import cxkit as cx
    >>> from cxkit.areas import engagement
    >>> october = cx.Period.parse("2026-10")
    >>> values = values_over(cx.open_data("data/sample"), [engagement.BOUNCE_RATE], [october.previous(), october])
    >>> list(values.period)
    ['2026-09', '2026-10']
    """
    asked = list(metrics)
    together = _together(source, [metric for metric in asked if isinstance(metric, Metric)], periods, segment)
    parts = []
    for period in periods:
        found = together[together["period"] == period.label]
        # A period without a row of a metric's view is no group of the query: it is asked for by itself.
        others = [metric for metric in asked if metric.id not in set(found["metric_id"])]
        parts += [found, measure(source, others, period, segment=segment)[COLUMNS]] if others else [found]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _together(
    source: Source, metrics: Sequence[Metric], periods: Sequence[Period], segment: Segment | str
) -> pd.DataFrame:
    """What one query says of all periods, if they are months or weeks."""
    kind = periods[0].kind
    if kind not in CALENDAR or not metrics:
        return pd.DataFrame(columns=COLUMNS)
    span = Period("days", periods[0].start, periods[-1].end)
    frame = measure(source, metrics, span, by=kind, segment=segment)
    frame = frame[~flagged(frame, Flag.OFF)]
    return frame.assign(period=frame["level"], segment=str(Segment.parse(segment)))[COLUMNS]
