"""What some tests need beside Python's packages. Run as a program, it prints what of it is not here, one a line."""

import os
import shutil
from functools import cache
from pathlib import Path

from cxkit.engine.duckdb import Engine, EngineError

AXE = Path(__file__).parents[1] / ".cache" / "axe.min.js"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Servers stand outside the usual path: Debian keeps PostgreSQL's by version, others MariaDB's in libexec.
VERSIONS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
PLACES = os.pathsep.join([*map(str, VERSIONS), os.environ["PATH"], "/usr/sbin", "/usr/libexec"])
INITDB, MARIADBD = shutil.which("initdb", path=PLACES), shutil.which("mariadbd", path=PLACES)


def httpfs() -> bool:
    """Whether DuckDB's extension for data on the net is installed."""
    try:
        Engine().load_extension("httpfs")
    except EngineError:
        return False
    return True


NEEDS = {
    "Chromium": lambda: CHROMIUM is not None,
    "axe-core": AXE.is_file,
    "PostgreSQL": lambda: INITDB is not None,
    "MariaDB": lambda: MARIADBD is not None and shutil.which("mariadb-install-db") is not None,
    "DuckDB's httpfs": httpfs,
}

# What no package registry serves: where its own address cannot be reached, `make test-all` goes on without it, and says so.
ELSEWHERE = {"DuckDB's httpfs"}


@cache
def is_here(need: str) -> bool:
    """Whether one of `NEEDS` is installed."""
    return NEEDS[need]()


if __name__ == "__main__":
    print(*(need for need in NEEDS if not is_here(need)), sep="\n", end="")
