"""A report as a workbook: every figure with n and bounds in columns, and every table of every page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from cxkit.report.kept import collect
from cxkit.report.share import Shared
from cxkit.report.share.cells import (
    APART,
    BOLD,
    TITLE,
    VERDICTS,
    WARNING,
    column_format,
    fit,
    head,
    numbers_of,
    row,
)
from cxkit.report.share.formats import IN_UNIT, number_format, unit_of
from cxkit.report.wording import words
from cxkit.report.wording.about import fact_pairs
from cxkit.report.wording.format import Style
from cxkit.row import EVERY_COLUMN

FIRST = ("notebook", "metric_id", "title", "segment", "value", "unit", "ci_low", "ci_high", "n_units", "numerator", "denominator",
         "verdict", "base_value", "difference", "difference_low", "difference_high", "p_value", "p_adjusted")  # fmt: skip
TEXTS = {"notebook", *(name for name, column in EVERY_COLUMN.items() if column.unit == "text")}
VALUES = ("value", "pooled", "difference", "hazard_ratio")  # columns whose decimals their bounds share
READ_ME = (
    "Figures holds every figure of the report: value, interval from ci_low to ci_high, n_units (people or other units behind it), change against base_value.",
    "Differences of shares are in percentage points. Verdicts allow for all tests of the report.",
    "An empty value is hidden to protect a small group, or could not be measured: verdict and exclusion_reasons say which.",
)
Place = tuple[str, int, str]  # sheet, row, what stands there


def write_workbook(shared: Shared, path: Path) -> None:
    """Write the workbook; texts stay texts, whatever they begin with."""
    book = Workbook()
    book.remove(book.active)
    made = shared.made
    book.properties.creator, book.properties.created, book.properties.modified = "cxkit", made, made
    book.properties.title = f"{shared.title}, {shared.periods[0]}"
    about = book.create_sheet("About")
    places = [_figures(book.create_sheet("Figures"), shared)]
    for name, notebook in shared.notebooks.items():
        found = [block for block in collect.blocks(notebook) if block["block"] in ("table", "figure") and block.get("rows")]  # fmt: skip
        if found:
            sheet = book.create_sheet(shared.heading(name).translate(dict.fromkeys(map(ord, "[]:*?/\\'"), " "))[:31])
            places += _tables(sheet, found, shared.style, shared.warning(name))
    _about(about, shared, places)
    book.save(path)


def _about(sheet: Worksheet, shared: Shared, places: Sequence[Place]) -> None:
    """What was reported on, what is missing, and where each table stands."""
    content, tests = shared.content, shared.content["tests"]
    row(sheet, [f"{shared.title}: {shared.periods[0]}"], font=TITLE)
    texts = [row(sheet, [said], font=WARNING) for said in shared.warnings]
    pairs = fact_pairs(shared.facts, shared.style) or [("Period", shared.periods[0])]
    for name, said in [*pairs, ("Tests", tests["number"])]:
        row(sheet, [name, said])
    row(sheet, ["False-discovery rate", tests["false_discovery_rate"]], ["", "0%"])
    for name, said in (("Made", content["made_at"]), ("cxkit", content["versions"].get("cxkit", "")), ("Data SHA-256", content["data"]["sha256"])):  # fmt: skip
        row(sheet, [name, said])
    row(sheet, [" "])
    texts += [row(sheet, [said]) for said in READ_ME]
    row(sheet, [" "])
    head(sheet, ["Sheet", "What stands there"])
    for where, number, said in places:
        at = row(sheet, [where, said])
        cell = sheet.cell(at, 1)
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{where}'!A{number}")
        cell.style = "Hyperlink"
    fit(sheet, texts)
    sheet.column_dimensions["B"].width = 110
    for line in sheet.iter_rows(min_col=2, max_col=2):
        line[0].alignment = APART


def _figures(sheet: Worksheet, shared: Shared) -> Place:
    rows = shared.rows
    place = (sheet.title, 1, "every figure of the report, a row each")
    if not rows:
        return place
    columns = [*(name for name in FIRST if name in rows[0]), *(name for name in rows[0] if name not in FIRST)]
    head(sheet, columns, [column not in TEXTS for column in columns])
    for figure in rows:
        values = {column: _typed(column, figure[column]) for column in columns}
        number = row(sheet, values.values(), [_format(column, values, shared.style) for column in columns])
        kind = words.verdict(values).kind
        if kind in VERDICTS:
            sheet.cell(number, columns.index("verdict") + 1).font = VERDICTS[kind]
    sheet.freeze_panes = "E2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.print_title_rows = "1:1"
    fit(sheet)
    return place


def _format(column: str, values: Mapping[str, Any], style: Style) -> str:
    value, unit = values["value"], values["unit"]
    if column in IN_UNIT:
        decimals = style.decimals(unit, value, values["ci_low"], values["ci_high"]) if isinstance(value, float) else 0
        return number_format(unit, decimals, style)
    if column in ("conf_level", "relative"):
        return "0%" if column == "conf_level" else "0.0%"
    if column == "definition_version":
        return "0"
    return column_format(column, [values[column]], "", style)


def _typed(column: str, text: str) -> Any:
    """A number where the column holds numbers."""
    if column in TEXTS:
        return text
    try:
        return float(text) if text else None
    except ValueError:
        return text


def _tables(sheet: Worksheet, blocks: Sequence[Any], style: Style, warning: str) -> list[Place]:
    """Tables and the numbers behind figures under one another, each with its caption; where each begins."""
    captions = [row(sheet, [warning], font=WARNING)] if warning else []
    places = []
    for block in blocks:
        columns = [
            column if isinstance(column, dict) else {"label": column, "unit": unit_of(column, block.get("unit", ""))}
            for column in block["columns"]
        ]
        caption = block.get("caption") or "Without a caption"
        captions.append(row(sheet, [caption], font=BOLD))
        places.append((sheet.title, captions[-1], caption.partition(". ")[0].rstrip(".")))
        values = list(zip(*block["rows"], strict=True))
        head(sheet, [column["label"] for column in columns], [bool(numbers_of(some)) for some in values])
        formats = [column_format(column["label"], some, column.get("unit", ""), style) for column, some in zip(columns, values, strict=True)]  # fmt: skip
        formats = _common(formats, [column["label"] for column in columns])
        for line in block["rows"]:
            row(sheet, line, formats)
        row(sheet, [" "])
    fit(sheet, captions)
    return places


def _common(formats: Sequence[str], names: Sequence[str]) -> list[str]:
    """A figure's value and its bounds have as many decimals as the value."""
    own = next((form for form, name in zip(formats, names, strict=True) if name in VALUES and form), "")
    return [own if own and name in IN_UNIT else form for form, name in zip(formats, names, strict=True)]
