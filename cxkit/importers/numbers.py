"""Numbers as people write them: decimal commas, thousands separators, currencies, percent signs.

Which of `.` and `,` is the decimal sign is decided once for a column, from the values that can only be read one way.
"""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from cxkit.errors import DataError

_SPACES = "\u00a0\u202f\u2009 '’"
_CURRENCY = re.compile(
    r"^(?:[A-Z]{2,3}\s?[$]|[A-Z]{3}(?=[\s\d.,-])|[$€£¥₹₩₺₽zł]+|R[$]|kr\.?)|(?:[$€£¥₹₩₺₽]|[A-Z]{3}|kr\.?|zł)$"
)
_NUMBER = re.compile(r"[+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?")


def decimals(texts: Iterable[str], *, whole: bool, given: str | None, where: str) -> list[Decimal | None]:
    """Numbers of one column, whose decimal sign is found over all of it; None where there is none."""
    stripped = list(map(bare, texts))
    sign = decimal_sign(stripped, whole=whole, given=given, where=where)
    return [to_decimal(text, sign) for text in stripped]


def bare(text: str) -> str:
    """Take away what is not the number: spaces, currency, percent sign; brackets and a trailing minus become a minus.

    Examples
    --------
    >>> bare("US$ 1.234,50"), bare("(12)"), bare("85,98 %"), bare("5−")
    ('1.234,50', '-12', '85,98', '-5')
    """
    text = text.strip().replace("\u2212", "-").removesuffix("%").strip()
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1].strip() if negative else text
    if text.startswith("-"):
        negative, text = True, text[1:].strip()
    if text.endswith("-"):
        negative, text = True, text[:-1].strip()
    text = _CURRENCY.sub("", _CURRENCY.sub("", text).strip())
    for space in _SPACES:
        text = text.replace(space, "")
    if text.startswith("-"):  # the sign may stand behind the currency
        negative, text = not negative, text[1:]
    return f"-{text}" if negative else text


def evidence(text: str) -> str:
    """Which decimal sign a bare number proves: ".", ",", "?" (1.234 can be read both ways) or "" (it has no sign).

    Examples
    --------
    >>> [evidence(t) for t in ("1.5", "1.234,5", "1,234,567", "0.125", "1.234", "12")]
    ['.', ',', '.', '.', '?', '']
    """
    digits = text.lstrip("+-")
    signs = [sign for sign in digits if sign in ".,"]
    if not signs:
        return ""
    last, other = signs[-1], "," if signs[-1] == "." else "."
    if len(set(signs)) == 2:
        return last
    if len(signs) > 1:  # a decimal sign stands once
        return other
    whole, fraction = digits.split(last)
    ambiguous = len(fraction) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return "?" if ambiguous else last


def decimal_sign(texts: Iterable[str], *, whole: bool, given: str | None, where: str) -> str:
    """Decide the decimal sign of one column.

    Parameters
    ----------
    texts : iterable of str
        The column's bare numbers.
    whole : bool
        The column holds whole numbers, so a sign with three digits behind it can only part thousands.
    given : {".", ",", None}
        What the map or `--decimal` says; it ends the question.
    where : str
        Names file and column in messages.

    Raises
    ------
    DataError
        The column proves both signs, or none while it could be read both ways.

    Examples
    --------
    >>> decimal_sign(["2.546", "12"], whole=True, given=None, where="x.csv, Sessions")
    ','
    >>> decimal_sign(["1.234", "99,5"], whole=False, given=None, where="x.csv, Value")
    ','
    """
    if given:
        return given
    seen: dict[str, str] = {}
    for text in texts:
        seen.setdefault(evidence(text), text)
    if whole and "?" in seen:
        sign = "," if "." in seen["?"] else "."
        seen.setdefault(sign, seen["?"])
    proven = [sign for sign in ".," if sign in seen]
    if len(proven) == 2:
        raise DataError(
            f"{where}: {seen['.']} has a decimal point and {seen[',']} a decimal comma. One column has one form. "
            'Mend the file, or say which is right with `decimal: ","` in the map or --decimal ,'
        )
    if not proven and "?" in seen:
        raise DataError(
            f"{where}: {seen['?']} can be read as a thousand and more or as a fraction, and no other value decides it. "
            'Say which: `decimal: ","` or `decimal: "."` in the map, or --decimal , or --decimal .'
        )
    return proven[0] if proven else "."


def to_decimal(text: str, sign: str) -> Decimal | None:
    """Read a bare number with a known decimal sign; None when it is none.

    Examples
    --------
    >>> to_decimal("1.234,5", ","), to_decimal("1,23,4", "."), to_decimal("1e3", ".")
    (Decimal('1234.5'), None, Decimal('1000'))
    """
    if not _NUMBER.fullmatch(text):
        return None
    parting = "," if sign == "." else "."
    whole, _, fraction = text.partition(sign)
    if parting in fraction or sign in fraction:
        return None
    if parting in whole:
        groups = whole.lstrip("+-").split(parting)
        if not (1 <= len(groups[0]) <= 3) or any(len(group) != 3 for group in groups[1:]):
            return None  # 12,34 with a decimal point is no number: a group of two digits
    try:
        number = Decimal(text.replace(parting, "").replace(sign, "."))
    except InvalidOperation:
        return None
    return (
        number.quantize(Decimal(1))
        if _has_exponent(number) and number.adjusted() < 18 and number == number.to_integral_value()
        else number
    )


def _has_exponent(number: Decimal) -> bool:
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent > 0


def written(number: Decimal) -> str:
    """Write a decimal plainly: no exponent, no trailing zeros beyond what was there.

    Examples
    --------
    >>> written(Decimal("1E+3")), written(Decimal("12.50"))
    ('1000', '12.50')
    """
    return format(number, "f")
