"""Where a cell's work was done, as plain data: the basis of the advice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from greenlab.lazy_dataclasses import dataclass

Plain = str | int | float | bool | None | tuple[str, ...]
Facts = Mapping[str, Plain]
"""What was seen of one object while the code ran: names and numbers, never the object."""
FITTED: Final = "call.self"
DATA: Final = "call.X"
"""What a library fits, or predicts with, at a line, and the data that it was given."""


@dataclass(frozen=True, slots=True)
class UserLine:
    """A line of the user's code. `file`, `function`: as Python names them. `execution_count`
    and `cell_id`: of the cell whose code it is; `None` for a file of the user's.
    """

    file: str
    line: int
    function: str
    execution_count: int | None = None
    cell_id: str | None = None


@dataclass(frozen=True, slots=True)
class HotStack:
    """A line of the user's at which a cell worked, and the library functions that it called.

    `file`, `line`, `function`: the innermost frame of the user's, as Python names it (a
    function by its qualified name). `execution_count` and `cell_id`: of the cell whose code it
    is; `None` where it is a file of the user's. `cell_line`: the line of the cell that ran, at
    which it was called.
    `landmarks`: the library functions below that line by which a module is first entered,
    outermost first, each as `module.qualname`; `called_by`: those between the cell's own line
    and that line, as where a trainer calls the user's step. `through`: the user's other lines
    between the two, outermost first.
    `share`: of the cell's active energy, 0 to 1; of all hot stacks together at most 1.
    `energy_j`: active joules. `cpu_s`: CPU seconds; `duration_s`: elapsed time at that line.
    `facts`: by the name of a local variable, or `FITTED` and `DATA`, what was seen of it at the
    line's first samples: see `greenlab.lines.readers`.
    """

    file: str
    line: int
    function: str
    cell_line: int | None
    execution_count: int | None
    cell_id: str | None
    landmarks: tuple[str, ...]
    called_by: tuple[str, ...]
    share: float
    energy_j: float | None
    cpu_s: float
    duration_s: float
    samples: int
    facts: Mapping[str, Facts] = field(default_factory=dict)
    through: tuple[UserLine, ...] = ()
