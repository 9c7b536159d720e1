"""`cxkit diff`: which figures differ between two reports, and why they may."""

import argparse
from pathlib import Path


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.epilog = "Exit code 0: none, 1: some, 2: one is no report."
    parser.add_argument("one", type=Path, metavar="DIR", help="folder of a report")
    parser.add_argument("other", type=Path, metavar="DIR", help="folder of the report to hold beside it")
    parser.add_argument(
        "--rtol", type=float, default=1e-6, metavar="R", help="relative difference to let pass (default: 1e-6)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the figures that differ."""
    from cxkit.report.archive.compare_reports import diff

    return diff(arguments.one, arguments.other, arguments.rtol)
