"""From executed notebooks to a report folder: pages, index, metrics.csv, rejects.csv, manifest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbformat import NotebookNode

from cxkit import __version__
from cxkit.measurement import CHANGE_COLUMNS, COLUMNS
from cxkit.report import collect, manifest
from cxkit.report.examine import Examined
from cxkit.report.family import Family
from cxkit.report.files import write_csv
from cxkit.report.index import Entry, render_index
from cxkit.report.plan import Job
from cxkit.report.render import Page, Run, render_page
from cxkit.report.worker import Result
from cxkit.source import REJECT_COLUMNS

if TYPE_CHECKING:
    from cxkit.report.run import Request

METRIC_COLUMNS = ("notebook", *COLUMNS, *CHANGE_COLUMNS, "p_adjusted", "n_tests", "verdict")


def assemble(
    stage: Path, jobs: Sequence[Job], results: Sequence[Result], examined: Examined, request: "Request"
) -> list[Result]:
    """Write everything of a report beside its executed notebooks.

    Returns
    -------
    list of Result
        As given; a notebook whose page has something to refuse has failed.
    """
    notebooks = {job.name: _read(stage / f"{job.name}.ipynb", job) for job in jobs}
    run = Run(Family(_rows(notebooks)), request.locale, _foot(examined, request))
    pages = {
        result.name: render_page(notebooks[result.name], run, result.error, _folder(jobs, result.name))
        for result in results
    }
    results = [_judged(result, pages[result.name]) for result in results]
    for name, page in pages.items():
        (stage / f"{name}.html").write_text(page.html, encoding="utf-8")
    files = _write_files(stage, notebooks, run.family, examined)
    entries = [
        Entry(result.name, pages[result.name].title, pages[result.name].question, result.error, notebooks[result.name])
        for result in results
    ]
    index = render_index(entries, run, examined.title, examined.period_title, files)
    (stage / "index.html").write_text(index, encoding="utf-8")
    _tidy(stage / "logs")
    manifest.write(stage, _manifest(stage, jobs, results, examined, request, run.family))
    return results


def _read(path: Path, job: Job) -> NotebookNode:
    """The executed notebook; the one that was to be executed if nothing came of it."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError):
        notebook = nbformat.read(job.path, as_version=4)
        nbformat.write(notebook, path)
        return notebook


def _folder(jobs: Sequence[Job], name: str) -> Path:
    return next(job.path.parent for job in jobs if job.name == name)


def _judged(result: Result, page: Page) -> Result:
    if result.state == "done" and page.problems:
        return replace(result, state="failed", error="; ".join(page.problems))
    return result


def _rows(notebooks: Mapping[str, NotebookNode]) -> Iterator[dict[str, Any]]:
    for name, notebook in notebooks.items():
        for row in collect.measured(notebook):
            yield {**row, "notebook": name}


def _write_files(
    stage: Path, notebooks: Mapping[str, NotebookNode], family: Family, examined: Examined
) -> list[tuple[str, str]]:
    write_csv(stage / "metrics.csv", METRIC_COLUMNS, map(family.decide, _rows(notebooks)))
    files = [("metrics.csv", "every figure with numerator, denominator, interval and verdict")]
    if examined.rejects:
        write_csv(stage / "rejects.csv", REJECT_COLUMNS, examined.rejects)
        files.append(("rejects.csv", f"{len(examined.rejects):,} rows that were left out, each with its reason"))
    return [*files, ("manifest.json", "what the report was made from and with")]


def _tidy(logs: Path) -> None:
    if logs.is_dir() and not any(logs.iterdir()):
        logs.rmdir()


def _foot(examined: Examined, request: "Request") -> str:
    digest = manifest.data_hash(examined.files)
    return (
        f"cxkit {__version__} · data sha256 {digest[:8]}… · verify: cxkit verify {request.out.name}/{examined.period}"
    )


def _manifest(
    stage: Path, jobs: Sequence[Job], results: Sequence[Result], examined: Examined, request: "Request", family: Family
) -> dict[str, Any]:
    made = {
        job.name: {
            "state": result.state,
            "error": result.error,
            "seconds": result.seconds,
            "parameters": dict(job.parameters),
            "source_sha256": manifest.sha256(job.path),
            "executed_sha256": manifest.sha256(stage / f"{job.name}.ipynb"),
        }
        for job, result in zip(jobs, results, strict=True)
    }
    return {
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "data": {
            "name": examined.name,
            "place": _place(request.data),
            "files": examined.files,
            "sha256": manifest.data_hash(examined.files),
        },
        "period": examined.period,
        "base": examined.base,
        "compare": request.compare,
        "locale": request.locale,
        "notebooks": made,
        "tests": {"number": family.n_tests, "false_discovery_rate": family.alpha},
        "versions": manifest.versions(),
    }


def _place(data: Path) -> str:
    """Where the data lie as seen from the working folder; nothing if that would tell of the machine."""
    try:
        return data.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return ""
