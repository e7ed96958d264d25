"""What the sampling thread sees of known work."""

import gc
import inspect
import os
import sys
import threading
import time
import weakref

import pytest

from greenlab.lines import Sampler
from greenlab.lines.edges import IDLE
from greenlab.lines.look import time_of_threads
from greenlab.lines.sampler import PATIENCE_S
from greenlab.lines.sampling_thread import Sampling
from greenlab.lines.thread_shares import Charges
from greenlab.meter import Meter
from tests.lines.blocks import cpu_by, sampled


def busy(seconds):
    """Use so much CPU time of this thread, in Python."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(1000))


class Trainer:
    def __init__(self, model):
        self.model = model

    def step(self):
        busy(0.15)


def line_of(function, text):
    """The number of the line of a function that has this text."""
    lines, first = inspect.getsourcelines(function)
    return next(first + n for n, line in enumerate(lines) if text in line)


def test_the_innermost_line_of_the_users_and_the_blocks_own():
    for _ in range(5):  # a busy machine may let no sample be taken at the end
        with sampled() as found:
            Trainer(None).step()
        watched, _ = found
        by_line = cpu_by(
            watched.samples, lambda seen: (seen.inner.function, seen.outer.function)
        )
        if watched.samples.covered_s > 0.95 * watched.window.length_s:
            break
    inner, outer = max(by_line, key=by_line.get)
    assert inner == "busy"
    assert outer == "test_the_innermost_line_of_the_users_and_the_blocks_own"
    assert sum(by_line.values()) == pytest.approx(0.15, rel=0.15)


def test_c_code_that_holds_the_lock_counts_on_its_line():
    """The late sample sees the line of the call: on every Python that runs this."""

    def work():
        numbers = list(range(400_000))
        busy(0.05)
        now = time.thread_time
        clock = now(), sum(range(12_000_000)), now()  # holds the lock
        busy(0.05)
        sorted(numbers, key=None)
        return clock[2] - clock[0]

    with sampled() as found:
        true_s = work()
    samples = found[0].samples
    by_line = cpu_by(samples, lambda seen: seen.inner.line)
    here = line_of(test_c_code_that_holds_the_lock_counts_on_its_line, "# holds the lock")
    assert by_line[here] == pytest.approx(true_s, rel=0.35)


def test_landmarks_are_the_library_functions_below_the_line():
    import json

    data = [{"a": list(range(50))}] * 40
    with sampled() as found:
        end = time.thread_time() + 0.2
        while time.thread_time() < end:
            json.dumps(data, indent=1)
    samples = found[0].samples
    landmarks = {seen.landmarks[:2] for seen in samples.seen if seen.landmarks}
    assert ("json.dumps", "json.encoder.JSONEncoder.encode") in landmarks


def test_threads_of_the_users_count_on_their_own_lines():
    def in_thread():
        busy(0.2)

    with sampled() as found:
        thread = threading.Thread(target=in_thread)
        thread.start()
        thread.join()
    samples = found[0].samples
    by_function = cpu_by(samples, lambda seen: seen.inner.function)
    assert by_function.get("busy", 0.0) == pytest.approx(0.2, rel=0.25)
    outer = {seen.outer.line for seen in samples.seen if seen.inner.function == "busy"}
    assert outer  # the line of the block that waits


def test_the_time_of_threads_that_compute_is_theirs_and_not_of_the_line_that_waits():
    threads = [threading.Thread(target=busy, args=(0.2,)) for _ in range(2)]
    with sampled() as found:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    samples, window = found[0].samples, found[0].window
    spent = [
        one for key, one in samples.total.items() if samples.seen[key].inner.function == "busy"
    ]
    rate = sum(one.cpu_s for one in spent) / window.length_s  # small on a busy machine
    time_s = sum(one.duration_s for one in spent)
    assert time_s > 0.7 * min(1.0, rate / IDLE) * window.length_s
    every = sum(one.duration_s for one in samples.total.values())
    assert every == pytest.approx(window.length_s, rel=0.1)


@pytest.mark.parametrize(
    ("threads", "cell_s", "parts"),
    [
        ({1: 0.6, 2: 0.2}, 0.0, {1: 0.75, 2: 0.25}),  # the cell waits
        ({1: 0.1, 2: 0.1}, 0.0, {1: 0.5, 2: 0.5}),  # the machine is busy
        ({1: 1.0}, 1.0, {1: 0.5}),
        ({1: 0.05}, 0.0, {1: 0.5}),  # it sleeps, and a thread does little
        ({}, 0.0, {}),
    ],
)
def test_how_elapsed_time_is_divided(threads, cell_s, parts):
    assert time_of_threads(Charges(cell_s, threads), cell_s, 1.0) == pytest.approx(parts)


def test_a_sleeping_line_uses_time_and_no_cpu():
    with sampled() as found:
        time.sleep(0.3)
    samples, window = found[0].samples, found[0].window
    spent = list(samples.total.values())
    assert sum(one.duration_s for one in spent) == pytest.approx(window.length_s, rel=0.1)
    assert sum(one.cpu_s for one in spent) < 0.05


def test_children_count_on_the_line_that_waits():
    import subprocess

    code = "import time\nend=time.process_time()+0.4\nwhile time.process_time()<end: pass"
    with sampled() as found:
        subprocess.run([sys.executable, "-c", code], check=True)
    samples = found[0].samples
    by_line = cpu_by(samples, lambda seen: seen.outer.function)
    assert sum(by_line.values()) > 0.38


def test_nothing_is_sampled_that_ends_within_a_second_and_did_not_ask():
    for _ in range(50):  # a busy machine may take a second for any of them
        with sampled(asked=False) as found:
            busy(0.01)
        if found[0].window.length_s < PATIENCE_S:
            break
    assert found[0].samples is None


def test_sampling_begins_once_a_second_has_passed():
    with sampled(asked=False) as found:
        end = time.monotonic() + 1.6
        while time.monotonic() < end:
            sum(range(1000))
    samples, window = found[0].samples, found[0].window
    assert samples is not None
    assert 0 < samples.covered_s <= window.length_s - PATIENCE_S


def test_no_object_of_the_users_is_kept_alive():
    class Large:
        pass

    class Model:
        pass

    def hold():
        large, model = Large(), Model()
        self = model  # noqa: F841 one of the names that readers look into
        refs.append(weakref.ref(large))
        busy(0.2)
        del large
        busy(0.05)
        alive.append(refs[0]() is not None)

    refs, alive = [], []
    with sampled() as found:
        hold()
    gc.collect()
    assert found[0].samples
    assert alive == [False]
    assert refs[0]() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_forked_child_has_no_sampling_thread_and_can_begin_one():
    meter = Meter()
    sampler = Sampler(meter)
    window = meter.start()
    watched = sampler.watch(window, asked=True)
    busy(0.05)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            assert watched.over and watched.samples is None
            assert sampler.watched() == []
            again = sampler.watch(window, asked=True)
            busy(0.1)
            code = 0 if again is not None and again.samples is not None else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert not watched.over
    sampler.close()
    meter.end(window)
    meter.close()


def test_the_users_random_numbers_and_threads_are_left_alone():
    import random

    random.seed(7)
    expected = [random.random() for _ in range(3)]
    random.seed(7)
    threads = threading.enumerate()
    with sampled():
        busy(0.1)
        assert threading.enumerate() == threads
    assert [random.random() for _ in range(3)] == expected


def arithmetic(count):
    for i in range(count):
        a = i * 2 + 1
        b = a % 7
        a = b * 3 - a


def concatenate(numbers):
    joined = numbers + numbers
    return len(joined)


def square(x):
    return x * x + 1


def call(count):
    for i in range(count):
        a = i * 2 + 1
        square(a)


def parts_of(function, *arguments, times=1):
    """The part of a function's CPU time that each of its lines has, by number from its first,
    and that of functions that it calls, by name.
    """
    with sampled() as found:
        for _ in range(times):
            function(*arguments)
    first = function.__code__.co_firstlineno
    by = cpu_by(
        found[0].samples,
        lambda seen: (
            seen.inner.line - first
            if seen.inner.function == function.__name__
            else seen.inner.function
        ),
    )
    whole = sum(by.values())
    return {line: cpu_s / whole for line, cpu_s in by.items()}


def test_the_lines_of_a_loop_share_its_time():
    """Python lets itself be seen only where the loop jumps back."""
    parts = parts_of(arithmetic, 6_000_000)
    assert all(0.15 < parts.get(line, 0.0) < 0.5 for line in (2, 3, 4)), parts


def test_an_operator_that_holds_the_lock_counts_on_its_line():
    # Several: on a busy machine the sampling thread may not run before a call has ended.
    parts = parts_of(concatenate, list(range(5_000_000)), times=6)
    # That the list is freed counts on the caller's line: there it happens.
    assert parts.get(1, 0.0) > 10 * parts.get(2, 0.0), parts


def test_a_function_that_a_loop_calls_has_its_part():
    parts = parts_of(call, 4_000_000)
    assert parts.get(2, 0.0) > 0.15, parts
    assert parts.get("square", 0.0) > 0.15, parts


def test_a_line_that_goes_on_is_mostly_glanced_at_and_loses_nothing(monkeypatch):
    """Children and threads are looked for when the stack has changed, or now and then."""
    whole, looks = [], Sampling._sample

    def counted(self, due):
        whole.append(len(due))
        looks(self, due)

    monkeypatch.setattr(Sampling, "_sample", counted)
    begun = time.thread_time()
    with sampled() as found:
        total = 0
        for i in range(6_000_000):
            total += i * i
    used = time.thread_time() - begun
    samples = found[0].samples
    assert sum(samples.counts) > len(whole)
    assert sum(cpu_by(samples, lambda seen: 1).values()) == pytest.approx(used, rel=0.15)


def test_the_end_of_a_block_counts_on_its_last_line():
    """A period at the end of each block would be on no line."""
    for _ in range(5):  # a busy machine may let no sample be taken at the end
        with sampled() as found:
            busy(0.03)
            time.sleep(0.3)
        samples, window = found[0].samples, found[0].window
        if samples.covered_s > 0.95 * window.length_s:
            break
    assert samples.covered_s == pytest.approx(window.length_s, rel=0.01)
    by_line = [one.duration_s for one in samples.total.values()]
    assert sum(by_line) == pytest.approx(window.length_s, rel=0.01)
