"""What the system keeps a copy from: compiled libraries, workers and threads write nothing
of the user's, and nothing of a proof is left behind.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from greenlab.proof.backends.confine import Held

from tests.proof import workload

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hold a process")
SHARED = Path("/dev/shm")


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
def test_the_users_files_stay(run_held, way, tmp_path, name):
    if way is Held.NOT and name not in BY_PYTHON:
        pytest.skip("there the reading of the code alone decides")
    source = COMPILED[name]
    for module in ("safetensors", "pyarrow", "torch", "joblib"):
        if f"import {module}" in source:
            pytest.importorskip(module)
    mine = tmp_path / "mine"
    mine.write_text("mine")
    space = {"path": str(mine), "np": np, "x": np.ones(2), "overwrite": workload.overwrite}
    outcome = run_held(source, space)
    assert mine.read_text() == "mine"
    assert outcome.error is not None
    assert outcome.outside or name in ("ctypes", "truncate", "unlink", "system"), outcome


def test_a_file_in_shared_memory_stays_and_can_be_read(run_held, way):
    path = SHARED / f"greenlab-test-{os.getpid()}"
    path.write_bytes(b"mine")
    space = {"path": str(path), "np": np}
    try:
        assert run_held("assert open(path, 'rb').read() == b'mine'", space).error is None
    finally:
        path.unlink()


@pytest.mark.parametrize("mode", ["r+", "w+"])
def test_a_memory_map_in_shared_memory_is_not_written_to(run_held, way, mode):
    path = SHARED / f"greenlab-test-{os.getpid()}"
    path.write_bytes(b"mine")
    shape = "" if mode == "r+" else ", shape=(4,)"
    source = f"m = np.memmap(path, mode={mode!r}, dtype='u1'{shape})\nm[:] = 0"
    try:
        outcome = run_held(source, {"path": str(path), "np": np})
        assert path.read_bytes() == b"mine"
        assert outcome.error is not None
    finally:
        path.unlink()
