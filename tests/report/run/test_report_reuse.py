"""What is the same is not run again, what is not is; and a page that was good stays when a later run fails."""

import json
import os
import subprocess
import sys

import pytest
from tiny import GOOD, write_notebook, write_shop

from cxkit.report.kept import manifest
from cxkit.report.run import reuse
from cxkit.report.run.plan import Job


def stamp(folder, **parameters):
    job = Job("good", folder / "notebooks" / "good.ipynb", {"period": "2026-02", **parameters})
    return reuse.job_stamp(job, reuse.data_stamp(folder / "data"))


@pytest.fixture
def folder(tmp_path):
    write_shop(tmp_path / "data")
    write_notebook(tmp_path / "notebooks", "good", *GOOD)
    return tmp_path


def append(path):
    path.write_text((path.read_text() if path.exists() else "") + "\n")


@pytest.mark.parametrize("name", ["data/orders.csv", "data/dataset.yml", "notebooks/good.ipynb", "notebooks/helper.py"])
def test_a_change_in_anything_that_numbers_follow_from_changes_the_stamp(folder, name):
    before = stamp(folder)
    assert stamp(folder) == before
    append(folder / name)
    assert stamp(folder) != before


def test_other_parameters_code_or_versions_change_the_stamp_and_hidden_files_do_not(folder, monkeypatch):
    before = stamp(folder)
    append(folder / "data" / ".DS_Store")
    assert stamp(folder) == before
    assert stamp(folder, period="2026-01") != before
    monkeypatch.setattr(reuse, "code_stamp", lambda: "another")
    assert stamp(folder) != before


def test_nothing_is_reused_that_its_manifest_does_not_vouch_for(tmp_path):
    (tmp_path / "a.ipynb").write_text("{}")
    entry = {"state": "done", "stamp": "s", "executed_sha256": manifest.sha256(tmp_path / "a.ipynb")}
    manifest.write(tmp_path, {"notebooks": {"a": entry}})
    assert reuse.Earlier(tmp_path).is_same("a", "s") and not reuse.Earlier(tmp_path).is_same("a", "t")
    assert not reuse.Earlier(tmp_path).is_same("b", "s")
    (tmp_path / "a.ipynb").write_text("{ }")
    assert not reuse.Earlier(tmp_path).is_same("a", "s")
    (tmp_path / manifest.NAME).write_text("{")
    assert not reuse.Earlier(tmp_path).is_good("a")


def cxkit(folder, *arguments):
    command = [sys.executable, "-m", "cxkit", "report", "--data", "data", "--period", "last-month", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    states = {line.split()[0]: line.split()[3] for line in done.stdout.splitlines() if " s  " in line}
    return done, {name: state.rstrip(":") for name, state in states.items()}


@pytest.mark.slow
def test_reruns_from_first_to_stale_and_back(folder):
    write_notebook(folder / "notebooks", "other", "report.headline(orders.ORDERS)")
    assert cxkit(folder)[1] == {"good": "done", "other": "done"}
    report = folder / "reports" / "2026-02"
    first = {path.name: path.read_bytes() for path in report.iterdir()}
    before = os.times()
    assert cxkit(folder)[1] == {"good": "unchanged", "other": "unchanged"}
    used = os.times()
    assert used.children_user - before.children_user < 1.5
    assert {path.name: path.read_bytes() for path in report.iterdir()} == first

    write_notebook(folder / "notebooks", "other", "report.headline(orders.ORDERS)", "1 / 0")
    done, states = cxkit(folder)
    assert (done.returncode, states) == (1, {"good": "unchanged", "other": "stale"}), done.stderr
    page, index = (report / "other.html").read_text(), (report / "index.html").read_text()
    assert "Out of date." in page and "ZeroDivisionError" in page and 'class="cards"' in page
    assert "kept" in index and "ZeroDivisionError" in index
    assert (report / "other.ipynb").read_bytes() == first["other.ipynb"]
    assert "ZeroDivisionError" in (report / "logs" / "other.ipynb").read_text()
    assert json.loads((report / "manifest.json").read_text())["notebooks"]["other"]["state"] == "stale"
    assert ",orders," not in "".join(
        line for line in (report / "metrics.csv").read_text().splitlines() if line.startswith("other")
    )

    (report / "good.html").write_text("spoilt")
    write_notebook(folder / "notebooks", "other", "report.headline(orders.ORDERS)")
    assert cxkit(folder)[1] == {"good": "unchanged", "other": "done"}
    assert "spoilt" not in (report / "good.html").read_text() and not (report / "logs").exists()
