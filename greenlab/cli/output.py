"""What the commands share: wrong input, JSON out, moments in, notebooks in."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from greenlab import moments
from greenlab.record import to_dict


class CommandError(Exception):
    """The command ends here. Its text says why and what to do."""

    code: ClassVar[int]


class UsageError(CommandError):
    """Wrong input."""

    code = 2


class FailedError(CommandError):
    """The input is right, and what was asked for cannot be given."""

    code = 1


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json [FILE]`."""
    parser.add_argument(
        "--json",
        nargs="?",
        const="-",
        metavar="FILE",
        help="JSON instead of a table, alone on stdout; or into FILE, beside the table",
    )


def add_choice(parser: argparse.ArgumentParser) -> None:
    """`--since WHEN` and `--notebook NAME`."""
    parser.add_argument(
        "--since",
        type=moment,
        metavar="WHEN",
        help=f"only what ran since: {moments.WORDS}",
    )
    parser.add_argument(
        "--notebook", metavar="NAME", help="only this notebook: its path or the end of it"
    )


def moment(text: str) -> datetime:
    """A moment as `argparse` takes it from a user."""
    try:
        return moments.moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def write_json(document: Any, where: str) -> None:
    """A document to a file, or to stdout for "-".

    Raises:
        UsageError: the file cannot be written.
    """
    text = json.dumps(to_dict(document), indent=2, ensure_ascii=False) + "\n"
    if where == "-":
        sys.stdout.write(text)
        return
    try:
        Path(where).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {where}: {error.strerror}") from None


def read_notebook(path: Path) -> Any:
    """A notebook of format 4, whatever version it was written in.

    Raises:
        UsageError: there is no such file, or it is no notebook.
    """
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old notebooks lack cell ids, which is no fault
            content = path.read_text(encoding="utf-8")
            notebook = nbformat.reads(content, as_version=4)  # type: ignore[no-untyped-call]
            nbformat.validate(notebook)
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except Exception as error:  # noqa: BLE001 - a broken file breaks nbformat in many ways
        json = type(error).__name__ == "NotJSONError"
        what = "it is not JSON" if json else str(error).partition("\n")[0]
        raise UsageError(f"{path} is not a notebook ({what})") from None
    return notebook
