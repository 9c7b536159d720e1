"""Zendesk counts the agents that held a ticket; handing over is one less."""

import pandas as pd

from cxkit.importers.read import Sheet


def prepare(sheets: list[tuple[Sheet, str]]) -> list[tuple[Sheet, str]]:
    """Add `transfers` wherever the number of assignees is given."""
    return [(_transfers(sheet), name) for sheet, name in sheets]


def _transfers(sheet: Sheet) -> Sheet:
    stations = next(
        (name for name in ("assignee stations", "metric set.assignee stations") if name in sheet.rows), None
    )
    if stations is None:
        return sheet
    count = pd.to_numeric(sheet.rows[stations], errors="coerce")
    transfers = [str(max(int(number) - 1, 0)) if number == number else "" for number in count]
    return sheet.with_rows(sheet.rows.assign(transfers=transfers), used=[stations])
