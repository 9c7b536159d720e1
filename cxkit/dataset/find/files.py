"""Find the files of the tables in a folder, and tell whether they have changed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from cxkit.contract import tables
from cxkit.errors import DataError, did_you_mean

FORMATS = (".csv", ".csv.gz", ".parquet")
OTHERS = (".tsv", ".txt", ".xlsx", ".xls", ".json", ".jsonl", ".ndjson", ".zip", ".feather", ".avro")


def find_files(folder: Path, may_be_none: bool = False) -> dict[str, list[Path]]:
    """Return the files of each contract table in a folder: `orders.csv`, or all files in `orders/`; `may_be_none` where a database has them.

    Raises
    ------
    DataError
        No folder, no table in it, a file that no table is named after, or a table given twice: all in one message.
    """
    if not folder.exists():
        near = [entry.name for entry in folder.parent.iterdir()] if folder.parent.is_dir() else []
        raise DataError(
            f"{folder}: there is no such folder.{did_you_mean(folder.name, near)} Data that lie elsewhere are found through the "
            "environment variable CXKIT_DATA: the folder that holds them."
        )
    if not folder.is_dir():
        raise DataError(
            f"{folder}: is a file. Expected the folder that holds dataset.yml and one file or folder per table."
        )
    if is_report(folder):
        raise DataError(f"{folder}: is a report of cxkit, no data set. Name the folder whose tables it was made from.")
    found: dict[str, list[Path]] = {}
    faults = []
    for entry in sorted(folder.iterdir()):
        name, files = _table_name(entry), _data_files(entry)
        if entry.name.startswith((".", "_")) or not (files or name in tables()):
            continue
        if name not in tables():
            hint = did_you_mean(name, tables()) or f" Tables are {', '.join(tables())}."
            faults.append(f"{entry.name}: no table is called `{name}`.{hint}")
        elif not files and (entry.is_dir() or entry.name.lower().endswith(OTHERS)):
            faults.append(
                f"{entry.name}: no {', '.join(FORMATS)} file found. Save the table as CSV (UTF-8, commas) or Parquet."
            )
        elif name in found and files:
            faults.append(
                f"{entry.name}: table `{name}` is there twice, as {_origin(found[name])} too. Keep one of them."
            )
        elif files:
            found[name] = files
    if faults:
        raise DataError("\n".join(faults))
    if not found and not may_be_none:
        raise DataError(
            f"{folder}: holds no table. Expected files such as orders.csv or events.parquet; tables are {', '.join(tables())}."
        )
    return found


def is_report(folder: Path) -> bool:
    """Whether a folder holds a report of cxkit, whose files are no tables."""
    return (folder / "manifest.json").is_file() and (folder / "metrics.csv").is_file()


def states(files: Iterable[Path]) -> list[tuple[str, int, int]]:
    """Return the place, size and time of files, which tell whether they have changed."""
    return [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]


def set_aside(folder: Path) -> list[str]:
    """Return the entries of a folder that would be tables if their names did not begin with _: they are left alone, and said to be."""
    return [
        entry.name
        for entry in sorted(folder.iterdir())
        if entry.name.startswith("_") and _table_name(entry).removeprefix("_") in tables()
    ]


def sha256(files: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of each file, by name."""
    hashes = {}
    for file in files:
        with file.open("rb") as data:
            hashes[file.name] = hashlib.file_digest(data, "sha256").hexdigest()
    return hashes


def _table_name(entry: Path) -> str:
    return entry.name if entry.is_dir() else entry.name.split(".")[0]


def _data_files(entry: Path) -> list[Path]:
    if entry.is_dir():
        return sorted(
            file for file in entry.iterdir() if not file.name.startswith((".", "_")) and _data_files(file) == [file]
        )
    return [entry] if entry.name.lower().endswith(FORMATS) else []


def _origin(files: list[Path]) -> str:
    return files[0].name if len(files) == 1 else f"{files[0].parent.name}/"
