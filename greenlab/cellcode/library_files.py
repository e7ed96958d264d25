"""Which Python files are installed, and so not the user's own code."""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
from pathlib import Path
from typing import Final

_PACKAGES: Final = frozenset({"site-packages", "dist-packages"})


def is_installed(file: str) -> bool:
    """Whether a path is in Python's own folders, among installed packages, among the programs
    of an environment (`.venv/bin/pytest`), or in greenlab.
    """
    return file.startswith(_folders()) or any(name in file for name in _PACKAGES)


@functools.cache
def _folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    named = [Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    programs = Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin")
    found = [*named, programs, Path(__file__).parents[1], Path(os.__file__).parent]
    return tuple({f"{path}{os.sep}" for one in found for path in (one, one.resolve())})
