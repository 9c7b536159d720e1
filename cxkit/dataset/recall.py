"""What a check found of files that have not changed since: one process tells those that it forks, so that each need not look again."""

from collections.abc import Mapping

from cxkit.dataset.check.result import Checked
from cxkit.dataset.clean import Clean
from cxkit.dataset.find.found import Found

Findings = dict[tuple[str, str], Checked]  # by origin and table

_KNOWN: Findings = {}


def findings(found: Found, tables: Mapping[str, Clean]) -> Findings:
    """What `remember` takes, of tables without faults."""
    checked = {name: table.checked for name, table in tables.items() if found.origin}
    return {(found.origin, name): one for name, one in checked.items() if not one.faults}


def remember(known: Findings) -> None:
    """Keep findings for this process and its forks."""
    _KNOWN.update(known)


def recall(found: Found, name: str) -> Checked | None:
    """What is known of a table, if all files and settings are still the same."""
    return _KNOWN.get((found.origin, name))
