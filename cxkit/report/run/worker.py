"""One notebook in one process: executed by papermill, cleaned, saved; whatever goes wrong is a result, not a crash."""

import contextlib
import json
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxkit.report.run.lean import keep_to_one_thread
from cxkit.report.run.plan import Job
from cxkit.run_context import RunContext

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from cxkit.report.run.kernels import Desk

CELL_SECONDS = 600
LOG_END = 50_000  # characters kept at either end of a log


@dataclass(frozen=True)
class Result:
    """How a notebook ended: `state` done or failed, `error` in words."""

    name: str
    state: str
    seconds: float
    error: str = ""


def work(
    job: Job, run: RunContext, stage: str, warm: bool, cell_seconds: int, parent: int, close: Sequence[int]
) -> None:
    """The whole life of a worker process. Writes `<name>.ipynb` and `logs/<name>.json` into the stage.

    Parameters
    ----------
    job : Job
    run : RunContext
        What its kernel will know.
    stage : str
        The hidden folder that becomes the report.
    warm : bool
        Whether this process was forked from one that has the imports.
    cell_seconds : int
        Limit for each cell.
    parent : int
        Process that this one must not outlive.
    close : file descriptors
        Of the parent, that a forked worker must not keep (the lock).
    """
    from cxkit.report.run.kernels import Desk, die_with_parent

    if warm:
        die_with_parent(parent)
        for descriptor in close:
            os.close(descriptor)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    scratch = tempfile.mkdtemp(prefix="k", dir=run.folder)  # goes with the run, should this process be killed
    desk = Desk(scratch)
    started = time.monotonic()
    error = ""
    try:
        keep_to_one_thread()
        run.tell()
        desk.settle(warm)
        error = _execute(job, Path(stage) / f"{job.name}.ipynb", cell_seconds, desk)
    except Exception as fault:  # the run goes on without this notebook
        error = f"{type(fault).__name__}: {fault}"
    finally:
        result = Result(
            job.name, "failed" if error else "done", round(time.monotonic() - started, 2), without_paths(error)
        )
        with contextlib.suppress(OSError):  # no room left: the run finds that out as well, and says so
            _write_down(Path(stage) / "logs", result, Path(desk.messages))
        shutil.rmtree(scratch, ignore_errors=True)


def _write_down(logs: Path, result: Result, messages: Path) -> None:
    """The result, and what the kernel itself said."""
    logs.mkdir(exist_ok=True)
    with contextlib.suppress(OSError):
        said = _NOISE.sub("", messages.read_text(encoding="utf-8", errors="replace")).strip()
        if said:
            (logs / f"{result.name}.log").write_text(_short(without_paths(said)) + "\n", encoding="utf-8")
    (logs / f"{result.name}.json").write_text(json.dumps(asdict(result)), encoding="utf-8")


def _short(log: str) -> str:
    """A log that has run full, without its middle."""
    if len(log) <= 2 * LOG_END:
        return log
    return f"{log[:LOG_END]}\n[… {len(log) - 2 * LOG_END:,} characters left out …]\n{log[-LOG_END:]}"


def _execute(job: Job, output: Path, cell_seconds: int, desk: "Desk") -> str:
    """Run the notebook; gives what went wrong, in words, or nothing."""
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill import execute_notebook
    from papermill.engines import NBClientEngine, papermill_engines
    from papermill.exceptions import PapermillExecutionError

    executed: list[NotebookNode] = []

    class Unwritten(NBClientEngine):
        """Keeps the notebook in memory, also of a run that broke off; papermill's own way writes it twice a cell, a third of the time."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            executed.append(nb_man.nb)
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    papermill_engines.register("unwritten", Unwritten)
    error = ""
    try:
        execute_notebook(
            str(job.path), None, parameters=dict(job.parameters), kernel_name="python3", language="python", progress_bar=False,
            cwd=str(job.path.parent), execution_timeout=cell_seconds, kernel_manager_class=desk.manager(AsyncKernelManager),
            engine_name="unwritten", request_save_on_cell_execute=False,
        )  # fmt: skip
    except PapermillExecutionError as fault:
        error = f"{fault.ename}: {fault.evalue}"
    except CellTimeoutError:
        error = f"a cell took longer than {cell_seconds} seconds"
    except DeadKernelError:
        error = "its kernel died (killed, or out of memory)"
    finally:
        for notebook in executed:
            nbformat.write(clean(notebook), output)
    return error


def clean(notebook: "NotebookNode") -> "NotebookNode":
    """Leave out what differs from run to run or tells of the machine: times, paths, papermill's banners."""
    notebook.cells = [cell for cell in notebook.cells if not set(cell.metadata.get("tags", [])) & _BANNERS]
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("widgets", None)
    for number, cell in enumerate(notebook.cells):
        for key in ("papermill", "execution", "collapsed"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"injected-parameters-{number}"
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.evalue = without_paths(output.evalue)
                output.traceback = [without_paths(line) for line in output.traceback]
            elif output.output_type == "stream" and output.name == "stderr":
                output.text = without_paths(output.text)
    return notebook


# A kernel says so whenever it is told to stop.
_NOISE = re.compile(r"(?m)^.*KeyboardInterrupt caught in kernel.*\n?")
_BANNERS = {"papermill-error-cell-tag"}
_PATH = re.compile(r"(?<![\w/<.:])(?:[A-Za-z]:\\[\w.+@ ~\\-]+|(?:/[\w.+@~-]+){2,})")


def without_paths(text: str) -> str:
    """Machine paths shortened to their last two parts.

    Examples
    --------
    >>> without_paths("File /home/ada/kit/cxkit/measure.py:12, see https://example.org/a/b")
    'File …/cxkit/measure.py:12, see https://example.org/a/b'
    """
    return _PATH.sub(lambda match: "…/" + "/".join(re.split(r"[/\\]", match[0])[-2:]), text)
