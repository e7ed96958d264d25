"""What may stand behind `%energy` and `%%energy`: one parser, whose help the magics show."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import dataclass
from typing import NoReturn

from greenlab.record.cell import Scope


class OptionError(ValueError):
    """The options do not parse; the message says what would."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one `%%energy`. `rest`: the statement behind `%energy`."""

    output: str | None = None
    quiet: bool = False
    repeat: int = 1
    scope: Scope = "process"
    precise: bool = False
    rest: str = ""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{self.prog}: {message}. See {self.prog}?")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="%%energy",
        add_help=False,
        allow_abbrev=False,
        description="Weigh this cell: energy, emissions, and how sure both are.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-o", dest="output", metavar="NAME", help="keep the record as NAME")
    parser.add_argument("-q", dest="quiet", action="store_true", help="show nothing")
    parser.add_argument(
        "-r",
        dest="repeat",
        metavar="N",
        type=int,
        default=1,
        help="run N times and give statistics",
    )
    parser.add_argument(
        "--scope",
        choices=("process", "host", "active"),
        default="process",
        help="count this kernel with its part of the idle power (process), the whole "
        "machine (host), or this kernel without the idle part (active)",
    )
    parser.add_argument(
        "--precise",
        action="store_true",
        help="wait at both ends for the counters' next update (about 1 ms each): for "
        "short cells on machines with an energy counter",
    )
    return parser


def help_text() -> str:
    """The magic's help."""
    return _parser().format_help()


def parse(line: str, *, statement: bool = False) -> Options:
    """The options on a magic's line; with `statement`, what follows them is kept as code.

    Raises:
        OptionError: the line is not what the magic takes.
    """
    words, rest = _split(line) if statement else (_words(line), "")
    known = _parser().parse_args(words)
    if known.output is not None and not known.output.isidentifier():
        raise OptionError(f"%%energy: -o needs a variable name, not {known.output!r}")
    if known.repeat < 1:
        raise OptionError(f"%%energy: -r needs a number from 1 up, not {known.repeat}")
    return Options(known.output, known.quiet, known.repeat, known.scope, known.precise, rest)


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise OptionError(f"%%energy: {error}") from None


def _split(line: str) -> tuple[list[str], str]:
    """Options up to the first word that is none; the statement stays as it was written."""
    words: list[str] = []
    rest = line.strip()
    takes_value = {"-o", "-r", "--scope"}
    while rest.startswith("-"):
        word, _, rest = rest.partition(" ")
        rest = rest.lstrip()
        if word == "--":
            break
        words.append(word)
        if word in takes_value:
            value, _, rest = rest.partition(" ")
            words.append(value)
            rest = rest.lstrip()
    return words, rest
