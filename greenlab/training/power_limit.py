"""A lower GPU power limit that hardly slows training down, searched for by Zeus.

Zeus (https://ml.energy/zeus; You et al., NSDI 2023) tries every limit for some steps of the
training itself. greenlab depends on it nowhere else and never sets a limit by itself.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

_INSTALL: Final = (
    "searching for a power limit needs Zeus: pip install zeus, and an NVIDIA or AMD GPU "
    "whose driver is installed"
)
_RIGHTS: Final = (
    "setting a GPU's power limit needs root or the capability SYS_ADMIN, or Zeus's daemon "
    "zeusd with ZEUSD_SOCK_PATH set: see https://ml.energy/zeus/getting_started. Without "
    "them ask an administrator for `nvidia-smi -pl WATTS`"
)


@contextmanager
def power_limit_search(
    gpus: Sequence[int] | None = None, *, max_slowdown: float = 1.05, **options: Any
) -> Iterator[Any]:
    """Let Zeus find and hold the lowest power limit that keeps training fast.

        with power_limit_search([0]) as search:
            for epoch in range(epochs):
                for batch in loader:
                    search.on_step_begin()
                    ...
                search.on_epoch_end()

    **It changes the limit for everybody on these GPUs** and turns NVIDIA's persistence mode
    on. At the end of the block each limit is again what it was (Zeus alone would leave it at
    the hardware's maximum); persistence mode stays on.

    `gpus`: CUDA indices, all if `None`. `max_slowdown`: the step time allowed, relative to
    that at the highest limit. `options` go to Zeus's `GlobalPowerLimitOptimizer`, which this
    gives.

    Raises:
        ImportError: Zeus is not installed.
        RuntimeError: Zeus finds no GPU.
        PermissionError: power limits may not be set here.
        ValueError: `max_slowdown` is below 1.
    """
    if max_slowdown < 1.0:
        raise ValueError(f"max_slowdown is at least 1, not {max_slowdown}")
    try:
        from zeus.device import get_gpus
        from zeus.device.gpu import ZeusGPUInitError, ZeusGPUNoPermissionError
        from zeus.monitor import ZeusMonitor
        from zeus.optimizer.power_limit import GlobalPowerLimitOptimizer, MaxSlowdownConstraint
    except ImportError as error:
        raise ImportError(f"{_INSTALL} ({error})") from error
    try:
        devices = get_gpus()
        monitor = ZeusMonitor(list(gpus) if gpus is not None else None, cpu_indices=[])
    except ZeusGPUInitError as error:
        raise RuntimeError(f"{_INSTALL} ({error})") from error
    before_mw = {i: devices.get_power_management_limit(i) for i in monitor.gpu_indices}

    def restore() -> None:
        for index, limit_mw in before_mw.items():
            devices.set_power_management_limit(index, limit_mw)

    # First registered runs last: after Zeus, which sets the maximum when Python ends.
    atexit.register(restore)
    try:
        search = GlobalPowerLimitOptimizer(
            monitor, MaxSlowdownConstraint(max_slowdown), **options
        )
    except (RuntimeError, ZeusGPUNoPermissionError) as error:
        atexit.unregister(restore)
        raise PermissionError(_RIGHTS) from error
    try:
        yield search
    finally:
        restore()
