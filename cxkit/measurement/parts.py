"""One figure with a row for each part of a whole (brands, themes): every part is a metric of its own, all answered by one query."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from cxkit.measurement.ask import Ask
from cxkit.measurement.measure import rows_of
from cxkit.metric import Metric
from cxkit.row import Row
from cxkit.segment import Segment

Part = tuple[str, str]


def rows_by_part(ask: Ask, parts: Mapping[Part, Metric]) -> list[Row]:
    """Measure parts of one view, each a row of the segment that a column and value make, such as `("brand_id", "acme")`.

    Parameters
    ----------
    parts : mapping of (column, value) to Metric
        Ids differ; in the order of the rows.
    """
    rows = rows_of(ask, parts.values())
    return [replace(row, segment=ask.segment.part(*part)) for part, row in zip(parts, rows, strict=True)]


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
