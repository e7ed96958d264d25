"""L02: smell, fixed, look-alike, fix-hurts; the change gives the same tokens."""

import pytest
from advice_cells import ENERGY, change, found, rules, run
from language_models import gpt2

from greenlab.advice import Signals, read

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.torch


@pytest.fixture
def namespace():
    torch.manual_seed(0)
    return {
        "model": gpt2(),
        "ids": torch.randint(1, 60, (2, 8)),
        "GenerationConfig": transformers.GenerationConfig,
    }


OFF = "out = model.generate(ids, max_new_tokens=24, do_sample=False, use_cache=False)  # slow\n"


@pytest.mark.parametrize(
    "source",
    [
        OFF,
        "for row in ids:\n    out = model.generate(\n        row[None],\n        max_length=40,\n"
        "        use_cache=False,\n    )",
        "def write(m, x):\n    return m.generate(x, use_cache=False, max_new_tokens=24)\n"
        "out = write(model, ids)",
        "config = GenerationConfig(use_cache=False, max_new_tokens=24)\n"
        "out = model.generate(ids, generation_config=config, max_new_tokens=24)",
        "model.generation_config.use_cache = False\nout = model.generate(ids, max_new_tokens=24)",
        "model.generation_config.use_cache = False\nout = model.generate(\n    ids,\n"
        "    max_new_tokens=24,\n)",
    ],
)
def test_it_is_found_in_every_shape_and_the_change_writes_the_same(source, namespace):
    before, after = dict(namespace), dict(namespace)
    run(source, before)
    advice = found(source, before)
    assert rules(advice) == ["L02"]
    text = change(advice)
    run(text, after)
    assert torch.equal(before["out"], after["out"])
    assert found(text, after) == ()


@pytest.mark.parametrize("name", ["model", "llm"])
def test_renaming_changes_nothing_and_comments_stay(name, namespace):
    (advice,) = found(OFF.replace("model", name), {name: namespace["model"]})
    assert "# slow  # greenlab:L02" in advice.change.text
    assert any("up to 24 tokens" in fact for fact in advice.because)


@pytest.mark.parametrize(
    "source",
    [
        "out = model.generate(ids, max_new_tokens=24)",  # fixed
        "out = model.generate(ids, max_new_tokens=24, use_cache=True)",  # fixed
        "out = model.generate(ids, max_new_tokens=2, use_cache=False)",  # too few to matter
        "n = 4\nout = model.generate(ids, max_new_tokens=n, use_cache=False)",  # likewise
        "out = model(ids, use_cache=False)",  # one pass, nothing to keep
        "class model:\n    generate = staticmethod(lambda **w: 1)\n"
        "out = model.generate(max_new_tokens=24, use_cache=False)",  # somebody else's
    ],
)
def test_silence(source, namespace):
    run(source, namespace)
    assert found(source, namespace) == ()


def test_silence_while_training_with_checkpoints(namespace):
    namespace["model"].train().activation_checkpointing_enable()
    assert found(OFF, namespace) == ()


def test_silence_for_a_model_without_such_a_cache(namespace):
    config = transformers.OpenAIGPTConfig(
        vocab_size=60, n_embd=16, n_layer=1, n_head=2, n_positions=64
    )
    assert found(OFF, {"model": transformers.OpenAIGPTLMHeadModel(config)}) == ()


def test_a_cell_that_only_waits_is_left_alone(namespace):
    assert found(OFF, namespace, Signals(60.0, ENERGY, cpu_s=1.0)) == ()


def test_reading_alone_lists_nothing_it_cannot_know():
    assert read([(None, "out = model.generate(ids, use_cache=False)")]) == ()


FORMS = [
    "n = 24\nout = model.generate(ids, max_new_tokens=n, use_cache=False)",
    "told = dict(max_new_tokens=24, use_cache=False)\nout = model.generate(ids, **told)",
    "from transformers import GenerationConfig\n"
    "told = GenerationConfig(max_new_tokens=24, use_cache=False)\n"
    "def write(ids):\n    return model.generate(ids, generation_config=told)\nout = write(ids)",
    "class Writer:\n    def __init__(self, model):\n        self.model = model\n"
    "    def __call__(self, ids, most=24):\n"
    "        return self.model.generate(ids, max_new_tokens=most, use_cache=False)\n"
    "out = Writer(model)(ids)",
]


@pytest.mark.parametrize("source", FORMS)
def test_where_and_how_it_is_said_does_not_matter(source, namespace):
    run(source, namespace)
    (advice,) = found(source, namespace)
    assert (advice.rule, advice.status) == ("L02", "shown")
    assert any("up to 24 tokens" in fact for fact in advice.because)
    quiet = source.replace("use_cache=False", "use_cache=True")
    run(quiet, namespace)
    assert found(quiet, namespace) == ()


HANDED = """\
def write(prompts, n=24, **settings):
    return model.generate(prompts, max_new_tokens=n, do_sample=False, **settings)

out = [write(ids, CALL)]
"""


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        ("use_cache=False", True),
        ("n=30, use_cache=False", True),
        ("use_cache=True", False),
        ("n=4, use_cache=False", False),
        ("n=30", False),
    ],
)
def test_what_a_helper_is_given_for_the_call(call, rule, namespace):
    source = HANDED.replace("CALL", call)
    run(source, namespace)
    assert ("L02" in rules(found(source, namespace))) is rule
