"""Cells of a workbook: texts stay texts, days are days, numbers have the format of their unit."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from cxkit.charts import style as colours
from cxkit.report.share.formats import number_format
from cxkit.report.share.series import day
from cxkit.report.wording.format import Style, is_number, missing

LONGEST = 32_767  # characters that a cell may hold
NARROWEST, WIDEST = 9, 44
MOST_ON_PAPER = 14  # columns that can be read on one page's width


def bold(hexadecimal: str = colours.INK, size: int = 11) -> Font:
    """The workbook's own face, bold, in a colour of the charts."""
    return Font("Calibri", size, bold=True, color=hexadecimal[1:])


BOLD, TITLE, WARNING = bold(), bold(size=14), bold(colours.BAD)
HEAD = PatternFill("solid", fgColor=colours.WASH[1:])
BENEATH = Border(bottom=Side("thin", color=colours.LINE[1:]))
APART = Alignment("left", indent=1)  # text does not touch the number before it
VERDICTS = {kind: bold(colour) for kind, colour in colours.VERDICTS.items()}


def put(cell: Cell, value: Any, form: str = "") -> None:
    """A value that a spreadsheet will not run; a text that is a day becomes one."""
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value) and (when := day(value)):
            cell.value, cell.number_format = when, "yyyy-mm-dd"
            return
        cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)[:LONGEST]
        cell.data_type = "s"  # not a formula
        return
    cell.value = None if isinstance(value, float) and missing(value) else value
    if form and value is not None and not isinstance(value, bool):
        cell.number_format = form


def row(sheet: Worksheet, values: Iterable[Any], formats: Sequence[str] = (), font: Font | None = None) -> int:
    """A row beneath what is there; its number."""
    number = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for place, value in enumerate(values, start=1):
        cell = sheet.cell(number, place)
        put(cell, value, formats[place - 1] if formats else "")
        if isinstance(value, str) and place > 1:
            cell.alignment = APART
        if font:
            cell.font = font
    return number


def head(sheet: Worksheet, names: Sequence[str], numeric: Sequence[bool] = ()) -> None:
    """Names of columns, those of numbers to the right."""
    number = row(sheet, names, font=BOLD)
    for place, cell in enumerate(sheet[number][: len(names)]):
        right = place < len(numeric) and numeric[place]
        cell.fill, cell.border = HEAD, BENEATH
        cell.alignment = Alignment("right") if right else APART if place else Alignment("left")


def numbers_of(values: Iterable[Any]) -> list[float]:
    """The numbers among the values of a column."""
    return list(filter(is_number, values))


def column_format(name: str, values: Sequence[Any], unit: str, style: Style) -> str:
    """The format of a column, as fit for its middle number; `unit` is that of its figure or its own."""
    numbers = numbers_of(values)
    if not numbers:
        return ""
    if name.startswith("p_") or unit == "p":
        return "0.000"
    if unit not in ("", "text"):
        typical = sorted(map(abs, numbers))[len(numbers) // 2]
        return number_format(unit, style.decimals(unit, typical), style)
    whole = all(float(number).is_integer() for number in numbers)
    return "" if max(map(abs, numbers)) < 1000 else "#,##0" if whole else "#,##0.00"


def fit(sheet: Worksheet, skip: Sequence[int] = ()) -> None:
    """Columns as wide as what stands in them, without the rows in `skip`; few columns are one page wide on paper."""
    for place, column in enumerate(sheet.iter_cols(), start=1):
        shown = (len(_shown(cell)) for cell in column if cell.value is not None and cell.row not in skip)
        sheet.column_dimensions[get_column_letter(place)].width = min(max([NARROWEST, *shown]), WIDEST) + 2
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = sheet.max_column <= MOST_ON_PAPER


def _shown(cell: Cell) -> str:
    """About what the cell shows: a formatted number is shorter than its digits."""
    if isinstance(cell.value, float) and cell.number_format != "General":
        return f"{cell.value:,.2f}"
    return str(cell.value)
