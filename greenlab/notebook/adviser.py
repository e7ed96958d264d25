"""Asks the advice engine about heavy cells once they ended, and keeps what it found.

Reading live objects happens on the kernel's thread between two cells; writing the change
as code, whose library loads slowly, on a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from greenlab.advice.heard import Heard
from greenlab.advice.signals import Signals
from greenlab.notebook import gpu_signals
from greenlab.notebook.later import after_reply
from greenlab.record import Advice, CellRecord
from greenlab.record.documents import AdviceStatus

if TYPE_CHECKING:
    from greenlab.advice import Finding
    from greenlab.notebook.gpu_signals import GpuStates


class Adviser:
    """The advice that stands in this kernel; `publish` is told when it changes."""

    def __init__(
        self,
        shell: Any,
        publish: Callable[[tuple[Advice, ...]], None],
        gpu_states: GpuStates,
    ) -> None:
        self._shell = shell
        self._publish = publish
        self._gpu_states = gpu_states
        self._heard = Heard(shell.user_ns)
        self._lock = threading.Lock()
        self._advice: dict[str, Advice] = {}
        self._dismissed: set[tuple[str, str]] = set()
        self._runs: dict[str, tuple[int, float]] = {}
        self._writers: list[threading.Thread] = []

    @property
    def advice(self) -> tuple[Advice, ...]:
        """What stands now, heaviest saving first, without what was dismissed."""
        with self._lock:
            return tuple(one for one in self._advice.values() if one.status != "dismissed")

    def consider(self, record: CellRecord, raw_cell: str, *, now: bool) -> list[str]:
        """A cell ended: look at it if it is heavy, and give a line per finding.

        `now` looks at once, for a cell that shows its figures; else after its reply is out,
        and the lines stay empty.
        """
        signals = self._signals(record)
        if not signals.heavy():
            self._forget_other_versions(record)
            return []
        signals = gpu_signals.added(signals, record, self._gpu_states)
        if now:
            return self._look(record, raw_cell, signals)
        after_reply(self._look, record, raw_cell, signals)
        return []

    def set_status(self, advice_id: str, status: AdviceStatus) -> None:
        """The user applied or dismissed one."""
        with self._lock:
            known = self._advice.get(advice_id)
            if known is None:
                return
            self._advice[advice_id] = replace(known, status=status)
            if status == "dismissed":
                self._dismissed.add((known.rule, known.source_hash))
        self._publish(self.advice)

    def settle(self, timeout_s: float) -> None:
        """Wait until what is being written stands."""
        for writer in list(self._writers):
            writer.join(timeout_s)

    def _look(self, record: CellRecord, raw_cell: str, signals: Signals) -> list[str]:
        from greenlab.advice import detect

        found = detect(
            raw_cell,
            self._shell.user_ns,
            signals,
            cell_id=record.cell_id,
            cell_index=None,
            execution_count=record.execution_count,
            source_hash=record.source_hash or "",
        )
        writer = threading.Thread(
            target=self._write, args=(record, found), name="greenlab-advice", daemon=True
        )
        self._writers = [one for one in self._writers if one.is_alive()] + [writer]
        writer.start()
        return [
            f"lighter: {one.rule.title} (see %greenlab advice)"
            for one in found
            if not one.listed
        ]

    def _write(self, record: CellRecord, found: Sequence[Finding]) -> None:
        from greenlab.advice import write

        written = write(found)
        with self._lock:
            self._drop(lambda old: _same_cell(old, record))
            for one in written:
                if (one.rule, one.source_hash) not in self._dismissed:
                    self._advice[one.id] = one
        self._publish(self.advice)

    def _forget_other_versions(self, record: CellRecord) -> None:
        """A cell that was edited sheds the advice for its old code."""
        with self._lock:
            dropped = self._drop(
                lambda old: _same_cell(old, record) and old.source_hash != record.source_hash
            )
        if dropped:
            self._publish(self.advice)

    def _drop(self, doomed: Callable[[Advice], bool]) -> bool:
        old = [key for key, one in self._advice.items() if doomed(one)]
        for key in old:
            del self._advice[key]
        return bool(old)

    def _signals(self, record: CellRecord) -> Signals:
        key = record.source_hash or ""
        runs, seconds = self._runs.pop(key, (0, 0.0))
        runs, seconds = runs + 1, seconds + record.duration_s
        self._runs[key] = (runs, seconds)
        if len(self._runs) > 1000:
            del self._runs[next(iter(self._runs))]
        return Signals(
            duration_s=record.duration_s,
            energy_j=record.energy_j,
            cpu_s=record.cpu_s,
            gpu_busy=record.gpu_busy,
            runs=runs,
            total_duration_s=seconds,
            warnings=self._heard.after(key),
        )


def _same_cell(one: Advice, record: CellRecord) -> bool:
    """By the cell's id; where a front end gives none, by its code."""
    if record.cell_id is None:
        return one.source_hash == record.source_hash
    return one.cell_id == record.cell_id
