"""Records that `-o NAME` keeps as variables of the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from greenlab.record import CellRecord


class RecordVariables:
    """Those of one shell, by their names."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self._kept: dict[str, CellRecord] = {}

    def settled(self, record: CellRecord) -> None:
        """Put a settled record behind the name that `-o` gave the first one."""
        for name, kept in list(self._kept.items()):
            if kept.id == record.id and kept is not record:
                if self.shell.user_ns.get(name) is kept:
                    self.shell.user_ns[name] = record
                self._kept[name] = record

    def keep(self, name: str, record: CellRecord) -> None:
        """`-o NAME`: the record as a variable of the user."""
        self.shell.push({name: record})
        self._kept[name] = record
