"""The other forms that are written down: advice, runs, the doctor's report."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from greenlab.lazy_dataclasses import dataclass
from greenlab.record.cell import CellRecord, ComponentKind, Intensity
from greenlab.record.figure import Figure, Tier
from greenlab.record.proof_progress import Effort
from greenlab.record.verdict import Verdict

AdviceStatus = Literal[
    "candidate", "shown", "applied", "verified", "rejected", "inconclusive", "dismissed"
]


@dataclass(frozen=True, slots=True)
class Change:
    """An edit of one cell or file: `diff` in unified form, `text` all of it afterwards."""

    diff: str
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where code stands that a cell calls: an earlier cell of the notebook, or a file.

    A cell is named by its id, or where that is not known by the hash of its code; a file by its
    path. `function`: the function in it, as in `Trainer.step`; `None` for code outside of any.
    """

    cell_id: str | None = None
    execution_count: int | None = None
    source_hash: str | None = None
    file: str | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Saving:
    """The cited range of a change, as a fraction of this cell's energy (0.5 is half).

    `of_j`: joules that one run of the cell added above idle power, of which `low` and `high`
    are the shares that a run would save; `None` if not known. `share`: the measured part of
    the cell's energy that the change concerns, which is in `low` and `high` already; `None`
    where it was not measured. `at_most`: what arithmetic allows, whatever proofs measured.
    """

    low: float
    high: float
    source: str
    unit: str = "fraction of this cell's energy"
    of_j: float | None = None
    share: float | None = None
    at_most: float | None = None

    @property
    def middle(self) -> float:
        """The middle of the range, by which advice is ordered."""
        return (self.low + self.high) / 2

    @property
    def saved_j(self) -> float | None:
        """About how many joules a run would save: the middle of the range."""
        return None if self.of_j is None else self.middle * self.of_j


@dataclass(frozen=True, slots=True)
class Advice:
    """`greenlab.advice/1`: one change to one cell, with its evidence.

    `because` holds facts, each with its number. `cell_index` counts code cells from 0.
    `effort`: what proving it would take, `None` where it cannot be proven from here.
    `affects`: names of what code may use and the change takes away or makes worse: where
    another cell of the notebook uses one, the advice is not shown unasked.
    `place`: where the change goes, `None` for the cell itself; `change` is of the text there. A
    file is the user's own to change: its difference is only shown.
    """

    id: str
    rule: str
    cell_id: str | None
    cell_index: int | None
    source_hash: str
    title: str
    because: tuple[str, ...]
    change: Change | None
    saving: Saving | None
    risk: str
    status: AdviceStatus = "candidate"
    verdict: Verdict | None = None
    execution_count: int | None = None
    effort: Effort | None = None
    affects: tuple[str, ...] = ()
    place: Place | None = None
    schema: str = "greenlab.advice/1"


@dataclass(frozen=True, slots=True)
class Edited:
    """What the last edit of a cell changed, seen in its runs before and after.

    `before_j` and `after_j`: median energy of a run, in joules. `ratio`: after over before,
    with the smallest and the largest ratio that any two of the runs give. `before_runs`,
    `after_runs`: how many runs count. `first_runs`: only the first run of each is compared, as
    one side has no other; else first runs are left out. `likely`: three runs or more on
    each side, none of one among those of the other, and 5 % or more between them. Runs that a
    user happens to make are no experiment: it never says more than that.
    `wide`: the bounds of these runs are far apart: the ratio is more certain than they are.
    `before_count`, `after_count`: the last run of each, as in `[7]`. `saved_j`: joules by which
    all `saved_runs` of the new code came to less than as many of the old; below 0: to more.
    """

    cell_id: str
    source_hash: str
    before_hash: str
    before_j: float
    after_j: float
    ratio: float
    low: float
    high: float
    before_runs: int
    after_runs: int
    first_runs: bool
    likely: bool
    tier: Tier
    wide: bool = False
    before_count: int | None = None
    after_count: int | None = None
    saved_j: float = 0.0
    saved_runs: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """`greenlab.run/1`: a notebook executed and weighed, cell by cell."""

    notebook: str
    status: Literal["ok", "error", "interrupted"]
    records: tuple[CellRecord, ...]
    advice: tuple[Advice, ...]
    energy_j: Figure
    emissions_g: Figure
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    schema: str = "greenlab.run/1"


@dataclass(frozen=True, slots=True)
class AdviceList:
    """`greenlab.advise/1`: what reading a notebook finds, without running it."""

    notebook: str
    advice: tuple[Advice, ...]
    schema: str = "greenlab.advise/1"


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """One source of joules: what it covers here, or why it is absent and what fixes that.

    `covers` reads as the panel shows it ("package 0 and its memory"). `reason` and `fix`
    are set when it is not available; `fix` is a command or a step, `None` if nothing helps. A
    source that is used and has a `fix` without a `reason` would give closer figures by it.
    `used`: figures come from it here (an available model stands back for a counter).
    `present`: the hardware is here, as far as can be seen, whether it can be read or not.
    """

    name: str
    kind: ComponentKind
    available: bool
    used: bool
    tier: Tier
    covers: str
    reason: str | None = None
    fix: str | None = None
    present: bool = True


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """`greenlab.doctor.examination/1`: what is measured, modelled and missing on this machine.

    `findings`: what is wrong beside the sensors (the ledger, a setting), each a sentence or
    two that say what to do.
    """

    sensors: tuple[SensorStatus, ...]
    carbon: Intensity
    environment: dict[str, str] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    schema: str = "greenlab.doctor.examination/1"
