"""One sheet on its way to one contract table, step by step, every row accounted for."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

import pandas as pd

from cxkit.errors import ArgumentError, DataError
from cxkit.importers import numbers
from cxkit.importers.account import Account, Result
from cxkit.importers.cells import Options, read_cells, shown
from cxkit.importers.compare import as_numbers, compare_check, compare_totals
from cxkit.importers.form import ColumnMap, Leave, TableMap, VendorMap
from cxkit.importers.read import Sheet, plain

LINE, FILE = "(line)", "(file)"
PERSONAL = re.compile(  # over plain headings: what names a person or leads to one
    r".*\b(e-?mail|e-?mail ?address|phone|telephone|mobile)( ?number)?|.*(first|last|full|sur|user|screen|contact|customer|recipient|requester) ?name"
    r"|.*\baddress( ?\d| line ?\d)?|.*\bip( ?address)?|billing .*|shipping (name|address|company|phone|zip|street|city)\d?|notes?|user ?agent"
    r"|.*\b(latitude|longitude|zip|zip ?code|postal ?code|postcode|birthday|birth ?date|date of birth)|recipient(first|last|e?mail).*|handle"
)


class TableRun:
    """One sheet on its way to one table. Each step takes rows away, or makes some, and writes that into the account."""

    def __init__(
        self, vendor: VendorMap, part: TableMap, sheet: Sheet, named: list[tuple[Sheet, str]], options: Options
    ) -> None:
        self.vendor, self.part, self.sheet, self.named, self.options = vendor, part, sheet, named, options
        self.rows = sheet.rows
        self.account = Account(
            sheet.file,
            part.table.name,
            rows_read=sheet.n_lines,
            left_out=Counter(sheet.left_out),
            reshaped=+sheet.reshaped,
        )
        self.rejects: list[tuple[str, str, int, str, str, str]] = []
        self.notes: list[str] = list(sheet.notes)
        self.nulls = frozenset(map(plain, vendor.nulls))
        for line, reason in sheet.broken:
            self._reject(line, "", "", reason)

    def run(self) -> Result:
        self._look_up()
        self._take_totals_out()
        for rule in self.part.leave_out:
            self._leave_out(rule)
        self._one_row_per()
        frame = self._frame()
        frame = self._combined(frame)
        frame = self._without_faults(frame)
        frame = self._without_duplicates(frame)
        self._compare(frame)
        self.account.rows_out = len(frame)
        if self.account.balance:
            raise AssertionError(
                f"the account of {self.sheet.file} → {self.part.table.name} is off by {self.account.balance}"
            )
        columns = tuple(name for name in frame.columns if not name.startswith("("))
        return Result(
            self.part.table, columns, frame[list(columns)], self.account, self.rejects, self.notes, *self._unused()
        )

    def _reject(self, line: int, column: str, value: str, reason: str) -> None:
        self.account.rejected[f"{column} {reason}".strip()] += 1
        self.rejects.append((self.part.table.name, self.sheet.file, int(line), column, shown(value), reason))

    def _look_up(self) -> None:
        """Add the columns of other sheets, as `sheet.heading`, where their keys agree."""
        for name, on in self.part.lookup.items():
            others = [sheet.rows for sheet, kind in self.named if kind == name]
            if not others:
                self.notes.append(f"no file with {name} was given: what it would add stays empty")
                continue
            other = pd.concat(others)
            for heading in (*on, *on.values()):
                if heading not in (other.columns if heading in on else self.rows.columns):
                    raise DataError(
                        f"{self.vendor.name}: `lookup` in {name} needs the column `{heading}`, which the file does not have."
                    )
            other = other[~other.duplicated(list(on), keep="last")]
            other = other.rename(columns={heading: plain(f"{name}.{heading}") for heading in other.columns})
            joined = self.rows.merge(
                other, how="left", left_on=list(on.values()), right_on=[plain(f"{name}.{key}") for key in on]
            )
            self.rows = joined.fillna("").set_index(self.rows.index)

    def _take_totals_out(self) -> None:
        totals = self.part.totals
        if totals is None:
            return
        dimensions = [heading for heading in totals.blank if heading in self.rows]
        is_total = (self.rows[dimensions] == "").all(axis=1) if dimensions else pd.Series(False, index=self.rows.index)
        rest = self.rows[~is_total]
        for _, total in self.rows[is_total].iterrows():
            self.notes.extend(compare_totals(total, rest, totals, self.options, f"{self.sheet.file}, totals row"))
        self.account.left_out["totals row"] += int(is_total.sum())
        self.account.left_out = +self.account.left_out
        self.rows = rest

    def _leave_out(self, rule: Leave) -> None:
        present = [heading for heading in rule.where if heading in self.rows]
        if not present:
            return
        cells = self.rows[present].map(plain)
        if rule.blank:
            out = (cells == "").all(axis=1)
        elif rule.values:
            out = cells.isin(rule.values).any(axis=1)
        elif rule.like:
            try:
                out = cells.apply(lambda column: column.str.contains(rule.like, case=False, regex=True)).any(axis=1)
            except re.error as error:
                raise DataError(
                    f"{self.vendor.name}, leave_out: `{rule.like}` is not a regular expression ({error})."
                ) from error
        else:
            out = ~cells.isin(rule.but).any(axis=1)
        if out.any():
            self.account.left_out[rule.because] += int(out.sum())
            self.rows = self.rows[~out.astype(bool)]

    def _one_row_per(self) -> None:
        keys = [heading for heading in self.part.one_row_per if heading in self.rows]
        if not keys:
            return
        rows = self.rows
        if self.part.last_by in rows:
            by = rows[self.part.last_by]
            numeric = pd.to_numeric(by, errors="coerce")
            rows = rows.iloc[(numeric if numeric.notna().all() else by).argsort(kind="stable")]
        kept = rows[~rows.duplicated(keys, keep="last")].sort_index(kind="stable")
        if len(rows) > len(kept):
            self.account.merged[f"earlier rows of the same {', '.join(keys)}"] += len(rows) - len(kept)
        self.rows = kept

    def _frame(self) -> pd.DataFrame:
        if not self.part.each:
            return self._read(self.part.columns, self.rows)
        frames = []
        n_before = len(self.rows)
        empty = n_items = 0
        missing: list[str] = []
        for item in self.part.each:
            read_by = [heading for column in item.values() for heading in column.headings]
            if read_by and not any(heading in self.rows for heading in read_by):
                missing.append(read_by[0])
                continue
            n_items += 1
            present = [heading for heading in read_by if heading in self.rows]
            blank = (
                self.rows[present].map(lambda text: not text or plain(text) in self.nulls).all(axis=1)
                if present
                else pd.Series(False, index=self.rows.index)
            )
            empty += int(blank.sum())
            frames.append(self._read({**self.part.columns, **item}, self.rows[~blank.astype(bool)]))
        if missing:
            self.notes.append(f"{self.sheet.file} does not have these items of the map: {', '.join(missing)}")
        if not frames:
            raise DataError(
                f"{self.sheet.file}: none of the items of the map is a column of the file. Found: {', '.join(list(self.sheet.headings.values())[:12])}"
            )
        self.account.reshaped[f"{n_items} items a row"] += n_before * (n_items - 1)
        if empty:
            self.account.left_out["empty answer"] += empty
        return pd.concat(frames)

    def _read(self, columns: Mapping[str, ColumnMap], rows: pd.DataFrame) -> pd.DataFrame:
        """Read every column of the map; faults of a row are kept in the column (fault) for later."""
        frame = pd.DataFrame({"(line)": rows.index}, index=rows.index)
        frame["(fault)"] = ""
        for heading in self.part.combine_by:
            frame[f"(by) {heading}"] = rows.get(heading, "")
        made = {}
        for name, column in columns.items():
            if name in self.options.set:
                column = replace(
                    column,
                    constant=self.options.set[name],
                    heading=(),
                    ask="",
                    latest=(),
                    join=(),
                    add=(),
                    made_of=(),
                    choices={},
                    times=None,
                )
            if column.made_of:
                made[name] = column
            else:
                self._read_one(name, column, rows, frame)
        for name, value in self.options.set.items():
            if name not in columns and (name in self.part.table.columns or name.startswith("x_")):
                self._read_one(name, ColumnMap(constant=value), rows, frame)
        for name, column in made.items():
            frame[name] = self._made(column, frame)
        return _within_scale(frame)

    def _read_one(self, name: str, column: ColumnMap, rows: pd.DataFrame, frame: pd.DataFrame) -> None:
        target = self.part.table.columns.get(name)
        values, heading = self._source(name, column, rows)
        if values is None:
            return
        where = f"{self.sheet.file}, {heading or name}"
        if (
            PERSONAL.fullmatch(plain(heading))
            and heading not in self.sheet.used
            and not column.hash
            and name not in ("text", "value_text")
        ):
            raise DataError(
                f"{where} looks personal and would enter {self.part.table.name} unhashed. Write `hash: email` (or phone, handle, id) at {name}, or leave it out."
            )
        nulls = self.nulls | frozenset(map(plain, column.nulls))
        if column.after:
            column = replace(column, reading="seconds")
        reading_target = None if column.after else target
        read = read_cells(values, column, reading_target, self._options_for(column), where, nulls)
        self.notes.extend(read.notes)
        texts = _added_to(frame[column.after], read.texts) if column.after and column.after in frame else read.texts
        frame[name] = texts.to_numpy()
        fault = read.faults.to_numpy()
        fresh = (fault != "") & (frame["(fault)"] == "").to_numpy()
        label = heading or name
        frame.loc[fresh, "(fault)"] = [
            f"{label}\t{value}\t{reason}" for value, reason in zip(values[fresh], fault[fresh], strict=True)
        ]

    def _options_for(self, column: ColumnMap) -> Options:
        zone = column.zone or self.vendor.zone
        return self.options if zone in ("", "account") else replace(self.options, timezone=zone)

    def _source(self, name: str, column: ColumnMap, rows: pd.DataFrame) -> tuple[pd.Series | None, str]:
        """The cells that a column is read from, and the vendor's heading; None when an optional column is not there."""
        if column.constant is not None:
            return pd.Series(column.constant, index=rows.index, dtype=object), ""
        if column.join:
            return self._joined(column, rows), ""
        if column.add:
            return self._sum(column, rows), ""
        if column.latest:
            return pd.Series(self._latest(column, rows), index=rows.index, dtype=object), ""
        present = [heading for heading in column.heading if heading in rows]
        if present:
            values = rows[present[0]]
            for heading in present[1:]:
                values = values.mask(values == "", rows[heading])
            return values, self.sheet.headings.get(present[0], present[0])
        for heading in column.heading:
            if heading == LINE:
                return pd.Series(rows.index.astype(str), index=rows.index, dtype=object), ""
            if heading == FILE:
                return pd.Series(self.sheet.file, index=rows.index, dtype=object), ""
        if column.ask:
            raise ArgumentError(f"{self.sheet.file} does not say {name}: {column.ask}. Give it with --set {name}=…")
        if column.default:
            return pd.Series("", index=rows.index, dtype=object), ""
        if name in self.part.table.required:
            raise DataError(
                f"{self.sheet.file}: {self.part.table.name} needs {name}, and there is no column {' or '.join(column.heading)}."
            )
        return None, ""

    def _joined(self, column: ColumnMap, rows: pd.DataFrame) -> pd.Series:
        joined: list[list[str]] = [[] for _ in range(len(rows))]
        whole = [True] * len(rows)
        for part in column.join:
            name, optional = part.removesuffix("?"), part.endswith("?")
            if part.startswith("="):
                cells = [part[1:]] * len(rows)
            elif name == LINE:
                cells = [str(line) for line in rows.index]
            elif name in rows:
                cells = [text if plain(text) not in self.nulls else "" for text in rows[name]]
            elif optional:
                continue
            else:
                raise DataError(f"{self.sheet.file}: there is no column `{name}`, which the map joins.")
            for position, cell in enumerate(cells):
                if cell:
                    joined[position].append(cell)
                elif not optional:
                    whole[position] = False
        return pd.Series(
            [column.by.join(parts) if ok else "" for parts, ok in zip(joined, whole, strict=True)],
            index=rows.index,
            dtype=object,
        )

    def _sum(self, column: ColumnMap, rows: pd.DataFrame) -> pd.Series:
        total = pd.Series([None] * len(rows), index=rows.index, dtype=object)
        for sign, headings in ((1, column.add), (-1, column.minus)):
            for heading in headings:
                if heading in rows:
                    part = self._numbers(rows[heading], heading)
                    total = pd.Series(
                        [a if b is None else (a or 0) + sign * b for a, b in zip(total, part, strict=True)],
                        index=rows.index,
                        dtype=object,
                    )
        return total.map(
            lambda number: (
                "" if number is None else numbers.written(Decimal(number)) if not isinstance(number, str) else number
            )
        )

    def _numbers(self, values: pd.Series, heading: str) -> list[Decimal | None]:
        return as_numbers(
            values, self.options, f"{self.sheet.file}, {self.sheet.headings.get(heading, heading)}", self.nulls
        )

    def _latest(self, column: ColumnMap, rows: pd.DataFrame) -> str:
        found: list[str] = []
        for heading in column.latest:
            if heading in rows:
                where = f"{self.sheet.file}, {self.sheet.headings.get(heading, heading)}"
                texts = read_cells(
                    self.sheet.rows[heading],
                    ColumnMap(reading="timestamp", form=column.form),
                    None,
                    self._options_for(column),
                    where,
                    self.nulls,
                ).texts
                found.extend(text for text in texts if text)
        return max(found, key=datetime.fromisoformat, default="")

    def _made(self, column: ColumnMap, frame: pd.DataFrame) -> pd.Series:
        parts = [frame[name] if name in frame else pd.Series("", index=frame.index) for name in column.made_of]
        joined = pd.concat(parts, axis=1).agg("\x1f".join, axis=1) if len(frame) else pd.Series(dtype=object)
        return joined.map(lambda text: hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]).astype(object)

    def _combined(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Put the lines of one thing together: named columns are added up, of the others the first filled cell counts."""
        keys = [f"(by) {heading}" for heading in self.part.combine_by]
        if not keys or frame.empty:
            return frame
        groups = frame.groupby(keys, sort=False)
        rows = []
        for _, group in groups:
            row = {name: _first(group[name]) for name in frame.columns}
            row["(line)"] = group["(line)"].iloc[0]
            for name, how in self.part.combine.items():
                if name in frame:
                    row[name] = _summed(group[name], how)
            rows.append(row)
        self.account.merged["further lines of the same " + ", ".join(self.part.combine_by)] += len(frame) - len(rows)
        self.account.merged = +self.account.merged
        return pd.DataFrame(rows, columns=frame.columns, dtype=object)

    def _without_faults(self, frame: pd.DataFrame) -> pd.DataFrame:
        for name in self.part.table.required:
            if name not in frame:
                raise DataError(
                    f"{self.sheet.file}: {self.part.table.name} needs {name}, and the map says nothing about it. Add it under `columns:`, or give --set {name}=…"
                )
            empty = (frame[name] == "") & (frame["(fault)"] == "")
            frame.loc[empty, "(fault)"] = f"{name}\t\tis empty"
        faulty = frame["(fault)"] != ""
        for line, fault in zip(frame.loc[faulty, "(line)"], frame.loc[faulty, "(fault)"], strict=True):
            column, value, reason = (
                fault.split("\t", 1)[0],
                fault.split("\t", 1)[1].rsplit("\t", 1)[0],
                fault.rsplit("\t", 1)[1],
            )
            self._reject(line, column, value, reason)
        return frame[~faulty.astype(bool)]

    def _without_duplicates(self, frame: pd.DataFrame) -> pd.DataFrame:
        data = [name for name in frame.columns if not name.startswith("(")]
        keys = [name for name in self.part.table.key if name in frame]
        same = frame.duplicated(data)
        if same.any():
            self.account.merged["the same row again"] += int(same.sum())
            frame = frame[~same]
        conflicts = frame.duplicated(keys)
        if conflicts.any():
            for line in frame.loc[conflicts, "(line)"]:
                self._reject(line, ", ".join(keys), "", "stands in an earlier row with other values")
            frame = frame[~conflicts]
        return frame

    def _compare(self, frame: pd.DataFrame) -> None:
        for check in self.part.checks:
            if check.heading in self.rows and not frame.empty:
                self.notes.append(compare_check(check, self.rows, frame, self.options, self.sheet))

    def _unused(self) -> tuple[list[str], list[str]]:
        used = set(self.sheet.used) | {
            heading
            for columns in (self.part.columns, *self.part.each)
            for column in columns.values()
            for heading in column.headings
        }
        used |= (
            {check.heading for check in self.part.checks}
            | set(self.part.combine_by)
            | set(self.part.one_row_per)
            | {self.part.last_by}
        )
        used |= {heading for rule in self.part.leave_out for heading in rule.where} | {
            ours for on in self.part.lookup.values() for ours in on.values()
        }
        if self.part.totals:
            used |= {*self.part.totals.blank, *self.part.totals.sums, *self.part.totals.means}
        rest = [name for name in self.sheet.rows.columns if name not in used]
        personal = [name for name in rest if name in self.vendor.drop or PERSONAL.fullmatch(name.rpartition(".")[2])]
        return [self.sheet.headings[name] for name in rest if name not in personal], [
            self.sheet.headings[name] for name in personal
        ]


def _within_scale(frame: pd.DataFrame) -> pd.DataFrame:
    """An answer outside the scale of its item is a fault: the scale is wrong, or the column."""
    if {"value_num", "scale_min", "scale_max"} <= set(frame.columns):
        cells = zip(frame["value_num"], frame["scale_min"], frame["scale_max"], frame["(fault)"], strict=True)
        frame["(fault)"] = [
            fault or (f"value_num\t{value}\tis outside the scale" if value and not _between(value, low, high) else "")
            for value, low, high, fault in cells
        ]
    return frame


def _between(value: str, low: str, high: str) -> bool:
    return Decimal(low or "-Infinity") <= Decimal(value) <= Decimal(high or "Infinity")


def _added_to(starts: pd.Series, seconds: pd.Series) -> pd.Series:
    def add(start: str, more: str) -> str:
        if not start or not more:
            return ""
        return (datetime.fromisoformat(start) + timedelta(seconds=float(more))).isoformat()

    return pd.Series(
        [add(start, more) for start, more in zip(starts, seconds, strict=True)], index=seconds.index, dtype=object
    )


def _first(values: pd.Series) -> str:
    return next((value for value in values if value != ""), "")


def _summed(values: pd.Series, how: str) -> str:
    filled = [value for value in values if value != ""]
    if not filled or how in ("first", "last"):
        return (filled[-1] if how == "last" else filled[0]) if filled else ""
    try:
        found = [Decimal(value) for value in filled]
    except InvalidOperation:
        return min(filled) if how == "min" else max(filled)
    return numbers.written(sum(found, Decimal(0)) if how == "sum" else min(found) if how == "min" else max(found))
