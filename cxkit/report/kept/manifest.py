"""The manifest: what a report was made from and with, so that it can be checked a year later. Names no machine, person or path."""

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cxkit import __version__
from cxkit.errors import ArgumentError

SCHEMA = 1
NAME = "manifest.json"
PACKAGES = (
    "babel", "duckdb", "lifelines", "matplotlib", "nbconvert", "nbval", "numpy", "pandas", "papermill", "scikit-learn", "scipy",
    "seaborn", "statsmodels",
)  # fmt: skip


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that can move a number or a picture."""
    found = {"cxkit": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def data_hash(files: Mapping[str, Mapping[str, str]]) -> str:
    """One hash over all input files, independent of their order."""
    lines = sorted(f"{table} {name} {digest}" for table, parts in files.items() for name, digest in parts.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def write(folder: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest with sorted keys."""
    text = json.dumps({"schema": SCHEMA, **content}, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any]:
    """Read a report's manifest.

    Raises
    ------
    ArgumentError
        No report, an unreadable manifest, or one of a later cxkit.
    """
    path = folder / NAME
    if not path.is_file():
        raise ArgumentError(f"{folder} is not a report of cxkit: it holds no {NAME}.")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        schema = content["schema"]
    except (ValueError, KeyError, TypeError):
        raise ArgumentError(f"{path} cannot be read: it is damaged. Make the report again.") from None
    if schema > SCHEMA:
        raise ArgumentError(
            f"{path} was written by a later cxkit (schema {schema}; this one knows {SCHEMA}). Update cxkit."
        )
    return content
