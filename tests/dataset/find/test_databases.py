"""The same sample from files, from databases and over the net: the same figures, to the last byte, in whatever order the rows come."""

import functools
import http.server
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from needs import INITDB, MARIADBD

import cxkit as cx
from cxkit.areas import engagement
from cxkit.areas.value import orders
from cxkit.dataset.find.remote import download
from cxkit.dataset.source import Source
from cxkit.engine.duckdb import Engine, EngineError
from cxkit.errors import DataError
from cxkit.metric import catalogue

OCTOBER = cx.Period.parse("2026-10")
SAMPLE = Path(__file__).parents[3] / "data" / "sample"
METRICS = [engagement.SESSIONS, engagement.BOUNCE_RATE, engagement.AVG_SESSION_DURATION, *vars(orders).values()]
METRICS = [metric for metric in METRICS if isinstance(metric, cx.Metric)]
NAMES = ("customers", "identities", "events", "orders")
TYPES = {
    "postgresql": {"timestamp": "timestamptz", "boolean": "boolean", "decimal": "numeric", "float": "float8", "integer": "bigint", "date": "date"},
    "mysql": {"timestamp": "timestamp(6) null", "boolean": "boolean", "decimal": "decimal(18, 4)", "float": "double", "integer": "bigint", "date": "date"},
}  # fmt: skip


@pytest.fixture(scope="module")
def sample() -> Source:
    return cx.open_data(SAMPLE)


@pytest.fixture(scope="module")
def exported(sample, tmp_path_factory) -> Path:
    """The tables as CSV, with only the columns that the sample supplies, and the rows in another order."""
    folder = tmp_path_factory.mktemp("csv")
    for name in sample.tables.query("kind == 'table'").name:
        checked = sample.supplied[name].checked
        columns = [column for column in checked.raw.types if column in checked.raw.table.columns]
        kinds = {column: checked.raw.table.columns[column].type for column in columns}
        wanted = [f'"{c}_utc" as "{c}"' if kinds[c] == "timestamp" else f'"{c}"' for c in columns]
        frame = sample.sql(f"select {', '.join(wanted)} from {name} order by hash({', '.join(columns)})")
        for column in frame.select_dtypes("datetime"):
            frame[column] = (
                frame[column].dt.tz_localize("UTC") if kinds[column] == "timestamp" else frame[column].dt.date
            )
        for column in (column for column in columns if kinds[column] == "integer"):
            frame[column] = frame[column].astype("Int64")
        frame.to_csv(folder / f"{name}.csv", index=False)
    shutil.copy(SAMPLE / "dataset.yml", folder)
    return folder


def written(source: Source, metrics=METRICS) -> bytes:
    """Figures, intervals and tests as CSV, with every digit."""
    return cx.compare(source, metrics, OCTOBER, OCTOBER.previous()).to_csv(index=False).encode()


@pytest.fixture(scope="module")
def figures(sample) -> bytes:
    return written(sample)


def settings(sample: Source, **more) -> dict:
    covered = {
        name: dict(zip(("from", "to"), days, strict=True))
        for name, days in sample.settings.tables.items()
        if name in NAMES
    }
    stated = sample.settings
    return {"timezone": stated.timezone, "currency": stated.currency, "key_events": list(stated.key_events), "guests": stated.guests,
            "margin_share": stated.margin_share, "tables": covered, **more}  # fmt: skip


def columns(path: Path, sample: Source, types: dict[str, str], quote: str, text: str) -> str:
    known = sample.supplied[path.stem].checked.raw.table.columns
    header = path.read_text().split("\n", 1)[0].split(",")
    return ", ".join(f"{quote}{column}{quote} {types.get(known[column].type, text)}" for column in header)


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory):
    """A server of its own on a socket, run by an unprivileged user."""
    folder = Path(f"/tmp/cxkit-postgresql-{os.getpid()}")
    folder.mkdir(mode=0o700)
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    tools = Path(INITDB).parent
    run = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*as_user, tools / "initdb", "-D", folder / "data", "-A", "trust", "-U", "cx", "--no-sync"], **run)
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    control = [*as_user, tools / "pg_ctl", "-D", folder / "data", "-w"]
    subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], **run)
    yield f"postgresql://cx@/postgres?host={folder}"
    subprocess.run([*control, "-m", "immediate", "stop"], **run)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def mysql():
    """A MariaDB of its own on a socket."""
    folder = Path(f"/tmp/cxkit-mysql-{os.getpid()}")
    folder.mkdir(mode=0o700)
    options = ["--no-defaults", f"--datadir={folder / 'data'}", *(["--user=root"] if os.geteuid() == 0 else [])]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(
        ["mariadb-install-db", *options, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        **quiet,
    )
    running = subprocess.Popen(
        [MARIADBD, *options, f"--socket={folder / 'socket'}", "--skip-networking", "--local-infile=1", f"--pid-file={folder / 'pid'}",
         "--innodb-flush-log-at-trx-commit=0"],
        **quiet,
    )  # fmt: skip
    for _ in range(600):
        if (folder / "socket").exists():
            break
        time.sleep(0.05)
    yield folder / "socket"
    running.terminate()
    running.wait()
    shutil.rmtree(folder)


@pytest.mark.slow
@pytest.mark.needs("PostgreSQL")
def test_postgresql_and_files_give_the_same_metrics_csv(sample, exported, postgresql, tmp_path):
    import psycopg

    with psycopg.connect(postgresql) as connection:
        for path in sorted(exported.glob("*.csv")):
            table = "shop_orders" if path.stem == "orders" else path.stem
            connection.execute(f"create table {table} ({columns(path, sample, TYPES['postgresql'], chr(34), 'text')})")
            with connection.cursor().copy(f"copy {table} from stdin (format csv, header)") as copy:
                copy.write(path.read_bytes())
        connection.commit()
    queries = {path.stem: path.stem for path in exported.glob("*.csv")}
    queries |= {"customers": "public.customers", "orders": "select * from shop_orders where true"}
    shutil.copy(SAMPLE / "dataset.yml", tmp_path)
    source = cx.open_data(tmp_path, settings={"database": postgresql, "queries": queries})
    everything = list(catalogue().values())
    assert written(source, everything) == written(sample, everything)
    with pytest.raises(DataError, match="PostgreSQL says: relation"):
        cx.open_data(tmp_path, settings={"database": postgresql, "queries": {"orders": "no_such_table"}})


@pytest.mark.needs("MariaDB")
def test_mysql_and_files_give_the_same_figures(sample, exported, figures, mysql, tmp_path):
    import pymysql

    connection = pymysql.connect(unix_socket=str(mysql), user="root", local_infile=True, charset="utf8mb4")
    with connection.cursor() as cursor:
        cursor.execute(["create database shop", " use shop"][0])
        cursor.execute("use shop")
        cursor.execute("set time_zone = '+00:00', sql_mode = ''")
        for name in NAMES:
            path = exported / f"{name}.csv"
            cursor.execute(f"create table {name} ({columns(path, sample, TYPES['mysql'], '`', 'varchar(200)')})")
            header = path.read_text().split("\n", 1)[0].split(",")
            kinds = {column: sample.supplied[name].checked.raw.table.columns[column].type for column in header}
            read = {
                "boolean": "case @{0} when 'True' then 1 when 'False' then 0 end",
                "timestamp": "nullif(left(@{0}, 26), '')",
            }
            cells = ", ".join(f"`{c}` = {read.get(kinds[c], 'nullif(@{0}, {1})').format(c, repr(''))}" for c in header)
            cursor.execute(
                f"load data local infile '{path}' into table {name} character set utf8mb4 fields terminated by ',' "
                f"optionally enclosed by '\"' escaped by '' ignore 1 lines ({', '.join(f'@{c}' for c in header)}) set {cells}"
            )
    connection.commit()
    address = f"mysql://root@localhost/shop?unix_socket={mysql}"
    source = cx.open_data(tmp_path, settings=settings(sample, database=address))
    assert written(source) == figures
    connection.close()
    with pytest.raises(DataError, match=r"MySQL says: Table 'shop.no_such_table' doesn't exist"):
        cx.open_data(tmp_path, settings=settings(sample, database=address, queries={"orders": "no_such_table"}))


def test_sqlite_and_files_give_the_same_figures(sample, exported, figures, tmp_path):
    connection = sqlite3.connect(tmp_path / "shop.db")
    for name in NAMES:
        frame = pd.read_csv(exported / f"{name}.csv", dtype=str, keep_default_na=False).replace("", None)
        truths = [c for c in frame if sample.supplied[name].checked.raw.table.columns[c].type == "boolean"]
        frame[truths] = frame[truths].apply(lambda column: column.map({"True": 1, "False": 0}))
        frame.to_sql(name, connection, index=False)
    connection.close()
    source = cx.open_data(tmp_path, settings=settings(sample, database="sqlite:///shop.db"))
    assert written(source) == figures


def test_a_duckdb_file_and_files_give_the_same_figures(sample, figures, tmp_path):
    engine = Engine()
    engine._run(f"attach '{tmp_path / 'shop.duckdb'}' as shop")
    for name in NAMES:
        (file,) = SAMPLE.glob(f"{name}.*")
        engine._run(f"create table shop.{name} as from '{file}' order by hash(*columns(*))")
    engine.close()
    source = cx.open_data(tmp_path / "shop.duckdb", settings=settings(sample))
    assert written(source) == figures


def test_a_copied_data_set_is_the_data_set(tmp_path):
    """The copying itself, on addresses that need no extension; a table may be a folder of files."""
    there, here = tmp_path / "there", tmp_path / "here"
    (there / "orders").mkdir(parents=True)
    here.mkdir()
    for part in ("1", "2"):
        (there / "orders" / f"{part}.csv").write_text(f"order_id\n{part}\n")
    (there / "customers.csv").write_text("customer_id\na\n")
    (there / "dataset.yml").write_text("timezone: Europe/Rome\n")
    download(str(there), here)
    files = sorted(str(file.relative_to(here)) for file in here.rglob("*.*"))
    assert files == ["customers.csv", "dataset.yml", "orders/1.csv", "orders/2.csv"]
    assert all((here / file).read_bytes() == (there / file).read_bytes() for file in files)
    with pytest.raises(DataError, match="holds no table that can be read"):
        download(str(tmp_path / "nowhere"), here)


@pytest.mark.needs("DuckDB's httpfs")
def test_data_over_the_net_give_the_same_figures(figures):
    served = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(SAMPLE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), served) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        source = cx.open_data(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert written(source) == figures


@pytest.mark.parametrize(
    ("data", "database", "says"),
    [(".", "oracle://root@localhost/shop", "oracle:// cannot be read"), (".", "sqlite:///none.db", "no file none.db"),
     (".", "postgresql://nobody@localhost:1/none", "PostgreSQL says"), (".", "mysql://nobody@127.0.0.1:1/none", "MySQL says: Can't connect")],
)  # fmt: skip
def test_what_cannot_be_read_is_said(data, database, says, tmp_path):
    with pytest.raises(DataError, match=says):
        cx.open_data(tmp_path, settings={"database": database})


@pytest.mark.parametrize("address", ["s3://bucket/shop", "https://example.invalid/shop"])
def test_without_the_extension_it_is_said_how_to_install_it(address, monkeypatch):
    def refuse(*_):
        raise EngineError("Extension not found")

    monkeypatch.setattr(Engine, "load_extension", refuse)  # as on a machine without it, whatever this one has
    with pytest.raises(DataError, match=r"install httpfs"):
        cx.open_data(address)
