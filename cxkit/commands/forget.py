"""`cxkit forget`: remove persons from the files of a data set, after saying how many rows that takes."""

import argparse
import sys

from cxkit.dataset.forget import forget, plan
from cxkit.errors import ArgumentError


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("customer", nargs="+", metavar="CUSTOMER", help="customer_id of a person to remove")
    parser.add_argument(
        "--data", required=True, metavar="DIR", help="the folder with the tables; its files are rewritten"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before the files are rewritten")
    parser.add_argument(
        "--force", action="store_true", help="even more than 1 %% of the customers, or 1,000 rows for each id"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the counts, ask, and remove."""
    removal = plan(args.data, args.customer, force=args.force)
    for table, file, removed, mentions in removal.counts.to_numpy().tolist():
        if removed or mentions:
            emptied = f", {mentions:,} mentions to empty" if mentions else ""
            print(f"{table} ({file}): {removed:,} rows to remove{emptied}")
    rows = f"{removal.counts.rows_removed.sum():,} rows"
    if not args.yes and not _agreed(
        f"Remove {rows} from the files of {args.data}? They cannot be brought back. [y/N] "
    ):
        print("Nothing was changed.")
        return 1
    forget(removal)
    print(f"{rows} removed in all. Reports made before still hold sums over them; run them again.")
    return 0


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise ArgumentError("nobody is here to be asked. Nothing was changed. Look at the counts, then add --yes.")
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False
