"""Nothing of a proof is left behind: not in the memory that all processes share, no process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from greenlab.proof.backends.confine import Held

from tests.proof.backends.conftest import WAYS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hold a process")
SHARED = Path("/dev/shm")


WORKERS = """
import joblib
sums = joblib.Parallel(2, max_nbytes=1000)(joblib.delayed(np.sum)(x) for _ in range(4))
assert sums == [len(x)] * 4
np.save('out.npy', x)
"""


def test_workers_and_written_files_work_and_leave_nothing(run_held, way):
    pytest.importorskip("joblib")
    before = set(os.listdir(SHARED))
    outcome = run_held(WORKERS, {"np": np, "x": np.ones(100_000)}, {"out.npy"})
    if way is Held.NOT:
        assert "Python processes" in outcome.error
    else:
        assert outcome.error is None, outcome
    assert set(os.listdir(SHARED)) == before


STALLS = """
import sys, time
import numpy as np
from pathlib import Path
from greenlab.proof import Proof, CodeVersion
from tests.proof import workload
source = '''
import joblib, os
work = joblib.Parallel(2, max_nbytes=1000)
work(joblib.delayed(np.sum)(x) for _ in range(4))
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
Path("up").touch()
work(joblib.delayed(time.sleep)(600) for _ in range(4))
'''
from greenlab.proof import Terms
version = CodeVersion.of(source)
space = {"np": np, "x": np.ones(1_000_000), "time": time, "Path": Path}
proof = Proof(version, version, space, Terms(trusted=True))
proof.start()
print(proof._folder, flush=True)
if sys.argv[1] == "stopped":
    sys.stdin.readline()
    proof.stop()
    proof.wait(180)
    print("stopped", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("end", ["stopped", "killed", "terminated", "its supervisor killed"])
def test_nothing_outlives_a_proof_however_it_ends(tmp_path, way, end):
    """Workers, a daemon that left its parent, semaphores, memory maps, the folder."""
    if way not in (WAYS["both"], Held.NOT):
        pytest.skip("one way is enough")
    pytest.importorskip("joblib")
    before = set(os.listdir(SHARED))
    kernel = subprocess.Popen(
        [sys.executable, "-c", STALLS, end],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    try:
        folder = Path(kernel.stdout.readline().strip())
        me = psutil.Process(kernel.pid)
        deadline = time.monotonic() + 180
        while len(me.children(recursive=True)) < 6 and time.monotonic() < deadline:
            time.sleep(0.1)
        below = me.children(recursive=True)
        assert len(below) >= 6, below
        if end == "stopped":
            kernel.stdin.write("\n")
            kernel.stdin.flush()
            assert kernel.stdout.readline() == "stopped\n"
        elif end == "its supervisor killed":
            (one,) = me.children()
            below = [other for other in below if os.getsid(other.pid) == one.pid]
            one.kill()
        else:
            kernel.send_signal(signal.SIGKILL if end == "killed" else signal.SIGTERM)
        _, alive = psutil.wait_procs(below, timeout=180)
        assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE], alive
        if end != "its supervisor killed":
            assert not folder.exists()
            assert set(os.listdir(SHARED)) <= before
    finally:
        kernel.kill()
        kernel.wait()
        kernel.stdin.close()
        kernel.stdout.close()
