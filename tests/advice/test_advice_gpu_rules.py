"""T07, T08 and T11 speak of hardware and models that are not here: their facts are given."""

from dataclasses import replace

import pytest
from advice_cells import HEAVY, found, run

from greenlab.advice.rules import t08_power_cap, t11_lora

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

LOOP = """\
for epoch in range(2):
    for x, y in loader:
        optimizer.zero_grad()
        loss_fn(net(x), y).backward()
        optimizer.step()
"""
AT_LIMIT = replace(HEAVY, duration_s=90.0, gpu_busy=0.97, gpu_power_w=690.0, gpu_limit_w=700.0)


@pytest.fixture
def names():
    net = torch.nn.Linear(4, 1)
    data = torch.utils.data.TensorDataset(torch.randn(32, 4), torch.randn(32, 1))
    return {
        "net": net,
        "loader": torch.utils.data.DataLoader(data, batch_size=8),
        "optimizer": torch.optim.SGD(net.parameters(), lr=0.1),
        "loss_fn": torch.nn.MSELoss(),
    }


def of(rule, source, names, signals):
    run(source, names)
    return [one for one in found(source, names, signals) if one.rule == rule]


def test_a_gpu_with_room_is_listed_with_its_batch_size(names):
    signals = replace(HEAVY, gpu_busy=0.3, gpu_memory_share=0.2)
    (one,) = of("T07", LOOP, names, signals)
    assert one.status == "candidate"
    assert one.saving is None
    assert any("batches of 8 from loader" in fact for fact in one.because)
    for busy, memory in ((0.9, 0.2), (0.3, 0.9), (None, 0.2)):
        signals = replace(HEAVY, gpu_busy=busy, gpu_memory_share=memory)
        assert of("T07", LOOP, names, signals) == []


def test_a_gpu_at_its_limit_gets_the_command_and_no_edit(names, monkeypatch):
    monkeypatch.setattr(torch.cuda, "_initialized", True)
    (one,) = of("T08", LOOP, names, AT_LIMIT)
    assert one.change is None
    assert any("`nvidia-smi -pl 525`, and `nvidia-smi -pl 700`" in f for f in one.because)
    assert t08_power_cap.SHARE * 700 == 525


@pytest.mark.parametrize(
    "signals",
    [
        replace(AT_LIMIT, duration_s=20.0),
        replace(AT_LIMIT, gpu_busy=0.6),
        replace(AT_LIMIT, gpu_power_w=400.0),
        replace(AT_LIMIT, gpu_power_w=None),
        replace(AT_LIMIT, gpu_limit_w=None),
    ],
)
def test_no_command_for_less(names, monkeypatch, signals):
    monkeypatch.setattr(torch.cuda, "_initialized", True)
    assert of("T08", LOOP, names, signals) == []


def test_no_command_where_this_kernel_uses_no_gpu(names):
    assert not torch.cuda.is_initialized()
    assert of("T08", LOOP, names, AT_LIMIT) == []


@pytest.fixture
def language_model(monkeypatch):
    transformers = pytest.importorskip("transformers")
    monkeypatch.setattr(t11_lora, "MIN_WEIGHTS", 10_000)
    config = transformers.GPT2Config(
        n_layer=1, n_embd=32, n_head=2, vocab_size=50, n_positions=16,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = transformers.GPT2LMHeadModel(config)
    return {
        "model": model,
        "ids": torch.randint(0, 50, (2, 8)),
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.1),
    }


STEP = """\
for _ in range(2):
    optimizer.zero_grad()
    model(input_ids=ids, labels=ids).loss.backward()
    optimizer.step()
"""


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # peft's call
def test_all_weights_of_a_large_model_and_the_advised_lines_run(language_model):
    (one,) = of("T11", STEP, language_model, HEAVY)
    assert 'LoraConfig(task_type="CAUSAL_LM")' in one.because[-1]
    assert one.saving is None
    peft = pytest.importorskip("peft")
    model = language_model["model"]
    language_model["model"] = peft.get_peft_model(
        model, peft.LoraConfig(task_type="CAUSAL_LM", fan_in_fan_out=True)
    )
    assert of("T11", STEP, language_model, HEAVY) == []


def test_a_frozen_model_is_none_and_a_small_one_neither(language_model, monkeypatch):
    monkeypatch.setattr(t11_lora, "MIN_WEIGHTS", 500_000_000)
    assert of("T11", STEP, language_model, HEAVY) == []
    monkeypatch.setattr(t11_lora, "MIN_WEIGHTS", 10_000)
    language_model["model"].transformer.h.requires_grad_(False)
    assert of("T11", STEP, language_model, HEAVY) == []
