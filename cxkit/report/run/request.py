"""What a run was asked for, and how it ended."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cxkit.report.run.worker import CELL_SECONDS, Result

GOOD = ("done", "unchanged")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What `cxkit report` was asked for; the fields are its options."""

    data: Path
    period: str
    compare: str = "previous"
    only: Sequence[str] = ()
    out: Path = Path("reports")
    jobs: int = 0
    parameters: Sequence[str] = ()
    notebooks: Path = Path("notebooks")
    locale: str = "en"
    cell_seconds: int = CELL_SECONDS
    force: bool = False
    warm: bool = True

    @property
    def place(self) -> str:
        """Where the data lie, seen from the project: the working folder, else the folder that holds `out`. Empty if they lie
        elsewhere: what stands in a report must not tell of the machine.
        """
        data = _absolute(self.data)
        roots = (Path.cwd(), _absolute(self.out).parent)
        return next((data.relative_to(root).as_posix() for root in roots if root in data.parents), "")

    @property
    def data_name(self) -> str:
        """What the notebooks are told, now and in the archive: the data's place, or their bare name, which `data_root` completes."""
        return self.place or self.data.resolve().name

    @property
    def data_root(self) -> Path:
        """The folder that `data_name` starts from."""
        return _absolute(self.data).parents[self.place.count("/")] if self.place else self.data.resolve().parent


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100  # without following links, which resolve() does


@dataclass(frozen=True)
class Outcome:
    """Where the report is and how each notebook ended."""

    folder: Path
    results: Sequence[Result]

    @property
    def failed(self) -> list[Result]:
        return [result for result in self.results if result.state not in GOOD]
