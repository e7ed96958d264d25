"""The terminal interface: `greenlab doctor | run | advise | report | card | export |
forget | calibrate`.

Exit codes: 0 all is well; 1 there is nothing to show, or something is wrong (a part without
figures, a cell that failed); 2 the input was wrong; 130 interrupted. Each command is one file,
named in `COMMANDS`; reports are named in `greenlab/reports`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final, Protocol

from greenlab import optional_dependencies
from greenlab.cli import advise, calibrate, doctor, export, forget, report, run, safe_output
from greenlab.cli.base_report_command import ReportCommand
from greenlab.cli.errors import CommandError, FailedError, Terminated, UsageError
from greenlab.reports import REPORTS

INTERRUPTED: Final = 130
SIGNALLED: Final = 128  # and the signal's number, as shells have it


class Command(Protocol):
    """A module that is one command."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments; the help is made from them."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it and give the exit code.

        Raises:
            CommandError: the input is wrong, or the command failed; its text says what to do.
        """


COMMANDS: Final[tuple[Command, ...]] = (
    doctor,
    run,
    advise,
    report,
    *map(ReportCommand, REPORTS),
    export,
    forget,
    calibrate,
)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(
        prog="greenlab",
        description="An energy meter for notebooks. %load_ext greenlab measures cells "
        "in JupyterLab; these commands work without it.",
        epilog="greenlab COMMAND --help shows more. Exit codes: 0 success; 1 nothing to "
        "show, or something is wrong; 2 invalid input; 130 interrupted.",
    )
    top.add_argument("--version", action="store_true", help="print the version and stop")
    commands = top.add_subparsers(metavar="COMMAND", dest="command")
    for command in COMMANDS:
        sub = commands.add_parser(
            command.NAME,
            help=command.HELP,
            description=f"{command.HELP[0].upper()}{command.HELP[1:]}.",
            epilog=(command.__doc__ or "").partition("\n\n")[2],
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run, parser=sub)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """The command `greenlab`; gives the exit code."""
    with safe_output.safe() as out:
        try:
            code = _main(_unambiguous(sys.argv[1:] if argv is None else argv))
        except SystemExit as stop:  # argparse has shown the help, or said what is wrong
            code = int(stop.code or 0)
        out.flush()
        if why := safe_output.lost(out):
            safe_output.say(f"greenlab: {why}")
    return code if safe_output.lost(out) is None else code or FailedError.code


def _main(arguments: Sequence[str]) -> int:
    args, others = parser().parse_known_args(arguments)
    if others:  # said with the usage of the command that was meant
        getattr(args, "parser", parser()).error(f"unrecognized arguments: {' '.join(others)}")
    if args.version:
        from greenlab._version import __version__

        print(__version__)
        return 0
    if args.command is None:
        parser().print_help()
        return UsageError.code
    try:
        code: int = args.run(args)
    except CommandError as error:
        safe_output.say(f"greenlab {args.command}: {error}")
        return error.code
    except ModuleNotFoundError as error:
        if (what := optional_dependencies.how_to_install(error)) is None:
            raise
        safe_output.say(f"greenlab {args.command} needs one more package: {what}")
        return FailedError.code
    except KeyboardInterrupt:
        return INTERRUPTED
    except Terminated as stop:
        return SIGNALLED + stop.number
    return code


def _unambiguous(argv: Sequence[str]) -> list[str]:
    """`run --json nb.ipynb` runs that notebook: nobody means to write JSON over it."""
    return [
        "--json=-" if word == "--json" and after.endswith(".ipynb") else word
        for word, after in zip_longest(argv, argv[1:], fillvalue="")
    ]
