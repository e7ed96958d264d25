# rule: T13
# state: look-alike
# note: each round loads another checkpoint
# also: T01
# needs: torch, transformers
# %% setup
import torch
from transformers import BertConfig, BertModel

config = BertConfig(
    hidden_size=96, num_hidden_layers=3, num_attention_heads=4, intermediate_size=192,
    vocab_size=2_000,
)
BertModel(config).save_pretrained("bert")
texts = torch.randint(0, 2_000, (6, 1, 20))
BertModel(config).save_pretrained("other")
# %% cell
sums = []
for place in ("bert", "other"):
    model = BertModel.from_pretrained(place)
    with torch.no_grad():
        sums.append(sum(model(text).pooler_output.sum().item() for text in texts))
# %% change
sums = []
models = {place: BertModel.from_pretrained(place) for place in ("bert", "other")}
for place, model in models.items():
    with torch.no_grad():
        sums.append(sum(model(text).pooler_output.sum().item() for text in texts))
# %% metric
sum(sums)
