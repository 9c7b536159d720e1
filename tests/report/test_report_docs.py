"""The guides, followed word for word: their commands run, their cells and listings put where they say."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import cxkit as cx
from cxkit.areas import value
from cxkit.commands import main
from cxkit.commands.new import make
from cxkit.errors import ArgumentError

ROOT = Path(__file__).parents[2]


def steps(guide):
    """(language, text) of every fenced block of a guide."""
    return re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", (ROOT / "docs" / guide).read_text(encoding="utf-8"))


@pytest.fixture
def project(tmp_path):
    """A copy of the kit in which a guide can be followed, with `cxkit` and `python` on the path."""
    for name in ("cxkit", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "tests" / "areas" / "value").mkdir(parents=True)
    (tmp_path / "data").symlink_to(ROOT / "data")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, command in {"cxkit": "-m cxkit", "python": ""}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} {command} "$@"\n')
        (programs / name).chmod(0o755)
    return tmp_path


def sh(project, text):
    path = f"{project / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(project)}
    done = subprocess.run(
        ["sh", "-e"], input=text, cwd=project, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, text + done.stdout + done.stderr
    return done.stdout


def put_cell(path, source):
    """Replace the first code cell under the heading that the listing's first line names."""
    heading, _, code = source.partition("\n")
    notebook = nbformat.read(path, as_version=4)
    place = next(
        n for n, cell in enumerate(notebook.cells) if cell.source.strip() == f"## {heading.removeprefix('# ')}"
    )
    notebook.cells[place + 1].source = code.strip()
    nbformat.write(notebook, path)


@pytest.mark.slow
def test_adding_a_notebook(project):
    said = []
    for language, text in steps("adding-a-notebook.md"):
        if language == "sh":
            said.append(sh(project, text))
        else:
            put_cell(project / "notebooks" / "baskets.ipynb", text)
    assert "baskets" in said[1] and "done" in said[1] and said[2].startswith("baskets: the same (")
    page = (project / "reports" / "2026-10" / "baskets.html").read_text(encoding="utf-8")
    assert "<h1>Baskets</h1>" in page and "Orders by channel" in page and "Purchases per buyer" in page


@pytest.mark.slow
def test_adding_a_metric(project):
    said = []
    for language, text in steps("adding-a-metric.md"):
        if language == "sh":
            said.append(sh(project, text))
            continue
        path, _, code = text.partition("\n")
        if not path.endswith(".py"):
            put_cell(project / "notebooks" / "trial.ipynb", text)
            continue
        with (project / path.removeprefix("# ")).open("a", encoding="utf-8") as file:
            file.write("\n" + code)
    assert "Orders with a net amount above 50" in said[0].replace("\n", " ") and "1 passed" in said[3]
    assert "Orders above 50" in (project / "reports" / "2026-10" / "trial.html").read_text(encoding="utf-8")
    assert "large_order_share" in (project / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_in_python(tmp_path, monkeypatch):
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    names = {}
    for language, text in steps("in-python.md"):
        assert language == "python"
        exec(text, names)
    assert names["change"].verdict.ne("").all() and names["rates"].level.tolist() == names["change"].level.tolist()
    assert names["last_month"] == names["october"]
    mine = cx.measure(names["mine"], value.ORDERS, names["october"]).iloc[0]
    assert (mine.value, mine.denominator) == (2, 31) and "unfinished" not in mine["flags"]
    assert (tmp_path / "clicks.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("name", "says"), [("Ba skets", "does not do"), ("index", "not index"), ("clv", "there already")]
)
def test_a_name_that_does_not_do_is_refused(name, says):
    with pytest.raises(ArgumentError, match=says):
        make(ROOT / "notebooks", name)


def test_a_new_notebook_is_said_where_and_how_to_go_on(tmp_path, capsys):
    assert main(["new", "my-page", "--notebooks", str(tmp_path)]) == 0
    assert "--only my-page" in capsys.readouterr().out
    assert nbformat.read(tmp_path / "my-page.ipynb", as_version=4).cells[0].source.startswith("# My page")
    assert main(["new", "my-page", "--notebooks", str(tmp_path / "none")]) == 2
