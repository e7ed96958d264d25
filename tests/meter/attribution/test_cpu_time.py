"""CPU time of the kernel, threads and children, on real processes."""

import os
import subprocess
import sys
import threading

import pytest

from greenlab.meter.attribution.cpu_time import CpuSnapshot, ProcessCpu, used_s
from greenlab.sensors import Host
from tests import cpu_clock
from tests.cpu_clock import burn

BURN = "import time\nt=time.process_time()\nwhile time.process_time()-t < {}: pass\n"


def snapshot(process):
    families = process.families()
    return CpuSnapshot(process.own_s(), *families)


@pytest.fixture
def process():
    process = ProcessCpu(Host())
    yield process
    process.close()


def test_a_burst_of_5_ms(process):
    seen = []
    for _ in range(15):
        before = snapshot(process)
        burn(0.005)
        own_s = process.own_s()  # first, as the meter does at a window's end
        seen.append(used_s(before, CpuSnapshot(own_s, *process.families())))
    # Other threads of the test run may use some too: never less, and at best next to nothing.
    # The clock that ticks, each 10 ms, would see 0 or twice as much.
    assert 0.005 <= min(seen) <= 0.0055


def test_threads(process):
    before_s, before = cpu_clock.own_s(), snapshot(process)
    threads = [threading.Thread(target=burn, args=(0.02,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used = used_s(before, snapshot(process))
    assert 0.04 <= used <= cpu_clock.own_s() - before_s


def test_a_child_that_was_waited_for(process):
    before_s, before = cpu_clock.family_s(), snapshot(process)
    subprocess.run([sys.executable, "-S", "-c", BURN.format(0.1)], check=True)
    used = used_s(before, snapshot(process))
    assert 0.1 <= used <= cpu_clock.family_s() - before_s + 1e-3


def test_a_child_that_goes_on_counts_its_difference(process):
    code = "import sys\nfor _ in sys.stdin:\n  " + BURN.format(0.3).replace("\n", "\n  ")
    code += "\n  print('done', flush=True)"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:

        def turn():
            child.stdin.write("\n")
            child.stdin.flush()
            child.stdout.readline()

        spent_s = lambda: cpu_clock.own_s() + cpu_clock.process_s(child.pid)
        turn()
        before_s, before = spent_s(), snapshot(process)
        assert child.pid in before.live_s
        turn()
        middle = snapshot(process)
        assert 0.3 <= used_s(before, middle) <= spent_s() - before_s
        child.stdin.close()
        child.wait()
    # It had used 0.6 s when the window began: none of that comes in when it ends.
    assert used_s(middle, snapshot(process)) < 0.3


def test_grandchildren_are_found(process):
    script = f"{sys.executable} -S -c 'import time; time.sleep(20)' & echo $!; wait"
    with subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, text=True) as shell:
        grandchild = int(shell.stdout.readline())
        assert grandchild in process.descendants()
        os.kill(grandchild, 9)
    process.families()
    assert grandchild not in process.families()[1]


def test_a_number_used_again_is_a_new_process():
    before = CpuSnapshot(1.0, 0.0, {7: 5.0})
    assert used_s(before, CpuSnapshot(1.5, 0.0, {7: 0.25})) == pytest.approx(0.75)


def test_one_that_a_child_waited_for_does_not_bring_its_past_in():
    """As the workers of multiprocessing's fork server do when they end."""
    before = CpuSnapshot(1.0, 0.0, {7: 0.1, 8: 5.0}, {7: 0.0, 8: 0.0})
    after = CpuSnapshot(1.0, 0.0, {7: 0.15}, {7: 5.25})
    assert used_s(before, after) == pytest.approx(0.3)


def test_in_a_forked_child_all_counts_from_the_fork_on():
    before = CpuSnapshot(9.0, 3.0, {7: 5.0}, pid=1)
    assert used_s(before, CpuSnapshot(0.5, 0.25, {7: 6.0}, pid=2)) == pytest.approx(6.75)


def test_orphans_do_not_make_time_negative():
    before = CpuSnapshot(1.0, 0.0, {7: 5.0})
    assert used_s(before, CpuSnapshot(1.5, 0.0, {})) == pytest.approx(0.5)
    assert used_s(before, CpuSnapshot(1.5, 6.0, {})) == pytest.approx(1.5)


def test_one_that_leaves_the_family_takes_nothing_of_others_along():
    """Its parent ended first: nobody here waits for it, and its past never comes in."""
    before = CpuSnapshot(1.0, 0.0, {7: 5.0, 8: 0.1})
    assert used_s(before, CpuSnapshot(1.0, 2.1, {})) == pytest.approx(2.0)
    # A tick too little is still its past.
    assert used_s(CpuSnapshot(1.0, 0.0, {7: 5.0}), CpuSnapshot(1.0, 4.98, {})) == 0.0


def test_a_grandchild_that_is_left_behind(process):
    burner = BURN.format(0.6) + "print('up', flush=True)\nimport sys; sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {burner!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        before = snapshot(process)
        assert max(before.live_s.values()) >= 0.6
        child.kill()
        child.wait()
        subprocess.run([sys.executable, "-S", "-c", BURN.format(0.1)], check=True)
        assert 0.1 <= used_s(before, snapshot(process)) < 0.5
        child.stdin.close()


def test_whom_a_child_waits_for_counts_once(process):
    """A grandchild that comes and goes between two looks, and one that lives at a look."""
    burner = BURN.format(0.2) + "print('up', flush=True)\nimport sys; sys.stdin.read()"
    parent = f"""
import subprocess, sys
for line in sys.stdin:
    if line != "end\\n":
        pipe = subprocess.PIPE
        own = subprocess.Popen([sys.executable, "-S", "-c", {burner!r}], stdin=pipe, stdout=pipe)
        own.stdout.readline()
    if line != "start\\n":
        own.communicate()
    print("done", flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:

        def used_while(words):
            before = snapshot(process)
            child.stdin.write(f"{words}\n")
            child.stdin.flush()
            child.stdout.readline()
            return used_s(before, snapshot(process))

        used_while("both")  # the first brings in what it imports
        # Once is 0.2 s and what a Python takes to start; twice would be more than 0.4 s.
        for _ in range(2):
            assert 0.2 <= used_while("both") < 0.4
            assert 0.2 <= used_while("start") < 0.4
            assert used_while("end") < 0.1
        before = snapshot(process)
        subprocess.run(["true"], check=True)  # one more number is given out
        assert used_s(before, snapshot(process)) < 0.1
        child.stdin.close()
