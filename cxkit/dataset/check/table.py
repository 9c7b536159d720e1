"""Hold a supplied table against its contract: every fault counted and located, rejected rows kept."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from cxkit.dataset.check.duplicates import conflict_faults, duplicates
from cxkit.dataset.check.locate import left_out, no_rejects, place, read_broken_lines, shown, with_lines
from cxkit.dataset.check.messages import first_to_break, messages
from cxkit.dataset.check.raw import Raw, extras, telling
from cxkit.dataset.check.result import Checked
from cxkit.dataset.check.rules import GUESTS, Test, row_tests
from cxkit.engine.duckdb import Engine, literal, quoted
from cxkit.errors import did_you_mean

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


def check(raw: Raw, engine: Engine) -> Checked:
    """Check one table: one aggregate query for rows, one for its key, and more only where something is wrong.

    Raises
    ------
    DataError
        A file cannot be read at all. What is wrong with rows and columns is in the result.
    """
    if missing := _missing_columns(raw):
        return Checked(raw=raw, faults=tuple(missing))
    left_aside = _unknown_columns(raw)
    with telling(raw.origin):
        counted, counts, mixed = _count(raw, row_tests(raw.table, raw.types, raw.settings), engine)
        broken_rules = {test: n for test, n in counts.items() if n}
        if "customer_id" not in counted.filled:  # no order has a customer: the column may as well be missing
            broken_rules = {test: n for test, n in broken_rules.items() if test.advice != GUESTS}
        rejected = [
            test
            for test, n in broken_rules.items()
            if not test.is_warning and (test.is_rejected or counted.may_reject(n))
        ]
        rows = _rejects(raw, rejected, engine)
        copies, conflicts = duplicates(counted, rows, engine)
        told = {test: n for test, n in broken_rules.items() if test not in rejected}
        first = first_to_break(raw, told, engine)
        rows, conflict, first = with_lines(
            raw, counted.broken, [pd.concat([rows, copies], ignore_index=True), conflicts.head(2), first]
        )
        notes, faults = messages(counted, told, first, engine)
    return replace(
        counted,
        notes=(*left_aside, *notes),
        faults=(*mixed, *_broken_lines(counted), *conflict_faults(counted, len(conflicts), conflict), *faults),
        rejects=left_out(rows, counted.broken),
    )


def _missing_columns(raw: Raw) -> list[str]:
    needed = [name for name in raw.table.required if not (raw.table.key_from and name in raw.table.key)]
    return [
        f"{raw.table.name}: column `{name}` is missing ({origin}).{_alike(name, names)}\n"
        f"  {raw.table.columns[name].description} The columns that are there: {', '.join(names)}."
        for origin, names in raw.headers()
        for name in needed
        if name not in names
    ]


def _unknown_columns(raw: Raw) -> list[str]:
    unknown = [name for name in raw.types if name not in raw.table.columns and not name.startswith("x_")]
    absent = [name for name in raw.table.columns if name not in raw.types]
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


def _count(raw: Raw, tests: Sequence[Test], engine: Engine) -> tuple[Checked, dict[Test, int], list[str]]:
    """Count rows, cells and broken lines, and find the period; how many rows break each test; whether amounts are in several currencies."""
    prefix = f"_broken_{raw.table.name}_"
    known = [name for name in raw.table.columns if name in raw.types]
    own = extras(raw.types)
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
    rows, first, last, currencies, *rest = engine.row(f"select {wanted} from ({raw.typed(prefix)})")
    broken_lines = read_broken_lines(raw, prefix, engine)
    counted = Checked(
        raw=raw,
        rows_read=rows + len(broken_lines),
        first=first,
        last=last,
        filled={name: count for name, count in zip([*known, *own], rest, strict=False) if count},
        broken=broken_lines,
    )
    mixed = [
        f"{raw.table.name}: amounts are in {currencies} currencies, and amounts of two currencies are never added.\n"
        "  Convert them before loading, or say which one counts: `currency: EUR` in dataset.yml."
    ]
    counts = dict(zip(tests, rest[len(cells) :], strict=True))
    return counted, counts, mixed if currencies > 1 and not raw.settings.currency else []


def _rejects(raw: Raw, tests: Sequence[Test], engine: Engine) -> pd.DataFrame:
    """One entry for each row that breaks a test; of several the first counts."""
    if not tests:
        return no_rejects()
    which = " ".join(f"when {test.breaks} then {number}" for number, test in enumerate(tests))
    values = " ".join(
        f"when {number} then {quoted('_r_' + test.column)}::varchar" for number, test in enumerate(tests) if test.column
    )
    found = engine.query(
        f"select _file_no as file_no, _row as row, _test, case _test {values or 'when -1 then null'} end as value from "
        f"(select *, case {which} end as _test from ({raw.all_numbered(engine)})) where _test is not null order by 1, 2"
    )
    found["column"] = [tests[number].column for number in found["_test"]]
    found["reason"] = [tests[number].reason for number in found["_test"]]
    found["value"] = [shown(value) if isinstance(value, str) else "" for value in found["value"]]
    return found


def _broken_lines(checked: Checked) -> list[str]:
    """Stop at lines that cannot be read, unless they may be rejected."""
    raw, broken = checked.raw, checked.broken
    stopping = broken if not checked.may_reject(len(broken)) else broken[broken["kind"].isin(list(FATAL_LINES))]
    if stopping.empty:
        return []
    first = stopping.iloc[0]
    why = BROKEN_LINES.get(first["kind"], str(first["kind"]).lower())
    count = "a line" if len(stopping) == 1 else f"{len(stopping):,} lines"
    return [
        f"{raw.table.name}: {count} cannot be read (first: {place(raw, first['file_no'], first['line'])}: {why}).\n"
        "  Each line needs as many fields as the header; a field with a comma, a quotation mark or a line end stands in quotation marks."
    ]
