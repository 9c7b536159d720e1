"""Turn a column as it was supplied into the type that the contract names: SQL that gives null where it cannot be done exactly."""

from cxkit.contract import Column
from cxkit.engine.duckdb import literal

ENGINE_TYPES = {
    "string": "varchar",
    "timestamp": "timestamp",
    "date": "date",
    "integer": "bigint",
    "float": "double",
    "decimal": "decimal(18, 4)",
    "boolean": "boolean",
}
EXPECTED = {
    "string": "text",
    "timestamp": "a time such as 2026-03-01T09:30:00+02:00",
    "date": "a day such as 2026-03-01",
    "integer": "a whole number such as 12",
    "float": "a number such as 0.5",
    "decimal": "an amount such as 12.50",
    "boolean": "true or false",
}
TEXTS = ("VARCHAR", "ENUM", "UUID")
INTEGERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL")
NAIVE_TIMES = ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "DATE")

DAY = r"\d{4}-\d{2}-\d{2}"
CLOCK = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
NAIVE = f"{DAY}({CLOCK})?"
WITH_OFFSET = f"{DAY}{CLOCK} ?(Z|[+-]\\d{{2}}(:?\\d{{2}})?)"
WHOLE = r"[+-]?\d+(\.0*)?"
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"


def typed(column: Column, supplied: str, field: str, source_zone: str) -> str:
    """Return SQL that gives `field` (of engine type `supplied`) in the column's type, or null.

    Timestamps become naive ones in UTC, as local time runs backwards for an hour in autumn; those without offset are read in
    `source_zone`, and are null without one.
    """
    family = supplied.split("(")[0].split("[")[0] if not supplied.endswith("]") else "LIST"
    if family in TEXTS:
        return _from_text(column.type, f"{field}::varchar", source_zone)
    if column.type == "timestamp":
        return _from_time(family, field, source_zone)
    if column.type == "string" and family in (*INTEGERS, "BOOLEAN"):
        return f"{field}::varchar"
    if column.type == "boolean" and family == "BOOLEAN":
        return field
    if column.type == "date" and family in NAIVE_TIMES:
        return f"case when {field} = date_trunc('day', {field}) then {field}::date end"
    if column.type == "integer" and family in (*INTEGERS, *FRACTIONS):
        return f"case when {field} = floor({field}) then try_cast({field} as bigint) end"
    if column.type == "float" and family in (*INTEGERS, *FRACTIONS):
        return f"case when isfinite({field}::double) then {field}::double end"
    if column.type == "decimal" and family in (*INTEGERS, *FRACTIONS):
        return f"try_cast({field} as decimal(18, 4))"
    return f"null::{ENGINE_TYPES[column.type]}"


def naive(column: Column, supplied: str, field: str) -> str:
    """Return SQL that is true where a timestamp states no offset; empty when that cannot be."""
    if column.type != "timestamp":
        return ""
    if supplied.split("(")[0] in TEXTS:
        return f"regexp_full_match({field}::varchar, {literal(NAIVE)})"
    return f"{field} is not null" if supplied in NAIVE_TIMES else ""


def _from_time(family: str, field: str, source_zone: str) -> str:
    if family == "TIMESTAMP WITH TIME ZONE":
        return f"case when isfinite({field}) then make_timestamp(epoch_us({field})) end"  # much quicker than timezone('UTC', …)
    if family in NAIVE_TIMES and source_zone:
        return f"timezone('UTC', timezone({literal(source_zone)}, {field}::timestamp))"
    return "null::timestamp"


def _from_text(kind: str, text: str, source_zone: str) -> str:
    if kind == "string":
        return text
    if kind == "boolean":
        return f"case lower({text}) when 'true' then true when 'false' then false end"
    if kind == "timestamp":
        aware = f"timezone('UTC', case when {_is(text, WITH_OFFSET)} then try_cast({text} as timestamptz) end)"
        if not source_zone:
            return aware
        local = f"timezone({literal(source_zone)}, case when {_is(text, NAIVE)} then try_cast({text} as timestamp) end)"
        return f"coalesce({aware}, timezone('UTC', {local}))"
    if kind == "date":
        return f"case when {_is(text, DAY)} then try_cast({text} as date) end"
    if kind == "integer":
        return f"case when {_is(text, WHOLE)} then try_cast(split_part({text}, '.', 1) as bigint) end"
    return f"case when {_is(text, NUMBER)} then try_cast({text} as {ENGINE_TYPES[kind]}) end"


def _is(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"
