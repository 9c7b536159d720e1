"""HubSpot: a change of status is an unsubscription when it says so."""

from cxkit.importers.read import Sheet


def prepare(sheets: list[tuple[Sheet, str]]) -> list[tuple[Sheet, str]]:
    """Name a change of status to unsubscribed as what it is."""
    return [(_events(sheet) if name == "events" else sheet, name) for sheet, name in sheets]


def _events(sheet: Sheet) -> Sheet:
    rows = sheet.rows.copy()
    status = (
        rows[[name for name in ("portalsubscriptionstatus", "subscriptions") if name in rows]].agg(" ".join, axis=1)
        if len(rows)
        else rows["type"]
    )
    unsubscribed = rows["type"].str.upper().eq("STATUSCHANGE") & status.str.upper().str.contains("UNSUBSCRIBED")
    rows["type"] = rows["type"].mask(unsubscribed, "UNSUBSCRIBED")
    return sheet.with_rows(rows, used=["portalsubscriptionstatus", "subscriptions"])
