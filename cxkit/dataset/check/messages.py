"""Say of a broken test how many rows break it, where first, what was expected and what to do."""

from collections.abc import Mapping, Sequence

import pandas as pd

from cxkit.dataset.check.locate import places, shown
from cxkit.dataset.check.result import Checked
from cxkit.dataset.check.rules import Test
from cxkit.engine.duckdb import Engine, quoted
from cxkit.errors import did_you_mean

MOST_SHOWN_VALUES = 20  # a column with more offending values probably holds something else, perhaps personal


def messages(checked: Checked, counts: Mapping[Test, int], engine: Engine) -> tuple[list[str], list[str]]:
    """Notes on tests that rows may break and stay, and faults: how many rows, where first, what was expected, what to do."""
    first = _first_places(checked, list(counts), engine)
    notes, faults = [], []
    for test, count in counts.items():
        sentence = _sentence(checked, test, count)
        where, value = first[test.reason]
        advice = _list_advice(checked, test, engine) if test.listed else test.advice
        if test.is_warning:
            stay = "it stays" if count == 1 else "they stay"
            notes.append(f"{sentence} (first: {where}; {stay}). {advice}")
            continue
        if test.column and value is not None and "different values" not in advice:
            where += f": {shown(value)}"
        if checked.raw.settings.on_faults == "reject":
            advice += " More than half of the rows are too many to leave out."
        faults.append(f"{checked.raw.table.name}: {sentence} (first: {where}).\n  {advice}")
    return notes, faults


def _first_places(checked: Checked, tests: Sequence[Test], engine: Engine) -> dict[str, tuple[str, str | None]]:
    """Return, for each test's reason, the place of the first row that breaks it and the value there."""
    raw = checked.raw
    found: dict[str, tuple[str, str | None]] = {}
    for number in range(max(1, len(raw.files))):
        left = [test for test in tests if test.reason not in found]
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
        rows = [
            (test.reason, cells[2 * i], cells[2 * i + 1]) for i, test in enumerate(left) if cells[2 * i] is not None
        ]
        first = pd.DataFrame({"file_no": number, "row": [row for _, row, _ in rows]})
        where = places(raw, first, checked.broken)
        found |= {reason: (one, value) for (reason, _, value), one in zip(rows, where, strict=True)}
    return found


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
