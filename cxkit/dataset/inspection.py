"""Everything that can be said of a data set before anything is measured: what `cxkit check` prints."""

from typing import Any

from cxkit.blocks import plain
from cxkit.contract import tables
from cxkit.dataset.check.locate import place
from cxkit.dataset.check.result import Checked
from cxkit.dataset.consent import who_is_withheld
from cxkit.dataset.faults import way_out
from cxkit.dataset.relations import look, matches, sums
from cxkit.dataset.source import Source
from cxkit.errors import DataError
from cxkit.metric import areas


def inspect(source: Source) -> dict[str, Any]:
    """Check all tables, what they say of each other, and which metrics they carry.

    Returns
    -------
    dict
        `data`, `is_usable`, `hint`, `notes`; `tables` (each with name, rows, period, faults, rejects, notes, shares), `links`, `matches` (by
        source, how many records lead to a customer; empty while a table has faults), `warnings` and `metrics` (area, id, title, needs that are missing). Only what JSON knows; nothing of a single person.

    Examples
    --------
    >>> from cxkit.dataset.source import open_data
    >>> found = inspect(open_data("data/sample"))
    >>> found["is_usable"], found["tables"][0]["name"]
    (True, 'customers')
    """
    checked: dict[str, Checked] = {}
    entries: dict[str, dict[str, Any]] = {}
    for name in (name for name in tables() if source.has(name)):
        try:
            checked[name] = source.supplied[name].checked
            entries[name] = _table(source, checked[name])
        except DataError as error:
            entries[name] = _unreadable(name, str(error))
    usable = [name for name, entry in entries.items() if not entry["faults"]]
    found, warnings = [], []
    for name in usable if set(who_is_withheld(entries)) <= set(usable) else ():
        seen = look(source, name, usable)
        entries[name]["shares"] = seen.shares
        for link in seen.links:
            found.append(link)
            if link.level == "fault":
                entries[name]["faults"].append(
                    f"{link.says}.\n  Fewer than half: the ids are probably of two kinds. Map them before loading."
                )
            elif link.level:
                warnings.append(f"{link.says}; below 95 % a join leaves out too many.")
        warnings += sums(source, name) + seen.gaps
    faults = [fault for entry in entries.values() for fault in entry["faults"]]
    return plain(
        {
            "data": source.name,
            "is_usable": not faults,
            "hint": way_out(source.found, {name: entry["faults"] for name, entry in entries.items()}),
            "notes": list(source.quality.loc[lambda quality: quality.table == "", "reason"]) if not faults else [],
            "tables": list(entries.values()),
            "links": [
                {"column": f"{link.table}.{link.column}", "refers_to": link.refers_to, "rows": link.n, "matched": link.matched,
                 "share": link.share, "level": link.level}
                for link in found
            ],
            "matches": [] if faults else matches(source),
            "warnings": warnings,
            "metrics": _metrics(source, set(usable)),
        }
    )  # fmt: skip


def _table(source: Source, checked: Checked) -> dict[str, Any]:
    raw, stated = checked.raw, source.settings.tables.get(checked.raw.table.name)
    rejects = [
        {"reason": reason, "rows": len(rows), "first": place(raw, int(rows.file_no.iloc[0]), int(rows.line.iloc[0]))}
        for reason, rows in checked.rejects.groupby("reason", sort=True)
    ]
    rejects += [{"reason": reason, "rows": rows, "first": ""} for reason, rows in (checked.withheld or {}).items()]
    return {
        "name": raw.table.name,
        "rows_read": checked.rows_read,
        "rows_used": checked.rows_used,
        "first": checked.first,
        "last": checked.last,
        "stated": list(stated) if stated else None,
        "filled": checked.filled,
        "faults": list(checked.faults),
        "rejects": rejects,
        "notes": list(checked.notes),
        "shares": {},
    }


def _unreadable(name: str, fault: str) -> dict[str, Any]:
    return {
        "name": name, "rows_read": None, "rows_used": None, "first": None, "last": None, "stated": None, "filled": {},
        "faults": [fault], "rejects": [], "notes": [], "shares": {},
    }  # fmt: skip


def _metrics(source: Source, usable: set[str]) -> list[dict[str, Any]]:
    """Each metric with the columns that would switch it on; a table with faults gives none."""

    def is_there(column: str) -> bool:
        table, name = column.split(".")
        return table in usable and source.has(table, name)

    return [
        {
            "area": area,
            "id": metric.id,
            "title": metric.title,
            "missing": [need for need in metric.needs if not any(is_there(one) for one in need.split(" or "))],
        }
        for area, metrics in areas().items()
        for metric in metrics
    ]
