"""Files that a command writes: whole or not at all, and checked before the work begins."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from greenlab.cli.errors import UsageError
from greenlab.ledger.location import check_not_ledger


def check_writable(path: Path) -> None:
    """Find out early: what is to be written may take hours to make.

    Raises:
        UsageError: there is no such folder, it is one, or it may not be written; or it is one
            of greenlab's own files.
    """
    _refuse_own(path)
    folder = path.absolute().parent
    if path.is_dir():
        raise UsageError(f"cannot write {path}: it is a folder. Name a file in it")
    if not folder.is_dir():
        raise UsageError(f"there is no folder {path.parent} to write {path} in")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise UsageError(f"cannot write {path}: you may not write there. Name another file")


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file in UTF-8 that takes the place of a former one once it is complete.

    Until then, and where anything fails, the former one stays as it is. Links are followed
    and permissions kept. A pipe or a device is written to directly. A lone surrogate is
    written as its escape, which JSON reads back.

    Raises:
        UsageError: it cannot be written, or is one of greenlab's own files.
    """
    _refuse_own(path)
    try:
        target = path.resolve()
        made = _beside(target)
        where = target if made is None else made
        try:
            with where.open(
                "w", encoding="utf-8", errors="backslashreplace", newline=""
            ) as out:
                yield out
            if made is not None:
                made.replace(target)
        except BaseException:
            if made is not None:
                with suppress(OSError):
                    made.unlink()
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def write(path: Path, text: str) -> None:
    """Write a text file, whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    with replacing(path) as out:
        out.write(text)


def _refuse_own(path: Path) -> None:
    """A name that the shell's history offered must not cost what was measured for months."""
    # It brings all sensors with it: a command that writes no file does without.
    from greenlab.sensors.models import calibration

    try:
        check_not_ledger(path)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if path.resolve() == calibration.path().resolve():
        raise UsageError(f"{path} holds the calibration of this machine: name another file")


def _beside(target: Path) -> Path | None:
    """An empty file in the same folder, as readable as the target; `None`: write directly."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        return None
    try:
        number, name = tempfile.mkstemp(prefix=".greenlab-", dir=target.parent)
    except PermissionError:  # a folder that may not be written, with a file that may
        if mode is None:
            raise
        return None
    os.close(number)
    made = Path(name)
    with suppress(OSError):  # a file system without permissions
        made.chmod(stat.S_IMODE(mode) if mode is not None else 0o666 & ~_umask())
    return made


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
