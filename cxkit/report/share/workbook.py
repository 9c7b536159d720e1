"""A report as a workbook: every figure with n and bounds in columns, and every table of every page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from cxkit.report import collect
from cxkit.report.archive import read_rows
from cxkit.report.format import Style, missing
from cxkit.report.share import Shared, title
from cxkit.report.share.formats import number_format

IN_UNIT = (
    "value",
    "ci_low",
    "ci_high",
    "base_value",
    "base_ci_low",
    "base_ci_high",
    "difference",
    "difference_low",
    "difference_high",
)
LONGEST = 32_767  # characters that a cell may hold
BOLD = Font(bold=True)


def write_workbook(shared: Shared, path: Path) -> None:
    """Write the workbook; texts stay texts, whatever they begin with."""
    book = Workbook()
    book.remove(book.active)
    made = datetime.fromisoformat(str(shared.content["made_at"]).rstrip("Z"))
    book.properties.creator, book.properties.created, book.properties.modified = "cxkit", made, made
    _about(book.create_sheet("About"), shared)
    _figures(book.create_sheet("Figures"), shared)
    for name, notebook in shared.notebooks.items():
        blocks = [
            block for block in collect.blocks(notebook) if block["block"] in ("table", "figure") and block.get("rows")
        ]
        if blocks:
            _tables(
                book.create_sheet(title(notebook, name).translate(dict.fromkeys(map(ord, "[]:*?/\\'"), " "))[:31]),
                blocks,
                shared.style,
            )
    book.save(path)


def _put(cell: Cell, value: Any, number_format: str = "") -> None:
    """A value that a spreadsheet will not run."""
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)[:LONGEST]
        cell.data_type = "s"  # not a formula
        return
    cell.value = value
    if number_format and not isinstance(value, bool):
        cell.number_format = number_format


def _row(sheet: Worksheet, values: Iterable[Any], formats: Sequence[str] = (), bold: bool = False) -> None:
    number = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for place, value in enumerate(values, start=1):
        cell = sheet.cell(number, place)
        _put(cell, value, formats[place - 1] if formats else "")
        if bold:
            cell.font = BOLD


def _about(sheet: Worksheet, shared: Shared) -> None:
    content = shared.content
    pairs = [("Data", content["data"]["name"]), ("Period", content["period"]), ("Against", content["base"] or "nothing"), ("Made", content["made_at"]),
             ("Tests", content["tests"]["number"]), ("False-discovery rate", content["tests"]["false_discovery_rate"]),
             ("cxkit", content["versions"].get("cxkit", "")), ("Data SHA-256", content["data"]["sha256"])]  # fmt: skip
    for pair in pairs:
        _row(sheet, pair)
    _widths(sheet)


def _figures(sheet: Worksheet, shared: Shared) -> None:
    rows = read_rows(shared.folder)
    if not rows:
        return
    columns = list(rows[0])
    _row(sheet, columns, bold=True)
    for row in rows:
        values = {column: _typed(column, row[column]) for column in columns}
        own = number_format(row["unit"], _decimals(values, shared.style), shared.style)
        _row(sheet, values.values(), [own if column in IN_UNIT else "" for column in columns])
    sheet.freeze_panes = "D2"
    sheet.auto_filter.ref = sheet.dimensions
    _widths(sheet)


def _decimals(row: Mapping[str, Any], style: Style) -> int:
    """As many decimals as the page shows of the value."""
    value, low, high = row["value"], row["ci_low"], row["ci_high"]
    return style.decimals(row["unit"], value, low, high) if isinstance(value, float) else 0


def _typed(column: str, text: str) -> Any:
    """A number where the column holds numbers; of a text the quote that protected it in the CSV file is dropped."""
    if column in TEXTS:
        return text[1:] if text[:1] == "'" and text[1:2] in "=+-@\t\r\n" else text
    try:
        return float(text) if text else None
    except ValueError:
        return text


TEXTS = ("notebook", "metric_id", "title", "unit", "better", "ci_method", "period", "period_start", "period_end", "timezone", "segment",
         "exclusion_reasons", "flags", "base_period", "test", "shortfall", "verdict")  # fmt: skip


def _tables(sheet: Worksheet, blocks: Sequence[Any], style: Style) -> None:
    for block in blocks:
        columns = [column if isinstance(column, dict) else {"label": column} for column in block["columns"]]
        _row(sheet, [block.get("caption") or ""], bold=True)
        _row(sheet, [column["label"] for column in columns], bold=True)
        formats = [
            _column_format([row[k] for row in block["rows"]], column.get("unit", ""), style)
            for k, column in enumerate(columns)
        ]
        for row in block["rows"]:
            _row(sheet, row, formats)
        _row(sheet, [" "])
    _widths(sheet)


def _column_format(values: Sequence[Any], unit: str, style: Style) -> str:
    """The format of a column of numbers; of a figure's numbers, which have no unit, none."""
    numbers = [value for value in values if isinstance(value, (int, float)) and not missing(value)]
    if unit in ("", "text") or not numbers:
        return ""
    return number_format(unit, max(style.decimals(unit, number) for number in numbers), style)


def _widths(sheet: Worksheet) -> None:
    for number, column in enumerate(sheet.iter_cols(max_row=min(sheet.max_row, 200)), start=1):
        longest = max((len(str(cell.value)) for cell in column if cell.value is not None), default=8)
        sheet.column_dimensions[get_column_letter(number)].width = min(max(longest, 8), 40) + 2
