from __future__ import annotations

import itertools
import os
import signal
import threading
from collections import deque
from contextlib import closing
from dataclasses import replace

import pytest

from greenlab import session as process
from greenlab.ledger import Ledger
from greenlab.meter import Meter
from greenlab.meter.measurement import Measurement
from greenlab.record import Component, Figure
from greenlab.record.tally import RecordTally
from greenlab.session import Session
from greenlab.session import record_making
from tests.simulated import Constant, Machine, Package


def measurement(joules, *, settled=True):
    figure = Figure(joules, joules * 0.9, joules * 1.1, 0.9, "modelled")
    part = Component("cpu", "package 0", "cpu-model", figure, figure, figure, figure)
    return Measurement(1.7e9, 0.5, (part,), figure, figure, 0.5, None, settled)


class StubWindow:
    length_s = 5.0


class StubMeter:
    """Hands out prepared measurements; between two windows lie 5 s."""

    sensors = ()

    def __init__(self):
        self.on_settled = None
        self.next = itertools.repeat(measurement(10.0))
        self.closed = False

    def start(self, *, precise=False):
        return StubWindow()

    def gap(self, _before, _after):
        return StubWindow()

    def stop(self, _window, _scope="process", *, settle=True):
        return next(self.next)

    peek = stop

    def end(self, _window):
        pass

    def wait(self):
        pass

    def close(self):
        self.closed = True


@pytest.fixture
def session(own_ledger, monkeypatch):
    monkeypatch.setattr(record_making, "SHORTEST_GAP_S", 10.0)
    session = Session(StubMeter(), Ledger(own_ledger), "FR")
    yield session
    session.close()


def weigh(session, kind="cell", **options):
    weighing = session.begin(kind, **options)
    return session.end(weighing, "ok")


def test_records_come_back_in_order_from_the_ledger_too(session, monkeypatch):
    session._history.recent = deque(maxlen=2)
    made = [weigh(session).id for _ in range(5)]
    assert len(session.recent) == 2
    assert {record.id for record in session.records()} == set(made)


def test_what_another_process_counts_is_this_one_s_own_all_the_same(session, own_ledger):
    """Only the ledger, where both meet, says that it is counted there; settled figures too."""
    session._history.recent = deque(maxlen=2)
    session._nesting.as_stored = lambda record: replace(record, counted_in="outer")
    made = [weigh(session).id for _ in range(3)]
    session.meter.on_settled(session._closed[-1][0], measurement(5.0))
    assert [one.counted_in for one in Ledger(own_ledger).records()] == ["outer"] * 3
    assert {one.id for one in session.records()} == set(made)
    assert [one.counted_in for one in session.records()] == [None] * 3
    assert session.totals().energy_j.value == pytest.approx(25.0)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_tells_nothing_to_the_parent_s_front_end(session):
    heard = []
    session.listeners.append(heard.append)
    pid = os.fork()
    if pid == 0:
        weigh(session)
        os._exit(1 if heard else 0)
    assert os.waitpid(pid, 0)[1] == 0
    weigh(session)
    assert len(heard) == 1


def test_only_records_without_a_parent_count(session):
    cell = session.begin("cell")
    span = weigh(session, "span")
    outer = session.end(cell, "ok")
    assert span.parent_id == outer.id
    totals = session.totals()
    assert totals.cells == 1
    assert totals.energy_j.value == pytest.approx(10)
    assert totals.by_kind["cpu"].value == pytest.approx(10)


def test_a_span_outside_a_cell_counts(session):
    assert weigh(session, "span").parent_id is None
    assert session.totals().energy_j.value == pytest.approx(10)
    assert session.totals().cells == 0


def test_no_cell_yet_is_no_zero(session):
    totals = session.totals()
    assert totals.energy_j.value is None
    assert totals.energy_j.reason


def test_a_settled_figure_replaces_the_first_everywhere(session, own_ledger):
    seen = []
    session.listeners.append(seen.append)
    session.meter.next = iter([measurement(1.0, settled=False)])
    weighing = session.begin("cell")
    first = session.end(weighing, "ok")
    session.meter.on_settled(weighing.window, measurement(5.0))
    assert [record.energy_j.value for record in seen] == [1.0, 5.0]
    assert seen[1].id == first.id
    assert session.totals().energy_j.value == pytest.approx(5.0)
    assert session.totals().cells == 1
    assert session.latest(first).energy_j.value == 5.0
    (stored,) = Ledger(own_ledger).records(kernel_id=session.kernel_id)
    assert stored.energy_j.value == 5.0


def test_emissions_are_energy_times_intensity(session):
    record = weigh(session)
    expected = 10.0 / 3.6e6 * session.intensity.value
    assert record.emissions_g.value == pytest.approx(expected)
    assert record.emissions_g.tier == "modelled"


def test_a_new_zone_holds_from_the_next_record_on(session):
    before = weigh(session)
    session.set_zone("DE")
    after = weigh(session)
    assert (before.intensity.zone, after.intensity.zone) == ("FR", "DE")


def test_what_settles_after_a_new_zone_emits_as_in_its_own(session):
    weighing = session.begin("cell")
    first = session.end(weighing, "ok")
    session.set_zone("PL")
    session.meter.on_settled(weighing.window, measurement(5.0))
    settled = session.latest(first)
    assert settled.intensity == first.intensity
    assert settled.emissions_g.value == pytest.approx(first.emissions_g.value / 2)
    assert session.totals().emissions_g.value == pytest.approx(settled.emissions_g.value)


def test_what_settles_before_the_first_form_is_kept_comes_after_it(session, own_ledger):
    """A counter may be found out while the record is still being made."""
    seen, settlers = [], []
    session.listeners.append(seen.append)

    def stop(window, scope="process", *, settle=True):
        late = threading.Thread(
            target=lambda: session.meter.on_settled(window, measurement(5.0))
        )
        settlers.append(late)
        late.start()
        late.join(0.2)
        return measurement(1.0, settled=False)

    session.meter.stop = stop
    weigh(session)
    settlers[0].join()
    assert [record.energy_j.value for record in seen] == [1.0, 5.0]
    assert session.totals().energy_j.value == pytest.approx(5.0)
    (stored,) = Ledger(own_ledger).records(kernel_id=session.kernel_id)
    assert stored.energy_j.value == 5.0


def test_a_record_may_wait_and_is_there_for_whoever_looks(session):
    handed = []
    session.end_soon(session.begin("cell"), "ok", handed.append)
    assert not handed
    assert session.totals().cells == 1
    assert [record.id for record in session.records()] == [handed[0].id]


def kinds(records):
    return [record.kind for record in records]


def test_a_listener_that_looks_back_gets_each_record_once(session):
    told = []

    def look_back(record):
        told.append((record.name, session.totals().energy_j.value, session.count))

    session.listeners.append(look_back)
    after = []
    for name in ("one", "two"):
        session.end_soon(session.begin("span", name=name), "ok", after.append)
    session.flush()
    assert told == [("one", 10.0, 1), ("two", 20.0, 2)]
    assert [record.name for record in after] == ["one", "two"]
    assert not session.warnings()


def test_time_between_cells_is_a_record_that_is_no_cell(session, monkeypatch):
    monkeypatch.setattr(record_making, "SHORTEST_GAP_S", 1.0)
    weigh(session)
    weigh(session, "span")
    weigh(session)
    assert kinds(session.recent) == ["cell", "span", "between", "cell"]
    totals = session.totals()
    assert totals.cells == 2
    assert totals.energy_j.value == pytest.approx(40)


def test_cells_that_overlap_as_subshells_run_them(session, monkeypatch):
    monkeypatch.setattr(record_making, "SHORTEST_GAP_S", 1.0)
    long = session.begin("cell")
    weigh(session)
    assert session.running is long
    assert weigh(session, "span").parent_id == long.id
    weigh(session)
    session.end(long, "ok")
    assert session.running is None
    assert kinds(session.recent) == ["cell", "span", "cell", "cell"]
    weigh(session)
    assert kinds(session.recent)[-2:] == ["between", "cell"]


def test_a_cell_whose_begin_was_interrupted_is_not_open_for_ever(session, monkeypatch):
    monkeypatch.setattr(record_making, "SHORTEST_GAP_S", 1.0)
    session.begin("cell")  # nobody keeps it
    assert session.running is None
    weigh(session)
    weigh(session)
    assert kinds(session.recent) == ["cell", "between", "cell"]


def test_a_short_gap_leaves_no_record(session):
    weigh(session)
    weigh(session)
    assert kinds(session.recent) == ["cell", "cell"]


def test_cells_that_are_not_weighed_are_no_time_between(session, monkeypatch):
    monkeypatch.setattr(record_making, "SHORTEST_GAP_S", 1.0)
    weigh(session)
    session.gaps.forget()
    weigh(session)
    assert kinds(session.recent) == ["cell", "cell"]


def test_the_time_after_the_last_cell_is_recorded_at_the_end(session, own_ledger, monkeypatch):
    monkeypatch.setattr(record_making, "SHORTEST_GAP_S", 1.0)
    weigh(session)
    session.close()
    assert sorted(kinds(Ledger(own_ledger).records())) == ["between", "cell"]


def test_closing_finishes_what_waits(session, own_ledger):
    session.end_soon(session.begin("cell"), "ok", lambda record: record)
    session.close()
    assert len(Ledger(own_ledger).records()) == 1


def test_grams_of_different_bases_do_not_add_up(session):
    weigh(session)
    assert session.totals().emissions_g.value is not None
    session.set_zone("CN-BJ")
    weigh(session)
    totals = session.totals()
    assert totals.emissions_g.value is None
    assert "direct" in totals.emissions_g.reason
    assert totals.energy_j.value == pytest.approx(20)


def test_closing_closes_the_meter(session):
    session.close()
    assert session.meter.closed


def test_one_session_per_process_is_opened_when_asked_for():
    process.close_current()
    one = process.current()
    assert process.current() is one
    process.close_current()
    assert process.current() is not one
    process.close_current()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_lock_held_at_a_fork_does_not_hang_the_child(session):
    held, release = threading.Event(), threading.Event()

    def hold():
        with session._lock:
            held.set()
            release.wait(120)

    threading.Thread(target=hold).start()
    held.wait(120)
    pid = os.fork()
    if pid == 0:
        signal.alarm(120)
        session.totals()
        os._exit(0)
    release.set()
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("ends", ["first", "last", "last, begun late"])
def test_a_forked_child_that_ends_the_cell_too_does_not_replace_its_record(
    own_ledger, ends, monkeypatch
):
    """What it used counts once: in the parent's record, or in its own one where the parent has
    none of that time.
    """
    session = Session(ledger=Ledger(own_ledger), zone="FR")
    cell = session.begin("cell")
    (up, came_up), (ready, go) = os.pipe(), os.pipe()
    late = ends == "last, begun late"
    if late:  # the system ran the parent to the end of its cell before the child
        renew = session._nesting.renew
        monkeypatch.setattr(session._nesting, "renew", lambda: (os.read(ready, 1), renew()))
    pid = os.fork()
    if pid == 0:
        signal.alarm(10)
        os.write(came_up, b"1")
        os.read(ready, 1)
        sum(range(10**6))
        session.end(cell, "error")
        os._exit(0)
    if not late:
        os.read(up, 1)
    if ends == "first":
        os.write(go, b"1")
        assert os.waitpid(pid, 0)[1] == 0
    record = session.end(cell, "ok")
    if ends != "first":
        os.write(go, b"11")
        assert os.waitpid(pid, 0)[1] == 0
    stored = {one.id: one for one in session.ledger.records()}
    assert stored.pop(record.id) == record
    (other,) = stored.values()
    assert other.parent_id == record.id
    session.close()
    with closing(Ledger(own_ledger)) as ledger:
        records = list(ledger.records())
        known = {one.id for one in records}
        # Of a second or less after a cell the parent has no record.
        assert other.counted_in != record.id if late else other.counted_in in known
        counted = [one for one in records if one.counted_in not in known]
        total_j = ledger.totals().energy_j.value
        assert total_j == pytest.approx(sum(one.energy_j.value for one in counted))
    for end in (up, came_up, ready, go):
        os.close(end)


def test_totals_count_this_process_whatever_a_cell_showed(session):
    weighing = session.begin("cell", scope="host")
    record = session.end(weighing, "ok")
    assert record.scope == "host"
    parts = record.components
    own = sum(part.active_j.value + part.idle_j.value for part in parts)
    totals = session.totals()
    assert totals.energy_j.value == pytest.approx(own)
    assert totals.active_j.value == pytest.approx(sum(part.active_j.value for part in parts))
    stored = session.ledger.totals(kernel_id=session.kernel_id)
    assert stored.energy_j.value == pytest.approx(own)
    assert stored.emissions_g.value == pytest.approx(totals.emissions_g.value)
    assert totals.emissions_g.value == pytest.approx(own / 3.6e6 * record.intensity.value)


def test_a_cell_that_added_nothing_still_drew_power_at_rest(own_ledger):
    """Shown as `active` it used 0 J; in the sums its idle part counts, with its grams."""
    machine = Machine([Package(Constant(40.0))])
    session = Session(Meter(machine), Ledger(own_ledger), "FR")
    for scope in ("process", "process", "process", "active"):
        weighing = session.begin("cell", scope=scope)
        machine.work(0.5)
        record = session.end(weighing, "ok")
    assert record.energy_j.value == record.emissions_g.value == 0
    for totals in (session.totals(), session.ledger.totals()):
        grams_per_j = totals.emissions_g.value / totals.energy_j.value
        assert grams_per_j == pytest.approx(record.intensity.value / 3.6e6)
    session.close()


def zones(session):
    return [(record.intensity.zone, record.intensity.instead_of) for record in session.recent]


def test_a_zone_counts_from_the_next_record_on(session):
    weigh(session)
    session.set_zone("DE")
    weigh(session)
    assert zones(session) == [("FR", None), ("DE", None)]
    assert [grid.intensity.zone for grid in session.grids] == ["FR", "DE"]
    assert session.grids[1].since == session.recent[1].started_at


def test_a_setting_that_was_not_known_yet_corrects_what_was_made_before(session):
    before = [weigh(session) for _ in range(150)]
    session.set_zone("DE", from_the_start=True)
    after = weigh(session)
    assert set(zones(session)[:-1]) == {("DE", "FR")}
    assert after.intensity.instead_of is None
    assert [record.id for record in session.recent][:-1] == [record.id for record in before]
    grams = [record.emissions_g.value for record in session.recent]
    assert grams[0] == pytest.approx(grams[-1]) != pytest.approx(before[0].emissions_g.value)
    assert session.totals().emissions_g.value == pytest.approx(sum(grams))
    view = session.overview()
    rows = sum(row.totals.emissions_g.value for row in view.earlier)
    tail = sum(record.emissions_g.value for record in view.records)
    assert rows + tail == pytest.approx(sum(grams))
    assert [grid.intensity.zone for grid in session.grids] == ["DE"]
    stored = {record.id: record.intensity for record in session.ledger.records()}
    assert {grid.zone for grid in stored.values()} == {"DE"}
    assert stored[before[0].id].instead_of == "FR"


def test_the_same_zone_from_another_place_corrects_nothing(session, monkeypatch):
    monkeypatch.setenv("GREENLAB_ZONE", "PL")
    session.set_zone("")
    first = weigh(session)
    session.set_zone("PL", from_the_start=True)
    assert session.recent[-1] == first


def test_what_settles_after_a_correction_keeps_the_right_zone(session):
    weighing = session.begin("cell")
    session.end(weighing, "ok")
    session.set_zone("DE", from_the_start=True)
    session._settle(weighing.window, measurement(11.0))
    assert zones(session) == [("DE", "FR")]
    assert session.recent[0].energy_j.value == 11


def test_totals_with_an_open_window_leave_the_totals_alone(session):
    weigh(session)
    weighing = session.begin("cell")
    tally = RecordTally()
    tally.add(session.so_far(weighing, measurement(5.0)))
    so_far = session.totals_with(tally)
    assert (so_far.energy_j.value, so_far.cells) == (15, 2)
    assert so_far.emissions_g.value == pytest.approx(session.totals().emissions_g.value * 1.5)
    assert (session.totals().energy_j.value, session.totals().cells) == (10, 1)


def test_the_time_since_the_last_cell_can_be_looked_at(own_ledger):
    """With a real meter, as the moments of its windows are."""
    session = Session(Meter(Machine([Package(Constant(40.0))])), Ledger(own_ledger), "FR")
    assert session.time_since_cell() is None
    cell = session.begin("cell")
    assert session.time_since_cell() is None
    session.end(cell, "ok")
    since = session.time_since_cell()
    assert since.kind == "between"
    assert since.window.begin is cell.window.end
    session.close()
