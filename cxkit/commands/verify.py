"""`cxkit verify`: run an archived report again and say which numbers moved."""

import argparse
from pathlib import Path

from cxkit.report.run.lean import keep_to_one_thread, leave_out_grammars


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.epilog = "Exit code 0: same, 1: differs, 2: cannot be verified."
    parser.add_argument("report", type=Path, metavar="DIR", help="folder of the report")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the data set, where it has moved")
    parser.add_argument("--only", default="", metavar="A,B", help="these notebooks only")
    parser.add_argument("--force", action="store_true", help="verify although the data are not those of the report")
    parser.add_argument(
        "--rtol", type=float, default=0.0, metavar="R", help="relative difference to let pass (default: 0)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify, and say in words what differs."""
    keep_to_one_thread()
    leave_out_grammars()
    from cxkit.report.archive.verify import verify

    only = [name.strip() for name in arguments.only.split(",") if name.strip()]
    return verify(arguments.report, data=arguments.data, only=only, force=arguments.force, rtol=arguments.rtol)
