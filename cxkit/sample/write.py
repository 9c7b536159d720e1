"""Tables to files: Parquet for the large ones, CSV for the small ones, the same bytes for the same tables."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

from .build import Sample

AS_CSV = ("campaigns", "spend", "series", "referrals", "usability_tasks")
BOOLEANS = ("consent_analytics", "consent_marketing", "consent_profiling", "assistive", "resolved_first_contact")
DATES = ("date", "segment_assigned_at")
INTEGERS = ("attempt", "term_no", "scale_min", "scale_max", "seq", "followers", "reach", "impressions")
NUMBERS = ("value_num", "weight", "confidence", "self_rated_success", "value", "margin_share", "audience_share")


def write(sample: Sample, folder: Path) -> None:
    """Write tables, `dataset.yml` and `truth.yml` into a folder that is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in sample.tables.items():
        if name in AS_CSV:
            write_csv(frame, folder / f"{name}.csv")
        else:
            write_parquet(frame, folder / f"{name}.parquet")
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


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """CSV with ISO times in UTC, `true`/`false`, two decimals for money and empty cells for nulls."""
    out = frame.copy()
    for column in out:
        kind = column_type(str(column))
        if kind == "TIMESTAMPTZ":
            out[column] = out[column].dt.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        elif kind == "BOOLEAN":
            out[column] = out[column].map({True: "true", False: "false"})
        elif kind == "BIGINT":
            out[column] = out[column].astype("Int64")
        elif kind.startswith("DECIMAL"):
            out[column] = out[column].map(lambda x: "" if pd.isna(x) else f"{x:.2f}")
        elif kind == "DATE":
            out[column] = pd.to_datetime(out[column]).dt.strftime("%Y-%m-%d")
    out.to_csv(path, index=False, lineterminator="\n")


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Parquet through DuckDB on one thread, so that the bytes do not depend on timing."""
    columns = ", ".join(f'cast("{c}" as {column_type(str(c))}) as "{c}"' for c in frame)
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.register("frame", frame)
        engine.execute(
            f"copy (select {columns} from frame) to '{path.as_posix()}' "
            "(format parquet, compression zstd, compression_level 15, parquet_version v2, row_group_size 1000000)"
        )


def column_type(name: str) -> str:
    """Type of a contract column by its name's ending.

    Examples
    --------
    >>> column_type("ordered_at"), column_type("is_bot"), column_type("order_id")
    ('TIMESTAMPTZ', 'BOOLEAN', 'VARCHAR')
    """
    if name in DATES or name.endswith("_date"):
        return "DATE"
    if name.endswith(("_at", "_until", "_from", "valid_to")):
        return "TIMESTAMPTZ"
    if name in BOOLEANS or name.startswith("is_"):
        return "BOOLEAN"
    if name == "amount" or name.endswith("_amount"):
        return "DECIMAL(18, 2)"
    if name in INTEGERS or name.startswith("n_"):
        return "BIGINT"
    if name in NUMBERS or name.endswith(("_s", "_share")):
        return "DOUBLE"
    return "VARCHAR"
