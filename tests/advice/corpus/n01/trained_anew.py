# rule: N01
# state: look-alike
# note: each run trains the model from its checkpoint
# needs: torch, transformers
# signals: runs=5
# %% setup
import torch
from transformers import BertConfig, BertModel

torch.manual_seed(0)
BertModel(
    BertConfig(hidden_size=64, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128)
).save_pretrained("model")
ids = torch.zeros(8, 64, dtype=torch.long)
# %% cell
model = BertModel.from_pretrained("model")
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(16):
    optimizer.zero_grad()
    model(ids).pooler_output.sum().backward()
    optimizer.step()
# %% change
model = BertModel.from_pretrained("model").train()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for _ in range(16):
    optimizer.zero_grad()
    model(ids).pooler_output.sum().backward()
    optimizer.step()
