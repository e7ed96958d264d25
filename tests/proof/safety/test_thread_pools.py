"""Libraries whose threads are lost in a fork."""

import subprocess
import sys

import pytest

from greenlab.proof.safety import thread_pools

REAL = thread_pools.lost_in_a_fork


@pytest.mark.parametrize(
    ("names", "library"),
    [
        (["python", "jemalloc_bg_thd", "polars-ooc-clea"], None),
        (["python", "polars-0", "polars-1"], "polars"),
        (["tf_XLAEigen"], "JAX or TensorFlow"),
        ([], None),
    ],
)
def test_they_are_known_by_their_threads(tmp_path, names, library):
    for number, name in enumerate(names):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "comm").write_text(f"{name}\n")
    (tmp_path / "gone").mkdir()
    assert REAL(tmp_path) == library


def test_where_nobody_reports_threads_there_is_none(tmp_path):
    assert REAL(tmp_path / "nonesuch") is None


class Numba:
    def __init__(self, layer, begun):
        self._is_initialized = begun
        self.layer = layer

    def threading_layer(self):
        return self.layer


@pytest.mark.parametrize(
    ("layer", "begun", "library"),
    [("omp", True, "numba"), ("tbb", True, None), ("omp", False, None)],
)
def test_numba_on_openmp_is_lost_once_it_computed(monkeypatch, tmp_path, layer, begun, library):
    fake = Numba(layer, begun)
    monkeypatch.setitem(sys.modules, "numba", fake)
    monkeypatch.setitem(sys.modules, "numba.np.ufunc.parallel", fake)
    assert REAL(tmp_path) == library


AFTER_USE = """
import polars, sys
from greenlab.proof import CodeVersion, Proof, Terms
from greenlab.proof.backends import choose
from greenlab.proof.safety import thread_pools

def compute():
    lazy = polars.DataFrame({"a": range(200_000)}).lazy()
    return lazy.group_by(polars.col("a") % 1000).agg(polars.len().alias("n")).collect()

assert thread_pools.lost_in_a_fork() is None  # imported, and not used
frame = compute()
print(thread_pools.lost_in_a_fork(), choose.can_fork())
version = CodeVersion.of("for _ in range(20): out = frame.group_by('n').agg(polars.col('a').sum())\\nx[0] = 1")
space = {"polars": polars, "frame": frame, "x": [0]}
proof = Proof(version, version, space, Terms(looks=(2,), budget_s=60))
verdict = proof.run()
print(verdict.pairs, verdict.reason)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="there is no fork")
def test_what_polars_computes_is_proven_in_a_fresh_interpreter():
    pytest.importorskip("polars")
    done = subprocess.run([sys.executable, "-c", AFTER_USE], capture_output=True, text=True)
    assert done.stdout.splitlines()[0] == "polars False", done.stderr
    assert done.stdout.splitlines()[1].startswith("2 "), done.stdout + done.stderr
