"""Find a data set: where it lies, what it says of itself, and the files or frame of each of its tables."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from cxkit.contract import tables
from cxkit.dataset.find.files import find_files, is_report, set_aside, sha256, states
from cxkit.dataset.find.settings import SETTINGS_FILE, Settings, check_settings, read_settings
from cxkit.engine.shared_views import filled_folder
from cxkit.errors import DataError, did_you_mean
from cxkit.run_context import this_run


@dataclass(frozen=True, kw_only=True)
class Found:
    """A data set of which nothing has been read but its settings.

    Attributes
    ----------
    name : str
        Name of the folder, without its path.
    tables : mapping of table to files or a frame
        In the order of the contract.
    folder : Path or None
        Where files lie; None for frames.
    settings_file : Path or None
        Where the settings stand: figures follow from it too.
    notes : tuple of str
        What a reader should know.
    """

    name: str
    settings: Settings
    tables: Mapping[str, list[Path] | pd.DataFrame]
    folder: Path | None = None
    settings_file: Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> dict[str, list[Path]]:
        """Files by table, the settings among them."""
        stated = {"settings": [self.settings_file]} if self.settings_file else {}
        return {name: given for name, given in self.tables.items() if isinstance(given, list)} | stated

    @cached_property
    def origin(self) -> str:
        """What all that is counted follows from: settings, and files with their places, sizes and times. Empty where a table is a frame."""
        if any(isinstance(given, pd.DataFrame) for given in self.tables.values()):
            return ""
        return repr((self.settings, {name: states(files) for name, files in self.files.items()}))

    def hashes(self) -> dict[str, dict[str, str]]:
        """SHA-256 of every input, by table and file name."""
        hashes = {name: sha256(paths) for name, paths in self.files.items()}
        for name, given in self.tables.items():
            if isinstance(given, pd.DataFrame):
                content = pd.util.hash_pandas_object(given, index=False).to_numpy().tobytes()
                head = ",".join(map(str, given.columns)).encode()
                hashes[name] = {"DataFrame": hashlib.sha256(head + content).hexdigest()}
        return hashes


def find(data: str | Path | Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> Found:
    """Find a data set, as `open_data` says; what lies at an address is copied here.

    Raises
    ------
    DataError
        No such folder, unknown tables or settings.
    """
    if isinstance(data, Mapping):
        return Found(name="DataFrames", settings=check_settings(settings), tables=_in_order(_frames(data)))
    folder, database = _downloaded(str(data)) if "://" in str(data) else locate(Path(data)), ""
    if folder.is_file() and folder.suffix in (".duckdb", ".ddb"):
        folder, database = folder.parent, folder.name
    path = folder / SETTINGS_FILE
    stated = read_settings(path) if path.is_file() else Settings()
    if settings:
        given = check_settings(settings)
        stated = replace(stated, **{name: getattr(given, name) for name in settings})
    if database:
        stated = replace(stated, database=database)
    files = find_files(folder, may_be_none=bool(stated.database))
    notes = [f"{name} is left aside, as its name begins with _" for name in set_aside(folder)]
    if not path.is_file():
        notes.append(f"no {SETTINGS_FILE}: days and hours are UTC, and each table covers its own first to last row")
    return Found(
        name=folder.resolve().name,
        settings=stated,
        tables=_in_order(files),
        folder=folder,
        settings_file=path if path.is_file() else None,
        notes=tuple(notes),
    )


def fetch(found: Found) -> Found:
    """The same with the tables of its database as files; all processes of a run see that at the same moment.

    Raises
    ------
    DataError
        The database cannot be read, or has a table that is a file too.
    """
    database, queries, beside = found.settings.database, found.settings.queries, found.folder
    if not database or not beside:
        return found
    from cxkit.dataset.find.databases import fetch_tables

    key = (database, queries, str(beside))
    fetched = find_files(filled_folder("database", key, lambda place: fetch_tables(database, queries, place, beside)))
    if twice := sorted(set(found.tables) & set(fetched)):
        raise DataError(f"table `{twice[0]}` is there twice, as a file and in the database. Keep one of them.")
    return replace(found, tables=_in_order({**found.tables, **fetched}))


def _frames(data: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Frames with their columns' names as text."""
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
    if said := this_run().data_root or os.environ.get("CXKIT_DATA"):
        base = Path(said)
        places = [base / path, base / path.name, *([base] if base.name == path.name else [])]
    else:
        places = [folder / path for folder in (Path.cwd(), *Path.cwd().parents)]
    return next((place for place in places if place.exists() and not is_report(place)), places[0])


def _downloaded(address: str) -> Path:
    """A data set on the net as a folder of the same name, once a run."""
    from cxkit.dataset.find.remote import download

    name = address.split("?")[0].rstrip("/").rsplit("/", 1)[-1] or "data"
    return filled_folder("address", address, lambda place: download(address, place / name)) / name


def _in_order(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in tables() if name in given}
