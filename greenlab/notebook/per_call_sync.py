"""`%%energy --lines --sync`: wait for the GPU after each torch call, so that its joules
count on the line that gave it the work, as with CUDA_LAUNCH_BLOCKING, which must be set before
CUDA begins.

Only where the user asks for it: the waiting makes the cell slower. The calls are told by
torch's own function modes (https://docs.pytorch.org/docs/stable/torch.overrides.html).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from greenlab import units

if TYPE_CHECKING:
    from greenlab.lines import Watched

NO_TORCH: Final = (
    "--sync: torch was not loaded when the cell began, so there was no GPU to wait for; "
    "run the cell once more if it has imported torch"
)
NO_GPU: Final = "--sync: torch used no GPU, so there was nothing to wait for"


def begin(watched: Watched | None) -> Callable[[], None]:
    """Wait after each call in this thread until the result is called, which notes in the lines
    what that took.
    """
    torch = sys.modules.get("torch")
    if watched is None:
        return _nothing
    if torch is None or "torch.overrides" not in sys.modules:
        watched.note = NO_TORCH
        return _nothing
    mode = _mode_class()()
    mode.__enter__()

    def end() -> None:
        with suppress(Exception):  # the user's code has left modes of its own behind
            if mode.is_innermost():
                mode.__exit__(None, None, None)
        mode.on = False
        if mode.calls:
            watched.gpu = "synchronised"
            waited = units.duration(mode.waited_s)
            watched.note = f"--sync: waited {mode.calls:,} times for the GPU, {waited} in all"
        else:
            watched.note = NO_GPU

    return end


def _nothing() -> None:
    pass


@cache
def _mode_class() -> Any:
    """The mode, made when torch is there: its base is torch's."""
    overrides: Any = import_module("torch.overrides")
    cuda: Any = import_module("torch.cuda")

    class Synchronised(overrides.TorchFunctionMode):  # type: ignore[misc]
        """Counts the waits. `on`: whether it waits; it may stay behind in a thread."""

        def __init__(self) -> None:
            super().__init__()
            self.on, self.calls, self.waited_s = True, 0, 0.0

        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            del types
            result = func(*args, **(kwargs or {}))
            if self.on and cuda.is_initialized() and not cuda.is_current_stream_capturing():
                begun = perf_counter()
                cuda.synchronize()
                self.waited_s += perf_counter() - begun
                self.calls += 1
            return result

        def is_innermost(self) -> bool:
            """Whether leaving it takes this one away, and not one of the user's."""
            return overrides._get_current_function_mode() is self

    return Synchronised
