"""Which code is the user's in a notebook: its cells, and files below its folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from greenlab.lines import UserCode

if TYPE_CHECKING:
    from greenlab.cellcode.parsed_source import Texts


def user_code(shell: Any) -> UserCode:
    """The cells are those that IPython compiled, by the file names that it gave them; the
    folder is that in which the kernel works when greenlab is loaded.
    """
    folder = os.getcwd()  # noqa: PTH109

    def cells() -> Mapping[str, int]:
        found = getattr(shell.compile, "_filename_map", None)
        return found if isinstance(found, dict) else {}

    def texts() -> Texts:
        from greenlab.notebook.cell_texts import CellTexts

        return CellTexts(shell)

    return UserCode(cells, lambda: folder, texts)
