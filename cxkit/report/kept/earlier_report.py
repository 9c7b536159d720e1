"""What an earlier report said: read from its `metrics.csv`, so that restated figures and changed methods are told."""

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxkit.flags import Flag, flags_of
from cxkit.report.wording.format import missing

RTOL = 1e-6  # metrics.csv holds ten digits
Rows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class Said:
    """A figure as it was published: its value and the version of its definition."""

    value: float
    version: int


class Archive:
    """The whole figures of earlier reports, by metric, segment and period.

    Examples
    --------
    >>> row = {"metric_id": "bounce_rate", "segment": "", "period": "2026-09", "value": "0.4", "definition_version": "1", "flags": ""}
    >>> archive = Archive([row])
    >>> archive.flag({"metric_id": "bounce_rate", "base_period": "2026-09", "base_value": 0.41, "definition_version": 1})
    <Flag.RESTATED: 'restated'>
    >>> archive.flag({"metric_id": "bounce_rate", "base_period": "2026-09", "base_value": 0.41, "definition_version": 2})
    <Flag.METHOD_CHANGED: 'method_changed'>
    """

    def __init__(self, rows: Rows = ()) -> None:
        self._said: dict[tuple[str, str, str], Said] = {}
        for row in rows:
            if Flag.UNFINISHED not in flags_of(row["flags"]) and row["value"] and not math.isnan(float(row["value"])):
                name = (row["metric_id"], row["segment"] or "", row["period"])
                self._said[name] = Said(float(row["value"]), int(float(row["definition_version"] or 1)))

    def said(self, row: Mapping[str, Any]) -> Said | None:
        """What was published of the period that a row is compared with."""
        return self._said.get((row["metric_id"], row.get("segment") or "", str(row.get("base_period") or "")))

    def flag(self, row: Mapping[str, Any]) -> Flag | None:
        """Whether the method changed, or the same method gives another value now."""
        said, base = self.said(row), row.get("base_value")
        if said is None or missing(base) or Flag.UNFINISHED in flags_of(row.get("flags")):
            return None
        if said.version != int(row["definition_version"]):
            return Flag.METHOD_CHANGED
        is_same = math.isclose(said.value, float(base or 0), rel_tol=RTOL, abs_tol=1e-9)
        return None if is_same else Flag.RESTATED


def read_rows(report: Path) -> list[dict[str, str]]:
    """Rows of a report's `metrics.csv`; none if it has none or it is damaged."""
    try:
        with (report / "metrics.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        return []
    needed = {"metric_id", "segment", "period", "value", "definition_version", "flags"}
    return rows if rows and needed <= set(rows[0]) else []
