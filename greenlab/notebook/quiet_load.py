"""No "already loaded" below `%load_ext greenlab` in a cell, once a page has loaded it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

_LOADS: Final = r"(?<!\w)load_ext\b.{0,20}\bgreenlab\b"


class QuietLoad:
    """Once a page has loaded the extension, `%load_ext greenlab` in a cell is as good as the
    first: it leaves no "already loaded" in the notebook.

    `is_loaded` says whether the extension still is.
    """

    def __init__(self, shell: Any, is_loaded: Callable[[], bool]) -> None:
        self._shell = shell
        self._is_loaded = is_loaded
        self._registered = False

    def register(self) -> None:
        """From now on."""
        self._shell.events.register("pre_run_cell", self._before)
        self._shell.events.register("post_run_cell", self._after)
        self._registered = True

    def unregister(self) -> None:
        """Leave IPython as it was."""
        if self._registered:
            self._shell.events.unregister("pre_run_cell", self._before)
            self._shell.events.unregister("post_run_cell", self._after)
            self._registered = False

    def _before(self, info: Any) -> None:
        code = getattr(info, "raw_cell", None)
        if not isinstance(code, str) or "load_ext" not in code or "unload_ext" in code:
            return
        if re.search(_LOADS, code):
            self._shell.extension_manager.loaded.discard("greenlab")

    def _after(self, _result: Any) -> None:
        if self._is_loaded():
            self._shell.extension_manager.loaded.add("greenlab")
