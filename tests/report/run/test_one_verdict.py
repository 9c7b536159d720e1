"""A notebook that ends with its findings says what its page says."""

import csv
import re
from pathlib import Path

import nbformat
import pytest
from tiny import write_notebook

from cxkit.blocks import MIME
from cxkit.report.run.request import Request
from cxkit.report.run.run import run_report
from cxkit.report.wording.context import rows_of

pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[3] / "data" / "sample"
SETUP = "import cxkit as cx\nfrom cxkit.areas import engagement\nreport = cx.open_report(data, period, compare, segment, conf_level)"
CELLS = (
    "report.headline(engagement.PAGES_PER_SESSION, engagement.SESSIONS)",
    'report.breakdown(engagement.SESSION_CONVERSION_RATE, by="is_new_visitor")',
    "report.trend(engagement.SESSIONS)",
    'report.segments(engagement.BOUNCE_RATE, by="channel_group")',
    # measured beside the report, and shown by it
    'report.table(cx.compare(report.source, engagement.BOUNCE_RATE, report.period, report.base, by="weekday"))',
    'report.breakdown(engagement.BOUNCE_RATE, by="exit_page")',
    "report.findings()",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The outputs of the notebook, its page and its rows of metrics.csv."""
    folder = tmp_path_factory.mktemp("one")
    write_notebook(folder / "notebooks", "visits", *CELLS, setup=SETUP)
    done = run_report(
        Request(data=DATA, period="2026-10", notebooks=folder / "notebooks", out=folder / "reports", jobs=1)
    )
    assert done.failed == []
    executed = nbformat.read(done.folder / "visits.ipynb", as_version=4)
    outputs = [
        output["data"] for cell in executed.cells for output in cell.get("outputs", []) if MIME in output["data"]
    ]
    with (done.folder / "metrics.csv").open(encoding="utf-8", newline="") as file:
        return outputs, (done.folder / "visits.html").read_text(encoding="utf-8"), list(csv.DictReader(file))


def name(row):
    return row["metric_id"], row["segment"], row["period"]


def measured(outputs):
    """Output and rows of each block of measured figures."""
    return [(output, rows_of(output[MIME]["measurements"])) for output in outputs if "measurements" in output[MIME]]


def test_the_last_findings_and_the_page_agree_on_every_verdict(made):
    outputs, _, final = made
    _, rows = measured(outputs)[-1]
    assert {name(row): row["verdict"] for row in rows} == {name(row): row["verdict"] for row in final}
    assert len(rows) == len(final)
    assert {row["verdict"] for row in rows} >= {"no change", "up"}


def test_they_agree_on_the_number_of_comparisons_and_the_adjusted_values(made):
    outputs, page, final = made
    output, rows = measured(outputs)[-1]
    numbers = {int(row["n_tests"]) for row in rows if row["n_tests"] is not None}
    assert numbers == {int(row["n_tests"]) for row in final if row["n_tests"]}
    [number] = numbers
    assert f"Verdicts: of {number} comparisons so far" in output["text/plain"]
    assert f"Verdicts: of {number} comparisons so far" in output["text/html"]
    assert f"<dd>{number}, false-discovery rate" in page
    adjusted = {name(row): float(row["p_adjusted"]) for row in final if row["p_adjusted"]}
    assert {name(row): row["p_adjusted"] for row in rows if row["p_adjusted"] is not None} == pytest.approx(adjusted)


def test_they_say_the_same_sentences(made):
    outputs, page, _ = made
    output, _ = measured(outputs)[-1]
    items = re.compile(r'<ul class="findings">.*?</ul>', re.DOTALL)
    assert items.findall(output["text/html"]) == items.findall(page) != []


def test_a_block_above_says_of_how_many_it_is_and_may_be_overruled(made):
    outputs, page, final = made
    (early, rows), *_ = measured(outputs)
    number = next(int(row["n_tests"]) for row in rows)
    assert f"of {number} comparisons so far" in early["text/plain"]
    assert number < int(final[0]["n_tests"])
    last = {name(row): row["verdict"] for row in final}
    assert any(row["verdict"] in ("up", "down") and last[name(row)] == "no change" for row in rows)
    assert "so far" not in page
