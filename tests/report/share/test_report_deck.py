"""Every kind of figure has its slide: an editable chart where there is such a chart, else its numbers as a table."""

import inspect
from datetime import datetime
from io import BytesIO

import nbformat
import openpyxl
import pandas as pd
import pptx
import pytest
from made_up import K, facts, row, shown
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml.ns import qn
from test_report_share import write

from cxkit import charts
from cxkit.charts import Columns, Words, style
from cxkit.commands import main
from cxkit.disclosure.marked import counting
from cxkit.report.kept import collect
from cxkit.report.notebook import report_blocks
from cxkit.report.share.figure_slides import draw
from cxkit.report.share.formats import number_format
from cxkit.report.share.series import drawing
from cxkit.report.share.slides import LONGEST_HEADING, new_deck
from cxkit.report.wording.format import Style

SAID = {"caption": "It moved. Whiskers: 95% interval.", "alt": "A picture of what moved."}
DAYS = pd.date_range("2026-10-01", periods=4)
SHARE, PLAN = Words(unit="share"), Columns(by="plan")
SEGMENTS = {
    "segment": ["organic_search", "email"],
    "value": [0.4, 0.1],
    "ci_low": [0.3, 0.05],
    "ci_high": [0.5, 0.2],
    "base_value": [0.3, 0.2],
}
FIGURES = {
    "trend": lambda: charts.trend(pd.DataFrame({"day": DAYS, "value": [0.1, 0.2, None, 0.3]}), 0.2, words=SHARE, **SAID),
    "tracking": lambda: charts.tracking(pd.DataFrame({"week": DAYS, "actual": [1, 2, 3, 4], "predicted": [1, 2, 2, 5]}), cut="2026-10-02", **SAID),
    "decomposition": lambda: charts.decomposition(pd.DataFrame({"day": DAYS, "observed": [9, 12, 10, 9], "trend": [10] * 4, "season": [-1, 1, 0, 0], "residual": [0, 1, 0, -1]}), words=Words(unit="count"), **SAID),
    "intervals": lambda: charts.intervals(pd.DataFrame(SEGMENTS), words=SHARE, **SAID),
    "bars": lambda: charts.bars(pd.DataFrame(SEGMENTS), words=SHARE, **SAID),
    "ranking": lambda: charts.ranking(pd.DataFrame({"segment": ["a", "b"], "value": [0.4, 0.1], "pooled": [0.3, 0.2], "pooled_low": [0.2, 0.1], "pooled_high": [0.4, 0.3]}), words=SHARE, mean=0.25, **SAID),
    "funnel": lambda: charts.funnel(pd.DataFrame({"stage": ["sent", "clicked"], "n": [1000, 50], "base_n": [900, 60]}), **SAID),
    "distribution": lambda: charts.distribution(pd.DataFrame({"bin": ["1", "2"], "n": [30, 10], "base_n": [20, 20]}), **SAID),
    "curve": lambda: charts.curve(pd.DataFrame({"plan": ["a", "a", "b", "b"], "time": [0, 1, 0, 1], "value": [1, 0.8, 1, 0.7]}), columns=PLAN, words=SHARE, **SAID),
    "concentration": lambda: charts.concentration(pd.DataFrame({"share_of_customers": [0.2, 0.5], "share_of_value": [0.6, 0.9]}), **SAID),
    "calibration": lambda: charts.calibration(pd.DataFrame({"predicted": [0.1, 0.3], "actual": [0.12, 0.28]}), **SAID),
    "forest": lambda: charts.forest(pd.DataFrame({"segment": ["mobile"], "difference": [0.03], "difference_low": [0.01], "difference_high": [0.05]}), words=SHARE, **SAID),
    "importance": lambda: charts.importance(pd.DataFrame({"driver": ["ease", "price"], "importance": [0.4, 0.1], "performance": [0.6, 0.7]}), columns=Columns(by="driver"), **SAID),
    "heatmap": lambda: charts.heatmap(pd.DataFrame({"cohort": ["Jan", "Jan", "Feb"], "month": [0, 1, 0], "value": [1.0, 0.6, 1.0]}), columns=Columns(by="cohort", across="month"), words=SHARE, **SAID),
    "small_multiples": lambda: charts.small_multiples(pd.DataFrame({"title": ["Bounce rate"] * 2, "period_start": ["2026-09-01", "2026-10-01"], "value": [0.4, 0.42], "unit": "share"}), **SAID),
}  # fmt: skip
TABLES = {"heatmap", "small_multiples", "importance"}  # slides have no such chart


def notebook(figures):
    aimed = report_blocks.measured(
        "headline",
        pd.DataFrame([row(segment="device_class=mobile"), row()]),
        targets={"click_rate": 0.06},
        base_name="September",
    )
    cells = [nbformat.v4.new_markdown_cell("# E-mail"), shown(facts(), "report"), shown(aimed, "report.headline()")]
    return nbformat.v4.new_notebook(cells=[*cells, *(shown(figure, "figure") for figure in figures)])


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    made = notebook([make() for make in FIGURES.values()])
    report = write(tmp_path_factory.mktemp("deck") / "2026-10", made, collect.measured(made))
    folder = tmp_path_factory.mktemp("out")
    assert main(["bundle", str(report), "--pptx", "--xlsx", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def slides(out):
    """The slides of the figures, by kind."""
    deck = pptx.Presentation(out / "shop-2026-10.pptx")
    return dict(zip(FIGURES, list(deck.slides)[-len(FIGURES) :], strict=True))


def test_every_kind_of_chart_is_tried_here():
    kinds = {name for name in charts.__all__ if inspect.isfunction(getattr(charts, name))} - {"spoken"}
    assert kinds == set(FIGURES)


@pytest.mark.parametrize("kind", FIGURES)
def test_a_figure_is_a_chart_with_its_words_or_a_table_of_its_numbers(slides, kind):
    assert slides[kind].shapes.title.text_frame.text == "It moved"
    drawn = [shape for shape in slides[kind].shapes if shape.has_chart]
    tables = [shape for shape in slides[kind].shapes if shape.has_table]
    assert (len(drawn), len(tables)) == ((0, 1) if kind in TABLES else (1, 0))
    if drawn:
        assert drawn[0]._element.nvGraphicFramePr.cNvPr.get("descr") == SAID["alt"]
        assert any(value is not None for value in drawn[0].chart.plots[0].series[0].values)


def test_the_numbers_of_the_drawings(slides):
    def chart(kind):
        return next(shape.chart for shape in slides[kind].shapes if shape.has_chart)

    def table(kind):
        found = next(shape.table for shape in slides[kind].shapes if shape.has_table)
        return [[cell.text for cell in line.cells] for line in found.rows]

    trend = chart("trend")
    assert [list(series.values) for series in trend.plots[0].series] == [[0.1, 0.2, None, 0.3], [0.2] * 4]
    assert [series.name for series in trend.plots[0].series] == ["October 2026", "September 2026"]
    assert trend.value_axis.tick_labels.number_format == "0%"
    assert (
        trend.category_axis.tick_labels.number_format == "d\xa0mmm"
    )  # days are days, of which the axis shows one a week
    bars = chart("intervals")
    assert bars.chart_type == XL_CHART_TYPE.BAR_CLUSTERED and bars.category_axis.reverse_order  # the first is on top
    assert list(bars.plots[0].categories) == ["organic search", "email"]
    assert [list(series.values) for series in chart("distribution").plots[0].series] == [[0.75, 0.25], [0.5, 0.5]]
    assert [series.name for series in chart("curve").plots[0].series] == ["a", "b"]
    forest = chart("forest")
    assert list(forest.plots[0].categories) == ["mobile"] and list(forest.plots[0].series[0].values) == [0.03]
    assert forest.value_axis.axis_title.text_frame.text == "percentage points"
    assert forest.value_axis.tick_labels.number_format.startswith("+0%;−0%")
    assert table("heatmap") == [["cohort \\ month", "0", "1"], ["Jan", "100%", "60%"], ["Feb", "100%", "–"]]


def whiskers(chart):
    """How far the error bars of the first series reach up and down."""
    bars = chart.plots[0].series[0]._element.find(qn("c:errBars"))
    return [[float(v.text) for v in bars.find(qn(name)).iter(qn("c:v"))] for name in ("c:plus", "c:minus")]


def test_bars_show_their_intervals_and_the_axis_has_room_for_them(slides):
    bars = next(shape.chart for shape in slides["intervals"].shapes if shape.has_chart)
    assert whiskers(bars) == [pytest.approx([0.1, 0.1]), pytest.approx([0.1, 0.05])]
    assert (bars.value_axis.minimum_scale, bars.value_axis.maximum_scale) == (0, 0.5)
    said = "\n".join(shape.text_frame.text for shape in slides["intervals"].shapes if shape.has_text_frame)
    assert "Whiskers: 95% interval." in said
    assert "Whiskers" not in "\n".join(
        s.text_frame.text for s in slides["funnel"].shapes if s.has_text_frame
    )  # it has none


def drawn(block):
    return drawing(block.to_json())


def test_a_band_is_two_thin_lines_and_the_axis_begins_at_nothing():
    frame = pd.DataFrame({"day": DAYS, "value": [0.2] * 4, "ci_low": [0.1] * 4, "ci_high": [0.35] * 4})
    made = new_deck()
    draw(
        made,
        charts.trend(frame, words=SHARE, caption="Level. Band: 95% interval.", alt="Flat.").to_json(),
        Style(),
        ("October", ""),
        "",
    )
    chart = next(shape.chart for shape in made.slides[0].shapes if shape.has_chart)
    assert [series.name for series in chart.plots[0].series] == [
        "October",
        "October, lower bound",
        "October, upper bound",
    ]
    assert list(chart.plots[0].series[2].values) == [0.35] * 4
    assert (chart.value_axis.minimum_scale, pytest.approx(chart.value_axis.maximum_scale)) == (0, 0.35)
    assert "Thin lines: 95% interval." in [
        shape.text_frame.text for shape in made.slides[0].shapes if shape.has_text_frame
    ]


def test_effects_beyond_noise_stand_out():
    frame = pd.DataFrame({"segment": ["a", "b"], "difference": [0.3, 0.1], "difference_low": [0.2, -0.1], "difference_high": [0.4, 0.3],
                          "p_adjusted": [0.001, 0.4]})  # fmt: skip
    assert drawn(charts.forest(frame, words=SHARE, **SAID)).lines[0].stands_out == [True, False]
    ratios = frame.rename(columns={"difference": "hazard_ratio", "difference_low": "low", "difference_high": "high"})
    columns = ("hazard_ratio", "low", "high")
    assert (
        drawn(charts.forest(ratios.assign(low=[0.2, 0.05]), columns=Columns(value=columns), log=True, **SAID)).null
        == 1.0
    )


def test_shares_of_the_base_are_those_of_all_though_small_classes_are_hidden():
    shares = {"share": [0.6, 0.3, None], "base_share": [0.5, 0.3, None]}
    frame = pd.DataFrame({"bin": ["1", "2", "3"], "n": [600.0, 300.0, None], "base_n": [500.0, 300.0, None], **shares})
    json = charts.distribution(frame, **SAID).to_json()
    assert [y for _, y in drawing(json).lines[1].points] == [0.5, 0.3, None]
    place = json["columns"].index("base_share")
    old = {**json, "columns": [name for name in json["columns"] if name != "base_share"],
           "rows": [[*row[:place], *row[place + 1 :]] for row in json["rows"]]}  # fmt: skip
    hidden = {**old, "rows": [[cell if cell is not None else "hidden" for cell in row] for row in old["rows"]]}
    assert len(drawing(hidden).lines) == 1  # counts without the hidden ones give no shares
    assert [x for x, _ in drawing(hidden).lines[0].points][2] == "3 (hidden)"


def test_curves_are_of_equal_length_and_their_axis_says_what_it_counts():
    frame = pd.DataFrame({"plan": ["a"] * 3 + ["b"], "time": [0, 1, 2, 0], "value": [1, 0.8, 0.7, 1]})
    json = charts.curve(frame, columns=PLAN, words=Words(x="days since joining"), **SAID).to_json()
    assert json["x_title"] == "days since joining"
    made = new_deck()
    draw(made, json, Style(), ("October", ""), "")
    chart = next(shape.chart for shape in made.slides[0].shapes if shape.has_chart)
    assert [len(list(series.values)) for series in chart.plots[0].series] == [3, 3]  # the last point repeated
    assert chart.category_axis.axis_title.text_frame.text == "days since joining"


def test_a_ranking_of_many_shows_both_ends_and_says_how_many_it_leaves_out():
    frame = pd.DataFrame(
        {
            "segment": [f"c{k}" for k in range(30)],
            "value": [30.0 - k for k in range(30)],
            "pooled": [30.0 - k for k in range(30)],
        }
    )
    json = charts.ranking(frame, words=Words(unit="count"), **SAID).to_json()
    names = [x for x, _ in drawing(json).lines[0].points]
    assert (len(names), names[0], names[-1], drawing(json).left_out) == (20, "c0", "c29", 10)


def test_a_long_finding_is_cut_where_a_clause_ends_and_goes_on_beneath():
    frame = pd.DataFrame({"day": DAYS, "value": [1, 2, 3, 4]})
    caption = "; ".join(f"group {k} has {k} of them" for k in range(12)) + ". More."
    made = new_deck()
    draw(
        made,
        charts.trend(frame, words=Words(unit="count"), caption=caption, alt="It rises.").to_json(),
        Style(),
        ("October", ""),
        "foot",
    )
    heading = made.slides[0].shapes.title.text_frame.text
    assert heading.endswith("of them") and len(heading) <= LONGEST_HEADING
    texts = [shape.text_frame.text for shape in made.slides[0].shapes if shape.has_text_frame]
    assert any(said.endswith("group 11 has 11 of them. More.") for said in texts) and "foot" in texts
    assert caption in made.slides[0].notes_slide.notes_text_frame.text


def test_cards_of_a_segment_have_their_row_and_targets_theirs(out):
    deck = pptx.Presentation(out / "shop-2026-10.pptx")
    table = next(shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table)
    assert [table.cell(number, 0).text for number in (1, 2)] == ["Click rate, device class mobile", "Click rate"]
    assert [cell.text for cell in table.rows[0].cells][2:4] == ["95% interval", "n"] and table.cell(
        1, 3
    ).text == "278,160"
    assert [table.cell(number, 6).text for number in (1, 2)] == ["", "6.0%: missed, chance of missing it 84%"]
    assert table.cell(1, 5).text == "▲ up, better, beyond noise"
    text = "\n".join(shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame)
    assert "Target missed: Click rate 5.9%, target 6.0%. Chance of a true miss: 84%." in text


def test_a_hidden_group_stays_hidden_on_slides_and_in_the_workbook(tmp_path):
    hidden = row(segment="device_class=tablet", verdict="hidden", flags="suppressed", **dict.fromkeys(
        ("value", "ci_low", "ci_high", "numerator", "denominator", "n_units", "difference", "difference_low", "difference_high", "base_value")))  # fmt: skip
    classes = pd.DataFrame({"bin": ["1", "2", "3"], "n": [600, 300, 7]})
    classes = counting(classes.assign(share=classes.n / 907), people="n", k=K)
    figure = charts.distribution(classes, **SAID)
    cells = [nbformat.v4.new_markdown_cell("# E-mail"), shown(facts(), "report"), shown(report_blocks.measured("headline", pd.DataFrame([row(), hidden])), "report.headline()"), shown(figure, "figure")]  # fmt: skip
    made = nbformat.v4.new_notebook(cells=cells)
    report = write(tmp_path / "2026-10", made, collect.measured(made))
    assert main(["bundle", str(report), "--pptx", "--xlsx", "--out", str(tmp_path)]) == 0
    slides = list(pptx.Presentation(tmp_path / "shop-2026-10.pptx").slides)
    table = next(shape.table for slide in slides for shape in slide.shapes if shape.has_table)
    said = [cell.text for cell in table.rows[2].cells]
    assert said == [
        "Click rate, device class tablet",
        "–",
        "–",
        "< 10",
        "",
        "◌ hidden: < 10 people, or next to such a group",
    ]
    chart = next(shape.chart for slide in slides for shape in slide.shapes if shape.has_chart)
    assert list(chart.plots[0].categories)[2].startswith("3 (") and chart.plots[0].series[0].values[2] is None
    inside = openpyxl.load_workbook(BytesIO(chart.part.chart_workbook.xlsx_part.blob)).active
    assert [cell.value for cell in inside["B"]][3] is None  # nor in the numbers that the chart can be edited by
    book = openpyxl.load_workbook(tmp_path / "shop-2026-10.xlsx")
    lines = list(book["Figures"].values)
    tablet = dict(zip(lines[0], lines[2], strict=True))
    assert (tablet["segment"], tablet["value"], tablet["n_units"], tablet["verdict"]) == (
        "device_class=tablet",
        None,
        None,
        "hidden",
    )
    assert ("3", "< 10") in [line[:2] for line in book["E-mail"].values]


def test_the_workbook_is_typed_has_contents_and_names_what_stands_where(out):
    book = openpyxl.load_workbook(out / "shop-2026-10.xlsx")
    figures, sheet, about = book["Figures"], book["E-mail"], book["About"]
    assert figures.freeze_panes == "E2" and figures.auto_filter.ref == figures.dimensions
    heads = [cell.value for cell in figures[1]]
    assert heads[:12] == ["notebook", "metric_id", "title", "segment", "value", "unit", "ci_low", "ci_high", "n_units", "numerator", "denominator", "verdict"]  # fmt: skip
    start = figures.cell(2, heads.index("period_start") + 1)
    assert (start.value, start.number_format) == (datetime(2026, 10, 1), "yyyy-mm-dd")
    assert figures.cell(2, heads.index("verdict") + 1).font.color.rgb == f"00{style.GOOD[1:]}"
    links = {cell.hyperlink.location: about.cell(cell.row, 2).value for line in about.iter_rows(max_col=1) for cell in line if cell.hyperlink}  # fmt: skip
    assert links["'Figures'!A1"].startswith("every figure") and len(links) == len(FIGURES) + 1
    for where, said in links.items():
        if "Figures" not in where:
            assert str(sheet[where.rpartition("!")[2]].value).startswith(said)
    assert sheet["A3"].value == datetime(2026, 10, 1) and sheet["B3"].number_format == "0.0%"
    assert sheet.column_dimensions["A"].width < 46  # captions do not count


def test_number_formats_follow_unit_and_locale(out):
    assert number_format("share", 0, Style("de")) == "0\xa0%" and number_format("seconds", 0, Style()) == '#,##0" s"'
    sheet = openpyxl.load_workbook(out / "shop-2026-10.xlsx")["Figures"]
    names = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, names.index("value") + 1).number_format == "0.0%"
    assert {"n_units", "numerator", "denominator", "ci_low", "ci_high", "base_ci_low"} <= set(names)
    assert number_format("money", 2, Style("de")) == "#,##0.00\xa0[$€]"
    assert number_format("money", 0, Style("en", "PLN")) == "[$PLN]#,##0"
