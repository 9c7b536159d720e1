"""The command line: `cxkit COMMAND …`. Each command is a module with `add_parser(subparsers)` and `run(arguments) -> exit code`.

Those modules import what they need when they run, so that `cxkit --help` and a mistyped option answer at once.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from cxkit import __version__
from cxkit.errors import CxError, did_you_mean

COMMANDS = (
    "cxkit.report.command",
    "cxkit.report.verify_command",
    "cxkit.metrics.command",
    "cxkit.sample.command",
    "cxkit.importers.command",
)


class Parser(argparse.ArgumentParser):
    """Says which option or command was probably meant."""

    def error(self, message: str) -> NoReturn:
        known = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                known += list(action.choices)
        wrong = re.search(r"(?:arguments: |choice: ')(-*[\w-]+)", message)
        hint = did_you_mean(wrong[1], known) if wrong else ""
        self.exit(2, f"{self.prog}: {message}.{hint}\n")


def make_parser() -> Parser:
    """The parser of all commands."""
    parser = Parser(
        prog="cxkit", description="Customer-experience figures: right numbers, beautiful reports.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"cxkit {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    for name in COMMANDS:
        import_module(name).add_parser(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns
    -------
    int
        0 done, 1 done but something failed or differs, 2 bad data or arguments (told on stderr, without a traceback).
    """
    parser = make_parser()
    given, unknown = parser.parse_known_args(arguments)
    if unknown:
        subparser = next(
            action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
        ).choices[given.command]
        subparser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        return given.run(given)
    except CxError as error:
        print(f"cxkit {given.command}: {str(error).removeprefix(f'cxkit {given.command}: ')}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
