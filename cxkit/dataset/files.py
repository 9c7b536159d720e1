"""Find the files of a data set, and read the little that must be known of them before the engine does."""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from cxkit.contract import tables
from cxkit.errors import DataError, did_you_mean

FORMATS = (".csv", ".csv.gz", ".parquet")
OTHERS = (".tsv", ".txt", ".xlsx", ".xls", ".json", ".jsonl", ".ndjson", ".zip", ".feather", ".avro")


@dataclass(frozen=True)
class Part:
    """Files of one table that have the same format and, for CSV, the same header."""

    kind: str
    files: tuple[Path, ...]
    columns: tuple[str, ...] = ()


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


def read_parts(files: list[Path]) -> list[Part]:
    """Group the files of one table by format and header."""
    groups: dict[tuple[str, tuple[str, ...]], list[Path]] = {}
    for file in files:
        kind = "parquet" if file.name.lower().endswith(".parquet") else "csv"
        groups.setdefault((kind, header(file) if kind == "csv" else ()), []).append(file)
    return [Part(kind, tuple(group), columns) for (kind, columns), group in groups.items()]


def header(file: Path) -> tuple[str, ...]:
    """Return the column names of a CSV file.

    Raises
    ------
    DataError
        Empty file, not UTF-8, another separator than the comma, or an empty or repeated name.
    """
    try:
        with _opened(file) as text:
            names = [name.strip() for name in next(csv.reader(text, strict=True), [])]
    except UnicodeDecodeError:
        where = _undecodable_line(file)
        raise DataError(
            f"{file.name}, line {where}: is not UTF-8 text. Save the file as CSV with encoding UTF-8."
        ) from None
    except (OSError, EOFError, csv.Error) as error:
        raise DataError(f"{file.name}: cannot be read ({error}).") from None
    if not any(names):
        raise DataError(f"{file.name}: is empty. Expected a first line with the names of the columns.")
    for sign, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(names) == 1 and sign in names[0]:
            raise DataError(f"{file.name}: columns are separated by {word}. Save it with commas.")
    lower = [name.lower() for name in names]
    if twice := [name for name in lower if lower.count(name) > 1]:
        raise DataError(
            f"{file.name}: column {twice[0] or 'without a name'!r} is there {lower.count(twice[0])} times. Names must differ."
        )
    if "" in names:
        raise DataError(f"{file.name}: column {names.index('') + 1} has no name in the first line.")
    return tuple(names)


def line_numbers(file: Path, rows: Iterable[int], broken: Iterable[int] = ()) -> dict[int, int]:
    """Return the line on which the n-th readable row of a CSV file begins (row 1 follows the header).

    `broken` are lines that the engine could not read. A field may hold line ends, so rows and lines differ.
    """
    wanted, skipped = set(rows), set(broken)
    found: dict[int, int] = {}
    row, begins = -1, 1
    csv.field_size_limit(2**31 - 1)
    with _opened(file) as text:
        reader = csv.reader(text)
        for record in reader:
            if record and begins not in skipped:
                row += 1
                if row in wanted:
                    found[row] = begins
                    if len(found) == len(wanted):
                        break
            begins = reader.line_num + 1
    return found


def line_at(file: Path, position: int) -> int:
    """Return the line that a byte of an (unpacked) file is on; line ends that stand there count as passed."""
    with _unpacked(file) as data:
        before = data.read(position)
        line = before.count(b"\n") + 1
        while data.read(1) == b"\n":
            line += 1
    return line


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


def _undecodable_line(file: Path) -> int:
    with _unpacked(file) as data:
        for number, line in enumerate(data, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1


@contextmanager
def _unpacked(file: Path) -> Iterator[IO[bytes]]:
    with gzip.open(file, "rb") if file.name.lower().endswith(".gz") else file.open("rb") as data:
        yield cast(IO[bytes], data)


@contextmanager
def _opened(file: Path) -> Iterator[io.TextIOBase]:
    with _unpacked(file) as data, io.TextIOWrapper(data, encoding="utf-8-sig", newline="") as text:
        yield text
