"""What need not run again: a notebook whose source, parameters, data, code and versions are those of the report that stands there.

The archived report is the cache: nothing else is kept, and nothing is reused whose bytes are not those that its manifest names.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from cxkit.errors import CxError
from cxkit.report.kept import manifest
from cxkit.report.run.plan import Job

_PACKAGE = Path(__file__).parents[2]


def data_stamp(data: Path) -> str:
    """Hash of everything in a data set's folder, its settings among it."""
    return _stamp(_files(data) if data.is_dir() else [data], data)


@cache
def code_stamp() -> str:
    """Hash of the kit's own code and of the versions of what it stands on."""
    files = (path for path in _files(_PACKAGE) if path.suffix != ".pyc")
    return _digest([_stamp(files, _PACKAGE), manifest.versions()])


def job_stamp(job: Job, data: str, locale: str = "en") -> str:
    """Hash of all that a notebook's numbers and drawings follow from; `data` is a `data_stamp`. Modules and pictures beside it count."""
    beside = (path for path in sorted(job.path.parent.iterdir()) if path.is_file() and path.suffix != ".ipynb")
    return _digest(
        [manifest.sha256(job.path), dict(job.parameters), data, locale, code_stamp(), _stamp(beside, job.path.parent)]
    )


def run_stamp(jobs: Sequence[Job], data: str, locale: str) -> str:
    """Hash of a whole run, its period as it was asked for."""
    return _digest([[job.name, job_stamp(job, data, locale)] for job in jobs])


def _files(folder: Path) -> list[Path]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _stamp(paths: Iterable[Path], root: Path) -> str:
    return _digest([[path.relative_to(root).as_posix(), manifest.sha256(path)] for path in paths])


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


class Earlier:
    """The report that stands where a new one will, if there is one that can be read.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self.content: Mapping[str, Any] = manifest.read(folder)
            self.notebooks: Mapping[str, Any] = self.content["notebooks"]
        except (CxError, KeyError):
            self.content, self.notebooks = {}, {}

    def is_same(self, name: str, stamp: str) -> bool:
        """Whether the notebook would give again what it gave then."""
        entry = self.notebooks.get(name, {})
        return entry.get("state") == "done" and entry.get("stamp") == stamp and self._is_intact(name)

    def is_good(self, name: str) -> bool:
        """Whether there is a complete page to fall back on."""
        return self.notebooks.get(name, {}).get("state") in ("done", "stale") and self._is_intact(name)

    def made_at(self, name: str) -> str:
        """The day on which a notebook's numbers were made."""
        return str(self.notebooks[name].get("made_at") or self.content["made_at"])[:10]

    def copy(self, name: str, stage: Path) -> None:
        """Put the archived notebook into a new report."""
        shutil.copyfile(self.folder / f"{name}.ipynb", stage / f"{name}.ipynb")

    def is_whole(self, stamp: str) -> bool:
        """Whether this is the report of the same run, complete and unaltered."""
        return (
            self.content.get("stamp") == stamp
            and all(entry["state"] == "done" for entry in self.notebooks.values())
            and all(_has(self.folder / name, digest) for name, digest in self.content["files"].items())
        )

    def _is_intact(self, name: str) -> bool:
        return _has(self.folder / f"{name}.ipynb", self.notebooks[name].get("executed_sha256", ""))


def _has(path: Path, digest: str) -> bool:
    return path.is_file() and manifest.sha256(path) == digest


def find_same(out: Path, stamp: str) -> Earlier | None:
    """The report under `out` that the same run made; a period such as last-month need not be worked out for it."""
    for path in sorted(out.glob(f"*/{manifest.NAME}")):
        if stamp in path.read_text(encoding="utf-8", errors="replace"):
            earlier = Earlier(path.parent)
            if earlier.is_whole(stamp):
                return earlier
    return None
