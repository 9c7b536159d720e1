"""One checked table as analyses see it: all columns of the contract, in its types, without the rows that were left out."""

import re

import pandas as pd

from cxkit.contract import Column, Table
from cxkit.dataset.check.casts import ENGINE_TYPES
from cxkit.dataset.check.raw import extras, literals
from cxkit.dataset.check.result import Checked
from cxkit.dataset.consent import is_withheld, whose
from cxkit.dataset.settings import Settings
from cxkit.engine.duckdb import quoted

UTC = "_utc"  # `ordered_at` is local, `ordered_at_utc` the same instant in UTC


def clean_rows(table: Table, checked: Checked | None, settings: Settings) -> str:
    """SQL for the table; without rows when it was not supplied."""
    if checked is None:
        columns = [
            value
            for column in table.columns.values()
            for value in _in_both_times(column, f"null::{ENGINE_TYPES[column.type]}")
        ]
        return f"select {', '.join(columns)} where false"
    values = [
        value
        for name, column in table.columns.items()
        for value in _in_both_times(column, _value(checked, column, settings))
    ]
    return f"select {', '.join([*values, *map(quoted, extras(checked.types))])} from {used_rows(checked)}"


def is_read_in_place(checked: Checked | None) -> bool:
    """Whether each query reads the files themselves: Parquet without rejected rows. Everything else is read once and kept."""
    if checked is None:
        return True
    parts = checked.raw.parts
    is_parquet = bool(parts) and all(part.kind == "parquet" for part in parts)
    return is_parquet and _rejected(checked).empty and not _made_key(checked)


def used_rows(checked: Checked, numbered: bool = False) -> str:
    """SQL for the rows that analyses see; if asked with `_file_no` and `_row`."""
    rows = kept_rows(checked, numbered)
    if checked.withheld:
        rows = f"(select * from {rows} where not {is_withheld(whose(checked.raw.table, checked.types))})"
    return rows


def kept_rows(checked: Checked, numbered: bool = False) -> str:
    """SQL for the rows of a table without those that were rejected."""
    raw, rejected = checked.raw, _rejected(checked)
    if rejected.empty and numbered:
        return f"({raw.all_numbered()})"
    if rejected.empty:
        return f"({raw.typed(raw.scan(), checked.types)})"
    name = f"_rejected_{raw.table.name}"
    raw.engine.register(name, rejected)
    return f"(select n.* from ({raw.all_numbered()}) n anti join {name} o on n._file_no = o.file_no and n._row = o.row)"


def _rejected(checked: Checked) -> pd.DataFrame:
    return checked.rejects.loc[checked.rejects["row"] >= 0, ["file_no", "row"]].astype("int64")


def _in_both_times(column: Column, value: str) -> list[str]:
    """Name a value; a timestamp twice, as days and hours are local and only UTC tells how long something took."""
    name = quoted(column.name)
    if column.type != "timestamp":
        return [f"{value} as {name}"]
    return [f"local_time({value}) as {name}", f"{value} as {quoted(column.name + UTC)}"]


def _value(checked: Checked, column: Column, settings: Settings) -> str:
    if column.name in _made_key(checked):
        parts = ", ".join(f"{quoted(name)}::varchar" for name in checked.raw.table.key_from)
        same = ", ".join(quoted(name) for name in checked.raw.table.key_from)
        order = ", ".join(quoted(name) for name in sorted(checked.filled))
        return f"md5(concat_ws('|', {parts})) || '-' || row_number() over (partition by {same} order by {order})"
    if column.default and column.name not in checked.filled:
        return f"({filled_in(column.default, settings) or 'null'})::{ENGINE_TYPES[column.type]}"
    return quoted(column.name)


def _made_key(checked: Checked) -> tuple[str, ...]:
    """Key columns that are made from others because the source has none."""
    table = checked.raw.table
    return tuple(name for name in table.key if name not in checked.types) if table.key_from else ()


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
