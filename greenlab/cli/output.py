"""What the commands share: wrong input, JSON out, moments in, notebooks in."""

from __future__ import annotations

import argparse
import json
import re
import sys
import warnings
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from greenlab.record import to_dict

_STEPS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class UsageError(Exception):
    """Wrong input. Its text is one sentence that says what to do."""


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
        help="only what ran since: a date or time (2026-11-20, 2026-11-20T09:30), today, "
        "or an age in hours, days or weeks (12h, 7d, 2w)",
    )
    parser.add_argument(
        "--notebook", metavar="NAME", help="only this notebook: its path or the end of it"
    )


def moment(text: str) -> datetime:
    """A moment as people write it; local time unless it says otherwise.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    now = datetime.now().astimezone()
    if text == "today":
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
    if age := re.fullmatch(r"(\d{1,4})([hdw])", text):
        return now - int(age[1]) * _STEPS[age[2]]
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no moment: write a date such as 2026-11-20, today, or an age "
            "such as 12h, 7d or 2w"
        ) from None


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
        what = str(error).partition("\n")[0]
        raise UsageError(f"{path} is not a notebook ({what})") from None
    return notebook
