"""What a column map can say, as typed objects for the import; docs/importing.md describes the YAML that they are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cxkit.contract import Table

AS = ("text", "id", "number", "whole", "percent", "seconds", "timestamp", "date", "boolean", "path", "domain")


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """Where one column of a contract table comes from, and how its cells are read.

    Exactly one of `heading`, `constant`, `add`, `join`, `made_of`, `latest` and `ask` says where from.

    Attributes
    ----------
    heading : tuple of str
        Headings to look for; the first that has a value in the row is taken.
    constant : str or None
        The same text in every row.
    add, minus : tuple of str
        Numbers added up (and taken off); empty cells count as nothing, all empty is empty.
    join : tuple of str
        Texts put together, with `by` between; a part that starts with = is a constant. Empty when a part is empty, but for
        parts that end with ?.
    made_of : tuple of str
        Contract columns of the same row from which a stable id is made.
    latest : tuple of str
        The latest time in these columns over the file, such as the moment of export.
    ask : str
        The file does not say it: the user does, with --set; the text explains what.
    reading : str
        One of `AS`; "" takes what the contract's type says.
    hash : str
        The kind of personal identifier to hash it as; "" is none.
    zone : str
        Time zone of naive times; "account" is asked for with --timezone.
    form : str
        strptime format, or unix_s, unix_ms, unix_us.
    choices, otherwise : dict and str or None
        Vendor's value → contract's value; what becomes of a value that neither this nor the contract lists: `{}` in it is
        the value itself, "" leaves the cell empty, "(reject)" rejects the row. Without it such values stop the import.
    times : number or None
        The number is multiplied by it (minutes to seconds: 60).
    after : str
        The number is seconds after this contract column.
    nulls : tuple of str
        Texts that mean nothing here.
    default : str
        What an empty cell becomes.
    """

    heading: tuple[str, ...] = ()
    constant: str | None = None
    add: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    by: str = ""
    made_of: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()
    ask: str = ""
    reading: str = ""
    hash: str = ""
    zone: str = ""
    form: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    times: float | None = None
    after: str = ""
    decimal: str = ""
    nulls: tuple[str, ...] = ()
    default: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading that the column may read."""
        joined = tuple(part.removesuffix("?") for part in self.join if not part.startswith("="))
        return (*self.heading, *self.add, *self.minus, *joined, *self.latest)


@dataclass(frozen=True, kw_only=True)
class Leave:
    """Rows to leave out, with the reason that the account gives."""

    where: tuple[str, ...]
    because: str
    values: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    like: str = ""
    blank: bool = False


@dataclass(frozen=True, kw_only=True)
class Check:
    """A column that the vendor computed: ignored, recomputed from contract columns and compared."""

    heading: str
    over: tuple[str, ...]
    under: tuple[str, ...] = ()
    reading: str = "number"
    within: float = 0.0005


@dataclass(frozen=True, kw_only=True)
class Totals:
    """A totals row: left out, and compared with the rows that it sums up."""

    blank: tuple[str, ...]
    sums: tuple[str, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TableMap:
    """One contract table made from one kind of sheet."""

    table: Table
    columns: Mapping[str, ColumnMap]
    sheet: str = ""
    lookup: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    leave_out: tuple[Leave, ...] = ()
    one_row_per: tuple[str, ...] = ()
    last_by: str = ""
    each: tuple[Mapping[str, ColumnMap], ...] = ()
    combine: Mapping[str, str] = field(default_factory=dict)
    combine_by: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    totals: Totals | None = None
    if_present: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SheetMap:
    """How a kind of sheet is recognised: the headings that it must have, or the number of columns when it has none."""

    name: str
    when: frozenset[str]
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VendorMap:
    """A whole map: the sheets of a vendor and the contract tables that they feed."""

    name: str
    title: str
    how: str
    sheets: tuple[SheetMap, ...]
    tables: tuple[TableMap, ...]
    synonyms: Mapping[str, str] = field(default_factory=dict)
    nulls: tuple[str, ...] = ()
    decimal: str = ""
    dates: str = ""
    zone: str = ""
    drop: tuple[str, ...] = ()
    prepare: str = ""
    stacked: bool = False
