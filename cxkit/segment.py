"""A segment: which rows a figure looks at, `country=PL; device_class=mobile,tablet`, read once and carried as a value.

The text has one form. Conditions are parted by `;` and must all hold; a condition names a column and one value or several, parted by `,`.
A value that holds a sign of this form (`;`, `,`, `"`, a line's end), or begins or ends with a blank, or is empty, stands in double quotes,
a quote within it twice: `category="Tea, loose"`. An equals sign needs none: `category=gift=card`.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from cxkit.errors import ArgumentError

_VALUE = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^;,"\r\n]*[^;,"\s]))\s*(?:([,;])|$)')
_COLUMN = re.compile(r"\s*(\w+)\s*=")
_PLAIN = re.compile(r'[^;,"\s](?:[^;,"\r\n]*[^;,"\s])?')


@dataclass(frozen=True)
class Condition:
    """A column and the values that are in."""

    column: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.column}={','.join(map(_quoted, self.values))}"

    @property
    def level(self) -> str:
        """Its value; of several, all of them in words."""
        return ", ".join(self.values)


@dataclass(frozen=True)
class Segment:
    """Conditions that must all hold; none of them: everything. As text it is what `Segment.parse` reads.

    Examples
    --------
    >>> some = Segment.parse("device_class=mobile, tablet;country=PL")
    >>> some.conditions[0].values, str(some)
    (('mobile', 'tablet'), 'device_class=mobile,tablet; country=PL')
    >>> str(some.part("category", "Tea, loose"))
    'device_class=mobile,tablet; country=PL; category="Tea, loose"'
    """

    conditions: tuple[Condition, ...] = ()

    @classmethod
    def parse(cls, text: "str | Segment") -> "Segment":
        """Read a segment.

        Raises
        ------
        ArgumentError
            Not of the form `column=value[,value][; column=value]`, with where it stops being so.
        """
        return text if isinstance(text, Segment) else cls(_read(text))

    def __str__(self) -> str:
        return "; ".join(map(str, self.conditions))

    def __bool__(self) -> bool:
        return bool(self.conditions)

    def part(self, by: str, level: object) -> Self:
        """The part of it with one value of a column, as a breakdown shows it; without a column it is itself."""
        return type(self)((*self.conditions, Condition(by, (str(level),)))) if by else self

    def within(self, other: "Segment") -> Self:
        """Both hold."""
        return type(self)((*other.conditions, *self.conditions))

    @property
    def by(self) -> str:
        """What its last condition is about: the column that a breakdown is by; empty for everything."""
        return self.conditions[-1].column if self.conditions else ""

    @property
    def level(self) -> str:
        """The value of the last condition; of several, all of them in words."""
        return self.conditions[-1].level if self.conditions else ""

    @property
    def columns(self) -> list[str]:
        """The columns that it asks for."""
        return [condition.column for condition in self.conditions]


def conditions_of(text: object) -> tuple[Condition, ...]:
    """The conditions that a label names; none where it is words of a notebook's own."""
    try:
        return Segment.parse(str(text)).conditions
    except ArgumentError:
        return ()


def levels_of(text: str) -> tuple[str, ...]:
    """The values that a label names, column by column; words of a notebook's own are their only one.

    Examples
    --------
    >>> levels_of('country=PL; category="Tea, loose"'), levels_of("Tea, loose"), levels_of("")
    (('PL', 'Tea, loose'), ('Tea, loose',), ())
    """
    found = tuple(condition.level for condition in conditions_of(text))
    return found or ((text,) if text else ())


@lru_cache(maxsize=4096)  # the rows of a report name few segments again and again
def _read(text: str) -> tuple[Condition, ...]:
    conditions, place = [], 0
    while text[place:].strip(" ;"):
        named = _COLUMN.match(text, place)
        if not named:
            raise _malformed(text, place)
        values: list[str] = []
        place, sign = named.end(), ","
        while sign == ",":
            found = _VALUE.match(text, place)
            if not found:
                raise _malformed(text, place)
            values.append(found[2] if found[1] is None else found[1].replace('""', '"'))
            place, sign = found.end(), found[3]
        conditions.append(Condition(named[1], tuple(values)))
    return tuple(conditions)


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else '"' + value.replace('"', '""') + '"'


def _malformed(text: str, place: int) -> ArgumentError:
    rest = text[place:].strip()
    return ArgumentError(
        f"segment {text!r} is not of the form column=value[,value][; column=value], for example device_class=mobile: "
        f"it is not understood from {rest!r} on. A value with a comma, semicolon or quote stands in double quotes."
    )
