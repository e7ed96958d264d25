"""Long windows are read in between; an idle kernel has no thread."""

import _thread
import threading
import time

import pytest

from greenlab.meter import Meter
from greenlab.meter.keepalive import MOST_OF_A_CORE, Watch
from tests.simulated import Constant, Machine, Package


def until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def test_it_reads_while_on_and_ends_when_off():
    reads = []
    lock = threading.RLock()
    watch = Watch(0.01, lambda: reads.append(1), lock)
    with lock:
        watch.turn_on()
    assert until(lambda: len(reads) >= 3)
    with lock:
        watch.turn_off()
    assert until(lambda: not watch.running)
    count = len(reads)
    time.sleep(0.05)
    assert len(reads) == count


def test_it_lingers_for_a_second_without_reading_and_serves_the_next_window():
    reads, ended, lock = [], [], threading.RLock()
    watch = Watch(0.01, lambda: reads.append(1), lock, lambda: ended.append(len(reads)))
    with lock:
        watch.turn_on()
    assert until(lambda: len(reads) >= 3)
    with lock:
        thread, count = watch._stop, len(reads)
        watch.turn_off()
    time.sleep(0.03)
    with lock:
        assert (watch._stop, len(reads), ended) == (thread, count, [])
        watch.turn_on()
    assert until(lambda: len(reads) > count)
    with lock:
        assert watch._stop is thread
        watch.turn_off()
        count = len(reads)
    assert until(lambda: ended == [count + 1])
    assert not watch.running


def test_readings_that_cost_much_are_taken_less_often():
    """However short its period: so much of a core and no more."""
    reads, lock = [], threading.RLock()

    def slow():
        end = time.thread_time() + 0.005
        while time.thread_time() < end:
            pass
        reads.append(1)

    watch = Watch(0.001, slow, lock)
    begun = time.monotonic()
    with lock:
        watch.turn_on()
    time.sleep(1.5)
    with lock:
        watch.close()
    assert 1 <= len(reads) <= 1 + (time.monotonic() - begun) * MOST_OF_A_CORE / 0.005


def test_close_ends_it_at_once():
    lock = threading.RLock()
    watch = Watch(3600.0, lambda: None, lock)
    before = _thread._count()
    with lock:
        watch.turn_on()
        watch.close()
    assert until(lambda: _thread._count() == before)


def test_no_counter_no_thread():
    machine = Machine()
    meter = Meter(machine)
    meter.start()
    assert not meter._watch.running
    machine = Machine(packages=[Package(Constant(10.0))])
    meter = Meter(machine)
    assert not meter._watch.running
    window = meter.start()
    assert meter._watch.running
    meter.stop(window)
    meter.close()
    assert not meter._watch.running


@pytest.mark.parametrize(
    ("range_uj", "limit_w", "seconds"),
    [(262_143_328_850, 100.0, 1.0), (65_713_000, 100.0, 65.713 / 125 / 4)],
)
def test_how_often(range_uj, limit_w, seconds):
    package = Package(Constant(10.0), range_uj=range_uj, limit_w=limit_w)
    tracker = Meter(Machine(packages=[package], name="?"))._trackers[0]
    assert tracker.keep_alive_s == pytest.approx(seconds)
