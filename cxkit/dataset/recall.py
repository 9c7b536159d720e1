"""What a check found of files that have not changed since: the process of a run that looks first writes it down for the others."""

import hashlib
import pickle
from collections.abc import Mapping
from pathlib import Path

from cxkit.dataset.check.result import Checked
from cxkit.dataset.clean import Clean
from cxkit.dataset.find.found import Found
from cxkit.engine.shared_views import once
from cxkit.run_context import this_run


def remember(found: Found, tables: Mapping[str, Clean]) -> None:
    """Write down for the run what was found of tables without faults."""
    for name, table in tables.items():
        if found.origin and not table.checked.faults:
            once(_file(found, name), lambda place, checked=table.checked: place.write_bytes(pickle.dumps(checked)))  # type: ignore[misc]


def recall(found: Found, name: str) -> Checked | None:
    """What is known of a table, if all files and settings are still the same."""
    folder = this_run().folder
    file = Path(folder, _file(found, name))
    return pickle.loads(file.read_bytes()) if folder and file.is_file() else None


def _file(found: Found, name: str) -> str:
    return f"found-{name}-{hashlib.sha256(found.origin.encode()).hexdigest()[:16]}"
