"""Whether a GPU is waited for, on a stand-in for `torch.cuda` that notes what is asked of it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from greenlab.notebook import cuda


@pytest.fixture
def gpu(monkeypatch):
    asked = []

    def stand_in(*, initialized, fails=False):
        def synchronize():
            asked.append("synchronize")
            if fails:
                raise RuntimeError("CUDA error: an illegal memory access was encountered")

        fake = SimpleNamespace(is_initialized=lambda: initialized, synchronize=synchronize)
        monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=fake))
        return asked

    return stand_in


def test_a_gpu_in_use_is_waited_for(gpu):
    asked = gpu(initialized=True)
    cuda.finish()
    assert asked == ["synchronize"]


def test_cuda_is_never_started(gpu):
    asked = gpu(initialized=False)
    cuda.finish()
    assert asked == []


def test_the_gpu_s_error_is_left_to_the_user_s_next_call(gpu):
    asked = gpu(initialized=True, fails=True)
    cuda.finish()
    assert asked == ["synchronize"]


def test_without_torch_nothing_is_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    cuda.finish()
    assert "torch" not in sys.modules


def test_only_cells_that_ask_are_made_to_wait(kernel):
    kernel.run(
        "import sys, types\nasked = []\n"
        "fake = types.SimpleNamespace(is_initialized=lambda: True, "
        "synchronize=lambda: asked.append(1))\n"
        "sys.modules['torch'] = types.SimpleNamespace(cuda=fake)\n%load_ext greenlab"
    )
    kernel.run("1")
    assert kernel.eval("len(asked)") == 0
    kernel.run("%%energy -q\n1")
    kernel.run("%energy -q 1")
    assert kernel.eval("len(asked)") == 2
