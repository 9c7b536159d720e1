"""Say of a broken test how many rows break it, where first, what was expected and what to do."""

from collections.abc import Iterable, Mapping

import pandas as pd

from cxkit.dataset.check.locate import places, shown
from cxkit.dataset.check.raw import Raw
from cxkit.dataset.check.result import Checked
from cxkit.dataset.check.rules import Test
from cxkit.engine.duckdb import Engine, quoted
from cxkit.errors import did_you_mean

MOST_SHOWN_VALUES = 20  # a column with more offending values probably holds something else, perhaps personal


def messages(
    checked: Checked, counts: Mapping[Test, int], first_rows: pd.DataFrame, engine: Engine
) -> tuple[list[str], list[str]]:
    """Notes on tests that rows may break and stay, and faults: how many rows, where first, what was expected, what to do."""
    raw = checked.raw
    where_and_what = zip(places(raw, first_rows), first_rows["value"], strict=True)
    first = dict(zip(first_rows["reason"], where_and_what, strict=True))
    notes, faults = [], []
    for test, count in counts.items():
        sentence = _sentence(checked, test, count)
        where, value = first[test.reason]
        advice = _list_advice(checked, test, engine) if test.listed else test.advice
        if test.is_warning:
            stay = "it stays" if count == 1 else "they stay"
            notes.append(f"{sentence} (first: {where}; {stay}). {advice}")
            continue
        if test.column and isinstance(value, str) and "different values" not in advice:
            where += f": {shown(value)}"
        if checked.raw.settings.on_faults == "reject":
            advice += " More than half of the rows are too many to leave out."
        faults.append(f"{checked.raw.table.name}: {sentence} (first: {where}).\n  {advice}")
    return notes, faults


def first_to_break(raw: Raw, tests: Iterable[Test], engine: Engine) -> pd.DataFrame:
    """The first row that breaks each test: reason, file_no, row, and the value there."""
    rows: list[tuple[str, int, int, str | None]] = []
    left = list(tests)
    for number in range(max(1, len(raw.files))):
        if not left:
            break
        wanted = []
        for test in left:
            value = f"{quoted('_r_' + test.column)}::varchar" if test.column else "''"
            wanted += [
                f"min(_row) filter (where {test.breaks})",
                f"arg_min({value}, _row) filter (where {test.breaks})",
            ]
        cells = engine.row(f"select {', '.join(wanted)} from ({raw.numbered(number, engine)})")
        found = zip(left, cells[::2], cells[1::2], strict=True)
        rows += [(test.reason, number, row, value) for test, row, value in found if row is not None]
        left = [test for test, row in zip(left, cells[::2], strict=True) if row is None]
    return pd.DataFrame(rows, columns=["reason", "file_no", "row", "value"])


def _sentence(checked: Checked, test: Test, count: int) -> str:
    what = test.what
    if count == 1:
        verb, rest = what.split(" ", 1)
        what = f"{ {'have': 'has', 'are': 'is', 'break': 'breaks'}[verb] } {rest}"
    return f"{count:,} of {checked.rows_read:,} rows {what}"


def _list_advice(checked: Checked, test: Test, engine: Engine) -> str:
    """Name the commonest values outside a list, and the list."""
    found = engine.query(
        f"select {quoted(test.column)} as value, count(*) as n from ({checked.raw.typed()}) "
        f"where {test.breaks} group by 1 order by n desc, value limit {MOST_SHOWN_VALUES + 1}"
    )
    allowed = f"Allowed: {', '.join(test.listed)}."
    if len(found) > MOST_SHOWN_VALUES:
        return f"There are more than {MOST_SHOWN_VALUES} different values: is it the right column? {allowed}"
    commonest = ", ".join(f"{shown(value)} ({n:,})" for value, n in zip(found["value"][:5], found["n"], strict=False))
    hint = did_you_mean(found["value"][0].lower(), test.listed)
    return f"Found: {commonest}.{hint} {allowed} Map the values before loading; an unknown class is an empty cell."
