"""Choosing rows by segment: `country=PL`, `device_class=mobile,tablet; is_new_visitor=true`."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from cxkit.engine.duckdb import literal
from cxkit.errors import ArgumentError, did_you_mean


@dataclass(frozen=True)
class Segment:
    """A column and the values that are in.

    Examples
    --------
    >>> parse_segment("device_class=mobile,tablet; country=PL")
    [Segment(column='device_class', values=('mobile', 'tablet')), Segment(column='country', values=('PL',))]
    """

    column: str
    values: tuple[str, ...]

    @property
    def sql(self) -> str:
        """A condition; a missing value is `none`."""
        quoted = ", ".join(map(literal, self.values))
        return f"coalesce(cast({self.column} as varchar), 'none') in ({quoted})"


def parse_segment(text: str) -> list[Segment]:
    """Read conditions that must all hold.

    Raises
    ------
    ArgumentError
        Not of the form `column=value[,value][; column=value]`.
    """
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = re.fullmatch(r"(\w+)\s*=\s*(.+)", part)
        if not match:
            raise ArgumentError(
                f"segment {part!r} is not of the form column=value[,value], for example device_class=mobile."
            )
        found.append(Segment(match[1], tuple(value.strip() for value in match[2].split(","))))
    return found


def known_column(column: str, columns: Collection[str], where: str) -> str:
    """The column itself.

    Raises
    ------
    ArgumentError
        If `where` has no such column; names the nearest.
    """
    if column not in columns:
        raise ArgumentError(f"{where} has no column {column!r} to choose or group by.{did_you_mean(column, columns)}")
    return column
