"""What a process must know of the run that it works for: written by the run when the process starts, read here and nowhere else."""

import json
import os
from dataclasses import asdict, dataclass
from functools import lru_cache

VARIABLE = "CXKIT_RUN"  # the environment is the one way that reaches a kernel too


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """What a run tells its processes; a process outside a run knows none of it.

    Attributes
    ----------
    folder : str
        For files that the run's processes share.
    data_root : str
        Folder that relative names of data start from.
    locale : str
        In which charts write numbers.
    threads : int
        Cores for each engine, as several run side by side; 0 for all.

    Examples
    --------
    >>> this_run()
    RunContext(folder='', data_root='', locale='', threads=0)
    """

    folder: str = ""
    data_root: str = ""
    locale: str = ""
    threads: int = 0

    def tell(self) -> None:
        """Let this process, and those that it starts, know the run."""
        os.environ[VARIABLE] = json.dumps(asdict(self))


def this_run() -> RunContext:
    """The run of this process."""
    return _read(os.environ.get(VARIABLE, "{}"))


@lru_cache(maxsize=1)
def _read(said: str) -> RunContext:
    return RunContext(**json.loads(said))
