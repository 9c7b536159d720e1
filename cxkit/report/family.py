"""One false-discovery rule over a whole report.

Every comparison that a run makes, in whatever notebook, is one family. Its p-values are adjusted together (Benjamini & Hochberg 1995)
and each verdict is decided on the adjusted value, so that of all the changes that a report calls real, at most 1 − conf_level are
expected to be noise.
"""

from collections.abc import Iterable
from typing import Any

from scipy.stats import false_discovery_control

from cxkit.report.format import missing
from cxkit.report.words import TESTED, Row

KEY = ("metric_id", "segment", "period", "base_period", "definition_version")


def key(row: Row) -> tuple[str, ...]:
    """What makes two rows the same comparison, so that it is counted once however often it is shown."""
    return tuple(str(row.get(name) or "") for name in KEY)


class Family:
    """The adjusted p-values of a report.

    Parameters
    ----------
    rows : iterable of mappings
        Rows of measurement frames, from all notebooks of the run. Rows without a p-value are no tests.

    Attributes
    ----------
    n_tests : int
        How many different comparisons were tested.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        p_values: dict[tuple[str, ...], float] = {}
        for row in rows:
            p = row.get("p_value")
            if p is not None and not missing(p):
                p_values.setdefault(key(row), float(p))
        self.n_tests = len(p_values)
        adjusted = false_discovery_control(list(p_values.values())) if p_values else []
        self._adjusted = {name: float(p) for name, p in zip(p_values, adjusted, strict=True)}

    def decide(self, row: Row) -> dict[str, Any]:
        """The row with `p_adjusted`, `n_tests` and `verdict` as the whole family has them."""
        decided = dict(row)
        adjusted = self._adjusted.get(key(row))
        if adjusted is None:
            return decided
        decided |= {"p_adjusted": adjusted, "n_tests": self.n_tests}
        if row.get("verdict") in TESTED:
            beyond_noise = adjusted <= 1 - (row.get("conf_level") or 0.95) + 1e-12
            direction = "up" if row["difference"] > 0 else "down"
            decided["verdict"] = direction if beyond_noise and row["difference"] else "no change"
        return decided
