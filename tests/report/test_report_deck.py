"""Every kind of figure has its slide: an editable chart where there is such a chart, else its numbers as a table."""

import inspect

import nbformat
import openpyxl
import pandas as pd
import pptx
import pytest
from made_up import facts, row, shown
from pptx.enum.chart import XL_CHART_TYPE
from test_report_share import write

from cxkit import charts
from cxkit.cli import main
from cxkit.report import blocks, collect
from cxkit.report.format import Style
from cxkit.report.share.formats import number_format

SAID = {"caption": "It moved. Whiskers: 95% interval.", "alt": "A picture of what moved."}
DAYS = pd.date_range("2026-10-01", periods=4)
SEGMENTS = {
    "segment": ["channel=organic_search", "channel=email"],
    "value": [0.4, 0.1],
    "ci_low": [0.3, 0.05],
    "ci_high": [0.5, 0.2],
    "base_value": [0.3, 0.2],
}
FIGURES = {
    "trend": lambda: charts.trend(pd.DataFrame({"day": DAYS, "value": [0.1, 0.2, None, 0.3]}), 0.2, unit="share", **SAID),
    "tracking": lambda: charts.tracking(pd.DataFrame({"week": DAYS, "actual": [1, 2, 3, 4], "predicted": [1, 2, 2, 5]}), cut="2026-10-02", **SAID),
    "decomposition": lambda: charts.decomposition(pd.DataFrame({"day": DAYS, "observed": [9, 12, 10, 9], "trend": [10] * 4, "season": [-1, 1, 0, 0], "residual": [0, 1, 0, -1]}), unit="count", **SAID),
    "intervals": lambda: charts.intervals(pd.DataFrame(SEGMENTS), unit="share", **SAID),
    "bars": lambda: charts.bars(pd.DataFrame(SEGMENTS), unit="share", **SAID),
    "ranking": lambda: charts.ranking(pd.DataFrame({"segment": ["a", "b"], "value": [0.4, 0.1], "pooled": [0.3, 0.2], "pooled_low": [0.2, 0.1], "pooled_high": [0.4, 0.3]}), unit="share", mean=0.25, **SAID),
    "funnel": lambda: charts.funnel(pd.DataFrame({"stage": ["sent", "clicked"], "n": [1000, 50], "base_n": [900, 60]}), **SAID),
    "distribution": lambda: charts.distribution(pd.DataFrame({"bin": ["1", "2"], "n": [30, 10], "base_n": [20, 20]}), **SAID),
    "curve": lambda: charts.curve(pd.DataFrame({"plan": ["a", "a", "b", "b"], "time": [0, 1, 0, 1], "value": [1, 0.8, 1, 0.7]}), by="plan", time="time", unit="share", **SAID),
    "concentration": lambda: charts.concentration(pd.DataFrame({"share_of_customers": [0.2, 0.5], "share_of_value": [0.6, 0.9]}), **SAID),
    "calibration": lambda: charts.calibration(pd.DataFrame({"predicted": [0.1, 0.3], "actual": [0.12, 0.28]}), **SAID),
    "forest": lambda: charts.forest(pd.DataFrame({"segment": ["mobile"], "difference": [0.03], "difference_low": [0.01], "difference_high": [0.05]}), unit="share", **SAID),
    "importance": lambda: charts.importance(pd.DataFrame({"driver": ["ease", "price"], "importance": [0.4, 0.1], "performance": [0.6, 0.7]}), label="driver", **SAID),
    "heatmap": lambda: charts.heatmap(pd.DataFrame({"cohort": ["Jan", "Jan", "Feb"], "month": [0, 1, 0], "value": [1.0, 0.6, 1.0]}), rows="cohort", columns="month", unit="share", **SAID),
    "small_multiples": lambda: charts.small_multiples(pd.DataFrame({"title": ["Bounce rate"] * 2, "period_start": ["2026-09-01", "2026-10-01"], "value": [0.4, 0.42], "unit": "share"}), **SAID),
}  # fmt: skip
TABLES = {
    "forest",
    "heatmap",
    "small_multiples",
    "importance",
}  # slides have no chart that shows their intervals or shades


def notebook(figures):
    aimed = blocks.measured(
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
    assert trend.value_axis.tick_labels.number_format == "0.0%"
    bars = chart("intervals")
    assert bars.chart_type == XL_CHART_TYPE.BAR_CLUSTERED
    assert list(bars.plots[0].categories) == ["email", "organic search"]  # upwards: the first is on top
    assert list(chart("distribution").plots[0].series[0].values) == [0.75, 0.25]
    assert [series.name for series in chart("curve").plots[0].series] == ["a", "b"]
    assert table("forest")[1][:2] == ["mobile", "+3.0 points"]
    assert table("heatmap") == [["cohort", "0", "1"], ["Jan", "100.0%", "60.0%"], ["Feb", "100.0%", "–"]]


def test_cards_of_a_segment_have_their_row_and_targets_theirs(out):
    deck = pptx.Presentation(out / "shop-2026-10.pptx")
    table = next(shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table)
    assert [table.cell(number, 0).text for number in (1, 2)] == ["Click rate, device class mobile", "Click rate"]
    assert [table.cell(number, 5).text for number in (1, 2)] == ["", "target 6.0%: missed, chance of missing it 84%"]
    text = "\n".join(shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame)
    assert "Target missed: Click rate 5.9%, target 6.0%. Chance of a true miss: 84%." in text


def test_number_formats_follow_unit_and_locale(out):
    sheet = openpyxl.load_workbook(out / "shop-2026-10.xlsx")["Figures"]
    names = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, names.index("value") + 1).number_format == "0.0%"
    assert {"n_units", "numerator", "denominator", "ci_low", "ci_high", "base_ci_low"} <= set(names)
    assert number_format("money", 2, Style("de")) == "#,##0.00\xa0[$€]"
    assert number_format("money", 0, Style("en", "PLN")) == "[$PLN]#,##0"
