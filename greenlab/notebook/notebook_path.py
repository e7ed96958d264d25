"""Where the notebook lies: what the server said at the kernel's start, and pages say since."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Any, Final

from greenlab.session.window_record import writable

LONGEST: Final = 1000
"""Characters of a path: it stands in every record."""


class NotebookPath:
    """The notebook's path; `None` where nobody says it."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._root: Path | None = None
        self._now: str | None = None

    def __call__(self) -> str | None:
        """jupyter_server and VS Code say it each in their own way."""
        path: Any = self._now or _started_as() or self._shell.user_ns.get("__vsc_ipynb_file__")
        return writable(path) if isinstance(path, str) else None

    def is_now(self, told: str) -> None:
        """A page says where the notebook is: its path below the server's folder."""
        told = told.strip().lstrip("/")[:LONGEST]
        if told:
            self._now = self._located(PurePosixPath(told))

    def _located(self, told: PurePosixPath) -> str:
        """The same place as a path of this machine, where it can be found."""
        started = _started_as()
        if started is None:
            return str(told)
        file = Path(started)
        if file.parts[-len(told.parts) :] == told.parts:
            self._root = Path(*file.parts[: -len(told.parts)])
            return started
        roots = [self._root] if self._root is not None else list(file.parents)
        for root in roots:
            try:
                if (root / told).is_file():
                    self._root = root
                    return str(root / told)
            except (OSError, ValueError):
                continue
        folder, above = told.parent.parts, file.parent.parts
        if self._root is None and folder == above[len(above) - len(folder) :]:
            return str(file.parent / told.name)
        return str(told if self._root is None else self._root / told)


def _started_as() -> str | None:
    return os.environ.get("JPY_SESSION_NAME") or None
