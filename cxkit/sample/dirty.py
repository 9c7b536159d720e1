"""The dirty copy: the sample with the faults of `faults.yml` in it, and a file of that name beside the tables that says where.

Tables with faults that only text can hold become CSV. No row carries two faults, so counts add up. Faults of level `fault` are
rows (or a table) that break the contract; a `warning` stays in the data; a `note` tells the reader something.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxkit.sample.build import Sample
from cxkit.sample.company import stream, written_down
from cxkit.sample.write import write, write_csv, write_yaml

FAULTS: dict[str, dict[str, list[dict[str, Any]]]] = written_down("faults.yml")
MADE_OF_THE_ROW = {
    "open before delivery": lambda row: row["event_at"] - pd.Timedelta(days=30),
    "time without time zone": lambda row: row["ordered_at"][:19],
    "reference that leads nowhere": lambda row: "c-nobody-" + str(row["ticket_id"])[-3:],
    "delivered is not sent less bounces": lambda row: row["n_sent"],
    "direct identifier, not in the contract": lambda row: f"someone{row['customer_id'][2:]}@example.org",
}


@dataclass
class Dirt:
    """One table on its way to a file: its cells as text (CSV) or as they are (Parquet), and what was done to it."""

    table: str
    frame: pd.DataFrame
    rng: np.random.Generator
    faults: list[dict[str, Any]] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._order = self.rng.permutation(len(self.frame))
        self._used = np.zeros(len(self.frame), bool)

    def plant(
        self, kind: str, way: str = "changed", column: str = "", rows: float = 0, where: str = "",
        level: str = "fault", value: Any = None,
    ) -> None:  # fmt: skip
        """Do as an entry of `faults.yml` says, and put on record what was done to which rows."""
        chosen = self._rows(rows if rows >= 1 else int(rows * len(self.frame)), where)
        made = MADE_OF_THE_ROW.get(kind, lambda row: value)
        if way == "changed":
            for row in chosen:
                self.frame.loc[row, column] = made(self.frame.loc[row])
        elif way == "added":
            self.frame[column] = [made(row) for _, row in self.frame.iterrows()]
        elif way == "dropped":
            self.frame = self.frame.drop(columns=column)
        elif way == "lengthened":
            self.broken = chosen
        elif way == "copied":
            # The same to the last cell, or with one cell changed, and then neither can be trusted.
            copies = self.frame.loc[chosen].assign(**{column: value} if column else {})
            added = list(range(len(self.frame), len(self.frame) + len(chosen)))
            self.frame = pd.concat([self.frame, copies], ignore_index=True)
            chosen = [*chosen, *added] if column else added
        entry = {"table": self.table, "column": column, "kind": kind, "level": level, "count": len(chosen)}
        self.faults.append({**entry, "rows": chosen})

    def _rows(self, n: float, where: str) -> list[int]:
        """n rows without a fault so far, which meet the condition if there is one."""
        fit = ~self._used & np.asarray(self.frame.eval(where, engine="python"), bool) if where else ~self._used
        chosen = self._order[fit[self._order]][: int(n)]
        if len(chosen) < n:
            raise ValueError(f"{self.table}: no {n} rows left for this fault")
        self._used[chosen] = True
        return sorted(chosen.tolist())

    def located(self, file: str, first: int) -> list[dict[str, Any]]:
        """The record with rows (from 0) as lines of the file."""
        out = []
        for fault in self.faults:
            lines = [row + first for row in fault.pop("rows")]
            out.append({**fault, "file": file, **({"lines": lines} if lines else {})})
        return out


def write_dirty(sample: Sample, folder: Path) -> list[dict[str, Any]]:
    """Write the sample with faults, and the list of them.

    Returns
    -------
    list of dict
        What stands in `faults.yml`: table, column, kind, level, count, file, and the line (CSV, the header is line 1) or row
        (Parquet, from 1) of each.
    """
    rng = stream(sample.truth["seed"], "dirty")
    left = {name: frame for name, frame in sample.tables.items() if name not in FAULTS["csv"]}
    found: list[dict[str, Any]] = []
    for name in FAULTS["parquet"]:
        dirt = _dirtied(name, left[name].copy(), "parquet", rng)
        left[name] = dirt.frame
        found += dirt.located(f"{name}.parquet", first=1)
    settings = {**sample.settings, "on_faults": "reject"}
    write(replace(sample, tables=left, settings=settings), folder)
    for name in FAULTS["csv"]:
        path = folder / f"{name}.csv"
        write_csv(sample.tables[name], name, path)
        dirt = _dirtied(name, pd.read_csv(path, dtype=str, keep_default_na=False), "csv", rng)
        dirt.frame.to_csv(path, index=False, lineterminator="\n")
        _lengthen(dirt.broken, path)
        found += dirt.located(path.name, first=2)
    write_yaml({"seed": sample.truth["seed"], "faults": found}, folder / "faults.yml")
    return found


def _dirtied(table: str, frame: pd.DataFrame, file: str, rng: np.random.Generator) -> Dirt:
    dirt = Dirt(table, frame, rng)
    for entry in FAULTS[file][table]:
        dirt.plant(**entry)
    return dirt


def _lengthen(rows: list[int], path: Path) -> None:
    """Give the chosen lines more fields than the header has."""
    lines = path.read_text(encoding="utf-8").split("\n")
    for row in rows:
        lines[row + 1] += ",stray,fields"
    path.write_text("\n".join(lines), encoding="utf-8")
