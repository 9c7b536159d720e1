"""What the check of one table finds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from cxkit.dataset.check.locate import no_rejects
from cxkit.dataset.check.raw import Raw

LARGEST_REJECTED_SHARE = 0.5  # beyond this it is not the rows that are wrong


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the check of one table found.

    Attributes
    ----------
    filled : mapping of column to its number of cells that hold something
    first, last : date or None
        Local days of the first and last row.
    faults, notes : tuple of str
        What stops, and what a reader should know.
    rejects : DataFrame
        Rows that are left out, with file_no, row, line, column, value, reason.
    broken : DataFrame
        Lines that cannot be read: file_no, line, kind.
    withheld : mapping of reason to rows, or None
        Rows of people who may not be analysed; None as long as nobody has counted them.
    """

    raw: Raw
    rows_read: int = 0
    filled: Mapping[str, int] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rejects: pd.DataFrame = field(default_factory=no_rejects)
    broken: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["file_no", "line", "kind"]))
    withheld: Mapping[str, int] | None = None

    @property
    def rows_used(self) -> int:
        """Rows that analyses see."""
        return self.rows_read - len(self.rejects) - sum((self.withheld or {}).values())

    def may_reject(self, count: int) -> bool:
        """Whether so many rows may be left out."""
        return self.raw.settings.on_faults == "reject" and count <= LARGEST_REJECTED_SHARE * self.rows_read
