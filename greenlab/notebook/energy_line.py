"""The `%%energy` line on top of a cell: read as the cell begins, taken off before it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from greenlab.notebook import cell_magic_line

if TYPE_CHECKING:
    from greenlab.notebook.comparer import Comparer
    from greenlab.notebook.options import Options


class EnergyLine:
    """That of one shell. `inside()`: whether a cell runs in this thread, whose own cells keep
    their line for the magic of that name; `on_fault(error)` is told of faults.
    """

    def __init__(
        self,
        shell: Any,
        comparer: Comparer | None,
        inside: Callable[[], bool],
        on_fault: Callable[[Exception], None],
    ) -> None:
        self._shell = shell
        self._comparer = comparer
        self._inside = inside
        self._on_fault = on_fault

    def register(self) -> None:
        """Take the line off from now on."""
        # Behind IPython's own, which take indentation and prompts off.
        self._shell.input_transformer_manager.cleanup_transforms.append(self.strip)

    def unregister(self) -> None:
        """Leave cells as they are.

        Raises:
            ValueError: somebody else has taken `strip` away.
        """
        self._shell.input_transformer_manager.cleanup_transforms.remove(self.strip)

    def strip(self, lines: list[str]) -> list[str]:
        """The input transformer: takes a valid `%%energy` off a cell of its own."""
        try:
            if cell_magic_line.MAGIC not in "".join(lines) or self._inside():
                return lines
            if self._valid("".join(lines)) is None:
                return lines
            return cell_magic_line.strip(lines, self._clean)
        except Exception as error:  # noqa: BLE001
            self._on_fault(error)
            return lines

    # While a cell is typed, IPython asks whether it is complete: with `%%energy` on top, as
    # with any other magic of cells, not before a blank line.
    strip.has_side_effects = True  # type: ignore[attr-defined]

    def options(self, raw_cell: str) -> Options | None:
        """Those of a valid header; any other stays for the magic, which says what is wrong."""
        if cell_magic_line.MAGIC not in raw_cell:
            return None
        return self._valid("".join(self._clean(raw_cell.splitlines(keepends=True))))

    def _valid(self, cell: str) -> Options | None:
        options = cell_magic_line.read(cell)
        faulty = options is not None and self._comparer and self._comparer.fault(options)
        return None if faulty else options

    def _clean(self, lines: list[str]) -> list[str]:
        """A cell as `strip` gets it."""
        for transform in self._shell.input_transformer_manager.cleanup_transforms:
            if transform == self.strip:
                break
            lines = transform(lines)
        return lines
