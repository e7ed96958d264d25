# rule: T09
# state: look-alike
# note: only the head trains and the body runs without gradients, so nothing is recomputed
# also: T01
# needs: torch, transformers
# %% setup
import torch
from transformers import BertConfig, BertModel

config = BertConfig(
    hidden_size=96, num_hidden_layers=3, num_attention_heads=4, intermediate_size=192,
    vocab_size=200,
)
body = BertModel(config).eval()
body.activation_checkpointing_enable()
head = torch.nn.Linear(96, 2)
tokens = torch.randint(0, 200, (400, 40))
labels = (tokens[:, 0] > 100).long()
# %% cell
optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
for x, y in zip(tokens.split(8), labels.split(8)):
    with torch.no_grad():
        features = body(input_ids=x).pooler_output
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(head(features), y)
    loss.backward()
    optimizer.step()
# %% change
body.activation_checkpointing_disable()
optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
for x, y in zip(tokens.split(8), labels.split(8)):
    with torch.no_grad():
        features = body(input_ids=x).pooler_output
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(head(features), y)
    loss.backward()
    optimizer.step()
# %% metric
-loss.item()
