"""A figure on a slide: a chart that can be edited, drawn from the numbers behind; where slides have no such chart, those numbers as a table."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE
from pptx.util import Inches, Pt

from cxkit.report.format import NOTHING, Style, missing
from cxkit.report.share.formats import number_format
from cxkit.report.share.slides import LEFT, MUTED, WIDTH, plain, slide, table, text
from cxkit.report.words import plain_words

SERIES = tuple(
    RGBColor.from_string(colour) for colour in ("2456A6", "8A93A5", "177E72", "B45610", "721262", "0E7694", "4C4401")
)
MOST_BARS, MOST_ROWS, MOST_COLUMNS, MOST_SERIES = 20, 16, 14, 6
VALUES = {
    "value",
    "ci_low",
    "ci_high",
    "base_value",
    "pooled",
    "pooled_low",
    "pooled_high",
    "low",
    "high",
    "difference",
    "difference_low",
    "difference_high",
}  # in the figure's unit
Frame = list[dict[str, Any]]


class Line(NamedTuple):
    """A series: its name, and (x, y) pairs, of which y may be missing."""

    name: str
    points: Sequence[tuple[Any, float | None]]


def draw(deck: Any, block: Mapping[str, Any], style: Style) -> None:
    """One slide for a figure: its finding as title, the drawing, the caption's rest."""
    frame = [dict(zip(block["columns"], row, strict=True)) for row in block["rows"]]
    finding, _, rest = block["caption"].partition(". ")
    made = slide(deck, finding)
    kind, lines = _KINDS.get(block["chart"], _table)(frame, block)
    if lines and any(y is not None for line in lines for _, y in line.points):
        _chart(made, kind, lines, block, style)
    elif block["chart"] == "heatmap":
        _grid(made, frame, block, style)
    else:
        _numbers(made, frame, block, style)
    rest = re.sub(r"(?:Whiskers|Band): [^.;]*[.;]?", "Intervals stand on the page.", rest) if lines else rest
    if rest:
        text(made, [rest], top=6.75, size=12, colour=MUTED)


Drawn = tuple[Any, list[Line]]


def _table(frame: Frame, block: Mapping[str, Any]) -> Drawn:
    return None, []


def _lines(frame: Frame, block: Mapping[str, Any]) -> Drawn:
    """Values over days, weeks or months."""
    columns = block["columns"]
    x = next(name for name in columns if isinstance(frame[0][name], str) and frame[0][name][:4].isdigit())
    by = next((name for name in columns[: columns.index("value")] if name != x), "") if "value" in columns else ""
    if by:
        return XL_CHART_TYPE.LINE, _by_group(frame, by, x, "value")
    wanted = {"value": "now", "base": "before", "observed": "observed", "trend": "trend"}
    named = {name: wanted[name] for name in columns if name in wanted} or {
        name: name.replace("_", " ") for name in columns if name != x
    }
    return XL_CHART_TYPE.LINE, [
        Line(said, [(row[x], _number(row[name])) for row in frame]) for name, said in named.items()
    ]


def _bars(frame: Frame, block: Mapping[str, Any]) -> Drawn:
    """A bar a row, the first on top; the base beside it."""
    columns, label = block["columns"], block["columns"][0]
    value = next(name for name in ("pooled", "value", "n") if name in columns)
    named = {value: "now", "base_value": "before", "base_n": "before"}
    some = frame[:MOST_BARS][::-1]
    lines = [
        Line(said, [(_label(row[label]), _number(row[name])) for row in some])
        for name, said in named.items()
        if name in columns and any(_number(row[name]) is not None for row in some)
    ]
    return XL_CHART_TYPE.BAR_CLUSTERED, lines


def _classes(frame: Frame, block: Mapping[str, Any]) -> Drawn:
    """Columns of a distribution, as shares."""
    lines = [Line("now", [(_label(row["bin"]), _number(row.get("share"))) for row in frame])]
    before = [_number(row.get("base_n")) for row in frame]
    whole = sum(number for number in before if number is not None)
    if whole:
        shares = (None if number is None else number / whole for number in before)
        lines.append(Line("before", [(_label(row["bin"]), share) for row, share in zip(frame, shares, strict=True)]))
    return XL_CHART_TYPE.COLUMN_CLUSTERED, lines


def _curves(frame: Frame, block: Mapping[str, Any]) -> Drawn:
    """Curves over a time that is a number, one a group."""
    columns = block["columns"]
    value = "value" if "value" in columns else columns[1]
    before = columns[: columns.index(value)]
    by, x = (before[0], before[1]) if len(before) > 1 else ("", before[0])
    return XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, _by_group(frame, by, x, value)


def _points(frame: Frame, block: Mapping[str, Any]) -> Drawn:
    """What was predicted against what came."""
    known = [
        row for row in frame if sum(_number(value) is not None for value in row.values()) > 1
    ]  # not those of a hidden group
    numbers = [name for name in block["columns"] if known and all(_number(row[name]) is not None for row in known)]
    if len(numbers) < 2:
        return XL_CHART_TYPE.XY_SCATTER, []
    x, y = numbers[:2]
    points = [(row[x], row[y]) for row in known]
    ends = [min(min(pair) for pair in points), max(max(pair) for pair in points)]
    return XL_CHART_TYPE.XY_SCATTER, [Line("groups", points), Line("as predicted", [(end, end) for end in ends])]


_KINDS: dict[str, Callable[[Frame, Mapping[str, Any]], Drawn]] = {
    "trend": _lines,
    "tracking": _lines,
    "decomposition": _lines,
    "intervals": _bars,
    "bars": _bars,
    "ranking": _bars,
    "funnel": _bars,
    "distribution": _classes,
    "curve": _curves,
    "concentration": _curves,
    "calibration": _points,
}  # others, such as effects around a line of none, are tables: bars would hide their intervals


def _by_group(frame: Frame, by: str, x: str, value: str) -> list[Line]:
    groups: dict[str, list[tuple[Any, float | None]]] = {}
    for row in frame:
        groups.setdefault(_label(row[by]) if by else "value", []).append((row[x], _number(row[value])))
    return [Line(name, points) for name, points in list(groups.items())[:MOST_SERIES]]


def _number(value: Any) -> float | None:
    return (
        float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and not missing(value) else None
    )


def _label(value: Any) -> str:
    return plain(plain_words(str(value).rpartition("=")[2]), 40) or NOTHING


def _chart(made: Any, kind: Any, lines: Sequence[Line], block: Mapping[str, Any], style: Style) -> None:
    shown = [y for line in lines for _, y in line.points if y is not None]
    unit = block.get("unit", "")
    digits = number_format(unit, max(style.decimals(unit, max(map(abs, shown))), 0), style)
    is_scatter = kind in (XL_CHART_TYPE.XY_SCATTER, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS)
    data = _scatter(lines, digits) if is_scatter else _categories(lines, digits)
    place = (Inches(LEFT), Inches(1.4), Inches(WIDTH), Inches(5.25))
    shape = made.shapes.add_chart(kind, *place, data)
    shape.name = "Chart"
    shape._element.nvGraphicFramePr.cNvPr.set("descr", plain(block["alt"], 2000))  # its text alternative
    chart = shape.chart
    chart.has_legend, chart.has_title = len(lines) > 1, False
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.font.size = Pt(12)
    chart.value_axis.tick_labels.number_format, chart.value_axis.tick_labels.number_format_is_linked = digits, False
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor(0xE3, 0xE6, 0xEC)
    for series, colour in zip(chart.plots[0].series, SERIES, strict=False):
        _dress(series, colour, kind)


def _dress(series: Any, colour: RGBColor, kind: Any) -> None:
    if kind in (XL_CHART_TYPE.BAR_CLUSTERED, XL_CHART_TYPE.COLUMN_CLUSTERED):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = colour
        return
    if kind != XL_CHART_TYPE.XY_SCATTER or series.name == "as predicted":
        series.smooth, series.format.line.color.rgb, series.marker.style = False, colour, XL_MARKER_STYLE.NONE
        return
    series.format.line.fill.background()
    series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 8
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = colour


def _categories(lines: Sequence[Line], digits: str) -> CategoryChartData:
    data = CategoryChartData(number_format=digits)
    names = list(dict.fromkeys(str(x) for line in lines for x, _ in line.points))
    data.categories = [plain(name, 40) for name in names]
    for line in lines:
        if len(line.points) == len(names):
            data.add_series(line.name, [y for _, y in line.points])
        else:
            known = {str(x): y for x, y in line.points}
            data.add_series(line.name, [known.get(name) for name in names])
    return data


def _scatter(lines: Sequence[Line], digits: str) -> XyChartData:
    data = XyChartData(number_format=digits)
    for line in lines:
        series = data.add_series(line.name)
        for x, y in line.points:
            if y is not None and _number(x) is not None:
                series.add_data_point(float(x), y)
    return data


def _numbers(made: Any, frame: Frame, block: Mapping[str, Any], style: Style) -> None:
    """The numbers behind, as many as a slide holds."""
    columns = [name for name in block["columns"] if any(row[name] is not None for row in frame)][:8]
    body = [[_said(row[name], name, block, style) for name in columns] for row in frame[:MOST_ROWS]]
    if len(frame) > MOST_ROWS:
        body.append([f"and {len(frame) - MOST_ROWS} more on the page"] + [""] * (len(columns) - 1))
    heads = [plain(name.replace("_", " ").replace("ci ", "interval "), 40) for name in columns]
    table(made, heads, body, [2.0] + [1.0] * (len(columns) - 1), size=12 if len(body) < 12 else 10)


def _grid(made: Any, frame: Frame, block: Mapping[str, Any], style: Style) -> None:
    """A number for each pair of row and column."""
    row_name, column_name, value = block["columns"][:3]
    rows = list(dict.fromkeys(str(row[row_name]) for row in frame))[:MOST_ROWS]
    columns = list(dict.fromkeys(str(row[column_name]) for row in frame))[:MOST_COLUMNS]
    cells = {(str(row[row_name]), str(row[column_name])): row[value] for row in frame}
    body = [
        [_label(one), *(_said(cells.get((one, other)), "value", block, style) for other in columns)] for one in rows
    ]
    table(
        made,
        [plain(row_name.replace("_", " "), 40), *map(_label, columns)],
        body,
        [1.6] + [1.0] * len(columns),
        size=10,
    )


def _said(value: Any, name: str, block: Mapping[str, Any], style: Style) -> str:
    number = _number(value)
    if number is None:
        return NOTHING if value is None else _label(value)
    unit = block.get("unit", "")
    if unit and name in VALUES:
        return style.signed(number, unit) if block["chart"] == "forest" else style.value(number, unit)
    if name.startswith("p_"):
        return style.value(number, "p")
    return style.number(number, 0 if number.is_integer() else max(0, 3 - len(f"{abs(number):.0f}")))
