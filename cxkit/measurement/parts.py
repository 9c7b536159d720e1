"""One figure with a row for each part of a whole (brands, themes): every part is a metric of its own, all answered by one query."""

from collections.abc import Iterable, Mapping

import pandas as pd

from cxkit.dataset.source import Source
from cxkit.measurement import measure
from cxkit.metric import Metric
from cxkit.period import Period

# What a part has of its own; what it is called, its unit and period come from the figure that it belongs to.
IDENTITY = (
    "metric_id", "title", "unit", "better", "period", "period_start", "period_end", "timezone", "definition_version",
    "base_period",
)  # fmt: skip


def measure_parts(
    source: Source, parts: Mapping[str, Metric], period: Period, base: Period | None, *, segment: str, conf_level: float
) -> pd.DataFrame:
    """Measure parts of one view and label each, such as `brand_id=acme`.

    Parameters
    ----------
    parts : mapping of label to Metric
        Ids differ; in the order of the rows.

    Returns
    -------
    DataFrame, one row a part
        For a `Described` function; empty without parts.
    """
    if not parts:
        return pd.DataFrame({"value": []})
    chosen: dict[str, object] = {"segment": segment, "conf_level": conf_level}
    asked = list(parts.values())
    if base:
        frame = measure.compare(source, asked, period, base, **chosen)  # type: ignore[arg-type]
        frame = frame.drop(columns=["p_adjusted", "n_tests", "verdict"])
    else:
        frame = measure.measure(source, asked, period, **chosen)  # type: ignore[arg-type]
    return own_columns(frame).assign(segment=labels(segment, parts))


def own_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """A measurement frame without what the figure itself knows."""
    return frame.drop(columns=[name for name in IDENTITY if name in frame])


def labels(segment: str, parts: Iterable[str]) -> list[str]:
    """The segments of parts within a segment.

    Examples
    --------
    >>> labels("platform=x", ["brand_id=a", ""])
    ['platform=x; brand_id=a', 'platform=x']
    """
    return ["; ".join(filter(None, [segment.strip(), part])) for part in parts]
