"""Files to hand on hold what the report says, run nothing, and tell nothing of the machine; text from data stays text."""

import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pptx
import pytest
from made_up import definitions, email_notebook, facts, row, shown

from cxkit.commands import main
from cxkit.report.kept import collect, manifest
from cxkit.report.kept.family import RunFamily
from cxkit.report.notebook import report_blocks
from cxkit.report.page.index import Entry, render_index
from cxkit.report.page.render import Run, render_page
from cxkit.report.run.assemble import METRIC_COLUMNS
from cxkit.report.wording.files import write_csv

HOSTILE = ["<script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "javascript:alert(1)", "\u202egnp.exe\u2066", "W" * 10_000,
           '=HYPERLINK("http://evil.example","x")', "@SUM(1)", "+1+1", "-2+3", "\tx", '" onmouseover="alert(1)']  # fmt: skip


def write(folder, notebook, rows):
    """A report of one notebook, as a run leaves it."""
    folder.mkdir()
    nbformat.write(notebook, folder / "email.ipynb")
    run = Run(RunFamily(rows), foot="cxkit")
    page = render_page(notebook, run)
    assert page.problems == []
    (folder / "email.html").write_text(page.html, encoding="utf-8")
    entry = Entry("email", page.title, page.question, "", notebook)
    (folder / "index.html").write_text(render_index([entry], run, "Shop", "October 2026", [("metrics.csv", "every figure")], [("../index.html", "All periods")]))  # fmt: skip
    write_csv(folder / "metrics.csv", METRIC_COLUMNS, ({**run.family.decide(row), "notebook": "email"} for row in rows))
    content = {"made_at": "2026-11-01T06:00:00Z", "period": "2026-10", "base": "2026-09", "locale": "en", "data": {"name": "shop", "sha256": "0"},
               "notebooks": {"email": {"state": "done"}}, "tests": {"number": 4, "false_discovery_rate": 0.05}, "versions": {"cxkit": "0.1.0"}}  # fmt: skip
    manifest.write(folder, content)
    return folder


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    notebook = email_notebook()
    return write(tmp_path_factory.mktemp("share") / "2026-10", notebook, collect.measured(notebook))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report whose data try everything, as title, segment, table cell, caption and head of a column."""
    rows = [
        row(segment=f"campaign={text}", title="Click rate" if k else HOSTILE[0], verdict="up")
        for k, text in enumerate(HOSTILE)
    ]
    frame = pd.DataFrame({"name": HOSTILE, HOSTILE[0]: range(len(HOSTILE))})
    cells = [
        nbformat.v4.new_markdown_cell("# E-mail"), shown(facts(), "report"),
        shown(report_blocks.measured("breakdown", pd.DataFrame(rows), by="campaign"), "report.breakdown()"),
        shown(report_blocks.measured("findings", pd.DataFrame(rows), base_name="September"), "report.findings()"),
        shown(report_blocks.table(frame, HOSTILE[1]), "report.table()"), shown(report_blocks.note(HOSTILE), "report.note()"), shown(definitions(), "report.definitions()"),
    ]  # fmt: skip
    return write(tmp_path_factory.mktemp("hostile") / "2026-10", nbformat.v4.new_notebook(cells=cells), rows)


@pytest.fixture(scope="module")
def out(report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    assert main(["bundle", str(report), "--zip", "--html", "--xlsx", "--pptx", "--out", str(folder)]) == 0
    return folder


def test_the_zip_holds_every_file_and_is_the_same_each_time(report, out, tmp_path):
    path = out / "shop-2026-10.zip"
    names = zipfile.ZipFile(path).namelist()
    assert sorted(names) == sorted(f"shop-2026-10/{part.name}" for part in report.iterdir())
    main(["bundle", str(report), "--out", str(tmp_path)])
    assert (tmp_path / "shop-2026-10.zip").read_bytes() == path.read_bytes()


def test_the_single_page_holds_all_pages_and_its_links_stay_inside(out):
    html = (out / "shop-2026-10.html").read_text(encoding="utf-8")
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) and {"index", "email"} <= set(ids)
    assert set(re.findall(r'href="([^"]+)"', html)) <= {f"#{name}" for name in ids}
    assert len(re.findall('<p class="crumbs"><a href="#index">', html)) == 2  # before and after the page
    assert "metrics.csv" not in html and "All periods" not in html  # which are not in it
    assert (
        not re.search(r"(?i)<script|https?://", re.sub(r'xmlns(:xlink)?="[^"]+"', "", html))
        and html.count("<main") == 1
    )


def test_the_workbook_has_every_figure_with_n_and_bounds_and_every_table(report, out):
    book = openpyxl.load_workbook(out / "shop-2026-10.xlsx")
    assert book.sheetnames == ["About", "Figures", "E-mail"]
    lines = list(book["Figures"].values)
    first = dict(zip(lines[0], lines[1], strict=True))
    assert (first["metric_id"], first["value"], first["ci_low"], first["n_units"]) == (
        "click_rate",
        0.059,
        0.057,
        91022,
    )
    assert len(lines) - 1 == len((report / "metrics.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert any("Loyalty digest" in line for line in book["E-mail"].values)


def test_the_deck_has_headline_findings_and_a_chart_with_its_words(out):
    deck = pptx.Presentation(out / "shop-2026-10.pptx")
    text = "\n".join(shape.text_frame.text for slide in deck.slides for shape in slide.shapes if shape.has_text_frame)
    assert "Made-up shop" in text and "Unsubscribe rate rose from 0.32% to 0.41%." in text
    charts = [shape for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert len(charts) == 1 and len(charts[0].chart.plots[0].series[0].values) == 31
    assert charts[0]._element.nvGraphicFramePr.cNvPr.get("descr").startswith("Line chart of the daily click rate")
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert tables[0].cell(1, 0).text == "Click rate" and tables[0].cell(1, 1).text == "5.9%"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"state": "failed", "error": "cell 3: no table `orders`."}, "E-mail failed (cell 3: no table `orders`): its figures are missing or not complete."),
        ({"state": "stale", "error": "cell 3: no.", "made_at": "2026-10-02T06:00:00Z"}, "E-mail is of 2026-10-02: the run after it failed (cell 3: no), so these numbers may be out of date."),
    ],
)  # fmt: skip
def test_a_notebook_that_failed_is_told_of_first_of_all(report, tmp_path, entry, said):
    folder = tmp_path / "2026-10"
    shutil.copytree(report, folder)
    content = manifest.read(folder)
    manifest.write(folder, {**content, "notebooks": {"email": entry}})
    assert main(["bundle", str(folder), "--pptx", "--xlsx", "--out", str(tmp_path)]) == 0
    slides = pptx.Presentation(tmp_path / "shop-2026-10.pptx").slides
    texts = [[shape.text_frame.text for shape in slide.shapes if shape.has_text_frame] for slide in slides]
    assert said in "\n".join(texts[0])
    if entry["state"] == "failed":
        assert len(slides) == 1  # no figures of a notebook that stopped half way
    else:
        told = ["the run after it failed" in "\n".join(on_slide) for on_slide in texts]
        assert all(
            told[k]
            for k, slide in enumerate(slides)
            if any(shape.has_chart or shape.has_table for shape in slide.shapes)
        )
        assert sum(told) > 2
    book = openpyxl.load_workbook(tmp_path / "shop-2026-10.xlsx")
    assert said in [cell.value for line in book["About"].iter_rows() for cell in line]
    assert said == book["E-mail"]["A1"].value


def test_slides_go_from_what_changed_to_headline_to_charts_and_notes_hold_definitions(out):
    slides = list(pptx.Presentation(out / "shop-2026-10.pptx").slides)
    titles = [slide.shapes.title.text_frame.text for slide in slides]
    assert titles[:2] == ["Made-up shop: October 2026", "4 of 7 figures changed beyond noise"]
    assert titles[2].startswith("E-mail: Unsubscribe rate rose from 0.32% to 0.41%")
    has_chart = [any(shape.has_chart for shape in slide.shapes) for slide in slides]
    assert has_chart == sorted(has_chart) and has_chart[-1]
    notes = slides[2].notes_slide.notes_text_frame.text
    assert "Click rate: 5.9% (16,412 of 278,160 deliveries)." in notes and "Interval: delta." in notes
    for slide in slides[1:]:
        assert any(
            "Made-up shop · October 2026" in shape.text_frame.text for shape in slide.shapes if shape.has_text_frame
        )


def test_no_file_tells_of_the_machine(out):
    for path in out.iterdir():
        parts = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            parts = [zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()]
        for part in parts:
            assert f"{Path.home()}/".encode() not in part
            assert str(out).encode() not in part and b"/tmp/" not in part


def test_hostile_text_is_inert_in_html(hostile):
    for path in hostile.glob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert not re.search(r"(?i)<(script|img|iframe)\b|href=\"javascript", html), path
        assert html.count("</style>") == 1
        assert "\u202e" not in html and "\u2066" not in html
        assert not re.search(r"<[^>]*\sonm?[a-z]+=\"alert", html)


def test_hostile_text_is_no_formula_in_csv_workbook_and_deck(hostile, tmp_path):
    import csv

    with (hostile / "metrics.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    acting = [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell and not re.fullmatch(r"-?[\d.e+-]+", cell)]
    assert acting == [] and not any("\u202e" in cell for cell in cells)
    assert main(["bundle", str(hostile), "--html", "--xlsx", "--pptx", "--out", str(tmp_path)]) == 0
    book = openpyxl.load_workbook(tmp_path / "shop-2026-10.xlsx")
    kinds = {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds
    assert any(cell.value == HOSTILE[5] for line in book["E-mail"].iter_rows() for cell in line)
    parts = zipfile.ZipFile(tmp_path / "shop-2026-10.pptx")
    slides = [
        parts.read(name).decode() for name in parts.namelist() if re.match(r"ppt/(slides|charts)/[^/]*\.xml", name)
    ]
    assert any("&lt;script&gt;" in slide for slide in slides)
    for slide in slides:
        assert not re.search(r"<script|hlinkClick|\u202e|\u2066", slide) and "W" * 2000 not in slide
    assert "<script" not in (tmp_path / "shop-2026-10.html").read_text(encoding="utf-8")


@pytest.mark.needs("Chromium")
@pytest.mark.parametrize("width", [360, 1280])
def test_words_of_ten_thousand_letters_break_no_page(chromium, hostile, width):
    for name in ("email", "index"):
        chromium.open(hostile / f"{name}.html", width)
        assert chromium.ask("document.documentElement.scrollWidth") == width
        assert chromium.requests == [] and chromium.messages == []


@pytest.mark.needs("Chromium")
def test_hostile_text_is_inert_in_pdf(hostile, tmp_path):
    """Printed as text: no script, no action, no link to an address, in plain streams or packed ones."""
    import zlib

    assert main(["bundle", str(hostile), "--pdf", "--out", str(tmp_path)]) == 0
    raw = (tmp_path / "shop-2026-10.pdf").read_bytes()
    unpacked = [raw]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", raw, re.DOTALL):
        try:
            unpacked.append(zlib.decompress(stream))
        except zlib.error:
            continue
    for part in unpacked:
        assert not re.search(rb"/JavaScript|/JS\b|/Launch|/EmbeddedFile|/URI\s*\((?!file)", part)


@pytest.mark.needs("Chromium")
def test_a_pdf_is_printed_and_where_there_is_no_chromium_it_is_said(report, tmp_path, monkeypatch, capsys):
    assert main(["bundle", str(report), "--pdf", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "shop-2026-10.pdf").read_bytes().startswith(b"%PDF")
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert main(["bundle", str(report), "--pdf", "--out", str(tmp_path / "none")]) == 2
    assert "needs Chromium" in capsys.readouterr().err


def test_only_a_day_of_the_calendar_becomes_one_in_the_workbook():
    from openpyxl import Workbook

    from cxkit.report.share.cells import put

    sheet = Workbook().active
    for place, text in enumerate(["2026-10-31", "2026-02-30", "2026-10"], start=1):
        put(sheet.cell(place, 1), text)
    assert [cell.is_date for cell in sheet["A"]] == [True, False, False]
    assert sheet["A2"].value == "2026-02-30"
