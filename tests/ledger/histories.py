"""Random histories of several ledgers, and what they must hold, by sets alone."""

import itertools
import shutil
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from greenlab.ledger import Ledger, compaction, merging, numbering, schema, verifying

from .conftest import figure, record

START = datetime(2026, 3, 1, 8).astimezone()
FILES = ("a", "b", "c")
DAYS = 3
NOTEBOOKS = ("/x.ipynb", "/y.ipynb")

_place = st.sampled_from(FILES)
_day = st.integers(0, DAYS - 1)
STEPS = st.one_of(
    st.tuples(st.just("add"), _place, _day, st.sampled_from(NOTEBOOKS), st.integers(0, 5)),
    st.tuples(st.just("add"), _place, _day, st.sampled_from(NOTEBOOKS), st.integers(0, 5)),
    st.tuples(st.just("settle"), _place, st.integers(0, 50)),
    st.tuples(st.just("forget"), _place, st.sampled_from([None, *NOTEBOOKS]), _day),
    st.tuples(st.just("compact"), _place, st.integers(1, DAYS)),
    st.tuples(st.just("merge"), _place, _place),
    st.tuples(st.just("merge"), _place, _place),
    st.tuples(st.just("copy"), _place),
)
"""One thing that somebody does to one of the ledgers."""


@dataclass(frozen=True)
class Sums:
    """Of compacted records: of which, and what they come to."""

    bucket: tuple
    ids: frozenset
    joules: int


@dataclass
class State:
    """What a ledger holds. `forms`: a record's latest form by its id, with its revision."""

    forms: dict = field(default_factory=dict)
    forgotten: set = field(default_factory=set)
    sums: set = field(default_factory=set)

    def take(self, other):
        """All that another one holds."""
        for id_, form in other.forms.items():
            if id_ not in self.forms or self.forms[id_][0] < form[0]:
                self.forms[id_] = form
        self.forgotten |= other.forgotten
        self.sums |= other.sums
        self.drop()

    def drop(self):
        """What was deleted, or is in sums."""
        self.sums = {one for one in self.sums if one.ids - self.forgotten}
        gone = self.forgotten.union(*(one.ids for one in self.sums))
        self.forms = {id_: form for id_, form in self.forms.items() if id_ not in gone}

    def counting(self):
        """The sums that count: of those that overlap, the ones with most records."""
        found = set()
        for one in sorted(
            self.sums, key=lambda one: (-len(one.ids - self.forgotten), len(one.ids))
        ):
            if not any(one.bucket == each.bucket and one.ids & each.ids for each in found):
                found.add(one)
        return found

    @property
    def joules(self):
        here = set(self.forms).union(*(one.ids for one in self.sums))
        single = sum(
            one.energy_j.value
            for _, one, _ in self.forms.values()
            if one.counted_in not in here
        )
        return single + sum(one.joules for one in self.counting())


class World:
    """Some ledgers, each with the state that it must have."""

    def __init__(self, folder):
        self.folder = folder
        self.states = {name: State() for name in FILES}
        self.written = {name: [] for name in FILES}
        self.origins = {name: set() for name in FILES}
        self._revisions = itertools.count()
        self._copies = itertools.count()
        self._numbers = itertools.count()
        for name in FILES:
            for beside in ("", "-wal", "-shm"):
                self.path(name + beside).unlink(missing_ok=True)

    def path(self, name):
        return self.folder / f"ledger-{name}"

    def do(self, step):
        what, name, *more = step
        getattr(self, what)(name, *more)

    def _add(self, name, one):
        with closing(Ledger(self.path(name))) as ledger:
            ledger.add(one)
            assert ledger.warning is None
        with closing(schema.connect(self.path(name))) as connection:
            origin = numbering.origin_name(connection)
        self.origins[name].add(origin)
        state = self.states[name]
        state.forms[one.id] = next(self._revisions), one, origin
        state.drop()

    def add(self, name, day, notebook, holder):
        """A record of a kernel of this ledger, perhaps counted in one of any ledger."""
        number = next(self._numbers)
        everywhere = [id_ for ids in self.written.values() for id_ in ids]
        counted_in = everywhere[-holder] if 0 < holder <= len(everywhere) else None
        begin = START + timedelta(days=day, minutes=number % 600)
        one = record(
            id=f"{name}-{number:05}",
            kernel_id=f"kernel-{name}",
            notebook=notebook,
            started_at=begin.isoformat(),
            counted_in=counted_in,
            energy_j=figure(float(1 + number * number)),
        )
        self.written[name].append(one.id)
        self._add(name, one)

    def settle(self, name, which):
        """A later form of a record, in the ledger that has it."""
        own = [
            one
            for _, one, _ in self.states[name].forms.values()
            if one.id in self.written[name]
        ]
        if own:
            one = own[which % len(own)]
            self._add(name, replace(one, energy_j=figure(one.energy_j.value + 0.5)))

    def forget(self, name, notebook, day):
        before = (START + timedelta(days=day)).replace(hour=0)
        state = self.states[name]
        gone = {
            one.id for _, one, _ in state.forms.values()
            if notebook in (None, one.notebook) and datetime.fromisoformat(one.started_at) < before
        }  # fmt: skip
        for one in state.sums:
            _, its_notebook, its_day = one.bucket
            if notebook in (None, its_notebook) and its_day < before.date().isoformat():
                gone |= one.ids
        with closing(Ledger(self.path(name))) as ledger:
            ledger.forget(notebook=notebook, before=before)
        state.forgotten |= gone
        state.drop()

    def compact(self, name, day):
        """Of what was written in this ledger."""
        until = (START + timedelta(days=day)).date().isoformat()
        with closing(schema.connect(self.path(name))) as connection:
            compaction.compact(connection, until)
        state = self.states[name]
        buckets = {}
        for _, one, origin in state.forms.values():
            its_day = datetime.fromisoformat(one.started_at).date().isoformat()
            if origin in self.origins[name] and its_day < until:
                buckets.setdefault((origin, one.notebook, its_day), []).append(one)
        for bucket, records in buckets.items():
            known = frozenset().union(*(
                each.ids for each in state.counting() if each.bucket == bucket
            ))  # fmt: skip
            ids = known | {one.id for one in records if one.counted_in is None}
            while more := {one.id for one in records if one.counted_in in ids} - ids:
                ids |= more
            if ids == known:
                continue
            joules = sum(
                each.joules for each in state.counting() if each.bucket == bucket
            ) + sum(one.energy_j.value for one in records if one.counted_in is None)
            state.sums.add(Sums(bucket, ids, joules))
        state.drop()

    def merge(self, name, other):
        if name != other:
            merge(self.path(name), self.path(other))
            self.states[name].take(self.states[other])

    def copy(self, name):
        """Another file takes the ledger's place, as after a move to another disk."""
        Ledger(self.path(name)).close()
        copy = self.path(f"copy-{next(self._copies)}")
        shutil.copy(self.path(name), copy)
        copy.replace(self.path(name))

    def check(self, name):
        """The ledger holds what it must."""
        state = self.states[name]
        with closing(Ledger(self.path(name))) as ledger:
            assert {one.id: one for one in ledger.records()} == {
                id_: one for id_, (_, one, _) in state.forms.items()
            }
            found = ledger.totals().energy_j.value or 0.0
            assert abs(found - state.joules) < 1e-6, (found, state.joules)
            assert (
                sum(one.energy_j.value or 0.0 for one in ledger.breakdown("day").values())
                == found
            )
            assert ledger.warning is None
        with closing(schema.connect(self.path(name))) as connection:
            assert verifying.verify(connection) == []


def merge(path, other):
    with closing(schema.connect(path)) as connection:
        return merging.merge(connection, other)


def content(path):
    """All that makes a ledger's state, in one order."""
    Ledger(path).close()
    with closing(schema.connect(path)) as connection:
        ask = connection.execute
        records = ask(
            "SELECT record.id, revision, name, counted_in, day, template, record FROM record "
            "JOIN origin ON origin.number = record.origin "
            "LEFT JOIN bucket ON bucket.id = bucket ORDER BY 1"
        ).fetchall()
        sums = ask(
            "SELECT daily_sums.id, bucket, name, counts, first, last, sums FROM daily_sums "
            "JOIN origin ON number = origin ORDER BY 1"
        ).fetchall()
        ids = ask("SELECT sums, id FROM compacted ORDER BY 1, 2").fetchall()
        forgotten = ask("SELECT id FROM forgotten ORDER BY 1").fetchall()
        absent = ask("SELECT id FROM absent ORDER BY 1").fetchall()
        assert verifying.verify(connection) == []
    return records, sums, ids, forgotten, absent
