"""Units of work: in which windows a count lands, and that it never disturbs."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import greenlab
from greenlab import units_of_work, measure, session
from greenlab.ledger import Ledger
from greenlab.meter import Meter
from greenlab.session import Session, process
from tests.simulated import Constant, Machine, Package


@pytest.fixture(autouse=True)
def said():
    units_of_work._said.clear()
    yield units_of_work._said
    units_of_work._said.clear()


@pytest.fixture
def machine(own_ledger):
    """One whose only energy is a counter's: 10 J in each second, all of it this process's."""
    session.close_current()
    machine = Machine(packages=[Package(Constant(9.0), dram=Constant(1.0))])
    process._process.session = Session(Meter(machine), Ledger(own_ledger), "FR")
    yield machine
    session.close_current()


def units(record):
    return {one.unit: one.count for one in record.work}


def test_counts_add_up_by_unit_and_give_joules_per_unit(machine):
    with measure("embed") as m:
        for _ in range(4):
            machine.work(1.0, own=4.0)
            greenlab.count(tokens=100, texts=2)
    assert units(m.record) == {"token": 400, "text": 8}
    assert m.record.energy_per("token").value == pytest.approx(0.1, rel=0.01)
    assert m.record.energy_per("texts").value == pytest.approx(5.0, rel=0.01)
    each = m.record.energy_per("token")
    assert each.low <= each.value <= each.high
    assert each.tier == m.record.energy_j.tier


def test_a_unit_that_was_not_counted_is_missing_with_the_reason(machine):
    with measure() as m:
        greenlab.count(tokens=1)
    found = m.record.energy_per("images")
    assert found.value is None
    assert found.reason == "no image was counted; counted: token"
    with measure() as m:
        greenlab.count(tokens=0)
    assert m.record.energy_per("token").value is None


def test_a_count_is_in_the_innermost_window_and_once_in_each_around_it(machine):
    def deep():
        greenlab.count(tokens=7)

    with measure("outer") as outer:
        greenlab.count(tokens=1)
        with measure("middle") as middle, measure("inner") as inner:
            deep()
        greenlab.count(images=2)
    assert units(inner.record) == units(middle.record) == {"token": 7}
    assert units(outer.record) == {"token": 8, "image": 2}


def test_sums_count_nested_windows_once(machine):
    with measure("outer"):
        machine.work(3.0, own=4.0)
        with measure("inner"):
            machine.work(1.0, own=4.0)
            greenlab.count(tokens=10)
    with measure("other"):  # counts no tokens: its joules are not theirs
        machine.work(5.0, own=4.0)
    with measure("more"):
        machine.work(1.0, own=4.0)
        greenlab.count(tokens=30)
    (total,) = session.current().totals().work
    assert (total.unit, total.count) == ("token", 40)
    assert total.energy_j.value == pytest.approx(50, rel=0.01)
    stored = session.current().ledger.report().totals.work
    assert [(one.unit, one.count) for one in stored] == [("token", 40)]
    assert stored[0].energy_j.value == pytest.approx(total.energy_j.value)


def test_windows_that_end_in_the_order_in_which_they_began(machine):
    first, second = measure("first"), measure("second")
    first.__enter__()
    machine.work(1.0, own=4.0)
    second.__enter__()
    machine.work(1.0, own=4.0)
    greenlab.count(tokens=5)
    first.__exit__(None, None, None)
    machine.work(1.0, own=4.0)
    greenlab.count(tokens=2)
    second.__exit__(None, None, None)
    assert units(first.record) == {"token": 5}
    assert units(second.record) == {"token": 7}
    (total,) = session.current().totals().work
    assert total.count == 7


def in_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def test_a_thread_counts_in_the_block_that_started_it(machine):
    with measure("outer") as outer, measure("inner") as inner:
        in_thread(lambda: greenlab.count(tokens=3))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: greenlab.count(tokens=n), range(100)))
    assert units(inner.record) == units(outer.record) == {"token": 3 + 4950}


def test_threads_that_count_at_once_lose_nothing(machine):
    def work():
        for _ in range(2000):
            greenlab.count(tokens=1)

    with measure() as m:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert units(m.record) == {"token": 8000}


def test_blocks_of_threads_beside_each_other_have_their_own_counts(machine):
    """Their sum is in totals once, with the joules of what holds both."""
    turn = [threading.Event() for _ in range(3)]

    def long():
        with measure("long"):
            turn[0].set()
            greenlab.count(tokens=10)
            turn[1].wait(30)
            machine.work(1.0, own=4.0)
        turn[2].set()

    def short():
        turn[0].wait(30)
        machine.work(1.0, own=4.0)
        with measure("short"):
            machine.work(1.0, own=4.0)
            greenlab.count(tokens=20)
        turn[1].set()

    threads = [threading.Thread(target=one) for one in (long, short)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    records = {one.name: one for one in greenlab.records()}
    assert units(records["long"]) == {"token": 10}
    assert units(records["short"]) == {"token": 20}
    assert records["short"].counted_in == records["long"].id
    (total,) = session.current().totals().work
    assert total.count == 30
    assert total.energy_j.value == pytest.approx(30, rel=0.01)
    (stored,) = session.current().ledger.report().totals.work
    assert stored.count == 30


def test_tasks_count_in_their_own_blocks(machine):
    async def task(number):
        with measure(f"task {number}"):
            await asyncio.sleep(0)
            greenlab.count(tokens=number)
            await asyncio.sleep(0)

    async def main():
        with measure("main"):
            await asyncio.gather(*(task(number) for number in (1, 2, 3)))

    asyncio.run(main())
    counts = {one.name: units(one) for one in greenlab.records()}
    assert counts == {
        "task 1": {"token": 1},
        "task 2": {"token": 2},
        "task 3": {"token": 3},
        "main": {"token": 6},
    }


def test_a_block_that_fails_keeps_its_counts(machine):
    with pytest.raises(ZeroDivisionError), measure() as m:
        greenlab.count(tokens=4)
        1 / 0
    assert m.record.status == "error"
    assert units(m.record) == {"token": 4}


class Angry:
    def __float__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "many",
        [1],
        Angry(),
        float("nan"),
        float("inf"),
        -1,
        10**400,
        {},
        object(),
        "12",
        b"12",
        bytearray(b"12"),
        1e31,
    ],
)
def test_what_is_no_number_is_said_once_and_never_raised(machine, caplog, wrong):
    with measure() as m, caplog.at_level(logging.WARNING, "greenlab"):
        for _ in range(3):
            greenlab.count(tokens=wrong)
        greenlab.count(images=1)
    (text,) = [one.message for one in caplog.records if "tokens" in one.message]
    assert "not counted" in text
    assert units(m.record) == {"image": 1}


def test_a_name_is_asked_for(machine, caplog):
    with measure() as m, caplog.at_level(logging.WARNING, "greenlab"):
        greenlab.count(5)
    assert "greenlab.count(tokens=5)" in caplog.text
    assert m.record.work == ()


@pytest.mark.parametrize(
    "name", ["", "_", " ", "u" * 61, "\x1b[31mred", "a\x00b", "\ud800", "a\u202eb"]
)
def test_a_name_that_cannot_be_shown_is_refused_and_the_rest_is_kept(machine, caplog, name):
    with measure() as m, caplog.at_level(logging.WARNING, "greenlab"):
        greenlab.count(**{name: 1})
        greenlab.count(images=1)
    assert (
        "not counted, as a unit needs a name of at most 60 printable characters" in caplog.text
    )
    assert caplog.text.isascii()
    assert units(m.record) == {"image": 1}


def test_numbers_whose_sum_would_not_be_finite_lose_no_record(machine):
    with measure() as m:
        for number in (1e308, 1e308, 1e30, 1e30):
            greenlab.count(flops=number)
    assert units(m.record) == {"flop": 2e30}
    (kept,) = session.current().ledger.records()
    assert units(kept) == {"flop": 2e30}


def test_outside_any_window_it_says_once_where_to_count(machine, caplog):
    with caplog.at_level(logging.WARNING, "greenlab"):
        for _ in range(3):
            greenlab.count(tokens=5)
    (text,) = [one.message for one in caplog.records]
    assert "with greenlab.measure():" in text
    with measure() as m:
        greenlab.count(tokens=5)
    assert units(m.record) == {"token": 5}


def test_where_nothing_was_ever_measured_it_opens_nothing(caplog):
    session.close_current()
    with caplog.at_level(logging.WARNING, "greenlab"):
        greenlab.count(tokens=5)
    assert "nothing is measured in this process" in caplog.text
    assert session.opened() is None


def test_too_many_names_are_refused(machine, caplog):
    with measure() as m, caplog.at_level(logging.WARNING, "greenlab"):
        greenlab.count(**{f"unit{n}": 1 for n in range(40)})
        greenlab.count(unit0=1)
    assert len(m.record.work) == 20
    assert units(m.record)["unit0"] == 2
    assert "20 other units" in caplog.text


def test_a_forked_child_has_its_own_counts(machine):
    """What was counted before belongs to the parent, and what the child counts to the child."""
    read, write = os.pipe()
    with measure("block") as m:
        greenlab.count(tokens=5)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                greenlab.count(tokens=1)
                m.__exit__(None, None, None)
                said = " ".join(units_of_work._said)
                os.write(write, f"{said}|{units(m.record)}".encode())
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(pid, 0)[1] == 0
        greenlab.count(tokens=2)
    said, _, found = os.read(read, 1000).partition(b"|")
    assert b"forked from the one that measures" in said
    assert found == b"{'token': 1.0}"
    assert units(m.record) == {"token": 7}
    os.close(read)
    os.close(write)


def test_a_settled_record_keeps_its_counts(machine):
    with measure() as m:
        machine.work(1.0, own=4.0)
        greenlab.count(tokens=5)
    current = session.current()
    current.set_zone("DE", from_the_start=True)
    assert m.record.intensity.zone == "DE"
    assert units(m.record) == {"token": 5}
    (total,) = current.totals().work
    assert total.count == 5


def test_the_ledger_gives_counts_back(machine):
    with measure() as m:
        greenlab.count(tokens=5, prompt_tokens=2.5)
    (stored,) = session.current().ledger.records()
    assert stored.work == m.record.work
    assert units(stored) == {"token": 5, "prompt token": 2.5}


def test_so_far_grows_and_counts(machine):
    with measure("loop") as m:
        before = m.so_far()
        assert before.energy_per("token").value is None
        seen = []
        for _ in range(5):
            machine.work(1.0, own=4.0)
            greenlab.count(tokens=10)
            seen.append(m.so_far())
    joules = [one.energy_j.value for one in seen]
    assert joules == sorted(joules)
    assert joules == pytest.approx([10, 20, 30, 40, 50], rel=0.01)
    assert [one.work[0].count for one in seen] == [10, 20, 30, 40, 50]
    assert seen[-1].energy_per("tokens").value == pytest.approx(1.0, rel=0.01)
    for one in seen:
        assert one.energy_j.low <= one.energy_j.value <= one.energy_j.high
    assert m.so_far().energy_j == m.record.energy_j
    assert m.so_far().work == m.record.work
    assert not session.current().meter._open


def test_so_far_says_why_it_is_not_known(machine):
    m = measure("later")
    assert m.so_far().energy_j.value is None
    assert "has begun" in m.so_far().energy_j.reason


def test_so_far_of_a_shared_measure_is_that_of_the_thread(machine):
    m, counted = measure("shared"), {}
    barrier = threading.Barrier(2)

    def work(number):
        with m:
            greenlab.count(tokens=number)
            barrier.wait(30)
            counted[number] = m.so_far().work[0].count
            barrier.wait(30)

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert counted == {1: 1, 2: 2}


def test_a_count_costs_about_a_microsecond(machine):
    """In comparison with calls that do no more than a count has to."""

    def least(call, times=20000):
        spent = []
        for _ in range(7):
            start = time.thread_time()
            for _ in range(times):
                call()
            spent.append(time.thread_time() - start)
        return min(spent) / times

    sums = {}

    def dictionary():
        for name, number in {"a": 1, "b": 2, "c": 3, "d": 4}.items():
            sums[name] = sums.get(name, 0.0) + float(number)

    with measure("outer"), measure("inner"):
        greenlab.count(tokens=1)
        assert least(lambda: greenlab.count(tokens=1)) < 8 * least(dictionary)


def test_live_totals_do_not_add_the_running_windows_counts_each_time(machine):
    """A page that watches is sent the parts of a window one by one."""
    from greenlab.notebook.live_power import SoFar

    current = session.current()
    weighing, so_far = current.begin("cell"), SoFar()
    for _ in range(3):
        machine.work(1.0, own=4.0)
        greenlab.count(tokens=5)
        now = current.meter.now(weighing.window)
        part = current.meter.peek(weighing.window, since=so_far.until, until=now)
        so_far.add(current.so_far(weighing, part), now)
    assert current.totals_with(so_far.tally).work == ()
    record = current.end(weighing, "ok")
    assert units(record) == {"token": 15}
    assert [one.count for one in current.totals().work] == [15]
