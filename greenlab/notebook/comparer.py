"""`%%energy --compare`: the cell runs once as ever, then is measured against another version.

The runs begin from the kernel as it was before the cell, where it can be copied then.
"""

from __future__ import annotations

import contextlib
import re
import uuid
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from greenlab import units
from greenlab.cellcode.source_hash import source_hash
from greenlab.record import CellRecord, Progress
from greenlab.record.display import ENDED

if TYPE_CHECKING:
    from greenlab.notebook.advice_case import Case
    from greenlab.notebook.adviser import Adviser
    from greenlab.notebook.options import Options
    from greenlab.proof import CodeVersion, Frozen

_COUNT: Final = r"\[?(\d+)\]?"
_MOST_CELLS: Final = 1000


class Comparer:
    """Runs the proofs of one shell; `adviser` learns what comes of its advice."""

    def __init__(self, shell: Any, adviser: Adviser) -> None:
        self._shell = shell
        self._adviser = adviser
        self._sources: dict[str, str] = {}
        self._frozen: Frozen | None = None

    def fault(self, options: Options) -> str | None:
        """Why the other version can never run: found before the cell does."""
        if options.compare is None or options.rule is not None:
            return None
        from greenlab.proof.code_version import CodeVersion, NotPythonError, UnfitError

        try:
            CodeVersion.of(self._source(options.compare))
        except NotPythonError as error:
            return f"--compare {options.compare}: {error}"
        except (_NothingError, UnfitError):  # told after the cell
            return None
        return None

    def before(self, raw_cell: str, cell_id: str | None, options: Options | None) -> None:
        """A cell begins: remember what it says and, if it is to be compared, how things are."""
        if cell_id is not None:
            self._sources.pop(cell_id, None)
            self._sources[cell_id] = raw_cell
            if len(self._sources) > _MOST_CELLS:
                del self._sources[next(iter(self._sources))]
        self._give_up()
        if options is not None and options.compare is not None:
            from greenlab.proof import Frozen

            with contextlib.suppress(OSError):
                self._frozen = Frozen(self._shell.user_ns)

    def after(self, record: CellRecord, raw_cell: str, options: Options) -> None:
        """The cell ended: measure it or, where it failed, say that it is not."""
        if options.compare is None:
            return
        try:
            self._compare(record, raw_cell, options)
        except _NothingError as error:
            self._line(uuid.uuid4().hex, f"not compared: {error}")
        finally:
            self._give_up()

    def _compare(self, record: CellRecord, raw_cell: str, options: Options) -> None:
        from greenlab.advice.rules import promises_same
        from greenlab.proof import Proof, Terms
        from greenlab.proof.code_version import UnfitError

        if record.status != "ok":
            raise _NothingError(ENDED[record.status])
        terms = Terms(
            metric=options.metric,
            max_drop=options.max_drop,
            budget_s=options.budget_s,
            same=promises_same(options.rule),
        )
        try:
            pair = self._pair(options, record, raw_cell)
        except UnfitError as error:
            raise _NothingError(str(error)) from None
        proof = Proof(
            *pair.versions,
            self._shell.user_ns,
            terms,
            rule=options.rule,
            source_hash=pair.case.workload.source_hash if pair.case else record.source_hash,
            expected_s=record.duration_s,
            frozen=self._frozen,
        )
        self._frozen = None
        line = uuid.uuid4().hex
        estimate = _estimate(record, _latest_run(pair.source), terms.looks[0])
        self._line(line, estimate)

        def show(progress: Progress) -> None:
            if progress.stage == "measuring":
                self._line(line, f"comparing: {progress}", update=True)
            elif progress.stage == "looking" and progress.busy:
                self._line(line, f"{progress.busy.capitalize()}. {estimate}", update=True)

        verdict = proof.run(show)
        self._shell.display_pub.publish(
            data=verdict._repr_mimebundle_(), transient={"display_id": line}, update=True
        )
        if pair.case is not None:
            self._adviser.set_verdict(pair.case.advice.id, verdict)

    def _pair(self, options: Options, record: CellRecord, raw_cell: str) -> _Pair:
        """Both versions.

        Raises:
            UnfitError: one of them cannot be run again.
        """
        from greenlab.notebook.advice_case import versions
        from greenlab.proof import CodeVersion, matching_definitions

        if options.rule is None:
            changed = self._source(options.compare or "")
            self._adviser.leave(source_hash(changed))
            cell = CodeVersion.of(raw_cell)
            if matching_definitions.are_definitions(changed, raw_cell):
                space = self._shell.user_ns
                return _Pair(
                    matching_definitions.versions(cell, changed, space, self._adviser.texts)
                )
            return _Pair((cell, CodeVersion.of(changed)), changed)
        advice = self._adviser.for_cell(record, raw_cell, options.rule)
        case = None if advice is None else self._adviser.case(advice.id)
        if case is None:
            raise _NothingError(_why_silent(options.rule))
        if case.advice.change is None:
            raise _NothingError(f"the change of {options.rule} has to be made by hand here")
        here = case.advice.place is None
        return _Pair(versions(case), case.advice.change.text if here else None, case)

    def _source(self, what: str) -> str:
        """What another cell or a file says.

        Raises:
            _NothingError: there is no such cell or file.
        """
        if (count := re.fullmatch(_COUNT, what)) is not None:
            cells = self._shell.history_manager.input_hist_raw
            if not 0 < int(count[1]) < len(cells):
                raise _NothingError(f"there is no cell [{count[1]}]")
            return str(cells[int(count[1])])
        if what in self._sources:
            return self._sources[what]
        try:
            return Path(what).expanduser().read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise _NothingError(
                f"{what} is no rule, no cell that ran and no file that can be read"
            ) from None

    def _line(self, display_id: str, text: str, *, update: bool = False) -> None:
        self._shell.display_pub.publish(
            data={"text/plain": text, "text/html": f"<div>{escape(text)}</div>"},
            transient={"display_id": display_id},
            update=update,
        )

    def _give_up(self) -> None:
        if self._frozen is not None:
            self._frozen.close()
            self._frozen = None


class _Pair(NamedTuple):
    """`source`: what the second version says, if it is a cell; `case`: the advice it is of."""

    versions: tuple[CodeVersion, CodeVersion]
    source: str | None = None
    case: Case | None = None


class _NothingError(Exception):
    """There is nothing to compare; the message says why."""


def _latest_run(source: str | None) -> CellRecord | None:
    """The latest run of a cell with this code, if one ended here."""
    from greenlab import session

    if source is None:
        return None

    wanted = source_hash(source)
    runs = (one for one in reversed(session.current().recent) if one.source_hash == wanted)
    return next((one for one in runs if one.status == "ok"), None)


def _estimate(record: CellRecord, other: CellRecord | None, least: int) -> str:
    """What the proof will take, said before it does."""
    from greenlab.proof.protocol import effort

    whole = effort(record, other)
    took = units.duration(whole.duration_s)
    text = f"comparing: from {2 + 2 * least} runs on, as a rule about {whole.runs}: {took}"
    if whole.energy_j is not None:
        text += f" and {units.energy(whole.energy_j)}"
    if other is None:
        text += " if the other version takes as much"
    return f"{text}. Interrupt to stop."


def _why_silent(rule: str) -> str:
    from greenlab.advice.rules import RULES

    if rule not in {one.id for one in RULES}:
        return f"there is no rule {rule}; docs/advice.md lists them"
    return f"{rule} finds nothing to change in this cell"
