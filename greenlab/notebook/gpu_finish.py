"""Work that a cell left running on a GPU: `%%energy` waits for it, other cells never do.

Only torch is asked, and only where it has CUDA in use: nothing is imported or started. An
error of the GPU's is the user's next call's to raise.
"""

from __future__ import annotations

import sys
from typing import Any


def finish() -> bool:
    """Wait until the GPU has done what was asked of it; whether there was one to wait for."""
    try:
        cuda = _in_use()
        if cuda is None:
            return False
        cuda.synchronize()
    except Exception:  # noqa: BLE001  it comes again where the user touches the GPU
        return False
    return True


def still_running() -> bool | None:
    """Whether the current GPU has more to do, without waiting: the stream that torch uses now,
    and the default one. `None` where that cannot be asked; work elsewhere is not seen.
    """
    try:
        cuda = _in_use()
        # Asking a stream that is being recorded as a graph would spoil the graph.
        if cuda is None or cuda.is_current_stream_capturing():
            return None
        return not (cuda.current_stream().query() and cuda.default_stream().query())
    except Exception:  # noqa: BLE001  it comes again where the user touches the GPU
        return None


def _in_use() -> Any | None:
    """`torch.cuda`, where torch is loaded and has it in use."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    return cuda if cuda is not None and cuda.is_initialized() else None
