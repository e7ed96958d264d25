"""A proof: two versions measured against each other, here or on a thread, until it is clear.

proof = Proof(Version.of(before), Version.of(after), namespace, Terms(budget_s=120))
verdict = proof.run(print)          # waits; Ctrl-C stops it with a verdict

proof.start(on_progress, on_done)   # returns at once; the state it starts from is frozen
proof.stop()                        # from any thread: ends as inconclusive
proof.wait()
"""

from __future__ import annotations

import contextlib
import queue
import shutil
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from greenlab import session
from greenlab.proof import machine_load
from greenlab.proof.backends import choose
from greenlab.proof.backends.backend import Base, Bench, GoneError, InPlace
from greenlab.proof.code_version import CodeVersion
from greenlab.proof.eligibility import may_run, unknown_name
from greenlab.proof.paired_runs import SequentialTest
from greenlab.proof.protocol import Terms
from greenlab.proof.safety.judgement import Judgement
from greenlab.proof.weighed_run import Runner
from greenlab.record import Progress, Proven, Verdict

NOT_BESIDE: Final = (
    "it can run only in this kernel, not alongside other cells: use %%energy --compare"
)


class Proof:
    """One comparison. Make it, and start it, on the thread that runs the user's code.

    `judgement`: whether and where the versions may run; `verdict`: `None` until it is done.
    `rule`, `source_hash`: of the advice it is about, for the ledger. `expected_s`: how long
    the first version takes, if that is known. `frozen`: the state to run from, if that is not
    the one of now. `caveat` looks at the verdict for something to be said with it.
    """

    def __init__(
        self,
        before: CodeVersion,
        after: CodeVersion,
        namespace: MutableMapping[str, Any],
        terms: Terms | None = None,
        *,
        rule: str | None = None,
        source_hash: str | None = None,
        expected_s: float | None = None,
        frozen: choose.Frozen | None = None,
        caveat: Callable[[Verdict], str | None] = lambda _: None,
    ) -> None:
        self.terms = terms if terms is not None else Terms()
        self.verdict: Verdict | None = None
        self._session = session.current()
        self.judgement = may_run((before, after), namespace, self.terms)
        self._unknown = unknown_name((before, after), namespace, self.terms.metric)
        self._runner = Runner((before, after), namespace, self.terms, self._session.meter)
        self._about = rule, source_hash
        self._expected_s = expected_s
        self._bench: Bench | None = None
        self._stop = threading.Event()
        self._done = threading.Event()
        self._started = threading.Event()
        self._folder: Path | None = None
        self._frozen = frozen
        self._caveat = caveat
        self._tell: Callable[[Progress], None] = lambda _: None

    def run(self, on_progress: Callable[[Progress], None] | None = None) -> Verdict:
        """Measure and wait for the verdict; an interrupt stops it, it does not raise.

        `on_progress` is called on this thread.
        """
        if self._in_place:
            self._tell = on_progress or self._tell
            self._session.gaps.proof_began()
            self._bench = self._open()
            self._work()
        else:
            self._wait(on_progress)
        assert self.verdict is not None
        return self.verdict

    def start(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        on_done: Callable[[Verdict], None] | None = None,
    ) -> None:
        """Measure on a thread of its own, which makes both calls.

        Returns when the state that the runs start from is frozen: tens of milliseconds. Call
        `pause` and `resume` around cells that run meanwhile: a run that is under way then
        stands still, and its pair is repeated.
        """
        self._tell = on_progress or self._tell
        if self._in_place:
            self.judgement = Judgement("unsafe", NOT_BESIDE)
        self._begin(on_done)

    def pause(self) -> None:
        """A cell of the user's begins, on any thread: what is under way will not count."""
        if self._bench is not None:
            self._bench.pause()

    def resume(self) -> None:
        """The cell ended: go on."""
        if self._bench is not None:
            self._bench.resume()

    def stop(self) -> None:
        """End it soon, from any thread: the verdict is then inconclusive."""
        self._stop.set()
        bench = self._bench
        if bench is not None:
            bench.stop()

    def wait(self, timeout_s: float | None = None) -> Verdict | None:
        """The verdict, `None` if it takes longer."""
        self._done.wait(timeout_s)
        return self.verdict

    @property
    def running(self) -> bool:
        """Whether it has begun and is not done."""
        return self._started.is_set() and not self._done.is_set()

    @property
    def _in_place(self) -> bool:
        return self.judgement.level == "pure" and not choose.can_fork()

    def _wait(self, on_progress: Callable[[Progress], None] | None) -> None:
        said: queue.SimpleQueue[Progress] = queue.SimpleQueue()
        self._tell = said.put
        try:
            self._begin(None)
        except KeyboardInterrupt:
            self._close()
            self._session.gaps.proof_ended()
            self.verdict = Verdict.missing("stopped")
            return
        while True:
            try:
                while not self._done.is_set() or not said.empty():
                    with contextlib.suppress(queue.Empty):
                        progress = said.get(timeout=0.1)
                        if on_progress is not None:
                            on_progress(progress)
            except KeyboardInterrupt:
                self.stop()
            else:
                return

    def _begin(self, on_done: Callable[[Verdict], None] | None) -> None:
        def work() -> None:
            self._work()
            if on_done is not None and self.verdict is not None:
                on_done(self.verdict)

        self._session.gaps.proof_began()
        try:
            self._bench = self._open()
        except OSError as error:
            why = error.strerror or type(error).__name__
            self.judgement = Judgement("unsafe", f"no process for it could be made: {why}")
        except (ValueError, GoneError) as error:
            self.judgement = Judgement("unsafe", str(error))
        self._started.set()
        threading.Thread(target=work, name="greenlab-proof", daemon=True).start()

    def _work(self) -> None:
        hardware = ""
        try:
            found, hardware = self._measure()
            self.verdict = noted(found, self._caveat(found))
        except Exception as error:  # noqa: BLE001  our own error is reported, not raised
            session.current().note_trouble(error)
            self.verdict = Verdict.missing(f"greenlab itself failed: {type(error).__name__}")
        finally:
            self._close()
            self._session.gaps.proof_ended()
            self._keep(hardware)
            self._done.set()

    def _close(self) -> None:
        if self._frozen is not None:
            self._frozen.close()
        if self._bench is not None:
            self._bench.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _measure(self) -> tuple[Verdict, str]:
        if self.judgement.level == "unsafe":
            line = f" (line {self.judgement.line})" if self.judgement.line else ""
            return Verdict.missing(f"{self.judgement.reason}{line}", "unsafe"), ""
        if self._unknown:
            name = self._unknown
            return Verdict.missing(f"the metric reads {name}, which is not defined"), ""
        assert self._bench is not None
        stopped = self._stop.is_set
        others = machine_load.by_others()
        self._tell(Progress("looking", 0, 0, 0.0, others=others))
        trial = SequentialTest(
            self._bench, self.terms, self._tell, stopped, self._expected_s, others
        )
        try:
            return trial.verdict(), trial.hardware
        except KeyboardInterrupt:  # in place: it comes up between runs, or within one
            return trial.stopped_verdict(), trial.hardware

    def _open(self) -> Bench | None:
        """Where the versions run, frozen as of now.

        Raises:
            OSError, ValueError, GoneError: there is no such place; the message says why.
        """
        if self.judgement.level == "unsafe" or self._unknown:
            return None
        if self._frozen is not None:
            self._folder = self._frozen.folder
            self._frozen.bench.prepare(self._runner, self.judgement.paths)
            return self._frozen.bench
        if self._in_place:
            return InPlace(self._runner)
        self._folder = choose.folder()
        base = Base(self._runner, self._folder, Path.cwd(), self.judgement.paths)
        return choose.elsewhere(base, self.judgement.reads)

    def _keep(self, hardware: str) -> None:
        assert self.verdict is not None
        rule, source_hash = self._about
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        session.current().ledger.add_verdict(
            Proven(now, rule, hardware, source_hash, self.verdict)
        )


def noted(verdict: Verdict, note: str | None) -> Verdict:
    """The verdict with a note before those it has."""
    if note is None:
        return verdict
    return replace(verdict, note=f"{note}; {verdict.note}" if verdict.note else note)
