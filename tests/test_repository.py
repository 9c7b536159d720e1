"""What the repository promises about itself."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Where conda-forge names a package otherwise.
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "jupyter-client": "jupyter_client",
    "matplotlib": "matplotlib-base",
    "seaborn": "seaborn-base",
}


def test_environment_yml_asks_for_the_same_packages_and_bounds_as_pyproject():
    conda = set(yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"])
    wanted = {f"python{PROJECT['requires-python']}"}
    for requirement in PROJECT["dependencies"]:
        name, bounds = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()
        wanted.add(CONDA_NAMES.get(name, name) + bounds)
    assert conda == wanted


def test_every_dependency_has_a_lower_bound():
    assert [name for name in PROJECT["dependencies"] if ">=" not in name] == []


def test_the_lock_file_pins_every_dependency():
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    named = {re.match(r"[\w-]+", requirement)[0].lower() for requirement in PROJECT["dependencies"]}
    assert named <= locked


IMPORT_NAMES = {"pyyaml": "yaml", "jupyter-client": "jupyter_client", "ipython": "IPython", "scikit-learn": "sklearn",
                "vadersentiment": "vaderSentiment", "python-pptx": "pptx"}  # fmt: skip
STARTED_NOT_IMPORTED = {"jupyterlab", "ipykernel", "nbval"}


def test_what_is_imported_is_declared_and_what_is_declared_is_used():
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for path in (ROOT / "cxkit").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.level == 0)
        for alias in node.names
    }
    outside = {name.partition(".")[0] for name in imported} - set(sys.stdlib_module_names) - {"cxkit"}
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in PROJECT["dependencies"]}
    declared = {IMPORT_NAMES.get(name, name.replace("-", "_")) for name in names}
    assert outside - declared == set()
    assert declared - outside - STARTED_NOT_IMPORTED == set()


IMPORTERS = {
    "duckdb": {"cxkit/engine/duckdb.py"},
    "seaborn": {"cxkit/charts"},
    "matplotlib": {"cxkit/charts"},
    "lifelines": {"cxkit/models"},
    "sklearn": {"cxkit/text"},
    "vaderSentiment": {"cxkit/text"},
}


def test_heavy_packages_are_imported_in_one_place_only():
    wrong = []
    for path in (ROOT / "cxkit").rglob("*.py"):
        inside = path.relative_to(ROOT).as_posix()
        for package, places in IMPORTERS.items():
            imports = re.search(rf"^\s*(import|from) {package}\b", path.read_text(), re.M)
            if imports and not any(inside.startswith(place) for place in places):
                wrong.append(f"{inside} imports {package}")
    assert wrong == []


# What a room may import beside itself; a room is the longest name that a module's path starts with. Imports inside functions and under TYPE_CHECKING count.
BASE = {"errors", "contract", "period", "metric", "blocks", "stats", "exactness"}
DATA = BASE | {"engine", "dataset"}
DRAWN = BASE | {"disclosure", "charts"}
FIGURES = DATA | DRAWN | {"measurement"}
ROOMS = {
    "errors": set(),
    "contract": {"errors"},
    "period": {"errors"},
    "metric": {"errors"},
    "blocks": {"errors", "exactness"},
    "exactness": set(),
    "stats": {"errors"},
    "text": {"errors", "stats", "exactness"},
    "models": {"errors", "stats", "exactness"},
    "engine": BASE,
    "dataset": BASE | {"engine"},
    "measurement": DATA,
    "disclosure": BASE,
    "charts": DRAWN,
    "report": FIGURES,
    "catalogue": BASE,
    "importers": DATA,
    "sample": DATA,
    "areas": FIGURES | {"report", "models", "text"},
    "commands": FIGURES | {"report", "models", "text", "areas", "catalogue", "importers", "sample"},
    "moved": set(),
}
HOUSE = ROOT / "cxkit"
# Still to be cut: nothing else may join them, and what is cut leaves this list.
UP = [
    "areas.value.engagement_level imports areas.churn.rates",
    "areas.value.engagement_level imports areas.engagement.engagement_score",
]


def imports():
    """(module, line, imported module) of everything that a module of the kit imports from the kit."""
    modules = {
        ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__"): path
        for path in HOUSE.rglob("*.py")
    }
    for module, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{name}" for name in names]
            for name in (name.removeprefix("cxkit.") for name in names if name.startswith("cxkit.")):
                found = name if name in modules else name.rpartition(".")[0]
                if found in modules and found != module:
                    yield module, node.lineno, found


def test_every_module_stands_in_a_room():
    rooms = {path.stem for path in HOUSE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - set(ROOMS) == {"__init__", "__main__"}, "give a new room its floor"


def arrows_up():
    """Imports of a floor above, or of another area."""
    found_up = set()
    for module, _, found in imports():
        room, below = module.partition(".")[0], found.partition(".")[0]
        up = room in ROOMS and below != room and below not in ROOMS[room]
        other_area = room == below == "areas" and found != "areas" and module.split(".")[1:2] != found.split(".")[1:2]
        if up or other_area:
            found_up.add(f"{module} imports {found}")
    return sorted(found_up)


def in_circles():
    """Modules that reach themselves."""
    below = {}
    for module, _, found in imports():
        if not found.startswith(f"{module}.") and module != "__init__":  # a package hands on what its modules hold
            below.setdefault(module, set()).add(found)
    while free := {module for module, needs in below.items() if not needs & set(below)}:
        below = {module: needs for module, needs in below.items() if module not in free}
    while over := set(below) - {name for needs in below.values() for name in needs}:
        below = {module: needs for module, needs in below.items() if module not in over}
    return sorted(below)


def test_imports_run_one_way():
    assert arrows_up() == UP


def test_no_module_is_in_a_circle():
    assert in_circles() == []
