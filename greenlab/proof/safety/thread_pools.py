"""Libraries whose own threads a copy made by a fork would wait for in vain.

A fork keeps the thread that made it, and no other. Most libraries start their threads anew in
the child; these do not, and there the first computation never ends. Found by the names that
they give their threads, as a library that was imported and not used yet does no harm. Tried on
polars 2.1, JAX 0.10, numba 0.68; harmless after a fork are numpy, scikit-learn, torch on the
CPU, pyarrow, xgboost, lightgbm, catboost, OpenCV, ONNX Runtime, tokenizers, and the extension
for scikit-learn (2026.2), which computes on in one thread where it had others before.
"""

from __future__ import annotations

import contextlib
import re
import sys
from pathlib import Path
from typing import Final

_THREADS: Final = {
    r"polars-\d": "polars",
    "tf_": "JAX or TensorFlow",
}


def lost_in_a_fork(tasks: Path = Path("/proc/self/task")) -> str | None:
    """The library that could not go on in a copy of this process, `None` if there is none."""
    with contextlib.suppress(OSError):
        for task in tasks.iterdir():
            with contextlib.suppress(OSError):  # it ended meanwhile
                name = (task / "comm").read_text(encoding="utf-8", errors="replace")
                for begin, library in _THREADS.items():
                    if re.match(begin, name):
                        return library
    return "numba" if _numba_uses_openmp() else None


def _numba_uses_openmp() -> bool:
    """GNU's OpenMP ends the process that computes in parallel on both sides of a fork."""
    parallel = sys.modules.get("numba.np.ufunc.parallel")
    if not getattr(parallel, "_is_initialized", False):
        return False
    with contextlib.suppress(Exception):
        return bool(sys.modules["numba"].threading_layer() == "omp")
    return True
