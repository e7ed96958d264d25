# rule: M03
# state: smell
# note: the texts given by keyword, the answers read later
# needs: torch, transformers, tokenizers, sklearn
# max_drop: 0.02
# %% setup
import torch
import transformers
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from tokenizers import Tokenizer, models, pre_tokenizers

torch.manual_seed(0)
words = {
    word: n
    for n, word in enumerate(["[UNK]", "[PAD]", "a", "b", *(f"w{n}" for n in range(40))])
}
inner = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_object=inner, unk_token="[UNK]", pad_token="[PAD]", model_max_length=64
)
names = dict(enumerate(["contradiction", "neutral", "entailment"]))
config = transformers.BertConfig(
    vocab_size=64,
    hidden_size=64,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=128,
    max_position_embeddings=64,
    initializer_range=0.4,
    id2label=names,
    label2id={name: n for n, name in names.items()},
)
model = transformers.BertForSequenceClassification(config).eval()
judge = transformers.pipeline("zero-shot-classification", model=model, tokenizer=tokenizer)
kinds = [f"w{n} w{n} w{n} w{n}" for n in range(12)]
best = {
    one["sequence"]: one["labels"][0]
    for one in judge(kinds, candidate_labels=["a", "b"], hypothesis_template="{}")
}
texts = [kinds[(7 * n) % 12] for n in range(360)]
# %% cell
answers = judge(
    sequences=texts, candidate_labels=["a", "b"], hypothesis_template="{}", batch_size=32
)
found = []
for one in answers:
    found.append(one["labels"][0])
# %% change
answers = judge(
    texts[:100], candidate_labels=["a", "b"], hypothesis_template="{}", batch_size=32
)
student = make_pipeline(TfidfVectorizer(), LogisticRegression(C=100))
student.fit(texts[:100], [one["labels"][0] for one in answers])
found = [one["labels"][0] for one in answers] + list(student.predict(texts[100:]))
# %% metric
sum(best[text] == label for text, label in zip(texts, found)) / len(texts)
