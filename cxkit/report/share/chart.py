"""A native chart on a slide, which can be edited: axes by unit, bounds, names of the periods."""

import math
from collections.abc import Sequence
from typing import Any

from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE as KIND
from pptx.enum.chart import XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from cxkit.charts import style as colours
from cxkit.report.share.formats import number_format
from cxkit.report.share.series import BEFORE, DIAGONAL, Drawing, Line, day, is_by_month
from cxkit.report.share.slides import LEFT, MUTED, RULE, TOP, WIDTH, colour, filled, plain, xml
from cxkit.report.wording.format import Style

SERIES = tuple(map(colour, colours.SERIES))
GREY, LIGHT = colour("#8A93A5"), colour(colours.HEAT)  # the base; bars on which whiskers can be seen
HEIGHT = 4.95  # inches
SCATTERED = (KIND.XY_SCATTER, KIND.XY_SCATTER_LINES_NO_MARKERS)
BARS = (KIND.BAR_CLUSTERED, KIND.COLUMN_CLUSTERED)
SIZE = Pt(12)


def draw_chart(made: Any, drawing: Drawing, block: Any, style: Style, periods: Sequence[str]) -> bool:
    """Put the chart on a slide; whether it shows the bounds.

    Parameters
    ----------
    periods : (str, str)
        Names of the period and of its base, for the legend.
    """
    is_signed = block["chart"] == "forest" and not drawing.null
    lines = [line._replace(name=_named(line.name, periods)) for line in drawing.lines]
    bounds = [] if drawing.kind in BARS else _bounds(lines)
    low, high, step = _scale([*lines, *bounds], drawing)
    digits = _tick_format(block.get("unit", ""), step, style)
    if is_signed:
        digits = f"+{digits};\N{MINUS SIGN}{digits};{digits}"
    data = (_scatter if drawing.kind in SCATTERED else _categories)([*lines, *bounds], digits)
    place = (Inches(LEFT), Inches(TOP), Inches(WIDTH), Inches(HEIGHT))
    shape = made.shapes.add_chart(drawing.kind, *place, data)
    shape.name = "Chart"
    shape._element.nvGraphicFramePr.cNvPr.set("descr", plain(block["alt"], 2000))  # its text alternative
    chart = shape.chart
    chart.font.size, chart.font.color.rgb, chart.has_title = SIZE, MUTED, False
    drawn = list(chart.plots[0].series)
    for series, line, hue in zip(drawn, drawing.lines, SERIES, strict=False):
        _dress(series, line, GREY if line.name in (BEFORE, DIAGONAL) else hue, drawing.kind)
    for extra in drawn[len(lines) :]:
        _thin(extra, SERIES[0])
    _axes(chart, drawing, digits)
    axis = chart.value_axis
    axis.minimum_scale, axis.maximum_scale, axis.major_unit = low, high, step
    _legend(chart, len(lines), len(bounds))
    return bool(bounds) or (drawing.kind in BARS and any(line.low for line in lines))


def _named(name: str, periods: Sequence[str]) -> str:
    return {"": periods[0], BEFORE: periods[1]}.get(name, name) or name or "value"


def _scale(lines: Sequence[Line], drawing: Drawing) -> tuple[float, float, float]:
    """Where the axis of values begins and ends, and the step of its marks: room for every bound, and for nothing where bars begin."""
    ends = [y for line in lines for _, y in line.points if y is not None]
    if drawing.kind in BARS:
        ends += [end for line in lines for end in (*line.low, *line.high) if end is not None]
    low, high = min(drawing.null, *ends), max(drawing.null, *ends)
    least = (high - low or abs(high) or 1.0) / 7
    power = 10.0 ** math.floor(math.log10(least))
    step = next(nice * power for nice in (1, 2, 5, 10) if nice * power >= least * 0.999)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step


def _tick_format(unit: str, step: float, style: Style) -> str:
    """With as many decimals as tell two marks apart."""
    return number_format(unit, max(math.ceil(-math.log10(step * (100 if unit == "share" else 1)) - 1e-9), 0), style)


def _bounds(lines: Sequence[Line]) -> list[Line]:
    """Both bounds of a single curve as series of their own; of several curves they would hide each other."""
    known = [line for line in lines if line.low]
    others = [line for line in lines if not line.low and line.name != DIAGONAL]
    if len(known) != 1 or len(others) > 1:
        return []
    line = known[0]
    xs = [x for x, _ in line.points]
    return [Line(f"{line.name}, {name}", list(zip(xs, ends, strict=True))) for name, ends in (("lower bound", line.low), ("upper bound", line.high))]  # fmt: skip


def _categories(lines: Sequence[Line], digits: str) -> CategoryChartData:
    """Days as days, so that the axis counts them; else names. Groups of unequal length are put on one axis."""
    data = CategoryChartData(number_format=digits)
    if all(len(line.points) == len(lines[0].points) for line in lines):
        data.categories = [day(x) or plain(str(x), 40) for x, _ in lines[0].points]
        for line in lines:
            data.add_series(line.name, [y for _, y in line.points])
        return data
    names = sorted({x for line in lines for x, _ in line.points})
    data.categories = [day(x) or plain(str(x), 40) for x in names]
    for line in lines:
        known = dict(line.points)
        data.add_series(line.name, [known.get(name) for name in names])
    return data


def _scatter(lines: Sequence[Line], digits: str) -> XyChartData:
    """All series are made as long as the longest by repeating their last point: LibreOffice misreads others."""
    data = XyChartData(number_format=digits)
    found = [[(float(x), y) for x, y in line.points if y is not None and isinstance(x, (int, float))] for line in lines]
    longest = max(map(len, found))
    for line, points in zip(lines, found, strict=True):
        series = data.add_series(line.name)
        for x, y in points + points[-1:] * (longest - len(points)):
            series.add_data_point(x, y)
    return data


def _dress(series: Any, line: Line, hue: Any, kind: Any) -> None:
    if kind in BARS:
        hue = LIGHT if line.low else hue
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = hue
        series.invert_if_negative = False
        for place, stands_out in enumerate(line.stands_out or ()):
            fill = series.points[place].format.fill
            fill.solid()
            fill.fore_color.rgb = hue if stands_out else GREY
        if line.low:
            _whiskers(series, line)
        return
    if kind == KIND.XY_SCATTER and line.name != DIAGONAL:
        series.format.line.fill.background()
        series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 9
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = hue
        return
    series.smooth, series.marker.style = False, XL_MARKER_STYLE.NONE
    series.format.line.color.rgb, series.format.line.width = hue, Pt(2.25)
    if line.name in (BEFORE, DIAGONAL):
        series.format.line.dash_style = MSO_LINE.DASH


def _thin(series: Any, hue: Any) -> None:
    series.smooth, series.marker.style = False, XL_MARKER_STYLE.NONE
    series.format.line.color.rgb, series.format.line.width = hue, Pt(0.75)


def _whiskers(series: Any, line: Line) -> None:
    """Error bars: how far each bound lies from its value."""
    values = [y for _, y in line.points]
    reaches = []
    for name, bounds in (("c:plus", line.high), ("c:minus", line.low)):
        lengths = [None if y is None or end is None else abs(end - y) for y, end in zip(values, bounds, strict=True)]
        points = (xml("c:pt", xml("c:v", text=repr(length)), idx=k) for k, length in enumerate(lengths) if length is not None)  # fmt: skip
        known = xml("c:numLit", xml("c:formatCode", text="General"), xml("c:ptCount", val=len(lengths)), *points)
        reaches.append(xml(name, known))
    bars = xml(
        "c:errBars",
        xml("c:errBarType", val="both"),
        xml("c:errValType", val="cust"),
        xml("c:noEndCap", val=1),
        *reaches,
        xml("c:spPr", xml("a:ln", filled(colour(colours.INK)), w=15875)),
    )
    series._element.find(qn("c:cat")).addprevious(bars)


def _axes(chart: Any, drawing: Drawing, digits: str) -> None:
    across, upright = chart.category_axis, chart.value_axis
    upright.tick_labels.number_format, upright.tick_labels.number_format_is_linked = digits, False
    upright.major_gridlines.format.line.color.rgb = RULE
    upright.format.line.fill.background()
    across.format.line.color.rgb = GREY
    if drawing.kind == KIND.BAR_CLUSTERED:
        across.reverse_order = True  # the first on top, and the numbers beneath
        upright._element.find(qn("c:crosses")).set("val", "max")
        across.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        across.has_major_gridlines = False
        if drawing.null:
            upright.crosses_at = drawing.null
    if drawing.kind in BARS:
        chart.plots[0].gap_width, chart.plots[0].overlap = 60, 0
    if drawing.kind in SCATTERED:
        _of_numbers(across, drawing, digits if drawing.upright else "General")
    elif across._element.tag == qn("c:dateAx"):
        _of_days(across, drawing.lines[0])
    _titles(chart, drawing)


def _of_numbers(axis: Any, drawing: Drawing, digits: str) -> None:
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = digits, False
    axis.has_major_gridlines = False
    xs = [float(x) for line in drawing.lines for x, y in line.points if y is not None]
    if min(xs) >= 0:
        axis.minimum_scale = 0.0
    if drawing.kind == KIND.XY_SCATTER_LINES_NO_MARKERS:
        axis.maximum_scale = max(xs) if max(xs) <= 1 else math.ceil(max(xs))


def _of_days(axis: Any, line: Line) -> None:
    """A label a week, or the months' names where points are months or many."""
    days = [when for x, _ in line.points if (when := day(x))]
    by_month = is_by_month(days)
    many = (days[-1] - days[0]).days > 120
    axis.tick_labels.number_format = "mmm\N{NO-BREAK SPACE}yyyy" if by_month or many else "d\N{NO-BREAK SPACE}mmm"
    axis.tick_labels.number_format_is_linked = False
    unit = axis._element.find(qn("c:baseTimeUnit"))
    unit.set("val", "months" if by_month else "days")
    step, of = (max(round(len(days) / 12), 1), "months") if by_month else (2, "months") if many else (14 if len(days) > 60 else 7, "days")  # fmt: skip
    unit.addnext(xml("c:majorTimeUnit", val=of))
    unit.addnext(xml("c:majorUnit", val=step))


def _titles(chart: Any, drawing: Drawing) -> None:
    for axis, said in ((chart.category_axis, drawing.across), (chart.value_axis, drawing.upright)):
        axis.has_title = bool(said)
        if said:
            axis.axis_title.text_frame.text = said
            font = axis.axis_title.text_frame.paragraphs[0].runs[0].font
            font.size, font.bold, font.color.rgb = SIZE, False, MUTED


def _legend(chart: Any, number: int, bounds: int) -> None:
    """Names of series where there are several; bounds need none, as the caption says what they are."""
    chart.has_legend = number > 1
    if not chart.has_legend:
        return
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    place = chart.legend._element.find(qn("c:legendPos"))
    for index in reversed(range(number, number + bounds)):
        place.addnext(xml("c:legendEntry", xml("c:idx", val=index), xml("c:delete", val=1)))
