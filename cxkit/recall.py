"""What a check found of files that have not changed since: one process tells those that it forks, so that each need not look again."""

from collections.abc import Iterable, Mapping
from typing import Any

from cxkit.checked import Checked
from cxkit.raw import Raw

_KNOWN: dict[str, dict[str, Any]] = {}


def findings(tables: Iterable[Checked]) -> dict[str, dict[str, Any]]:
    """What `remember` takes, of tables in files with which nothing is wrong; the others are looked at anew."""
    flawless = (one for one in tables if one.raw.files and not one.faults and one.rejects.empty and one.broken.empty)
    return {
        _name(one.raw): {
            "types": one.types, "rows_read": one.rows_read, "filled": one.filled, "first": one.first, "last": one.last,
            "notes": list(one.notes),
        }
        for one in flawless
    }  # fmt: skip


def remember(found: Mapping[str, dict[str, Any]]) -> None:
    """Keep findings for this process and its forks."""
    _KNOWN.update(found)


def recall(raw: Raw) -> Checked | None:
    """What is known of a table, if its files and settings are still the same."""
    found = _KNOWN.get(_name(raw)) if raw.files else None
    return Checked(raw, **{**found, "notes": list(found["notes"])}) if found else None


def _name(raw: Raw) -> str:
    """The table with the place, size and time of its files, and the settings that a check follows."""
    states = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in raw.files]
    return repr((raw.table.name, states, raw.settings))
