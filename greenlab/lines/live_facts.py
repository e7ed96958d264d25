"""What is seen of the user's objects while the line that uses them runs.

At the first samples of a line the readers of `greenlab.lines.readers` are shown the variables
of its call. They give plain data; nothing that they look at is kept. A look lasts as long as
`LOOKS_S` says, and all looks of a window take no more than `FIRST_S` and `OF_A_CORE`: the times
are those of a fast machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import thread_time
from typing import Any, Final

from greenlab.host.machine_pace import pace
from greenlab.lines.calls import Calls
from greenlab.lines.frame_locals import local_variables
from greenlab.lines.stack import Seen
from greenlab.record.hot_stack import DATA, FITTED, Facts, Plain

LOOKS_S: Final = {1: 100e-6, 3: 100e-6, 8: 200e-6, 20: 500e-6, 120: 4e-3}
"""Which samples of a line look, and how long at most: names are bound later than at the first,
and a line that stays hot is worth the longer look that a large model takes."""
_UNLESS_SEEN: Final = max(LOOKS_S)
"""This sample looks only where the time was never enough."""
_NEVER: Final = 1_000_000
FIRST_S: Final = 2e-3
OF_A_CORE: Final = 0.001
_MOST_LINES: Final = 64
_MOST_NAMES: Final = 24
_MOST_TEXT: Final = 200
_GIVEN: Final = ("self", "X")
"""How the variables of a library's function begin that fits to data, or predicts."""
_NEAR: Final = 4
"""So many calls below the user's own such a function is looked for: decorators are between."""


class LiveFacts:
    """The facts of one window by line of the user's code."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, int], dict[str, dict[str, Plain]]] = {}
        self._counts: dict[tuple[str, int], int] = {}
        self._whole: set[tuple[str, int]] = set()
        self._spent_s = 0.0

    def of(self, file: str, line: int) -> Mapping[str, Facts]:
        """What was seen at a line, by the names of variables."""
        return self._of.get((file, line), {})

    def another(self, seen: Seen) -> int:
        """One more look at a line; its number if its variables are due, else 0."""
        inner = seen.inner
        if inner is None:
            return 0
        key = inner.file, inner.line
        if key not in self._counts and len(self._counts) >= _MOST_LINES:
            return 0
        count = self._counts[key] = self._counts.get(key, 0) + 1
        return count if count in LOOKS_S else 0

    def looked(self, seen: Seen, looks: int) -> None:
        """So many more looks at a line, at none of which its variables were due."""
        if seen.inner is not None:
            key = seen.inner.file, seen.inner.line
            if key in self._counts:
                self._counts[key] += looks

    def next_in(self, seen: Seen) -> int:
        """After how many more looks at a line its variables are due."""
        inner = seen.inner
        count = 0 if inner is None else self._counts.get((inner.file, inner.line), 0)
        return next((one - count for one in LOOKS_S if one > count), _NEVER)

    def look(
        self,
        seen: Seen,
        count: int,
        calls: Calls,
        user_index: int,
        age_s: float,
    ) -> None:
        """Look at the call of the user's code, unless its variables outlive it, and at that of
        a library that is given data. `count`: which sample of the line this is; `age_s`: of
        the window.
        """
        longest_s, inner = LOOKS_S.get(count), seen.inner
        if longest_s is None or inner is None or user_index < 0:
            return
        slower = pace()
        if self._spent_s > FIRST_S * slower + OF_A_CORE * age_s:
            return
        key = inner.file, inner.line
        if count == _UNLESS_SEEN and key in self._whole:
            return
        begun_s, whole = thread_time(), True
        facts = self._of.setdefault(key, {})
        try:
            _load_readers()
            begun_s = thread_time()
            if inner.function != "<module>":
                with local_variables(calls.frames, user_index) as variables:
                    whole = _read(variables, facts, longest_s * slower)
            for index in range(user_index - 1, max(-1, user_index - 1 - _NEAR), -1):
                if calls.code(index).co_varnames[:2] == _GIVEN:
                    with local_variables(calls.frames, index) as variables:
                        given = {FITTED: variables.get("self"), DATA: variables.get("X")}
                        whole = _read(given, facts, longest_s * slower) and whole
                    break
            if whole:
                self._whole.add(key)
        except Exception:  # noqa: BLE001, S110 an object of the user's that cannot be looked at
            pass
        finally:
            self._spent_s += thread_time() - begun_s


def _load_readers() -> None:
    """Import them, the first time."""
    from greenlab.lines.readers import readers

    readers()


def _read(
    variables: Mapping[str, Any],
    facts: dict[str, dict[str, Plain]],
    longest_s: float,
) -> bool:
    """Whether the time was enough."""
    from greenlab.cellcode.introspect import Live
    from greenlab.cellcode.look_budget import LookBudget, OutOfTimeError
    from greenlab.lines.readers import readers

    live = Live(variables, budget=LookBudget(longest_s))
    try:
        with live.looking():
            for read in readers():
                for name, found in read(live):
                    seen = _plain(found)
                    if name not in facts and len(facts) >= _MOST_NAMES:
                        continue
                    known = facts.get(name, {})
                    if seen.get("type", known.get("type")) != known.get("type"):
                        known = {}  # another object has the name by now
                    facts[name] = {**known, **seen}
    except OutOfTimeError:
        return False
    return True


def _plain(found: Mapping[str, Any]) -> dict[str, Plain]:
    """Plain data alone: a reader that gives more gives nothing."""
    return {
        key: value[:_MOST_TEXT] if type(value) in (str, tuple) else value
        for key, value in found.items()
        if type(value) in (str, int, float, bool, type(None))
        or (type(value) is tuple and all(type(one) is str for one in value))
    }
