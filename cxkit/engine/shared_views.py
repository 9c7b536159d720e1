"""Files that all processes of a run share (views, downloads): the first that needs one makes it in the run's folder, the others take it."""

import atexit
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cxkit.run_context import this_run


@contextmanager
def run_folder() -> Iterator[str]:
    """A folder for what the processes of a run share, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="cxkit-", ignore_cleanup_errors=True) as folder:
        yield folder


def once(name: str, make: Callable[[Path], None]) -> Path | None:
    """A file or folder of the run, made if no process has made it yet; None outside a run.

    Parameters
    ----------
    name : str
        Tells what it is made of: whoever asks by the same name gets the same.
    make : function of a path
        Makes the file or folder there. What it raises goes to the caller, and the next process tries again.
    """
    folder = this_run().folder
    if not folder or sys.platform == "win32":  # which has no lock that goes with its process
        return None
    place = Path(folder) / name
    with _alone(place):
        if not place.exists():
            part = place.with_name(f"{name}.part")
            _remove(part)  # of a process that was killed
            make(part)
            part.rename(place)
    return place


def filled_folder(kind: str, key: object, fill: Callable[[Path], object]) -> Path:
    """A folder of the run, or of this process, that goes when that does; filled once a run for each `key`."""
    name = f"{kind}-{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}"

    def make(place: Path) -> None:
        place.mkdir()
        fill(place)

    if shared := once(name, make):
        return shared
    folder = Path(tempfile.mkdtemp(prefix="cxkit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    fill(folder)
    return folder


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Wait for whoever makes it now. The lock goes with its process, however that ends."""
    import fcntl

    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        yield


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
