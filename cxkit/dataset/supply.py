"""Where tables come from: frames, a folder, a database, an address."""

import atexit
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxkit.contract import tables
from cxkit.dataset.files import find_files, is_report
from cxkit.dataset.settings import Settings
from cxkit.engine.shared_views import once
from cxkit.errors import DataError, did_you_mean


def frames(data: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Frames by table, with their columns' names as text.

    Raises
    ------
    DataError
        No such table, something that is no frame, a name that is there twice.
    """
    named = {}
    for name, frame in data.items():
        if name not in tables():
            raise DataError(f"no table is called `{name}`.{did_you_mean(str(name), tables())}")
        if not isinstance(frame, pd.DataFrame):
            raise DataError(f"table `{name}`: expected a DataFrame, found {type(frame).__name__}.")
        labels = [str(label) for label in frame.columns]
        if twice := [label for label in labels if labels.count(label) > 1]:
            raise DataError(
                f"table `{name}`: column `{twice[0]}` is there {labels.count(twice[0])} times. Names must differ."
            )
        named[name] = frame.set_axis(labels, axis="columns")
    return named


def locate(path: Path) -> Path:
    """Where a data set lies: see `open_data`."""
    path = path.expanduser()
    if path.is_absolute():
        return path
    if said := os.environ.get("CXKIT_DATA"):
        base = Path(said)
        places = [base / path, base / path.name, *([base] if base.name == path.name else [])]
    else:
        places = [folder / path for folder in (Path.cwd(), *Path.cwd().parents)]
    return next((place for place in places if place.exists() and not is_report(place)), places[0])


def fetched(database: str, settings: Settings, folder: Path) -> dict[str, list[Path]]:
    """Tables of a database as files; all processes of a run see it at the same moment."""
    from cxkit.dataset.databases import fetch

    name = _name("database", database, settings.queries, str(folder))
    return find_files(_own(name, lambda place: fetch(database, settings.queries, place, beside=folder)))


def downloaded(address: str) -> Path:
    """A data set on the net as a folder of the same name, once a run."""
    from cxkit.dataset.remote import download

    name = address.split("?")[0].rstrip("/").rsplit("/", 1)[-1] or "data"

    def make(place: Path) -> None:
        (place / name).mkdir()
        download(address, place / name)

    return _own(_name("address", address), make) / name


def _name(*parts: Any) -> str:
    return f"{parts[0]}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


def _own(name: str, fill: Callable[[Path], object]) -> Path:
    """A folder of the run, or of this process, that goes when that does."""

    def make(place: Path) -> None:
        place.mkdir()
        fill(place)

    if shared := once(name, make):
        return shared
    folder = Path(tempfile.mkdtemp(prefix="cxkit-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    fill(folder)
    return folder
