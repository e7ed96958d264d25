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

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
BURN = "import time\nt=time.process_time()\nwhile time.process_time()-t < {}: pass\n"


def burn(seconds):
    start = time.thread_time()
    while time.thread_time() - start < seconds:
        pass
    return os.getpid()


def nap(seconds):
    time.sleep(seconds)


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
    with context.Pool(2) as pool:
        pool.map(nap, [0.5] * 2, chunksize=1)  # both are up, whatever that took
        used = weigh(meter, lambda: pool.map(burn, [0.1] * 4, chunksize=1)).cpu_s
        assert 0.39 <= used < 0.5
        quiet = weigh(meter, lambda: time.sleep(0.1)).cpu_s
        assert quiet < 0.03
        pool.close()
        ended = weigh(meter, pool.join).cpu_s
    # They lived before: what they had used does not come in when they end.
    assert ended < 0.15


def test_loky(meter):
    joblib = pytest.importorskip("joblib")
    loky = pytest.importorskip("joblib.externals.loky")
    with joblib.parallel_config("loky", n_jobs=2):
        joblib.Parallel()(joblib.delayed(burn)(0.01) for _ in range(4))
        used = weigh(
            meter, lambda: joblib.Parallel()(joblib.delayed(burn)(0.1) for _ in range(4))
        ).cpu_s
    assert 0.4 <= used < 0.6
    # Its workers outlive the call.
    assert weigh(meter, lambda: time.sleep(0.1)).cpu_s < 0.05
    loky.get_reusable_executor().shutdown(wait=True, kill_workers=True)


def test_threads(meter):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        used = weigh(meter, lambda: list(pool.map(burn, [0.05] * 4))).cpu_s
    assert used == pytest.approx(0.2, abs=0.03)


def test_200_short_children(meter):
    """Each lives for some milliseconds; all are gone at the end."""

    def children():
        for _ in range(200):
            pid = os.fork()
            if pid == 0:
                burn(0.002)
                os._exit(0)
            os.waitpid(pid, 0)

    truth = os.times()
    used = weigh(meter, children).cpu_s
    end = os.times()
    spent = sum(end[:4]) - sum(truth[:4])
    assert 0.4 <= used
    assert used == pytest.approx(spent, abs=0.05)


def test_a_child_that_outlives_its_cell(meter):
    code = BURN.format(0.6) + "\nimport sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdin=subprocess.PIPE) as child:
        first = meter.start()
        time.sleep(0.15)
        one = meter.stop(first)
        second = meter.start()
        time.sleep(0.15)
        two = meter.stop(second)
        deadline = time.monotonic() + 5
        while time.clock_gettime((~child.pid << 3) | 2) < 0.6 and time.monotonic() < deadline:
            time.sleep(0.02)
        third = meter.start()
        child.stdin.close()
        child.wait()
        three = meter.stop(third)
    # Each window has its own part, and none the whole life.
    assert 0 < one.cpu_s <= 0.2
    assert 0 < two.cpu_s <= 0.2
    assert three.cpu_s < 0.1


def test_error_and_interrupt_close_as_any_other_end(meter):
    for error in (ValueError, KeyboardInterrupt):
        window = meter.start()
        with pytest.raises(error):
            try:
                burn(0.03)
                raise error
            finally:
                result = meter.stop(window)
        assert result.cpu_s == pytest.approx(0.03, abs=0.01)
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
        deadline = time.monotonic() + 0.6
        while time.monotonic() < deadline:
            with contextlib.suppress(KeyboardInterrupt):
                until_it_strikes(deadline)
    finally:
        stop.set()
        shooter.join()
        signal.signal(signal.SIGINT, before)
    assert caught > 5
    window = meter.start()
    burn(0.03)
    result = meter.stop(window)
    assert result.cpu_s == pytest.approx(0.03, abs=0.01)
    assert result.energy_j.value > 0
    assert not meter._lock._is_owned()
    gc.collect()
    assert not meter._open
