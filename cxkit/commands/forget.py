"""`cxkit forget`: remove persons from the files of a data set, and say how many rows that took."""

import argparse

from cxkit.dataset.forget import forget


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("customer", nargs="+", metavar="CUSTOMER", help="customer_id of a person to remove")
    parser.add_argument(
        "--data", required=True, metavar="DIR", help="the folder with the tables; its files are rewritten"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Remove, and print the counts."""
    counts = forget(args.data, args.customer)
    for _, file, removed, mentions in counts.to_numpy().tolist():
        if removed or mentions:
            emptied = f", {mentions:,} mentions emptied" if mentions else ""
            print(f"{file}: {removed:,} rows removed{emptied}")
    print(
        f"{counts.rows_removed.sum():,} rows removed in all. Reports made before still hold sums over them; run them again."
    )
    return 0
