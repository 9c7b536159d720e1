"""Numbers as people read them: by unit, locale and currency (babel does the work).

How many decimals a figure gets follows from how well it is known: its interval's half width shows at least one digit.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from babel.core import Locale
from babel.numbers import (
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
)

from cxkit.charts.numerals import DIRECTIONS

MINUS = "−"
NOTHING = "–"
LEAST_DECIMALS = {"share": 1, "count": 0, "days": 1, "score": 1, "ratio": 2, "rate": 2}
MOST_DECIMALS = 6
LEAST_WHOLE_SECONDS = 9.95  # below it tenths are said


def missing(value: float | None) -> bool:
    """No number there: None or NaN."""
    return value is None or not math.isfinite(value)


def is_number(value: Any) -> bool:
    """A number that is there, not a text, a truth or what stands for a hidden one."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True)
class Style:
    """How figures are said: `locale` as babel names it ("en", "de_AT"), `currency` as ISO 4217 names it."""

    locale: str = "en"
    currency: str = "EUR"

    def decimals(self, unit: str, value: float, low: float | None = None, high: float | None = None) -> int:
        """Decimals that a figure deserves, counted in the unit that it is shown in (a share in percent).

        Examples
        --------
        >>> Style().decimals("share", 0.059, 0.057, 0.061), Style().decimals("share", 0.0041, 0.0038, 0.0043)
        (1, 2)
        >>> Style().decimals("ratio", 1.99, 1.91, 2.08), Style().decimals("ratio", 2122.29, 1797.49, 2447.09)
        (2, 0)
        """
        if unit == "count" and float(value).is_integer():
            return 0
        if unit == "seconds":
            ends = [abs(end) for end in (value, low, high) if end is not None and math.isfinite(end)]
            return 1 if max(ends, default=0.0) < LEAST_WHOLE_SECONDS else 0
        known_to = None if low is None or high is None or not high > low else (high - low) / 2
        if unit == "money":
            return self._money_decimals(value, known_to)
        least = LEAST_DECIMALS.get(unit, 2) if known_to is None or unit != "days" else 0
        known_to = abs(value) / 5 if known_to is None else known_to
        if unit in ("ratio", "rate") and 1 <= known_to < math.inf:
            return 0 if known_to >= 10 else 1
        return _to_show(100 * known_to if unit == "share" else known_to, least)

    def _money_decimals(self, value: float, known_to: float | None) -> int:
        """As many as the currency has: none for large amounts or those known to a hundred, more for what is less than a cent."""
        least = get_currency_precision(self.currency)
        if known_to is None and abs(value) >= 0.01:
            return 0 if abs(value) >= 10_000 else least
        known_to = abs(value) / 5 if known_to is None else known_to
        return 0 if known_to >= 100 else _to_show(known_to, least)

    @staticmethod
    def common_decimals(unit: str, decimals: Sequence[int], values: Sequence[float]) -> int:
        """Decimals for numbers that stand under one another: the most that one of them deserves, for money no cents beside thousands.

        Examples
        --------
        >>> Style.common_decimals("money", [0, 2], [12_026, 9_681.58]), Style.common_decimals("share", [1, 2], [0.2, 0.004])
        (0, 2)
        """
        sizes = [abs(value) for value in values if not missing(value) and value]
        if unit == "money" and sizes and (min(sizes) >= 100 or max(sizes) >= 10_000):
            return min(decimals, default=0)
        return max(decimals, default=0)

    def number(self, value: float, decimals: int = 0) -> str:
        """A plain number with the locale's separators; a true minus sign."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return self._minus(format_decimal(_no_minus_zero(value, decimals), format=pattern, locale=self.locale))

    def digits(self, value: Any) -> str:
        """A number as it is, with the locale's decimal sign; a text as it is; "–" where there is nothing.

        Examples
        --------
        >>> Style("de").digits(0.0594), Style("de").digits(1917), Style().digits(None)
        ('0,0594', '1917', '–')
        """
        if value is None:
            return NOTHING
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return str(value)
        said = f"{value:.6g}" if abs(value) < 1e6 and isinstance(value, float) else f"{value:.0f}"
        return said.replace(".", get_decimal_symbol(self.locale))

    def value(self, value: float | None, unit: str, decimals: int | None = None) -> str:
        """One figure with its unit.

        Examples
        --------
        >>> style = Style()
        >>> style.value(0.0594, "share"), style.value(66, "seconds"), style.value(0.2311, "money"), style.value(None, "ratio")
        ('5.9%', '1 min 06 s', '€0.23', '–')
        """
        if value is None or missing(value):
            return NOTHING
        if unit == "seconds":
            return self._seconds(value, decimals)
        if unit == "p":
            return f"< {self.number(0.001, 3)}" if value < 0.001 else self.number(value, 3)
        digits = self.decimals(unit, value) if decimals is None else decimals
        if unit == "share":
            return self._percent(value, digits)
        if unit == "money":
            return self._money(value, digits)
        if unit == "days":
            return f"{self.number(value, digits)} {'day' if abs(_no_minus_zero(value, digits)) == 1 else 'days'}"
        return self.number(value, digits)

    def said(self, value: Any, unit: str, decimals: int | None = None) -> str:
        """A cell of a table: a number by its unit, a text or a truth as it is, "–" where there is nothing."""
        if value is None:
            return NOTHING
        return str(value) if unit == "text" or isinstance(value, (str, bool)) else self.value(value, unit, decimals)

    def interval(self, low: float | None, high: float | None, unit: str, decimals: int | None = None) -> str:
        """Both ends, the unit said once where it follows the number."""
        if low is None or high is None or missing(low) or missing(high):
            return NOTHING
        if unit == "share":
            digits = self.decimals(unit, high, low, high) if decimals is None else decimals
            return f"{self.number(low * 100, digits)} – {self._percent(high, digits)}"
        if unit == "days":
            digits = self.decimals(unit, high, low, high) if decimals is None else decimals
            return f"{self.number(low, digits)} – {self.value(high, unit, digits)}"
        if unit == "seconds" and is_below_a_minute(low, high):
            digits = self.decimals(unit, high, low)
            return f"{self.number(low, digits)} – {self.value(high, unit, digits)}"
        if unit == "money" and self.currency_follows():
            digits = self.decimals(unit, high, low, high) if decimals is None else decimals
            return f"{self.number(low, digits)} – {self._money(high, digits)}"
        return f"{self.value(low, unit, decimals)} – {self.value(high, unit, decimals)}"

    def signed(self, value: float | None, unit: str, decimals: int | None = None, *, bare: bool = False) -> str:
        """A change with its sign; a change of shares in percentage points (`bare` leaves out what stands behind the number).

        Examples
        --------
        >>> Style().signed(0.008, "share"), Style().signed(-12.4, "seconds"), Style().signed(0.02, "money")
        ('+0.8 points', '−12 s', '+€0.02')
        """
        if value is None or missing(value):
            return NOTHING
        digits = self.decimals(unit, value) if decimals is None else decimals
        scale, word = (100, "" if bare else " points") if unit == "share" else (1, "")
        size = abs(value) * scale
        follows = (
            unit == "days"
            or (unit == "seconds" and is_below_a_minute(size))
            or (unit == "money" and self.currency_follows())
        )
        plain = unit == "share" or (bare and follows)
        text = self.number(size, digits) + word if plain else self.value(size, unit, digits)
        if round(size, digits) == 0:
            return text
        return (MINUS if value < 0 else "+") + text

    def currency_name(self) -> str:
        """The currency's symbol and code, to be said once: "€ (EUR)"."""
        symbol = get_currency_symbol(self.currency, locale=self.locale)
        return self.currency if symbol == self.currency else f"{symbol} ({self.currency})"

    def _percent(self, value: float, decimals: int) -> str:
        pattern = Locale.parse(self.locale).percent_formats[None].pattern
        suffix = pattern.translate(DIRECTIONS).lstrip("#,0.")
        return self.number(value * 100, decimals) + suffix

    def currency_follows(self) -> bool:
        """Whether the locale writes the currency behind the number."""
        return self._money_pattern().endswith("¤")

    def _money_pattern(self) -> str:
        return Locale.parse(self.locale).currency_formats["standard"].pattern.split(";")[0].translate(DIRECTIONS)

    def _money(self, value: float, decimals: int) -> str:
        pattern = self._money_pattern().replace("0.00", "0" + ("." + "0" * decimals if decimals else ""))
        if pattern.startswith("¤#") and get_currency_symbol(self.currency, locale=self.locale)[-1].isalpha():
            pattern = pattern.replace("¤", "¤\N{NO-BREAK SPACE}", 1)
        amount = _no_minus_zero(value, decimals)
        return self._minus(
            format_currency(amount, self.currency, format=pattern, currency_digits=False, locale=self.locale)
        )

    def _seconds(self, value: float, decimals: int | None = None) -> str:
        sign, size = (MINUS if value < 0 else ""), abs(value)
        if size < LEAST_WHOLE_SECONDS and decimals != 0:
            return f"{sign}{self.number(size, 1)} s"
        whole = round(size)
        if whole < 60:
            return f"{sign}{whole} s"
        if whole < 3600:
            return f"{sign}{whole // 60} min {whole % 60:02d} s"
        minutes = round(size / 60)
        if minutes < 48 * 60:
            return f"{sign}{minutes // 60} h {minutes % 60:02d} min"
        return f"{sign}{self.number(size / 86400, 1)} days"

    @staticmethod
    def _minus(text: str) -> str:
        return text.translate(DIRECTIONS).replace("-", MINUS)


def _to_show(known_to: float, least: int) -> int:
    """Decimals that show the first digit of `known_to`."""
    if not 0 < known_to < math.inf:
        return least
    return min(max(least, math.ceil(-math.log10(known_to))), MOST_DECIMALS)


def is_below_a_minute(*seconds: float) -> bool:
    """Whether all of these times are said in seconds alone."""
    return all(round(abs(size)) < 60 for size in seconds)


def _no_minus_zero(value: float, decimals: int) -> float:
    rounded = round(value, decimals)
    return 0.0 if rounded == 0 else rounded


def unbroken(text: str) -> str:
    """Keep both ends of a range, a number and its unit, and the parts of a time on one line; a range of such times breaks between its ends."""
    is_of_times = bool(re.search(r"\d (?:h|min) \d", text))
    text = re.sub(r" ([–…]) ", "\u00a0\\1 " if is_of_times else "\u00a0\\1\u2060\u00a0", text)
    text = re.sub(rf"([{MINUS}+])(?=\S)", "\\1\u2060", text)
    text = re.sub(r"(?<=\b\w)-(?=\w)", "-\u2060", text)  # e-mail
    text = re.sub(r"(?<= h|in) (?=\d+ (?:min|s)\b)", "\u00a0", text)  # 5 h 31 min, 1 min 06 s
    return re.sub(r"(?<=\d) (?=(?:s|min|h|days?|points)\b)|(?<=n) (?==)|(?<==) ", "\u00a0", text)
