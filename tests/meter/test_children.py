"""CPU time of real workers: what every way to start them adds to a window."""

import concurrent.futures
import contextlib
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from greenlab.meter import Meter
from tests import cpu_clock

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
BURN = "import time\nt=time.process_time()\nwhile time.process_time()-t < {}: pass\n"


PAST_S = 0.6
"""What a worker has used before a window begins: far more than starting or ending it takes."""


def burn(seconds):
    cpu_clock.burn(seconds)
    return os.getpid()


def has_a_past(met):
    burn(PAST_S)
    met.wait()


@pytest.fixture
def meter():
    meter = Meter()
    yield meter
    meter.close()


def weigh(meter, work):
    window = meter.start()
    work()
    result = meter.stop(window)
    for part in result.components:
        assert part.energy_j.high <= part.host_energy_j.high + 1e-9
    return result


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(meter, method):
    context = multiprocessing.get_context(method)
    met = context.Barrier(3)
    with context.Pool(2, has_a_past, (met,)) as pool:
        met.wait()
        used = weigh(meter, lambda: pool.map(burn, [0.2] * 4, chunksize=1)).cpu_s
        assert 0.8 <= used < 0.8 + PAST_S / 2
        quiet = weigh(meter, lambda: time.sleep(0.1)).cpu_s
        assert quiet < PAST_S / 2
        pool.close()
        ended = weigh(meter, pool.join).cpu_s
    # Neither worker's past comes in when they end; to end them takes some of its own.
    assert ended < PAST_S


def test_loky(meter):
    joblib = pytest.importorskip("joblib")
    loky = pytest.importorskip("joblib.externals.loky")
    work = lambda seconds: joblib.Parallel()(joblib.delayed(burn)(seconds) for _ in range(4))
    with joblib.parallel_config("loky", n_jobs=2):
        assert any(len(set(work(0.1))) == 2 for _ in range(50))  # both are up
        used = weigh(meter, lambda: work(0.2)).cpu_s
    assert 0.8 <= used < 1.2
    # Its workers outlive the call.
    assert weigh(meter, lambda: time.sleep(0.1)).cpu_s < 0.4
    loky.get_reusable_executor().shutdown(wait=True, kill_workers=True)


def test_threads(meter):
    before_s = cpu_clock.own_s()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        used = weigh(meter, lambda: list(pool.map(burn, [0.05] * 4))).cpu_s
    assert 0.2 <= used <= cpu_clock.own_s() - before_s


def test_200_short_children(meter):
    """Each lives for some milliseconds; all are gone at the end."""

    def children():
        for _ in range(200):
            pid = os.fork()
            if pid == 0:
                burn(0.002)
                os._exit(0)
            os.waitpid(pid, 0)

    before_s = cpu_clock.family_s()
    used = weigh(meter, children).cpu_s
    spent = cpu_clock.family_s() - before_s
    assert 0.4 <= used
    # What the meter itself takes at the ends is all that is left out.
    assert 0.9 * spent <= used <= spent + 1e-3


def test_a_child_that_outlives_its_cell(meter):
    code = BURN.format(PAST_S) + "\nimport sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdin=subprocess.PIPE) as child:

        def part():
            """A window's CPU time, and all that was used from before it until after it."""
            spent_s = lambda: cpu_clock.own_s() + cpu_clock.process_s(child.pid)
            before_s = spent_s()
            used = weigh(meter, lambda: time.sleep(0.1)).cpu_s
            return used, spent_s() - before_s

        # Each window has its own part, and none the whole life.
        for used, most in (part(), part()):
            assert 0 < used <= most
        deadline = time.monotonic() + 180
        while cpu_clock.process_s(child.pid) < PAST_S and time.monotonic() < deadline:
            time.sleep(0.02)
        last = meter.start()
        child.stdin.close()
        child.wait()
        assert meter.stop(last).cpu_s < PAST_S / 2


def test_error_and_interrupt_close_as_any_other_end(meter):
    for error in (ValueError, KeyboardInterrupt):
        before_s = cpu_clock.own_s()
        window = meter.start()
        with pytest.raises(error):
            try:
                burn(0.03)
                raise error
            finally:
                result = meter.stop(window)
        assert 0.03 <= result.cpu_s <= cpu_clock.own_s() - before_s
        assert not meter._open


def test_an_interrupt_at_any_moment_leaves_a_meter_that_works(meter, no_gc):
    """A real signal, again and again, while windows open and close."""
    caught, armed, stop = 0, False, threading.Event()

    def interrupt(*_):
        nonlocal caught, armed
        if armed:
            armed = False
            caught += 1
            raise KeyboardInterrupt

    def until_it_strikes(deadline):
        nonlocal armed
        armed = True
        while time.monotonic() < deadline:
            meter.stop(meter.start())
        armed = False

    def shoot():
        while not stop.is_set():
            time.sleep(0.0007)
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, interrupt)
    shooter = threading.Thread(target=shoot)
    try:
        shooter.start()
        deadline = time.monotonic() + 180
        while caught < 50 and time.monotonic() < deadline:
            with contextlib.suppress(KeyboardInterrupt):
                until_it_strikes(deadline)
    finally:
        stop.set()
        shooter.join()
        signal.signal(signal.SIGINT, before)
    assert caught == 50
    before_s = cpu_clock.own_s()
    window = meter.start()
    burn(0.03)
    result = meter.stop(window)
    assert 0.03 <= result.cpu_s <= cpu_clock.own_s() - before_s
    assert result.energy_j.value > 0
    assert not meter._lock._is_owned()
    gc.collect()
    assert not meter._open
