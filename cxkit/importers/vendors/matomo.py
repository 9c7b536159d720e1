"""Matomo's log: what kind of action a row is, by the names that it points to."""

from cxkit.importers.read import Sheet, dicts

NOTHING = ("", "NULL", "\\N", "0")


def prepare(sheets: list[tuple[Sheet, str]]) -> list[tuple[Sheet, str]]:
    """Add `action type`: that of the address, else (a search, a page without address) that of the name; `event` where there is a category."""
    types = {row["idaction"]: row["type"] for sheet, name in sheets if name == "names" for row in dicts(sheet.rows)}
    return [(_typed(sheet, types) if name == "actions" else sheet, name) for sheet, name in sheets]


def _typed(sheet: Sheet, types: dict[str, str]) -> Sheet:
    found = [_type(row, types) for row in dicts(sheet.rows)]
    pointers = ["idaction name", "idaction event category", "idaction event action"]
    return sheet.with_rows(
        sheet.rows.assign(**{"action type": found}), used=[name for name in pointers if name in sheet.rows]
    )


def _type(row: dict[str, str], types: dict[str, str]) -> str:
    if row.get("idaction event category", "") not in NOTHING:  # older versions give it the address of a page
        return "event"
    return types.get(row["idaction url"], "") or types.get(row.get("idaction name", ""), "")
