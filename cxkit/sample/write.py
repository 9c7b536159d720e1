"""Tables to files: Parquet for the large ones, CSV for the small ones, the same bytes for the same tables."""

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cxkit.contract import tables
from cxkit.engine.duckdb import Engine, literal, quoted
from cxkit.sample.build import Sample

AS_CSV = ("campaigns", "spend", "series", "referrals", "usability_tasks")
ENGINE_TYPES = {
    "string": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "decimal": "DECIMAL(18, 2)",
    "boolean": "BOOLEAN",
}


def write(sample: Sample, folder: Path) -> None:
    """Write tables, `dataset.yml` and `truth.yml` into a folder that is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in sample.tables.items():
        if name in AS_CSV:
            write_csv(frame, name, folder / f"{name}.csv")
        else:
            write_parquet(frame, name, folder / f"{name}.parquet")
    write_yaml(sample.settings, folder / "dataset.yml")
    write_yaml(sample.truth, folder / "truth.yml")


def write_yaml(content: dict[str, Any], path: Path) -> None:
    """YAML in the order of the content, in characters that a person reads."""
    text = yaml.dump(content, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)
    path.write_text(text, encoding="utf-8")


class _Plain(yaml.SafeDumper):
    """Repeats a value rather than pointing back at it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_csv(frame: pd.DataFrame, table: str, path: Path) -> None:
    """CSV with ISO times in UTC, `true`/`false`, two decimals for money and empty cells for nulls."""
    out = frame.copy()
    for column in out:
        kind = column_type(table, str(column))
        if kind == "timestamp":
            out[column] = out[column].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        elif kind == "boolean":
            out[column] = out[column].map({True: "true", False: "false"})
        elif kind == "integer":
            out[column] = out[column].astype("Int64")
        elif kind == "decimal":
            out[column] = out[column].map(lambda x: "" if pd.isna(x) else f"{x:.2f}")
        elif kind == "date":
            out[column] = pd.to_datetime(out[column]).dt.strftime("%Y-%m-%d")
    out.to_csv(path, index=False, lineterminator="\n")


def write_parquet(frame: pd.DataFrame, table: str, path: Path) -> None:
    """Parquet through DuckDB on one thread, so that the bytes do not depend on timing."""
    columns = ", ".join(
        f"cast({quoted(c)} as {ENGINE_TYPES[column_type(table, c)]}) as {quoted(c)}" for c in map(str, frame.columns)
    )
    engine = Engine()
    engine.register("frame", frame)
    engine.query("set threads = 1")
    engine.query(
        f"copy (select {columns} from frame) to {literal(str(path))} "
        "(format parquet, compression zstd, compression_level 15, parquet_version v2, row_group_size 1000000)"
    )
    engine.close()


def column_type(table: str, column: str) -> str:
    """Type of a column in the contract; the company's own columns (`x_`) are text.

    Examples
    --------
    >>> column_type("orders", "ordered_at"), column_type("customers", "x_favourite")
    ('timestamp', 'string')
    """
    if column.startswith("x_"):
        return "string"
    return tables()[table].columns[column].type
