"""What an analyst sees of an area, and how the notebooks use it."""

import ast
import builtins
import json
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from cxkit import metric
from cxkit.errors import ArgumentError
from cxkit.metric import Declared, areas, catalogue

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
VERBS = {
    "app": {"charts"},
    "churn": {"charts", "open_study", "with_options"},
    "email": {"charts"},
    "engagement": {"charts"},
    "journey": set(),
    "social": {"charts"},
    "usability": {"charts", "open_study"},
    "value": {"charts", "open_study", "with_options"},
}


def test_every_area_is_looked_at():
    assert set(areas()) == set(VERBS)


@pytest.mark.parametrize("area", VERBS)
def test_tab_shows_the_declarations_and_the_few_verbs_only(area):
    package = import_module(f"cxkit.areas.{area}")
    shown = {name: getattr(package, name) for name in dir(package)}
    declared = [value for value in shown.values() if isinstance(value, Declared)]
    assert {metric.id for metric in declared} == {metric.id for metric in areas()[area]}
    lists = {name for name, value in shown.items() if isinstance(value, tuple)}
    assert all(isinstance(metric, Declared) for name in lists for metric in shown[name])
    assert {name for name, value in shown.items() if not isinstance(value, Declared)} - lists == VERBS[area]


def test_an_area_registers_its_metrics_and_loads_them_when_asked():
    code = (
        "import sys, cxkit; assert 'cxkit.areas.value' in sys.modules and 'cxkit.areas.value.metrics' not in sys.modules; "
        "from cxkit.metric import areas; assert list(areas()) == sorted(areas()) and areas()['value']; "
        "assert not {'lifelines', 'matplotlib', 'sklearn'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_area_of_ones_own_is_in_the_catalogue(monkeypatch):
    mine = replace(catalogue()["bounce_rate"], id="mine")
    with monkeypatch.context() as patch:
        patch.setattr(metric, "_AREAS", dict(metric._AREAS))
        metric.register("own", lambda: [("MINE", mine)])
        assert areas()["own"] == [mine] and catalogue()["mine"] is mine and metric.names()["mine"] == "own.MINE"
        metric.register("own", lambda: [("MINE", replace(mine, id="bounce_rate"))])
        with pytest.raises(ArgumentError, match="bounce_rate is declared twice"):
            catalogue()
    catalogue.cache_clear()
    metric.names.cache_clear()
    assert "mine" not in catalogue()


def test_what_an_area_does_not_hand_on_is_refused():
    email = import_module("cxkit.areas.email")
    with pytest.raises(AttributeError, match=r"cxkit\.areas\.email' has no attribute 'np'"):
        email.np  # noqa: B018


def code_cells(notebook: Path) -> list[tuple[list[str], str]]:
    cells = [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]
    return [(cell["metadata"].get("tags", []), "".join(cell["source"])) for cell in cells]


def names(source: str, context: type) -> set[str]:
    return {
        node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    }


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_and_so_are_its_cells(notebook):
    assert len(json.loads(notebook.read_text())["cells"]) < 60
    lengths = {source: len(source.splitlines()) for tags, source in code_cells(notebook) if not tags}
    assert [source for source, n in lengths.items() if n > 5 and not source.startswith("report.note(")] == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_cell_needs_no_other_but_the_parameters_and_the_setup(notebook):
    cells = code_cells(notebook)
    begins = [source for tags, source in cells if tags]
    imported = {
        alias.asname or alias.name
        for source in begins
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    known = imported.union(dir(builtins), *(names(source, ast.Store) for source in begins))
    for _, source in cells:
        assert names(source, ast.Load) - names(source, ast.Store) - known == set(), source
