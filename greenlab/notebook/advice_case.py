"""A piece of advice as it can be tried: the cell that ran, and both versions of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from greenlab.advice.track_record import Workload
from greenlab.cellcode.source_hash import source_hash
from greenlab.lazy_dataclasses import dataclass
from greenlab.record import Advice, CellRecord, Place

if TYPE_CHECKING:
    from greenlab.advice import Finding
    from greenlab.proof import CodeVersion


@dataclass(frozen=True, slots=True)
class Case:
    """A piece of advice, and the cell that it is about as it ran.

    `text`: the cell or file that the change is of, where that is another.
    """

    advice: Advice
    raw_cell: str
    record: CellRecord
    text: str | None = None

    @property
    def workload(self) -> Workload:
        """What a proof of it is of."""
        return workload_of(self.record, self.text)


def workload_of(record: CellRecord, text: str | None = None) -> Workload:
    """The code that ran, and what a run of it used. `text`: what else a change is of."""
    own = record.source_hash or ""
    code = own if text is None else f"{own}+{source_hash(text)}"
    return Workload(code, record.energy_j.value)


def text_elsewhere(finding: Finding) -> str | None:
    """The text that a change is of, where that is another than the cell's."""
    return None if finding.text.place is None else finding.text.source


def workload_with(finding: Finding, record: CellRecord) -> Workload:
    """What a proof of it would be of."""
    return workload_of(record, text_elsewhere(finding))


def versions(case: Case) -> tuple[CodeVersion, CodeVersion]:
    """The cell as it is and with the change, wherever that stands.

    Raises:
        UnfitError: they cannot be run again; the message says why.
    """
    from greenlab.proof.code_version import CodeVersion
    from greenlab.proof.inline_run_magic import runs
    from greenlab.proof.redefinition import Redefinition

    advice, change = case.advice, case.advice.change
    assert change is not None
    place = advice.place
    if place is not None and place.file is not None and runs(case.raw_cell, place.file):
        texts = ({place.file: text} for text in (case.text or "", change.text))
        before, after = (CodeVersion.of(case.raw_cell, scripts) for scripts in texts)
        return before, after
    cell = CodeVersion.of(case.raw_cell)
    if place is None or case.text is None:
        return cell, CodeVersion.of(change.text)
    files = () if place.file is None else (place.file,)
    pair = Redefinition.pair(case.text, change.text, _words(place), files)
    return replace(cell, redefined=pair[0]), replace(cell, redefined=pair[1])


def can_be_proven(case: Case) -> bool:
    """Whether a change elsewhere is of functions and classes, which a copy can replace."""
    from greenlab.proof.code_version import CannotReplaceError, UnfitError

    try:
        versions(case)
    except CannotReplaceError:
        return False
    except UnfitError:
        return True  # the proof says why it must not run
    return True


def _words(place: Place) -> str:
    from greenlab.proof.redefinition import DEFINING_CELL

    if place.file is not None:
        return f"your file {Path(place.file).name}"
    if place.execution_count is not None:
        return f"cell [{place.execution_count}]"
    return DEFINING_CELL
