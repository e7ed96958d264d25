"""Whether a GPU is waited for, on a stand-in for `torch.cuda` that notes what is asked of it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from greenlab.notebook import gpu_finish


class Stream:
    def __init__(self, done=True):
        self.done = done

    def query(self):
        return self.done


@pytest.fixture
def gpu(monkeypatch):
    asked = []

    def stand_in(*, initialized=True, fails=False, current=True, default=True, capturing=False):
        def synchronize():
            asked.append("synchronize")
            if fails:
                raise RuntimeError("CUDA error: an illegal memory access was encountered")

        def current_stream():
            asked.append("query")
            if fails:
                raise RuntimeError("CUDA error: device-side assert triggered")
            return Stream(current)

        fake = SimpleNamespace(
            is_initialized=lambda: initialized,
            synchronize=synchronize,
            is_current_stream_capturing=lambda: capturing,
            current_stream=current_stream,
            default_stream=lambda: Stream(default),
        )
        monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=fake))
        return asked

    return stand_in


def test_a_gpu_in_use_is_waited_for(gpu):
    asked = gpu()
    assert gpu_finish.finish()
    assert asked == ["synchronize"]


def test_cuda_is_never_started(gpu):
    asked = gpu(initialized=False)
    assert not gpu_finish.finish()
    assert gpu_finish.still_running() is None
    assert asked == []


def test_the_gpu_s_error_is_left_to_the_user_s_next_call(gpu):
    asked = gpu(fails=True)
    assert not gpu_finish.finish()
    assert gpu_finish.still_running() is None
    assert asked == ["synchronize", "query"]


def test_without_torch_nothing_is_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert not gpu_finish.finish()
    assert gpu_finish.still_running() is None
    assert "torch" not in sys.modules


@pytest.mark.parametrize(
    ("current", "default", "running"),
    [(True, True, False), (False, True, True), (True, False, True), (False, False, True)],
)
def test_work_that_is_left_is_seen_and_not_waited_for(gpu, current, default, running):
    asked = gpu(current=current, default=default)
    assert gpu_finish.still_running() is running
    assert asked == ["query"]


def test_a_graph_that_is_being_recorded_is_left_alone(gpu):
    asked = gpu(capturing=True)
    assert gpu_finish.still_running() is None
    assert asked == []


def test_torch_without_a_gpu_has_nothing_to_ask():
    pytest.importorskip("torch")
    assert not gpu_finish.finish()
    assert gpu_finish.still_running() is None


STREAMS = """
import sys, types
work = []
stream = types.SimpleNamespace(query=lambda: not work)
fake = types.SimpleNamespace(
    is_initialized=lambda: True,
    synchronize=work.clear,
    is_current_stream_capturing=lambda: False,
    current_stream=lambda: stream,
    default_stream=lambda: stream,
)
sys.modules["torch"] = types.SimpleNamespace(cuda=fake)
%load_ext greenlab
"""


def test_a_record_says_that_the_gpu_went_on_after_its_cell(kernel):
    kernel.run(STREAMS)
    kernel.run("1")
    kernel.run("work.append(1)")
    (shown,) = kernel.run("%%energy\nwork.append(1)").displays
    tails = [record["async_tail"] for record in kernel.records()[-3:]]
    assert tails == [False, True, False]
    assert "went on" not in shown["text/plain"]


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
