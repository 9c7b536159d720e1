"""What docs/ says of the code is there: every place, file, view, column and setting that a guide names."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from cxkit.flags import Flag
from cxkit.metric import RECIPES, UNITS, Metric
from cxkit.report.notebook.notebook import Report
from cxkit.row import EVERY_COLUMN

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in
          ("adding-a-metric", "adding-a-notebook", "architecture", "importing", "in-python", "running"))]  # fmt: skip
MADE = ("reports/", "notebooks/baskets.ipynb")  # by the commands of a guide


def places(text):
    """(file, name) of every `file::name`."""
    return re.findall(r"`([\w/]+\.py)::([\w.]+)`", text)


def defined(file):
    """Names of functions, classes, methods and assignments at the top of a module or class."""

    def names(body, before=""):
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield before + node.name
            elif isinstance(node, ast.ClassDef):
                yield before + node.name
                yield from names(node.body, f"{before}{node.name}.")
            elif isinstance(node, ast.Assign):
                yield from (before + target.id for target in node.targets if isinstance(target, ast.Name))

    return set(names(ast.parse(file.read_text(encoding="utf-8")).body))


def test_the_way_to_a_number_names_places_that_exist():
    named = places((ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    assert len(named) > 30
    wrong = [f"{file}::{name}" for file, name in named
             if not (ROOT / "cxkit" / file).is_file() or name not in defined(ROOT / "cxkit" / file)]  # fmt: skip
    assert wrong == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_guide_names_files_and_folders_that_exist(guide):
    text = re.sub(r"(?ms)^```.*?^```", "", guide.read_text(encoding="utf-8"))  # listings make files of their own
    linked = re.findall(r"\]\(([\w/.-]+\.md)", text)
    assert [name for name in linked if not (guide.parent / name).is_file()] == []
    named = re.findall(r"`([\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|sql|cfg|ipynb)))`", text)
    homes = [ROOT, ROOT / "cxkit", *(ROOT / "cxkit").iterdir()]
    there = [name for name in named if any((home / name).exists() for home in homes)]
    assert [name for name in named if name not in there and not name.startswith(MADE) and "NAME" not in name] == []


def test_the_guide_to_a_metric_says_what_every_field_wants_and_names_every_recipe_and_unit():
    text = (ROOT / "docs/adding-a-metric.md").read_text(encoding="utf-8")
    table = text.partition("| Field |")[2].partition("\n\n")[0]
    heads = " ".join(line.split("|")[1] for line in table.splitlines()[2:])
    assert [field.name for field in fields(Metric) if f"`{field.name}`" not in heads] == []
    assert [name for name in (*RECIPES, *UNITS) if f"`{name}`" not in table] == []


def test_the_page_about_python_says_what_every_column_and_flag_of_a_frame_holds():
    text = (ROOT / "docs/in-python.md").read_text(encoding="utf-8")
    columns, flags = ({name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split("|")[1])}
                      for table in (text.partition(head)[2].partition("\n\n")[0] for head in ("| Column |", "| Flag |")))  # fmt: skip
    assert columns == set(EVERY_COLUMN)
    assert flags == set(Flag)


def test_the_verbs_that_guides_name_are_those_of_a_report():
    named = {verb for guide in GUIDES for verb in re.findall(r"\breport\.(\w+)\(", guide.read_text(encoding="utf-8"))}
    assert {"headline", "segments", "definitions"} <= named
    assert [verb for verb in sorted(named) if not callable(getattr(Report, verb, None))] == []
