"""The little that must be known of a CSV file before the engine reads it, and on which line of it a row stands."""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from cxkit.errors import DataError


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
