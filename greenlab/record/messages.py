"""What travels over the comm `greenlab` between a kernel and its front ends.

The kernel opens one when the extension loads, with its `State`; a page that attaches later
opens its own, with its `hello`. Each message is one object whose `type` names it. What the
kernel sends goes to every attached page; the answer to a `hello` only to the page that sent it.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from greenlab.lazy_dataclasses import dataclass
from greenlab.record.cell import CellRecord, ComponentKind, Intensity, RecordKind, Status
from greenlab.record.documents import Advice, AdviceStatus, Edited, SensorStatus
from greenlab.record.figure import Figure
from greenlab.record.proof_progress import Progress
from greenlab.record.unit_counts import UnitTotal

TARGET = "greenlab"
RECORD_MIME = "application/vnd.greenlab.record.v1+json"


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over records that are counted in no other: a kernel's, or a ledger's.

    `by_kind`: in joules. `cells`: how many times a cell ran. `between_j`: what of `energy_j`
    was used between cells, while the kernel waited; `None` where that time was not weighed or
    its energy is not known.
    `active_j`: what of it work added; the rest is idle power. `None` where it is not known.
    `work`: what was counted, by unit.
    """

    energy_j: Figure
    emissions_g: Figure
    by_kind: dict[str, Figure]
    cells: int
    duration_s: float
    between_j: Figure | None = None
    active_j: Figure | None = None
    work: tuple[UnitTotal, ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """The cell that runs now. `started_at` is UTC, ISO 8601."""

    cell_id: str | None
    execution_count: int | None
    started_at: str


@dataclass(frozen=True, slots=True)
class Proving:
    """The advice with this `id` is being proven; at stage `done` its `Advised` came before."""

    id: str
    progress: Progress
    type: Literal["proving"] = "proving"


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """Runs of one cell (or the spans of one name, or the times between cells), summed up.

    They came before the `records` of a `State`. `cell_id` to `status` are the latest run's.
    `active_j`: joules that their code added above idle power, in all and by kind of device;
    `active_of_code_j`: by the runs of the code `source_hash`.
    `last_j`, `last_g`, `last_s`: joules, grams and seconds of the latest run.
    What follows are joules that code added. `lost_j`: by runs that did not finish. `first_j`:
    by the first finished run of the code `source_hash`; `later_j`: the mean of the `later_runs`
    after it. `peak_j`: the most by one run, which ended at `peak_at` (UTC, ISO 8601).
    `proof_j`: joules used between cells while proofs ran. `background`: the cells whose threads
    ran meanwhile (0: not known which). `async_tail`: the GPU worked on after one of them.
    """

    kind: RecordKind
    cell_id: str | None
    execution_count: int | None
    name: str | None
    source_hash: str | None
    status: Status
    runs: int
    totals: Totals
    active_j: Figure
    active_by_kind: dict[ComponentKind, Figure]
    active_of_code_j: float
    last_j: Figure
    last_g: Figure
    last_s: float
    lost_j: float | None = None
    first_j: float | None = None
    later_j: float | None = None
    later_runs: int = 0
    peak_j: float | None = None
    peak_at: str | None = None
    proof_j: Figure | None = None
    background: tuple[int, ...] = ()
    async_tail: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """Energy summed up over time, in few points: joules by kind of device.

    `times_s`: seconds since the epoch. Each list of `joules` has one value per time.
    """

    times_s: tuple[float, ...] = ()
    joules: dict[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GridSince:
    """The grid whose figure records have from `since` on (UTC, ISO 8601)."""

    since: str
    intensity: Intensity


# From the kernel.


@dataclass(frozen=True, slots=True)
class State:
    """Everything a page needs to draw itself. Replaces what it knew before.

    `records` are the latest ones, oldest first; `older` counts those before them, which
    are in `totals` all the same; `earlier` and `curve` sum them up. `edited`: the cells whose
    code changed, by their last edit. `warnings` are sentences for the user. `grids`: those that
    records of this kernel have, oldest first. `cells_before`: how many cells ran before the
    extension was loaded, unweighed. `loaded_by_page`: a page loaded it, not a cell.
    """

    kernel_id: str
    notebook: str | None
    version: str
    enabled: bool
    live_power: bool
    running: Running | None
    records: tuple[CellRecord, ...]
    older: int
    totals: Totals
    sensors: tuple[SensorStatus, ...]
    intensity: Intensity
    advice: tuple[Advice, ...]
    warnings: tuple[str, ...]
    edited: tuple[Edited, ...] = ()
    proving: Proving | None = None
    earlier: tuple[EarlierRuns, ...] = ()
    curve: Curve | None = None
    grids: tuple[GridSince, ...] = ()
    cells_before: int = 0
    loaded_by_page: bool = False
    type: Literal["state"] = "state"


@dataclass(frozen=True, slots=True)
class Brief:
    """A `State` without records, sent now and then while a cell runs.

    It is for pages that hear the kernel but cannot ask it, as their `hello` waits for the cell;
    those that have a `State` ignore it.
    """

    state: State
    type: Literal["brief"] = "brief"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A cell ended, or the record with the same id settled: replace it.

    `edited`: what the last edit of this cell changed, as far as it can be said by now.
    """

    record: CellRecord
    totals: Totals
    edited: Edited | None = None
    type: Literal["recorded"] = "recorded"


@dataclass(frozen=True, slots=True)
class PowerPart:
    """One kind of device's power now, in watts, in the scope of the cell."""

    kind: ComponentKind
    power_w: Figure


@dataclass(frozen=True, slots=True)
class Power:
    """Live power of the running cell, in its scope: mean since the last such message.

    `at`: seconds since the epoch. `energy_j`: the cell's energy so far. `kind` is `between`
    while no cell runs: the mean power and the energy of the time since the last one. `totals`:
    what the totals come to with this energy; an estimate until its record is there.
    """

    at: float
    power_w: Figure
    energy_j: Figure
    parts: tuple[PowerPart, ...]
    kind: RecordKind = "cell"
    totals: Totals | None = None
    type: Literal["power"] = "power"


@dataclass(frozen=True, slots=True)
class Advised:
    """All advice that stands now. Replaces what was sent before."""

    advice: tuple[Advice, ...]
    type: Literal["advised"] = "advised"


@dataclass(frozen=True, slots=True)
class Unloaded:
    """The extension was unloaded; the comm closes next."""

    type: Literal["unloaded"] = "unloaded"


# From a page.


@dataclass(frozen=True, slots=True)
class Hello:
    """A page attached and asks for `State`.

    `zone`, `live_power` and `sample_lines` are its settings; an empty zone means that the
    kernel decides. `notebook`: its path as the server has it.
    """

    zone: str
    live_power: bool
    notebook: str | None = None
    sample_lines: bool = True
    type: Literal["hello"] = "hello"


@dataclass(frozen=True, slots=True)
class Configure:
    """The user changed settings; the kernel answers with `State`."""

    zone: str
    live_power: bool
    sample_lines: bool = True
    type: Literal["configure"] = "configure"


@dataclass(frozen=True, slots=True)
class Renamed:
    """The notebook has another path now, as the server has it."""

    notebook: str
    type: Literal["renamed"] = "renamed"


@dataclass(frozen=True, slots=True)
class SetAdviceStatus:
    """The user applied or dismissed a piece of advice; the kernel answers with `Advised`."""

    id: str
    status: AdviceStatus
    type: Literal["set_advice_status"] = "set_advice_status"


@dataclass(frozen=True, slots=True)
class Prove:
    """The user wants a piece of advice proven: `Proving` follows, then `Advised`.

    `metric`: an expression, more is better; `max_drop`: by how much it may fall.
    """

    id: str
    metric: str | None = None
    max_drop: float | None = None
    type: Literal["prove"] = "prove"


@dataclass(frozen=True, slots=True)
class StopProof:
    """The user ends the proof of this advice: it is then inconclusive."""

    id: str
    type: Literal["stop_proof"] = "stop_proof"


FROM_KERNEL = (State, Brief, Recorded, Power, Advised, Proving, Unloaded)
FROM_PAGE = (Hello, Configure, Renamed, SetAdviceStatus, Prove, StopProof)
