"""Rows of people who may not be analysed, who asked to be forgotten, or who are staff or a test, are left out when a table is loaded.

A row belongs to a customer by its `customer_id`, or by an id that `identities` maps to the customer. What comes out is counted, never listed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from cxkit.contract import Table
from cxkit.dataset.clean import Clean
from cxkit.engine.duckdb import Engine, literal, quoted
from cxkit.errors import DataError

#: Tables that say who may not be analysed, and which ids are theirs.
PEOPLE = ("customers", "identities")

#: Columns that say whose row it is: by customer, or by an id that `identities` knows.
CUSTOMER_COLUMNS = ("customer_id", "referrer_customer_id")
OTHER_COLUMNS = (
    "visitor_id",
    "recipient_id",
    "requester_id",
    "respondent_id",
    "author_id",
    "invitee_id",
    "participant_id",
    "id_value",
)
#: Why a row is left out: the condition on its row of `customers`.
REASONS = {
    "no consent to analysis (consent_analytics: false)": "consent_analytics is false",
    "erased (erased_at)": "erased_at is not null",
    "staff or test customer (customer_type)": "customer_type in ('staff', 'test')",
}
WITHHELD = "_withheld"


def who_is_withheld(tables: Collection[str]) -> list[str]:
    """The tables, of those that there are, that must be sound before anybody's rows are looked at."""
    return [name for name in PEOPLE if name in tables] if "customers" in tables else []


def withhold(cleaned: Clean, is_anybody_withheld: Callable[[], bool], engine: Engine) -> Clean:
    """Leave out and count the rows of people who may not be analysed. A table with faults is not looked at."""
    checked = cleaned.checked
    columns = _whose(checked.raw.table, checked.raw.types)
    counts = checked.withheld
    if counts is None:
        counts = {}
        if columns and not checked.faults and is_anybody_withheld():
            tests = [f"count(*) filter (where {_is_withheld(columns, reason)})" for reason in REASONS]
            found = engine.row(f"select {', '.join(tests)} from {cleaned.kept}")
            counts = {reason: n for reason, n in zip(REASONS, found, strict=True) if n}
    elif counts:
        is_anybody_withheld()
    stays = f"not {_is_withheld(columns)}" if counts else "true"
    return replace(cleaned, checked=replace(checked, withheld=counts), stays=stays)


def name_withheld(tables: Mapping[str, Clean], engine: Engine) -> bool:
    """Put the ids of people who may not be analysed into the engine, as `WITHHELD`; whether there is anybody."""
    people = {name: table for name in PEOPLE if name in tables and (table := _sound(tables, name))}
    if "customers" not in people or not {"consent_analytics", "erased_at", "customer_type"} & set(
        people["customers"].checked.filled
    ):
        return False
    engine.create_table(WITHHELD, _withheld_ids(*(table.kept for table in people.values())))
    return engine.row(f"select count(*) from {WITHHELD}")[0] > 0


def _whose(table: Table, known: Iterable[str]) -> dict[str, bool]:
    """The supplied columns of a table that say whose row it is, and whether they name a customer."""
    names = [name for name in known if name in table.columns]
    return {name: name in CUSTOMER_COLUMNS for name in names if name in (*CUSTOMER_COLUMNS, *OTHER_COLUMNS)}


def _is_withheld(columns: dict[str, bool], reason: str = "") -> str:
    """SQL that is true for a row of someone in the relation `WITHHELD` (for that reason)."""
    only = f" and reason = {literal(reason)}" if reason else ""
    tests = [
        f"coalesce({quoted(name)} in (select id from {WITHHELD} where is_customer = {str(is_customer).lower()}{only}), false)"
        for name, is_customer in columns.items()
    ]
    return f"({' or '.join(tests)})"


def _sound(tables: Mapping[str, Clean], name: str) -> Clean | None:
    """A table that can be read and has no faults. Whoever asks for rows is stopped at those of these tables before."""
    try:
        return tables[name] if not tables[name].checked.faults else None
    except DataError:
        return None


def _withheld_ids(customers: str, identities: str = "") -> str:
    """SQL for the ids of people who are left out, from SQL for two tables: is_customer, id, reason."""
    which = " ".join(f"when {condition} then {literal(reason)}" for reason, condition in REASONS.items())
    refused = f"select customer_id, case {which} end as reason from {customers}"
    parts = [f"select true as is_customer, customer_id as id, reason from ({refused}) where reason is not null"]
    if identities:
        parts.append(
            f"select distinct false, id_value, reason from {identities} join ({refused}) using (customer_id) where reason is not null"
        )
    return " union all ".join(parts)
