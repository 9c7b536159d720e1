"""One checked table as analyses see it: all columns of the contract, in its types, without the rows that were left out."""

import re
from dataclasses import dataclass

import pandas as pd

from cxkit.contract import Column, Table
from cxkit.dataset.check.casts import ENGINE_TYPES
from cxkit.dataset.check.raw import extras, literals
from cxkit.dataset.check.result import Checked
from cxkit.dataset.find.settings import Settings
from cxkit.engine.duckdb import Engine, quoted

UTC = "_utc"  # `ordered_at` is local, `ordered_at_utc` the same instant in UTC


@dataclass(frozen=True)
class Clean:
    """A table and what its check found; `kept` is SQL for its rows without those that were rejected, `stays` is true for those that stay."""

    checked: Checked
    kept: str
    stays: str = "true"

    @property
    def rows(self) -> str:
        """SQL for the rows that analyses see."""
        raw = self.checked.raw
        values = [
            value
            for column in raw.table.columns.values()
            for value in _in_both_times(column, _value(self.checked, column))
        ]
        return f"select {', '.join([*values, *map(quoted, extras(raw.types))])} from {self.kept} where {self.stays}"

    @property
    def is_read_in_place(self) -> bool:
        """Whether each query reads the files themselves: Parquet without rejected rows. Everything else is read once and kept."""
        parts = self.checked.raw.parts
        is_parquet = bool(parts) and all(part.kind == "parquet" for part in parts)
        return is_parquet and _rejected(self.checked).empty and not _made_key(self.checked)

    def numbered(self, engine: Engine) -> str:
        """SQL for the rows that analyses see as they were supplied, with `_file_no` and `_row`."""
        kept = self.kept if len(_rejected(self.checked)) else f"({self.checked.raw.all_numbered(engine)})"
        return f"(select * from {kept} where {self.stays})"


def clean(checked: Checked, engine: Engine) -> Clean:
    """Leave out the rows that were rejected, which the engine is told."""
    raw, rejected = checked.raw, _rejected(checked)
    if rejected.empty:
        return Clean(checked, f"({raw.typed()})")
    name = f"_rejected_{raw.table.name}"
    engine.register(name, rejected)
    numbered = raw.all_numbered(engine)
    return Clean(
        checked, f"(select n.* from ({numbered}) n anti join {name} o on n._file_no = o.file_no and n._row = o.row)"
    )


def no_rows(table: Table) -> str:
    """SQL for a table that was not supplied."""
    values = [
        value
        for column in table.columns.values()
        for value in _in_both_times(column, f"null::{ENGINE_TYPES[column.type]}")
    ]
    return f"select {', '.join(values)} where false"


def _rejected(checked: Checked) -> pd.DataFrame:
    return checked.rejects.loc[checked.rejects["row"] >= 0, ["file_no", "row"]].astype("int64")


def _in_both_times(column: Column, value: str) -> list[str]:
    """Name a value; a timestamp twice, as days and hours are local and only UTC tells how long something took."""
    name = quoted(column.name)
    if column.type != "timestamp":
        return [f"{value} as {name}"]
    return [f"local_time({value}) as {name}", f"{value} as {quoted(column.name + UTC)}"]


def _value(checked: Checked, column: Column) -> str:
    if column.name in _made_key(checked):
        parts = ", ".join(f"{quoted(name)}::varchar" for name in checked.raw.table.key_from)
        same = ", ".join(quoted(name) for name in checked.raw.table.key_from)
        order = ", ".join(quoted(name) for name in sorted(checked.filled))
        return f"md5(concat_ws('|', {parts})) || '-' || row_number() over (partition by {same} order by {order})"
    if column.default and column.name not in checked.filled:
        return f"({filled_in(column.default, checked.raw.settings) or 'null'})::{ENGINE_TYPES[column.type]}"
    return quoted(column.name)


def _made_key(checked: Checked) -> tuple[str, ...]:
    """Key columns that are made from others because the source has none."""
    table = checked.raw.table
    return tuple(name for name in table.key if name not in checked.raw.types) if table.key_from else ()


def filled_in(default: str, settings: Settings) -> str:
    """Put settings into the SQL of a default; empty when one of them is not set.

    Examples
    --------
    >>> filled_in("net_amount * $margin_share", Settings(margin_share=0.4))
    'net_amount * 0.4'
    """
    for name in re.findall(r"\$(\w+)", default):
        value = getattr(settings, name)
        if value is None or value == ():
            return ""
        default = default.replace(f"${name}", f"({literals(value)})" if isinstance(value, tuple) else repr(value))
    return default
