# rule: T13
# state: fix-hurts
# note: each round fine-tunes its own copy; loaded once, the rounds would build on each other
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
# %% cell
starts = []
for text in texts:
    model = BertModel.from_pretrained("bert")
    starts.append(model.pooler.dense.bias.abs().sum().item())
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    loss = model(text).pooler_output.pow(2).sum()
    loss.backward()
    optimizer.step()
# %% change
model = BertModel.from_pretrained("bert")
starts = []
for text in texts:
    starts.append(model.pooler.dense.bias.abs().sum().item())
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    loss = model(text).pooler_output.pow(2).sum()
    loss.backward()
    optimizer.step()
# %% metric
-max(starts)
