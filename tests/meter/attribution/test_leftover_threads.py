"""Threads that go on after the cell that started them; cells that overlap."""

import asyncio
import concurrent.futures
import threading
import time

import pytest

from greenlab.meter import Meter
from greenlab.meter.attribution import leftover_threads
from greenlab.meter.attribution.leftover_threads import ThreadCpu
from greenlab.sensors import Host
from tests import cpu_clock
from tests.cpu_clock import burn


@pytest.fixture
def meter():
    meter = Meter()
    yield meter
    meter.close()


def background_s(result):
    """CPU seconds of all threads that lived before the window: surely, and at most."""
    used = result.threads.background_s.values()
    return sum(one.low for one in used), sum(one.high for one in used)


def weigh(meter, work):
    window = meter.start()
    work()
    return meter.stop(window)


def test_a_thread_that_goes_on_is_the_background_of_later_cells(meter, monkeypatch):
    # However little of the processor it gets on a busy machine.
    monkeypatch.setattr("greenlab.meter.attribution.leftover_threads._AT_WORK", 0.005)
    stop = threading.Event()

    def go_on():
        while not stop.is_set():
            burn(0.002)

    def let_it(seconds):
        end_s = cpu_clock.own_s() + seconds
        while cpu_clock.own_s() < end_s:
            time.sleep(0.01)

    thread = threading.Thread(target=go_on)
    first = weigh(meter, thread.start)
    let_it(0.1)
    second = weigh(meter, lambda: let_it(0.15))
    stop.set()
    thread.join()
    third = weigh(meter, lambda: burn(0.1))
    assert background_s(first)[1] == 0
    # Nearly all that the second cell's window holds, and surely so.
    assert first.threads.born == second.threads.background_s.keys()
    assert background_s(second)[0] == pytest.approx(second.cpu_s, rel=0.2)
    assert background_s(third)[1] < 0.05


def test_a_pool_s_workers_may_work_for_this_cell(meter):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(burn, [0.005] * 4))
        weigh(meter, lambda: None)
        time.sleep(0.05)
        result = weigh(meter, lambda: list(pool.map(burn, [0.1] * 2)))
    low_s, high_s = background_s(result)
    assert low_s == 0
    assert 0.2 <= high_s <= result.cpu_s


def test_threads_of_this_cell_are_its_own(meter):
    def work():
        threads = [threading.Thread(target=burn, args=(0.02,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    weigh(meter, lambda: None)
    before_s = cpu_clock.own_s()
    result = weigh(meter, work)
    assert 0.06 <= result.cpu_s <= cpu_clock.own_s() - before_s
    assert background_s(result)[1] == 0


def test_overlapping_async_cells_hold_what_ran_in_their_time(meter):
    """What runs while both are open is in both: a process has one CPU clock."""

    async def cell(before, work, after):
        window = meter.start()
        await asyncio.sleep(before)
        burn(work)
        await asyncio.sleep(after)
        return meter.stop(window)

    async def both():
        whole = meter.start()
        results = await asyncio.gather(cell(0.05, 0.04, 0.1), cell(0.12, 0.03, 0.0))
        return results, meter.stop(whole)

    before_s = cpu_clock.own_s()
    (one, two), whole = asyncio.run(both())
    for result in (one, two):
        assert 0.07 <= result.cpu_s <= whole.cpu_s
        assert result.energy_j.low <= whole.energy_j.high
    assert whole.cpu_s <= cpu_clock.own_s() - before_s


def test_cells_on_two_threads_as_subshells_run_them(meter):
    results = []

    def cell():
        results.append(weigh(meter, lambda: burn(0.05)))

    before_s = cpu_clock.own_s()
    whole = meter.start()
    threads = [threading.Thread(target=cell) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = meter.stop(whole)
    assert 0.1 <= total.cpu_s <= cpu_clock.own_s() - before_s
    for result in results:
        assert 0.05 <= result.cpu_s <= total.cpu_s
    assert not meter._open


def test_threads_are_identified_by_more_than_their_number():
    """The system gives the number of a thread that ended to the next one."""
    stop = threading.Event()
    early = threading.Thread(target=stop.wait)
    early.start()
    cpu = ThreadCpu(Host())
    number = early.ident
    stop.set()
    early.join()
    assert cpu.snapshot() == {}
    stop.clear()
    for _ in range(50):
        late = threading.Thread(target=stop.wait)
        late.start()
        try:
            assert list(cpu.snapshot()) == [late.native_id]
        finally:
            stop.set()
            late.join()
            stop.clear()
        if late.ident == number:
            break
    assert cpu.snapshot() == {}


def test_a_thread_that_goes_as_the_interpreter_ends_finds_no_names(monkeypatch):
    """Python has taken the names of modules away by then: an error would be printed."""
    cpu = ThreadCpu(Host())
    names = {name for name in vars(leftover_threads) if not name.startswith("__")}
    for name in names:
        monkeypatch.setattr(leftover_threads, name, None)
    cpu.forget()
