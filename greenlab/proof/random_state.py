"""The global random numbers and torch's modes: set for a run, and put back as they were.

Only libraries that are loaded are touched: Python's `random`, numpy's global generator,
torch's on the CPU, and on the GPUs where CUDA is in use.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def sow(seed: int) -> None:
    """Begin every global sequence of random numbers at `seed`."""
    random.seed(seed)
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed(seed % 2**32)
    if (torch := sys.modules.get("torch")) is not None:
        torch.manual_seed(seed)  # the GPUs' too, where CUDA is in use


@contextmanager
def kept() -> Iterator[None]:
    """Leave every global sequence of random numbers as it was before."""
    undo: list[Callable[[], Any]] = []
    state = random.getstate()
    undo.append(lambda: random.setstate(state))
    if (numpy := sys.modules.get("numpy")) is not None:
        legacy = numpy.random.get_state(legacy=False)
        undo.append(lambda: numpy.random.set_state(legacy))
    if (torch := sys.modules.get("torch")) is not None:
        cpu = torch.get_rng_state()
        undo.append(lambda: torch.set_rng_state(cpu))
        if torch.cuda.is_initialized():
            gpus = torch.cuda.get_rng_state_all()
            undo.append(lambda: torch.cuda.set_rng_state_all(gpus))
    try:
        yield
    finally:
        for one in undo:
            one()


def modes() -> Callable[[], None]:
    """What torch keeps per thread; the result sets it in another one."""
    torch = sys.modules.get("torch")
    if torch is None:
        return lambda: None
    grad = torch.is_grad_enabled()
    return lambda: torch.set_grad_enabled(grad) and None
