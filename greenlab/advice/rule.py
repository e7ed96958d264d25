"""What a rule of advice is: one file in `rules/`, one name in its tuple."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from greenlab.advice.rewriting.edits import Edit
from greenlab.advice.signals import Signals
from greenlab.advice.work import Work
from greenlab.cellcode.cell_ast import Code
from greenlab.cellcode.introspect import Live, loaded_module
from greenlab.cellcode.parsed_source import SourceText
from greenlab.record import Saving

S = TypeVar("S", bound="Site")
C = TypeVar("C")

# How a change is verified. V1: paired re-run with equal outputs; V2: paired re-run and a
# metric that must hold; V3: recorded power traces; V4: a projection, never "verified".
Verify = Literal["V1", "V2", "V3", "V4"]


@dataclass(frozen=True, slots=True)
class Library:
    """A library a rule speaks of, from one version up to but not including another."""

    module: str
    since: tuple[int, ...]
    before: tuple[int, ...]

    def present(self) -> bool:
        """Whether the user has imported it in such a version."""
        if (module := loaded_module(self.module)) is None:
            return False
        own = vars(module)
        # A lazy module, such as transformers, keeps its version among its objects.
        version = own.get("__version__") or own.get("_objects", {}).get("__version__", "")
        numbers = []
        for part in str(version).split(".")[:3]:
            if not part.isdecimal():
                break
            numbers.append(int(part))
        return self.since <= tuple(numbers) < self.before


@dataclass(frozen=True)
class Site:
    """A place in a cell at which a rule may apply. `fact` says what stands there."""

    fact: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A change in words and edits. `edits` empty: the cell's shape allows no safe one.

    `by_hand` says what to change when no edit can be made. `affects`: what code may read
    of an object, or call, and the change takes away or makes worse; where code does, the advice
    is only listed. `affects_of`: the classes of that object, none for any. `text`: what the
    edits are of, where that is not the code in which the rule found its place.
    """

    risk: str
    by_hand: str
    edits: tuple[Edit, ...] = ()
    text: SourceText | None = None
    affects: frozenset[str] = frozenset()
    affects_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """What a trigger gives where the rule may apply but is not sure enough to interrupt.

    Such a finding is kept for those who ask (`%greenlab advice`), never shown unasked.
    """

    facts: tuple[str, ...]


@dataclass(frozen=True)
class Rule(Generic[S, C]):
    """A rule fires where `candidates` and `confirm` and `trigger` agree.

    Each is asked about the cell and then about every function of the user's that the cell
    calls (`Code`), with the variables as that function sees them (`Live`).

    `when`: in a few words, what it fires on. `candidates`: places, from the code alone.
    `confirm`: what the live objects say of one, as plain data (never the objects), or `None`.
    `trigger`: facts with numbers in favour, the same as `Listed` when they are too weak to
    interrupt for, or `None` to stay silent. `rewrite`: the change. `estimate`: the cited
    saving, `None` when no source gives one. `libraries`: all must be imported. `conflicts`:
    rules whose change does not go with this one. `sources`: where its claims come from.
    `by_reading`: whether its candidates are worth naming in a notebook that was only read.
    `rank`: how much may be saved, as a fraction, where nothing is cited: only to order by.
    `read`: places in code that was only read, where those are fewer than the candidates.
    `of_idle_gpu`: whether it is about a GPU that waits, so that the cell need not be heavy.
    `work`: the work at a place that its change makes lighter, to be found again in stacks;
    `None`: it cannot be told apart. `alone`: whether no other work of the cell's is known that
    the change leaves as it is: where there is, and no stacks are, the saving may be nothing.
    """

    id: str
    title: str
    when: str
    libraries: tuple[Library, ...]
    candidates: Callable[[Code], Iterable[S]]
    confirm: Callable[[S, Code, Live], C | None]
    trigger: Callable[[C, Signals], tuple[str, ...] | Listed | None]
    rewrite: Callable[[C], Plan]
    estimate: Callable[[C], Saving | None]
    verify: Verify
    sources: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    by_reading: bool = True
    read: Callable[[Code], Iterable[S]] | None = None
    rank: Callable[[C], float] | None = None
    of_idle_gpu: bool = False
    work: Callable[[S, Code, Live], Work | None] | None = None
    alone: Callable[[C], bool] | None = None
