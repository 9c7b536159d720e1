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


# Lower layers first; a module may import from its own layer and from layers before it.
LAYERS = [
    {"errors", "exactness"},
    {"contract", "period", "stats", "blocks", "privacy", "text"},
    {
        "settings", "engine", "files", "casts", "raw", "rules", "places", "check", "clean", "naming", "relations", "recall", "once", "supplied", "source",
        "segment", "databases", "forget", "consent", "remote", "checked", "duplicates", "stories",
        "supply", "setting_tables", "quality",
    },
    {"metric", "query", "recipes", "judge", "window", "scope", "measured_rows", "measurement", "metrics", "decompose", "cells", "suppress", "inspection", "history"},
    {"models", "charts", "sample", "importers"},
    {"report", "check_command", "forget_command", "cli"},
]  # fmt: skip


def test_imports_run_one_way():
    level = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    modules = {
        path.stem for path in (ROOT / "cxkit").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert modules - set(level) == {"__init__", "__main__"}, "give a new module its layer"
    wrong = []
    for path in (ROOT / "cxkit").rglob("*.py"):
        parts = path.relative_to(ROOT / "cxkit").with_suffix("").parts
        for name in re.findall(r"^\s*(?:from|import) cxkit\.(\w+)", path.read_text(), re.M):
            if parts[0] in level and level[name] > level[parts[0]]:
                wrong.append(f"{'.'.join(parts)} imports {name}")
    assert wrong == []


def test_no_query_rounds_to_digits():
    """DuckDB's releases differ on which way round(x, 2) takes a half of a double; round(100 * x) / 100 is the same in all."""
    queries = [path for path in (ROOT / "cxkit").rglob("*") if path.suffix in (".py", ".sql")]
    wrong = [
        path.name for path in queries if re.search(r"\bround\(.*, *\d+\) +as +\w", path.read_text(encoding="utf-8"))
    ]
    assert wrong == []
