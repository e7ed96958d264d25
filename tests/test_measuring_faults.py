"""Nothing of greenlab's own reaches the code that is measured: each boundary fails in turn."""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import subprocess
import sys
import textwrap
import threading

import pytest

import greenlab
from greenlab import carbon, session, settings
from greenlab.ledger import Ledger
from greenlab.meter import Meter
from greenlab.host.host import Host


class Unsayable(Exception):
    def __str__(self):
        return 1 + "x"


ERRORS = [
    RuntimeError("torn"),
    OSError(5, "Input/output error"),
    PermissionError(1, "Operation not permitted"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    ValueError("not finite"),
    KeyError("x"),
    StopIteration(),
    AssertionError(),
    Unsayable(),
]
BOUNDARIES = {
    "the meter is made": (Meter, "__init__"),
    "the meter begins": (Meter, "start"),
    "the meter ends": (Meter, "end"),
    "the meter measures": (Meter, "stop"),
    "the ledger is opened": (Ledger, "__init__"),
    "the ledger is written": (Ledger, "add"),
    "the grid is asked": (carbon, "resolve"),
    "grams are made": (carbon, "emissions"),
    "the settings are read": (settings, "problems"),
    "the host is named": (platform, "node"),
    "the clock": (Host, "monotonic"),
    "sleep": (Host, "slept"),
    "children": (Host, "reaped_cpu_s"),
    "has children": (Host, "has_children"),
    "files": (Host, "open"),
    "text": (Host, "read_text"),
    "folders": (Host, "listdir"),
    "variables": (os, "getpid"),
}


@pytest.fixture(autouse=True)
def fresh():
    with contextlib.suppress(Exception):
        session.close_current()
    session.forget()
    session.process._process.said.clear()  # a process says each fault once
    yield
    session.forget()


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_fault_is_said_and_the_block_runs(monkeypatch, boundary, error, caplog):
    def fails(*_args, **_kwargs):
        raise error.with_traceback(None)  # without the frames of the tests before

    @greenlab.measure
    def double(x):
        return 2 * x

    monkeypatch.setattr(*BOUNDARIES[boundary], fails)
    ran = []
    for number in range(3):
        with greenlab.measure("block") as m:
            ran.append(number)
        assert double(number) == 2 * number
        with pytest.raises(ZeroDivisionError) as raised:
            with m:
                1 / 0
        assert raised.value.__context__ is None
    assert ran == [0, 1, 2]
    assert m.record is None or m.record.status == "error"
    told = [one for one in caplog.messages if "greenlab itself failed" in one]
    assert len(told) <= 1
    assert told or m.record is not None


@pytest.mark.parametrize(
    "boundary", ["the meter begins", "the meter ends", "the meter measures"]
)
def test_a_passing_fault_costs_one_record(monkeypatch, boundary, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(*BOUNDARIES[boundary], lambda *_a, **_k: 1 / 0)
        with greenlab.measure("lost") as lost:
            pass
    assert lost.record is None
    assert sum("greenlab itself failed" in one for one in caplog.messages) == 1
    with greenlab.measure("kept") as kept:
        pass
    assert kept.record.status == "ok"
    assert kept.record.parent_id is None


def test_joules_without_grams(monkeypatch):
    monkeypatch.setattr(*BOUNDARIES["grams are made"], lambda *_: 1 / 0)
    with greenlab.measure() as m:
        pass
    assert m.record.energy_j.value > 0
    assert m.record.emissions_g.value is None
    assert "ZeroDivisionError" in m.record.emissions_g.reason


def test_children_in_ticks_where_usage_is_denied(monkeypatch):
    def denied():
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("greenlab.host.host._usage", denied)
    with greenlab.measure() as m:
        subprocess.run([sys.executable, "-c", "sum(range(2 * 10**7))"], check=True)
    assert m.record.cpu_s > 0.1


def in_process(code, **env):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=dict(os.environ, **env),
        capture_output=True,
        text=True,
        timeout=120,
    )


RECORD = """
    import greenlab, json
    with greenlab.measure("n\\udcff") as m:
        pass
    text = json.dumps(m.record.to_dict(), ensure_ascii=False).encode()
    print(m.record.notebook, m.record.name)
    again = greenlab.session.current().ledger.records()
    assert [one.id for one in again] == [m.record.id], again
"""


def test_names_that_are_no_utf_8():
    got = in_process(
        RECORD, JPY_SESSION_NAME=os.fsdecode(b"caf\xe9.ipynb"), PYTHONIOENCODING="utf-8"
    )
    assert got.returncode == 0, got.stderr
    assert got.stdout.split() == [
        "caf\N{REPLACEMENT CHARACTER}.ipynb",
        "n\N{REPLACEMENT CHARACTER}",
    ]


@pytest.mark.parametrize(
    "env",
    [
        {"GREENLAB_PUE": "nan"},
        {"GREENLAB_PUE": "\udcff"},
        {"GREENLAB_ZONE": "\udcff"},
        {"GREENLAB_ZONE": "x" * 10000},
        {"GREENLAB_SYSROOT": "x" * 5000},
        {"GREENLAB_SYSROOT": "\udcff"},
        {"GREENLAB_CALIBRATION": "x" * 5000},
        {"GREENLAB_CALIBRATION": "/"},
        {"GREENLAB_\udcff": "1"},
        {"TZ": "\udcff"},
        {"TZ": "../../../../etc/passwd"},
        {"CUDA_VISIBLE_DEVICES": "\udcff"},
    ],
    ids=lambda env: ascii(next(iter(env.items())))[:40],
)
def test_garbage_in_the_environment(env):
    code = """
        import greenlab
        with greenlab.measure() as m:
            ran = True
        assert ran
        assert m.record is not None
    """
    got = in_process(code, **env)
    assert got.returncode == 0, got.stderr


def test_a_working_folder_that_is_gone(tmp_path):
    code = f"""
        import os, greenlab
        os.makedirs({str(tmp_path / "gone")!r}); os.chdir({str(tmp_path / "gone")!r})
        os.rmdir({str(tmp_path / "gone")!r})
        with greenlab.measure() as m:
            ran = True
        assert ran
    """
    got = in_process(code)
    assert got.returncode == 0, got.stderr
    got = in_process(code, GREENLAB_LEDGER="relative.sqlite")
    assert got.returncode == 0, got.stderr


def test_deep_in_a_recursion_the_users_own_error_comes():
    depth = 0

    @greenlab.measure
    def deeper(n):
        nonlocal depth
        depth = n
        return deeper(n + 1)

    with pytest.raises(RecursionError):
        deeper(0)
    assert depth > 50
    with greenlab.measure() as m:
        pass
    assert m.record.parent_id is None


# One `Measure` for many.


def test_threads_that_overlap_have_each_its_own_window():
    m = greenlab.measure("req")
    first_in, second_in, first_out = (threading.Event() for _ in range(3))
    seen = {}

    def first():
        with m:
            first_in.set()
            second_in.wait(120)
        seen["first"] = m.record
        first_out.set()

    def second():
        first_in.wait(120)
        with m:
            second_in.set()
            first_out.wait(120)
            session.current()
        seen["second"] = m.record

    threads = [threading.Thread(target=one) for one in (first, second)]
    [one.start() for one in threads]
    [one.join(120) for one in threads]
    assert seen["first"].started_at < seen["second"].started_at


def test_tasks_that_overlap_have_each_its_own_window():
    m = greenlab.measure("req")
    took = {}

    async def task(name, enter_after, leave_after):
        await asyncio.sleep(enter_after)
        with m:
            await asyncio.sleep(leave_after)
        took[name] = m.record.duration_s

    async def all_of_them():
        await asyncio.gather(task("long", 0.0, 0.6), task("short", 0.1, 0.1))

    asyncio.run(all_of_them())
    assert took["short"] < took["long"] / 2


def test_generators_in_turn_have_each_its_own_window():
    m = greenlab.measure("gen")

    def generator():
        with m:
            yield
        yield m.record

    one, two = generator(), generator()
    next(one), next(two)
    first = next(one)
    second = next(two)
    assert first.started_at < second.started_at
    assert first.id != second.id
    assert m.record.id == second.id
    # What is measured afterwards is inside neither.
    with greenlab.measure() as after:
        pass
    assert after.record.parent_id is None


def test_stacks_in_turn_have_each_its_own_window():
    m = greenlab.measure("stack")
    one, two = contextlib.ExitStack(), contextlib.ExitStack()
    one.enter_context(m)
    two.enter_context(m)
    one.close()
    first = m.record
    two.close()
    assert first.started_at < m.record.started_at


def test_nested_and_recursive_use():
    m = greenlab.measure("again")

    def recurse(n):
        with m:
            if n:
                recurse(n - 1)
        return m.record

    outer = recurse(3)
    records = greenlab.records()
    assert len(records) == 4
    assert sum(one.parent_id is None for one in records) == 1
    assert outer.id == next(one.id for one in records if one.parent_id is None)


def test_a_window_outlived_by_its_task_is_no_parent():
    async def child(opened, closed):
        opened.set()
        await closed.wait()
        with greenlab.measure("late") as m:
            pass
        return m.record

    async def parent():
        opened, closed = asyncio.Event(), asyncio.Event()
        with greenlab.measure("outer"):
            task = asyncio.ensure_future(child(opened, closed))
            await opened.wait()
        closed.set()
        return await task

    assert asyncio.run(parent()).parent_id is None


def test_an_interrupt_in_the_users_block_passes_and_is_recorded():
    m = greenlab.measure()
    with pytest.raises(KeyboardInterrupt), m:
        raise KeyboardInterrupt
    assert m.record.status == "interrupted"


def test_an_interrupt_at_the_end_keeps_the_record(monkeypatch):
    ended, calls = Meter.end, []

    def interrupted(self, window):
        calls.append(window)
        if len(calls) == 1:
            raise KeyboardInterrupt
        ended(self, window)

    monkeypatch.setattr(Meter, "end", interrupted)
    m = greenlab.measure()
    with pytest.raises(KeyboardInterrupt), m:
        pass
    assert m.record.status == "ok"
    assert len(greenlab.records()) == 1
