"""One figure with a row for each part of a whole (brands, themes): every part is a metric of its own, all answered by one query."""

from collections.abc import Mapping

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.measurement.measure import beside
from cxkit.metric import Metric
from cxkit.period import Period
from cxkit.segment import Segment, part_of

Part = tuple[str, str]

# What a part has of its own; what it is called, its unit and period come from the figure that it belongs to.
IDENTITY = (
    "metric_id", "title", "unit", "better", "period", "period_start", "period_end", "timezone", "definition_version",
    "base_period", "by", "level",
)  # fmt: skip


def measure_parts(
    source: Source,
    parts: Mapping[Part, Metric],
    period: Period,
    base: Period | None,
    *,
    segment: str,
    conf_level: float,
) -> pd.DataFrame:
    """Measure parts of one view and name each by the column and value that make it, such as `("brand_id", "acme")`.

    Parameters
    ----------
    parts : mapping of (column, value) to Metric
        Ids differ; in the order of the rows.

    Returns
    -------
    DataFrame, one row a part
        For a `Described` function; empty without parts.
    """
    if not parts:
        return pd.DataFrame({"value": []})
    frame = beside(source, parts.values(), period, base, segment=segment, conf_level=conf_level)
    return own_columns(frame).assign(segment=[part_of(segment, *part) for part in parts])


def own_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """A measurement frame without what the figure itself knows."""
    return frame.drop(columns=[name for name in IDENTITY if name in frame])


def with_levels(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Measured rows with the values that their segments have of some columns, in columns of their own; none where a row is not parted by it.

    Examples
    --------
    >>> with_levels(pd.DataFrame({"segment": ["", "cohort=2026-03; month=4"]}), "cohort", "month").month.tolist()
    [None, '4']
    """
    parted = [
        {condition.column: condition.values[0] for condition in Segment.parse(text).conditions}
        for text in frame["segment"]
    ]
    levels = {name: pd.Series([part.get(name) for part in parted], index=frame.index, dtype=object) for name in columns}
    return frame.assign(**levels)
