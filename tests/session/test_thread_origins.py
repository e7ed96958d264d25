"""Threads that one cell leaves running, in the records of what comes after it."""

from __future__ import annotations

import threading
import time

import pytest

from greenlab.ledger import Ledger
from greenlab.meter.attribution.leftover_threads import ThreadUse
from greenlab.record import BackgroundUse, CellRecord, display
from greenlab.interval import Interval
from greenlab.session import Session
from greenlab.session.thread_origins import Origins
from tests import cpu_clock


@pytest.fixture
def session(own_ledger):
    session = Session(ledger=Ledger(own_ledger), zone="FR")
    yield session
    session.close()


def cell(session, number, work):
    weighing = session.begin("cell", execution_count=number)
    work()
    return session.end(weighing, "ok")


def test_what_a_cell_leaves_running_is_named_in_what_follows(session, monkeypatch, own_ledger):
    monkeypatch.setattr("greenlab.session.record_making.SHORTEST_GAP_S", 0.1)
    # However little of the processor it gets on a busy machine.
    monkeypatch.setattr("greenlab.meter.attribution.leftover_threads._AT_WORK", 0.005)
    stop = threading.Event()

    def go_on():
        while not stop.is_set():
            pass

    def let_it(seconds):
        end_s = cpu_clock.own_s() + seconds
        while cpu_clock.own_s() < end_s:
            time.sleep(0.01)

    thread = threading.Thread(target=go_on)
    one = cell(session, 1, lambda: (thread.start(), let_it(0.05)))
    let_it(0.2)
    two = cell(session, 2, lambda: let_it(0.2))
    stop.set()
    thread.join()
    three = cell(session, 3, lambda: None)
    between = next(record for record in session.records() if record.kind == "between")
    assert one.background == ()
    for record in (between, two):
        (part,) = record.background
        assert (part.record_id, part.execution_count) == (one.id, 1)
        assert 0 < part.low_s <= part.high_s <= record.cpu_s
        assert "threads of [1]" in display.background_text(record)
    assert between.background[0].low_s == between.background[0].high_s
    assert three.background == ()
    kept = {record.id: record for record in Ledger(own_ledger).records()}
    assert kept[two.id].background == two.background
    assert CellRecord.from_dict(two.to_dict()) == two


def test_where_the_system_does_not_report_nothing_is_claimed(session):
    weighing = session.begin("cell", execution_count=1)
    assert Origins().background(weighing, None) is None
    session.end(weighing, "ok")


def test_threads_that_nobody_saw_begin_have_no_origin(session):
    weighing = session.begin("cell", execution_count=7)
    origins = Origins()
    use = ThreadUse({5: Interval(0.0, 0.0, 0.5), 6: Interval(0.2, 0.2, 0.2)}, frozenset({8}))
    assert origins.background(weighing, use) == (BackgroundUse(0.2, 0.7, None, None),)
    origins.note(weighing, use)
    later = ThreadUse({8: Interval(0.1, 0.1, 0.1), 6: Interval(0.0, 0.0, 0.0)}, frozenset())
    assert origins.background(weighing, later) == (BackgroundUse(0.1, 0.1, weighing.id, 7),)
    session.end(weighing, "ok")
