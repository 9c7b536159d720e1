"""What was left out of a data set, row by row and counted."""

from collections.abc import Iterable

import pandas as pd

from cxkit.dataset.check.result import Checked

REJECT_COLUMNS = ["table", "file", "line", "column", "value", "reason"]


def rejects(tables: Iterable[Checked]) -> pd.DataFrame:
    """One row a rejected row, with `REJECT_COLUMNS`."""
    frames = [_named(checked) for checked in tables if len(checked.rejects)]
    return pd.concat(frames, ignore_index=True)[REJECT_COLUMNS] if frames else pd.DataFrame(columns=REJECT_COLUMNS)


def quality(tables: Iterable[Checked], notes: Iterable[str]) -> pd.DataFrame:
    """One row a table and reason: rows read, rows used, rows left out for the reason; `notes` are of no table."""
    rows: list[tuple] = [("", 0, 0, 0, note) for note in notes]
    for checked in tables:
        counts = checked.rejects["reason"].value_counts(sort=False)
        left_out = {**counts, **(checked.withheld or {})}
        told = [(reason, int(n)) for reason, n in sorted(left_out.items())] + [(note, 0) for note in checked.notes]
        name = checked.raw.table.name
        rows += [(name, checked.rows_read, checked.rows_used, n, reason) for reason, n in told or [("", 0)]]
    return pd.DataFrame(rows, columns=["table", "rows_read", "rows_used", "n_rejected", "reason"])


def _named(checked: Checked) -> pd.DataFrame:
    raw = checked.raw
    names = [file.name for file in raw.files] or [""]
    return checked.rejects.assign(
        table=raw.table.name, file=checked.rejects["file_no"].map(lambda number: names[number])
    )
