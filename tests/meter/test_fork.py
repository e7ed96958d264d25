"""A fork in a cell, also while another thread holds the meter's lock."""

import gc
import os
import signal
import threading
import time
import weakref

import pytest

from greenlab.meter import Meter
from greenlab.sensors import Host
from tests import cpu_clock
from tests.cpu_clock import burn
from tests.simulated.tree import ServedTree

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def in_child(work, seconds=5.0):
    """Fork; what `work` gives in the child, or `None` if it did not end in time."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(int(seconds) + 2)
        try:
            os.write(into, repr(work()).encode())
        finally:
            os._exit(0)
    os.close(into)
    text = b""
    while part := os.read(out, 1000):
        text += part
    os.close(out)
    os.waitpid(pid, 0)
    return text.decode() or None


def weigh(meter, seconds=0.05):
    before_s = cpu_clock.own_s()
    window = meter.start()
    burn(seconds)
    result = meter.stop(window)
    assert seconds <= result.cpu_s <= cpu_clock.own_s() - before_s, result.cpu_s
    assert result.energy_j.value > 0
    return "fine"


def test_a_child_weighs_for_itself_while_the_parent_s_lock_is_held():
    meter = Meter()
    locked, done = threading.Event(), threading.Event()

    def hold():
        with meter._lock:
            locked.set()
            done.wait(120)

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait(120)
    try:
        assert in_child(lambda: weigh(meter)) == "'fine'"
    finally:
        done.set()
        thread.join()
    assert weigh(meter) == "fine"
    meter.close()


def test_a_window_that_is_open_counts_the_child_in_the_parent_and_itself_in_the_child():
    meter = Meter()
    burn(0.2)
    before_s = cpu_clock.family_s()
    window = meter.start()

    def child():
        burn(0.1)
        used = meter.stop(window).cpu_s
        assert 0.1 <= used <= cpu_clock.own_s(), used  # a child's clock begins at its fork
        return "fine"

    assert in_child(child) == "'fine'"
    used = meter.stop(window).cpu_s
    assert 0.1 <= used <= cpu_clock.family_s() - before_s + 1e-3
    meter.close()


def test_the_child_s_long_windows_are_watched_too(tmp_path):
    with ServedTree(tmp_path) as tree:
        meter = Meter(Host(tree.root))
        window = meter.start()
        assert meter._watch.running

        def child():
            meter.stop(window)
            reads = []
            meter._watch._read = lambda: reads.append(1)
            other = meter.start()
            deadline = time.monotonic() + 120
            while len(reads) <= 3 and time.monotonic() < deadline:
                time.sleep(0.01)
            meter.stop(other)
            return len(reads) > 3

        meter._watch._every_s = 0.01
        assert in_child(child) == "True"
        meter.stop(window)
        meter.close()


def test_children_of_the_parent_are_no_children_of_the_child():
    meter = Meter()
    sibling = os.fork()
    if sibling == 0:
        signal.alarm(10)
        signal.pause()
        os._exit(0)
    try:
        assert sibling in meter._moments._process.descendants()
        assert in_child(lambda: meter._moments._process._pids) == "[]"
    finally:
        os.kill(sibling, signal.SIGKILL)
        os.waitpid(sibling, 0)
    meter.close()


def test_a_meter_that_is_gone_is_forgotten():
    meter = Meter()
    alive = weakref.ref(meter)
    meter.close()
    del meter
    gc.collect()
    assert alive() is None


def test_a_closed_meter_does_not_wake_up_in_a_child():
    meter = Meter()
    meter.start()
    meter.close()
    assert in_child(lambda: meter._watch.running) == "False"
