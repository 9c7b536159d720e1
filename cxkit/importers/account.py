"""The account of an import: where every row of a file went."""

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from cxkit.contract import Table


@dataclass
class Account:
    """Where the rows of one sheet went on the way to one table. It always adds up: see `balance`."""

    file: str
    table: str
    rows_read: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    reshaped: Counter[str] = field(default_factory=Counter)
    merged: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    rows_out: int = 0

    @property
    def balance(self) -> int:
        """0 when no row is lost: read + made by reshaping − left out − merged − rejected − out."""
        gone = sum(self.left_out.values()) + sum(self.merged.values()) + sum(self.rejected.values())
        return self.rows_read + sum(self.reshaped.values()) - gone - self.rows_out


@dataclass
class Result:
    """One contract table made from one sheet."""

    table: Table
    columns: tuple[str, ...]
    frame: pd.DataFrame
    account: Account
    rejects: list[tuple[str, str, int, str, str, str]]
    notes: list[str]
    unmapped: list[str]
    dropped: list[str]
