"""Fetch tables from a database into a private folder of files, from where they are checked and read like any others.

PostgreSQL comes through its own COPY as text, MySQL and MariaDB as the text that the server sends, SQLite through Python's driver, a
DuckDB file through the engine. Queries only read. The engine's own extensions for other databases are not used: they cannot be fetched
when the kit runs.
"""

import csv
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cxkit.contract import tables
from cxkit.engine.duckdb import Engine, EngineError, quoted
from cxkit.errors import ArgumentError, DataError, did_you_mean


def fetch_tables(database: str, queries: Mapping[str, str], folder: Path, beside: Path) -> dict[str, list[Path]]:
    """Write each table of the contract that a database has to a file in `folder`.

    Parameters
    ----------
    database : str
        `postgresql://user@host/name`, `mysql://user@host/name` (MariaDB too), `sqlite:///file.db`, or the path of a DuckDB file; paths
        are relative to `beside`. A password is better left to PGPASSWORD, ~/.pgpass or ~/.my.cnf than written into a settings file.
    queries : mapping of table to table name or `select …`
        Where a contract table comes from; without it, the tables that have its name.

    Raises
    ------
    DataError
        A database of another kind, one that cannot be opened, a query that it refuses, or no table of the contract in it.
    """
    scheme = urlsplit(database).scheme if "://" in database else ""
    if unknown := [name for name in queries if name not in tables()]:
        raise DataError(f"`queries`: no table is called `{unknown[0]}`.{did_you_mean(unknown[0], tables())}")
    if scheme in ("postgresql", "postgres"):
        found = _from_postgresql(database, queries, folder)
    elif scheme in ("mysql", "mariadb"):
        found = _from_mysql(database, queries, folder)
    elif scheme == "sqlite":
        found = _from_sqlite(_file(beside, database.removeprefix("sqlite:///")), queries, folder)
    elif not scheme:
        found = _from_duckdb(_file(beside, database), queries, folder)
    else:
        raise DataError(
            f"`database`: {scheme}:// cannot be read. Known are postgresql://, mysql://, sqlite:/// and the path of a DuckDB file. "
            "From others export the tables as CSV or Parquet."
        )
    if not found:
        raise DataError(
            f"`database`: has no table of the contract. Name where they come from, such as `queries: {{orders: select … from shop_orders}}`; "
            f"tables are {', '.join(tables())}."
        )
    return found


def _from_postgresql(url: str, queries: Mapping[str, str], folder: Path) -> dict[str, list[Path]]:
    try:
        import psycopg
    except ImportError:
        raise DataError("`database`: PostgreSQL needs the package psycopg: pip install 'psycopg[binary]'.") from None
    try:
        with psycopg.connect(url, connect_timeout=10) as connection, connection.cursor() as cursor:
            connection.read_only = True
            cursor.execute("set time zone 'UTC'; set datestyle = 'ISO'")
            names = cursor.execute(
                "select table_name from information_schema.tables where table_schema = any(current_schemas(false))"
            ).fetchall()
            found = {}
            for table, query in _selected(queries, {name for (name,) in names}).items():
                cursor.execute(f"select * from ({query}) as rows limit 0")
                columns = ", ".join(
                    f"{quoted(column.name)}::text as {quoted(column.name)}" for column in cursor.description or ()
                )
                found[table] = [folder / f"{table}.csv"]
                copy = f"copy (select {columns} from ({query}) as rows) to stdout (format csv, header)"
                with found[table][0].open("wb") as file, cursor.copy(copy) as lines:
                    for line in lines:
                        file.write(line)
    except psycopg.Error as error:
        raise DataError(f"`database`: PostgreSQL says: {str(error).strip().splitlines()[0]}.") from None
    return found


def _from_mysql(url: str, queries: Mapping[str, str], folder: Path) -> dict[str, list[Path]]:
    import pymysql
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions
    from pymysql.cursors import SSCursor

    as_sent = {kind: convert for kind, convert in conversions.items() if not isinstance(kind, int)}  # cells stay text
    try:
        connection = pymysql.connect(**_mysql_login(url), charset="utf8mb4", conv=as_sent, cursorclass=SSCursor)
        try:
            cursor = connection.cursor()
            cursor.execute("set time_zone = '+00:00'")
            cursor.execute("start transaction with consistent snapshot, read only")
            cursor.execute("select table_name from information_schema.tables where table_schema = database()")
            names = {name for (name,) in cursor.fetchall()}
            found = {}
            for table, query in _selected(queries, names, quote=lambda name: f"`{name.replace('`', '``')}`").items():
                cursor.execute(query)
                columns = [column[0] for column in cursor.description]
                instants = {n for n, column in enumerate(cursor.description) if column[1] == FIELD_TYPE.TIMESTAMP}
                rows = (
                    [cell + "Z" if n in instants and cell else cell for n, cell in enumerate(row)] for row in cursor
                )
                found[table] = [_written(folder, table, columns, rows)]
        finally:
            connection.close()
    except pymysql.MySQLError as error:
        raise DataError(f"`database`: MySQL says: {error.args[-1]}.") from None
    return found


def _mysql_login(url: str) -> dict[str, Any]:
    """What to connect with: from the address, else from ~/.my.cnf, where people keep passwords."""
    parts, options = urlsplit(url), parse_qs(urlsplit(url).query)
    told = {
        "host": parts.hostname, "port": parts.port, "user": parts.username and unquote(parts.username),
        "password": parts.password and unquote(parts.password), "database": unquote(parts.path.strip("/")),
        "unix_socket": options.get("unix_socket", [""])[0],
    }  # fmt: skip
    own = Path("~/.my.cnf").expanduser()
    return {name: value for name, value in told.items() if value} | {
        "connect_timeout": 10, "read_default_file": str(own) if own.is_file() else None,
    }  # fmt: skip


def _from_sqlite(path: Path, queries: Mapping[str, str], folder: Path) -> dict[str, list[Path]]:
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            names = connection.execute("select name from sqlite_master where type in ('table', 'view')").fetchall()
            found = {}
            for table, query in _selected(queries, {name for (name,) in names}).items():
                rows = connection.execute(query)
                found[table] = [_written(folder, table, [column[0] for column in rows.description], rows)]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise DataError(f"{path.name}: SQLite says: {error}.") from None
    return found


def _written(folder: Path, table: str, columns: list[str], rows: Iterable[Iterable[object]]) -> Path:
    """The CSV file of a table. MySQL and SQLite know no booleans: 1 and 0 (or a bit) in a column that the contract calls one."""
    known = tables()[table].columns
    truths = {place for place, name in enumerate(columns) if name in known and known[name].type == "boolean"}
    words: dict[object, str] = {1: "true", "1": "true", b"\1": "true", 0: "false", "0": "false", b"\0": "false"}
    path = folder / f"{table}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([words.get(cell, cell) if place in truths else cell for place, cell in enumerate(row)])
    return path


def _from_duckdb(path: Path, queries: Mapping[str, str], folder: Path) -> dict[str, list[Path]]:
    engine = Engine()
    try:
        engine.attach(path, "other")
        names = engine.query("select table_name from information_schema.tables where table_catalog = 'other'")
        found = {}
        for table, query in _selected(queries, set(names["table_name"])).items():
            found[table] = [folder / f"{table}.parquet"]
            engine.write_parquet(query, found[table][0])
    except (ArgumentError, EngineError) as error:
        raise DataError(f"{path.name}: the engine says: {str(error).splitlines()[0]}") from None
    finally:
        engine.close()
    return found


def _selected(queries: Mapping[str, str], names: set[str], quote: Callable[[str], str] = quoted) -> dict[str, str]:
    """A query for each table: as given, where only a name is given all of it, else the tables of that name."""
    chosen = queries or {name: name for name in tables() if name in names}
    return {
        table: given if " " in given.strip() else "select * from " + ".".join(map(quote, given.strip().split(".")))
        for table, given in chosen.items()
    }


def _file(beside: Path, name: str) -> Path:
    path = beside / Path(name).expanduser()
    if not path.is_file():
        near = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(f"`database`: there is no file {path.name}.{did_you_mean(path.name, near)}")
    return path
