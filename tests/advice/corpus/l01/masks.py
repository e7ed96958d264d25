# rule: L01
# state: smell
# note: masked words, counted
# needs: torch, transformers, tokenizers
# %% setup
import random

import torch
import transformers

from tokenizers import Tokenizer, models, pre_tokenizers, processors
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"w{n}" for n in range(95))]
inner = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
inner.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
)
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
    sep_token="[SEP]", mask_token="[MASK]",
)

torch.manual_seed(0)
config = transformers.BertConfig(
    hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128,
    vocab_size=len(WORDS),
)
model = transformers.BertForMaskedLM(config).eval()
pipe = transformers.pipeline("fill-mask", model=model, tokenizer=tokenizer, device="cpu")
random.seed(0)
texts = [" ".join(random.choices(WORDS[5:], k=12)) for _ in range(48)]
texts = [f"{text} [MASK]" for text in texts]
# %% cell
answers = {}
for number, text in enumerate(texts):
    best = pipe(text)[0]
    answers[number] = best["token_str"]
