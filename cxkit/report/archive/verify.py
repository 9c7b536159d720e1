"""Check an archived report: the same data, the same notebooks, run again, the same numbers?"""

import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat

from cxkit import __version__
from cxkit.engine.shared_views import run_folder
from cxkit.errors import ArgumentError, did_you_mean
from cxkit.report.archive.compare_cells import Moved, compare_cell, numbers, within_tolerance
from cxkit.report.kept import collect, manifest
from cxkit.report.notebook.plain_text import grid
from cxkit.report.run import kernels
from cxkit.report.run.examine import in_child
from cxkit.report.run.lean import keep_to_one_thread
from cxkit.run_context import RunContext, this_run

MOST_SAID = 20
OLDEST_RUN = [0, 2]  # the first kit whose archived notebooks this one can run
HEAD = ["cell", "figure", "archived", "now", "difference", "kind"]


def verify(
    report: Path, data: Path | None = None, only: Sequence[str] = (), force: bool = False, rtol: float = 0.0
) -> int:
    """Run a report's archived notebooks again with their own parameters and say what moved.

    Parameters
    ----------
    report : Path
        Folder of the report.
    data : Path, optional
        Folder of the data set, if it is not where it was.
    only : names of notebooks
    force : bool
        Go on although the data are not those of the report.
    rtol : float
        Relative difference of two numbers that passes for the same, also of exact figures: for archives of other versions.

    Returns
    -------
    int
        0 if every number is the same, 1 if not.

    Raises
    ------
    ArgumentError
        Not a report, or one of an older kit; the data changed; a notebook was cleared, failed, or altered since.
    """
    archived = manifest.read(report)
    _refuse_older(archived)
    names = _chosen(archived, only)
    folder = _find_data(archived, report, data)
    faults = [fault for name in names for fault in refusals(report, name, archived)]
    if faults:
        raise ArgumentError("this report cannot be verified.\n" + "\n".join(f"  {fault}" for fault in faults))
    warm = kernels.can_fork()
    context = multiprocessing.get_context("fork" if warm else "spawn")
    if warm:
        kernels.preload((*kernels.MODULES, "pytest", "nbval.plugin"))
    with run_folder() as shared:
        run = RunContext(
            folder=shared,
            data_root=str(_root(archived, folder, Path(shared))),
            locale=archived.get("locale") or "en",
            threads=1,  # as in a report of many notebooks
        )
        changed = _changed_files(archived, in_child(context, run, _hashes, str(folder)))
        if changed and not force:
            raise ArgumentError(
                "the data are not those of the report.\n"
                + "\n".join(f"  {line}" for line in changed)
                + "\n  --force compares all the same."
            )
        for line in [*changed, *_other_versions(archived)]:
            print(f"note: {line}")
        moved = {
            name: in_child(context, run, _again, report.resolve() / f"{name}.ipynb", warm, os.getpid(), rtol)
            for name in names
        }
    counted = {name: numbers(nbformat.read(report / f"{name}.ipynb", as_version=4)) for name in names}
    return _say(moved, counted, archived, bool(changed))


def _refuse_older(archived: dict[str, Any]) -> None:
    """An archive of a kit whose modules had other names cannot be run by this one."""
    then = str(archived["versions"].get("cxkit", "an unknown version"))
    release = [int(part) if part.isdigit() else 0 for part in then.split(".")]
    if release < OLDEST_RUN:
        raise ArgumentError(
            f"this report was made by an older kit, cxkit {then}, and cannot be run by this one, {__version__}: its notebooks name "
            f"modules that have other names now. cxkit {then} verifies it."
        )


def _chosen(archived: dict[str, Any], only: Sequence[str]) -> list[str]:
    known = list(archived["notebooks"])
    for name in only:
        if name not in known:
            raise ArgumentError(
                f"the report holds no notebook {name!r}, only {', '.join(known)}.{did_you_mean(name, known)}"
            )
    return [name for name in known if not only or name in only]


def _find_data(archived: dict[str, Any], report: Path, data: Path | None) -> Path:
    """The data set's folder: as told, else where it lay, seen from here or from a folder above the report."""
    name, place = archived["data"]["name"], archived["data"]["place"]
    places = [data] if data else [above / place for above in (Path.cwd(), *report.resolve().parents) if place]
    for folder in places:
        if folder.is_dir():
            return folder.resolve()
    raise ArgumentError(f"cannot find the data set {name!r} of this report. Say where it is with --data.")


def _root(archived: dict[str, Any], folder: Path, shared: Path) -> Path:
    """The folder from which the archived notebooks find their data under the name that they know."""
    place = Path(archived["data"]["place"] or archived["data"]["name"])
    if folder.parts[-len(place.parts) :] == place.parts:
        return folder.parents[len(place.parts) - 1]
    root = shared / "data"  # moved and renamed: a link under the old name
    (root / place).parent.mkdir(parents=True)
    (root / place).symlink_to(folder, target_is_directory=True)
    return root


def refusals(report: Path, name: str, archived: dict[str, Any]) -> list[str]:
    """Why a notebook is no measure: missing, altered, failed, or cleared (which nbval would pass without a word)."""
    path, entry = report / f"{name}.ipynb", archived["notebooks"][name]
    if entry["state"] != "done":
        return [f"{name}: it failed when the report was made ({entry['error']})."]
    if not path.is_file():
        return [f"{name}: {path.name} is missing."]
    try:
        notebook = nbformat.read(path, as_version=4)
    except (ValueError, OSError, nbformat.ValidationError, AttributeError, KeyError):
        return [f"{name}: {path.name} is damaged and cannot be read."]
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if any(cell.execution_count is None for cell in code) or not any(cell.outputs for cell in code):
        return [f"{name}: {path.name} has been cleared, wholly or in part; there is nothing to compare with."]
    if collect.error_of(notebook):
        return [f"{name}: {path.name} holds an error."]
    return []


def _hashes(data: str) -> dict[str, dict[str, str]]:
    from cxkit.dataset.source import open_data

    return open_data(data).found.hashes()


def _changed_files(archived: dict[str, Any], now: dict[str, dict[str, str]]) -> list[str]:
    then = {
        (table, name): digest for table, parts in archived["data"]["files"].items() for name, digest in parts.items()
    }
    here = {(table, name): digest for table, parts in now.items() for name, digest in parts.items()}
    lines = []
    for table, name in sorted(then.keys() | here.keys()):
        if (table, name) not in here:
            lines.append(f"{name} ({table}) is gone.")
        elif (table, name) not in then:
            lines.append(f"{name} ({table}) is new.")
        elif then[table, name] != here[table, name]:
            lines.append(f"{name} ({table}) has changed since.")
    return lines


def _other_versions(archived: dict[str, Any]) -> list[str]:
    then, here = archived["versions"], manifest.versions()
    return [
        f"made with {name} {then.get(name, '(none)')}, here it is {here.get(name, '(none)')}; that may move numbers."
        for name in sorted(then.keys() | here.keys())
        if then.get(name) != here.get(name)
    ]


def _again(path: Path, warm: bool, parent: int, rtol: float) -> list[Moved]:
    """Run nbval on one notebook, in a process of its own; what moved, in order of the cells."""
    scratch = Path(tempfile.mkdtemp(prefix="k", dir=this_run().folder))
    try:
        return _nbval(path, scratch, warm, parent, rtol)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _nbval(path: Path, scratch: Path, warm: bool, parent: int, rtol: float) -> list[Moved]:
    import pytest

    from cxkit.report.archive.nbval_plugin import Recorder

    if warm:
        kernels.die_with_parent(parent)
    keep_to_one_thread()
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # a project's plugins have no business here
    desk = kernels.Desk(str(scratch))
    desk.settle(warm)
    recorder = Recorder(desk)
    (scratch / "pytest.ini").write_text("[pytest]\n")
    _silence(scratch / "pytest.log")
    status = pytest.main(
        ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(files("cxkit.report.archive") / "nbval_sanitize.cfg"), "-q", "--color=no",
         "-p", "no:cacheprovider", "-p", "nbval.plugin", "-c", str(scratch / "pytest.ini"), "--rootdir", str(path.parent), str(path)],
        plugins=[recorder],
    )  # fmt: skip
    if status not in (0, 1) or not recorder.cells:
        raise ArgumentError(
            f"nbval could not run on {path.name}:\n{(scratch / 'pytest.log').read_text(errors='replace')[-2000:]}"
        )
    return _moved(path, recorder.cells, rtol)


def _silence(log: Path) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


def _moved(path: Path, lines: Sequence[dict[str, Any]], rtol: float) -> list[Moved]:
    """Say what nbval found different."""
    notebook = nbformat.read(path, as_version=4)
    code = [(number, cell) for number, cell in collect.numbered(notebook) if cell.cell_type == "code"]
    found = []
    for line in lines:
        if line["outcome"] == "passed":
            continue
        number, cell = code[line["cell"]]
        if error := next((output for output in line["outputs"] if output["output_type"] == "error"), None):
            found.append(Moved(number, "the cell stops", "outputs", f"{error['ename']}: {error['evalue']}"[:120]))
            continue
        moved = compare_cell(number, cell.outputs, line["outputs"], rtol)
        if not moved and not within_tolerance(cell.outputs, line["outputs"], rtol):
            moved = [Moved(number, line["why"].splitlines()[0], "one output", "another")]
        found += moved
    return found


def _say(
    moved: Mapping[str, Sequence[Moved]],
    counted: Mapping[str, tuple[int, int]],
    archived: Mapping[str, Any],
    restated: bool,
) -> int:
    for name, found in moved.items():
        exact, fitted = counted[name]
        kinds = f"{exact:,} exact numbers to the last digit" + (
            f", {fitted:,} fitted ones within their tolerance" if fitted else ""
        )
        print(
            f"{name}: "
            + (f"the same ({kinds})" if not found else f"{len(found)} {'differs' if len(found) == 1 else 'differ'}")
        )
        if found:
            rows = [HEAD, *(item.columns for item in found[:MOST_SAID])]
            print("\n".join(f"  {line}" for line in grid(rows).splitlines()))
        if len(found) > MOST_SAID:
            print(f"  … and {len(found) - MOST_SAID} more")
    if not any(moved.values()):
        return 0
    then = archived["versions"].get("cxkit", "an unknown version")
    if restated:
        print("The data are not those of the report: what differs has been restated, or follows from what has.")
    elif then != __version__:
        print(
            f"The data are the same; the report was made with cxkit {then} and this is {__version__}. cxkit {then} gives its numbers again."
        )
    else:
        print(
            "The data are the same: what differs was altered in the archive, or comes from another notebook, code or version."
        )
    return 1
