"""Rows of people who may not be analysed, who asked to be forgotten, or who are staff or a test, are left out when a table is loaded.

A row belongs to a customer by its `customer_id`, or by an id that `identities` maps to the customer. What comes out is counted, never listed.
"""

from collections.abc import Iterable

from cxkit.contract import Table
from cxkit.engine.duckdb import literal, quoted

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


def withheld_ids(customers: str, identities: str = "") -> str:
    """SQL for the ids of people who are left out: is_customer, id, reason.

    Parameters
    ----------
    customers, identities : str
        Queries of the two tables; identities may be empty.
    """
    which = " ".join(f"when {condition} then {literal(reason)}" for reason, condition in REASONS.items())
    refused = f"select customer_id, case {which} end as reason from ({customers})"
    parts = [f"select true as is_customer, customer_id as id, reason from ({refused}) where reason is not null"]
    if identities:
        parts.append(
            f"select distinct false, id_value, reason from ({identities}) join ({refused}) using (customer_id) where reason is not null"
        )
    return " union all ".join(parts)


def whose(table: Table, known: Iterable[str]) -> dict[str, bool]:
    """The supplied columns of a table that say whose row it is, and whether they name a customer."""
    names = [name for name in known if name in table.columns]
    return {name: name in CUSTOMER_COLUMNS for name in names if name in (*CUSTOMER_COLUMNS, *OTHER_COLUMNS)}


def is_withheld(columns: dict[str, bool], reason: str = "") -> str:
    """SQL that is true for a row of someone in the relation `WITHHELD` (for that reason)."""
    only = f" and reason = {literal(reason)}" if reason else ""
    tests = [
        f"coalesce({quoted(name)} in (select id from {WITHHELD} where is_customer = {str(is_customer).lower()}{only}), false)"
        for name, is_customer in columns.items()
    ]
    return f"({' or '.join(tests)})"
