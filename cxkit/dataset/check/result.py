"""What the check of one table finds."""

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from cxkit.dataset.check.locate import stack
from cxkit.dataset.check.raw import Raw

LARGEST_REJECTED_SHARE = 0.5  # beyond this it is not the rows that are wrong


@dataclass
class Checked:
    """What the check of one table found: `faults` stop, `rejects` are left out, as are rows `withheld` by their people; `notes` are for the reader."""

    raw: Raw
    types: dict[str, str]
    rows_read: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rejects: pd.DataFrame = field(default_factory=stack)
    withheld: dict[str, int] = field(default_factory=dict)
    broken: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["file_no", "line", "kind"]))

    @property
    def rows_used(self) -> int:
        """Rows that analyses see."""
        return self.rows_read - len(self.rejects) - sum(self.withheld.values())


def may_reject(checked: Checked, count: int) -> bool:
    """Whether so many rows of a table may be left out."""
    return checked.raw.settings.on_faults == "reject" and count <= LARGEST_REJECTED_SHARE * checked.rows_read
