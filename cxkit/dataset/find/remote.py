"""Copy a data set on the net into a private folder, through the engine's extension httpfs, from where it is read like any other."""

import os
from collections.abc import Mapping
from pathlib import Path

from cxkit.contract import tables
from cxkit.dataset.find.settings import SETTINGS_FILE
from cxkit.engine.duckdb import Engine, EngineError, literal
from cxkit.errors import DataError

# What the engine calls the parts of a login, and the variables that every tool for S3 reads them from.
LOGIN = {
    "key_id": "AWS_ACCESS_KEY_ID",
    "secret": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
    "region": "AWS_REGION",
}


def download(address: str, folder: Path) -> None:
    """Copy `dataset.yml` and the tables at an address to `folder`, which is made, each under its own name.

    Parameters
    ----------
    address : str
        `https://…` or `http://…`, where `NAME.parquet` or `NAME.csv` are looked for, as such addresses list nothing; or `s3://…`, where
        a table may be a folder of files too. For S3 the login is taken from AWS_ACCESS_KEY_ID and its like.

    Raises
    ------
    DataError
        The extension is not installed, or there is no table.
    """
    shown = address.split("?")[0]
    folder.mkdir(exist_ok=True)
    engine = Engine()
    try:
        if "://" in address:
            _load(engine, shown)
        copied = [name for name in tables() if _copy_table(engine, address.rstrip("/"), name, folder)]
        _copy_bytes(engine, f"{address.rstrip('/')}/{SETTINGS_FILE}", folder / SETTINGS_FILE)
    except EngineError as error:
        raise DataError(f"{shown}: cannot be read. The engine says: {str(error).splitlines()[0]}") from None
    finally:
        engine.close()
    if not copied:
        raise DataError(
            f"{shown}: holds no table that can be read. Expected files such as {shown.rstrip('/')}/orders.csv or events.parquet; "
            f"tables are {', '.join(tables())}."
        )


def _load(engine: Engine, shown: str) -> None:
    try:
        engine.load_extension("httpfs")
    except EngineError:
        raise DataError(
            f"{shown}: data on the net are read with the engine's extension httpfs, which is not installed for DuckDB {engine.version}. "
            f"Install it once, on a machine with access to the net: python -c \"import duckdb; duckdb.sql('install httpfs')\". "
            "Or copy the folder here; a database is named in dataset.yml (`database:`)."
        ) from None
    if "AWS_ACCESS_KEY_ID" in os.environ:
        engine.create_secret("s3", _login(os.environ))


def _login(variables: Mapping[str, str]) -> dict[str, str]:
    return {part: variables[variable] for part, variable in LOGIN.items() if variable in variables}


def _copy_table(engine: Engine, address: str, name: str, folder: Path) -> bool:
    """Copy the file or the files of a table; whether there is one."""
    if address.startswith("http"):
        return any(
            _copy_bytes(engine, f"{address}/{name}{ending}", folder / f"{name}{ending}")
            for ending in (".parquet", ".csv")
        )
    found = [
        file
        for pattern in (f"{name}.parquet", f"{name}.csv", f"{name}.csv.gz", f"{name}/*")
        for file in engine.query(f"select file from glob({literal(f'{address}/{pattern}')}) order by 1").file
    ]
    for file in found:
        target = folder / str(file).removeprefix(f"{address}/")
        target.parent.mkdir(exist_ok=True)
        _copy_bytes(engine, str(file), target)
    return bool(found)


def _copy_bytes(engine: Engine, address: str, target: Path) -> bool:
    """Copy one file as it is; whether it is there. Whatever else is in the way is said, as a table must not go missing unseen."""
    try:
        found = engine.query(f"select content from read_blob({literal(address)})").content
    except EngineError as error:
        if "404" in str(error) or "No files found" in str(error):
            return False
        raise DataError(
            f"{address.split('?')[0]}: cannot be read. The engine says: {str(error).splitlines()[0]}"
        ) from None
    for content in found:
        target.write_bytes(content)
    return len(found) > 0
