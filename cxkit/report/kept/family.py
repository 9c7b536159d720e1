"""One false-discovery rule over a whole report.

Every comparison that a run makes, in whatever notebook, is one family: its p-values are adjusted together and each verdict is decided
on the adjusted value.
"""

from collections.abc import Iterable
from typing import Any

from cxkit.flags import Flag, flags_of, joined
from cxkit.measurement.family import Cells, Family
from cxkit.report.kept.earlier_report import Archive
from cxkit.report.wording.format import Style


class RunFamily(Family):
    """The comparisons of a run, judged together and held against what was published of their base.

    Parameters
    ----------
    rows : iterable of mappings
        Rows of measurement frames, from all notebooks of the run; those without a base are no tests.
    archive : Archive
        What the report of the base period said; rows that now differ from it are flagged.
    style : Style
        How that is said.
    """

    def __init__(self, rows: Iterable[Cells], archive: Archive | None = None, style: Style | None = None) -> None:
        super().__init__(rows)
        self._archive, self._style = archive or Archive(), style or Style()

    def decide(self, row: Cells) -> dict[str, Any]:
        """The row with the verdict of the whole family, flagged where its base was published otherwise."""
        judged = super().decide(row)
        if flag := self._archive.flag(row):
            said, style = self._archive.said(row), self._style
            published = style.value(said.value if said else None, row["unit"])
            judged["flags"] = joined([*flags_of(row.get("flags")), flag])
            judged["restated"] = f"reported at the time as {published}" + (
                ", by another method" if flag is Flag.METHOD_CHANGED else ""
            )
        return judged

    @property
    def says(self) -> str:
        """For the head of a page: "38, false-discovery rate 5%"."""
        if not self.n_tests:
            return "none"
        rate = self._style.value(self.alpha, "share", 0)
        return f"{self._style.number(self.n_tests)}, false-discovery rate {rate}"
