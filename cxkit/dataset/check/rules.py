"""What is tested on each row of a table, derived from its contract."""

from collections.abc import Mapping
from dataclasses import dataclass

from cxkit.contract import Column, Table
from cxkit.dataset.check.casts import EXPECTED, naive
from cxkit.dataset.check.raw import literals
from cxkit.dataset.find.settings import Settings
from cxkit.engine.duckdb import literal, quoted

NAIVE = (
    "Write times with their offset, such as 2026-03-01T09:30:00+02:00, or name the zone that they were written in: "
    "`source_timezone: Europe/Amsterdam` in dataset.yml."
)
GUESTS = (
    "A purchase without a customer cannot enter customer value. Guest orders: leave the cell empty and set `guests: keep` in dataset.yml; "
    "they then count in sales and stay out of customer value (`guests: reject` leaves them out of everything)."
)
# An address or an international number in a text; what the contract keeps from reports is searched.
TEXTS = ("text", "value_text")
PERSONAL = r"[\w.+-]+@[\w-]+\.\w|\+\d[\d ()/-]{7,}\d"
FLOATS = "Identifiers and names are text: as floating-point numbers they lose digits and leading zeros."


@dataclass(frozen=True, kw_only=True)
class Test:
    """One thing that a row can break.

    Attributes
    ----------
    column : str
        The column whose value is shown; empty for a rule between columns.
    breaks : str
        SQL over `Raw.typed`, true for a row that breaks it.
    reason : str
        For lists and counts, a few words.
    what : str
        Continues "12 of 100 rows …" and begins with the verb.
    advice : str
        What was expected and what to do.
    is_warning : bool
        The row stays.
    is_rejected : bool
        The row is left out whatever `on_faults` says.
    listed : tuple of str
        The allowed values, where the fault is one outside the list.
    """

    __test__ = False  # for pytest: not a test of ours

    column: str
    breaks: str
    reason: str
    what: str
    advice: str
    is_warning: bool = False
    is_rejected: bool = False
    listed: tuple[str, ...] = ()


def row_tests(table: Table, types: Mapping[str, str], settings: Settings) -> list[Test]:
    """Return all tests of a table that was supplied with columns of these engine types."""
    tests: list[Test] = []
    for column in table.columns.values():
        if column.name in types:
            tests += _presence(table, column, settings)
            tests += _type(column, types[column.name], settings)
            tests += _values(column)
            tests += _own_list(column, settings)
    if "currency" in types and settings.currency:
        tests.append(_one_currency(settings.currency))
    tests += [
        Test(
            column="",
            breaks=f"not ({rule.holds})",
            reason=f"breaks the rule: {rule.says}",
            what=f"break the rule that {rule.says}",
            advice=f"The rule: {rule.holds}.",
            is_warning=rule.level == "warning",
        )
        for rule in table.rules
    ]
    return tests + _late(table, settings)


def _presence(table: Table, column: Column, settings: Settings) -> list[Test]:
    empty = f"{quoted('_r_' + column.name)} is null"
    if table.name == "orders" and column.name == "customer_id" and settings.guests != "keep":
        reject = settings.guests == "reject"
        reason = "guest order (guests: reject)" if reject else "no customer_id"
        return [
            Test(
                column=column.name,
                breaks=empty,
                reason=reason,
                what="have no customer_id",
                advice=GUESTS,
                is_rejected=reject,
            )
        ]
    if not column.required:
        return []
    advice = f"{column.description} It may not be empty."
    return [
        Test(column=column.name, breaks=empty, reason=f"no {column.name}", what=f"have no {column.name}", advice=advice)
    ]


def _type(column: Column, supplied: str, settings: Settings) -> list[Test]:
    name, before = column.name, quoted("_r_" + column.name)
    wrong, tests = f"{before} is not null and {quoted(name)} is null", []
    no_offset = "" if settings.source_timezone else naive(column, supplied, before)
    if no_offset:
        what = f"have a time without time zone in `{name}`"
        tests.append(Test(column=name, breaks=no_offset, reason=f"{name} without time zone", what=what, advice=NAIVE))
        wrong += f" and not ({no_offset})"
    expected = EXPECTED[column.type]
    advice = FLOATS if column.type == "string" else f"Expected {expected}; where it is not known the cell stays empty."
    what = f"have something in `{name}` that is not {expected}"
    tests.append(
        Test(
            column=name, breaks=wrong, reason=f"{name} is not {expected.split(' such as')[0]}", what=what, advice=advice
        )
    )
    return tests


def _values(column: Column) -> list[Test]:
    name, value, tests = column.name, quoted(column.name), []
    if column.allowed:
        outside = f"{value} not in ({literals(column.allowed)})"
        if column.allowed_prefix:
            outside += f" and not starts_with({value}, {literal(column.allowed_prefix)})"
        what = f"have a `{name}` that is not in its list"
        tests.append(
            Test(
                column=name,
                breaks=outside,
                reason=f"{name} not in its list",
                what=what,
                advice="",
                listed=column.allowed,
            )
        )
    if name in TEXTS:
        tests.append(
            Test(
                column=name,
                breaks=f"regexp_matches({value}, {literal(PERSONAL)})",
                reason=f"personal data in {name}",
                what=f"have an e-mail address or a phone number in `{name}`",
                advice="No report shows this text; delete what names a person before passing the file on.",
                is_warning=True,
            )
        )
    if column.pattern:
        breaks = f"not regexp_full_match({value}, {literal(column.pattern)})"
        tests.append(
            Test(
                column=name,
                breaks=breaks,
                reason=f"{name} malformed",
                what=f"have a malformed `{name}`",
                advice=column.description,
            )
        )
    for bound, sign, words in (
        (column.min, "<", "below"),
        (column.max, ">", "above"),
        (column.above, "<=", "not above"),
    ):
        if bound is not None:
            text = f"{name} {words} {bound:g}"
            what = f"have a `{name}` {words} {bound:g}"
            tests.append(
                Test(column=name, breaks=f"{value} {sign} {bound}", reason=text, what=what, advice=column.description)
            )
    return tests


OWN_LISTS = {
    "persona": "personas",
    "psychographic_cluster": "psychographic_clusters",
    "job_to_be_done": "jobs_to_be_done",
}


def _own_list(column: Column, settings: Settings) -> list[Test]:
    """A value outside the company's own list, where dataset.yml has one: told, for it may be new or mistyped."""
    name = OWN_LISTS.get(column.name, "")
    listed: tuple[str, ...] = getattr(settings, name) if name else ()
    if not listed:
        return []
    return [
        Test(
            column=column.name,
            breaks=f"{quoted(column.name)} not in ({literals(listed)})",
            reason=f"{column.name} not in {name} of dataset.yml",
            what=f"have a `{column.name}` that is not in the list `{name}` of dataset.yml",
            advice="",
            is_warning=True,
            listed=listed,
        )
    ]


def _one_currency(currency: str) -> Test:
    advice = f"dataset.yml says `currency: {currency}`, and amounts of two currencies are never added. Convert them before loading."
    breaks = f"regexp_full_match(currency, '[A-Z]{{3}}') and currency <> '{currency}'"
    return Test(
        column="currency",
        breaks=breaks,
        reason=f"currency is not {currency}",
        what=f"are not in {currency}",
        advice=advice,
    )


def _late(table: Table, settings: Settings) -> list[Test]:
    """Rows after the period that is stated: times that are wrong, or a period that is."""
    stated, time = settings.tables.get(table.name), table.time
    if not stated:
        return []
    day = quoted(time)
    if table.columns[time].type == "timestamp":
        day = f"timezone({literal(settings.timezone)}, timezone('UTC', {day}))::date"
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
