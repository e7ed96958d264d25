"""Scripts that a cell runs by `%run`, written out in its place."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from greenlab.cellcode.parsing import parse

_RUN: Final = re.compile(
    r"%run[ \t]+(?:-[ei][ \t]+)*(?P<quote>[\"']?)(?P<path>[^\s\"']+\.py)(?P=quote)\s*(?:#.*)?$"
)


def script(line: str, scripts: Mapping[str, str]) -> str | None:
    """What a line of a cell runs, as code of the cell; `None` if it runs no plain script.

    `scripts`: texts to take in place of what is in these files. The script finds its own
    arguments and name, as from `%run`, and the notebook's variables besides its own.
    """
    ran = _RUN.match(line)
    if ran is None:
        return None
    path = Path(ran["path"]).expanduser().absolute()
    try:
        text = scripts.get(str(path))
        text = path.read_text(encoding="utf-8") if text is None else text
        lines = text.rstrip("\n").split("\n")
        at = _after_future_imports(parse(text))
    except (OSError, ValueError, SyntaxError):
        return None
    given = f"import sys as _greenlab_sys; _greenlab_sys.argv = [{ran['path']!r}]"
    return "\n".join([*lines[:at], f"{given}; __file__ = {str(path)!r}", *lines[at:]])


def runs(source: str, file: str) -> bool:
    """Whether a line of a cell runs this file."""
    found = (_RUN.match(line) for line in source.split("\n"))
    return any(ran and str(Path(ran["path"]).expanduser().absolute()) == file for ran in found)


def _after_future_imports(tree: ast.Module) -> int:
    """The number of lines up to the end of the imports that must come first."""
    ends = [
        one.end_lineno or 0
        for one in tree.body
        if isinstance(one, ast.ImportFrom) and one.module == "__future__"
    ]
    return max(ends, default=0)
