"""The tables of a data set as they were supplied: each checked when first asked for, people who may not be analysed left out."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import pandas as pd

from cxkit.contract import tables
from cxkit.dataset.check.clean import clean_rows, is_read_in_place, kept_rows
from cxkit.dataset.check.raw import Raw
from cxkit.dataset.check.result import Checked
from cxkit.dataset.check.table import REJECT_HINT, check
from cxkit.dataset.consent import REASONS, WITHHELD, is_withheld, whose, withheld_ids
from cxkit.dataset.files import read_parts, sha256, states
from cxkit.dataset.recall import recall
from cxkit.dataset.settings import Settings
from cxkit.engine.duckdb import Engine
from cxkit.errors import DataError


class Supplied:
    """Tables by name, in the order of the contract.

    Parameters
    ----------
    given : dict of table to files or a frame
    settings_file : Path, optional
        Where the settings stand: figures follow from it too.
    """

    def __init__(
        self,
        given: Mapping[str, list[Path] | pd.DataFrame],
        engine: Engine,
        settings: Settings,
        settings_file: Path | None = None,
    ) -> None:
        self._given = {name: given[name] for name in tables() if name in given}
        self._engine = engine
        self._settings = settings
        self._checked: dict[str, Checked] = {}
        self._withheld: bool | None = None
        self._files = {name: one for name, one in self._given.items() if isinstance(one, list)}
        if settings_file:
            self._files[settings_file.name] = [settings_file]

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def checked(self, table: str) -> Checked:
        """What the check of a table found; it runs once."""
        if table not in self._checked:
            raw = self._raw(table)
            known = recall(self.origin, raw)
            self._checked[table] = known or check(raw)
            if not known:
                self._withhold(self._checked[table])
        return self._checked[table]

    def all_checked(self) -> list[Checked]:
        """What the check of each table found."""
        return [self.checked(name) for name in self]

    def rows(self, table: str) -> tuple[str, bool]:
        """SQL for the rows that analyses see (none of a table that was not supplied), and whether each query may read them in place."""
        checked = self.checked(table) if table in self else None
        if checked and checked.withheld:
            self._has_withheld()
        return clean_rows(tables()[table], checked, self._settings), is_read_in_place(checked)

    @cached_property
    def origin(self) -> str:
        """What all that is counted follows from: settings, and files with their places, sizes and times. Empty where a table is a frame."""
        if any(isinstance(one, pd.DataFrame) for one in self._given.values()):
            return ""
        return repr((self._settings, {name: states(files) for name, files in self._files.items()}))

    def hashes(self) -> dict[str, dict[str, str]]:
        """SHA-256 of every input, by table and file name."""
        hashes = {name: sha256(paths) for name, paths in self._files.items()}
        for name, frame in self._given.items():
            if isinstance(frame, pd.DataFrame):
                content = pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()
                head = ",".join(map(str, frame.columns)).encode()
                hashes[name] = {"DataFrame": hashlib.sha256(head + content).hexdigest()}
        return hashes

    def stop_at_faults(self, names: Iterable[str]) -> None:
        """Check tables.

        Raises
        ------
        DataError
            With every fault of every one of them.
        """
        faults: dict[str, list[str]] = {}
        wanted = set(names)
        for name in (name for name in self if name in wanted):
            try:
                faults[name] = self.checked(name).faults
            except DataError as error:
                faults[name] = [str(error)]
        if told := [fault for found in faults.values() for fault in found]:
            raise DataError("\n\n".join(filter(None, [*told, self.way_out(faults)])))

    def way_out(self, faults: Mapping[str, list[str]]) -> str:
        """How to go on without mending, by the faults of each table: without rows, or without a table where others are sound."""
        ways = []
        may_reject = self._settings.on_faults == "stop"
        if may_reject and any(" rows " in fault for found in faults.values() for fault in found):
            ways.append(REJECT_HINT)
        is_one_sound = any(not faults.get(name, [""]) for name in self)
        for name, given in self._given.items() if is_one_sound else ():
            if faults.get(name) and isinstance(given, list) and not self._settings.database:
                entry = given[0].name if len(given) == 1 else given[0].parent.name
                ways.append(
                    f"To go on without `{name}`, rename {entry} to _{entry}: what needs the table is then off, and says so."
                )
        return "\n".join(ways)

    def _raw(self, table: str) -> Raw:
        given = self._given[table]
        if isinstance(given, list):
            return Raw(self._engine, self._settings, tables()[table], tuple(read_parts(given)))
        self._engine.register(f"_frame_{table}", given)
        return Raw(self._engine, self._settings, tables()[table], (), f"_frame_{table}")

    def _withhold(self, checked: Checked) -> None:
        """Count the rows of people who may not be analysed; `clean_rows` leaves them out."""
        columns = whose(checked.raw.table, checked.types)
        if checked.faults or not columns or not self._has_withheld():
            return
        counts = [f"count(*) filter (where {is_withheld(columns, reason)})" for reason in REASONS]
        found = self._engine.row(f"select {', '.join(counts)} from {kept_rows(checked)}")
        checked.withheld = {reason: n for reason, n in zip(REASONS, found, strict=True) if n}

    def _has_withheld(self) -> bool:
        """Whether anybody may not be analysed; puts their ids into the engine once."""
        if self._withheld is None:
            self._withheld = False
            known = [name for name in ("customers", "identities") if name in self]
            people = {name: checked for name in known if not (checked := self.checked(name)).faults}
            if "customers" in people and {"consent_analytics", "erased_at", "customer_type"} & set(
                people["customers"].filled
            ):
                self._engine.create_table(WITHHELD, withheld_ids(*map(kept_rows, people.values())))
                self._withheld = self._engine.row(f"select count(*) from {WITHHELD}")[0] > 0
                for checked in people.values():
                    self._withhold(checked)
        return self._withheld
