"""Where in the user's code a record's energy was used: joules by source line."""

from __future__ import annotations

from typing import Literal

from greenlab.lazy_dataclasses import dataclass
from greenlab.record.figure import Figure

GpuCharge = Literal["waiting", "synchronised"]
"""Whom the joules of a GPU are charged to: the line that waits for it, or, where each call was
synchronised, the line that gave it the work."""


@dataclass(frozen=True, slots=True)
class LineUse:
    """What one line used, in joules.

    `file`: as people know it: the path of a file, `None` for a cell, which `execution_count`
    and `cell_id` then name (of the record's own cell or of another one). `function`: the
    qualified name of the function that the line is in, `None` at a cell's top level. `text`:
    the line itself, if the source was available. `cpu_s`, `duration_s`: CPU seconds and
    elapsed seconds; the time that a line waits for computing threads is theirs. `samples`: how
    many samples saw it: where one did, and the time is less than between two, no more than an
    upper bound is known. `gpu_j`: the part of its energy that GPUs used; `None` where there is
    none or it is not known.
    """

    file: str | None
    line: int
    energy_j: Figure
    cpu_s: float
    duration_s: float
    samples: int
    cell_id: str | None = None
    execution_count: int | None = None
    function: str | None = None
    text: str | None = None
    gpu_j: float | None = None


@dataclass(frozen=True, slots=True)
class LineEnergies:
    """A record's energy by line, the heaviest first.

    `code`: by the innermost line of the user's code, in a cell or file; `cell`: by the line of
    the cell (or block) itself that was running then. Each of the two adds up, with `rest_j`,
    to the record's `energy_j`. `rest_j`: what is on no line: before the first sample and after
    the last one, by other threads, and of lines beyond those that are listed. `asked`: whether
    the user asked for lines; else they were sampled from the first second on. `sampled_s`:
    seconds that samples stand for; `period_s`: mean time between two; `samples`: how many.
    `gpu`: whom the GPU's joules are charged to, `None` without a GPU. `note`: what else should
    be known.
    """

    code: tuple[LineUse, ...]
    cell: tuple[LineUse, ...]
    rest_j: Figure
    sampled_s: float
    period_s: float | None
    samples: int
    asked: bool = False
    gpu: GpuCharge | None = None
    note: str | None = None
