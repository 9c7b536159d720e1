"""One false-discovery rule over a whole report.

Every comparison that a run makes, in whatever notebook, is one family: its p-values are adjusted together and each verdict is decided
on the adjusted value. A comparison that is shown twice counts once.
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from cxkit.measurement.judge import ALPHA, judge
from cxkit.report.archive.archive import Archive
from cxkit.report.page.format import Style
from cxkit.report.page.words import Row

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
    archive : Archive
        What the report of the base period said; rows that now differ from it are flagged.
    style : Style
        How that is said.

    Attributes
    ----------
    n_tests : int
        How many different comparisons were tested.
    alpha : float
        The share of changes called beyond noise that may be noise.
    """

    alpha = ALPHA

    def __init__(self, rows: Iterable[Row], archive: Archive | None = None, style: Style | None = None) -> None:
        self._archive, self._style = archive or Archive(), style or Style()
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
        judged = {**row, **self._judged.get(key(row), {})}
        if flag := self._archive.flag(row):
            said, style = self._archive.said(row), self._style
            published = style.value(said.value if said else None, row["unit"])
            judged["flags"] = ";".join(filter(None, [row.get("flags") or "", flag]))
            judged["restated"] = f"reported at the time as {published}" + (
                ", by another method" if flag == "method_changed" else ""
            )
        return judged

    @property
    def says(self) -> str:
        """For the head of a page: "38, false-discovery rate 5%"."""
        if not self.n_tests:
            return "none"
        rate = self._style.value(self.alpha, "share", 0)
        return f"{self._style.number(self.n_tests)}, false-discovery rate {rate}"
