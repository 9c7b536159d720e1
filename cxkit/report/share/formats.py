"""Number formats of office programs by unit: the program that opens the file puts in its own separators."""

from babel.core import Locale
from babel.numbers import get_currency_symbol

from cxkit.charts.numerals import percent, spoken
from cxkit.report.wording.files import BIDI
from cxkit.report.wording.format import Style


def number_format(unit: str, decimals: int, style: Style) -> str:
    """A format code of Excel and PowerPoint.

    Examples
    --------
    >>> number_format("share", 1, Style()), number_format("money", 2, Style("de")), number_format("count", 0, Style())
    ('0.0%', '#,##0.00\\xa0[$€]', '#,##0')
    >>> number_format("share", 0, Style("de")), number_format("seconds", 0, Style())
    ('0\\xa0%', '#,##0" s"')
    """
    places = "." + "0" * decimals if decimals else ""
    if unit == "share":
        with spoken(style.locale):
            return f"0{places}{percent().translate(BIDI)}"
    if unit == "money":
        sign, first = get_currency_symbol(style.currency, style.locale), _money_first(style.locale)
        return f"[${sign}]#,##0{places}" if first else f"#,##0{places}\N{NO-BREAK SPACE}[${sign}]"
    return f"#,##0{places}" + _AFTER.get(unit, "")


_AFTER = {"seconds": '" s"', "days": '" days"'}


def _money_first(locale: str) -> bool:
    return bool(Locale.parse(locale).currency_formats["standard"].pattern.startswith("¤"))
