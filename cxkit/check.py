"""Hold a supplied table against its contract: every fault counted and located, rejected rows kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cxkit.casts import EXPECTED, naive
from cxkit.contract import Column
from cxkit.engine import quoted
from cxkit.errors import did_you_mean
from cxkit.files import line_at, line_numbers
from cxkit.raw import Raw, extras, literals

REJECT_HINT = "To go on without such rows, set `on_faults: reject` in dataset.yml: they are then counted and listed."
# A broken quote or encoding takes an unknown number of rows with it, so these stop even where rows may be rejected.
FATAL_LINES = {
    "UNQUOTED VALUE": "a quotation mark is not closed, or stands inside a field without being doubled",
    "LINE SIZE OVER MAXIMUM": "the line is longer than any real one; a quotation mark may not be closed",
    "INVALID ENCODING": "the file is not UTF-8 text; save it as CSV with encoding UTF-8",
}
SHARE_TOO_BAD = 0.5


@dataclass(frozen=True)
class Test:
    """One thing that a row can break: `breaks` is SQL over `Raw.typed`; `what` continues "12 of 100 rows …"."""

    column: str
    reason: str
    what: str
    advice: str
    breaks: str
    shows: bool = False
    listed: tuple[str, ...] = ()
    always_reject: bool = False
    level: str = "fault"


@dataclass
class Checked:
    """What the check of one table found."""

    raw: Raw
    types: dict[str, str]
    rows_read: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    first: Any = None
    last: Any = None
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rejects: pd.DataFrame = field(default_factory=lambda: _stack())

    @property
    def rows_used(self) -> int:
        """Rows that analyses see."""
        return self.rows_read - len(self.rejects)


def check(raw: Raw) -> Checked:
    """Check one table with one aggregate query, one for its key, and more only where something is wrong.

    Faults that stop are in `faults`, in words; rows that are left out are in `rejects`. Nothing is raised for what the data hold.
    """
    broken_tables = f"_broken_{raw.table.name}_"
    relation = raw.scan(broken_tables)
    types = raw.types(raw.scan())
    checked = Checked(raw, types)
    checked.faults += _missing_columns(raw)
    if checked.faults:
        return checked
    checked.notes += _unknown_columns(raw, types)
    tests = row_tests(raw, types)
    counts = _count(checked, tests, relation)
    broken = _broken_lines(raw, broken_tables)
    checked.rows_read += len(broken)
    if "customer_id" not in checked.filled:  # not one order has a customer: the column may as well be missing
        tests = [test for test in tests if test.advice != GUESTS]
    tests = [test for test in tests if counts[test.reason]]
    checked.notes += [f"{counts[test.reason]:,} rows {test.what}." for test in tests if test.level == "warning"]
    tests = [test for test in tests if test.level == "fault"]
    rejectable = [test for test in tests if _rejectable(raw, test, counts[test.reason], checked.rows_read)]
    stopping = [test for test in tests if test not in rejectable]
    checked.rejects = _stack(_broken_rejects(broken), _row_rejects(checked, rejectable, broken))
    _settle_broken(checked, broken)
    _settle_duplicates(checked, broken)
    checked.faults += _stories(checked, stopping, counts, broken)
    return checked


def row_tests(raw: Raw, types: dict[str, str]) -> list[Test]:
    """Return everything that is tested on each row of a table with these columns."""
    tests: list[Test] = []
    for column in raw.table.columns.values():
        if column.name in types:
            tests += _column_tests(raw, column, types[column.name])
    for rule in raw.table.rules:
        text = f"break the rule that {rule.says}"
        tests.append(Test("", rule.says, text, f"The rule: {rule.holds}.", f"not ({rule.holds})", level=rule.level))
    return tests


def _column_tests(raw: Raw, column: Column, supplied: str) -> list[Test]:
    name, value, before = column.name, quoted(column.name), quoted("_r_" + column.name)
    tests = []
    no_offset = naive(column, supplied, before) if not raw.settings.source_timezone else ""
    guest = raw.table.name == "orders" and name == "customer_id"
    if column.required or (guest and raw.settings.guests != "keep"):
        advice = GUESTS if guest else f"{column.description} It may not be empty."
        reject = guest and raw.settings.guests == "reject"
        reason = "guest order" if reject else f"no {name}"
        tests.append(Test(name, reason, f"have no {name}", advice, f"{before} is null", always_reject=reject))
    if no_offset:
        tests.append(
            Test(name, f"{name} without time zone", f"have a `{name}` without time zone", NAIVE, no_offset, shows=True)
        )
    wrong = f"{before} is not null and {value} is null" + (f" and not ({no_offset})" if no_offset else "")
    if column.type != "string" or "DOUBLE" in supplied or "FLOAT" in supplied:
        advice = f"Expected {EXPECTED[column.type]}; where it is not known the cell stays empty."
        if column.type == "string":
            advice = "Identifiers and names are text: as floating-point numbers they lose digits and zeros."
        tests.append(
            Test(
                name,
                f"{name} is not {EXPECTED[column.type]}",
                f"have a `{name}` that is not {EXPECTED[column.type]}",
                advice,
                wrong,
                shows=True,
            )
        )
    if column.allowed:
        outside = f"{value} not in ({literals(column.allowed)})"
        outside += f" and not starts_with({value}, '{column.allowed_prefix}')" if column.allowed_prefix else ""
        tests.append(
            Test(
                name,
                f"{name} outside its list",
                f"have a `{name}` outside its list",
                "",
                outside,
                shows=True,
                listed=column.allowed,
            )
        )
    if column.pattern:
        advice = f"{column.description}"
        tests.append(
            Test(
                name,
                f"{name} malformed",
                f"have a malformed `{name}`",
                advice,
                f"not regexp_full_match({value}, '{column.pattern}')",
                shows=True,
            )
        )
    for bound, sign, words in (
        (column.min, "<", "below"),
        (column.max, ">", "above"),
        (column.above, "<=", "not above"),
    ):
        if bound is not None:
            tests.append(
                Test(
                    name,
                    f"{name} {words} {bound:g}",
                    f"have a `{name}` {words} {bound:g}",
                    column.description,
                    f"{value} {sign} {bound}",
                    shows=True,
                )
            )
    if name == "currency" and raw.settings.currency:
        want = raw.settings.currency
        advice = f"dataset.yml says `currency: {want}`; amounts of two currencies are never added. Convert them before loading."
        tests.append(
            Test(
                name,
                f"currency is not {want}",
                f"are not in {want}",
                advice,
                f"regexp_full_match({value}, '[A-Z]{{3}}') and {value} <> '{want}'",
                shows=True,
            )
        )
    return tests


NAIVE = (
    "Write times with their offset, such as 2026-03-01T09:30:00+02:00, or name the zone that they were written in: "
    "`source_timezone: Europe/Amsterdam` in dataset.yml."
)
GUESTS = (
    "A purchase without a customer cannot enter customer value. Guest orders: leave the cell empty and set `guests: keep` in dataset.yml; "
    "they then count in sales and stay out of customer value (`guests: reject` leaves them out of everything)."
)


def _missing_columns(raw: Raw) -> list[str]:
    faults = []
    for part in raw.parts or (None,):
        if part is None or part.kind == "parquet":
            names, origin = list(raw.types(raw.scan())), raw.origin
        else:
            names, origin = list(part.columns), part.files[0].name
        given = [name for name in raw.table.required if name not in names]
        if raw.table.key_from:
            given = [name for name in given if name not in raw.table.key]
        faults += [
            f"{raw.table.name}: column `{name}` is missing ({origin}).{did_you_mean(name, names)}\n"
            f"  {raw.table.columns[name].description} The columns that are there: {', '.join(names)}."
            for name in given
        ]
    return list(dict.fromkeys(faults))


def _unknown_columns(raw: Raw, types: dict[str, str]) -> list[str]:
    unknown = [name for name in types if name not in raw.table.columns and not name.startswith("x_")]
    absent = [name for name in raw.table.columns if name not in types]
    return [
        f"column `{name}` is not in the contract and was left out (as `x_{name}` it would stay).{did_you_mean(name, absent)}"
        for name in unknown
    ]


def _count(checked: Checked, tests: Sequence[Test], relation: str) -> dict[str, int]:
    """Fill rows, cells and period; return how many rows break each test."""
    raw, names = checked.raw, [name for name in checked.raw.table.columns if name in checked.types]
    filled = names + extras(checked.types)
    cells = [f"count({quoted('_r_' + name if name in names else name)})" for name in filled]
    broken = [f"count(*) filter (where {test.breaks})" for test in tests]
    time = quoted(raw.table.time) if raw.table.time else "null"
    wanted = ", ".join(["count(*)", f"min({time})", f"max({time})", *cells, *broken])
    rows, checked.first, checked.last, *rest = raw.engine.row(
        f"select {wanted} from ({raw.typed(relation, checked.types)})"
    )
    checked.rows_read = rows
    checked.filled = {name: count for name, count in zip(filled, rest, strict=False) if count}
    return {test.reason: count for test, count in zip(tests, rest[len(filled) :], strict=True)}


def _broken_lines(raw: Raw, prefix: str) -> pd.DataFrame:
    """Lines of CSV that the engine could not read, with their number in the file."""
    found = []
    for number, part in enumerate(raw.parts):
        if part.kind != "csv":
            continue
        name = f"{prefix}{number}"
        errors = raw.engine.query(
            f"select file_path, line_byte_position as at, min(error_type) as kind, min(error_message) as message from {quoted(name)} e "
            f"join {quoted(name + '_scan')} using (scan_id, file_id) group by all order by all"
        )
        raw.engine.drop(name), raw.engine.drop(name + "_scan")
        found.append(errors)
    broken = pd.concat(found) if found else pd.DataFrame(columns=["file_path", "at", "kind", "message"])
    paths = {str(file): file for file in raw.files}
    broken["file_no"] = [raw.files.index(paths[path]) for path in broken["file_path"]]
    broken["line"] = [
        line_at(paths[path], max(int(at) - 1, 0)) for path, at in zip(broken["file_path"], broken["at"], strict=True)
    ]
    return broken.sort_values(["file_no", "line"], ignore_index=True)


def _rejectable(raw: Raw, test: Test, count: int, rows: int) -> bool:
    return test.always_reject or (raw.settings.on_faults == "reject" and count <= SHARE_TOO_BAD * rows)


def _row_rejects(checked: Checked, tests: Sequence[Test], broken: pd.DataFrame) -> pd.DataFrame:
    """One line for each row that breaks a test; of several the first counts."""
    raw = checked.raw
    if not tests:
        return _stack()
    which = " ".join(f"when {test.breaks} then {number}" for number, test in enumerate(tests))
    values = " ".join(
        f"when {number} then {quoted('_r_' + test.column)}::varchar" for number, test in enumerate(tests) if test.shows
    )
    value = f"case _test {values} end" if values else "null::varchar"
    found = raw.engine.query(
        f"select _file_no as file_no, _row as row, _test, {value} as value from "
        f"(select *, case {which} end as _test from ({raw.all_numbered()})) where _test is not null order by 1, 2"
    )
    found["column"] = found["_test"].map(lambda number: tests[number].column)
    found["reason"] = found["_test"].map(lambda number: tests[number].reason)
    found["value"] = found["value"].map(lambda value: shown(value) if isinstance(value, str) else "")
    return _with_lines(raw, found.drop(columns="_test"), broken)


def _settle_broken(checked: Checked, broken: pd.DataFrame) -> None:
    """Stop at lines that cannot be read, unless they may be rejected."""
    raw = checked.raw
    fatal = broken[broken["kind"].isin(list(FATAL_LINES))]
    stopping = broken if raw.settings.on_faults == "stop" else fatal
    if stopping.empty:
        return
    first = stopping.iloc[0]
    why = FATAL_LINES.get(first["kind"]) or str(first["message"]).replace(
        "Expected Number of Columns:", "expected fields"
    ).replace("Found:", "found")
    count = "a line" if len(stopping) == 1 else f"{len(stopping):,} lines"
    checked.faults.append(
        f"{raw.table.name}: {count} cannot be read (first: {_place(raw, first['file_no'], first['line'])}: {why}).\n"
        "  Each line needs as many fields as the header; a field with a comma, a quotation mark or a line end stands in quotation marks."
    )


def _settle_duplicates(checked: Checked, broken: pd.DataFrame) -> None:
    """Drop exact copies, counted; stop at rows that share a key and differ, unless they may be rejected."""
    raw, key = checked.raw, checked.raw.table.key
    if not set(raw.table.required) & set(key) <= set(checked.types) or (
        raw.table.key_from and not set(key) <= set(checked.types)
    ):
        return
    found = _duplicates(checked)
    if found.empty:
        return
    names = " + ".join(key)
    found["column"], found["value"] = names, ""
    found["reason"] = found["conflict"].map(
        {True: f"same {names} as another row that differs", False: "exact duplicate"}
    )
    conflicts = found[found["conflict"]]
    stop = len(conflicts) and not (
        raw.settings.on_faults == "reject" and len(conflicts) <= SHARE_TOO_BAD * checked.rows_read
    )
    found = _with_lines(raw, found[~found["conflict"]] if stop else found, broken)
    checked.rejects = _stack(checked.rejects, found)
    if stop:
        first = _with_lines(raw, conflicts.head(2), broken)
        places = " and ".join(_place(raw, row["file_no"], row["line"]) for _, row in first.iterrows())
        checked.faults.append(
            f"{raw.table.name}: {len(conflicts):,} of {checked.rows_read:,} rows share their {names} with a row that says something else (first: {places}).\n"
            f"  {raw.table.grain} Keep one row for each {names}; exact copies are dropped and counted by themselves."
        )


def _duplicates(checked: Checked) -> pd.DataFrame:
    """Rows whose key stands in another row too: of exact copies all but the first, of differing ones all."""
    raw, names = checked.raw, list(checked.raw.table.key)
    present = [name for name in names if name in checked.types]
    key = f"hash({', '.join(quoted(name) for name in present)})"
    typed = raw.typed(raw.scan(), checked.types)
    required = [name for name in present if raw.table.columns[name].required]
    keyed = " and ".join(f"{quoted(name)} is not null" for name in required)
    twice = raw.engine.query(f"select {key} as h from ({typed}) where {keyed} group by 1 having count(*) > 1")
    if twice.empty:
        return twice.assign(file_no=0, row=0, conflict=False)
    content = [
        name
        for name in [*raw.table.columns, *extras(checked.types)]
        if name in checked.types and name not in ("source", "loaded_at")
    ]
    raw.engine.register("_twice", twice)
    raw.engine.register("_out", checked.rejects[["file_no", "row"]].astype("int64"))
    return raw.engine.query(
        f"""
        with numbered as ({raw.all_numbered()}),
        candidates as (
            select _file_no as file_no, _row as row, {", ".join(quoted(name) for name in present)},
                   cast(row({", ".join(quoted(name) for name in content)}) as varchar) as content
            from numbered anti join _out on _file_no = _out.file_no and _row = _out.row
            where {keyed} and {key} in (select h from _twice)
        ),
        counted as (
            select file_no, row, count(*) over same as n, row_number() over (same order by file_no, row) as nth,
                   min(content) over same <> max(content) over same as conflict
            from candidates window same as (partition by {", ".join(quoted(name) for name in present)})
        )
        select file_no, row, conflict from counted where n > 1 and (conflict or nth > 1) order by conflict, file_no, row
        """
    )


def _stories(checked: Checked, tests: Sequence[Test], counts: dict[str, int], broken: pd.DataFrame) -> list[str]:
    """A message for each broken test: how many, where first, what was expected, what to do."""
    raw, places = checked.raw, _locate(checked, tests, broken)
    stories = []
    for test in tests:
        place, value = places[test.reason]
        where = f"first: {place}" + (f": {shown(value)}" if test.shows and value is not None else "")
        advice = _list_advice(checked, test) if test.listed else test.advice
        stories.append(
            f"{raw.table.name}: {counts[test.reason]:,} of {checked.rows_read:,} rows {test.what} ({where}).\n  {advice}"
        )
    return stories


def _locate(checked: Checked, tests: Sequence[Test], broken: pd.DataFrame) -> dict[str, tuple[str, str | None]]:
    """The first place and value that breaks each test."""
    raw, found = checked.raw, {}
    for number in range(max(1, len(raw.files))):
        open_tests = [test for test in tests if test.reason not in found]
        if not open_tests:
            break
        wanted = []
        for test in open_tests:
            value = f"{quoted('_r_' + test.column)}::varchar" if test.column else "''"
            wanted += [
                f"min(_row) filter (where {test.breaks})",
                f"arg_min({value}, _row) filter (where {test.breaks})",
            ]
        cells = raw.engine.row(f"select {', '.join(wanted)} from ({raw.numbered(number)})")
        rows = {test.reason: cells[2 * i : 2 * i + 2] for i, test in enumerate(open_tests) if cells[2 * i] is not None}
        lines = _lines(raw, number, [row for row, _ in rows.values()], broken)
        found.update({reason: (_place(raw, number, lines[row]), value) for reason, (row, value) in rows.items()})
    return found


def _list_advice(checked: Checked, test: Test) -> str:
    """Name the commonest values outside a list, and the list."""
    raw, column = checked.raw, quoted(test.column)
    typed = raw.typed(raw.scan(), checked.types)
    found = raw.engine.query(
        f"select {column} as value, count(*) as n from ({typed}) where {test.breaks} group by 1 order by n desc, value limit 5"
    )
    shown_values = ", ".join(f"{shown(value)} ({n:,})" for value, n in zip(found["value"], found["n"], strict=True))
    hint = did_you_mean(str(found["value"][0]).lower(), test.listed)
    return f"Found: {shown_values}.{hint} Allowed: {', '.join(test.listed)}. Map the values before loading; an unknown class is an empty cell."


def _broken_rejects(broken: pd.DataFrame) -> pd.DataFrame:
    return broken[["file_no", "line"]].assign(row=-1, column="", value="", reason="line cannot be read")


def _stack(*rejects: pd.DataFrame) -> pd.DataFrame:
    """Put rejected rows under each other: `row` counts from 0 and is -1 for a line that is not a row."""
    kinds = {
        "file_no": "int64",
        "row": "int64",
        "line": "int64",
        "column": "object",
        "value": "object",
        "reason": "object",
    }
    filled = [part[list(kinds)] for part in rejects if len(part)]
    return (
        pd.concat(filled, ignore_index=True).astype(kinds)
        if filled
        else pd.DataFrame(columns=list(kinds)).astype(kinds)
    )


def _with_lines(raw: Raw, rows: pd.DataFrame, broken: pd.DataFrame) -> pd.DataFrame:
    lines = {file_no: _lines(raw, file_no, group["row"], broken) for file_no, group in rows.groupby("file_no")}
    return rows.assign(line=[lines[file_no][row] for file_no, row in zip(rows["file_no"], rows["row"], strict=True)])


def _lines(raw: Raw, file_no: int, rows: Any, broken: pd.DataFrame) -> dict[int, int]:
    """Line in the file for CSV, else the row counted from 1."""
    wanted = [int(row) for row in rows]
    if raw.frame or raw.files[file_no].name.lower().endswith(".parquet"):
        return {row: row + 1 for row in wanted}
    found = line_numbers(
        raw.files[file_no], [row + 1 for row in wanted], broken.loc[broken["file_no"] == file_no, "line"]
    )
    return {row: found.get(row + 1, row + 2) for row in wanted}


def _place(raw: Raw, file_no: int, line: int) -> str:
    if raw.frame:
        return f"row {line:,}"
    name = raw.files[file_no].name
    return f"{name}, {'row' if name.lower().endswith('.parquet') else 'line'} {line:,}"


def shown(value: str) -> str:
    """Quote a value for a message: short, on one line, and never something that could be a person's address or number.

    Examples
    --------
    >>> shown("payed"), shown("ann@example.com"), shown("+31 6 1234 5678")
    ("'payed'", '(not shown)', '(not shown)')
    """
    digits = sum(sign.isdigit() for sign in value)
    dated = re.match(r"\d{4}-\d{2}-\d{2}", value)
    personal = "@" in value or (digits >= 9 and not dated) or value.count(" ") > 3
    if personal:
        return "(not shown)"
    text = ascii(value) if not value.isprintable() else repr(value)
    return text if len(text) <= 42 else text[:40] + "…'"
