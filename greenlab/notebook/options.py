"""What may stand behind `%energy` and `%%energy`: one parser, whose help the magics show."""

from __future__ import annotations

import argparse
import keyword
import re
import shlex
import unicodedata
from functools import cache
from typing import Final, NoReturn

from greenlab.lazy_dataclasses import dataclass
from greenlab.record.cell import Scope
from greenlab.record.unit_counts import is_unit

_OF_COMPARE: Final = ("--compare", "--metric", "--max-drop", "--budget")
_RULE: Final = r"[A-Z]\d\d"
_WORD: Final = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'])+"""
"""As a shell splits them: quotes hold it together."""


class OptionError(ValueError):
    """The options do not parse; the message says what would."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one `%%energy`. `rest`: the statement behind `%energy`.

    `per`: expressions and the names of what they count. `compare`: a rule, `[n]`, a cell's id
    or a file; `budget_s` in seconds.
    """

    output: str | None = None
    quiet: bool = False
    repeat: int = 1
    scope: Scope = "process"
    precise: bool = False
    lines: bool = False
    sync: bool = False
    per: tuple[tuple[str, str], ...] = ()
    compare: str | None = None
    metric: str | None = None
    max_drop: float | None = None
    budget_s: float | None = None
    rest: str = ""

    @property
    def rule(self) -> str | None:
        """The rule whose change is compared, if it is one."""
        return self.compare if self.compare and re.fullmatch(_RULE, self.compare) else None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        usage = " ".join(self.format_usage().split()).removeprefix("usage: ")
        raise OptionError(
            f"{self.prog}: {message}. It is written: {usage}. {self.prog}? explains each"
        )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="%%energy",
        add_help=False,
        allow_abbrev=False,
        description="Measure this cell: its energy and emissions, and how certain both are.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-o", dest="output", metavar="NAME", type=_variable, help="keep the record as NAME"
    )
    parser.add_argument("-q", dest="quiet", action="store_true", help="show nothing")
    parser.add_argument(
        "-r",
        dest="repeat",
        metavar="N",
        type=_times,
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
    parser.add_argument(
        "--lines",
        action="store_true",
        help="say what each line used, of this cell and of your functions that it calls",
    )
    parser.add_argument(
        "--sync",
        action="store_true",
        help="with --lines: wait for the GPU after each torch call, so that its joules "
        "count on the line that gave it the work (slower)",
    )
    parser.add_argument(
        "--per",
        nargs=2,
        action="append",
        default=[],
        metavar=("EXPR", "UNIT"),
        help="joules per unit: EXPR, a number once the cell has run, says how many there were, "
        'as in --per "len(texts)" text',
    )
    proof = parser.add_argument_group("measure a change (only in %%energy, see docs/advice.md)")
    proof.add_argument(
        "--compare",
        metavar="WHAT",
        help="measure this cell against another version of it: the change of a rule (T01), "
        "another cell ([3] or its id) or a .py file",
    )
    proof.add_argument(
        "--metric",
        metavar="EXPR",
        help="a number that tells quality after a run, more is better",
    )
    proof.add_argument(
        "--max-drop", metavar="X", type=float, help="how much the metric may fall"
    )
    proof.add_argument(
        "--budget", dest="budget_s", metavar="TIME", type=seconds, help="stop after: 90s, 2m"
    )
    return parser


def _variable(text: str) -> str:
    """A name that the user's code can read again, in the form in which Python knows it."""
    name = unicodedata.normalize("NFKC", text)
    if name.isidentifier() and not keyword.iskeyword(name) and name != "__debug__":
        return name
    if keyword.iskeyword(name) or name == "__debug__":
        why = f"{text!r} is a word of Python's own"
    elif "." in name:
        why = f"{text!r} is a part of something else: take a plain name and assign it later"
    else:
        why = f"not {text!r}"
    raise argparse.ArgumentTypeError(f"needs the name of a variable: {why}")


def _times(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"needs a number from 1 up, not {text!r}")
    return int(text)


def seconds(text: str) -> float:
    """`90`, `90s`, `2m`, `2min` or `1h` as seconds.

    Raises:
        ArgumentTypeError: it is none of these, or not above 0.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|m|min|h)?\s*", text)
    if found is None or float(found[1]) <= 0:
        raise argparse.ArgumentTypeError(f"a time is written 90s, 2m or 1h, not {text!r}")
    return float(found[1]) * {"m": 60, "min": 60, "h": 3600}.get(found[2], 1)


@cache
def help_text() -> str:
    """The magic's help."""
    return _parser().format_help()


def parse(line: str, *, statement: bool = False) -> Options:
    """The options on a magic's line; with `statement`, what follows them is kept as code.

    A `#` begins a comment.

    Raises:
        OptionError: the line is not what the magic takes.
    """
    words, rest = _split(line) if statement else (_words(line), "")
    parser = _parser()
    known, others = parser.parse_known_args(_with_negated_values(words))
    if others and not others[0].startswith("-"):
        raise OptionError(
            f"%%energy: {others[0]} is no option. The code goes below the line; "
            "%energy STATEMENT measures one statement"
        )
    if others:
        parser.error(f"there is no option {others[0]}")
    if known.sync and not known.lines:
        raise OptionError("%%energy: --sync goes with --lines")
    if known.compare is None and (known.metric or known.max_drop or known.budget_s):
        raise OptionError("%%energy: --metric, --max-drop and --budget go with --compare")
    if known.max_drop is not None and known.metric is None:
        raise OptionError("%%energy: --max-drop needs a --metric to be a drop of")
    if known.metric is not None:
        from greenlab.proof.protocol import check_metric

        try:
            check_metric(known.metric)
        except ValueError as error:
            raise OptionError(f"%%energy: {error}") from None
    if known.compare is not None and statement:
        raise OptionError("%%energy: --compare measures whole cells, with %%%%energy")
    per = tuple(_checked(expression.strip(), unit) for expression, unit in known.per)
    return Options(**{**vars(known), "per": per, "rest": rest})


def _checked(expression: str, unit: str) -> tuple[str, str]:
    """What `--per` takes.

    Raises:
        OptionError: the first is no expression, or the second no name of a unit.
    """
    written = '%%energy: --per is written: --per "len(texts)" text'
    try:
        compile(expression, "<--per>", "eval", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        why = getattr(error, "msg", None) or error
        raise OptionError(f"{written}; {expression!r} is no expression: {why}") from None
    if unit.startswith("-") or not is_unit(unit):
        raise OptionError(f"{written}; {unit!r} is no name of a unit")
    return expression, unit


def without_compare(line: str) -> list[str]:
    """The words of a valid line but for `--compare` and what goes with it."""
    kept: list[str] = []
    skip = False
    for word in _words(line):
        of_compare = word.partition("=")[0] in _OF_COMPARE
        if not (skip or of_compare):
            kept.append(word)
        skip = of_compare and "=" not in word and not skip
    return kept


def _with_negated_values(words: list[str]) -> list[str]:
    """`--metric -loss` with the two in one: argparse takes `-loss` for an option, but for no
    option what has a space.
    """
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == "--metric":
            joined[-1] = f"--metric={word}"
        elif joined and joined[-1] == "--per":
            joined.append(f" {word}")
        else:
            joined.append(word)
    return joined


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError as error:
        raise OptionError(f"%%energy: {error}") from None


def _split(line: str) -> tuple[list[str], str]:
    """Options up to the first word that is none; the statement stays as it was written."""
    words: list[str] = []
    rest = line.strip()
    one_value = dict.fromkeys(
        ("-o", "-r", "--scope", "--compare", "--metric", "--max-drop", "--budget"), 1
    )
    values = {**one_value, "--per": 2}
    while rest.startswith("-"):
        word, _, rest = rest.partition(" ")
        rest = rest.lstrip()
        if word == "--":
            break
        words.append(word)
        for _ in range(values.get(word, 0)):
            found = re.match(_WORD, rest)
            if found is not None:
                words += _words(found[0])
                rest = rest[found.end() :].lstrip()
    return words, rest
