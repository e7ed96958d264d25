"""M06: smell, fixed, look-alike, fix-hurts; the change keeps the same answers."""

import pytest
from advice_cells import ENERGY, change, found, rules, run
from language_models import gpt2, tokenizer

from greenlab.advice import Signals, read

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.torch

PROMPTS = [f"{a} {b} c" for a in "abc" for b in "ghi"]


@pytest.fixture(scope="module")
def namespace():
    tok, model = tokenizer(), gpt2(n_layer=1)
    pipe = transformers.pipeline("text-generation", model=model, tokenizer=tok, device="cpu")
    return {"model": model, "tok": tok, "pipe": pipe, "prompts": PROMPTS}


LOOP = """answers = []
for prompt in prompts:
    ids = tok(prompt, return_tensors="pt")
    out = model.generate(**ids, do_sample=False, max_new_tokens=64)  # long
    text = tok.decode(out[0, 3:])
    answers.append(text.split()[0])
"""
PIPE = """answers = []
for prompt in prompts:
    text = pipe(prompt, do_sample=False, return_full_text=False)[0]["generated_text"]
    answers.append(text.strip().split(" ")[0])
"""
BATCH = """outs = pipe(prompts, do_sample=False, batch_size=4)
answers = [o[0]["generated_text"][len(p):].split()[0] for o, p in zip(outs, prompts)]
"""
FUNCTION = """def ask(llm, prompt):
    ids = tok(prompt, return_tensors="pt").input_ids
    written = llm.generate(ids, do_sample=False, max_new_tokens=64)
    word, *_ = tok.decode(written[0, 3:]).split()[0], None
    return word

answers = [ask(model, p) for p in prompts]
"""


@pytest.mark.parametrize("source", [LOOP, PIPE, BATCH])
def test_it_is_found_in_every_shape_and_the_change_keeps_the_answers(source, namespace):
    before, after = dict(namespace), dict(namespace)
    run(source, before)
    advice = [one for one in found(source, before) if one.rule == "M06"]
    assert [one.status for one in advice] == ["shown"]
    text = change(advice)
    assert "max_new_tokens=16" in text
    run(text, after)
    assert before["answers"] == after["answers"]
    assert "M06" not in rules(found(text, after))


def test_it_is_only_listed_where_the_output_is_gone(namespace):
    ns = dict(namespace)
    run(FUNCTION, ns)
    advice = found(FUNCTION, ns)
    assert [(one.rule, one.status) for one in advice] == [("M06", "candidate")]


def test_renaming_changes_nothing_and_comments_stay(namespace):
    names = {"m": namespace["model"], "t": namespace["tok"], "prompts": PROMPTS}
    source = LOOP.replace("model.", "m.").replace("tok(", "t(").replace("tok.", "t.")
    run(source, names)
    advice = [one for one in found(source, names) if one.rule == "M06"]
    assert "# long  # greenlab:M06" in change(advice)
    assert "9 answers" in " ".join(advice[0].because)


@pytest.mark.parametrize(
    "source",
    [
        LOOP.replace("64", "12"),  # fixed
        LOOP.replace(".split()[0]", ""),  # all of it is kept
        LOOP.replace(".split()[0]", ".split()[-1]"),  # the last word needs the others
        LOOP.replace("do_sample=False", "num_beams=2"),  # the best beam needs all of it
        LOOP.replace("prompts:", "prompts[:3]:"),  # a few
        "class model:\n    generate = staticmethod(lambda **w: 'a b')\n"
        "answers = [model.generate(max_new_tokens=99).split()[0] for _ in range(30)]",
    ],
)
def test_silence(source, namespace):
    ns = dict(namespace)
    run(source, ns)
    assert "M06" not in rules(found(source, ns))


def test_a_model_that_stopped_early_is_not_shown(namespace):
    model = gpt2()
    first = model.generate(
        tokenizer()("a g c", return_tensors="pt").input_ids, max_new_tokens=1
    )
    model.generation_config.eos_token_id = int(first[0, -1])  # ends at once
    ns = {"model": model, "tok": namespace["tok"], "prompts": ["a g c"] * 12}
    run(LOOP, ns)
    assert [one.status for one in found(LOOP, ns) if one.rule == "M06"] == ["candidate"]


THINK = """answers = []
for prompt in prompts:
    chat = [{"role": "user", "content": prompt}]
    ids = tok.apply_chat_template(chat, return_tensors="pt", return_dict=True)
    text = tok.decode(model.generate(**ids, max_new_tokens=24)[0])
    answers.append(text.rpartition("</think>")[2][:5])
"""


def test_thoughts_that_are_dropped_are_only_listed(namespace):
    tok = tokenizer()
    tok.chat_template = (
        "{% for m in messages %}{{ m['content'] }}{% endfor %}"
        "{% if enable_thinking is defined and not enable_thinking %} z{% endif %}"
    )
    ns = {**namespace, "tok": tok}
    run(THINK, ns)
    (advice,) = [one for one in found(THINK, ns) if one.rule == "M06"]
    assert advice.status == "candidate"
    assert "enable_thinking=False" in advice.change.text
    run(advice.change.text, dict(ns))
    tok.chat_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    assert "M06" not in rules(found(THINK, ns))  # this one cannot but think


def test_a_cell_that_only_waits_is_left_alone(namespace):
    ns = dict(namespace)
    run(LOOP, ns)
    assert "M06" not in rules(found(LOOP, ns, Signals(60.0, ENERGY, cpu_s=1.0)))


def test_reading_alone_lists_nothing_it_cannot_know():
    assert read([(None, "answers = [m.generate(p).split()[0] for p in prompts]")]) == ()
