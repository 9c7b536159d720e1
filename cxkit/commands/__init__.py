"""The command line: `cxkit COMMAND …` imports the module of the command that was asked for, and runs it.

A command is a module with `add_options(parser)`, which sets `run`, which gives the exit code. The others are not imported, so that
`cxkit --help` and a mistyped word answer at once.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from cxkit import __version__
from cxkit.errors import CxError, did_you_mean

#: Command: its module, and what it does in a line.
COMMANDS = {
    "report": ("cxkit.commands.report", "run the notebooks on a data set and write their pages"),
    "verify": ("cxkit.commands.verify", "run an archived report again and say which numbers moved"),
    "check": ("cxkit.commands.check", "say what a data set holds, what is wrong with it and which metrics it carries"),
    "new": ("cxkit.commands.new", "start a notebook of one's own"),
    "bundle": ("cxkit.commands.bundle", "make one file of a report, to hand on"),
    "diff": ("cxkit.commands.diff", "say which figures differ between two reports"),
    "metrics": ("cxkit.commands.metrics", "list every metric with definition, formula, source and needs"),
    "sample": ("cxkit.commands.sample", "write the synthetic sample company"),
    "import": ("cxkit.commands.import_", "bring in the files that other tools export"),
    "forget": ("cxkit.commands.forget", "remove persons from every table of a data set"),
}


class Parser(argparse.ArgumentParser):
    """Says which option or command was probably meant."""

    def error(self, message: str) -> NoReturn:
        known = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
        wrong = re.search(r"(?:arguments: |choice: ')(-*[\w-]+)", message)
        hint = did_you_mean(wrong[1], [*known, *COMMANDS]) if wrong else ""
        self.exit(2, f"{self.prog}: {message}.{hint}\n")


def make_parser(asked: str = "") -> tuple[Parser, dict[str, argparse.ArgumentParser]]:
    """The parser of all commands, and theirs; the options of `asked` alone are known."""
    parser = Parser(
        prog="cxkit", description="Customer-experience figures: right numbers, beautiful reports.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"cxkit {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    for name, (module, what) in COMMANDS.items():
        command = subparsers.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
        if name == asked:
            import_module(module).add_options(command)
    return parser, dict(subparsers.choices)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns
    -------
    int
        0 done, 1 done but something failed or differs, 2 bad data or arguments (told on stderr, without a traceback).
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser, commands = make_parser(arguments[0] if arguments else "")
    given, unknown = parser.parse_known_args(arguments)
    if unknown:
        commands[given.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        return given.run(given)
    except CxError as error:
        name = f"cxkit {given.command}: "
        print(name + str(error).removeprefix(name), file=sys.stderr)
        return 2
    except BrokenPipeError:  # `cxkit metrics | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
