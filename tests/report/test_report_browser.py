"""The page as a browser shows it: narrow and wide, light and dark, printed, by keyboard."""

from itertools import pairwise

import pytest
from made_up import email_notebook

from cxkit.report import collect
from cxkit.report.family import Family
from cxkit.report.render import Run, render_page

pytestmark = pytest.mark.browser

# Elements that stick out of the window, unless they lie in a box that scrolls.
STICKING_OUT = """[...document.body.querySelectorAll('*')].filter(e => {
  const r = e.getBoundingClientRect();
  return r.width && r.right > innerWidth + 1 && !e.closest('.scroll, .cx-scroll, pre, .skip')
}).map(e => e.outerHTML.slice(0, 80))"""
CLIPPED = """[...document.querySelectorAll('td, th, dd, dt, p, h1, h2, h3, li, figcaption')].filter(e =>
  e.offsetParent && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX == 'hidden').map(e => e.textContent)"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    notebook = email_notebook()
    path = tmp_path_factory.mktemp("page") / "email.html"
    path.write_text(render_page(notebook, Run(Family(collect.measured(notebook)), foot="cxkit")).html)
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
