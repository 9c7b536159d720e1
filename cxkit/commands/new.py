"""`cxkit new NAME`: a notebook of one's own, complete from the first run."""

import argparse
import re
from pathlib import Path

from cxkit.errors import ArgumentError

CELLS = (
    ("", "# {title}\n\n> Which question does this page answer?"),
    ("parameters", 'data = "data/sample"\nperiod = "last-month"\ncompare = "previous"\nsegment = ""\nconf_level = 0.95'),
    ("setup", "import cxkit as cx\nfrom cxkit.areas import value\n\nreport = cx.open_report(data, period, compare, segment, conf_level)"),
    ("", "## In short"),
    ("code", "report.headline(value.ORDERS, value.AVERAGE_ORDER_VALUE)"),
    ("code", "report.findings()"),
    ("", "## Day by day"),
    ("code", "report.trend(value.ORDERS)"),
    ("", "## Every figure of the period"),
    ("code", "report.table(report.measure([value.NET_REVENUE, value.PURCHASE_FREQUENCY]))"),
    ("", "## What this cannot tell you"),
    ("code", 'report.note("Say here what a reader might conclude and should not.")'),
    ("", "## Data quality"),
    ("code", "report.data_quality()"),
    ("", "## Definitions"),
    ("code", "report.definitions()"),
)  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("name", metavar="NAME", help="file name without .ipynb, such as baskets")
    parser.add_argument("--title", default="", help="the page's title (default: the name)")
    parser.add_argument(
        "--notebooks", type=Path, default=Path("notebooks"), metavar="DIR", help="where it goes (default: notebooks)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the notebook and say what to do next."""
    path = make(arguments.notebooks, arguments.name, arguments.title)
    print(path)
    print(f"Edit it in JupyterLab. Its page: cxkit report --data DIR --period last-month --only {arguments.name}")
    return 0


def make(folder: Path, name: str, title: str = "") -> Path:
    """Write a notebook.

    Raises
    ------
    ArgumentError
        A name that makes no file or address, a notebook of that name, no such folder.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name) or name == "index":
        raise ArgumentError(
            f"the name {name!r} does not do: small letters, digits, - and _, such as baskets; and not index."
        )
    path = folder / f"{name}.ipynb"
    if path.exists():
        raise ArgumentError(f"{path} is there already. Choose another name.")
    if not folder.is_dir():
        raise ArgumentError(
            f"there is no folder {folder}. Change into the project's folder, or name one with --notebooks."
        )
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    title = title or name.replace("_", " ").replace("-", " ").capitalize()
    cells = []
    for number, (kind, source) in enumerate(CELLS):
        tags = {"tags": [kind]} if kind in ("parameters", "setup") else {}
        if kind:
            cells.append(new_code_cell(source, metadata=tags, id=f"{name}-{number}"[-64:]))
        else:
            cells.append(new_markdown_cell(source.replace("{title}", title), id=f"{name}-{number}"[-64:]))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(
        new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}}), path
    )
    return path
