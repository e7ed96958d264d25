"""What travels over the comm `greenlab` between a kernel and its front ends.

One comm per kernel. The kernel opens it when the extension loads; a page that attaches
later finds it by `comm_info`, or opens its own, and says `hello`. Each message is one
object whose `type` names it. What the kernel sends goes to every attached page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from greenlab.record.cell import CellRecord, ComponentKind, Intensity
from greenlab.record.documents import Advice, AdviceStatus, Edited, SensorStatus
from greenlab.record.figure import Figure
from greenlab.record.verdict import Progress

TARGET = "greenlab"
RECORD_MIME = "application/vnd.greenlab.record.v1+json"


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over records that are counted in no other: a kernel's, or a ledger's.

    `by_kind`: in joules. `cells`: how many times a cell ran. `between_j`: what of `energy_j`
    was used between cells, while the kernel waited; `None` where that time was not weighed or
    its energy is not known.
    `active_j`: what of it work added; the rest is idle power. `None` where it is not known.
    """

    energy_j: Figure
    emissions_g: Figure
    by_kind: dict[str, Figure]
    cells: int
    duration_s: float
    between_j: Figure | None = None
    active_j: Figure | None = None


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


# From the kernel.


@dataclass(frozen=True, slots=True)
class State:
    """Everything a page needs to draw itself. Replaces whatever it knew.

    `records` are the latest ones, oldest first; `older` counts those before them, which
    are in `totals` all the same. `edited`: the cells whose code changed, by their last edit.
    `warnings` are sentences for the user.
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
    type: Literal["state"] = "state"


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

    `at`: seconds since the epoch. `energy_j`: the cell's energy so far.
    """

    at: float
    power_w: Figure
    energy_j: Figure
    parts: tuple[PowerPart, ...]
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

    `zone` and `live_power` are its settings; an empty zone means that the kernel decides.
    """

    zone: str
    live_power: bool
    type: Literal["hello"] = "hello"


@dataclass(frozen=True, slots=True)
class Configure:
    """The user changed settings; the kernel answers with `State`."""

    zone: str
    live_power: bool
    type: Literal["configure"] = "configure"


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


FROM_KERNEL = (State, Recorded, Power, Advised, Proving, Unloaded)
FROM_PAGE = (Hello, Configure, SetAdviceStatus, Prove, StopProof)
