"""A report folder appears whole or not at all: one run at a time, staged beside its place, swapped in one step."""

import contextlib
import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cxkit.errors import ArgumentError

MARK = "manifest.json"  # a folder without it was not made by cxkit and is never replaced
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO)
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@contextmanager
def staged(out: Path, name: str) -> Iterator[tuple[Path, int]]:
    """A hidden folder that becomes `out/name` when the block ends well, and vanishes when it doesn't.

    The lock belongs to the process and goes with it, however it ends; so whatever stage is found under the lock is a dead run's.

    Yields
    ------
    (Path, int)
        The folder, and the lock's file descriptor, which forked children must close.

    Raises
    ------
    ArgumentError
        The place cannot be written, is taken by something else, or another run is writing the same report.
    """
    target = out / name
    _refuse_foreign(target)
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / f".{name}.lock").open("w")
    except OSError as error:
        raise ArgumentError(f"cannot write to {out}: {error.strerror}.") from None
    with lock:
        _lock(lock.fileno(), target)
        _clean(out, name)
        try:
            stage = Path(tempfile.mkdtemp(prefix=f".{name}.stage-", dir=out))
        except OSError as error:
            raise ArgumentError(f"cannot write to {out}: {error.strerror}.") from None
        try:
            yield stage, lock.fileno()
            stage.chmod(0o755)
            _sync(stage)
            swap(stage, target)
        except OSError as error:
            if error.errno not in _DISK:
                raise
            raise ArgumentError(f"cannot write {target}: {error.strerror}. Nothing was changed there.") from None
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _refuse_foreign(target: Path) -> None:
    if target.exists() and not (target / MARK).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise ArgumentError(
            f"{target} is there already and is not a report of cxkit. Move it away, or write elsewhere with --out."
        )


def _lock(descriptor: int, target: Path) -> None:
    """Take the lock of one report; forked workers must not keep it, see `cxkit.report.run.run`."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ArgumentError(
            f"another run is writing {target} at this moment. Wait for it, or write elsewhere with --out."
        ) from None


def _clean(out: Path, name: str) -> None:
    """Remove what dead runs left, and put back a report whose swap was cut between its two steps."""
    target, aside = out / name, out / f".{name}.old"
    if aside.exists() and not target.exists():
        aside.rename(target)
    for left in [*out.glob(f".{name}.stage-*"), aside]:
        shutil.rmtree(left, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Have the files on disk before the name points at them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def swap(stage: Path, target: Path) -> None:
    """Put the stage in the target's place; what stood there is then at the stage's name.

    One step where the system can exchange two names (Linux), else two with a moment between.
    """
    if not target.exists():
        stage.rename(target)
        return
    if not _exchange(stage, target):
        aside = target.with_name(f".{target.name}.old")
        target.rename(aside)
        stage.rename(target)
        shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    if sys.platform != "linux":
        return False
    with contextlib.suppress(AttributeError, OSError):
        rename = ctypes.CDLL(None, use_errno=True).renameat2
        return rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0
    return False
