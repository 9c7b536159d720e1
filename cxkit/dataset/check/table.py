"""Hold a supplied table against its contract: every fault counted and located, rejected rows kept."""

import re
from collections.abc import Sequence

import pandas as pd

from cxkit.dataset.check.duplicates import settle_duplicates
from cxkit.dataset.check.locate import broken_lines, place, shown, stack, with_lines
from cxkit.dataset.check.messages import stories, warnings
from cxkit.dataset.check.raw import Raw, extras
from cxkit.dataset.check.result import Checked, may_reject
from cxkit.dataset.check.rules import GUESTS, Test, row_tests
from cxkit.engine.duckdb import EngineError, literal, quoted
from cxkit.errors import DataError, did_you_mean

REJECT_HINT = "To go on without such rows, set `on_faults: reject` in dataset.yml: they are then counted and listed."
# An open quotation mark takes an unknown number of rows with it, so these stop even where rows may be rejected.
FATAL_LINES = {
    "UNQUOTED VALUE": "a quotation mark is not closed, or stands inside a field without being doubled",
    "LINE SIZE OVER MAXIMUM": "the line is too long; a quotation mark may not be closed",
    "INVALID ENCODING": "is not UTF-8 text; save the file as CSV with encoding UTF-8",
}
BROKEN_LINES = {
    **FATAL_LINES,
    "MISSING COLUMNS": "it has fewer fields than the header",
    "TOO MANY COLUMNS": "it has more fields than the header",
}
DIRECT = re.compile(
    r"(?i)^(e[-_ ]?mail|(first|last|full|sur|user)?[-_ ]?name|(tele)?phone|mobile|handle)([-_ ]?(address|number|no))?$"
)


def check(raw: Raw) -> Checked:
    """Check one table: one aggregate query for rows, one for its key, and more only where something is wrong.

    Raises
    ------
    DataError
        A file cannot be read at all. What is wrong with rows and columns is in the result.
    """
    try:
        return _check(raw)
    except EngineError as error:
        raise DataError(f"{raw.origin}: cannot be read. {_reason(error)}") from None


def _check(raw: Raw) -> Checked:
    checked = Checked(raw, raw.types(raw.scan()))
    checked.faults += _missing_columns(raw)
    if checked.faults:
        return checked
    checked.notes += _unknown_columns(raw, checked.types)
    tests = [*row_tests(raw.table, checked.types, raw.settings), *_late(raw)]
    counts = _count(checked, tests)
    if "customer_id" not in checked.filled:  # no order has a customer: the column may as well be missing
        tests = [test for test in tests if test.advice != GUESTS]
    tests = [test for test in tests if counts[test.reason]]
    checked.notes += warnings(checked, [test for test in tests if test.is_warning], counts)
    tests = [test for test in tests if not test.is_warning]
    rejected = [test for test in tests if test.is_rejected or may_reject(checked, counts[test.reason])]
    broken = checked.broken
    checked.rejects = stack(
        broken.assign(row=-1, column="", value="", reason="line cannot be read"), _rejects(checked, rejected)
    )
    _settle_broken_lines(checked)
    settle_duplicates(checked)
    checked.faults += stories(checked, [test for test in tests if test not in rejected], counts)
    return checked


def _missing_columns(raw: Raw) -> list[str]:
    needed = [name for name in raw.table.required if not (raw.table.key_from and name in raw.table.key)]
    return [
        f"{raw.table.name}: column `{name}` is missing ({origin}).{_alike(name, names)}\n"
        f"  {raw.table.columns[name].description} The columns that are there: {', '.join(names)}."
        for origin, names in raw.headers()
        for name in needed
        if name not in names
    ]


def _unknown_columns(raw: Raw, types: dict[str, str]) -> list[str]:
    unknown = [name for name in types if name not in raw.table.columns and not name.startswith("x_")]
    absent = [name for name in raw.table.columns if name not in types]
    return [
        f"column `{name}` is not in the contract and was left out; it looks like a direct identifier. Delete it from the file: "
        "a table holds pseudonyms alone."
        if DIRECT.search(name)
        else f"column `{name}` is not in the contract and was left out (as `x_{name}` it would stay).{_alike(name, absent)}"
        for name in unknown
    ]


def _alike(name: str, names: Sequence[str]) -> str:
    """Did you mean, with `OrderId` as near as can be to `order_id`."""
    plain = {re.sub("[^a-z0-9]", "", other.lower()): other for other in names}
    same = plain.get(re.sub("[^a-z0-9]", "", name.lower()))
    return f" Did you mean `{same}`?" if same else did_you_mean(name, names)


def _late(raw: Raw) -> list[Test]:
    """Rows after the period that is stated: times that are wrong, or a period that is."""
    stated, time = raw.settings.tables.get(raw.table.name), raw.table.time
    if not stated:
        return []
    day = quoted(time)
    if raw.table.columns[time].type == "timestamp":
        day = f"timezone({literal(raw.settings.timezone)}, timezone('UTC', {day}))::date"
    return [
        Test(
            column=time,
            breaks=f"{day} > date '{stated[1]}'",
            reason=f"{time} after the period",
            what=f"are later than the period that dataset.yml states ({stated[0]} to {stated[1]})",
            advice="Correct the times, or the table's period in dataset.yml.",
            is_warning=True,
        )
    ]


def _count(checked: Checked, tests: Sequence[Test]) -> dict[str, int]:
    """Fill in rows, cells, period and broken lines; return how many rows break each test."""
    raw, prefix = checked.raw, f"_broken_{checked.raw.table.name}_"
    known = [name for name in raw.table.columns if name in checked.types]
    own = extras(checked.types)
    cells = [f"count({quoted('_r_' + name)})" for name in known] + [f"count({quoted(name)})" for name in own]
    broken = [f"count(*) filter (where {test.breaks})" for test in tests]
    currency = (
        "count(distinct currency) filter (where regexp_full_match(currency, '[A-Z]{3}'))"
        if "currency" in known
        else "0"
    )
    ends = [f"{end}({quoted(raw.table.time)})" for end in ("min", "max")]
    if "observed_until" in known:  # what is still open is known up to then; midnight closes the day before
        ends[1] = f"greatest({ends[1]}, max(observed_until) - interval 1 microsecond)"
    if raw.table.columns[raw.table.time].type == "timestamp":
        ends = [f"timezone({literal(raw.settings.timezone)}, timezone('UTC', {end}))::date" for end in ends]
    wanted = ", ".join(["count(*)", *ends, currency, *cells, *broken])
    rows, first, last, currencies, *rest = raw.engine.row(
        f"select {wanted} from ({raw.typed(raw.scan(prefix), checked.types)})"
    )
    checked.broken = broken_lines(raw, prefix)
    checked.rows_read = rows + len(checked.broken)
    checked.first, checked.last = first, last
    checked.filled = {name: count for name, count in zip([*known, *own], rest, strict=False) if count}
    if currencies > 1 and not raw.settings.currency:
        checked.faults.append(
            f"{raw.table.name}: amounts are in {currencies} currencies, and amounts of two currencies are never added.\n"
            "  Convert them before loading, or say which one counts: `currency: EUR` in dataset.yml."
        )
    return {test.reason: count for test, count in zip(tests, rest[len(cells) :], strict=True)}


def _rejects(checked: Checked, tests: Sequence[Test]) -> pd.DataFrame:
    """One entry for each row that breaks a test; of several the first counts."""
    raw = checked.raw
    if not tests:
        return stack()
    which = " ".join(f"when {test.breaks} then {number}" for number, test in enumerate(tests))
    values = " ".join(
        f"when {number} then {quoted('_r_' + test.column)}::varchar" for number, test in enumerate(tests) if test.column
    )
    found = raw.engine.query(
        f"select _file_no as file_no, _row as row, _test, case _test {values or 'when -1 then null'} end as value from "
        f"(select *, case {which} end as _test from ({raw.all_numbered()})) where _test is not null order by 1, 2"
    )
    found["column"] = [tests[number].column for number in found["_test"]]
    found["reason"] = [tests[number].reason for number in found["_test"]]
    found["value"] = [shown(value) if isinstance(value, str) else "" for value in found["value"]]
    return with_lines(raw, found, checked.broken)


def _settle_broken_lines(checked: Checked) -> None:
    """Stop at lines that cannot be read, unless they may be rejected."""
    raw, broken = checked.raw, checked.broken
    stopping = broken if not may_reject(checked, len(broken)) else broken[broken["kind"].isin(list(FATAL_LINES))]
    if stopping.empty:
        return
    first = stopping.iloc[0]
    why = BROKEN_LINES.get(first["kind"], str(first["kind"]).lower())
    count = "a line" if len(stopping) == 1 else f"{len(stopping):,} lines"
    checked.faults.append(
        f"{raw.table.name}: {count} cannot be read (first: {place(raw, first['file_no'], first['line'])}: {why}).\n"
        "  Each line needs as many fields as the header; a field with a comma, a quotation mark or a line end stands in quotation marks."
    )


def _reason(error: EngineError) -> str:
    """Say in our words what the engine says of a file."""
    text = str(error)
    if "invalid state" in text:
        return "Lines end in two different ways (CR LF and LF). Save it anew with one kind of line end."
    first = re.sub(r"'[^']*/([^/']+)'", r"'\1'", text.splitlines()[0])  # where it lies is nobody's business
    return f"The engine says: {first}{'' if first.endswith('.') else '.'} Export or copy it again."
