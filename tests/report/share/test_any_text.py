"""A group may be called anything: what data call it comes through measure, page, files, workbook and deck, and can be chosen again."""

import csv
import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pptx
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_up import definitions, facts, shown
from test_report_share import write

import cxkit as cx
from cxkit import charts
from cxkit.areas import value
from cxkit.commands import main
from cxkit.report.kept import collect
from cxkit.report.notebook import report_blocks
from cxkit.segment import Segment

FEBRUARY = cx.Period.parse("2026-02")
SIGNS = st.characters(exclude_categories=("C", "Zl", "Zp", "Zs"), include_characters=" ;,=\"|<>&'")
NAMES = st.lists(
    st.text(SIGNS, min_size=1, max_size=24).map(str.strip).filter(bool), min_size=2, max_size=9, unique=True
)


PEOPLE = 12  # of each kind, so that none is hidden


def shop(names):
    """Purchases of 10, 20, 30 … by the customers of each kind."""
    kinds = [(place, f"c{place}-{n}") for place in range(len(names)) for n in range(PEOPLE)]
    customers = pd.DataFrame({"customer_id": [who for _, who in kinds], "x_kind": [names[place] for place, _ in kinds]})
    orders = pd.DataFrame({
        "order_id": [f"o-{who}" for _, who in kinds], "customer_id": customers.customer_id, "ordered_at": "2026-02-03T10:00:00Z",
        "status": "completed", "net_amount": [10.0 * (place + 1) for place, _ in kinds], "currency": "EUR",
    })  # fmt: skip
    return cx.open_data({"orders": orders, "customers": customers}, settings={"timezone": "UTC"})


class Texts(HTMLParser):
    """Every text of a page, as a reader sees it."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_data(self, data):
        self.found.append(data)


def bare(text):
    """Without what a page may change: blanks, word joiners, and underscores of codes."""
    return re.sub(r"[\s_\u2060\u200b]+", "", text)


@settings(max_examples=3)
@given(NAMES)
@example(["Tea, loose", "gift=card", 'say "hi"', "Shop; Graz", "=1+1", "{braces}", "none of 'these'", "<b>ąж 茶</b>"])
def test_what_a_group_is_called_arrives_unharmed(names):
    source = shop(names)
    sums = {name: PEOPLE * 10.0 * (place + 1) for place, name in enumerate(names)}
    parts = cx.measure(source, value.NET_REVENUE, FEBRUARY, by="x_kind")
    assert dict(zip(parts.level, parts.value, strict=True)) == sums

    frame = parts.assign(
        verdict="", base_period="2026-01", base_value=None, difference=None, p_value=None, shortfall="", test=""
    )
    blocks = [
        shown(facts(), "report"),
        shown(report_blocks.measured("breakdown", frame, by="x_kind"), "report.breakdown()"),
        shown(charts.bars(frame, caption="Revenue by kind."), "charts.bars()"),
        shown(definitions(), "report.definitions()"),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Kinds\n> Which?"), *blocks])
    with tempfile.TemporaryDirectory() as folder:
        made = write(Path(folder) / "2026-02", notebook, collect.measured(notebook))
        assert main(["bundle", str(made), "--xlsx", "--pptx", "--out", folder]) == 0

        with (made / "metrics.csv").open(encoding="utf-8", newline="") as file:
            written = {row["segment"]: float(row["value"]) for row in csv.DictReader(file)}
        assert {Segment.parse(text).level: amount for text, amount in written.items()} == sums
        for text, amount in written.items():
            assert cx.measure(source, value.NET_REVENUE, FEBRUARY, segment=text).value.tolist() == [amount]

        page = [bare(text) for text in Texts((made / "email.html").read_text(encoding="utf-8")).found]
        assert {bare(name) for name in names} <= {*page}

        sheet = openpyxl.load_workbook(next(Path(folder).glob("*.xlsx")))["Figures"]
        head, *rows = sheet.iter_rows(values_only=True)
        assert {Segment.parse(row[head.index("segment")]).level for row in rows if row[head.index("metric_id")]} == {
            *names
        }

        slides = pptx.Presentation(next(Path(folder).glob("*.pptx"))).slides
        drawn = [
            name
            for slide in slides
            for shape in slide.shapes
            if shape.has_chart
            for name in shape.chart.plots[0].categories
        ]
        assert {bare(name) for name in names} <= {bare(name) for name in drawn}
