"""Tiny language models with random weights, and tokenizers of a few words."""

import string

SIZES = dict(n_embd=32, n_layer=2, n_head=2, n_positions=512)


def gpt2(words=64, **sizes):
    """A GPT-2 that never stops by itself."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=words, bos_token_id=0, eos_token_id=0, pad_token_id=0, **(SIZES | sizes)
    )
    model = transformers.GPT2LMHeadModel(config).eval()
    model.generation_config.eos_token_id = None
    return model


def tokenizer(words=64):
    """Splits at blanks; word `n` of the vocabulary is `wn`."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    names = ["[PAD]", "[UNK]", *string.ascii_lowercase, *(f"w{n}" for n in range(words))][
        :words
    ]
    inner = Tokenizer(models.WordLevel({w: n for n, w in enumerate(names)}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", model_max_length=256
    )


def bert(kind="BertForSequenceClassification", words=64, **sizes):
    """An encoder with random weights."""
    import torch
    import transformers

    torch.manual_seed(0)
    small = dict(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=256,
    )  # fmt: skip
    config = transformers.BertConfig(vocab_size=words, **(small | sizes))
    return getattr(transformers, kind)(config).eval()
