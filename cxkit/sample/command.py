"""`cxkit sample`: write the sample company into a folder."""

import argparse
from pathlib import Path
from typing import Any

from cxkit.errors import ArgumentError


def add_parser(subparsers: Any) -> None:
    """Add `sample` to the command line."""
    parser = subparsers.add_parser("sample", help="write the synthetic sample company", description=__doc__)
    parser.add_argument("--out", required=True, metavar="DIR", help="new or empty folder for the tables")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="the same seed gives the same data (default 1)"
    )
    parser.add_argument(
        "--size", choices=["small", "medium"], default="small", help="about 100 thousand or 1 million events"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the sample; 0 when it is there."""
    from cxkit.sample.build import build
    from cxkit.sample.write import write

    folder = Path(args.out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArgumentError(f"--out {folder}: is there already and not an empty folder. Name a new one.")
    sample = build(args.size, args.seed)
    write(sample, folder)
    rows = ", ".join(f"{name} {len(frame):,}" for name, frame in sample.tables.items())
    print(f"{folder}: {rows}; what was planted stands in truth.yml")
    return 0
