"""Who asked for the extension: a cell, a page in silence, or a client without pages."""

from __future__ import annotations

from typing import Any


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
