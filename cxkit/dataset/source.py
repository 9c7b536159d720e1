"""Open a data set: contract tables and views over files or frames, in SQL, loaded when first asked for."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from cxkit.contract import tables
from cxkit.dataset.check.raw import read
from cxkit.dataset.check.table import check
from cxkit.dataset.clean import Clean, clean, filled_in, no_rows
from cxkit.dataset.consent import name_withheld, who_is_withheld, withhold
from cxkit.dataset.faults import stop_at_faults
from cxkit.dataset.find.found import Found, fetch, find
from cxkit.dataset.find.settings import SETTINGS_FILE
from cxkit.dataset.kept import Memory
from cxkit.dataset.lazy import Lazy
from cxkit.dataset.naming import is_kept, needed, shipped_views
from cxkit.dataset.quality import quality, rejects
from cxkit.dataset.recall import recall
from cxkit.dataset.setting_tables import setting_tables
from cxkit.dataset.windows import WINDOWS
from cxkit.disclosure.strictest import opened
from cxkit.engine.duckdb import Engine, EngineError, words
from cxkit.engine.shared_views import once
from cxkit.errors import ArgumentError, did_you_mean


def open_data(data: str | Path | Mapping[str, pd.DataFrame], settings: Mapping[str, Any] | None = None) -> "Source":
    """Open a data set.

    Parameters
    ----------
    data : path, address, or dict of table name to DataFrame
        A folder with `dataset.yml` and, for each table, one CSV or Parquet file named after it or a folder of such files; a DuckDB file; or
        an `https://` or `s3://` address of such a folder, which is copied first (see `cxkit.dataset.find.remote`).
        A relative path starts at the working folder or the nearest folder above it that has such a folder. The environment variable
        CXKIT_DATA overrides that: it names the folder that the path, or its last part, starts from, or the data set's folder itself.
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
    found = find(data, settings or {})
    found = fetch(found)
    engine = Engine(found.settings.timezone)
    # From here on a table at a time, when it is first asked for.
    checked = Lazy(found.tables, lambda name: recall(found, name) or check(read(found, name, engine), engine))
    cleaned = Lazy(found.tables, lambda name: clean(checked[name], engine))
    is_anybody_withheld = cache(lambda: name_withheld(cleaned, engine))
    supplied = Lazy(found.tables, lambda name: withhold(cleaned[name], is_anybody_withheld, engine))
    return Source(found, engine, supplied)


class Source:
    """A data set with its tables, views and settings. Made by `open_data`.

    Attributes
    ----------
    found : Found
        Where it lies, and its files.
    settings : Settings
        What `dataset.yml` says.
    name : str
        Name of the folder, without its path.
    engine : Engine
        What answers queries.
    memo : Memory
        What was computed from the data, until a view changes.
    supplied : mapping of table to Clean
        The tables that were supplied and what their check found; each is checked when first asked for.
    """

    def __init__(self, found: Found, engine: Engine, supplied: Mapping[str, Clean]) -> None:
        self.found, self.settings, self.name = found, found.settings, found.name
        opened(found.settings.k)
        self.engine = engine
        self.supplied = supplied
        for relation, frame in setting_tables(found.settings).items():
            engine.register(relation, frame)
        for window, days in WINDOWS.items():
            engine.name_number(window, days)
        self._views = dict(shipped_views())
        self._types: dict[str, dict[str, str]] = {}
        self._ready: set[str] = set()
        self.memo = Memory()
        self._used: set[str] = set()

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
            return self.engine.query(query, parameters)
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
        return list(self.types(f"from {name}"))

    def types(self, query: str) -> dict[str, str]:
        """Names of a query's columns and the engine's types of them; the query does not run."""
        if query not in self._types:
            self._prepare(query)
            self._types[query] = self.engine.columns(f"({query})")
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
        self._types.clear()
        self.memo.clear()

    def has(self, table: str, column: str = "") -> bool:
        """Whether a table was supplied and, if asked, whether the column holds anything (or can be derived by a setting)."""
        if table not in tables():
            raise ArgumentError(f"unknown table `{table}`.{did_you_mean(table, tables())}")
        known = tables()[table].columns
        if column and column not in known and not column.startswith("x_"):
            raise ArgumentError(f"table `{table}` has no column `{column}`.{did_you_mean(column, known)}")
        if table not in self.supplied or not column:
            return table in self.supplied
        checked = self.supplied[table].checked
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
        checked = self.supplied[table].checked
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
        rows: list[tuple] = [
            (name, "table", table.checked.rows_used, table.checked.first, table.checked.last)
            for name, table in self.supplied.items()
        ]
        for name in sorted(self._views):
            is_counted = name in self._ready and is_kept(self._views[name])
            count = self.engine.row(f"select count(*) from {name}")[0] if is_counted else None
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
        stop_at_faults(self.found, self.supplied, self.supplied)

    @property
    def rejects(self) -> pd.DataFrame:
        """Rows that were left out: table, file, line (row for Parquet and frames, from 1), column, value, reason."""
        return rejects(table.checked for table in self.supplied.values())

    @property
    def quality(self) -> pd.DataFrame:
        """One row a table and reason: rows read, rows used, rows left out for the reason; notes have n_rejected 0."""
        return quality((table.checked for table in self.supplied.values()), self.found.notes)

    def _prepare(self, query: str) -> None:
        """Make the tables and views that a query reads, and what those need."""
        may_be_named = {*tables(), *self._views} & words(query)
        if may_be_named <= self._ready:  # to take the query apart would tell of nothing to make
            return
        names = needed(query, self._views, self.engine.named)
        found = [name for name in tables() if name in names]
        asked = [*who_is_withheld(self.supplied), *found] if found else []
        stop_at_faults(self.found, self.supplied, asked)
        self._used.update(name for name in found if name in self.supplied)
        for name in (name for name in names if name not in self._ready):
            try:
                self._make(name)
            except ArgumentError as error:
                raise ArgumentError(f"view `{name}`: {error}") from None
            self._ready.add(name)

    def _make(self, name: str) -> None:
        """Give the engine a table or view."""
        if name in self._views:
            sql, is_in_place = self._views[name], not is_kept(self._views[name])
        elif name in self.supplied:
            sql, is_in_place = self.supplied[name].rows, self.supplied[name].is_read_in_place
        else:
            sql, is_in_place = no_rows(tables()[name]), True
        if is_in_place:
            self.engine.create_view(name, sql)
        elif file := self._kept(name, sql):
            self.engine.read_table(name, file)
        else:
            self.engine.create_table(name, sql)

    def _kept(self, name: str, sql: str) -> Path | None:
        """The file in which a run keeps the rows of a query, if it can."""
        if not self.found.origin:
            return None
        below = [self._views.get(one, "") for one in needed(sql, self._views, self.engine.named)]
        digest = hashlib.sha256(repr((self.found.origin, sql, below)).encode()).hexdigest()
        try:
            return once(f"{name}-{digest[:16]}", lambda file: self.engine.write_table(name, sql, file))
        except (EngineError, OSError):  # such as a disk that is full: memory may do
            return None

    def _hint(self, message: str) -> str:
        missing = re.search(r"Table with name (\w+) does not exist", message)
        return did_you_mean(missing[1], [*tables(), *self._views]) if missing else ""
