"""One table as it was supplied: SQL for its rows, before and after its columns take the contract's types."""

from dataclasses import dataclass
from pathlib import Path

from cxkit.contract import Table
from cxkit.dataset.check.casts import ENGINE_TYPES, typed
from cxkit.dataset.files import Part
from cxkit.dataset.settings import Settings
from cxkit.engine.duckdb import Engine, csv_scan, literal, parquet_scan, quoted


@dataclass(frozen=True)
class Raw:
    """A supplied table. `parts` are its files; a frame is one part without files, registered under `frame`."""

    engine: Engine
    settings: Settings
    table: Table
    parts: tuple[Part, ...]
    frame: str = ""

    @property
    def files(self) -> list[Path]:
        """All files, in order; empty for a frame."""
        return sorted(file for part in self.parts for file in part.files)

    @property
    def origin(self) -> str:
        """What to call the supplied thing in a message."""
        if self.frame:
            return f"DataFrame `{self.table.name}`"
        return self.files[0].name if len(self.files) == 1 else f"{self.table.name}/"

    def is_parquet(self, file_no: int) -> bool:
        """Whether the file of that number is Parquet."""
        return bool(self.files) and self.files[file_no].name.lower().endswith(".parquet")

    def headers(self) -> list[tuple[str, list[str]]]:
        """Return each part's origin, in words, and its columns."""
        return [
            (part.files[0].name, list(part.columns))
            if part.kind == "csv"
            else (self.origin, list(self.types(_scan(part, part.files))))
            for part in self.parts
        ] or [(self.origin, list(self.types(self.scan())))]

    def scan(self, broken: str = "") -> str:
        """Return SQL for all rows; lines of CSV that cannot be read go to tables named `broken` and a number, or are left out."""
        if self.frame:
            return f"(select *, '' as _file from {quoted(self.frame)})"
        scans = [
            _scan(part, part.files, f"{broken}{number}" if broken else "") for number, part in enumerate(self.parts)
        ]
        return (
            scans[0]
            if len(scans) == 1
            else "(" + " union all by name ".join(f"select * from {scan}" for scan in scans) + ")"
        )

    def types(self, relation: str) -> dict[str, str]:
        """Return the engine's types of the supplied columns, by name as in the contract."""
        return {name: kind for name, kind in self.engine.columns(relation).items() if name != "_file"}

    def typed(self, relation: str, types: dict[str, str], numbered: str = "") -> str:
        """Return a query of the rows in the contract's types: each column, its value before as `_r_<column>`, and `x_` columns.

        Timestamps are naive ones in UTC.
        `numbered` adds `_row`, counted from 0 in the order of the file, and this text as `_file_no`.
        """
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

    def numbered(self, number: int) -> str:
        """Return `typed` for the file of that number (the frame is number 0), with `_row` and `_file_no`."""
        if self.frame:
            relation = self.scan()
        else:
            file = self.files[number]
            part = next(part for part in self.parts if file in part.files)
            relation = _scan(part, (file,))
        return self.typed(relation, self.types(relation), numbered=str(number))

    def all_numbered(self) -> str:
        """Return `numbered` for all files."""
        return " union all by name ".join(f"({self.numbered(number)})" for number in range(max(1, len(self.files))))


def extras(types: dict[str, str]) -> list[str]:
    """Return the company's own columns, which are kept as they are."""
    return [name for name in types if name.startswith("x_")]


def literals(values: tuple[str, ...]) -> str:
    """Return texts as a list in SQL."""
    return ", ".join(literal(value) for value in values)


def _scan(part: Part, files: tuple[Path, ...], broken: str = "") -> str:
    return csv_scan(files, part.columns, broken) if part.kind == "csv" else parquet_scan(files)
