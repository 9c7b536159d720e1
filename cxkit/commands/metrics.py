"""`cxkit metrics`: the catalogue, and what a data set switches on."""

import argparse
import json
import textwrap

from cxkit.catalogue.page import describe
from cxkit.metric import Declared, areas, find


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("id", nargs="*", help="only these metrics")
    parser.add_argument("--json", action="store_true", help="as JSON, for other programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the catalogue."""
    chosen = find(args.id) if args.id else [metric for metrics in areas().values() for metric in metrics]
    if args.json:
        print(json.dumps([describe(metric) for metric in chosen], indent=2, ensure_ascii=False))
    else:
        print("\n\n".join(_text(metric) for metric in chosen))
    return 0


def _text(metric: Declared) -> str:
    said = describe(metric)
    each = f"  for each {said['each']}" if said["each"] else ""
    facts = {
        "is": metric.definition,
        "formula": f"{metric.formula}{each}  over {said['view']}" if said["view"] else f"computed by {metric.formula}",
        "unit": f"{metric.unit}, better {metric.better}" + (f", recipe {said['recipe']}" if said["recipe"] else ""),
        "rows": str(said["rows"]),
        "python": str(said["python"]),
        "source": metric.source,
        "needs": ", ".join(metric.needs),
        "differs": metric.differs,
    }
    lines = [
        textwrap.fill(value, 100, initial_indent=f"  {name:8} ", subsequent_indent=" " * 11)
        for name, value in facts.items()
        if value
    ]
    return "\n".join([f"{metric.id} · {metric.title}", *lines])
