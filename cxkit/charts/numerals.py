"""How charts write digits: in the locale of the run, or of a block."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import NamedTuple

from cxkit.run_context import this_run

_spoken: ContextVar[str] = ContextVar("locale", default="")
# Marks of direction that some locales wrap signs in: what reads from left to right would set their ranges in the wrong order.
DIRECTIONS = dict.fromkeys((0x061C, 0x200E, 0x200F))


class Numerals(NamedTuple):
    """Separators, what stands behind a percentage, and whether a currency's sign stands in front."""

    decimal: str
    group: str
    percent: str
    money_first: bool


def locale() -> str:
    """The locale as babel names it: of the block `spoken`, else of the run, else English."""
    return _spoken.get() or this_run().locale or "en"


@contextmanager
def spoken(name: str) -> Iterator[None]:
    """Write digits in a locale within the block."""
    token = _spoken.set(name)
    try:
        yield
    finally:
        _spoken.reset(token)


@lru_cache
def _numerals(name: str) -> Numerals:
    from babel.core import Locale
    from babel.numbers import get_decimal_symbol, get_group_symbol

    known = Locale.parse(name)
    percent = known.percent_formats[None].pattern.translate(DIRECTIONS).lstrip("#,0.")
    money_first = known.currency_formats["standard"].pattern.translate(DIRECTIONS).startswith("¤")
    return Numerals(get_decimal_symbol(known), get_group_symbol(known), percent, money_first)


def percent() -> str:
    """What stands behind a percentage, its space included.

    Examples
    --------
    >>> with spoken("de"):
    ...     percent()
    '\\xa0%'
    """
    return _numerals(locale()).percent


def digits(written: str) -> str:
    """A number written by Python, such as "1,234.5", with the locale's separators.

    Examples
    --------
    >>> with spoken("de"):
    ...     digits("1,234.5")
    '1.234,5'
    """
    symbols = _numerals(locale())
    return written.translate({ord(","): symbols.group, ord("."): symbols.decimal})


def ungrouped(said: str) -> str:
    """The same number without separators of thousands, where room is scarce."""
    return said.replace(_numerals(locale()).group, "")


def priced(amount: str, currency: str | None) -> str:
    """An amount with the currency's sign on the locale's side; without a currency as it is.

    Examples
    --------
    >>> priced("1,240", "EUR"), priced("1,240", None)
    ('€1,240', '1,240')
    """
    if not currency:
        return amount
    from babel.numbers import get_currency_symbol

    sign = get_currency_symbol(currency, locale()).translate(DIRECTIONS)
    first = _numerals(locale()).money_first
    if first:
        return f"{sign}\N{NO-BREAK SPACE}{amount}" if sign[-1].isalpha() else sign + amount
    return f"{amount}\N{NO-BREAK SPACE}{sign}"
