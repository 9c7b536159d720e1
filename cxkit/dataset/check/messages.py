"""Say of a broken test how many rows break it, where first, what was expected and what to do."""

from collections.abc import Sequence

from cxkit.dataset.check.locate import first_places, shown
from cxkit.dataset.check.result import Checked
from cxkit.dataset.check.rules import Test
from cxkit.engine.duckdb import quoted
from cxkit.errors import did_you_mean

MOST_SHOWN_VALUES = 20  # a column with more offending values probably holds something else, perhaps personal


def stories(checked: Checked, tests: Sequence[Test], counts: dict[str, int]) -> list[str]:
    """A message for each broken test: how many, where first, what was expected, what to do."""
    raw, stories = checked.raw, []
    places = first_places(raw, tests, checked.broken)
    for test in tests:
        where, value = places[test.reason]
        advice = _list_advice(checked, test) if test.listed else test.advice
        if test.column and value is not None and "different values" not in advice:
            where += f": {shown(value)}"
        if raw.settings.on_faults == "reject":
            advice += " More than half of the rows are too many to leave out."
        stories.append(f"{_sentence(checked, test, counts)} (first: {where}).\n  {advice}")
    return stories


def warnings(checked: Checked, tests: Sequence[Test], counts: dict[str, int]) -> list[str]:
    """A line for each test that rows may break and stay: how many, where first, what was expected."""
    places = first_places(checked.raw, tests, checked.broken)
    return [
        f"{_sentence(checked, test, counts).removeprefix(f'{checked.raw.table.name}: ')} (first: {places[test.reason][0]}; "
        f"{'it stays' if counts[test.reason] == 1 else 'they stay'}). {_list_advice(checked, test) if test.listed else test.advice}"
        for test in tests
    ]


def _sentence(checked: Checked, test: Test, counts: dict[str, int]) -> str:
    count, what = counts[test.reason], test.what
    if count == 1:
        verb, rest = what.split(" ", 1)
        what = f"{ {'have': 'has', 'are': 'is', 'break': 'breaks'}[verb] } {rest}"
    return f"{checked.raw.table.name}: {count:,} of {checked.rows_read:,} rows {what}"


def _list_advice(checked: Checked, test: Test) -> str:
    """Name the commonest values outside a list, and the list."""
    raw = checked.raw
    found = raw.engine.query(
        f"select {quoted(test.column)} as value, count(*) as n from ({raw.typed(raw.scan(), checked.types)}) "
        f"where {test.breaks} group by 1 order by n desc, value limit {MOST_SHOWN_VALUES + 1}"
    )
    allowed = f"Allowed: {', '.join(test.listed)}."
    if len(found) > MOST_SHOWN_VALUES:
        return f"There are more than {MOST_SHOWN_VALUES} different values: is it the right column? {allowed}"
    commonest = ", ".join(f"{shown(value)} ({n:,})" for value, n in zip(found["value"][:5], found["n"], strict=False))
    hint = did_you_mean(found["value"][0].lower(), test.listed)
    return f"Found: {commonest}.{hint} {allowed} Map the values before loading; an unknown class is an empty cell."
