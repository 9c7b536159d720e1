"""Reading blocks and measured rows back from an executed notebook."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from nbformat import NotebookNode

from cxkit.blocks import MIME
from cxkit.measurement.family import key
from cxkit.report.wording.context import rows_of
from cxkit.report.wording.words import Row

Json = dict[str, Any]


def blocks(notebook: NotebookNode) -> Iterator[Json]:
    """The JSON of every block that the notebook shows, in order."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            block = output.get("data", {}).get(MIME)
            if isinstance(block, dict) and "block" in block:
                yield block


def first(notebook: NotebookNode, kind: str) -> Json:
    """The first block of a kind, or an empty one."""
    return next((block for block in blocks(notebook) if block["block"] == kind), {})


def measured(notebook: NotebookNode) -> list[Json]:
    """Every row that was measured and shown, each comparison once."""
    rows: dict[tuple[str, ...], Json] = {}
    for block in blocks(notebook):
        if "measurements" in block:
            for row in rows_of(block["measurements"]):
                rows.setdefault(key(row), row)
    return list(rows.values())


def base_name(notebook: NotebookNode) -> str:
    """What changes are told against: "September"."""
    return next((name for block in blocks(notebook) if (name := block.get("base_name"))), "")


def targets(notebook: NotebookNode) -> dict[str, float]:
    """What `dataset.yml` asks of the figures that the notebook shows."""
    return {name: goal for block in blocks(notebook) for name, goal in (block.get("targets") or {}).items()}


def over(notebooks: Iterable[NotebookNode], decide: Callable[[Row], Row]) -> tuple[list[Row], dict[str, float]]:
    """What several notebooks measured, each comparison once and with its verdict, and what is asked of it."""
    rows: dict[tuple[str, ...], Row] = {}
    goals: dict[str, float] = {}
    for notebook in notebooks:
        goals |= targets(notebook)
        for row in measured(notebook):
            rows.setdefault(key(row), decide(row))
    return list(rows.values()), goals


def headline(notebook: NotebookNode) -> list[Json]:
    """The rows on the headline cards."""
    found = (rows_of(block["measurements"]) for block in blocks(notebook) if block["block"] == "headline")
    return [row for rows in found for row in rows]


def headline_ids(notebook: NotebookNode) -> list[str]:
    """Ids of the metrics on the headline cards."""
    return [row["metric_id"] for row in headline(notebook)]


def numbered(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """The cells with the numbers that they have in the notebook as it was written: injected parameters are not counted."""
    number = 0
    for cell in notebook.cells:
        number += "injected-parameters" not in cell.metadata.get("tags", [])
        yield number, cell


def fitted(notebook: NotebookNode) -> dict[str, float]:
    """Tolerances of what is fitted: by metric id, or by the caption of a table or chart."""
    found: dict[str, float] = {}
    for block in blocks(notebook):
        stated = block.get("fitted") or {}
        found |= stated if isinstance(stated, dict) else {str(block.get("caption") or block["block"]): stated}
    return found


def error_of(notebook: NotebookNode) -> Json:
    """The first error that stopped the notebook: `cell` (counted from 1), `name`, `message`, `traceback`; empty if none."""
    for number, cell in numbered(notebook):
        if "raises-exception" in cell.metadata.get("tags", []):
            continue
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                lines = "\n".join(output.get("traceback", []))
                return {"cell": number, "name": output.ename, "message": output.evalue, "traceback": lines}
    return {}
