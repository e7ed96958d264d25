# rule: L03
# state: smell
# note: each text alone, padded as if it had company
# also: L01
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
texts = [" ".join(random.choices(words[2:], k=random.randint(5, 40))) for _ in range(120)]
# %% cell
labels = []
for text in texts:
    one = tokenizer(text, padding="max_length", truncation=True, return_tensors="pt")
    with torch.inference_mode():
        labels.append(int(model(**one).logits.argmax()))
# %% metric
float(sum(labels))
