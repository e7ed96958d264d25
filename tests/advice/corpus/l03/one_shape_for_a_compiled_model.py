# rule: L03
# state: fix-hurts
# note: a compiled model that is traced anew for every other width
# needs: torch, transformers, tokenizers
# %% setup
import random

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

torch.set_num_threads(1)
torch.manual_seed(0)
random.seed(0)
words = ["[PAD]", "[UNK]", *(f"w{n}" for n in range(98))]
inner = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token="[UNK]"))
inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", model_max_length=256
)
config = transformers.BertConfig(
    vocab_size=100, hidden_size=64, num_hidden_layers=2, num_attention_heads=2,
    intermediate_size=256, max_position_embeddings=256,
)  # fmt: skip
model = transformers.BertForSequenceClassification(config).eval()
texts = [" ".join(random.choices(words[2:], k=random.randint(5, 40))) for _ in range(32)]
texts = sorted(set(texts), key=len)
torch.compiler.reset()
torch._dynamo.config.recompile_limit = 64
compiled = torch.compile(model, backend="eager", dynamic=False)
with torch.inference_mode():
    warm = compiled(
        **tokenizer(texts[:1], padding="max_length", max_length=64, return_tensors="pt")
    )
# %% cell
labels = []
for text in texts[::4]:
    one = tokenizer(
        text, padding="max_length", max_length=64, truncation=True, return_tensors="pt"
    )
    with torch.inference_mode():
        labels.append(int(compiled(**one).logits.argmax()))
# %% change
labels = []
for text in texts[::4]:
    one = tokenizer(text, padding=True, max_length=64, truncation=True, return_tensors="pt")
    with torch.inference_mode():
        labels.append(int(compiled(**one).logits.argmax()))
