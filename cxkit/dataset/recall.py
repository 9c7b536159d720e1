"""What a check found of files that have not changed since: one process tells those that it forks, so that each need not look again."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from cxkit.dataset.check.raw import Raw
from cxkit.dataset.check.result import Checked

Found = dict[tuple[str, str], dict[str, Any]]  # by origin and table

_KNOWN: Found = {}


def findings(origin: str, tables: Iterable[Checked]) -> Found:
    """What `remember` takes, of tables without faults; `origin` is their `Supplied.origin`."""
    known = [field.name for field in fields(Checked) if field.name != "raw"]
    sound = (one for one in tables if origin and not one.faults)
    return {(origin, one.raw.table.name): {name: getattr(one, name) for name in known} for one in sound}


def remember(found: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """Keep findings for this process and its forks."""
    _KNOWN.update(found)


def recall(origin: str, raw: Raw) -> Checked | None:
    """What is known of a table, if all files and settings are still the same."""
    found = _KNOWN.get((origin, raw.table.name))
    return Checked(raw, **found) if found else None
