"""What the system keeps a copy from: compiled libraries, workers and threads write nothing
of the user's, and nothing of a proof is left behind.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from greenlab.proof import CodeVersion
from greenlab.proof.backends import confine as module, landlock, mounts
from greenlab.proof.backends.backend import Base
from greenlab.proof.backends.confine import Held
from greenlab.proof.protocol import Terms

from tests.proof import workload

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hold a process")
SHARED = Path("/dev/shm")


def refused(*_):
    raise PermissionError("not on this system")


def can(way):
    """Whether this system offers it, tried in a process of its own."""
    trial = (
        "import sys, tempfile; from pathlib import Path\n"
        "from greenlab.proof.backends.confine import Held, confine\n"
        "print(confine(Path(tempfile.mkdtemp())).value)"
    )
    done = subprocess.run([sys.executable, "-c", trial], capture_output=True, text=True)
    return bool(Held(int(done.stdout or 0)) & way)


WAYS = {
    "both": Held.BY_MOUNTS | Held.BY_LANDLOCK,
    "mounts": Held.BY_MOUNTS,
    "landlock": Held.BY_LANDLOCK,
    "neither": Held.NOT,
}


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    held = WAYS[request.param]
    if held and not can(held):
        pytest.skip(f"this system has no {request.param}")
    if not held & Held.BY_MOUNTS:
        monkeypatch.setattr(mounts, "enter", refused)
    if not held & Held.BY_LANDLOCK:
        monkeypatch.setattr(landlock, "restrict", refused)
    return held


@pytest.fixture
def run(tmp_path):
    """Run source in a copy of this process; the outcome."""
    from greenlab import session
    from greenlab.proof.backends.fork import freeze
    from greenlab.proof.weighed_run import Runner

    def run(source, space, written=(), same=False):
        version = CodeVersion.of(source)
        folder = tmp_path / "proof"
        folder.mkdir()
        runner = Runner((version, version), space, Terms(same=same), session.current().meter)
        bench = freeze(Base(runner, folder, tmp_path, frozenset(written)))
        try:
            return bench.run(0, 20_000, 60)
        finally:
            bench.stop()

    return run


COMPILED = {
    "safetensors": "import safetensors.numpy as s\ns.save_file({'a': x}, path)",
    "polars ndjson": "import polars\npolars.DataFrame({'a': [1]}).write_ndjson(path)",
    "polars avro": "import polars\npolars.DataFrame({'a': [1]}).write_avro(path)",
    "polars sink": "import polars\npolars.LazyFrame({'a': [1]}).sink_csv(path)",
    "arrow": "import pyarrow.parquet as q, pyarrow as a\nq.write_table(a.table({'a': [1]}), path)",
    "torch": "import torch\nkeep = torch.save\nkeep([1], path)",
    "ctypes": "import ctypes\nassert ctypes.CDLL(None).creat(path.encode(), 0o644) >= 0",
    "system": "import ctypes\nctypes.CDLL(None).system(b'echo gone > ' + path.encode())\n"
    "assert open(path).read() != 'mine'",
    "truncate": "import ctypes\nassert ctypes.CDLL(None).truncate(path.encode(), 0) == 0",
    "unlink": "import ctypes\nassert ctypes.CDLL(None).unlink(path.encode()) == 0",
    "loky": "import joblib\njoblib.Parallel(2, 'loky')([joblib.delayed(overwrite)(path)])",
    "multiprocessing": "import joblib\n"
    "joblib.Parallel(2, 'multiprocessing')([joblib.delayed(overwrite)(path)])",
    "threads": "import joblib\njoblib.Parallel(2, 'threading')([joblib.delayed(overwrite)(path)])",
    "memmap": "m = np.memmap(path, mode='r+', dtype='u1')\nm[:] = 0",
}  # fmt: skip
BY_PYTHON = {"loky", "multiprocessing", "threads", "memmap"}
"""What the guard sees, or never lets begin, where the system holds nothing."""


IN_A_NEW_PROCESS = """
import sys
from pathlib import Path
from greenlab import session
from greenlab.proof import CodeVersion
from greenlab.proof.backends import landlock, mounts
from greenlab.proof.backends.backend import Base
from greenlab.proof.backends.fork import freeze
from greenlab.proof.weighed_run import Runner
from greenlab.proof.protocol import Terms

def refused(*_):
    raise PermissionError("not on this system")

_, folder, path, source, by_mounts, by_landlock = sys.argv
if by_mounts == "False":
    mounts.enter = refused
if by_landlock == "False":
    landlock.restrict = refused
version = CodeVersion.of(source)
runner = Runner((version, version), {"path": path}, Terms(), session.current().meter)
bench = freeze(Base(runner, Path(folder), Path.cwd()))
outcome = bench.run(0, 1, 60)
bench.stop()
print(outcome.error, outcome.outside)
"""


@pytest.mark.parametrize("name", [name for name in COMPILED if "polars" in name])
def test_the_users_files_stay_whatever_polars_writes(way, tmp_path, name):
    """In a process that has not used polars: its threads are lost in a fork."""
    pytest.importorskip("polars")
    if way is Held.NOT:
        pytest.skip("there the reading of the code alone decides")
    mine = tmp_path / "mine"
    mine.write_text("mine")
    (tmp_path / "proof").mkdir()
    ways = [str(bool(way & one)) for one in (Held.BY_MOUNTS, Held.BY_LANDLOCK)]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            IN_A_NEW_PROCESS,
            tmp_path / "proof",
            mine,
            COMPILED[name],
            *ways,
        ],
        capture_output=True,
        text=True,
    )
    assert mine.read_text() == "mine"
    assert done.stdout.endswith(" True\n"), done.stdout + done.stderr


@pytest.mark.parametrize("name", [name for name in COMPILED if "polars" not in name])
def test_the_users_files_stay(run, way, tmp_path, name):
    if way is Held.NOT and name not in BY_PYTHON:
        pytest.skip("there the reading of the code alone decides")
    source = COMPILED[name]
    for module in ("safetensors", "pyarrow", "torch", "joblib"):
        if f"import {module}" in source:
            pytest.importorskip(module)
    mine = tmp_path / "mine"
    mine.write_text("mine")
    space = {"path": str(mine), "np": np, "x": np.ones(2), "overwrite": workload.overwrite}
    outcome = run(source, space)
    assert mine.read_text() == "mine"
    assert outcome.error is not None
    assert outcome.outside or name in ("ctypes", "truncate", "unlink", "system"), outcome


def test_a_file_in_shared_memory_stays_and_can_be_read(run, way):
    path = SHARED / f"greenlab-test-{os.getpid()}"
    path.write_bytes(b"mine")
    space = {"path": str(path), "np": np}
    try:
        assert run("assert open(path, 'rb').read() == b'mine'", space).error is None
    finally:
        path.unlink()


@pytest.mark.parametrize("mode", ["r+", "w+"])
def test_a_memory_map_in_shared_memory_is_not_written_to(run, way, mode):
    path = SHARED / f"greenlab-test-{os.getpid()}"
    path.write_bytes(b"mine")
    shape = "" if mode == "r+" else ", shape=(4,)"
    source = f"m = np.memmap(path, mode={mode!r}, dtype='u1'{shape})\nm[:] = 0"
    try:
        outcome = run(source, {"path": str(path), "np": np})
        assert path.read_bytes() == b"mine"
        assert outcome.error is not None
    finally:
        path.unlink()


WORKERS = """
import joblib
sums = joblib.Parallel(2, max_nbytes=1000)(joblib.delayed(np.sum)(x) for _ in range(4))
assert sums == [len(x)] * 4
np.save('out.npy', x)
"""


def test_workers_and_written_files_work_and_leave_nothing(run, way):
    pytest.importorskip("joblib")
    before = set(os.listdir(SHARED))
    outcome = run(WORKERS, {"np": np, "x": np.ones(100_000)}, {"out.npy"})
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
    proof.wait(60)
    print("stopped", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("end", ["stopped", "killed", "terminated", "its keeper killed"])
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
        deadline = time.monotonic() + 60
        while len(me.children(recursive=True)) < 6 and time.monotonic() < deadline:
            time.sleep(0.1)
        below = me.children(recursive=True)
        assert len(below) >= 6, below
        if end == "stopped":
            kernel.stdin.write("\n")
            kernel.stdin.flush()
            assert kernel.stdout.readline() == "stopped\n"
        elif end == "its keeper killed":
            (one,) = me.children()
            below = [other for other in below if os.getsid(other.pid) == one.pid]
            one.kill()
        else:
            kernel.send_signal(signal.SIGKILL if end == "killed" else signal.SIGTERM)
        _, alive = psutil.wait_procs(below, timeout=60)
        assert not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE], alive
        if end != "its keeper killed":
            assert not folder.exists()
            assert set(os.listdir(SHARED)) <= before
    finally:
        kernel.kill()
        kernel.wait()
        kernel.stdin.close()
        kernel.stdout.close()
