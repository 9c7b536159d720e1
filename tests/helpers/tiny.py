"""A tiny shop and tiny notebooks, to run for real."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import nbformat.v4 as v4

PARAMETERS = 'data = "shop"\nperiod = "2026-02"\ncompare = "previous"\nsegment = ""\nconf_level = 0.95'
SETUP = "import cxkit as cx\nfrom cxkit.areas.value import orders\nreport = cx.open_report(data, period, compare, segment, conf_level)"


def write_shop(folder: Path, bad_row: bool = False) -> Path:
    """Two months of orders of eighty customers."""
    folder.mkdir(parents=True)
    chance = random.Random(1)
    lines = ["order_id,customer_id,ordered_at,status,net_amount,currency"]
    first = datetime(2026, 1, 1, 10, tzinfo=UTC)
    for number in range(400):
        moment = first + timedelta(hours=chance.randrange(59 * 24))
        amount = 20 + 30 * chance.random() + (10 if moment.month == 2 else 0)
        lines.append(f"o{number},c{chance.randrange(80)},{moment.isoformat()},completed,{amount:.2f},EUR")
    if bad_row:
        lines.append("o1,c1,2026-01-05T10:00:00+00:00,completed,much,EUR")
    (folder / "orders.csv").write_text("\n".join(lines) + "\n")
    settings = "title: Tiny shop\ntimezone: Europe/Warsaw\ncurrency: EUR\ntables:\n  orders: {from: 2026-01-01, to: 2026-02-28}\n"
    (folder / "dataset.yml").write_text(settings)
    return folder


def write_notebook(folder: Path, name: str, *sources: str, setup: str = SETUP) -> Path:
    """A notebook of code cells; a source that starts with # is prose."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = [
        v4.new_markdown_cell(f"# {name.capitalize()}\n\n> Does it work?"),
        v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
        v4.new_code_cell(setup, metadata={"tags": ["setup"]}),
    ]
    cells += [
        v4.new_markdown_cell(source) if source.startswith("#") else v4.new_code_cell(source) for source in sources
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    path = folder / f"{name}.ipynb"
    nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


GOOD = (
    "## In short",
    "report.headline(orders.AVERAGE_ORDER_VALUE, orders.ORDERS)",
    "report.findings()",
    "## Data quality",
    "report.data_quality()",
    "## Definitions",
    "report.definitions()",
)
