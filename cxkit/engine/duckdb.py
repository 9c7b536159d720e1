"""DuckDB in process: the one module that knows the engine."""

import json
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from cxkit.errors import ArgumentError, CxError
from cxkit.run_context import this_run

# Nothing is fetched: extensions come with the wheel or not at all.
CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
    "force_compression": "uncompressed",  # tables in files live as long as a run
}
MEMORY = "600MB"
NO_CELL = "\x01no cell\x01"
# Sums of fractions that do not depend on the order of rows: each term is cut to 60 bits below a power of two that none exceeds,
# and whole numbers add up exactly. Whole terms stay whole.
EXACT_SUMS = """
create temp macro power_above(x) as coalesce(2.0 ** ceil(log2(nullif(max(abs(x)), 0))), 1.0);
create temp macro exact_sum(x, power) as sum(cast(x / power * 2.0 ** 60 as bigint)) * any_value(power) / 2.0 ** 60
"""


class EngineError(CxError):
    """The engine could not read or run something; the message is its own, shortened."""


class Engine:
    """A private DuckDB database in memory that spills to a folder of its own.

    Parameters
    ----------
    timezone : str
        The zone that the SQL function `local_time(utc)` turns naive timestamps in UTC into.
    memory_limit : str
        What is beyond it goes to the folder, so that ten million events can be had on any machine. A query that cannot run in it takes
        up to a quarter of what DuckDB would take, as several notebooks may run side by side.
    """

    def __init__(self, timezone: str = "UTC", memory_limit: str = MEMORY) -> None:
        spill = tempfile.mkdtemp(prefix="cxkit-")
        share = {"threads": str(threads)} if (threads := this_run().threads) else {}
        self._connection = duckdb.connect(config={**CONFIG, **share, "temp_directory": spill})
        self._finalizer = weakref.finalize(self, _close, self._connection, spill, os.getpid())
        self._made: dict[str, str] = {}
        self._connection.execute("set TimeZone = 'UTC'")
        with suppress(
            duckdb.InvalidInputException
        ):  # in a notebook without ipywidgets: there is no bar, and no setting
            self._connection.execute("set enable_progress_bar = false")
        self._connection.execute("set pandas_analyze_sample = 0")  # columns of Python objects are read as text
        self._most = _quarter(self._connection)
        self._connection.execute(f"set memory_limit = '{memory_limit}'")

        local = "utc" if timezone == "UTC" else f"timezone({literal(timezone)}, timezone('UTC', utc))"
        self._connection.execute(f"create temp macro local_time(utc) as {local}")
        self._connection.execute(EXACT_SUMS)

    def close(self) -> None:
        """Give memory and the spill folder back; happens by itself when the engine is no longer used."""
        self._finalizer()

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Run one statement; parameters are named `$name` in it. Timestamps come back as datetime64[us], decimals as float64."""
        return self._run(sql, parameters).df()

    def row(self, sql: str) -> tuple:
        """Return the only row of a query."""
        return self._run(sql).fetchall()[
            0
        ]  # all: the engine lists broken lines of CSV only when a result is read to its end

    def create_view(self, name: str, sql: str) -> None:
        """Name a query; it runs each time the name is used."""
        self._create("view", name, sql)

    def create_table(self, name: str, sql: str) -> None:
        """Run a query once and keep its rows under a name."""
        self._create("table", name, sql)

    def write_table(self, name: str, sql: str, file: Path) -> None:
        """Run a query once and keep its rows in a new DuckDB file."""
        self._run(f"attach {literal(str(file))} as {quoted(file.name)}")
        try:
            self._run(f"create table {quoted(file.name)}.{quoted(name)} as {sql}")
        finally:
            self._run(f"detach {quoted(file.name)}")

    def read_table(self, name: str, file: Path) -> None:
        """Have a table that `write_table` wrote under its name."""
        self._run(f"attach if not exists {literal(str(file))} as {quoted(file.name)} (read_only)")
        self._create("view", name, f"select * from {quoted(file.name)}.{quoted(name)}")

    def attach(self, file: Path, name: str) -> None:
        """Open a DuckDB file to read, and let queries name its tables first."""
        self._run(f"attach {literal(str(file))} as {quoted(name)} (read_only)")
        self._run(f"use {quoted(name)}")

    def load_extension(self, name: str) -> None:
        """Load an extension that is installed on this machine; nothing is fetched."""
        self._run(f"load {name}")

    def create_secret(self, kind: str, parts: Mapping[str, str]) -> None:
        """Let reads log in, such as to "s3" with key_id, secret and region; kept in memory alone."""
        told = "".join(f", {name} {literal(value)}" for name, value in parts.items())
        self._run(f"create or replace temporary secret (type {kind}{told})")

    @property
    def version(self) -> str:
        """DuckDB's own version."""
        return duckdb.__version__

    def write_parquet(self, sql: str, file: Path) -> None:
        """Write the rows of a query to a Parquet file."""
        self._run(f"copy ({sql}) to {literal(str(file))} (format parquet, compression zstd)")

    def drop(self, name: str) -> None:
        """Forget a table, such as one of broken lines that a scan of CSV made."""
        self._run(f"drop table if exists {quoted(name)}")

    def register(self, name: str, frame: pd.DataFrame) -> None:
        """Make a pandas frame readable under a name, without a copy."""
        self._connection.register(name, frame)

    def name_number(self, name: str, number: int) -> None:
        """Let SQL call a whole number by name: `name()`."""
        self._run(f"create temp macro {quoted(name)}() as {number:d}")

    def columns(self, relation: str) -> dict[str, str]:
        """Names and engine types of the columns of something that can stand after `from`."""
        return {row[0]: row[1] for row in self._run(f"describe select * from {relation}").fetchall()}

    def named(self, sql: str) -> tuple[str, ...]:
        """Tables and views that SQL reads, in small letters and each once; aliases and its own steps (`with`) are none.

        The engine's own parser tells, so that no dialect can differ. Of what it does not take apart (`pivot`, or what is no SQL)
        every word may be a name.

        Examples
        --------
        >>> Engine().named("with steps as (from Orders) select count(*) as events from steps")
        ('orders',)
        """
        if sql not in _NAMED:
            tree = json.loads(self.row(f"select json_serialize_sql({literal(sql)})")[0])
            _NAMED[sql] = tuple(dict.fromkeys(sorted(words(sql)) if tree["error"] else _reads(tree)))
        return _NAMED[sql]

    def _create(self, kind: str, name: str, sql: str) -> None:
        if name in self._made:
            self._run(f"drop {self._made.pop(name)} {quoted(name)}")
        self._run(f"create temp {kind} {quoted(name)} as {sql}")
        self._made[name] = kind

    def _run(self, sql: str, parameters: Mapping[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        given = dict(parameters) if parameters else None
        try:
            try:
                return self._connection.execute(sql, given)
            except duckdb.OutOfMemoryException:
                self._connection.execute(f"set memory_limit = '{self._most}'")
                return self._connection.execute(sql, given)
        except (duckdb.CatalogException, duckdb.BinderException, duckdb.ParserException) as error:
            raise ArgumentError(_first_words(error)) from None
        except duckdb.Error as error:
            raise EngineError(_first_words(error)) from None


def csv_scan(files: Sequence[Path], columns: Sequence[str], rejects: str = "") -> str:
    """Return SQL for a table of all-text `columns` and `_file`; broken lines go to the table named `rejects`, or are left out."""
    kinds = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    cells = ", ".join(f"nullif({quoted(column)}, '') as {quoted(column)}" for column in columns)
    broken = f"store_rejects = true, rejects_table = {literal(rejects)}, rejects_scan = {literal(rejects + '_scan')}"
    # Empty cells are made null here: where the reader does it, it lets lines pass that have more (empty) fields than the header.
    return (
        f"(select {cells}, _file from read_csv({_list(files)}, columns = {{{kinds}}}, auto_detect = false, header = true, delim = ',', "
        f"quote = '\"', escape = '\"', nullstr = '{NO_CELL}', filename = '_file', {broken if rejects else 'ignore_errors = true'}))"
    )


def parquet_scan(files: Sequence[Path]) -> str:
    """Return SQL for the rows of Parquet files and `_file`; columns are matched by name."""
    return f"read_parquet({_list(files)}, filename = '_file', union_by_name = true, hive_partitioning = false)"


def quoted(name: str) -> str:
    """Return a name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as SQL, in quotes that it cannot leave.

    Examples
    --------
    >>> literal("Joe's")
    "'Joe''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def _list(files: Sequence[Path]) -> str:
    return "[" + ", ".join(literal(_plain(file)) for file in files) + "]"


def _plain(file: Path) -> str:
    """Keep the engine from reading `*`, `?` and `[` in a file's name as a pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(file))


def _quarter(connection: duckdb.DuckDBPyConnection) -> str:
    """A quarter of the engine's own limit, which is 80 % of the machine."""
    shown = connection.execute("select current_setting('memory_limit')").fetchone()
    number, unit = str(shown[0] if shown else "4 GiB").split()
    return f"{float(number) / 4:.2f}{unit}"


def _first_words(error: Exception) -> str:
    """Cut the engine's hints about its own options off a message."""
    text = str(error).split("\nPossible fixes")[0].split("\n\nLINE")[0]
    return text.strip()


_NAMED: dict[str, tuple[str, ...]] = {}  # each text is parsed once


def words(sql: str) -> set[str]:
    """Every word of SQL, in small letters: whatever it reads is among them."""
    return set(re.findall(r"\w+", sql.lower()))


def keywords(sql: str) -> set[str]:
    """Words of the language in SQL, in small letters, without what stands in comments, texts and names.

    Examples
    --------
    >>> sorted(keywords("select 'over' from orders -- group"))
    ['from', 'select']
    """
    text = sql.encode()  # the engine counts bytes
    tokens = [*duckdb.tokenize(sql), (len(text), None)]
    return {
        text[begins:ends].decode().strip().lower()
        for (begins, kind), (ends, _) in pairwise(tokens)
        if kind == duckdb.token_type.keyword
    }


def _reads(node: Any, steps: frozenset[str] = frozenset()) -> Iterator[str]:
    """Tables and views below a node of a syntax tree, but for the steps of a `with` that it stands in."""
    if isinstance(node, list):
        for one in node:
            yield from _reads(one, steps)
    if not isinstance(node, dict):
        return
    if node.get("type") == "BASE_TABLE" and (name := node["table_name"].lower()) not in steps:
        yield name
    if node.get("type") == "RECURSIVE_CTE_NODE":  # the one kind of step that knows itself
        steps |= {node["cte_name"].lower()}
    for step in node.get("cte_map", {}).get("map", ()):
        yield from _reads(step["value"], steps)
        steps |= {step["key"].lower()}
    for key, below in node.items():
        if key != "cte_map":
            yield from _reads(below, steps)


_INHERITED: list[duckdb.DuckDBPyConnection] = []


def _close(connection: duckdb.DuckDBPyConnection, spill: str, opened_in: int) -> None:
    if os.getpid() != opened_in:
        # A fork inherits the engine without its threads; to close it, or to let it go, would wait for them for ever.
        _INHERITED.append(connection)
        return
    connection.close()
    shutil.rmtree(spill, ignore_errors=True)
