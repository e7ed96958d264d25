"""Proves advice from the panel: on a thread, in a copy of the kernel, while the user goes on.

The cell has run before, so both versions begin from what it left behind, as when a cell is run
again. Where that is not where the cell itself began, the verdict says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from greenlab import units
from greenlab.notebook.advice_case import Case, versions
from greenlab.notebook.adviser import Adviser
from greenlab.record import Progress, Verdict
from greenlab.record.messages import Prove, Proving

if TYPE_CHECKING:
    from greenlab.proof import Proof

_AGAIN_S: Final = 0.2
_LAST_S: Final = 2.0
_ALIKE: Final = 2.0
"""Run again, a cell may use so many times more or less before that is worth a word."""


class Prover:
    """One proof at a time; `tell` hears how it goes, on any thread, `adviser` its verdict."""

    def __init__(
        self,
        shell: Any,
        adviser: Adviser,
        busy: Callable[[], bool],
        tell: Callable[[Proving], None],
    ) -> None:
        self._shell = shell
        self._adviser = adviser
        self._busy = busy
        self._tell = tell
        self._lock = threading.RLock()
        self._now: Proving | None = None
        self._proof: Proof | None = None
        self._depth = 0

    @property
    def proving(self) -> Proving | None:
        """What is being proven now."""
        return self._now

    def prove(self, order: Prove) -> None:
        """Begin once no cell runs; from any thread. While another runs, nothing happens."""
        with self._lock:
            if self._now is not None:
                return
            self._now = Proving(order.id, Progress("looking", 0, 0, 0.0))
        self._say("waiting" if self._busy() else "looking")
        self._on_the_kernels_thread(self._begin, order)

    def stop(self, advice_id: str) -> None:
        """End the proof of this advice; from any thread."""
        with self._lock:
            now, proof = self._now, self._proof
            if now is None or now.id != advice_id:
                return
            if proof is None:
                self._end(None)
                return
        proof.stop()

    def close(self) -> None:
        """End what runs, and wait until nothing of it is left."""
        proof, self._now = self._proof, None
        if proof is not None:
            proof.stop()
            proof.wait(_LAST_S)

    def _begin(self, order: Prove) -> None:
        if self._now is None or self._now.id != order.id or self._proof is not None:
            return  # it was stopped before it began
        if self._busy():  # a cell that awaits lets others in
            threading.Timer(_AGAIN_S, self._on_the_kernels_thread, (self._begin, order)).start()
            return
        case = self._adviser.case(order.id)
        if case is None or case.advice.change is None:
            self._end(None)
            return
        self._say("looking")
        try:
            proof = self._prepare(case, order)
        except Exception as error:  # noqa: BLE001  else the page would wait for its end
            self._end(_refused(error))
            return
        with self._lock:
            if self._now is None:
                return  # it was stopped while it was prepared
            self._proof = proof
        self._shell.events.register("pre_run_cell", self._cell_begins)
        self._shell.events.register("post_run_cell", self._cell_ended)
        proof.start(self._progress, self._end)

    def _prepare(self, case: Case, order: Prove) -> Proof:
        """The proof, not begun.

        Raises:
            ValueError: the order or a version is not fit for one; the message says why.
        """
        from greenlab.advice.rules import promises_same
        from greenlab.proof import Proof, Terms
        from greenlab.proof.safety.rebound_names import replaced

        same = promises_same(case.advice.rule)
        terms = Terms(metric=order.metric, max_drop=order.max_drop, same=same)
        before, after = versions(case)
        lost = replaced(before.tree)
        used_j = case.record.energy_j.value

        def caveat(verdict: Verdict) -> str | None:
            if verdict.before_j is None:
                return None
            if lost:
                return (
                    f"the cell replaces what it begins with ({', '.join(sorted(lost))}): both "
                    "versions began with what it left. %%energy --compare "
                    f"{case.advice.rule} begins before it"
                )
            if used_j and not 1 / _ALIKE <= verdict.before_j / used_j <= _ALIKE:
                again, first = units.energies(verdict.before_j, used_j)
                return (
                    f"run again, the cell used {again} and not {first}: it finds things as it "
                    "left them"
                )
            return None

        return Proof(
            before,
            after,
            self._shell.user_ns,
            terms,
            rule=case.advice.rule,
            source_hash=case.workload.source_hash,
            expected_s=case.record.duration_s,
            caveat=caveat,
        )

    def _progress(self, progress: Progress) -> None:
        with self._lock:
            if self._now is not None:
                self._now = replace(self._now, progress=progress)
                self._say("waiting" if self._depth > 0 else progress.stage)

    def _end(self, verdict: Verdict | None) -> None:
        """`None`: it never began."""
        with self._lock:
            now, proof = self._now, self._proof
            self._now = self._proof = None
            self._depth = 0
        if proof is not None:
            self._shell.events.unregister("pre_run_cell", self._cell_begins)
            self._shell.events.unregister("post_run_cell", self._cell_ended)
        if now is None:
            return
        if verdict is not None:
            self._adviser.set_verdict(now.id, verdict)
        self._tell(replace(now, progress=replace(now.progress, stage="done")))

    def _cell_begins(self, _info: Any) -> None:
        self._depth += 1
        if self._depth == 1 and self._proof is not None:
            self._proof.pause()
            self._say("waiting")

    def _cell_ended(self, _result: Any) -> None:
        self._depth = max(0, self._depth - 1)
        if self._depth == 0 and self._proof is not None:
            self._proof.resume()
            now = self._now
            self._say("measuring" if now is not None and now.progress.of else "looking")

    def _say(self, stage: Any) -> None:
        with self._lock:  # nothing is said of a proof after its end
            now = self._now
            if now is not None:
                self._now = now = replace(now, progress=replace(now.progress, stage=stage))
                self._tell(now)

    def _on_the_kernels_thread(self, call: Callable[[Prove], None], order: Prove) -> None:
        """Between two cells, where the user's objects stand still."""
        loop = getattr(getattr(self._shell, "kernel", None), "io_loop", None)
        if loop is None:
            call(order)
        else:
            loop.add_callback(call, order)


def _refused(error: Exception) -> Verdict:
    """The verdict where a proof could not begin."""
    from greenlab import session
    from greenlab.proof.code_version import UnfitError

    if isinstance(error, UnfitError):
        return Verdict.missing(str(error), error.status)
    if isinstance(error, ValueError):
        return Verdict.missing(str(error))
    session.current().note_trouble(error)
    return Verdict.missing(f"greenlab itself failed: {type(error).__name__}")
