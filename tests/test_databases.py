"""The same sample from files and from databases: the same figures (sums of floats to twelve digits, as rows come in another order)."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pandas as pd
import pytest

import cxkit as cx
from cxkit.errors import DataError
from cxkit.metrics import engagement, orders
from cxkit.source import Source

OCTOBER = cx.Period.parse("2026-10")
SAMPLE = Path(__file__).parents[1] / "data" / "sample"
METRICS = [engagement.SESSIONS, engagement.BOUNCE_RATE, engagement.AVG_SESSION_DURATION, *vars(orders).values()]
METRICS = [metric for metric in METRICS if isinstance(metric, cx.Metric)]
NAMES = ("customers", "identities", "events", "orders")
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


@pytest.fixture(scope="module")
def sample() -> Source:
    return cx.open_data(SAMPLE)


@pytest.fixture(scope="module")
def exported(sample, tmp_path_factory) -> Path:
    """The three tables as CSV, with only the columns that the sample supplies."""
    folder = tmp_path_factory.mktemp("csv")
    for name in NAMES:
        checked = sample.checked(name)
        columns = ", ".join(f'"{column}"' for column in checked.types if column in checked.raw.table.columns)
        frame = sample.sql(f"select {columns} from {name}")
        for column in frame.select_dtypes("datetime"):
            frame[column] = sample.sql(f'select "{column}_utc" as t from {name}').t.dt.tz_localize("UTC") if (
                checked.raw.table.columns[column].type == "timestamp") else frame[column].dt.date  # fmt: skip
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def figures(source: Source) -> pd.DataFrame:
    return cx.compare(source, METRICS, OCTOBER, OCTOBER.previous())


def settings(sample: Source, **more) -> dict:
    covered = {name: dict(zip(("from", "to"), sample.settings.tables[name], strict=True)) for name in NAMES}
    stated = sample.settings
    return {"timezone": stated.timezone, "currency": stated.currency, "key_events": list(stated.key_events), "guests": stated.guests,
            "margin_share": stated.margin_share, "tables": covered, **more}  # fmt: skip


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory):
    """A server of its own on a socket, run by an unprivileged user."""
    if not BINARIES:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    folder = Path(f"/tmp/cxkit-postgresql-{os.getpid()}")
    folder.mkdir(mode=0o700)
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    tools = BINARIES[-1].parent
    run = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*as_user, tools / "initdb", "-D", folder / "data", "-A", "trust", "-U", "cx", "--no-sync"], **run)
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    control = [*as_user, tools / "pg_ctl", "-D", folder / "data", "-w"]
    subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], **run)
    yield f"postgresql://cx@/postgres?host={folder}"
    subprocess.run([*control, "-m", "immediate", "stop"], **run)
    shutil.rmtree(folder)


def test_postgresql_and_files_give_the_same_figures(sample, exported, postgresql, tmp_path):
    import psycopg

    kinds = {
        "timestamp": "timestamptz",
        "boolean": "boolean",
        "decimal": "numeric",
        "float": "float8",
        "integer": "bigint",
        "date": "date",
    }
    with psycopg.connect(postgresql) as connection:
        for name in NAMES:
            header = (exported / f"{name}.csv").read_text().split("\n", 1)[0].split(",")
            known = sample.checked(name).raw.table.columns
            columns = ", ".join(f'"{column}" {kinds.get(known[column].type, "text")}' for column in header)
            connection.execute(f"create table {name} ({columns})")
            with connection.cursor().copy(f"copy {name} from stdin (format csv, header)") as copy:
                copy.write((exported / f"{name}.csv").read_bytes())
        connection.execute("create table shop_orders as select * from orders; drop table orders")
        connection.commit()
    queries = {"events": "events", "customers": "public.customers", "orders": "select * from shop_orders where true"}
    source = cx.open_data(tmp_path, settings=settings(sample, database=postgresql, queries=queries))
    pd.testing.assert_frame_equal(figures(source), figures(sample), check_exact=False, rtol=1e-12)
    with pytest.raises(DataError, match="PostgreSQL says: relation"):
        cx.open_data(tmp_path, settings=settings(sample, database=postgresql, queries={"orders": "no_such_table"}))


def test_sqlite_and_files_give_the_same_figures(sample, exported, tmp_path):
    connection = sqlite3.connect(tmp_path / "shop.db")
    for name in NAMES:
        frame = pd.read_csv(exported / f"{name}.csv", dtype=str, keep_default_na=False).replace("", None)
        truths = [c for c in frame if sample.checked(name).raw.table.columns[c].type == "boolean"]
        frame[truths] = frame[truths].apply(lambda column: column.map({"True": 1, "False": 0}))
        frame.to_sql(name, connection, index=False)
    connection.close()
    source = cx.open_data(tmp_path, settings=settings(sample, database="sqlite:///shop.db"))
    pd.testing.assert_frame_equal(figures(source), figures(sample), check_exact=False, rtol=1e-12)


def test_a_duckdb_file_and_files_give_the_same_figures(sample, tmp_path):
    from cxkit.engine import Engine

    engine = Engine()
    engine._run(f"attach '{tmp_path / 'shop.duckdb'}' as shop")
    for name in NAMES:
        (file,) = SAMPLE.glob(f"{name}.*")
        engine._run(f"create table shop.{name} as from '{file}'")
    engine.close()
    source = cx.open_data(tmp_path / "shop.duckdb", settings=settings(sample))
    pd.testing.assert_frame_equal(figures(source), figures(sample), check_exact=False, rtol=1e-12)


@pytest.mark.parametrize(
    ("data", "database", "says"),
    [("s3://bucket/shop", "", "httpfs"), (".", "mysql://root@localhost/shop", "mysql:// cannot be read"), (".", "sqlite:///none.db", "no file none.db"),
     (".", "postgresql://nobody@localhost:1/none", "PostgreSQL says")],
)  # fmt: skip
def test_what_cannot_be_read_is_said(data, database, says, tmp_path):
    where = data if "://" in data else tmp_path
    with pytest.raises(DataError, match=says):
        cx.open_data(where, settings={"database": database} if database else None)
