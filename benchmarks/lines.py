"""How true the lines are, and what sampling them costs.

    python benchmarks/lines.py [--runs 10] [accuracy] [cost]

accuracy: blocks of lines whose CPU time is known: in Python, in C that gives the lock away
(numpy) and in C that holds it, in threads, in children, and asleep. Each line reads the
clocks of its process and of its children before and after. By these, too, the lines that
follow a product of matrices hold what the threads of BLAS use while they spin on for some
tens of milliseconds. The error of a line is the difference between what it was charged and
what it used, of what it used; lines that sleep are judged by their time. Each block runs in
a random order of its lines.

cost: CPU seconds of the sampling thread, waking included, of the time that a cell ran, asked
and unasked; the CPU time of a computing loop with and without, interleaved; what a cell that
ends within a second pays.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import process_time, thread_time
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.machine import described
from benchmarks.statistic import percentile
from greenlab.lines import Sampler, UserCode
from greenlab.lines import sampling_thread as sampling_module
from greenlab.lines.stack import Block
from greenlab.meter import Meter

LEAST_S = 0.1
"""Lines that used less are not judged."""
Used = dict[str, float]
_true: Used = {}


@contextmanager
def true(name: str, clock: Callable[[], float]) -> Iterator[None]:
    """Note what the body used by a clock."""
    begun = clock()
    yield
    _true[name] = _true.get(name, 0.0) + clock() - begun


def computing(n: int) -> int:
    total = 0
    for i in range(n):
        total += i * i
    return total


# Each is one line of work, whose name is in its comment, and which is told from others by it.
def python() -> None:
    with true("python", process_time):
        computing(2_000_000)  # python


def numpy(matrix: Any) -> None:
    with true("numpy", process_time):
        for _ in range(12):
            matrix @ matrix  # numpy


def lock_held_call() -> None:
    with true("lock held, call", process_time):
        sum(range(9_000_000))  # lock held, call


def lock_held_operator(numbers: list[int]) -> None:
    with true("lock held, operator", process_time):
        numbers + numbers + numbers  # lock held, operator


def lock_held_calls(text: str) -> None:
    with true("lock held, calls", process_time):
        for _ in range(12):
            text.count("ca")  # lock held, calls


def loop_of_lines(n: int) -> None:
    with true("loop", process_time):
        for i in range(n):  # loop
            a = i * 2 + 1  # loop
            b = a % 7  # loop
            a = b * 3 - a  # loop


def threads() -> None:
    with true("threads", process_time):
        workers = [threading.Thread(target=in_thread) for _ in range(2)]
        for worker in workers:
            worker.start()  # threads
        for worker in workers:
            worker.join()  # threads


def in_thread() -> None:
    total = 0
    for i in range(1_200_000):  # threads
        total += i * i  # threads


def children() -> None:
    import resource

    def clock() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime + process_time()

    code = "sum(i * i for i in range(2_500_000))"
    with true("children", clock):
        subprocess.run([sys.executable, "-c", code], check=True)  # children


def asleep() -> None:
    with true("asleep", time.monotonic):
        time.sleep(0.3)  # asleep


class Here(UserCode):
    """This file is the user's code."""

    def holds(self, file: str) -> bool:
        return file == __file__


@contextmanager
def sampled(*, asked: bool) -> Iterator[list[Any]]:
    meter = Meter()
    sampler = Sampler(meter)
    sampler.user = Here()
    window = meter.start()
    watched = sampler.watch(window, asked=asked, block=Block.of(sys._getframe(2)))
    found: list[Any] = []
    try:
        yield found
    finally:
        meter.end(window)
        assert watched is not None
        sampler.leave(watched)
        sampler.close()
        found.append(watched)
        meter.stop(window)
        meter.close()


def names_of_lines() -> dict[int, str]:
    """The names of work by line of this file."""
    text = Path(__file__).read_text().splitlines()
    return {
        number: line.rpartition("  # ")[2]
        for number, line in enumerate(text, 1)
        if line.startswith("    ") and "  # " in line
    }


def charged(watched: Any) -> tuple[Used, Used]:
    """CPU seconds and elapsed seconds by name of work."""
    names, cpu, duration = names_of_lines(), {}, {}
    for key, spent in watched.samples.total.items():
        seen = watched.samples.seen[key]
        for place in (seen.inner, seen.outer):
            name = names.get(place.line)
            if place.function == "computing":
                name = "python"
            if name is not None:
                cpu[name] = cpu.get(name, 0.0) + spent.cpu_s
                duration[name] = duration.get(name, 0.0) + spent.duration_s
                break
    return cpu, duration


def block(order: list[Callable[[], None]]) -> None:
    for line in order:
        line()


def accuracy(runs: int, *, asked: bool) -> dict[str, list[float]]:
    """Errors by name of work."""
    numbers, text = list(range(3_000_000)), "abc" * 12_000_000
    work: list[Callable[[], None]] = [
        python,
        lock_held_call,
        lambda: lock_held_operator(numbers),
        lambda: lock_held_calls(text),
        lambda: loop_of_lines(2_000_000),
        threads,
        children,
        asleep,
    ]
    with suppress(ImportError):  # other versions of Python may have none
        import numpy as np

        matrix = np.random.default_rng(0).random((500, 500))
        work.append(lambda: numpy(matrix))
    errors: dict[str, list[float]] = {}
    shuffled = random.Random(0)
    for _ in range(runs):
        _true.clear()
        order = shuffled.sample(work, len(work))
        with sampled(asked=asked) as found:
            if not asked:
                time.sleep(1.05)  # sampling begins
            block(order)
        cpu, duration = charged(found[0])
        for name, used in _true.items():
            got = (duration if name == "asleep" else cpu).get(name, 0.0)
            if used >= LEAST_S:
                errors.setdefault(name, []).append(abs(got - used) / used)
    return errors


def thread_cost(seconds: float, *, asked: bool) -> tuple[float, float]:
    """The sampling thread's CPU time, waking included, of the time that the cell ran; and the
    mean period.
    """
    spent: list[float] = []
    run = sampling_module.Sampling.run

    def timed(self: Any) -> None:
        run(self)
        spent.append(thread_time())

    sampling_module.Sampling.run = timed  # type: ignore[method-assign]
    try:
        with sampled(asked=asked) as found:
            begun = time.monotonic()
            end = begun + seconds + (0 if asked else 1)
            while time.monotonic() < end:
                computing(20_000)
            ran_s = time.monotonic() - begun
        while not spent:
            time.sleep(0.01)
    finally:
        sampling_module.Sampling.run = run  # type: ignore[method-assign]
    samples = found[0].samples
    return sum(spent) / ran_s, samples.covered_s / max(1.0, sum(samples.counts))


def loop_cost(pairs: int) -> list[float]:
    """CPU time of a loop while it is sampled, of that without: neighbours, taking turns."""

    def once(*, with_it: bool) -> float:
        if with_it:
            with sampled(asked=True):
                begun = thread_time()
                computing(6_000_000)
                return thread_time() - begun
        begun = thread_time()
        computing(6_000_000)
        return thread_time() - begun

    ratios = []
    for pair in range(pairs):
        first = once(with_it=pair % 2 == 0)
        second = once(with_it=pair % 2 == 1)
        ratios.append(first / second if pair % 2 == 0 else second / first)
    return ratios


def short_cost(cells: int = 20_000) -> float:
    """CPU seconds that a cell which ends within a second pays."""
    meter = Meter()
    sampler = Sampler(meter)
    window = meter.start()
    begun = thread_time()
    for _ in range(cells):
        watched = sampler.watch(window, source="x")
        assert watched is not None
        sampler.leave(watched)
    used = thread_time() - begun
    sampler.close()
    meter.close()
    return used / cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=["accuracy", "cost"])
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    print(described())
    if "accuracy" in options.what:
        for asked in (True, False):
            errors = accuracy(options.runs, asked=asked)
            print(f"\n{'asked' if asked else 'unasked'}: error of lines of {LEAST_S} s or more")
            every = [one for some in errors.values() for one in some]
            for name, some in [*errors.items(), ("all", every)]:
                middle, high = statistics.median(some), percentile(some, 0.95)
                print(f"  {name:22} median {middle:6.1%}  p95 {high:6.1%}  of {len(some)}")
    if "cost" in options.what:
        for asked in (True, False):
            share, period_s = thread_cost(4.0, asked=asked)
            name = "asked" if asked else "unasked"
            print(f"{name}: {share:.2%} of a core, a sample every {period_s * 1e3:.1f} ms")
        ratios = loop_cost(2 * options.runs)
        print(f"CPU time of a loop: median x{statistics.median(ratios):.4f}")
        print(f"a cell below a second: {short_cost() * 1e6:.1f} us")


if __name__ == "__main__":
    main()
