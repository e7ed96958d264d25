# rule: T13
# state: smell
# note: the same checkpoint is loaded for each text
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
vectors = []
for text in texts:
    model = BertModel.from_pretrained("bert")  # from disk
    with torch.no_grad():
        vectors.append(model(text).pooler_output)
# %% metric
torch.cat(vectors).sum().item()
