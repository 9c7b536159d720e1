"""One sheet on its way to one contract table, step by step, every row accounted for."""

import re
from collections import Counter
from decimal import Decimal, InvalidOperation

import pandas as pd

from cxkit.errors import DataError
from cxkit.importers import numbers
from cxkit.importers.account import Account, Result
from cxkit.importers.columns import FAULT, LINE, PERSONAL, ColumnReader
from cxkit.importers.compare import compare_check, compare_totals
from cxkit.importers.form import Leave, TableMap, VendorMap
from cxkit.importers.options import Options
from cxkit.importers.read import Sheet, plain
from cxkit.importers.readers import shown


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
        self.nulls = frozenset(map(plain, vendor.nulls))
        self.reader = ColumnReader(part.table, sheet, options, vendor.zone, self.nulls, list(sheet.notes))
        self.notes = self.reader.notes
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
        for line, total in self.rows[is_total].iterrows():
            where = f"{self.sheet.file}, line {line}"
            try:
                self.notes.extend(compare_totals(total, rest, totals, self.options, where))
            except DataError as error:  # a row that is only compared does not stop an import
                self.notes.append(f"{where}, totals row: could not be compared: {error}")
        self.account.left_out["totals row"] += int(is_total.sum())
        self.account.left_out = +self.account.left_out
        self.rows = rest

    def _leave_out(self, rule: Leave) -> None:
        present = [heading for heading in rule.where if heading in self.rows]
        if not present:
            return
        cells = self.rows[present].map(plain)
        if rule.blank:
            out = cells.isin(["", *self.nulls]).all(axis=1)
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
            return self.reader.read(self.part.columns, self.rows)
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
            frames.append(self.reader.read({**self.part.columns, **item}, self.rows[~blank.astype(bool)]))
        if missing:
            self.notes.append(f"{self.sheet.file} does not have these items of the map: {', '.join(missing)}")
        if not frames:
            raise DataError(
                f"{self.sheet.file}: none of the items of the map is a column of the file. Found: {', '.join(list(self.sheet.headings.values())[:12])}"
            )
        self.account.reshaped[f"{n_items} items a row"] += n_before * (n_items - 1)
        if empty:
            self.account.left_out["empty answer"] += empty
        return pd.concat(frames).fillna("")

    def _combined(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Put the lines of one thing together: named columns are added up, of the others the first filled cell counts."""
        keys = [f"(by) {heading}" for heading in self.part.combine_by]
        if not keys or frame.empty:
            return frame
        frame = frame.assign(**{f"(by) {heading}": self.rows.get(heading, "") for heading in self.part.combine_by})
        groups = frame.groupby(keys, sort=False)
        filled = frame.mask(frame == "").assign(**{key: frame[key] for key in keys})
        rows = filled.groupby(keys, sort=False).first().fillna("").reset_index()[list(frame.columns)]
        rows[LINE] = groups[LINE].first().to_numpy()
        for name, how in self.part.combine.items():
            if name in frame:
                rows[name] = [_summed(values, how) for _, values in groups[name]]
        self.account.merged["further lines of the same " + ", ".join(self.part.combine_by)] += len(frame) - len(rows)
        self.account.merged = +self.account.merged
        return rows.astype({name: object for name in rows.columns if name != LINE})

    def _without_faults(self, frame: pd.DataFrame) -> pd.DataFrame:
        for name in self.part.table.required:
            if name not in frame:
                raise DataError(
                    f"{self.sheet.file}: {self.part.table.name} needs {name}, and the map says nothing about it. Add it under `columns:`, or give --set {name}=…"
                )
            empty = (frame[name] == "") & (frame[FAULT] == "")
            frame.loc[empty, FAULT] = f"{name}\t\tis empty"
        faulty = frame[FAULT] != ""
        for line, fault in zip(frame.loc[faulty, LINE], frame.loc[faulty, FAULT], strict=True):
            column, rest = fault.split("\t", 1)
            value, reason = rest.rsplit("\t", 1)
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
            for line in frame.loc[conflicts, LINE]:
                self._reject(line, ", ".join(keys), "", "stands in an earlier row with other values")
            frame = frame[~conflicts]
        return frame

    def _compare(self, frame: pd.DataFrame) -> None:
        for check in self.part.checks:
            if check.heading in self.rows and not frame.empty:
                try:
                    self.notes.append(compare_check(check, self.rows, frame, self.options, self.sheet))
                except DataError as error:  # a column that is only compared does not stop an import
                    self.notes.append(f"check: {check.heading} could not be compared: {error}")

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


def _summed(values: pd.Series, how: str) -> str:
    filled = [value for value in values if value != ""]
    if not filled or how in ("first", "last"):
        return (filled[-1] if how == "last" else filled[0]) if filled else ""
    try:
        found = [Decimal(value) for value in filled]
    except InvalidOperation:
        return min(filled) if how == "min" else max(filled)
    return numbers.written(sum(found, Decimal(0)) if how == "sum" else min(found) if how == "min" else max(found))
