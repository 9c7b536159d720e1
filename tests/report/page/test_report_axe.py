"""axe-core finds nothing on any kind of page. `make test-all` fetches it into `.cache/`."""

from pathlib import Path

import pytest
from made_up import email_notebook
from needs import AXE
from test_report_overview import report as write_report
from test_report_share import hostile, report  # noqa: F401 (fixtures)

from cxkit.commands import main
from cxkit.report.page.overview import write_overview
from cxkit.report.page.render import render_page

pytestmark = pytest.mark.needs("Chromium", "axe-core")
GOLDEN = sorted((Path(__file__).parents[3] / "reports" / "sample").glob("*.html"))
RUN = "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | ')))"


def violations(chromium, path, width=1280, dark=False):
    chromium.open(path, width, dark)
    chromium.ask("document.querySelectorAll('details').forEach(e => e.open = true)")
    chromium.ask(AXE.read_text(encoding="utf-8") + "; 1")
    answer = chromium.call("Runtime.evaluate", expression=RUN, awaitPromise=True, returnByValue=True)
    assert "exceptionDetails" not in answer, answer
    return answer["result"]["value"]


def test_axe_finds_what_is_wrong(chromium, tmp_path):
    (tmp_path / "bad.html").write_text("<html><body><img src='data:,'><h3>Low</h3></body></html>")
    assert any("image-alt" in found for found in violations(chromium, tmp_path / "bad.html"))


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False)])
@pytest.mark.parametrize("name", ["email", "index"])
def test_pages_and_index(chromium, report, name, width, dark):  # noqa: F811
    assert violations(chromium, report / f"{name}.html", width, dark) == []


def test_the_single_page_the_overview_and_a_page_that_failed(chromium, report, tmp_path):  # noqa: F811
    main(["bundle", str(report), "--html", "--out", str(tmp_path)])
    assert violations(chromium, tmp_path / "shop-2026-10.html") == []
    for period, value in {"2026-09": 0.04, "2026-10": 0.05}.items():
        write_report(tmp_path / "reports", period, value)
    assert violations(chromium, write_overview(tmp_path / "reports")) == []
    failed = tmp_path / "failed.html"
    failed.write_text(render_page(email_notebook(), error="a cell took too long").html)
    assert violations(chromium, failed) == []


def test_numbers_behind_a_figure_can_be_scrolled_by_keyboard(chromium, report):  # noqa: F811
    chromium.open(report / "email.html", 360)
    boxes = chromium.ask("[...document.querySelectorAll('.cx-scroll')].map(e => e.tabIndex)")
    assert boxes and set(boxes) == {0}


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_page_of_the_sample(chromium, path, width, dark):
    assert violations(chromium, path, width, dark) == []


def test_a_page_of_hostile_text(chromium, hostile):  # noqa: F811
    assert violations(chromium, hostile / "email.html", 390) == []
