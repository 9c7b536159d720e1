"""How planted values are written down: entries that a person reads and a test walks through."""

from collections.abc import Callable, Mapping
from typing import Any

from cxkit.sample import company

COVERED = f"{company.START}..{company.END.replace(month=10, day=31)}"


def level(metric: str, value: float, segment: str = "", period: str = COVERED, **more: Any) -> dict[str, Any]:
    """A planted level of a metric.

    Examples
    --------
    >>> level("bounce_rate", 0.4, "device_class=mobile", "2026-10")["value"]
    0.4
    """
    return _entry("level", metric, value, segment, period, more)


def change(metric: str, value: float, segment: str, period: str, base: str, **more: Any) -> dict[str, Any]:
    """A planted difference, period − base, in the metric's own unit."""
    return _entry("change", metric, round(value, 5), segment, period, {"base": base, **more})


def ratio(metric: str, value: float, segment: str, base: str, period: str = COVERED, **more: Any) -> dict[str, Any]:
    """A planted ratio between a segment and the segment `base`."""
    return _entry("ratio", metric, value, segment, period, {"base": base, **more})


def parameter(metric: str, value: float, unit: str, segment: str = "", **more: Any) -> dict[str, Any]:
    """A parameter of the process that the data were drawn from."""
    return _entry("parameter", metric, value, segment, COVERED, {"unit": unit, **more})


def count(metric: str, value: int, **more: Any) -> dict[str, Any]:
    """An exact number of something in the data."""
    return _entry("count", metric, value, "", COVERED, more)


def each(
    entry: Callable[..., dict[str, Any]], metric: str, values: Mapping[str, float], segment: str, **more: Any
) -> list[dict[str, Any]]:
    """An entry for every value, its name put into the segment.

    Examples
    --------
    >>> [entry["segment"] for entry in each(level, "nps", {"PL": 38.0, "DE": 14.0}, "country={}")]
    ['country=PL', 'country=DE']
    """
    return [entry(metric, value, segment=segment.format(name), **more) for name, value in values.items()]


def _entry(kind: str, metric: str, value: float, segment: str, period: str, more: dict[str, Any]) -> dict[str, Any]:
    kept = {name: item for name, item in more.items() if item is not None}
    return {"metric": metric, "kind": kind, "segment": segment, "period": period, "value": round(value, 6), **kept}
