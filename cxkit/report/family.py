"""One false-discovery rule over a whole report.

Every comparison that a run makes, in whatever notebook, is one family: its p-values are adjusted together and each verdict is decided
on the adjusted value. A comparison that is shown twice counts once.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from cxkit.judge import ALPHA, judge
from cxkit.report.words import Row

KEY = ("metric_id", "segment", "period", "base_period", "conf_level", "definition_version")


def key(row: Row) -> tuple[str, ...]:
    """What makes two rows the same comparison."""
    return tuple(str(row.get(name) or "") for name in KEY)


class Family:
    """The comparisons of a report, judged together.

    Parameters
    ----------
    rows : iterable of mappings
        Rows of measurement frames, from all notebooks of the run; those without a base are no tests.

    Attributes
    ----------
    n_tests : int
        How many different comparisons were tested.
    alpha : float
        The share of changes called beyond noise that may be noise.
    """

    alpha = ALPHA

    def __init__(self, rows: Iterable[Row]) -> None:
        compared = {key(row): row for row in rows if row.get("base_period")}
        self._judged: dict[tuple[str, ...], dict[str, Any]] = {}
        self.n_tests = 0
        if compared:
            judged = judge(pd.DataFrame(list(compared.values())), alpha=self.alpha)
            found = zip(judged.p_adjusted, judged.n_tests, judged.verdict, strict=True)
            names = ("p_adjusted", "n_tests", "verdict")
            self._judged = {name: dict(zip(names, row, strict=True)) for name, row in zip(compared, found, strict=True)}
            self.n_tests = int(judged.n_tests.iloc[0])

    def decide(self, row: Row) -> dict[str, Any]:
        """The row with `p_adjusted`, `n_tests` and `verdict` as the whole family has them."""
        return {**row, **self._judged.get(key(row), {})}

    @property
    def says(self) -> str:
        """For the head of a page: "38, false-discovery rate 5%"."""
        return f"{self.n_tests:,}, false-discovery rate {self.alpha:.0%}" if self.n_tests else "none"
