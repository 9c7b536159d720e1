"""A run: check, execute every notebook in a process of its own, make the pages, publish the folder whole."""

import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any

from cxkit.engine.shared_views import run_folder
from cxkit.errors import ArgumentError
from cxkit.report.run import reuse
from cxkit.report.run.examine import Examined, ask_child, examine
from cxkit.report.run.plan import Job, find_notebooks, make_jobs
from cxkit.report.run.publish import staged
from cxkit.report.run.request import Outcome, Request
from cxkit.report.run.worker import Result, work
from cxkit.run_context import RunContext


def run_report(request: Request) -> Outcome:
    """Make a report.

    Raises
    ------
    CxError
        Anything wrong with data or arguments; then nothing was written.
    """
    _check_early(request)
    paths = find_notebooks(request.notebooks, request.only)
    own = {"data": request.data_name, "period": request.period, "compare": request.compare}
    asked = make_jobs(paths, own, request.parameters)  # raises early: what follows costs seconds
    data = reuse.data_stamp(request.data)
    stamp = reuse.run_stamp(asked, data, request.locale)
    if not request.force and (same := reuse.find_same(request.out, stamp)):
        return Outcome(same.folder, [Result(job.name, "unchanged", 0.0) for job in asked])
    with _terminable(), run_folder() as folder:
        run = RunContext(folder=folder, data_root=str(request.data_root), locale=request.locale)
        return _run(request, run, paths, own, data, stamp)


def _run(
    request: Request, run: RunContext, paths: Sequence[Path], own: Mapping[str, str], data: str, stamp: str
) -> Outcome:
    """Make a report that is not there yet."""
    from cxkit.report.run import kernels

    warm = request.warm and kernels.can_fork()
    context = multiprocessing.get_context("fork" if warm else "spawn")
    if warm:
        kernels.preload(kernels.OPENING)
    answer = ask_child(context, run, examine, str(request.data.resolve()), request.period, request.compare)
    if warm:
        kernels.preload()  # while the child looks at the data
    examined: Examined = answer()
    jobs = make_jobs(paths, {**own, "period": examined.period}, request.parameters)
    with staged(request.out, examined.period) as (stage, lock):
        earlier = reuse.Earlier(request.out / examined.period)
        stamps = {job.name: reuse.job_stamp(job, data, request.locale) for job in jobs}
        reused = [job for job in jobs if not request.force and earlier.is_same(job.name, stamps[job.name])]
        for job in reused:
            earlier.copy(job.name, stage)
        found = {job.name: Result(job.name, "unchanged", 0.0) for job in reused}
        found |= _execute([job for job in jobs if job.name not in found], request, run, stage, context, warm, lock)
        from cxkit.report.run.assemble import Made, assemble

        made = Made(stage, jobs, [found[job.name] for job in jobs], examined, request, earlier, stamps, stamp)
        results = assemble(made)
    from cxkit.report.page.overview import write_overview

    write_overview(request.out)
    return Outcome(request.out / examined.period, results)


def _check_early(request: Request) -> None:
    """What can be told without opening anything."""
    from cxkit.period import RELATIVE, Period

    if not request.data.exists():
        raise ArgumentError(f"there is no data folder {request.data}.")
    if request.period not in RELATIVE:
        Period.parse(request.period).base(request.compare)
    if request.jobs < 0:
        raise ArgumentError(
            f"--jobs is {request.jobs}; it must be 1 or more, or 0 for one more than there are processors."
        )
    check_locale(request.locale)


def check_locale(name: str) -> None:
    """Refuse a locale that babel does not know."""
    from babel.core import Locale, UnknownLocaleError

    try:
        Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        raise ArgumentError(f"--locale {name!r} is not known. Name one such as en, de or pt_BR.") from None


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM unwind the stack like Ctrl+C does, so that the stage is removed and workers end."""

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _execute(
    jobs: Sequence[Job], request: Request, run: RunContext, stage: Path, context: BaseContext, warm: bool, lock: int
) -> dict[str, Result]:
    """Run the jobs, so many at a time, and collect what became of each."""
    from tqdm import tqdm

    from cxkit.report.run import kernels

    at_once = max(1, min(request.jobs or (os.cpu_count() or 1) + 1, len(jobs)))
    # The longest first, so that no core waits for it at the end; a long notebook is a long file.
    left = sorted(jobs, key=lambda job: -job.path.stat().st_size)
    running = dict[int, tuple[BaseProcess, Job]]()
    results: dict[str, Result] = {}
    run = replace(run, threads=kernels.share_of_cores(at_once))
    shared = (run, str(stage), warm, request.cell_seconds, os.getpid(), [lock])
    tqdm.monitor_interval = 0  # no thread: this process forks
    with tqdm(total=len(jobs), unit="notebook", disable=not sys.stderr.isatty(), leave=False) as bar:
        try:
            while left or running:
                while left and len(running) < at_once:
                    job = left.pop(0)
                    process: Any = context.Process(target=work, args=(job, *shared), name=job.name)  # type: ignore[attr-defined]
                    process.start()
                    running[process.sentinel] = (process, job)
                bar.set_postfix_str(f"running: {_names(running)}; {len(left)} waiting")
                for sentinel in wait(list(running), timeout=1):
                    process, job = running.pop(sentinel)  # type: ignore[arg-type]
                    process.join()
                    results[job.name] = _result(stage, job, process)
                    bar.update()
                    if bar.disable:  # a log, not a terminal
                        _log(results[job.name], f"{len(results)} of {len(jobs)}", _names(running), len(left))
        finally:
            for process, _ in running.values():
                process.kill()
                process.join()
    return results


def _names(running: Mapping[int, tuple[BaseProcess, Job]]) -> str:
    return ", ".join(job.name for _, job in running.values()) or "none"


def _log(result: Result, done: str, running: str, waiting: int) -> None:
    said = f"{done}: {result.name} {result.state} in {result.seconds:.1f} s; running: {running}; {waiting} waiting"
    print(said, file=sys.stderr, flush=True)


def _result(stage: Path, job: Job, process: BaseProcess) -> Result:
    """What the worker wrote down, or how it ended if it could not."""
    path = stage / "logs" / f"{job.name}.json"
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        path.unlink()
        return Result(**content)
    except (OSError, ValueError, TypeError):
        return Result(job.name, "failed", 0.0, f"its process was killed (exit code {process.exitcode}; out of memory?)")
