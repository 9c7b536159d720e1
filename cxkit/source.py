"""Open a data set: contract tables and views over files or frames, in SQL, loaded when first asked for."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from cxkit.check import REJECT_HINT, check
from cxkit.checked import Checked
from cxkit.clean import clean_rows, filled_in, is_read_in_place, kept_rows
from cxkit.consent import REASONS, WITHHELD, is_withheld, whose, withheld_ids
from cxkit.contract import tables
from cxkit.engine import Engine, EngineError
from cxkit.errors import ArgumentError, DataError, did_you_mean
from cxkit.files import find_files, read_parts, set_aside, sha256, states
from cxkit.naming import needed, shipped_views, words
from cxkit.once import once
from cxkit.quality import quality, rejects
from cxkit.raw import Raw
from cxkit.recall import recall
from cxkit.setting_tables import setting_tables
from cxkit.settings import Settings, check_settings, read_settings
from cxkit.supply import downloaded, fetched, frames, locate

SETTINGS_FILE = "dataset.yml"


def open_data(data: str | Path | Mapping[str, pd.DataFrame], settings: Mapping[str, Any] | None = None) -> "Source":
    """Open a data set.

    Parameters
    ----------
    data : path, address, or dict of table name to DataFrame
        A folder with `dataset.yml` and, for each table, one CSV or Parquet file named after it or a folder of such files; a DuckDB file; or
        an `https://` or `s3://` address of such a folder, which is copied first (see `cxkit.remote`).
        A relative path starts at the folder in the environment variable CXKIT_DATA, else at the working folder or the nearest
        folder above it that has such a folder.
    settings : dict, optional
        Settings as in `dataset.yml`, which they override.

    Returns
    -------
    Source

    Raises
    ------
    DataError
        No such folder, no table in it, unknown tables or settings. What the tables hold is checked when they are first used, or all
        at once by `Source.check`.

    Examples
    --------
    >>> orders = pd.DataFrame({
    ...     "order_id": ["1", "2"], "customer_id": ["a", "a"], "ordered_at": ["2026-01-01T10:00:00Z", "2026-02-01T10:00:00Z"],
    ...     "status": ["paid", "paid"], "net_amount": ["10.00", "5.50"], "currency": ["EUR", "EUR"]})
    >>> source = open_data({"orders": orders}, settings={"timezone": "Europe/Amsterdam"})
    >>> source.sql("select customer_id, count(*) as n, sum(net_amount) as total from orders group by all").values.tolist()
    [['a', 2, 15.5]]
    """
    if isinstance(data, Mapping):
        return Source(frames(data), check_settings(settings or {}), "DataFrames")
    folder = downloaded(str(data)) if "://" in str(data) else locate(Path(data))
    database = ""
    if folder.is_file() and folder.suffix in (".duckdb", ".ddb"):
        folder, database = folder.parent, folder.name
    path = folder / SETTINGS_FILE
    stated = read_settings(path) if path.is_file() else Settings()
    if settings:
        given = check_settings(settings)
        stated = Settings(**{**_fields(stated), **{name: _fields(given)[name] for name in settings}})
    database = database or stated.database
    found = find_files(folder, may_be_none=bool(database))
    in_database = fetched(database, stated, folder) if database else {}
    if twice := sorted(set(found) & set(in_database)):
        raise DataError(f"table `{twice[0]}` is there twice, as a file and in the database. Keep one of them.")
    found |= in_database
    source = Source(found, stated, folder.resolve().name)
    source._notes += [f"{name} is left aside, as its name begins with _" for name in set_aside(folder)]
    if path.is_file():
        source._hashed[SETTINGS_FILE] = [path]
    else:
        source._notes.append(
            f"no {SETTINGS_FILE}: days and hours are UTC, and each table covers its own first to last row"
        )
    return source


class Source:
    """A data set with its tables, views and settings. Made by `open_data`.

    Attributes
    ----------
    settings : Settings
        What `dataset.yml` says.
    name : str
        Name of the folder, without its path.
    """

    def __init__(self, supplied: Mapping[str, list[Path] | pd.DataFrame], settings: Settings, name: str) -> None:
        self.settings = settings
        self.name = name
        self._supplied = supplied
        self._engine = Engine(settings.timezone)
        for relation, frame in setting_tables(settings).items():
            self._engine.register(relation, frame)
        self._checked: dict[str, Checked] = {}
        self._withheld: bool | None = None
        self._views = dict(shipped_views())
        self._columns: dict[str, list[str]] = {}
        self._types: dict[str, dict[str, str]] = {}
        self._ready: set[str] = set()
        self._used: set[str] = set()
        self._notes: list[str] = []
        self._hashed: dict[str, list[Path]] = {
            table: given for table, given in supplied.items() if isinstance(given, list)
        }

    def sql(self, query: str, **parameters: Any) -> pd.DataFrame:
        """Run a query over tables and views.

        Parameters
        ----------
        query : str
            DuckDB SQL. Timestamps are in the reporting time zone, without offset.
        **parameters
            Values for `$name` in the query.

        Returns
        -------
        DataFrame
            Timestamps as datetime64[us], decimals as float64.

        Raises
        ------
        DataError
            A table that the query needs does not keep its contract.
        ArgumentError
            The query names a table or column that is not there, or cannot be read.
        """
        self._prepare(query)
        try:
            return self._engine.query(query, parameters)
        except ArgumentError as error:
            raise ArgumentError(f"{error}{self._hint(str(error))}") from None

    def columns(self, name: str) -> list[str]:
        """Column names of a table or view.

        Raises
        ------
        ArgumentError
            No table or view has that name.
        """
        if name not in tables() and name not in self._views:
            raise ArgumentError(f"no table or view is called `{name}`.{did_you_mean(name, [*tables(), *self._views])}")
        if name not in self._columns:
            self._prepare(name)
            self._columns[name] = list(self._engine.columns(name))
        return list(self._columns[name])

    def types(self, query: str) -> dict[str, str]:
        """Names of a query's columns and the engine's types of them; the query does not run."""
        if query not in self._types:
            self._prepare(query)
            self._types[query] = self._engine.columns(f"({query})")
        return self._types[query]

    def create_view(self, name: str, sql: str) -> None:
        """Register a query under a name. One that groups, orders or compares rows runs once, when first used; others each time.

        Raises
        ------
        ArgumentError
            The name is not a plain name, or a contract table's.
        """
        if not re.fullmatch("[a-z][a-z0-9_]*", name):
            raise ArgumentError(
                f"view {name!r}: expected a name of small letters, digits and _, such as loyal_customers."
            )
        if name in tables():
            raise ArgumentError(f"view `{name}`: a table of the contract has that name. Choose another.")
        self._views[name] = sql
        self._ready -= set(self._views)  # what was built on an older view of that name is built again
        self._columns.clear()
        self._types.clear()

    def has(self, table: str, column: str = "") -> bool:
        """Whether a table was supplied and, if asked, whether the column holds anything (or can be derived by a setting)."""
        if table not in tables():
            raise ArgumentError(f"unknown table `{table}`.{did_you_mean(table, tables())}")
        known = tables()[table].columns
        if column and column not in known and not column.startswith("x_"):
            raise ArgumentError(f"table `{table}` has no column `{column}`.{did_you_mean(column, known)}")
        if table not in self._supplied or not column:
            return table in self._supplied
        checked = self.checked(table)
        return column in checked.filled or (column in known and bool(filled_in(known[column].default, self.settings)))

    def coverage(self, table: str) -> tuple[date, date]:
        """First and last day, both included, that a table covers: as `dataset.yml` says, else of its rows and their `observed_until`.

        Raises
        ------
        ArgumentError
            The table has no row with a date, and `dataset.yml` does not say.
        """
        if table in self.settings.tables:
            return self.settings.tables[table]
        if not self.has(table):
            raise ArgumentError(f"table `{table}` is not in {self.name}.")
        checked = self.checked(table)
        if checked.first is None or checked.last is None:
            raise ArgumentError(
                f"table `{table}`: no row has a date; say in {SETTINGS_FILE} which period it covers (`tables:`)."
            )
        return checked.first, checked.last

    def in_utc(self, moment: date) -> pd.Timestamp:
        """A local day's beginning, or a local moment, in UTC and without zone, as columns that end in `_utc` are."""
        return (
            pd.Timestamp(moment)
            .tz_localize(self.settings.timezone, ambiguous=False, nonexistent="shift_forward")
            .tz_convert("UTC")
            .tz_localize(None)
        )

    @property
    def tables(self) -> pd.DataFrame:
        """What there is: name, kind (table or view), rows, first and last day; rows of a view that is kept are known once it was used."""
        rows: list[tuple] = []
        for name in tables():
            if name in self._supplied:
                checked = self.checked(name)
                rows.append((name, "table", checked.rows_used, checked.first, checked.last))
        for name in sorted(self._views):
            is_counted = name in self._ready and _is_kept(self._views[name])
            count = self._engine.row(f"select count(*) from {name}")[0] if is_counted else None
            rows.append((name, "view", count, None, None))
        return pd.DataFrame(rows, columns=["name", "kind", "rows", "first", "last"]).astype({"rows": "Int64"})

    @property
    def used(self) -> list[str]:
        """Names of the supplied tables that queries have used so far."""
        return [name for name in tables() if name in self._used]

    def check(self) -> None:
        """Check all supplied tables.

        Raises
        ------
        DataError
            With every fault of every table, each told with its count and first place.
        """
        self._stop_at_faults(self._supplied)

    @property
    def rejects(self) -> pd.DataFrame:
        """Rows that were left out: table, file, line (row for Parquet and frames, from 1), column, value, reason."""
        return rejects(self._all_checked())

    @property
    def quality(self) -> pd.DataFrame:
        """One row a table and reason: rows read, rows used, rows left out for the reason; notes have n_rejected 0."""
        return quality(self._all_checked(), self._notes)

    def _all_checked(self) -> list[Checked]:
        return [self.checked(name) for name in tables() if name in self._supplied]

    @cached_property
    def origin(self) -> str:
        """What all that is counted follows from: settings, and files with their places, sizes and times. Empty where a table is a frame."""
        if any(isinstance(given, pd.DataFrame) for given in self._supplied.values()):
            return ""
        return repr((self.settings, {name: states(files) for name, files in self._hashed.items()}))

    def data_hash(self) -> dict[str, dict[str, str]]:
        """SHA-256 of every input, by table and file name."""
        hashes = {name: sha256(paths) for name, paths in self._hashed.items()}
        for name, frame in self._supplied.items():
            if isinstance(frame, pd.DataFrame):
                content = pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()
                hashes[name] = {
                    "DataFrame": hashlib.sha256(",".join(map(str, frame.columns)).encode() + content).hexdigest()
                }
        return hashes

    def checked(self, table: str) -> Checked:
        """What the check of a supplied table found; it runs once."""
        if table not in self._checked:
            given = self._supplied[table]
            if isinstance(given, pd.DataFrame):
                self._engine.register(f"_frame_{table}", given)
                raw = Raw(self._engine, self.settings, tables()[table], (), f"_frame_{table}")
            else:
                raw = Raw(self._engine, self.settings, tables()[table], tuple(read_parts(given)))
            known = recall(self.origin, raw)
            self._checked[table] = known or check(raw)
            if not known:
                self._withhold(self._checked[table])
        return self._checked[table]

    def _withhold(self, checked: Checked) -> None:
        """Count the rows of people who may not be analysed; `clean` leaves them out."""
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
            known = [name for name in ("customers", "identities") if name in self._supplied]
            people = {name: checked for name in known if not (checked := self.checked(name)).faults}
            if "customers" in people and {"consent_analytics", "erased_at"} & set(people["customers"].filled):
                self._engine.create_table(WITHHELD, withheld_ids(*map(kept_rows, people.values())))
                self._withheld = self._engine.row(f"select count(*) from {WITHHELD}")[0] > 0
                for checked in people.values():
                    self._withhold(checked)
        return self._withheld

    def _stop_at_faults(self, names: Iterable[str]) -> None:
        faults: dict[str, list[str]] = {}
        wanted = set(names)
        for name in (name for name in tables() if name in wanted):
            try:
                faults[name] = self.checked(name).faults
            except DataError as error:
                faults[name] = [str(error)]
        if told := [fault for found in faults.values() for fault in found]:
            raise DataError("\n\n".join(filter(None, [*told, self.way_out(faults)])))

    def way_out(self, faults: Mapping[str, list[str]]) -> str:
        """How to go on without mending, by the faults of each table: without rows, or without a table where others are sound."""
        ways = []
        if self.settings.on_faults == "stop" and any(" rows " in fault for found in faults.values() for fault in found):
            ways.append(REJECT_HINT)
        is_one_sound = any(not faults.get(name, [""]) for name in self._supplied)
        for name, given in self._supplied.items() if is_one_sound else ():
            if faults.get(name) and isinstance(given, list) and not self.settings.database:
                entry = given[0].name if len(given) == 1 else given[0].parent.name
                ways.append(
                    f"To go on without `{name}`, rename {entry} to _{entry}: what needs the table is then off, and says so."
                )
        return "\n".join(ways)

    def _prepare(self, query: str) -> None:
        """Make the tables and views that a query names, and what those need."""
        names = needed(query, self._views)
        found = [name for name in tables() if name in names]
        asked = ["customers", *found] if found else []  # customers: who may not be analysed must be known
        self._stop_at_faults(name for name in asked if name in self._supplied)
        self._used.update(name for name in found if name in self._supplied)
        for name in (name for name in names if name not in self._ready):
            try:
                self._make(name)
            except ArgumentError as error:
                raise ArgumentError(f"view `{name}`: {error}") from None
            self._ready.add(name)

    def _make(self, name: str) -> None:
        """Give the engine a table or view."""
        if name in self._views:
            sql = self._views[name]
            is_kept = _is_kept(sql)
        else:
            checked = self._checked.get(name)
            if checked and checked.withheld:
                self._has_withheld()
            sql = clean_rows(tables()[name], checked, self.settings)
            is_kept = not is_read_in_place(checked)
        if not is_kept:
            self._engine.create_view(name, sql)
        elif file := self._kept(name, sql):
            self._engine.read_table(name, file)
        else:
            self._engine.create_table(name, sql)

    def _kept(self, name: str, sql: str) -> Path | None:
        """The file in which a run keeps the rows of a query, if it can."""
        if not self.origin:
            return None
        below = [self._views.get(one, "") for one in needed(sql, self._views)]
        digest = hashlib.sha256(repr((self.origin, sql, below)).encode()).hexdigest()
        try:
            return once(f"{name}-{digest[:16]}", lambda file: self._engine.write_table(name, sql, file))
        except (EngineError, OSError):  # such as a disk that is full: memory may do
            return None

    def _hint(self, message: str) -> str:
        missing = re.search(r"Table with name (\w+) does not exist", message)
        return did_you_mean(missing[1], [*tables(), *self._views]) if missing else ""


def _is_kept(view: str) -> bool:
    """Whether a view's rows are kept: one that goes row by row costs less where it stands than as a copy."""
    return bool({"group", "over", "distinct"} & set(words(view)))


def _fields(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in asdict(Settings())}
