"""Rows that share their key: exact copies are dropped and counted, rows that differ stop."""

import pandas as pd

from cxkit.dataset.check.locate import no_rejects, places
from cxkit.dataset.check.raw import Raw, extras
from cxkit.dataset.check.result import Checked
from cxkit.engine.duckdb import Engine, quoted


def duplicates(checked: Checked, rejects: pd.DataFrame, engine: Engine) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows to drop beside `rejects`, which are exact copies and, where they may be rejected, rows that share a key and differ; else those."""
    found = _duplicates(checked.raw, rejects, engine)
    if found.empty:
        return found, found
    found["column"], found["value"] = _key(checked), ""
    found["reason"] = [
        "shares its key with a row that differs" if conflict else "exact duplicate" for conflict in found["conflict"]
    ]
    stops = found["conflict"] & (not checked.may_reject(int(found["conflict"].sum())))
    return found[~stops], found[stops]


def conflict_faults(checked: Checked, count: int, first: pd.DataFrame) -> list[str]:
    """Tell of rows that share a key and differ; `first` are some of them, with their lines."""
    if not count:
        return []
    raw, names = checked.raw, _key(checked)
    return [
        f"{raw.table.name}: {count:,} of {checked.rows_read:,} rows share their {names} with a row that says something else "
        f"(first: {' and '.join(places(raw, first))}).\n  {raw.table.grain} Keep one row for each {names}; exact copies are dropped and counted by themselves."
    ]


def _key(checked: Checked) -> str:
    return " + ".join(checked.raw.table.key)


def _duplicates(raw: Raw, rejects: pd.DataFrame, engine: Engine) -> pd.DataFrame:
    """Rows whose key stands in another row too: of exact copies all but the first, of differing ones all."""
    types = raw.types
    key = [quoted(name) for name in raw.table.key if name in types]
    content = [
        quoted(name)
        for name in [*raw.table.columns, *extras(types)]
        if name in types and name not in ("source", "loaded_at")
    ]
    keyed = " and ".join(
        f"{quoted(name)} is not null" for name in raw.table.key if raw.table.columns[name].required and name in types
    )
    if not keyed:  # the source has no key of its own
        return no_rejects()
    hashed = f"hash({', '.join(key)})"  # eight bytes a key; the few that come up twice are then compared in full
    twice = engine.query(f"select {hashed} as h from ({raw.typed()}) where {keyed} group by 1 having count(*) > 1")
    if twice.empty:
        return no_rejects()
    engine.register("_twice", twice)
    engine.register("_out", rejects[["file_no", "row"]])
    return engine.query(
        f"""
        with numbered as ({raw.all_numbered(engine)}),
        candidates as (
            select _file_no, _row, {", ".join(key)}, cast(row({", ".join(content)}) as varchar) as _content
            from numbered anti join _out on _file_no = _out.file_no and _row = _out.row
            where {keyed} and {hashed} in (select h from _twice)
        ),
        counted as (
            select _file_no as file_no, _row as row, row_number() over (same order by _file_no, _row) as nth,
                   min(_content) over same <> max(_content) over same as conflict
            from candidates window same as (partition by {", ".join(key)})
        )
        select file_no, row, conflict from counted where conflict or nth > 1 order by file_no, row
        """
    )
