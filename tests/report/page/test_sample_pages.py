"""The pages that stand in reports/sample/, as files and as a browser shows them."""

import re
from pathlib import Path

import pytest
from test_report_browser import CLIPPED, OVERFULL

GOLDEN = Path(__file__).parents[3] / "reports" / "sample"
PAGES = sorted(GOLDEN.glob("*.html"))
FIXED = 40_000  # bytes of a page without its figures, tables and code


def test_every_notebook_has_its_page():
    assert {path.stem for path in PAGES} == {path.stem for path in GOLDEN.glob("*.ipynb")} | {"index"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_has_no_script_no_request_and_a_strict_policy(path):
    page = path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//[^"') ]+""", page) == []
    assert "default-src 'none'" in page


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_costs_little_beside_its_figures_tables_and_code(path):
    page = path.read_text(encoding="utf-8")
    extra = r'<figure\b.*?</figure>|<div class="scroll".*?</table></div>|<details class="code">.*?</details>'
    assert len(re.sub(extra, "", page, flags=re.DOTALL).encode()) <= FIXED


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_figure_of_a_page_has_words_of_its_own(path):
    page = path.read_text(encoding="utf-8")
    figures = re.findall(r"<figure\b.*?</figure>", page, re.DOTALL)
    words = [
        tuple(re.findall(r"""aria-label=("[^"]{20,}"|'[^']{20,}')""", figure)) for figure in figures if "<svg" in figure
    ]
    assert all(words), "a figure without a text alternative"
    assert len(set(words)) == len(words)


@pytest.mark.needs("Chromium")
@pytest.mark.parametrize(
    ("width", "dark"), [(390, False), (390, True), (768, True), (1024, False), (1280, False), (1280, True)]
)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_nothing_of_a_page_is_clipped_or_asked_for(chromium, path, width, dark):
    chromium.open(path, width, dark)
    assert chromium.ask("document.documentElement.scrollWidth") == width
    assert chromium.ask(CLIPPED) == []
    assert chromium.ask(OVERFULL) == []
    assert chromium.requests == []
    assert chromium.messages == []


CDNOW = {
    "0.2426": "r", "4.414": "alpha", "0.7929": "a", "2.426": "b", "−9,582.43": "log-likelihood", "6.25": "p", "3.744": "q",
    "1,882": "purchases in the hold-out", "1,653": "expected purchases", "2,930": "the past rate's forecast",
}  # fmt: skip


@pytest.mark.slow
def test_the_page_of_cdnow_shows_the_published_figures(tmp_path):
    from cxkit.commands import main

    assert main(["report", "--data", "data/cdnow", "--only", "clv", "--period", "1998-06", "--out", str(tmp_path)]) == 0
    page = (tmp_path / "1998-06" / "clv.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", " ", page)
    assert {what for number, what in CDNOW.items() if number not in text} == set()
    assert text.index("First the test") < text.index("What customers are worth")
