"""`cxkit report`: run the notebooks on a data set and write their pages."""

import argparse
from pathlib import Path

from cxkit.errors import ArgumentError
from cxkit.report.run.lean import keep_to_one_thread, leave_out_grammars


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.epilog = "Exit code 0: all done, 1: some failed, 2: bad data or arguments."
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the data set")
    parser.add_argument("--period", help="2026-10, 2026-W40, 2026-Q3, 2026, 2026-10-01..2026-10-15, last-month, …")
    parser.add_argument("--compare", default="previous", help="previous (default), year, none, or a period of its own")
    parser.add_argument("--only", default="", metavar="A,B", help="these notebooks only")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("reports"),
        metavar="DIR",
        help="where the report's folder goes (default: reports)",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=0,
        metavar="N",
        help="notebooks at a time (default: one more than there are processors, as a kernel that starts or stops leaves its own idle)",
    )
    parser.add_argument(
        "-p",
        dest="parameters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another parameter of a notebook",
    )
    parser.add_argument(
        "--notebooks",
        type=Path,
        default=Path("notebooks"),
        metavar="DIR",
        help="folder of notebooks (default: notebooks)",
    )
    parser.add_argument("--locale", default="en", help="how numbers are written, such as de or pt_BR (default: en)")
    parser.add_argument(
        "--cell-seconds", type=int, default=600, metavar="S", help="time limit of a cell (default: 600)"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="run every notebook, also those whose data, parameters and code are the same",
    )
    parser.add_argument(
        "--export",
        type=Path,
        default=None,
        metavar="DIR",
        help="also write scores a customer (value, P(alive), churn risk) to a folder outside --out; they are not for sharing",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the report and say where it is."""
    if arguments.data is None or arguments.period is None:
        raise ArgumentError(
            "it needs --data and --period, for example: cxkit report --data data/sample --period last-month"
        )
    if arguments.export and arguments.export.resolve().is_relative_to(arguments.out.resolve()):
        raise ArgumentError(
            f"--export {arguments.export}: scores of single customers must lie outside the folder of shared reports, {arguments.out}."
        )
    keep_to_one_thread()
    leave_out_grammars()
    from cxkit.report.run.request import Request
    from cxkit.report.run.run import run_report

    request = Request(
        data=arguments.data,
        period=arguments.period,
        compare=arguments.compare,
        only=[name.strip() for name in arguments.only.split(",") if name.strip()],
        out=arguments.out,
        jobs=arguments.jobs,
        parameters=arguments.parameters,
        notebooks=arguments.notebooks,
        locale=arguments.locale,
        cell_seconds=arguments.cell_seconds,
        force=arguments.force,
    )
    outcome = run_report(request)
    for result in outcome.results:
        print(
            f"{result.name:<16} {result.seconds:6.1f} s  {result.state}" + (f": {result.error}" if result.error else "")
        )
    print(outcome.folder / "index.html")
    if arguments.export:
        _export(arguments)
    return 1 if outcome.failed else 0


def _export(arguments: argparse.Namespace) -> None:
    from cxkit.commands.customer_scores import customer_scores, write_scores
    from cxkit.dataset.source import open_data
    from cxkit.period import Period
    from cxkit.report.notebook.covered import coverage

    source = open_data(arguments.data)
    until = Period.parse(arguments.period, coverage(source)).last_day
    for path in write_scores(customer_scores(source, until), arguments.export):
        print(path)
