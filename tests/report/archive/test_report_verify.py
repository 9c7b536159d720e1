"""An archived report is checked: the same, or which numbers moved; and what cannot be checked is refused."""

import json
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from tiny import GOOD, write_notebook, write_shop

from cxkit.blocks import MIME
from cxkit.commands import main
from cxkit.errors import ArgumentError
from cxkit.report.archive.compare_cells import compare_cell
from cxkit.report.archive.verify import verify
from cxkit.report.kept import manifest


def cxkit(folder, *arguments):
    command = [sys.executable, "-m", "cxkit", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project with a report of one good notebook."""
    folder = tmp_path_factory.mktemp("archive")
    write_shop(folder / "data" / "shop")
    write_notebook(folder / "notebooks", "good", *GOOD, "print('as ever')")
    done = cxkit(folder, "report", "--data", "data/shop", "--period", "2026-02")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def project(made, tmp_path):
    """A copy that a test may spoil."""
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def change(project, function):
    path = project / "reports" / "2026-02" / "good.ipynb"
    notebook = nbformat.read(path, as_version=4)
    function(notebook)
    nbformat.write(notebook, path)


def headline(notebook):
    return next(cell for cell in notebook.cells if "report.headline" in cell.source)


@pytest.mark.slow
def test_an_unchanged_report_is_the_same_wherever_one_stands(project):
    done = cxkit(project.parent, "verify", project / "reports" / "2026-02")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"good: the same \(\d+ exact numbers to the last digit\)\n", done.stdout)


@pytest.mark.slow
def test_a_changed_figure_is_named_with_its_cell_and_both_values(project):
    def spoil(notebook):
        block = headline(notebook).outputs[0].data[MIME]["measurements"]
        block["rows"][0][block["columns"].index("value")] += 0.5

    change(project, spoil)
    done = cxkit(project, "verify", "reports/2026-02")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "good: 1 differs"
    assert lines[1].split() == ["cell", "figure", "archived", "now", "difference", "kind"]
    cell, figure, archived, now, moved, kind = re.split(r"  +", lines[2].strip())
    assert (cell, figure, kind) == ("5", "Average order value, value", "exact")
    assert float(moved) == pytest.approx(-0.5) and float(now) - float(archived) == pytest.approx(-0.5)
    assert "altered in the archive" in lines[-1]
    done = cxkit(project, "verify", "reports/2026-02", "--rtol", "0.05")
    assert done.returncode == 0 and done.stdout.startswith("good: the same (")


@pytest.mark.slow
def test_restated_data_are_refused_and_with_force_told_by_metric(project):
    orders = project / "data" / "shop" / "orders.csv"
    orders.write_text(orders.read_text().replace("completed,3", "completed,4", 1))
    done = cxkit(project, "verify", "reports/2026-02")
    assert done.returncode == 2 and "orders.csv (orders) has changed since" in done.stderr and "--force" in done.stderr
    done = cxkit(project, "verify", "reports/2026-02", "--force")
    assert (
        done.returncode == 1
        and "Average order value" in done.stdout
        and "note: orders.csv" in done.stdout
        and "restated" in done.stdout
    )


def refusal(project, *arguments):
    with pytest.raises(ArgumentError) as error:
        verify(project / "reports" / "2026-02", *arguments)
    return str(error.value)


def test_a_cleared_notebook_is_refused(project):
    def clear(notebook):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None

    change(project, clear)
    assert "good: good.ipynb has been cleared" in refusal(project)


def test_one_cleared_cell_is_enough(project):
    def clear(notebook):
        headline(notebook).outputs, headline(notebook).execution_count = [], None

    change(project, clear)
    assert "cleared, wholly or in part" in refusal(project)


def test_a_failed_missing_or_damaged_notebook_is_refused(project):
    report = project / "reports" / "2026-02"
    (report / "good.ipynb").write_text("{")
    assert "good.ipynb is damaged" in refusal(project)
    (report / "good.ipynb").unlink()
    assert "good.ipynb is missing" in refusal(project)
    content = manifest.read(report)
    content["notebooks"]["good"] |= {"state": "failed", "error": "ValueError: no"}
    manifest.write(report, content)
    assert "it failed when the report was made (ValueError: no)" in refusal(project)


def test_a_damaged_or_later_manifest_and_lost_data_are_told(project, capsys):
    path = project / "reports" / "2026-02" / "manifest.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "schema": 99}))
    assert main(["verify", str(path.parent)]) == 2
    assert "written by a later cxkit" in capsys.readouterr().err
    path.write_text("{")
    assert main(["verify", str(path.parent)]) == 2
    assert "it is damaged" in capsys.readouterr().err
    path.write_text(json.dumps(content))
    assert "There are" in refusal(project, None, ["god"]) or "Did you mean `good`" in refusal(project, None, ["god"])
    shutil.rmtree(project / "data")
    assert "cannot find the data set 'shop'" in refusal(project)


def output(block):
    return {"output_type": "display_data", "data": {MIME: block}}


def test_differences_are_told_by_row_column_and_caption():
    before = {"block": "table", "caption": "Rates", "columns": [{"label": "a"}], "rows": [["x", 1.0], ["y", 2.0]]}
    now = {**before, "rows": [["x", 1.0], ["y", 2.5]]}
    assert [str(item) for item in compare_cell(3, [output(before)], [output(now)])] == ["Rates, y: 2 archived, 2.5 now"]
    assert compare_cell(3, [output(before)], [output(now)], rtol=0.3) == []
    shorter = {**before, "rows": [["x", 1.0]]}
    assert [str(item) for item in compare_cell(3, [output(before)], [output(shorter)])] == [
        "Rates, rows: 2 archived, 1 now"
    ]
    assert "what the cell shows" in str(compare_cell(3, [output(before)], [])[0])


def test_texts_are_told_by_line():
    before, now = ([{"output_type": "stream", "name": "stdout", "text": text}] for text in ("a\nb\n", "a\nc\n"))
    assert str(compare_cell(1, before, now)[0]) == "line 2 of its output: b archived, c now"


def fitted(value, caption="Values by a model", rtol=1e-6):
    return {"block": "table", "caption": caption, "columns": [{"label": "a"}], "rows": [["x", value]], "fitted": rtol}


def test_fitted_figures_may_differ_by_their_tolerance_and_exact_ones_by_nothing():
    before, near, off = ([output(fitted(value))] for value in (1440.402, 1440.403, 1440.417))
    assert compare_cell(1, before, near) == []
    assert [item.columns[-1] for item in compare_cell(1, before, off)] == ["fitted, beyond 1e-06"]
    exact = [[output({**fitted(value), "fitted": 0})] for value in (1440.402, 1440.403)]
    assert [item.columns[-1] for item in compare_cell(1, *exact)] == ["exact"]


def test_an_archive_cannot_say_how_far_it_may_be_wrong():
    lenient = [output(fitted(1440.402, rtol=1.0))]
    found = compare_cell(1, lenient, [output(fitted(2000.5))])
    assert {item.what for item in found} == {"Values by a model, x", "Values by a model, fitted"}


def measured(exact, of_a_fit):
    rows = [["orders", "Orders", exact, "", "2026-02", 1], ["p_alive", "Still a customer", of_a_fit, "", "2026-02", 1]]
    columns = ["metric_id", "title", "value", "segment", "period", "definition_version"]
    return [output({"block": "headline", "measurements": {"columns": columns, "rows": rows}, "fitted": {"p_alive": 1e-6},
                    "history": {"orders": [["January", exact]], "p_alive": [["January", of_a_fit]]}})]  # fmt: skip


def test_in_one_block_only_the_fitted_metrics_have_a_tolerance():
    assert compare_cell(1, measured(0.5, 0.7), measured(0.5, 0.7000001)) == []
    found = compare_cell(1, measured(0.5, 0.7), measured(0.5000001, 0.7))
    assert [item.what for item in found] == ["Orders, value", "headline, history, orders, January"]


@pytest.mark.parametrize("version", ["0.1.0", "0.1"])
def test_an_archive_of_an_older_kit_is_refused_with_that_kits_version(project, version):
    report = project / "reports" / "2026-02"
    content = manifest.read(report)
    content["versions"]["cxkit"] = version
    manifest.write(report, content)
    assert f"made by an older kit, cxkit {version}, and cannot be run by this one" in refusal(project)
