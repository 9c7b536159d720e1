"""The data contract: what each input table holds, read from the YAML files beside this module."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a contract table.

    Attributes
    ----------
    type : str
        string, timestamp, date, integer, float, decimal or boolean. Money is `decimal`, identifiers are `string`.
    required : bool
        The column must be there and no cell may be empty.
    required_for : str
        What does not work without it, where it may be left out; empty otherwise.
    allowed : tuple of str
        The only values that a cell may hold; empty when free.
    allowed_prefix : str
        Values that start so are allowed beside the list (`custom:`).
    min, max, above : float or None
        Bounds: `min` and `max` belong to the range, `above` does not.
    pattern : str
        A regular expression that the whole value matches.
    references : str
        `table.column` that the value is found in.
    default : str
        SQL that stands in when the column is not supplied; `$name` is a setting of dataset.yml, without which it stays empty.
    unit, description : str
        For the reader.
    """

    name: str
    type: str
    description: str
    required: bool = False
    required_for: str = ""
    allowed: tuple[str, ...] = ()
    allowed_prefix: str = ""
    min: float | None = None
    max: float | None = None
    above: float | None = None
    pattern: str = ""
    unit: str = ""
    references: str = ""
    default: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A condition between columns of one row: `holds` is SQL, `says` the same in words; a row with an empty cell passes.

    `level` is "fault" (the row is wrong) or "warning" (the row stays and is counted).
    """

    holds: str
    says: str
    level: str = "fault"


@dataclass(frozen=True, kw_only=True)
class Table:
    """One contract table: its grain, key, the column that dates a row, and its columns by name, in order."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: dict[str, Column]
    time: str = ""
    serves: tuple[str, ...] = ()
    key_from: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    note: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that may never be empty."""
        return tuple(column.name for column in self.columns.values() if column.required)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times quicker where libyaml is there

# Every table may say where a row comes from and when it was loaded.
COMMON = (
    Column(name="source", type="string", description="The system that the row comes from."),
    Column(name="loaded_at", type="timestamp", description="When the row was exported or loaded."),
)


@cache
def tables() -> dict[str, Table]:
    """Return all contract tables by name, in the order of the contract.

    Examples
    --------
    >>> tables()["orders"].key
    ('order_id',)
    >>> tables()["orders"].columns["net_amount"].type
    'decimal'
    """
    texts = [entry.read_text(encoding="utf-8") for entry in files(__package__).iterdir() if entry.name.endswith(".yml")]
    found = [_table(yaml.load(text, Loader=_LOADER)) for text in texts]
    return {table.name: table for table in sorted(found, key=lambda table: ORDER.index(table.name))}


ORDER = (
    "customers", "identities", "events", "campaigns", "message_events", "social_posts", "social_daily", "social_mentions",
    "usability_tasks", "survey_answers", "tickets", "subscriptions", "orders", "spend", "referrals", "series",
)  # fmt: skip


def _table(entry: dict[str, Any]) -> Table:
    columns = [Column(name=name, **_tuples(column)) for name, column in entry.pop("columns").items()]
    rules = tuple(Rule(**rule) for rule in entry.pop("rules", ()))
    return Table(
        name=entry.pop("table"), columns={c.name: c for c in [*columns, *COMMON]}, rules=rules, **_tuples(entry)
    )


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    """Lists as tuples, so that what is read stays as it is."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
