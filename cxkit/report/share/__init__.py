"""A report to hand on: one zip, one page, a workbook, a deck, a PDF. Each is made from what the report's folder keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from cxkit.report import collect, manifest
from cxkit.report.format import Style


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
    def style(self) -> Style:
        """Locale and currency of its numbers."""
        facts = (collect.first(notebook, "facts") for notebook in self.notebooks.values())
        currency = next((found["currency"] for found in facts if found.get("currency")), "EUR")
        return Style(self.content.get("locale", "en"), currency)


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
