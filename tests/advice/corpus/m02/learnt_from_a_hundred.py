# rule: M02
# state: fixed
# note: the model labels a hundred texts, a linear model the rest
# needs: torch, transformers, tokenizers, sklearn
# also: L01
# %% setup
import random

import torch
import transformers
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from tokenizers import Tokenizer, models, pre_tokenizers

torch.set_num_threads(1)
torch.manual_seed(0)
draw = random.Random(0)
good, bad = ["fine", "warm", "kind", "fresh"], ["dull", "cold", "rude", "stale"]
words = ["[PAD]", "[UNK]", "positive", "negative", "the", "a", "was", "tea", *good, *bad]
inner = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token="[UNK]"))
inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]"
)
truth = [draw.random() < 0.5 for _ in range(400)]
texts = [
    " ".join(
        draw.sample(good if one else bad, 3) + draw.choices(["the", "a", "was", "tea"], k=5)
    )
    for one in truth
]
truth = ["positive" if one else "negative" for one in truth]
config = transformers.GPT2Config(
    vocab_size=16,
    n_embd=64,
    n_layer=2,
    n_head=2,
    n_positions=32,
    bos_token_id=0,
    eos_token_id=0,
)
model = transformers.GPT2LMHeadModel(config)
ids = tokenizer(texts, return_tensors="pt").input_ids
says = torch.tensor([words.index(one) for one in truth])
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(60):
    part = slice(step % 4 * 100, step % 4 * 100 + 100)
    loss = torch.nn.functional.cross_entropy(model(ids[part]).logits[:, -1], says[part])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
model.generation_config.eos_token_id = None
model.generation_config.pad_token_id = 0


# %% cell
def judge(text):
    out = model.generate(
        **tokenizer(text, return_tensors="pt"), max_new_tokens=1, do_sample=False
    )
    return tokenizer.decode(out[0, -1:])


labels = [judge(text) for text in texts[:100]]
classifier = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts[:100], labels)
labels += classifier.predict(texts[100:]).tolist()
