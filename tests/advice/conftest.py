"""What the rules' tests share: a processor that computes in bfloat16, whichever runs them."""

from __future__ import annotations

import pytest

from greenlab.advice.analysis.torch import model


@pytest.fixture
def bfloat16_cpu(monkeypatch):
    """The processor is said to have bfloat16 instructions: torch computes in it on any, slower."""
    torch = pytest.importorskip("torch")
    can = {**torch.cpu.get_capabilities(), "architecture": "x86_64", "avx512_bf16": True}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)
    assert model.computes_bfloat16("cpu")
