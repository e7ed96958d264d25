"""Work that a cell left running on a GPU: `%%energy` waits for it, other cells never do."""

from __future__ import annotations

import sys


def finish() -> None:
    """Wait until the GPU has done what was asked of it, where torch has CUDA in use.

    Nothing is imported or started. An error of the GPU's is the user's next call's to raise.
    """
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    if cuda is None:
        return
    try:
        if cuda.is_initialized():
            cuda.synchronize()
    except Exception:  # noqa: BLE001, S110  it comes again where the user touches the GPU
        pass
