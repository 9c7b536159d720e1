"""A report to hand on: one zip, one page, a workbook, a deck, a PDF. Each is made from what the report's folder keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cxkit.period import Period
from cxkit.report.kept import collect, manifest
from cxkit.report.kept.earlier_report import read_rows
from cxkit.report.wording.format import Style

KEY = ("metric_id", "segment", "period", "base_period")  # of a figure within a report


@dataclass(frozen=True)
class Shared:
    """A report as it is read for handing on.

    Attributes
    ----------
    folder : Path
    content : mapping
        Its manifest.
    notebooks : mapping
        The executed notebooks by name.
    """

    folder: Path
    content: Mapping[str, Any]
    notebooks: Mapping[str, NotebookNode]

    @property
    def name(self) -> str:
        """What files made from it are called: data set and period."""
        return f"{self.content['data']['name']}-{self.content['period']}"

    @property
    def made(self) -> datetime:
        """When the report was made, in UTC, without zone as office files want it."""
        return datetime.fromisoformat(str(self.content["made_at"]).rstrip("Z"))

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What the report is about, as the first notebook that got so far tells it."""
        return next((found for notebook in self.notebooks.values() if (found := collect.first(notebook, "facts"))), {})

    @property
    def title(self) -> str:
        """The company's name for its data."""
        return str(self.facts.get("title") or self.content["data"]["name"])

    @property
    def periods(self) -> tuple[str, str]:
        """Names of the period and of what it is compared with: "October 2026", "September 2026"; the second may be empty."""
        base = self.content["base"]
        return self._named("period", self.content["period"]), self._named("base", base) if base else ""

    def _named(self, which: str, label: str) -> str:
        said = str((self.facts.get(which) or {}).get("title") or Period.parse(label).title)
        return said[:1].upper() + said[1:]

    @property
    def style(self) -> Style:
        """Locale and currency of its numbers."""
        return Style(self.content.get("locale", "en"), self.facts.get("currency") or "EUR")

    @cached_property
    def rows(self) -> Sequence[Mapping[str, str]]:
        """Every figure as `metrics.csv` has it, its texts without the quote that protects them there."""
        return [{name: unquoted(text) for name, text in row.items()} for row in read_rows(self.folder)]

    @cached_property
    def verdicts(self) -> Mapping[tuple[str, ...], str]:
        """Verdicts as the whole report gave them."""
        return {_key(row): row.get("verdict") or "" for row in self.rows}

    def decide(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A measured row with the verdict of the whole report."""
        return {**row, "verdict": self.verdicts.get(_key(row)) or row.get("verdict")}

    def state(self, name: str) -> str:
        """What is wrong with a notebook's numbers; nothing if all is well."""
        entry = self.content["notebooks"][name]
        why = str(entry.get("error") or "it did not run").rstrip(".")
        if entry["state"] == "stale":
            return f"of {str(entry.get('made_at'))[:10]}: the run after it failed ({why}), so these numbers may be out of date"
        return "" if entry["state"] == "done" else f"failed ({why}): its figures are missing or not complete"

    @property
    def warnings(self) -> list[str]:
        """A sentence for each notebook that failed or is of an earlier run."""
        return [said for name in self.content["notebooks"] if (said := self.warning(name))]

    def warning(self, name: str) -> str:
        """What is wrong with a notebook's numbers as a sentence."""
        state = self.state(name)
        return f"{self.heading(name)} {'is ' if state.startswith('of') else ''}{state}." if state else ""

    def heading(self, name: str) -> str:
        """A notebook's first heading; its name if it has none."""
        return title(self.notebooks[name], name) if name in self.notebooks else name


def read(folder: Path) -> Shared:
    """Read a report.

    Raises
    ------
    ArgumentError
        No report, or a damaged one.
    """
    content = manifest.read(folder)
    paths = {name: folder / f"{name}.ipynb" for name in content["notebooks"]}
    notebooks = {name: nbformat.read(path, as_version=4) for name, path in paths.items() if path.is_file()}
    return Shared(folder, content, notebooks)


def title(notebook: NotebookNode, name: str) -> str:
    """The notebook's first heading."""
    lines = (line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return next((line[2:].strip() for line in lines if line.startswith("# ")), name)


def unquoted(text: str) -> str:
    """A text of a CSV file without the quote that keeps programs from running it.

    Examples
    --------
    >>> unquoted("'=1+1"), unquoted("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@\t\r\n") else text


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name) or "") for name in KEY)
