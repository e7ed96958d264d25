"""Asks the advice engine about heavy cells once they ended, and keeps what it found.

Reading live objects happens on the kernel's thread between two cells; writing the change
as code, whose library loads slowly, on a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from greenlab.advice.analysis.python_warnings import Heard
from greenlab.advice.signals import Signals, crowding
from greenlab.advice.track_record import DOUBTFUL, Workload, doubtful, narrowed, quiet
from greenlab.notebook import gpu_signals, grid_signals
from greenlab.notebook.advice_case import Case, workload_with
from greenlab.notebook.advice_of_cell import (
    as_proven,
    note_of,
    outdated,
    written,
)
from greenlab.notebook.cell_magic_line import read
from greenlab.notebook.event_loop import after_reply
from greenlab.notebook.rerun_totals import CodeRuns
from greenlab.record import Advice, CellRecord, Proven, Verdict, hardware
from greenlab.record.documents import AdviceStatus
from greenlab.record.verdict import VerdictStatus

if TYPE_CHECKING:
    from greenlab.advice import Finding
    from greenlab.notebook.cell_texts import CellTexts
    from greenlab.notebook.gpu_signals import GpuStates
    from greenlab.record.hot_stack import HotStack

_STATUS: Final[dict[VerdictStatus, AdviceStatus]] = {
    "verified": "verified",
    "rejected": "rejected",
    "quality-failed": "rejected",
    "inconclusive": "inconclusive",
}
"""What a verdict makes of the advice; after `unsafe` it stands as it stood."""


class Adviser:
    """The advice that stands in this kernel; `publish` is told when it changes.

    `proven` gives what was proven of a rule on this machine; `gpu_states` asks the GPUs'
    drivers; `stacks` gives the stacks in which the cell of a record worked.
    """

    def __init__(
        self,
        shell: Any,
        publish: Callable[[tuple[Advice, ...]], None],
        proven: Callable[[str], Sequence[Proven]] = lambda _rule: (),
        gpu_states: GpuStates = dict,
        stacks: Callable[[str], Sequence[HotStack]] = lambda _record_id: (),
    ) -> None:
        self._shell = shell
        self._publish = publish
        self._proven = proven
        self._gpu_states = gpu_states
        self._stacks = stacks
        self._heard = Heard(shell.user_ns)
        self._lock = threading.RLock()  # an interrupt may leave it held by the kernel's thread
        self._advice: dict[str, Advice] = {}
        self._cases: dict[str, Case] = {}
        self._dismissed: set[tuple[str, str]] = set()
        self._compared: set[str] = set()
        self._runs = CodeRuns()
        self._writers: list[threading.Thread] = []

    @cached_property
    def texts(self) -> CellTexts:
        """The texts of the cells. What reads them is loaded after the first cell."""
        from greenlab.notebook.cell_texts import CellTexts

        return CellTexts(self._shell)

    @property
    def advice(self) -> tuple[Advice, ...]:
        """What stands now, without what was dismissed: what would have saved most joules in all
        runs first; last what is only listed.
        """
        with self._lock:
            open_ = [one for one in self._advice.values() if one.status != "dismissed"]
            return tuple(sorted(open_, key=self._rank))

    def consider(self, record: CellRecord, raw_cell: str, *, now: bool) -> list[str]:
        """A cell ended: look at it if it is heavy, and give a line per finding.

        `now` looks at once, for a cell that shows its figures; else after its reply is out,
        and the lines stay empty.
        """
        self._runs.add(record)
        self.texts.ran(record.execution_count, record.cell_id)
        signals = self._signals(record)
        heavy = signals.heavy() or signals.holds_gpu()
        if not heavy or self._is_compared(record, raw_cell):
            self._forget_other_versions(record)
            return []
        signals = gpu_signals.added(signals, record, self._gpu_states)
        signals = grid_signals.added(signals, record)
        if now:
            return self._look(record, raw_cell, signals)
        after_reply(self._look, record, raw_cell, signals)
        return []

    def leave(self, source_hash: str) -> None:
        """The user compares a cell of this code with another: both are meant as they are."""
        with self._lock:
            self._compared.add(source_hash)
            dropped = self._drop(lambda old: old.source_hash == source_hash)
        if dropped:
            self._publish(self.advice)

    def set_status(self, advice_id: str, status: AdviceStatus) -> None:
        """The user applied or dismissed one, or took that back."""
        with self._lock:
            known = self._advice.get(advice_id)
            if known is None:
                return
            self._advice[advice_id] = replace(known, status=status)
            if status == "dismissed":
                self._dismissed.add((known.rule, known.source_hash))
            else:
                self._dismissed.discard((known.rule, known.source_hash))
        self._publish(self.advice)

    def set_verdict(self, advice_id: str, verdict: Verdict) -> None:
        """One was proven: its status and its range follow the verdict."""
        with self._lock:
            known = self._advice.get(advice_id)
            if known is None:
                return
            status = _STATUS.get(verdict.status, known.status)
            proven = self._proven(known.rule)
            same = [one for one in proven if one.hardware == proven[-1].hardware]
            case = self._cases.get(advice_id)
            workload = case.workload if case else Workload(known.source_hash, None)
            saving = narrowed(known.saving, same, workload)
            self._advice[advice_id] = replace(
                known, status=status, verdict=verdict, saving=saving
            )
        self._publish(self.advice)

    def for_cell(self, record: CellRecord, raw_cell: str, rule: str) -> Advice | None:
        """A rule's advice for a cell that ran: what stands, else what the engine says now.

        However light the cell is, and whatever was proven of the rule before.
        """
        self.settle(timeout_s=10)
        for one in self.advice:
            case = self._cases.get(one.id)
            stands = one.rule == rule and one.change is not None
            if stands and case is not None and case.raw_cell == raw_cell:
                return one
        own = replace(self._signals(record), crowding=crowding())  # a light cell's lack it
        signals = gpu_signals.added(own, record, self._gpu_states)
        found = self._detected(record, raw_cell, signals, min_s=0.0)
        chosen = [one for one in found if one.rule.id == rule]
        cases = written(chosen, record, raw_cell)
        with self._lock:
            for case in cases:
                shown = replace(case.advice, status="shown")
                self._stand(case, as_proven(self._advice.get(shown.id), shown))
        self._publish(self.advice)
        return next((case.advice for case in cases), None)

    def case(self, advice_id: str) -> Case | None:
        """What a piece of advice is about; `None` if it no longer stands."""
        with self._lock:
            advice, case = self._advice.get(advice_id), self._cases.get(advice_id)
            return replace(case, advice=advice) if advice is not None and case else None

    def settle(self, timeout_s: float) -> None:
        """Wait until what is being written stands."""
        for writer in list(self._writers):
            writer.join(timeout_s)

    def _look(self, record: CellRecord, raw_cell: str, signals: Signals) -> list[str]:
        found = []
        for one in self._detected(record, raw_cell, signals):
            proven = self._proven_here(one.rule.id, record)
            workload = workload_with(one, record)
            if not quiet(proven, workload):
                found.append(_less_trusted(one) if doubtful(proven, workload) else one)
        writer = threading.Thread(
            target=self._write,
            args=(record, raw_cell, found),
            name="greenlab-advice",
            daemon=True,
        )
        self._writers = [one for one in self._writers if one.is_alive()] + [writer]
        writer.start()
        return [note_of(one) for one in found if not one.listed]

    def _detected(
        self, record: CellRecord, raw_cell: str, signals: Signals, min_s: float | None = None
    ) -> Sequence[Finding]:
        """What the engine finds in a cell that ran. `min_s`: see `detect`."""
        from greenlab.advice import detect

        return detect(
            raw_cell,
            self._shell.user_ns,
            signals,
            min_s=min_s,
            others=self._other_cells(raw_cell),
            texts=self.texts,
            stacks=self._stacks(record.id),
            cell_id=record.cell_id,
            cell_index=None,
            execution_count=record.execution_count,
            source_hash=record.source_hash or "",
        )

    def _other_cells(self, raw_cell: str) -> list[str]:
        """The code that ran before, as IPython keeps it; the page knows of cells yet to run."""
        history = self._shell.user_ns.get("In")
        if type(history) is not list:
            return []
        return [one for one in history if type(one) is str and one.strip() != raw_cell.strip()]

    def _write(self, record: CellRecord, raw_cell: str, found: Sequence[Finding]) -> None:
        cases = written(found, record, raw_cell, self._as_proven_here)
        with self._lock:
            known = dict(self._advice)
            self._drop(lambda old: outdated(old, record))
            for case in cases:
                one = case.advice
                if one.source_hash in self._compared:
                    continue
                stands = as_proven(known.get(one.id), one)
                if (one.rule, one.source_hash) in self._dismissed:
                    stands = replace(stands, status="dismissed")
                self._stand(case, stands)
        self._publish(self.advice)

    def _stand(self, case: Case, advice: Advice) -> None:
        """From now on this advice stands."""
        self._advice[advice.id] = advice
        self._cases[advice.id] = case

    def _proven_here(self, rule: str, record: CellRecord) -> list[Proven]:
        """What was proven of a rule on the hardware that this cell used."""
        here = hardware(record.components)
        return [one for one in self._proven(rule) if one.hardware == here]

    def _as_proven_here(self, case: Case) -> Advice:
        """With the range that was proven of it."""
        one, proven = case.advice, self._proven_here(case.advice.rule, case.record)
        return replace(one, saving=narrowed(one.saving, proven, case.workload))

    def _is_compared(self, record: CellRecord, raw_cell: str) -> bool:
        options = read(raw_cell)
        by_user = options is not None and options.compare is not None and options.rule is None
        return by_user or record.source_hash in self._compared

    def _forget_other_versions(self, record: CellRecord) -> None:
        """A cell that was edited sheds the advice for its old code."""
        with self._lock:
            dropped = self._drop(
                lambda old: outdated(old, record) and old.source_hash != record.source_hash
            )
        if dropped:
            self._publish(self.advice)

    def _drop(self, doomed: Callable[[Advice], bool]) -> bool:
        old = [key for key, one in self._advice.items() if doomed(one)]
        for key in old:
            del self._advice[key]
            self._cases.pop(key, None)
        return bool(old)

    def _rank(self, one: Advice) -> tuple[bool, float, float]:
        used_j = self._runs.active_j(one.source_hash)
        share = 0.0 if one.saving is None else one.saving.middle
        return one.status == "candidate", -share * used_j, -used_j

    def _signals(self, record: CellRecord) -> Signals:
        return self._runs.signals(record, self._heard.after(record.source_hash or ""))


def _less_trusted(one: Finding) -> Finding:
    """Listed only, as the rule was wrong for most of the cells it was tested on here."""
    return replace(one, listed=True, facts=(*one.facts, DOUBTFUL))
