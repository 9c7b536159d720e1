"""What a run will do, settled before any kernel starts: which notebooks, with which parameters."""

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxkit.errors import ArgumentError, did_you_mean

OWN = ("data", "period", "compare")  # set by options of their own
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Job:
    """One notebook and the parameters that it will get."""

    name: str
    path: Path
    parameters: Mapping[str, Any]


def find_notebooks(folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """Every notebook of a folder, by name; a notebook belongs to a report by its place alone.

    Raises
    ------
    ArgumentError
        No such folder, no notebooks in it, or a name in `only` that is not there.
    """
    if not folder.is_dir():
        raise ArgumentError(
            f"there is no folder of notebooks {folder}. Name one with --notebooks, or change into the project's folder."
        )
    found = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if not found:
        raise ArgumentError(f"{folder} holds no notebooks (*.ipynb).")
    for name in only:
        if name not in found:
            raise ArgumentError(
                f"there is no notebook {name!r} in {folder}. There are {', '.join(found)}.{did_you_mean(name, found)}"
            )
    return [path for name, path in found.items() if not only or name in only]


def read_parameters(path: Path) -> dict[str, Any]:
    """Names and defaults in the cell tagged `parameters`, which must be plain values.

    Raises
    ------
    ArgumentError
        Not a notebook, no such cell, or a default that is not a plain value.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
        source = "".join(tagged[0]["source"]) if tagged else ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ArgumentError(
            f"{path.name} is not a notebook that can be read. Open it in JupyterLab and save it again."
        ) from None
    if not tagged:
        raise ArgumentError(f"{path.name} has no cell tagged `parameters`, so it cannot be told data and period.")
    return _assigned(source, path.name)


def _assigned(source: str, where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    try:
        lines = ast.parse(source).body
    except SyntaxError as error:
        raise ArgumentError(f"{where}: its parameters cell is not valid Python (line {error.lineno}).") from None
    for line in lines:
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
            continue  # a string as a comment
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        value = getattr(line, "value", None)
        try:
            if not isinstance(target, ast.Name) or value is None:
                raise ValueError
            found[target.id] = ast.literal_eval(value)
        except ValueError:
            raise ArgumentError(
                f"{where}: line {line.lineno} of its parameters cell is not of the form name = plain value ({ast.unparse(line)})."
            ) from None
    return found


def make_jobs(paths: Iterable[Path], own: Mapping[str, str], given: Sequence[str]) -> list[Job]:
    """Give each notebook its parameters.

    Parameters
    ----------
    paths : paths of notebooks
    own : mapping
        Values of data, period and compare.
    given : sequence of "name=value"
        From `-p`. A name must be known to one of the notebooks at least; each gets those that it knows.

    Raises
    ------
    ArgumentError
        A name that no notebook takes, a value of another type than the default's, a notebook without data or period.
    """
    defaults = {path: read_parameters(path) for path in paths}
    for path, known in defaults.items():
        for name in OWN:
            if name not in known:
                raise ArgumentError(
                    f"{path.name}: its parameters cell does not set `{name}`. It sets {', '.join(known) or 'nothing'}."
                )
    pairs = [_pair(text) for text in given]
    for name, _ in pairs:
        if name in OWN:
            raise ArgumentError(f"cxkit report: give {name} as --{name}, not as -p {name}=….")
        _check_known(name, defaults)
    return [
        Job(
            path.stem,
            path,
            {**own, **{name: _typed(name, text, known[name], path.name) for name, text in pairs if name in known}},
        )
        for path, known in defaults.items()
    ]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ArgumentError(f"cxkit report: -p takes name=value, not {text!r}.")
    return name.strip(), value


def _check_known(name: str, defaults: Mapping[Path, Mapping[str, Any]]) -> None:
    if any(name in known for known in defaults.values()):
        return
    nearest = next((path for path, known in defaults.items() if did_you_mean(name, known)), next(iter(defaults)))
    path, known = nearest, defaults[nearest]
    hint = did_you_mean(name, known)
    others = f" and {len(defaults) - 1} more" if len(defaults) > 1 else ""
    raise ArgumentError(
        f"cxkit report: unknown parameter `{name}` for {path.name}{others}. {path.name} takes: {', '.join(known)}.{hint}"
    )


def _typed(name: str, text: str, default: Any, where: str) -> Any:
    """The value in the type of its default: a period stays text, `false` is not a true text."""
    try:
        if isinstance(default, str):
            return text
        if isinstance(default, bool):
            return _TRUTH[text.strip().lower()]
        if isinstance(default, (int, float)):
            return type(default)(text)
        value = ast.literal_eval(text)
        if default is not None and type(value) is not type(default):
            raise ValueError
        return value
    except (ValueError, KeyError, SyntaxError):
        kind = "true or false" if isinstance(default, bool) else f"a value of type {type(default).__name__}"
        raise ArgumentError(
            f"cxkit report: parameter `{name}` of {where} takes {kind} such as {default!r}, not {text!r}."
        ) from None
