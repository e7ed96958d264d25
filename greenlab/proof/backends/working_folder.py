"""A working folder for one run: what is read is the user's, what is written is not."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

MOST_ENTRIES: Final = 5_000


class TooManyError(OSError):
    """The folder has too many entries; the message says how many are allowed."""


def furnish(folder: Path, source: Path, written: Iterable[str]) -> None:
    """Show `source` in `folder` by links, and copies of what will be `written`.

    `written`: paths below `source`. Folders on their way become real ones.

    Raises:
        TooManyError: the folder has too many entries.
        OSError: one cannot be copied.
    """
    own: dict[str, list[str]] = {}
    for path in written:
        first, _, rest = path.replace("\\", "/").removeprefix("./").strip("/").partition("/")
        own.setdefault(first, []).extend([rest] if rest else [])
    for number, entry in enumerate(source.iterdir() if source.is_dir() else ()):
        if number >= MOST_ENTRIES:
            raise TooManyError(f"{source} holds more than {MOST_ENTRIES:,} entries")
        place = folder / entry.name
        if entry.name not in own:
            place.symlink_to(entry.absolute(), target_is_directory=entry.is_dir())
        elif own[entry.name] or (entry.is_dir() and not entry.is_symlink()):
            place.mkdir()
            furnish(place, entry, own[entry.name])
        else:
            shutil.copyfile(entry, place)
