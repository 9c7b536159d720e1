"""The page as a browser shows it: narrow and wide, light and dark, printed, by keyboard."""

from itertools import pairwise

import nbformat
import pandas as pd
import pytest
from made_up import device_rows, email_notebook, row, shown

from cxkit.report.kept import collect
from cxkit.report.kept.family import RunFamily
from cxkit.report.notebook import report_blocks
from cxkit.report.page.render import Run, render_page

pytestmark = pytest.mark.needs("Chromium")

# Elements that stick out of the window, unless they lie in a box that scrolls.
STICKING_OUT = """[...document.body.querySelectorAll('*')].filter(e => {
  const r = e.getBoundingClientRect();
  return r.width && r.right > innerWidth + 1 && !e.closest('.scroll, .cx-scroll, pre, .skip')
}).map(e => e.outerHTML.slice(0, 80))"""
CLIPPED = """[...document.querySelectorAll('td, th, dd, dt, p, h1, h2, h3, li, figcaption')].filter(e =>
  e.offsetParent && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX == 'hidden').map(e => e.textContent)"""


# Boxes whose content is wider than they are.
OVERFULL = """[...document.querySelectorAll('header *, main *')].filter(e =>
  e.offsetParent && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != 'inline' && !e.closest('svg, pre, .cx-scroll')
).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    notebook = email_notebook()
    path = tmp_path_factory.mktemp("page") / "email.html"
    path.write_text(render_page(notebook, Run(RunFamily(collect.measured(notebook)), foot="cxkit")).html)
    return path


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_sticks_out_is_asked_for_or_complained_about(chromium, page, width, dark):
    chromium.open(page, width, dark)
    assert chromium.ask("innerWidth") == width
    assert chromium.ask("document.documentElement.scrollWidth") == width
    assert chromium.ask(STICKING_OUT) == []
    assert chromium.ask(CLIPPED) == []
    assert chromium.requests == [] and chromium.messages == []
    assert chromium.ask("document.scripts.length") == 0
    assert chromium.ask("document.styleSheets.length") == 1


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A page of tables as they come: long captions, long words, figures with wide intervals, many columns."""
    caption = "Bounce rate stands here in both forms: not engaged, and one page without interaction. " * 2
    figures = [
        row("page_views", unit="count", value=1_206_140.0, ci_low=1_105_801.0, ci_high=1_306_494.0, better="none", verdict="down",
            base_value=1_306_765.0, difference=-100_850.0, difference_low=-201_315.0, difference_high=-1_386.0),
        row("duration", title="Engagement time per session", unit="seconds", value=3668.0, ci_low=3601.0, ci_high=3798.0),
        row("net_revenue", unit="money", value=1_024_653.0, ci_low=921_681.0, ci_high=1_127_917.0, verdict="can't tell"),
    ]  # fmt: skip
    frame = pd.DataFrame(
        {"page": ["/a" * 60, "Donaudampfschifffahrtsgesellschaft" * 2], "views": [1, 2], "spent": [12_026.4, 9_681.58]}
    )
    many = pd.DataFrame({f"A longer column head {number}": [123456.789] for number in range(20)})
    shows = [
        report_blocks.measured("breakdown", pd.DataFrame(figures), caption=caption),
        report_blocks.measured("breakdown", pd.DataFrame(device_rows()), by="device_class"),
        report_blocks.table(frame, caption, {"spent": "money"}),
    ]
    folder = tmp_path_factory.mktemp("tables")
    for name, some in {"usual": shows, "many": [report_blocks.table(many, caption)]}.items():
        cells = [nbformat.v4.new_markdown_cell("# Tables"), *(shown(block, "report.table()") for block in some)]
        (folder / f"{name}.html").write_text(render_page(nbformat.v4.new_notebook(cells=cells)).html)
    return folder


@pytest.mark.parametrize("width", [360, 390, 768, 833, 1024, 1280, 1600])
def test_no_table_is_clipped_at_any_width(chromium, tables, width):
    chromium.open(tables / "usual.html", width)
    assert chromium.ask("document.documentElement.scrollWidth") == width
    assert chromium.ask(OVERFULL) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_a_table_too_wide_for_any_page_scrolls_in_a_box_that_the_keyboard_reaches(chromium, tables, width):
    chromium.open(tables / "many.html", width)
    assert chromium.ask("document.documentElement.scrollWidth") == width
    wide = chromium.ask(OVERFULL)
    assert wide == [] if width == 360 else [name.split()[0] for name in wide] == ["DIV.scroll"]
    assert chromium.ask("document.querySelector('.scroll').tabIndex") == 0
    assert chromium.ask("document.querySelector('caption').getBoundingClientRect().right <= innerWidth")


@pytest.mark.parametrize(
    ("dark", "paper", "ink"),
    [(False, "rgb(255, 255, 255)", "rgb(29, 36, 51)"), (True, "rgb(18, 22, 31)", "rgb(230, 233, 240)")],
)
def test_colours_follow_the_system_in_text_and_charts(chromium, page, dark, paper, ink):
    chromium.open(page, 1280, dark)
    assert chromium.ask("getComputedStyle(document.body).backgroundColor") == paper
    assert chromium.ask("getComputedStyle(document.body).color") == ink
    fills = chromium.ask("[...document.querySelectorAll('.cx-wide *')].map(e => getComputedStyle(e).fill)")
    assert not any(fill in fills for fill in ("rgb(0, 0, 0)",) if dark)


@pytest.mark.parametrize(("width", "shown"), [(390, "cx-narrow"), (1280, "cx-wide")])
def test_one_of_two_drawings_is_shown_by_width_and_has_words(chromium, page, width, shown):
    chromium.open(page, width)
    visible = chromium.ask(
        "[...document.querySelectorAll('figure svg')].filter(e => e.getBoundingClientRect().width > 0).map(e => [e.getAttribute('class'), e.getAttribute('role'), e.getAttribute('aria-label')])"
    )
    assert [(class_, role) for class_, role, _ in visible] == [(shown, "img")]
    assert visible[0][2].startswith("Line chart of the daily click rate")


def test_tables_become_cards_on_a_phone_with_every_head_said(chromium, page):
    chromium.open(page, 390)
    assert chromium.ask("getComputedStyle(document.querySelector('.scroll td')).display") == "flex"
    assert chromium.ask(
        "[...document.querySelectorAll('.scroll td')].every(e => e.dataset.label && getComputedStyle(e, '::before').content.includes(e.dataset.label))"
    )
    chromium.open(page, 1280)
    assert chromium.ask("getComputedStyle(document.querySelector('.scroll td')).display") == "table-cell"


def test_one_heading_of_the_first_level_landmarks_and_no_level_skipped(chromium, page):
    chromium.open(page, 1280)
    assert chromium.ask("['header', 'nav', 'main', 'footer', 'h1'].map(n => document.querySelectorAll(n).length)") == [
        1,
        1,
        1,
        1,
        1,
    ]
    levels = chromium.ask("[...document.querySelectorAll('h1, h2, h3, h4')].map(e => +e.tagName[1])")
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert chromium.ask("document.documentElement.lang") == "en"


def test_the_first_stop_of_the_keyboard_leads_past_the_contents(chromium, page):
    chromium.open(page, 1280)
    for kind in ("keyDown", "keyUp"):
        chromium.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert chromium.ask("document.activeElement.textContent") == "Skip to the report"
    assert chromium.ask("document.activeElement.getBoundingClientRect().left") >= 0
    assert chromium.ask("document.querySelector(document.activeElement.getAttribute('href')).tagName") == "MAIN"


def test_print_leaves_out_what_paper_cannot_do_and_fits_the_page(chromium, page, tmp_path):
    chromium.open(page, 720, media="print")
    for selector in ("nav", "details", ".skip"):
        assert chromium.ask(f"getComputedStyle(document.querySelector('{selector}')).display") == "none"
    chromium.pdf(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")


def test_the_contents_follow_the_reader(chromium, page):
    chromium.open(page, 1280)
    chromium.ask("document.querySelector('#definitions').scrollIntoView({behavior: 'instant'})")
    assert chromium.ask("document.querySelector('nav').getBoundingClientRect().height > 0")
    assert 0 <= chromium.ask("document.querySelector('nav ol').getBoundingClientRect().top") < 200
