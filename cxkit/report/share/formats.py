"""Units of columns, and the number formats of office programs by unit: the program that opens the file puts in its own separators."""

from babel.numbers import get_currency_symbol

from cxkit.charts.numerals import percent, spoken
from cxkit.markup import BIDI
from cxkit.report.wording.format import Style
from cxkit.row import EVERY_COLUMN

#: Columns of measured frames and of numbers behind figures that are in the unit of their row or figure.
IN_UNIT = {name for name, column in EVERY_COLUMN.items() if column.unit == "own"} | {
    "base", "pooled", "pooled_low", "pooled_high", "low", "high", "hazard_ratio",
}  # fmt: skip
_SHARES = {"share", "base_share", "share_of_first", "share_of_previous"}


def unit_of(name: str, unit: str) -> str:
    """The unit of a column among the numbers behind a figure that counts in `unit`; empty for what is a plain number or a text.

    Examples
    --------
    >>> unit_of("ci_low", "money"), unit_of("base_share", "count"), unit_of("n_units", "money")
    ('money', 'share', '')
    """
    return "share" if name in _SHARES else unit if name in IN_UNIT else ""


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
        sign = get_currency_symbol(style.currency, style.locale)
        return f"#,##0{places}\N{NO-BREAK SPACE}[${sign}]" if style.currency_follows() else f"[${sign}]#,##0{places}"
    return f"#,##0{places}" + _AFTER.get(unit, "")


_AFTER = {"seconds": '" s"', "days": '" days"'}
