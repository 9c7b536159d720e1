"""The page: complete, inert, small, and honest about what went wrong."""

import re
from html.parser import HTMLParser

import nbformat
import pandas as pd
import pytest
from made_up import definitions, email_notebook, row, shown

from cxkit.blocks import MIME
from cxkit.markup import text
from cxkit.report.kept import collect
from cxkit.report.kept.family import RunFamily
from cxkit.report.notebook import report_blocks
from cxkit.report.page.render import Run, highlight, render_page
from cxkit.report.wording.cards import spark
from cxkit.report.wording.components import render
from cxkit.report.wording.context import Context
from cxkit.report.wording.format import Style
from cxkit.report.wording.markdown import Prose
from cxkit.report.wording.styles import colours

EVIL = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    '" onmouseover="alert(1)',
    "\u202eright to left",
    "x" * 10_000,
]


@pytest.fixture(scope="module")
def page():
    notebook = email_notebook()
    return render_page(notebook, Run(RunFamily(collect.measured(notebook)), foot="cxkit 0.1.0"))


class Tags(HTMLParser):
    """Collects the elements that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    @classmethod
    def of(cls, html):
        parser = cls()
        parser.feed(html)
        return parser.found


OURS = set(
    [
        "br",
        "div",
        "article",
        "h3",
        "p",
        "small",
        "svg",
        "polyline",
        "path",
        "span",
        "a",
        "section",
        "ul",
        "li",
        "strong",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "dl",
        "dt",
        "dd",
        "code",
        "em",
    ]
)


def of_output(output, cell_metadata=None):
    """A page with one foreign output."""
    cell = nbformat.v4.new_code_cell("x", outputs=[output], execution_count=1, metadata=cell_metadata or {})
    return render_page(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T"), cell]))


def data(**kinds):
    return nbformat.v4.new_output(
        "display_data", data={kind.replace("__", "/").replace("_plus_", "+"): value for kind, value in kinds.items()}
    )


def test_the_page_has_title_question_facts_contents_and_every_block(page):
    assert page.problems == []
    assert "<title>E-mail · October 2026</title>" in page.html
    for part in ("<h1>E-mail</h1>", "Do our messages arrive", "1 – 31 October 2026", "false-discovery rate 5%", 'class="cards"', 'class="findings"',
                 "Campaigns by size", "1,204,551", "privacy proxy", 'id="d-click_rate"', 'href="#d-click_rate"'):  # fmt: skip
        assert part in page.html, part


def test_every_link_within_the_page_has_its_target(page):
    ids = re.findall(r'\bid="([^"]+)"', page.html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page.html)) <= set(ids)


def test_no_script_no_address_outside_and_a_strict_policy(page):
    assert not re.search(r"(?i)<script|\son\w+=|https?:|src=\"(?!data:)|@import|url\(", page.html)
    assert "default-src 'none'" in page.html


def test_fixed_cost_is_below_forty_kilobytes(page):
    without_figures = re.sub(r"(?s)<figure.*?</figure>", "", page.html)
    assert len(without_figures.encode()) < 40_000


def test_every_text_colour_keeps_four_and_a_half_to_one_on_paper_and_wash():
    for dark in (False, True):
        scheme = colours(dark)
        for name in ("ink", "muted", "blue", "good", "bad", "wait"):
            for ground in ("paper", "wash"):
                assert contrast(scheme[name], scheme[ground]) >= 4.5, (name, ground, dark)


def contrast(one, other):
    """WCAG 2.2, relative luminance."""

    def luminance(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_code_is_folded_once_a_section_and_set_up_stands_at_the_end(page):
    assert page.html.count("<summary>Code</summary>") == 7
    assert page.html.index("open_report") > page.html.index("<summary>Parameters and set-up</summary>")


def test_verdicts_come_from_the_whole_report_not_from_the_notebook():
    notebook = email_notebook()
    others = [row(f"other_{number}", p_value=0.9) for number in range(2000)]
    html = render_page(notebook, Run(RunFamily([*collect.measured(notebook), *others]))).html
    times = re.search(r'<article class="card (\w+)"><h3>Median reading time', html)
    assert times[1] == "flat"  # p = 0.004 is noise among two thousand figures
    assert "2,007, false-discovery rate 5%" in html


def test_another_locale_and_currency_on_the_page_only():
    notebook = email_notebook()
    html = render_page(notebook, Run(locale="de")).html
    assert "0,23\u00a0€" in html or "0,23<small>\xa0€</small>" in html
    assert "€0.23" in notebook.cells[4].outputs[0].data["text/plain"]


def test_the_numbers_behind_a_figure_follow_the_locale_of_the_page():
    import pandas as pd

    from cxkit import charts

    frame = pd.DataFrame({"segment": ["a"], "value": [0.0594], "n_units": [91022], "base_value": [None]})
    figure = charts.intervals(
        frame, words=charts.Words(unit="share"), caption="It moved.", alt="A picture of what moved."
    )
    notebook = nbformat.v4.new_notebook(cells=[shown(figure, "figure")])
    assert "<td>0.0594</td>" in render_page(notebook, Run()).html
    assert "<td>0,0594</td>" in (german := render_page(notebook, Run(locale="de")).html)
    assert "<td>91022</td>" in german and "<td>–</td>" in german and "0.0594" not in german


@pytest.mark.parametrize("evil", EVIL)
def test_text_from_data_is_inert_in_every_block(evil):
    import pandas as pd

    frame = pd.DataFrame(
        [
            row(segment=f"device_class={evil}", title=evil),
            row(segment="device_class=b", verdict="off", exclusion_reasons=evil),
        ]
    )
    shows = [
        report_blocks.measured("headline", frame, nouns={"click_rate": evil}, base_name=evil, history={"click_rate": [[evil, 1.0]] * 4}),
        report_blocks.measured("breakdown", frame, by=evil, base_name=evil),
        report_blocks.measured("findings", frame, base_name=evil),
        report_blocks.table(pd.DataFrame({evil: [evil], "n": [1]}), evil),
        report_blocks.note([evil]),
        report_blocks.definitions([{"id": evil, "title": evil, "definition": evil, "formula": evil, "view": evil, "source": evil, "needs": [evil], "differs": evil}]),
    ]  # fmt: skip
    for block in shows:
        html = render({"block": block.kind, **block.payload}, Context(terms=frozenset([evil, "click_rate"])))
        for name, attributes in Tags.of(html):
            assert name in OURS
            assert not [key for key in attributes if key.startswith("on") or key in ("style", "src")]
            assert attributes.get("href", "#").startswith("#")


def test_prose_shows_raw_html_as_text_and_numbers_equal_headings():
    prose = Prose()
    html = prose.html(
        "## Same\n\n## Same\n\n<b onclick=x>raw</b> [l](javascript:alert(1)) costs $5 and $6\n\n![far](https://example.org/a.png)"
    )
    assert prose.contents == [("same", "Same"), ("same-2", "Same")]
    assert "<b" not in html and "javascript" not in html and "<img" not in html and "$5 and $6" in html


@pytest.mark.parametrize(
    "kind",
    [
        "application__javascript",
        "application__vnd.jupyter.widget-view_plus_json",
        "application__vnd.plotly.v1_plus_json",
        "application__vnd.vegalite.v5_plus_json",
    ],
)
def test_what_needs_a_script_is_refused_in_words(kind):
    made = of_output(data(**{kind: {} if kind.endswith("json") else "1"}, text__html="<div>x</div>"))
    assert len(made.problems) == 1 and "needs a script" in made.problems[0] and made.problems[0].startswith("cell 2")
    assert "Not shown." in made.html


def test_a_picture_without_words_is_refused_and_one_with_words_is_shown():
    assert "text alternative" in of_output(data(image__png="aGVsbG8=")).problems[0]
    with_words = data(image__png="aGVsbG8=")
    with_words.metadata = {"image/png": {"alt": 'a "line" that rises'}}
    made = of_output(with_words)
    assert made.problems == [] and 'alt="a &#34;line&#34; that rises"' in made.html
    assert of_output(data(image__png="aGVsbG8="), {"alt": "said by the cell"}).problems == []


def test_foreign_html_loses_style_and_events_and_is_refused_with_a_script():
    made = of_output(
        data(text__html="<style>x</style><table onclick=x style='y'><tr><td>1<img src=http://x></td></tr></table>")
    )
    assert made.problems == [] and "<td>1</td>" in made.html and "onclick" not in made.html and "http:" not in made.html
    assert "script" in of_output(data(text__html="<script>1</script>")).problems[0]


def test_a_figure_keeps_its_drawing_but_not_its_style_sheet_nor_a_script():
    block = {"block": "figure", "caption": "c", "alt": "a", "columns": [], "rows": []}
    good = data(
        text__html='<style>.x{}</style><figure class="cx-figure"><svg role="img" aria-label="a"></svg></figure>'
    )
    good.data[MIME] = block
    made = of_output(good)
    assert '<svg role="img"' in made.html and ".x{}" not in made.html and made.problems == []
    bad = data(text__html="<figure><svg onload=alert(1)></svg></figure>")
    bad.data[MIME] = block
    assert "script" in of_output(bad).problems[0]


def test_a_notebook_that_stopped_says_where_and_keeps_what_came_before():
    notebook = email_notebook()
    error = nbformat.v4.new_output(
        "error", ename="ValueError", evalue="<b>no</b>", traceback=["\x1b[31mValueError\x1b[0m: <b>no</b>"]
    )
    notebook.cells[9].outputs = [error]
    notebook.cells = notebook.cells[:10]
    html = render_page(notebook).html
    assert "This page is not complete." in html and "Cell 10 stopped with ValueError: &lt;b&gt;no" in html
    assert 'class="cards"' in html and "\x1b" not in html


def test_a_block_of_a_later_cxkit_is_said_not_to_be_readable():
    cell = shown(definitions(), "x")
    cell.outputs[0].data[MIME] = {"block": "hologram"}
    made = render_page(nbformat.v4.new_notebook(cells=[cell]))
    assert "hologram" in made.problems[0] and "Not shown." in made.html


def test_a_small_line_has_a_text_equivalent_and_needs_three_points():
    past = [["August", 0.05], ["September", None], ["October", 0.06], ["November", 0.04]]
    assert 'aria-label="From 5.0% in August to 4.0% in November; lowest 4.0%, highest 6.0%."' in spark(
        past, "share", Style()
    )
    assert spark(past[:3], "share", Style()) == ""


def test_blocks_say_the_same_in_every_run():
    one, other = (email_notebook() for _ in range(2))
    assert [cell.get("outputs") for cell in one.cells] == [cell.get("outputs") for cell in other.cells]


def test_a_word_of_ten_thousand_characters_costs_a_line_and_no_title_turns_direction():
    word = "W" * 10_000
    notebook = email_notebook()
    notebook.cells[0].source = f"# \u202eE-mail {word}\n\n> Why {word}?"
    html = render_page(notebook, Run()).html
    assert "\u202e" not in html and "W" * 81 not in html
    assert text(f"a {word} b") == f"a {'W' * 80}… b"
    assert text("字" * 500) == "字" * 500  # written without blanks, it breaks anywhere
    assert "W" * 10_000 in highlight(f'name = "{word}"')  # code stays as it ran


def test_a_table_without_rows_says_so():
    frame = pd.DataFrame({"trait": [], "groups": []})
    html = report_blocks.table(frame, caption="Which traits differ.").to_html()
    assert "<p>Which traits differ: nothing to show.</p>" in html and "<table" not in html


def test_numbers_that_a_notebook_has_worded_are_set_as_numbers():
    frame = pd.DataFrame({"task": ["a", "b"], "difference": ["+30 points", "× 0.70"], "interval": ["+9 … +47", "0.51 … 0.95"],
                          "p": ["0.022", "< 0.001"], "time": ["42 s", "–"], "verdict": ["new better", "not beyond noise"]})  # fmt: skip
    html = report_blocks.table(frame).to_html()
    assert re.findall(r'<th scope="col" class="words">(\w+)', html) == ["Task", "Verdict"]


def test_a_definition_says_whom_it_counts_and_the_last_one_when_a_verdict_is_given():
    terms = [
        {"id": "visitors", "title": "Visitors", "definition": "People.", "formula": "true", "view": "sessions", "each": "visitor_id"},
        {"id": "depth", "title": "Depth", "definition": "Visits each.", "formula": "count(*)", "view": "sessions", "each": "visitor_id"},
        {"id": "sessions", "title": "Sessions", "definition": "Visits.", "formula": "true", "view": "sessions"},
    ]  # fmt: skip
    alone = report_blocks.definitions([{"source": "", **term} for term in terms]).to_html()
    assert "Number of different <code>visitor_id</code> in sessions" in alone
    assert "<code>count(*)</code> for each <code>visitor_id</code> over sessions" in alone
    assert "Number of sessions" in alone and "How verdicts are given" not in alone
    assert "some intervals leave out zero by chance alone" in render_page(email_notebook()).html


def test_ratios_under_one_another_have_the_same_decimals_unless_one_is_too_small():
    frame = pd.DataFrame({"task": ["a", "b", "c"], "ease": [4.97, 5.13, None], "cost": [0.0004, 12.5, 3.0], "loss": [-3434.74, -3446.89, -12.0]})  # fmt: skip
    html = report_blocks.table(frame).to_html()
    assert re.findall(r'<td data-label="(\w+)">([^<]+)', html) == [
        ("Ease", "4.97"), ("Cost", "0.00040"), ("Loss", "−3,434.7"), ("Ease", "5.13"), ("Cost", "12.50"), ("Loss", "−3,446.9"),
        ("Ease", "–"), ("Cost", "3.00"), ("Loss", "−12.0"),
    ]  # fmt: skip
