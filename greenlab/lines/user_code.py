"""Which files hold the user's code: cells of this notebook, and files below its folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from greenlab.cellcode.library_files import is_installed

if TYPE_CHECKING:
    from greenlab.cellcode.parsed_source import Texts

_MOST: Final = 10_000


class UserCode:
    """`cells()`: execution counts by the file names of cells; `folder()`: where the notebook
    or script lies; `texts()`: what the cells say, `None` where there are none.
    """

    def __init__(
        self,
        cells: Callable[[], Mapping[str, int]] = dict,
        folder: Callable[[], str] = os.getcwd,
        texts: Callable[[], Texts | None] = lambda: None,
    ) -> None:
        self.texts: Final = texts
        self._cells = cells
        self._folder = folder
        self._known: dict[str, bool] = {}

    def holds(self, file: str) -> bool:
        """Whether the code in this file is the user's."""
        known = self._known.get(file)
        if known is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[file] = self._look(file)
        return known

    def execution_count(self, file: str) -> int | None:
        """Of the cell that was last compiled under this name; `None` for other files."""
        return self._cells().get(file)

    def _look(self, file: str) -> bool:
        if file in self._cells():
            return True
        if file.startswith("<") or is_installed(file):
            return False
        try:
            path, folder = Path(file).resolve(), Path(self._folder()).resolve()
        except (OSError, ValueError, RuntimeError):  # the folder is gone, or a ring of links
            return False
        return path.is_relative_to(folder) and not is_installed(str(path))
