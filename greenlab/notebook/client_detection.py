"""Who asked for the extension: a cell, a page in silence, or a client without pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

_LOADS: Final = re.compile(r"(?<!\w)load_ext\b.{0,20}\bgreenlab\b")


def is_batch(shell: Any) -> bool:
    """Whether the running cell came from a client without pages: nbconvert, papermill.

    They send nothing but code and take no input. JupyterLab sends the cell's id with each cell
    and takes input; its panel loads silently.
    Source: https://github.com/jupyter/nbclient, `async_start_new_kernel_client`.
    """
    request = getattr(shell, "parent_header", None)
    if not isinstance(request, dict) or "content" not in request or request.get("metadata"):
        return False
    content = request["content"]
    return content.get("silent") is False and content.get("allow_stdin") is False


def by_page(shell: Any) -> bool:
    """Whether a page loads the extension, without a cell."""
    request = getattr(shell, "parent_header", None)
    content = request.get("content") if isinstance(request, dict) else None
    return isinstance(content, dict) and content.get("silent") is True


def cells_before(shell: Any) -> int:
    """How many cells have run before the one that loads the extension, or before the page."""
    history = getattr(getattr(shell, "history_manager", None), "input_hist_raw", [])
    mine = 0 if by_page(shell) else 1
    return max(0, len(history) - 1 - mine)  # the first entry stands for no cell


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
        if isinstance(code, str) and "unload_ext" not in code and _LOADS.search(code):
            self._shell.extension_manager.loaded.discard("greenlab")

    def _after(self, _result: Any) -> None:
        if self._is_loaded():
            self._shell.extension_manager.loaded.add("greenlab")
