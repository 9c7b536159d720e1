"""`cxkit sample`: write the sample company into a folder."""

import argparse
from pathlib import Path

from cxkit.errors import ArgumentError
from cxkit.sample.company import SEED


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--out", required=True, metavar="DIR", help="new or empty folder for the tables")
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help=f"the same seed gives the same data (default {SEED})"
    )
    parser.add_argument(
        "--size",
        choices=["small", "medium", "large"],
        default="small",
        help="150 thousand events (default), 1 million, or with --events as many as you like: events, orders and customers alone",
    )
    parser.add_argument(
        "--events", type=int, metavar="N", help="events of --size large, 10 million unless given, at most 100 million"
    )
    parser.add_argument("--dirty", action="store_true", help="plant one of each fault and list them in faults.yml")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the sample; 0 when it is there."""
    from cxkit.sample.build import build
    from cxkit.sample.dirty import write_dirty
    from cxkit.sample.large import write_large
    from cxkit.sample.write import write

    folder = _checked(args)
    if args.size == "large":
        rows = write_large(folder, args.seed, args.events or 10_000_000)
    else:
        sample = build(args.size, args.seed)
        if args.dirty:
            print(f"{len(write_dirty(sample, folder))} faults are planted; they stand in faults.yml")
        else:
            write(sample, folder)
        rows = {name: len(frame) for name, frame in sample.tables.items()}
    print(
        f"{folder}: "
        + ", ".join(f"{name} {n:,}" for name, n in rows.items())
        + "; what was planted stands in truth.yml"
    )
    return 0


def _checked(args: argparse.Namespace) -> Path:
    from cxkit.sample.large import MOST_EVENTS

    folder = Path(args.out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArgumentError(f"--out {folder}: is there already and is no empty folder. Name a new one.")
    if args.seed < 0:
        raise ArgumentError(f"--seed {args.seed}: expected a whole number of 0 or more.")
    if args.events is not None and args.size != "large":
        raise ArgumentError(f"--events goes with --size large, not with --size {args.size}.")
    if args.events is not None and not 1_000 <= args.events <= MOST_EVENTS:
        raise ArgumentError(f"--events {args.events}: expected 1,000 to {MOST_EVENTS:,}.")
    if args.dirty and args.size != "small":
        raise ArgumentError("--dirty goes with --size small.")
    return folder
