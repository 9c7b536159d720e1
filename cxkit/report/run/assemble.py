"""From executed notebooks to a report folder: pages, index, metrics.csv, rejects.csv, manifest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cxkit import __version__
from cxkit.dataset.quality import REJECT_COLUMNS
from cxkit.period import Period
from cxkit.report.kept import collect, manifest
from cxkit.report.kept.earlier_report import Archive, read_rows
from cxkit.report.kept.family import RunFamily
from cxkit.report.page.index import Entry, render_index
from cxkit.report.page.render import Page, Run, render_page
from cxkit.report.run.examine import Examined
from cxkit.report.run.plan import Job
from cxkit.report.run.request import Request
from cxkit.report.run.reuse import Earlier
from cxkit.report.run.worker import Result
from cxkit.report.wording.files import write_csv
from cxkit.report.wording.format import Style
from cxkit.row import CHANGE_COLUMNS, COLUMNS, VERDICT_COLUMNS

METRIC_COLUMNS = ("notebook", *COLUMNS, *CHANGE_COLUMNS, *VERDICT_COLUMNS)


@dataclass(frozen=True)
class Made:
    """What a run has made so far, and what it knows.

    Attributes
    ----------
    stage : Path
        Folder with the executed notebooks.
    jobs, results
        In the same order.
    earlier : Earlier
        The report that will be replaced.
    stamps, stamp
        Of each notebook by its name, and of the run, see `cxkit.report.run.reuse`.
    """

    stage: Path
    jobs: Sequence[Job]
    results: Sequence[Result]
    examined: Examined
    request: Request
    earlier: Earlier
    stamps: Mapping[str, str]
    stamp: str


def assemble(made: Made) -> list[Result]:
    """Write everything of a report beside its executed notebooks.

    Returns
    -------
    list of Result
        As given; a notebook whose page has something to refuse has failed, and one that failed where an earlier page is good is stale.
    """
    stage = made.stage
    notebooks = {job.name: _read(stage / f"{job.name}.ipynb", job) for job in made.jobs}
    results = _settled(made.results, notebooks, made)
    run, pages = _pages(results, notebooks, made)
    judged = [_judged(result, pages[result.name].problems) for result in results]
    if judged != results:  # what failed is no part of the family of tests: the pages of the others change
        results = _settled(judged, notebooks, made)
        run, pages = _pages(results, notebooks, made)
    fresh = _fresh(results, notebooks)
    for name, page in pages.items():
        (stage / f"{name}.html").write_text(page.html, encoding="utf-8")
    files = _write_files(stage, fresh, run.family, made.examined)
    entries = [
        Entry(
            result.name,
            pages[result.name].title,
            pages[result.name].question,
            result.error,
            notebooks[result.name],
            result.state == "stale",
        )
        for result in results
    ]
    index = render_index(entries, run, made.examined.title, made.examined.period_title, files, _around(made))
    (stage / "index.html").write_text(index, encoding="utf-8")
    _tidy(stage / "logs")
    manifest.write(stage, _manifest(made, results, run.family, notebooks))
    return results


def _around(made: Made) -> list[tuple[str, str]]:
    """Addresses of what stands beside the report: the index of all, the report of the base."""
    out, base = made.request.out, made.examined.base
    found = [("../index.html", "All periods")] if (out / "index.html").is_file() else []
    if base and (out / base / "index.html").is_file():
        found.append((f"../{base}/index.html", f"Report of {Period.parse(base).title}"))
    return found


def _style(notebooks: Mapping[str, NotebookNode], locale: str) -> Style:
    return Style(locale, _currency(notebooks) or "EUR")


def _currency(notebooks: Mapping[str, NotebookNode]) -> str:
    currencies = (collect.first(notebook, "facts").get("currency") for notebook in notebooks.values())
    return next(filter(None, currencies), None) or ""


def _settled(results: Sequence[Result], notebooks: dict[str, NotebookNode], made: Made) -> list[Result]:
    """The results; where a notebook failed and its earlier page is good, that one takes its place."""
    settled = []
    for result in results:
        if result.state == "failed" and made.earlier.is_good(result.name):
            _keep(result.name, made.stage, made.earlier)
            notebooks[result.name] = nbformat.read(made.stage / f"{result.name}.ipynb", as_version=4)
            result = replace(result, state="stale")
        settled.append(result)
    return settled


def _fresh(results: Sequence[Result], notebooks: Mapping[str, NotebookNode]) -> dict[str, NotebookNode]:
    return {result.name: notebooks[result.name] for result in results if result.state != "stale"}


def _pages(results: Sequence[Result], notebooks: Mapping[str, NotebookNode], made: Made) -> tuple[Run, dict[str, Page]]:
    """All pages, by the name of their notebook, and what they know of each other."""
    fresh, base = _fresh(results, notebooks), made.examined.base
    archive = Archive(read_rows(made.request.out / base)) if base else Archive()
    family = RunFamily(_rows(fresh), archive, _style(fresh, made.request.locale))
    run = Run(family, made.request.locale, _foot(made.examined))
    return run, {result.name: _page(result, notebooks[result.name], run, made) for result in results}


def _keep(name: str, stage: Path, earlier: Earlier) -> None:
    """The last good notebook takes the place of the failed one, which goes to the logs."""
    (stage / "logs").mkdir(exist_ok=True)
    (stage / f"{name}.ipynb").replace(stage / "logs" / f"{name}.ipynb")
    earlier.copy(name, stage)


def _page(result: Result, notebook: NotebookNode, run: Run, made: Made) -> Page:
    folder = next(job.path.parent for job in made.jobs if job.name == result.name)
    if result.state != "stale":
        return render_page(notebook, run, result.error, folder)
    then = made.earlier.made_at(result.name)
    stale = f"This page is of {then}. The run after it failed ({result.error.rstrip('.')}), so these numbers may be out of date."
    return render_page(notebook, run, folder=folder, stale=stale)


def _read(path: Path, job: Job) -> NotebookNode:
    """The executed notebook; the one that was to be executed if nothing came of it."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError):
        notebook = nbformat.read(job.path, as_version=4)
        nbformat.write(notebook, path)
        return notebook


def _judged(result: Result, problems: Sequence[str]) -> Result:
    if result.state in ("done", "unchanged") and problems:
        return replace(result, state="failed", error="; ".join(problems))
    return result


def _rows(notebooks: Mapping[str, NotebookNode]) -> Iterator[dict[str, Any]]:
    for name, notebook in notebooks.items():
        for row in collect.measured(notebook):
            yield {**row, "notebook": name}


def _write_files(
    stage: Path, notebooks: Mapping[str, NotebookNode], family: RunFamily, examined: Examined
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


def _foot(examined: Examined) -> str:
    digest = manifest.data_hash(examined.files)
    return f"cxkit {__version__} · data sha256 {digest[:8]}… · to check these numbers: cxkit verify and the name of this folder"


def _manifest(
    made: Made, results: Sequence[Result], family: RunFamily, notebooks: Mapping[str, NotebookNode]
) -> dict[str, Any]:
    examined, request = made.examined, made.request
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "made_at": now,
        "data": {
            "name": examined.name,
            "title": examined.title,
            "place": request.place,
            "files": examined.files,
            "sha256": manifest.data_hash(examined.files),
        },
        "period": examined.period,
        "base": examined.base,
        "compare": request.compare,
        "locale": request.locale,
        "currency": _currency(notebooks),
        "notebooks": {
            job.name: _entry(made, job, result, now, notebooks[job.name])
            for job, result in zip(made.jobs, results, strict=True)
        },
        "tests": {"number": family.n_tests, "false_discovery_rate": family.alpha},
        "versions": manifest.versions(),
        "stamp": made.stamp,
        "files": {path.name: manifest.sha256(path) for path in sorted(made.stage.iterdir()) if path.is_file()},
    }


def _entry(made: Made, job: Job, result: Result, now: str, notebook: NotebookNode) -> dict[str, Any]:
    """What the manifest says of a notebook; of one that was not run anew, what it said then."""
    if result.state == "unchanged":
        return dict(made.earlier.notebooks[job.name])
    if result.state == "stale":
        then = made.earlier.notebooks[job.name]
        return {
            **then,
            "state": "stale",
            "error": result.error,
            "made_at": then.get("made_at") or made.earlier.content["made_at"],
        }
    return {
        "state": result.state,
        "error": result.error,
        "seconds": result.seconds,
        "made_at": now,
        "parameters": dict(job.parameters),
        "stamp": made.stamps[job.name],
        "headline": collect.headline_ids(notebook),
        "fitted": collect.fitted(notebook),
        "source_sha256": manifest.sha256(job.path),
        "executed_sha256": manifest.sha256(made.stage / f"{job.name}.ipynb"),
    }
