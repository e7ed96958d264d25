"""`--sync`: what waits for a GPU after each call of torch's, with a GPU that only counts."""

import sys
from types import SimpleNamespace

import pytest

from greenlab.notebook import per_call_sync


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def waits(torch, monkeypatch):
    """A GPU in use, and how often it was waited for."""
    found = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: False)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: found.append(1))
    return found


def lines():
    return SimpleNamespace(gpu="waiting", note=None)


def test_each_call_is_waited_for_and_counted(torch, waits):
    watched = lines()
    end = per_call_sync.begin(watched)
    x = torch.ones(3, requires_grad=True)
    (x * 2).sum().backward()
    end()
    before = len(waits)
    assert before >= 3
    torch.ones(3) + 1
    assert len(waits) == before
    assert watched.gpu == "synchronised"
    assert f"waited {before} times" in watched.note
    assert x.grad.tolist() == [2.0, 2.0, 2.0]


def test_without_a_gpu_there_is_nothing_to_wait_for(torch):
    watched = lines()
    end = per_call_sync.begin(watched)
    torch.ones(3) + 1
    end()
    assert watched.gpu == "waiting"
    assert "torch used no GPU" in watched.note


def test_torch_is_not_loaded_for_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    watched = lines()
    per_call_sync.begin(watched)()
    assert "torch was not loaded" in watched.note
    assert "torch" not in sys.modules
    per_call_sync.begin(None)()


def test_modes_of_the_users_stay(torch, waits):
    from torch.overrides import TorchFunctionMode, _get_current_function_mode

    class Theirs(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            return func(*args, **(kwargs or {}))

    end = per_call_sync.begin(lines())
    with Theirs() as theirs:
        end()  # an interrupt, say
        assert _get_current_function_mode() is theirs
        before = len(waits)
        torch.ones(2) + 1
        assert len(waits) == before


def test_a_graph_that_is_recorded_is_left_alone(torch, waits, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_current_stream_capturing", lambda: True)
    end = per_call_sync.begin(lines())
    torch.ones(3) + 1
    end()
    assert waits == []
