# rule: N01
# state: look-alike
# note: loaded where it is not there yet
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
model = None
# %% cell
if model is None:
    model = BertModel.from_pretrained("model")
with torch.no_grad():
    for _ in range(60):
        out = model(ids).pooler_output
# %% change
model = BertModel.from_pretrained("model")
with torch.no_grad():
    for _ in range(60):
        out = model(ids).pooler_output
