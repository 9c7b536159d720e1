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


# The floors: what a room may import beside itself. Imports inside functions and under TYPE_CHECKING count, and so does a module that is
# named in a string, as `import_module` takes it. A room is the longest name here that a module's own begins with.
BASE = {
    "errors",
    "forms",
    "contract",
    "period",
    "metric",
    "blocks",
    "stats",
    "exactness",
    "segment",
    "flags",
    "row",
    "run_context",
    "markup",
}
DATA = BASE | {"engine", "dataset"}
DRAWN = BASE | {"disclosure", "charts"}
FIGURES = DATA | DRAWN | {"measurement"}
PAGES = FIGURES | {"report.wording", "report.kept"}
RUNS = PAGES | {"report.page", "report.notebook"}
ROOMS = {
    "errors": set(),
    "forms": {"errors"},
    "contract": {"errors"},
    "period": {"errors"},
    "metric": {"errors"},
    "blocks": {"errors", "exactness"},
    "exactness": set(),
    "markup": set(),
    "segment": {"errors"},
    "flags": set(),
    "row": {"flags", "metric", "period", "segment", "stats"},
    "run_context": set(),
    "stats": {"errors"},
    "text": {"errors", "stats", "exactness"},
    "models": {"errors", "stats", "exactness"},
    "engine": BASE,
    "dataset": BASE | {"engine", "disclosure"},
    "measurement": DATA,
    "disclosure": BASE,
    "charts": DRAWN,
    "report": {"report.notebook"},  # hands on `open_report`
    "report.wording": FIGURES,
    "report.kept": FIGURES | {"report.wording"},
    "report.page": PAGES,
    "report.notebook": FIGURES | {"report.wording"},
    "report.run": RUNS,
    "report.archive": RUNS | {"report.run"},
    "report.share": PAGES | {"report.page"},
    "catalogue": DATA,
    "importers": DATA,
    "sample": DATA,
    "areas": FIGURES | {"report.wording", "report.notebook", "models", "text"},  # and no other area
    "commands": RUNS
    | {"report.run", "report.archive", "report.share", "models", "text", "areas", "catalogue", "importers", "sample"},
}
OUTSIDE = {
    "__init__",
    "__main__",
    "moved",
}  # the door, and the list of old names: they name everything and nothing imports them
# Named, not known: what is found there is called by what it declares.
BY_NAME = {
    "report.run.kernels names areas": "a warm kernel has loaded what notebooks will import",
    "report.run.kernels names models": "the same",
}
HOUSE = ROOT / "cxkit"


def modules():
    """Every module of the kit by its name below cxkit."""
    paths = {path.relative_to(HOUSE).with_suffix("").as_posix(): path for path in HOUSE.rglob("*.py")}
    return {name.removesuffix("/__init__").replace("/", "."): path for name, path in paths.items()}


def arrows():
    """(module, imports or names, module) for all that a module of the kit takes from the kit."""
    known = modules()
    for module, path in known.items():
        for node in ast.walk(ast.parse(path.read_text())):
            how, names = "imports", []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                how, names = "names", [node.value.rstrip(".")]  # of f"cxkit.areas.{room}" as well
            for name in (name.removeprefix("cxkit.") for name in names if name.startswith("cxkit.")):
                found = name if name in known or how == "names" else name.rpartition(".")[0]
                if found in known and found != module and module not in OUTSIDE:
                    yield module, how, found


def imports():
    """The arrows but for those of `BY_NAME`."""
    return sorted(one for one in set(arrows()) if " ".join(one) not in BY_NAME)


def room_of(module):
    names = module.split(".")
    starts = [".".join(names[:size]) for size in range(len(names), 0, -1)]
    return next((name for name in starts if name in ROOMS), names[0])


def arrows_up():
    """What takes from a floor above, or from another area."""
    for module, how, found in imports():
        room, below = room_of(module), room_of(found)
        other_area = room == below == "areas" and found != "areas" and module.split(".")[1:2] != found.split(".")[1:2]
        if (room != below and below not in ROOMS[room]) or other_area:
            yield f"{module} {how} {found}"


def in_circles():
    """Modules that reach themselves; a package may hand on what its modules hold."""
    below = {}
    for module, _, found in imports():
        if not found.startswith(f"{module}."):
            below.setdefault(module, set()).add(found)
    while free := {module for module, needs in below.items() if not needs & set(below)}:
        below = {module: needs for module, needs in below.items() if module not in free}
    while over := set(below) - {name for needs in below.values() for name in needs}:
        below = {module: needs for module, needs in below.items() if module not in over}
    return sorted(below)


def test_every_module_stands_in_a_room():
    assert {room_of(module) for module in modules()} == set(ROOMS) | OUTSIDE, "give a new room its floor"


def test_imports_run_one_way():
    assert list(arrows_up()) == []


def test_what_may_be_named_is_named():
    assert set(BY_NAME) <= {" ".join(one) for one in arrows()}


def test_no_module_is_in_a_circle():
    assert in_circles() == []
