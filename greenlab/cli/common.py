"""What the commands share: wrong input, JSON out, moments in."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from greenlab import moments
from greenlab.cli import files, plain
from greenlab.record import to_dict


def add_json(parser: argparse.ArgumentParser) -> None:
    """`--json [FILE]`."""
    parser.add_argument(
        "--json",
        nargs="?",
        const="-",
        metavar="FILE",
        help="JSON on stdout instead of a table, or in FILE in addition to the table",
    )


def add_choice(parser: argparse.ArgumentParser) -> None:
    """`--since WHEN` and `--notebook NAME`."""
    parser.add_argument(
        "--since",
        type=moment,
        metavar="WHEN",
        help=f"only what ran since then: {moments.WORDS}",
    )
    parser.add_argument(
        "--notebook",
        metavar="NAME",
        help="only this notebook: its path, or the end of its path",
    )


def moment(text: str) -> datetime:
    """A moment as `argparse` takes it from a user."""
    try:
        return moments.moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def json_of(document: Any, *, ascii_only: bool = False) -> str:
    """A document as JSON."""
    return json.dumps(to_dict(document), indent=2, ensure_ascii=ascii_only) + "\n"


def write_json(document: Any, where: str) -> None:
    """A document to a file, or to stdout for "-".

    Raises:
        UsageError: the file cannot be written.
    """
    text = json_of(document)
    if where != "-":
        files.write(Path(where), text)
        return
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # escapes, which lose nothing
        text = json_of(document, ascii_only=True)
    sys.stdout.write(plain.json_text(text))
