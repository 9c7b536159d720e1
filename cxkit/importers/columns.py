"""The columns of one table, read from the rows of one sheet as the map says."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pandas as pd

from cxkit.contract import Column, Table
from cxkit.errors import ArgumentError, DataError
from cxkit.importers import numbers
from cxkit.importers.cells import read_cells
from cxkit.importers.form import ColumnMap
from cxkit.importers.options import Options
from cxkit.importers.read import Sheet, plain

LINE, FILE, FAULT = "(line)", "(file)", "(fault)"
FREE_TEXT = ("text", "value_text")
PERSONAL = re.compile(  # over plain headings: what names a person or leads to one
    r".*\b(e-?mail|e-?mail ?address|phone|telephone|mobile)( ?number)?"
    r"|.*(first|last|full|sur|user|screen|contact|customer|recipient|requester) ?name"
    r"|.*\baddress( ?\d| line ?\d)?|.*\bip( ?address)?|billing .*|shipping (name|address|company|phone|zip|street|city)\d?"
    r"|notes?|user ?agent|.*\b(latitude|longitude|zip|zip ?code|postal ?code|postcode|birthday|birth ?date|date of birth)"
    r"|recipient(first|last|e?mail).*|handle"
)


@dataclass
class ColumnReader:
    """Reads columns of one sheet; what a person should know of it is collected in `notes`."""

    table: Table
    sheet: Sheet
    options: Options
    zone: str
    nulls: frozenset[str]
    notes: list[str] = field(default_factory=list)

    def read(self, columns: Mapping[str, ColumnMap], rows: pd.DataFrame) -> pd.DataFrame:
        """One row per row: the contract's columns, the line, and the first fault of the row (column, value, reason; tabs)."""
        frame = pd.DataFrame({LINE: rows.index, FAULT: ""}, index=rows.index)
        given = {name: ColumnMap(constant=value) for name, value in self.options.set.items() if self._has(name)}
        columns = {**columns, **given}
        for name, column in columns.items():
            if not column.made_of:
                self._read_one(name, column, rows, frame)
        for name, column in columns.items():
            if column.made_of:
                frame[name] = _fingerprints(column, frame)
        return _within_scale(frame)

    def _has(self, name: str) -> bool:
        return name in self.table.columns or name.startswith("x_")

    def _read_one(self, name: str, column: ColumnMap, rows: pd.DataFrame, frame: pd.DataFrame) -> None:
        target = self.table.columns.get(name)
        values, heading = self._source(name, column, target, rows)
        if values is None:
            return
        where = f"{self.sheet.file}, {self.sheet.headings.get(heading, heading) or name}"
        self._refuse_personal(name, column, heading, where)
        if column.add or heading in self.sheet.made:  # our own number: it has a decimal point
            column = replace(column, decimal=".")
        nulls = self.nulls | frozenset(map(plain, column.nulls))
        if column.after:
            column, target = replace(column, reading="seconds"), None
        read = read_cells(values, column, target, self._options_for(column), where, nulls)
        self.notes.extend(read.notes)
        frame[name] = (self._after(column, frame, read.texts, where) if column.after else read.texts).to_numpy()
        fresh = ((read.faults != "") & (frame[FAULT] == "")).to_numpy()
        label = self.sheet.headings.get(heading, heading) or name
        faults = zip(values[fresh], read.faults[fresh], strict=True)
        frame.loc[fresh, FAULT] = [f"{label}\t{value}\t{reason}" for value, reason in faults]

    def _refuse_personal(self, name: str, column: ColumnMap, heading: str, where: str) -> None:
        personal = PERSONAL.fullmatch(heading) and heading not in self.sheet.made
        if personal and not column.hash and name not in FREE_TEXT:
            raise DataError(
                f"{where} looks personal and would enter {self.table.name} unhashed. "
                f"Write `hash: email` (or phone, handle, name, id) at {name}, or leave it out."
            )

    def _options_for(self, column: ColumnMap) -> Options:
        zone = column.zone or self.zone
        return self.options if zone in ("", "account") else replace(self.options, timezone=zone)

    def _source(
        self, name: str, column: ColumnMap, target: Column | None, rows: pd.DataFrame
    ) -> tuple[pd.Series | None, str]:
        """The cells that a column is read from, and their plain heading; None when an optional column is not there."""
        if column.constant is not None:
            return _texts([column.constant] * len(rows), rows), ""
        if column.join:
            return self._joined(column, rows), ""
        if column.add:
            return self._sum(column, target, rows), ""
        if column.latest:
            return _texts([self._latest(column)] * len(rows), rows), ""
        present = [heading for heading in column.heading if heading in rows]
        if present:
            values = rows[present[0]]
            for heading in present[1:]:
                values = values.mask(values == "", rows[heading])
            return values, present[0]
        for heading in column.heading:
            if heading in (LINE, FILE):
                return _texts([str(line) if heading == LINE else self.sheet.file for line in rows.index], rows), ""
        if column.ask:
            raise ArgumentError(f"{self.sheet.file} does not say {name}: {column.ask}. Give it with --set {name}=…")
        if column.default:
            return _texts([""] * len(rows), rows), ""
        if name in self.table.required:
            wanted = " or ".join(column.heading)
            raise DataError(f"{self.sheet.file}: {self.table.name} needs {name}, and there is no column {wanted}.")
        return None, ""

    def _joined(self, column: ColumnMap, rows: pd.DataFrame) -> pd.Series:
        parts = []
        for part in column.join:
            name, optional = part.removesuffix("?"), part.endswith("?")
            if part.startswith("="):
                cells = [part[1:]] * len(rows)
            elif name == LINE:
                cells = list(map(str, rows.index))
            elif name in rows:
                cells = ["" if plain(text) in self.nulls else text for text in rows[name]]
            elif optional:
                continue
            else:
                raise DataError(f"{self.sheet.file}: there is no column `{name}`, which the map joins.")
            parts.append([(cell, optional) for cell in cells])
        joined = []
        for cells_of_row in zip(*parts, strict=True):
            whole = all(cell or optional for cell, optional in cells_of_row)
            joined.append(column.by.join(cell for cell, _ in cells_of_row if cell) if whole else "")
        return _texts(joined, rows)

    def _sum(self, column: ColumnMap, target: Column | None, rows: pd.DataFrame) -> pd.Series:
        """Numbers added up, written with a point; a cell that is no number stands for the row, and becomes its fault."""
        whole = target is not None and target.type == "integer"
        totals: list[Decimal | None] = [None] * len(rows)
        wrong = [""] * len(rows)
        for sign, headings in ((1, column.add), (-1, column.minus)):
            for heading in headings:
                if heading not in rows:
                    continue
                texts = ["" if plain(text) in self.nulls else text for text in rows[heading]]
                where = f"{self.sheet.file}, {self.sheet.headings.get(heading, heading)}"
                found = numbers.decimals(texts, whole=whole, given=self.options.decimal, where=where)
                for position, (text, number) in enumerate(zip(texts, found, strict=True)):
                    if number is not None:
                        totals[position] = (totals[position] or Decimal(0)) + sign * number
                    elif text:
                        wrong[position] = text
        written = ["" if total is None else numbers.written(total) for total in totals]
        return _texts([bad or total for bad, total in zip(wrong, written, strict=True)], rows)

    def _latest(self, column: ColumnMap) -> str:
        found: list[str] = []
        for heading in column.latest:
            if heading in self.sheet.rows:
                where = f"{self.sheet.file}, {self.sheet.headings.get(heading, heading)}"
                reading = ColumnMap(reading="timestamp", form=column.form)
                read = read_cells(self.sheet.rows[heading], reading, None, self._options_for(column), where, self.nulls)
                found.extend(text for text in read.texts.unique() if text)
        return max(found, key=datetime.fromisoformat, default="")

    def _after(self, column: ColumnMap, frame: pd.DataFrame, seconds: pd.Series, where: str) -> pd.Series:
        if column.after not in frame:
            raise DataError(
                f"{where}: `after: {column.after}` needs that column of {self.table.name} earlier in the map."
            )
        moments = [_later(start, more) for start, more in zip(frame[column.after], seconds, strict=True)]
        return pd.Series(moments, index=seconds.index, dtype=object)


def _texts(cells: list[str], rows: pd.DataFrame) -> pd.Series:
    return pd.Series(cells, index=rows.index, dtype=object)


def _later(start: str, seconds: str) -> str:
    if not start or not seconds:
        return ""
    try:
        return (datetime.fromisoformat(start) + timedelta(seconds=float(seconds))).isoformat()
    except (OverflowError, ValueError):  # centuries away
        return ""


def _fingerprints(column: ColumnMap, frame: pd.DataFrame) -> list[str]:
    """A stable id of columns of the row; the personal ones among them are hashed already."""
    parts = [frame[name] if name in frame else [""] * len(frame) for name in column.made_of]
    texts = ("\x1f".join(cells) for cells in zip(*parts, strict=True))
    return [hashlib.sha256(text.encode("utf-8")).hexdigest()[:32] for text in texts]


def _within_scale(frame: pd.DataFrame) -> pd.DataFrame:
    """An answer outside the scale of its item is a fault: the scale is wrong, or the column."""
    if {"value_num", "scale_min", "scale_max"} <= set(frame.columns):
        cells = zip(frame["value_num"], frame["scale_min"], frame["scale_max"], frame[FAULT], strict=True)
        frame[FAULT] = [
            fault or (f"value_num\t{value}\tis outside the scale" if value and not _between(value, low, high) else "")
            for value, low, high, fault in cells
        ]
    return frame


def _between(value: str, low: str, high: str) -> bool:
    return Decimal(low or "-Infinity") <= Decimal(value) <= Decimal(high or "Infinity")
