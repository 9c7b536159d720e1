"""The golden report: refused when it cannot measure, and its numbers hold."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from golden import MOST_BYTES, faults

from cxkit.blocks import MIME
from cxkit.report.kept import manifest

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "reports" / "sample"


@pytest.fixture
def made(tmp_path):
    """A notebook and a golden report of it, executed by hand."""
    source = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])
    (tmp_path / "notebooks").mkdir()
    nbformat.write(source, tmp_path / "notebooks" / "sum.ipynb")
    source.cells[0].execution_count = 1
    source.cells[0].outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
    golden = tmp_path / "golden"
    golden.mkdir()
    nbformat.write(source, golden / "sum.ipynb")
    (golden / "sum.html").write_text("2")
    entry = {"state": "done", "error": "", "source_sha256": manifest.sha256(tmp_path / "notebooks" / "sum.ipynb")}
    manifest.write(golden, {"notebooks": {"sum": entry}})
    return golden, tmp_path / "notebooks"


def change(golden, function):
    notebook = nbformat.read(golden / "sum.ipynb", as_version=4)
    function(notebook.cells[0])
    nbformat.write(notebook, golden / "sum.ipynb")


def test_a_good_golden_has_no_faults(made):
    assert faults(*made) == []


def test_a_cleared_golden_is_refused(made):
    change(made[0], lambda cell: cell.update(outputs=[], execution_count=None))
    assert "has been cleared" in faults(*made)[0]


def test_a_golden_with_an_error_in_it_or_that_failed_is_refused(made):
    change(
        made[0], lambda cell: cell.update(outputs=[nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])])
    )
    assert "holds an error" in faults(*made)[0]
    content = json.loads((made[0] / "manifest.json").read_text())
    content["notebooks"]["sum"] |= {"state": "failed", "error": "E"}
    manifest.write(made[0], content)
    assert "it failed" in faults(*made)[0]


def test_a_golden_older_than_its_notebook_is_refused(made):
    path = made[1] / "sum.ipynb"
    path.write_text(path.read_text().replace("1 + 1", "1 + 2"))
    assert faults(*made) == ["sum: the notebook has changed since the golden report was made."]


def test_a_golden_too_large_or_without_a_notebook_or_with_one_too_many_is_refused(made):
    (made[0] / "sum.html").write_text("x" * MOST_BYTES)
    assert "more than 900,000" in faults(*made)[0]
    (made[0] / "sum.html").write_text("")
    shutil.move(made[1] / "sum.ipynb", made[1] / "total.ipynb")
    assert faults(*made) == ["total: the golden report does not hold it.", "sum: there is no such notebook any more."]


def test_the_golden_report_is_of_the_notebooks_as_they_are():
    assert faults(GOLDEN, ROOT / "notebooks") == []


def verify(report, *arguments):
    command = [sys.executable, "-m", "cxkit", "verify", str(report), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)


@pytest.mark.slow
def test_the_golden_report_verifies():
    done = verify(GOLDEN)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_one_changed_figure_is_found_and_its_cell_named(tmp_path):
    copy = tmp_path / "sample"
    shutil.copytree(GOLDEN, copy)
    notebook = nbformat.read(copy / "engagement.ipynb", as_version=4)
    place, block = next(
        (number, output.data[MIME]["measurements"])
        for number, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if output.get("data", {}).get(MIME, {}).get("block") == "headline"
    )
    value = block["columns"].index("value")
    block["rows"][0][value] += 1
    nbformat.write(notebook, copy / "engagement.ipynb")
    done = verify(copy, "--only", "engagement")
    title = block["rows"][0][block["columns"].index("title")]
    assert done.returncode == 1, done.stdout + done.stderr
    found = [line.split() for line in done.stdout.splitlines()]
    assert any(
        words[:1] == [str(place)] and " ".join(words[1:]).startswith(title) for words in found
    )  # injected parameters are not counted


@pytest.mark.slow
def test_a_fitted_figure_a_hundred_thousandth_off_is_found(tmp_path):
    copy = tmp_path / "sample"
    shutil.copytree(GOLDEN, copy)
    notebook = nbformat.read(copy / "clv.ipynb", as_version=4)
    blocks = [
        output.data[MIME]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]
    block = next(block for block in blocks if block.get("fitted") == 1e-6 and "expected" in block["names"])
    row, column = block["rows"][0], block["names"].index("expected")
    row[column] = float(f"{row[column] * (1 + 1e-5):.7g}")
    nbformat.write(notebook, copy / "clv.ipynb")
    done = verify(copy, "--only", "clv")
    assert done.returncode == 1 and done.stdout.count("fitted, beyond 1e-06") == 1, done.stdout + done.stderr
