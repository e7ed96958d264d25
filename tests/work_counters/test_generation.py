"""`generate` of transformers itself, on tiny random models: what is counted is what comes out."""

import logging
from threading import Thread

import pytest

from greenlab import measure, session
from greenlab.work_counters import generation_counter
from tests.work_counters.conftest import units

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore")]

PAD, EOS = 0, 1


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=24, n_positions=128, n_embd=16, n_layer=1, n_head=2,
        bos_token_id=2, eos_token_id=EOS, pad_token_id=PAD,
    )  # fmt: skip
    return transformers.GPT2LMHeadModel(config).eval()


@pytest.fixture(scope="module")
def translator():
    torch.manual_seed(0)
    config = transformers.T5Config(
        vocab_size=24, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2,
        decoder_start_token_id=PAD, eos_token_id=EOS, pad_token_id=PAD,
    )  # fmt: skip
    return transformers.T5ForConditionalGeneration(config).eval()


def prompts(*lengths, pad=PAD):
    """A batch, padded from the left; no prompt has a special token in it."""
    width = max(lengths)
    rows = [[pad] * (width - n) + [3 + (7 * i + n) % 20 for i in range(n)] for n in lengths]
    mask = [[0] * (width - n) + [1] * n for n in lengths]
    return {"input_ids": torch.tensor(rows), "attention_mask": torch.tensor(mask)}


class EndAt(transformers.LogitsProcessor):
    """Ends each sequence after so many tokens, and none before."""

    def __init__(self, start, *lengths, eos=EOS, pad=PAD):
        self.start, self.lengths, self.eos, self.pad = start, lengths, eos, pad

    def __call__(self, input_ids, scores):
        scores = scores.clone()
        scores[:, [self.eos, self.pad]] = -1e9
        for row, length in enumerate(self.lengths):
            if input_ids.shape[1] - self.start == length - 1:
                scores[row, self.eos] = 1e9
        return scores


@pytest.mark.parametrize("sample", [False, True])
@pytest.mark.parametrize("lengths", [(4, 9, 2), (1, 1, 1), (12, 3, 12)])
def test_each_sequence_counts_up_to_its_end(machine, model, lengths, sample):
    counter, inputs = generation_counter(model), prompts(5, 3, 4)
    with measure() as m:
        out = model.generate(
            **counter(
                **inputs, max_new_tokens=12, do_sample=sample,
                logits_processor=[EndAt(5, *lengths)],
            )
        )  # fmt: skip
    assert (out[:, 5:] != PAD).sum() == sum(lengths)
    assert units(m.record)["token"] == sum(lengths)
    assert units(m.record).get("decode token", 0) == sum(lengths) - 3
    assert units(m.record)["prefill token"] == 12
    assert counter.counts["token"] == sum(lengths)


def test_padding_that_is_the_end_token_too(machine, model):
    counter, inputs = generation_counter(model), prompts(5, 3, pad=EOS)
    with measure() as m:
        model.generate(
            **counter(
                **inputs, max_new_tokens=12, pad_token_id=EOS,
                logits_processor=[EndAt(5, 4, 9, pad=EOS)],
            )
        )  # fmt: skip
    assert units(m.record)["token"] == 13


def test_without_an_end_token_all_are_counted(machine, model):
    counter = generation_counter(model)
    config = transformers.GenerationConfig(max_new_tokens=6, eos_token_id=None, pad_token_id=3)
    with measure() as m:
        out = model.generate(**counter(**prompts(5, 5), generation_config=config))
    assert out.shape == (2, 11)
    assert units(m.record)["token"] == 12


def test_of_its_arguments_it_needs_none(machine, model):
    """The prompt is then read from the tokens that `generate` passes on."""
    counter, inputs = generation_counter(model), prompts(5, 3)
    with measure() as m:
        model.generate(**inputs, max_new_tokens=8, **counter(logits_processor=[EndAt(5, 4, 6)]))
    assert units(m.record) == {"token": 10, "prefill token": 8, "decode token": 8}


def test_several_answers_to_a_prompt(machine, model):
    counter, inputs = generation_counter(model), prompts(5)
    with measure() as m:
        out = model.generate(
            **counter(
                **inputs, max_new_tokens=9, do_sample=True, num_return_sequences=3,
                logits_processor=[EndAt(5, 4, 9, 2)],
            )
        )  # fmt: skip
    assert (out[:, 5:] != PAD).sum() == 15
    assert units(m.record)["token"] == 15
    assert units(m.record)["prefill token"] == 5


def test_beams_count_as_one_sequence(machine, model):
    counter, inputs = generation_counter(model), prompts(5, 4)
    with measure() as m:
        out = model.generate(
            **counter(**inputs, max_new_tokens=7, num_beams=3, logits_processor=[EndAt(5)])
        )
    assert out.shape == (2, 12)
    assert units(m.record) == {"token": 14, "prefill token": 9, "decode token": 12}


def test_beams_that_it_does_not_know_are_not_counted(machine, model, caplog):
    counter, inputs = generation_counter(model), prompts(5, 4)
    with measure() as m, caplog.at_level(logging.WARNING, "greenlab"):
        model.generate(**inputs, max_new_tokens=7, num_beams=3, **counter())
    assert "token" not in units(m.record)
    (text,) = [one.message for one in caplog.records if one.name.startswith("greenlab")]
    assert "num_beams" in text


def test_the_users_own_criteria_and_tokens_are_as_without_it(machine, model):
    class Third(transformers.StoppingCriteria):
        def __call__(self, input_ids, scores, **_):
            return torch.full((input_ids.shape[0],), input_ids.shape[1] >= 5 + 3)

    inputs = prompts(5, 3)
    for options in (
        {"do_sample": True, "max_new_tokens": 10},
        {"num_beams": 2, "max_new_tokens": 10},
        {"max_new_tokens": 10, "stopping_criteria": [Third()]},
        {"max_new_tokens": 10, "return_dict_in_generate": True, "output_scores": True},
    ):
        torch.manual_seed(5)
        plain = model.generate(**inputs, **options)
        torch.manual_seed(5)
        counter = generation_counter(model)
        with measure():
            counted = model.generate(**counter(**inputs, **options))
        if isinstance(plain, torch.Tensor):
            assert torch.equal(plain, counted)
        else:
            assert torch.equal(plain.sequences, counted.sequences)
        assert counter.counts["token"] > 0


def test_of_an_encoder_the_prompt_is_what_it_reads(machine, translator):
    counter, inputs = generation_counter(translator), prompts(5, 3)
    with measure() as m:
        out = translator.generate(
            **counter(**inputs, max_new_tokens=6, logits_processor=[EndAt(1, 2, 5)])
        )
    assert (out[:, 1:] != PAD).sum() == 7
    assert units(m.record) == {"token": 7, "prefill token": 8, "decode token": 5}


def test_a_loop_that_feeds_each_answer_back(machine, model):
    """Each prompt is the whole answer before: as long as what was generated last."""
    counter, inputs = generation_counter(model), prompts(5)["input_ids"]
    with measure() as m:
        for _ in range(4):
            inputs = model.generate(
                **counter(
                    input_ids=inputs, attention_mask=torch.ones_like(inputs), max_new_tokens=1,
                    logits_processor=[EndAt(0)],
                )
            )  # fmt: skip
    assert units(m.record) == {"token": 4, "prefill token": 5 + 6 + 7 + 8}


def test_assisted_decoding_counts_several_at_once(machine, model):
    counter, inputs = generation_counter(model), prompts(9)
    with measure() as m:
        out = model.generate(
            **counter(
                **inputs, max_new_tokens=12, min_new_tokens=12, assistant_model=model,
                do_sample=False,
            )
        )  # fmt: skip
    assert units(m.record)["token"] == out.shape[1] - 9


def test_prefill_and_decode_have_the_joules_of_their_phases(machine, model):
    """10 W; reading the prompt takes 2 s, each further token 0.5 s."""
    steps = []

    def work(*_):
        machine.work(0.5 if steps else 2.0, own=4.0)
        steps.append(None)

    hook = model.register_forward_hook(work)
    counter, inputs = generation_counter(model), prompts(8)
    try:
        with measure() as m:
            model.generate(**counter(**inputs, max_new_tokens=5, logits_processor=[EndAt(8)]))
            machine.work(3.0, own=4.0)  # what comes afterwards is in neither
    finally:
        hook.remove()
    assert m.record.energy_per("prefill token").value == pytest.approx(20 / 8, rel=0.02)
    assert m.record.energy_per("decode token").value == pytest.approx(5.0, rel=0.02)
    assert m.record.energy_per("token").value == pytest.approx(70 / 5, rel=0.02)
    assert counter.energy_per("decode tokens").value == pytest.approx(5.0, rel=0.02)
    assert counter.energy_per("token").value == pytest.approx(40 / 5, rel=0.02)
    text = repr(m.record)
    assert "span" in text
    totals = {one.unit: one.energy_j.value for one in session.current().totals().work}
    assert totals == pytest.approx(
        {"token": 70, "prefill token": 20, "decode token": 20}, rel=0.02
    )


def test_from_a_thread_as_with_a_streamer(machine, model):
    counter, inputs = generation_counter(model), prompts(5)
    with measure() as m:
        arguments = counter(**inputs, max_new_tokens=6, logits_processor=[EndAt(5)])
        thread = Thread(target=model.generate, kwargs=arguments)
        thread.start()
        thread.join()
    assert units(m.record)["token"] == 6


def test_outside_a_window_tokens_are_generated_all_the_same(machine, model, caplog):
    counter = generation_counter(model)
    with caplog.at_level(logging.WARNING, "greenlab"):
        out = model.generate(
            **counter(**prompts(5), max_new_tokens=4, logits_processor=[EndAt(5)])
        )
    assert out.shape == (1, 9)
    assert counter.counts["token"] == 4
    assert counter.energy_per("token").value is None
    assert "greenlab.measure()" in caplog.text


def test_hooks_that_serve_several_generations(machine, model):
    counter = generation_counter(model)
    with measure() as m:
        hooks = counter(max_new_tokens=3, logits_processor=[EndAt(0)])
        for length in (4, 6, 5, 9, 9, 12):
            model.generate(**prompts(length), **hooks)
    assert units(m.record)["token"] == 18
    assert counter.counts["prefill token"] == 4 + 6 + 5 + 9 + 9 + 12


def test_arguments_made_before_the_window(machine, model):
    """When the prompt began to be read was not seen."""
    counter = generation_counter(model)
    arguments = counter(**prompts(5), max_new_tokens=4, logits_processor=[EndAt(5)])
    with measure() as m:
        model.generate(**arguments)
    assert units(m.record) == {"token": 4, "decode token": 3}


def test_a_pipeline_takes_the_arguments(machine, model):
    tokenizers = pytest.importorskip("tokenizers")
    words = {f"w{n}": n for n in range(24)}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="w2"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="w0", eos_token="w1", padding_side="left"
    )
    pipe = transformers.pipeline("text-generation", model=model, tokenizer=tokenizer)
    texts = ["w3 w4 w5", "w6", "w7 w8", "w9 w8 w7 w6 w5 w4"]
    counter = generation_counter(model)
    for batch_size in (1, 2):
        with measure() as m:
            arguments = counter(max_new_tokens=4, logits_processor=[EndAt(0)])
            pipe(texts, batch_size=batch_size, **arguments)
        assert units(m.record)["token"] == 16
        assert units(m.record)["prefill token"] == 12


class Write(transformers.LogitsProcessor):
    """Each sequence becomes the tokens that are given for it."""

    def __init__(self, start, *texts):
        self.start, self.texts = start, texts

    def __call__(self, input_ids, scores):
        scores = torch.full_like(scores, -1e9)
        for row, text in enumerate(self.texts):
            place = input_ids.shape[1] - self.start
            scores[row, text[min(place, len(text) - 1)]] = 1e9
        return scores


class EndsRow(transformers.StoppingCriteria):
    """Ends a sequence after token 9."""

    def __call__(self, input_ids, scores, **_):
        return input_ids[:, -1] == 9


@pytest.mark.parametrize(
    ("texts", "criteria", "count"),
    [
        ([[4, PAD, PAD, 5, EOS]], [], 5),  # the model writes the padding token
        ([[4, PAD, 5, EOS], [4, 5, 6, 7, 8, EOS]], [], 10),
        ([[4, PAD, PAD], [4, 5, 6]], [], 6 + 6),  # up to the last one
        ([[4, 9], [4, 5, 6, 7, EOS]], [EndsRow()], 7),  # it is padded after another end
        ([[4, PAD, 5, 9], [4, 5, 6, 7, 8, EOS]], [EndsRow()], 10),
        ([[4, 5, EOS], [4, 5, 6, 7, 9]], [EndsRow()], 8),
    ],
)
def test_padding_that_a_model_writes_is_no_padding(machine, model, texts, criteria, count):
    counter, inputs = generation_counter(model), prompts(*[5] * len(texts))
    with measure() as m:
        model.generate(
            **counter(
                **inputs, max_new_tokens=6, logits_processor=[Write(5, *texts)],
                stopping_criteria=criteria,
            )
        )  # fmt: skip
    assert units(m.record)["token"] == count
    assert units(m.record)["prefill token"] == 5 * len(texts)


@pytest.mark.parametrize("seed", range(5))
def test_a_random_model_that_samples(machine, model, seed):
    """Its end and padding tokens come at any time."""
    torch.manual_seed(seed)
    counter, inputs = generation_counter(model), prompts(5, 2, 4)
    with measure() as m:
        out = model.generate(**counter(**inputs, max_new_tokens=30, do_sample=True))
    expected = 0
    for row in out[:, 5:].tolist():
        expected += row.index(EOS) + 1 if EOS in row else len(row)
    assert units(m.record)["token"] == expected
    assert units(m.record)["prefill token"] == 11


def test_what_an_encoder_reads_is_not_known_without_the_arguments(machine, translator):
    counter = generation_counter(translator)
    with measure() as m:
        translator.generate(
            **prompts(5, 3), max_new_tokens=6, **counter(logits_processor=[EndAt(1, 2, 5)])
        )
    assert units(m.record) == {"token": 7, "decode token": 5}


def test_embeddings_in_place_of_a_prompt(machine, model):
    counter = generation_counter(model)
    with measure() as m:
        model.generate(
            **counter(
                inputs_embeds=torch.ones(1, 4, 16), attention_mask=torch.ones(1, 4),
                max_new_tokens=3, logits_processor=[Write(0, [5, 6, 7])],
            )
        )  # fmt: skip
    assert units(m.record) == {"token": 3, "prefill token": 4, "decode token": 2}


def test_what_is_no_model_is_refused_in_words():
    with pytest.raises(
        TypeError, match=r"the model whose generate\(\) is called, not NoneType"
    ):
        generation_counter(None)
