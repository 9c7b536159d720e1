"""Cells of one column, from the vendor's text to the contract's: "1.234,50" to 1234.50, "85 %" to 0.85, "17/4/26 5 pm" to UTC.

Everything stays text, so that a 19-digit id or an amount never passes through a float.
"""

from dataclasses import dataclass, field

import pandas as pd

from cxkit.contract import Column
from cxkit.importers.form import ColumnMap
from cxkit.importers.options import Options
from cxkit.importers.read import plain
from cxkit.importers.readers import READERS, Cells

REJECT = "(reject)"


@dataclass
class Read:
    """One column read: canonical text per row, and the reason where a cell could not be read ("" where it could)."""

    texts: pd.Series
    faults: pd.Series
    notes: list[str] = field(default_factory=list)


def kind_of(column: ColumnMap, target: Column | None) -> str:
    """How the cells are read: what the map says, else what the contract's type says."""
    if column.hash:
        return "hash"
    if column.reading:
        return column.reading
    if target is None:
        return "text"
    if target.type == "string":
        return "id" if target.name.endswith("_id") else "text"
    if target.name.endswith("_s") and target.type == "float":
        return "seconds"
    return {"integer": "number", "float": "number", "decimal": "number"}.get(target.type, target.type)


def read_cells(
    values: pd.Series,
    column: ColumnMap,
    target: Column | None,
    options: Options,
    where: str,
    nulls: frozenset[str] = frozenset(),
) -> Read:
    """Read one column.

    Parameters
    ----------
    values : Series of str
        The vendor's cells; "" is empty.
    column : ColumnMap
        What the map says about them.
    target : Column or None
        The contract's column; None for a column of the user's own (x_…).
    options : Options
    where : str
        Names file and column in messages.
    nulls : set of plain texts
        What counts as empty besides the empty cell.

    Raises
    ------
    DataError
        The whole column cannot be decided (decimal sign, day and month), holds ids in scientific notation, values outside
        the contract's list, or e-mail addresses that the map does not hash.
    """
    unique = [text for text in pd.unique(values) if text and plain(text) not in nulls]
    unread = Cells(unique, column, target, options, where)
    read = READERS[kind_of(column, target)]
    if column.choices or column.otherwise is not None:
        chosen = {text: _chosen(text, column, target) for text in unique}
        unread.unique = [found for found in dict.fromkeys(chosen.values()) if found not in ("", REJECT)]
        inner = read(unread) | {"": ("", ""), REJECT: ("", "is not a value that the map knows")}
        readings = {text: inner[found] for text, found in chosen.items()}
    else:
        readings = read(unread)
    texts = values.map({text: found for text, (found, _) in readings.items()}).fillna("")
    faults = values.map({text: fault for text, (_, fault) in readings.items() if fault}).fillna("")
    if column.default:
        texts = texts.mask((texts == "") & (faults == ""), column.default)
    return Read(texts.astype(object), faults.astype(object), unread.notes)


def _chosen(text: str, column: ColumnMap, target: Column | None) -> str:
    """What the map makes of one value: its listed choice, itself where the contract allows it, or `otherwise`."""
    if plain(text) in column.choices:
        return column.choices[plain(text)]
    allowed = {plain(value): value for value in target.allowed} if target is not None else {}
    if column.otherwise is None or plain(text) in allowed:
        return allowed.get(plain(text), text)
    return column.otherwise.replace("{}", text)
