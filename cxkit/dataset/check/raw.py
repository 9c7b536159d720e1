"""Read what columns a supplied table has, and give SQL for its rows, before and after they take the contract's types."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cxkit.contract import Table, tables
from cxkit.dataset.check.casts import ENGINE_TYPES, typed
from cxkit.dataset.check.csv_files import header
from cxkit.dataset.find.found import Found
from cxkit.dataset.find.settings import Settings
from cxkit.engine.duckdb import Engine, EngineError, csv_scan, literal, parquet_scan, quoted
from cxkit.errors import DataError


@dataclass(frozen=True)
class Part:
    """Files of one table that have the same format and, for CSV, the same header; or a frame, which has none."""

    kind: str
    files: tuple[Path, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Raw:
    """A supplied table and its parts; `types` are the engine's, by name as in the contract."""

    settings: Settings
    table: Table
    parts: tuple[Part, ...]
    types: Mapping[str, str]

    @property
    def files(self) -> list[Path]:
        """All files, in order; empty for a frame."""
        return sorted(file for part in self.parts for file in part.files)

    @property
    def origin(self) -> str:
        """What to call the supplied thing in a message."""
        if not self.files:
            return f"DataFrame `{self.table.name}`"
        return self.files[0].name if len(self.files) == 1 else f"{self.table.name}/"

    def is_parquet(self, file_no: int) -> bool:
        """Whether the file of that number is Parquet."""
        return bool(self.files) and self.files[file_no].name.lower().endswith(".parquet")

    def headers(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return each part's origin, in words, and its columns."""
        return [(part.files[0].name if part.kind == "csv" else self.origin, part.columns) for part in self.parts]

    def scan(self, broken: str = "") -> str:
        """Return SQL for all rows; lines of CSV that cannot be read go to tables named `broken` and a number, or are left out."""
        scans = [self._scan(part, part.files, broken and f"{broken}{number}") for number, part in enumerate(self.parts)]
        if len(scans) == 1:
            return scans[0]
        return "(" + " union all by name ".join(f"select * from {scan}" for scan in scans) + ")"

    def typed(self, broken: str = "") -> str:
        """Return a query of `scan` in the contract's types: each column, its value before as `_r_<column>`, and `x_` columns.

        Timestamps are naive ones in UTC.
        """
        return self._typed(self.scan(broken), self.types)

    def numbered(self, number: int, engine: Engine) -> str:
        """Return `typed` for the file of that number (the frame is number 0), with `_file_no` and `_row`, counted from 0 in its order."""
        if not self.files:
            return self._typed(self.scan(), self.types, "0")
        file = self.files[number]
        relation = self._scan(next(part for part in self.parts if file in part.files), (file,))
        return self._typed(relation, _columns(relation, engine), str(number))

    def all_numbered(self, engine: Engine) -> str:
        """Return `numbered` for all files."""
        numbers = range(max(1, len(self.files)))
        return " union all by name ".join(f"({self.numbered(number, engine)})" for number in numbers)

    def _scan(self, part: Part, files: tuple[Path, ...], broken: str = "") -> str:
        if part.kind == "csv":
            return csv_scan(files, part.columns, broken)
        return parquet_scan(files) if files else f"(select *, '' as _file from {_frame(self.table.name)})"

    def _typed(self, relation: str, types: Mapping[str, str], numbered: str = "") -> str:
        columns = []
        for name, column in self.table.columns.items():
            if name in types:
                value = typed(column, types[name], f"r.{quoted(name)}", self.settings.source_timezone)
                if self.settings.unknown_values == "other" and "other" in column.allowed:
                    value = f"case when ({value}) is null or ({value}) in ({literals(column.allowed)}) then {value} else 'other' end"
                columns += [f"{value} as {quoted(name)}", f"r.{quoted(name)} as {quoted('_r_' + name)}"]
            else:
                columns += [
                    f"null::{ENGINE_TYPES[column.type]} as {quoted(name)}",
                    f"null::varchar as {quoted('_r_' + name)}",
                ]
        columns += [f"r.{quoted(name)}" for name in extras(types)]
        if numbered:
            columns += ["row_number() over () - 1 as _row", f"{numbered} as _file_no"]
        return f"select {', '.join(columns)} from {relation} r"


def read(found: Found, name: str, engine: Engine) -> Raw:
    """Read the columns of a table, and let the engine know its frame.

    Raises
    ------
    DataError
        A file cannot be read at all.
    """
    given = found.tables[name]
    groups: dict[tuple[str, tuple[str, ...]], list[Path]] = {}
    for file in given if isinstance(given, list) else ():
        kind = "parquet" if file.name.lower().endswith(".parquet") else "csv"
        groups.setdefault((kind, header(file) if kind == "csv" else ()), []).append(file)
    if not isinstance(given, list):
        engine.register(_frame(name), given)
        groups["frame", ()] = []
    parts = [Part(kind, tuple(files), columns) for (kind, columns), files in groups.items()]
    raw = Raw(found.settings, tables()[name], tuple(parts), {})
    with telling(raw.origin):
        named = [
            part if part.columns else replace(part, columns=tuple(_columns(raw._scan(part, part.files), engine)))
            for part in parts
        ]
        return replace(raw, parts=tuple(named), types=_columns(raw.scan(), engine))


@contextmanager
def telling(origin: str) -> Iterator[None]:
    """Say in our words what the engine says of a file."""
    try:
        yield
    except EngineError as error:
        text = str(error)
        if "invalid state" in text:
            why = "Lines end in two different ways (CR LF and LF). Save it anew with one kind of line end."
        else:
            first = re.sub(r"'[^']*/([^/']+)'", r"'\1'", text.splitlines()[0])  # where it lies is nobody's business
            why = f"The engine says: {first}{'' if first.endswith('.') else '.'} Export or copy it again."
        raise DataError(f"{origin}: cannot be read. {why}") from None


def extras(types: Mapping[str, str]) -> list[str]:
    """Return the company's own columns, which are kept as they are."""
    return [name for name in types if name.startswith("x_")]


def literals(values: tuple[str, ...]) -> str:
    """Return texts as a list in SQL."""
    return ", ".join(literal(value) for value in values)


def _frame(table: str) -> str:
    return f"_frame_{table}"


def _columns(relation: str, engine: Engine) -> dict[str, str]:
    return {name: kind for name, kind in engine.columns(relation).items() if name != "_file"}
